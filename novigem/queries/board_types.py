"""The values on the way of a board: what is asked for, which board that is, its rows by rank, what is shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from novigem.engine.closing.states import WindowState
from novigem.engine.closing.windows import Window
from novigem.errors import UnknownName
from novigem.leaderboards.ranking import Standing, first_rows
from novigem.leaderboards.rollups import board_challenge
from novigem.model.change import from_micros
from novigem.model.pause import Pause
from novigem.model.periods import Period
from novigem.model.program import BoardPeriod, Challenge, Leaderboard, Program
from novigem.queries.positions import AsOf
from novigem.queries.visibility import Shown

NEIGHBOURS_EACH_SIDE = 2


@dataclass(frozen=True)
class BoardRequest:
    """What somebody asks for; `Queries.board` says what each part of it means."""

    board: str | None = None
    program: str | None = None
    period: str | None = None
    as_of: AsOf | None = None
    limit: int | None = None
    user: str | None = None
    live: bool = False
    start: int = 1
    beside: int = NEIGHBOURS_EACH_SIDE


@dataclass(frozen=True)
class BoardChoice:
    """A board over one period: the kind of the period, a moment in it (microseconds since 1970 UTC), and its span.

    `window` is what closing it would close; None where this period of the board is never closed. `last_days` is the
    length of a window that moves on with every day; None of another period.
    """

    program: Program
    board: Leaderboard
    kind: BoardPeriod
    moment: int
    span: Period
    window: Window | None
    last_days: int | None = None


@dataclass(frozen=True)
class BoardRow:
    """One line of a board. `tie` names the step that put it below an equal, if one did.

    `pending` are points among them that are held: they do not count for a prize yet. On a board by percent, `value` and
    `target` say how far the person is, in millionths, and `points` is 0. Where the board holds names back, `user` is an
    opaque id, but for the reader's own row. `left` tells that the person has left; a board that holds names back does
    not tell it, since it would give away who somebody is. On a board by average, `members` is how many a team had, in
    millionths.
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
    left: bool = False
    members: int | None = None


@dataclass(frozen=True)
class Board:
    """Standings over a period and a scope, as of a ledger position.

    `start` and `end` bound the period, None where it is open. `around` holds the rows beside the user asked for.
    `status` is `running` before the period's end, `provisional` after it, when late changes still count, and `final`
    where the rows are those that were closed: `closed` is when, `digest` their hash. `live` rows are what the ledger
    says today of what is closed. A provisional board becomes final at `final_at`, or once the objects in `waits_for`
    have been read so far. `read_at` is the reader's clock. `by` is what it ranks by; on a board by `percent`,
    `absent` names who has no target, being away all the time. `ranks` is `people`, or `teams`: then `user` of each row
    is the id of a team. `more` tells that rows below are left out; whoever shares the last place shown never is.
    `sharing` is how many share the place of the user asked for, that one among them. `apart` are the rows, of rank 0,
    of those who have left, where the board lists them so. `paused` is the pause in which the reader finds the program;
    `is_shadow` tells that nobody but its leader may see it. `fewer_first`: it ranks by what should be few. `first` is
    the place of the first row, where rows are counted from 1 and equals have a place each; `place` is that of the first
    who shares the rank of the user asked for. `size` is how many rows there are, where that user has one.
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
    more: bool = False
    sharing: int = 0
    apart: tuple[BoardRow, ...] = ()
    paused: Pause | None = None
    is_shadow: bool = False
    fewer_first: bool = False
    first: int = 1
    place: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class RankedRows:
    """The rows of a board as of a ledger position, before anything is held back: each bears its true id as its name.

    `around` are the rows beside the user asked for; `absent` names, as the program does, who has no target at all.
    `more`, `sharing`, `apart`, `first`, `place` and `size` are those of the board. `gone` are those of whom it is
    sealed that they had left; None where people are asked.
    """

    rows: Sequence[BoardRow]
    as_of: int
    around: Sequence[BoardRow] = ()
    absent: tuple[str, ...] = ()
    more: bool = False
    sharing: int = 0
    apart: Sequence[BoardRow] = ()
    gone: frozenset[str] | None = None
    first: int = 1
    place: int | None = None
    size: int | None = None

    @property
    def users(self) -> set[str]:
        """The true ids of all whom the rows are about."""
        return {row.user for row in (*self.rows, *self.around, *self.apart)}


def challenge_of(program: Program, board: Leaderboard) -> Challenge:
    """Give the challenge that a board is limited to. Raises UnknownName where the program has none such."""
    name = board_challenge(board)
    found = next((one for one in program.challenges if one.id == name), None)
    if found is None:
        raise UnknownName(f"the board {board.id!r} names no challenge of its program")
    return found


def board_rows(standings: Iterable[Standing]) -> list[BoardRow]:
    """Give the rows of a ranking by points, of people or of teams."""
    return [
        BoardRow(one.rank, one.total.user, one.total.user, one.total.points, one.total.entries, one.tie)
        for one in standings
    ]


def as_shown(rows: Sequence[BoardRow], names: Mapping[str, Shown], gone: Collection[str] = ()) -> tuple[BoardRow, ...]:
    """Give rows under the ids and names that their board shows; `gone` are marked as having left."""
    return tuple(
        replace(row, user=names[row.user].user, name=names[row.user].name, left=row.user in gone) for row in rows
    )


def unranked(rows: Iterable[BoardRow]) -> tuple[BoardRow, ...]:
    """Give rows that have no rank."""
    return tuple(replace(row, rank=0, tie=None) for row in rows)


def with_state(board: Board, state: WindowState, now: int, *, live: bool) -> Board:
    """Let a board say how it stands; `live` where it was read from the ledger, `now` in microseconds since 1970 UTC."""
    if state.closing is not None:
        status = "live" if live else "final"
        return replace(board, status=status, closed=from_micros(state.closing.closed), digest=state.closing.digest)
    final_at = from_micros(state.window.final_at) if state.window.has_end else None
    return replace(board, status=state.status, final_at=final_at, waits_for=state.waits_for, read_at=from_micros(now))


def cut_rows(rows: Sequence[BoardRow], asked: BoardRequest, as_of: int, *, absent: tuple[str, ...] = ()) -> RankedRows:
    """Give of all the rows of a board those that are asked for."""
    skipped = _skipped(rows, asked.start)
    rest = rows[skipped:]
    # A page that begins among equals begins with the first of them, and shows as many rows all the same.
    limit = None if asked.limit is None else asked.limit + min(asked.start - 1, len(rows)) - skipped
    shown, around = first_rows(rest, limit), around_user(rows, asked.user, asked.beside)
    rank = next((row.rank for row in around if row.user == asked.user), None)
    sharing = [place for place, row in enumerate(rows, start=1) if row.rank == rank]
    return RankedRows(
        shown,
        as_of,
        around,
        absent,
        more=len(shown) < len(rest),
        sharing=len(sharing),
        first=skipped + 1,
        place=sharing[0] if sharing else None,
        size=len(rows) if sharing else None,
    )


def _skipped(rows: Sequence[BoardRow], start: int) -> int:
    """Give how many rows stand before a page that begins at a place, or with the first who share the rank there."""
    before = min(start - 1, len(rows))
    while 0 < before < len(rows) and rows[before - 1].rank == rows[before].rank:
        before -= 1
    return before


def around_user(rows: Sequence[BoardRow], user: str | None, beside: int) -> Sequence[BoardRow]:
    """Give the rows just above and below a user's, and that one."""
    place = next((number for number, row in enumerate(rows) if row.user == user), None)
    if place is None:
        return ()
    return rows[max(0, place - beside) : place + beside + 1]
