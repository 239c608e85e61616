"""Query cursors: where the next page of an answer begins."""

import threading
from collections import OrderedDict
from typing import NamedTuple

from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.soql.answer import Answer

#: More are not kept: the oldest dies, as in an org.
_MOST = 200
#: How long a cursor lives, in seconds: two days.
_LIFE = 2 * 86_400


class Cursor(NamedTuple):
    """An answer that is read page by page. `born` is in seconds since 1970."""

    answer: Answer
    size: int
    born: float


class Cursors:
    """The open cursors of an org."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: OrderedDict[str, Cursor] = OrderedDict()
        self._number = 0

    def open(self, answer: Answer, size: int) -> str:
        """Keep an answer and give the id of its cursor."""
        with self._lock:
            self._number += 1
            name = f"0r8Nv0{self._number:09d}AAA"
            self._open[name] = Cursor(answer, size, self._clock.now().timestamp())
            if len(self._open) > _MOST:
                self._open.popitem(last=False)
            return name

    def find(self, locator: str) -> tuple[str, Cursor, int]:
        """Give the cursor of a locator such as `0r8…-2000`, and where its page begins. Raises Refusal."""
        name, _dash, start = locator.partition("-")
        with self._lock:
            cursor = self._open.get(name)
        is_old = cursor is not None and self._clock.now().timestamp() - cursor.born > _LIFE
        if cursor is None or is_old or not start.isdigit() or len(start) > 9:  # noqa: PLR2004 - no org holds more rows
            raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
        return name, cursor, int(start)

    def expire_all(self) -> None:
        """Let every cursor die."""
        with self._lock:
            self._open.clear()
