"""What a board is when it has been read: its rows and what they stand for."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BoardRow:
    """One line of a board. `tie` names the step that put it below an equal, if one did.

    On a board by percent, `value` and `target` say how far the person is, in millionths, and `points` is 0.
    """

    rank: int
    user: str
    name: str
    points: int
    entries: int
    tie: str | None = None
    value: int | None = None
    target: int | None = None


@dataclass(frozen=True)
class Board:
    """Standings over a period and a scope, as of a ledger position.

    `start` and `end` bound the period, None where it is open. `status` is `running` before the period's end and
    `provisional` after it: late changes still count. `around` holds the rows beside the user asked for.
    `by` is `points` or `percent`; on a board by percent, `absent` names who has no target, being away all the time.
    `ranks` is `people`, or `teams`: then `user` of each row is the id of a team.
    """

    board: str
    name: str
    program: str
    period: str
    start: datetime | None
    end: datetime | None
    as_of: int
    status: str
    rows: tuple[BoardRow, ...]
    around: tuple[BoardRow, ...] = ()
    by: str = "points"
    absent: tuple[str, ...] = ()
    ranks: str = "people"
