"""Answers that were made before, by their tags: a tag is made of all that a page follows from.

So nothing here has to be thrown away in time; it is bounded by how many bytes it holds. What is kept is a copy, and
what is given is another one: what is done to the headers of an answer is done to no other.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from starlette.responses import Response, StreamingResponse

_FINE = 200


class _Kept(NamedTuple):
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    media_type: str | None


class Answers:
    """The answers that were used last, for many threads: at most `most_bytes` of them, none larger than `largest`."""

    def __init__(self, most_bytes: int = 16_000_000, largest: int = 500_000) -> None:
        self._most = most_bytes
        self._largest = largest
        self._lock = Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        #: How many bytes are kept.
        self.size = 0

    def find(self, tag: str) -> Response | None:
        """Give the answer of a tag; None where none is kept."""
        with self._lock:
            found = self._kept.get(tag)
            if found is None:
                return None
            self._kept.move_to_end(tag)
        answer = Response(status_code=_FINE)
        answer.body, answer.media_type = found.body, found.media_type
        answer.raw_headers = list(found.headers)
        return answer

    def keep(self, tag: str, answer: Response) -> None:
        """Keep an answer. One that is sent in parts, sets a cookie, or is not what was asked for is not kept."""
        headers = tuple(answer.raw_headers)
        sets_cookie = any(name == b"set-cookie" for name, _value in headers)
        if isinstance(answer, StreamingResponse) or not hasattr(answer, "body") or answer.background is not None:
            return
        body = bytes(answer.body)
        if answer.status_code != _FINE or sets_cookie or len(body) > self._largest:
            return
        with self._lock:
            self._drop(tag)
            self._kept[tag] = _Kept(body, headers, answer.media_type)
            self.size += len(body)
            while self.size > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, tag: str) -> None:
        dropped = self._kept.pop(tag, None)
        if dropped is not None:
            self.size -= len(dropped.body)

    def __len__(self) -> int:
        """Give how many answers are kept."""
        with self._lock:
            return len(self._kept)
