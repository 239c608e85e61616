"""Pauses: stretches in which a whole program pays nothing, as somebody decided; pure.

What happened before a pause counts, however late it arrives; what happens during it pays nothing; afterwards
everything pays as before. What was decided is kept as it was decided.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from novigem.model.periods import ALWAYS_END


class PauseStep(NamedTuple):
    """A decision: from `since` on the program is paused, or pays again. Moments: microseconds since 1970 UTC."""

    number: int
    program: str
    kind: Literal["pause", "resume"]
    since: int
    moment: int
    author: str | None
    reason: str | None


class Pause(NamedTuple):
    """A stretch `[start, end)` in which a program pays nothing, and why; it lasts for good until somebody ends it."""

    start: int
    end: int
    reason: str
    author: str | None

    @property
    def is_open(self) -> bool:
        """True while nobody has said when it ends."""
        return self.end == ALWAYS_END


def pauses_of(program: str, steps: Iterable[PauseStep]) -> tuple[Pause, ...]:
    """Give the pauses of a program, in order of time."""
    found: list[Pause] = []
    for one in sorted(step for step in steps if step.program == program):
        if one.kind == "pause":
            found.append(Pause(one.since, ALWAYS_END, one.reason or "", one.author))
        elif found:
            found[-1] = found[-1]._replace(end=one.since)
    return tuple(found)
