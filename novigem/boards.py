"""Boards as they are read: rows of people, how the board stands, and what a closed one is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from novigem.closing.due import State
from novigem.leaderboards.ranking import Standing
from novigem.model.change import from_micros
from novigem.model.closing import Closing, read_standings
from novigem.model.program import ALWAYS_END, ALWAYS_START

NEIGHBOURS_EACH_SIDE = 2

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class BoardRow:
    """One line of a board. `tie` names the step that put it below an equal, if one did.

    `pending` are points among them that are held: they do not count for a prize yet. On a board by percent, `value` and
    `target` say how far the person is, in millionths, and `points` is 0.
    """

    rank: int
    user: str
    name: str
    points: int
    entries: int
    tie: str | None = None
    pending: int = 0
    value: int | None = None
    target: int | None = None


@dataclass(frozen=True)
class Board:
    """Standings over a period and a scope, as of a ledger position.

    `start` and `end` bound the period, None where it is open. `around` holds the rows beside the user asked for.
    `status` is `running` before the period's end, `provisional` after it, when late changes still count, and `final`
    where the rows are those that were closed: `closed` is when, `digest` their hash. `live` rows are what the ledger
    says today of what is closed. A provisional board becomes final at `final_at`, or once the objects in `waits_for`
    have been read so far. `read_at` is the reader's clock. `by` is `points` or `percent`; on a board by percent,
    `absent` names who has no target, being away all the time. `ranks` is `people`, or `teams`: then `user` of each row
    is the id of a team.
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
    closed: datetime | None = None
    digest: str | None = None
    final_at: datetime | None = None
    waits_for: tuple[str, ...] = ()
    read_at: datetime | None = None
    by: str = "points"
    absent: tuple[str, ...] = ()
    ranks: str = "people"


def board_row(standing: Standing, names: Mapping[str, str], held: Mapping[str, int]) -> BoardRow:
    """Give the row of a standing; `held` are the points of each user that have not vested."""
    total = standing.total
    pending = held.get(total.user, 0)
    return BoardRow(standing.rank, total.user, names[total.user], total.points, total.entries, standing.tie, pending)


def final_board(closing: Closing, names: Mapping[str, str], *, limit: int | None, user: str | None) -> Board:
    """Give a board as it was closed, under the names that people have now."""
    final = read_standings(closing)
    rows = [BoardRow(one.rank, one.user, names[one.user], one.points, one.entries, one.tie) for one in final.rows]
    return Board(
        board=final.id,
        name=final.name,
        program=final.program,
        period=final.period,
        start=None if final.start == ALWAYS_START else from_micros(final.start),
        end=None if final.ends == ALWAYS_END else from_micros(final.ends),
        as_of=final.as_of,
        status="final",
        rows=tuple(rows[:limit]),
        around=tuple(around_user([(one.user, one) for one in rows], user)),
        closed=from_micros(closing.closed),
        digest=closing.digest,
    )


def with_state(board: Board, state: State, now: int) -> Board:
    """Let a board that was read from the ledger say how it stands; `now` is in microseconds since 1970 UTC."""
    if state.closing is not None:
        return replace(board, status="live", closed=from_micros(state.closing.closed), digest=state.closing.digest)
    final_at = from_micros(state.window.final_at) if state.window.has_end else None
    return replace(board, status=state.status, final_at=final_at, waits_for=state.waits_for, read_at=from_micros(now))


def around_user(rows: Sequence[tuple[str, _Row]], user: str | None) -> list[_Row]:
    """Give the rows just above and below a user's, and that one; each row comes with its user."""
    place = next((number for number, (name, _row) in enumerate(rows) if name == user), None)
    if place is None:
        return []
    first = max(0, place - NEIGHBOURS_EACH_SIDE)
    return [row for _name, row in rows[first : place + NEIGHBOURS_EACH_SIDE + 1]]
