"""What is still to be done, in order of time."""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Final

#: A second of the moments in this package, which are microseconds since 1970 UTC.
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE

#: A piece of work, done at the moment it is given.
Action = Callable[[int], None]
#: A piece of work, and when it is to be done.
Timed = tuple[int, Action]
#: Asks for a piece of work at a later moment.
Later = Callable[[int, Action], None]


class Agenda:
    """Work that waits for its moment. What comes at one moment is done in the order in which it was asked for."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Action]] = []
        self._number = count()

    def add(self, at: int, action: Action) -> None:
        """Add a piece of work, to be done at a moment, cut to the second."""
        heappush(self._waiting, (at - at % SECOND, next(self._number), action))

    def play(self, until: int | None = None) -> Iterator[int]:
        """Do what comes before a moment, or all there is; yields after each piece of work, with its moment."""
        while self._waiting and (until is None or self._waiting[0][0] < until):
            at, _number, action = heappop(self._waiting)
            action(at)
            yield at
