"""Displays: what a wall shows, and by whose leave."""

from typing import NamedTuple


class DisplayLink(NamedTuple):
    """A link to a wall. It shows a program, on one board of it, and of one team only; None: the first, everybody.

    `author` made it. Moments are microseconds since 1970 UTC; `ended` is None as long as the link holds.
    """

    id: str
    program: str
    board: str | None
    team: str | None
    author: str | None
    made: int
    ended: int | None = None
