"""Boards as they are read: rows of people, how the board stands, and what a closed one is made of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from novigem.engine.closing.due import State
from novigem.leaderboards.ranking import Standing
from novigem.leaderboards.rollups import Rollups, rollup_name, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, Store
from novigem.model.change import from_micros, to_micros
from novigem.model.closing import Closing, FinalRow, read_standings
from novigem.model.entry import Entry, Total
from novigem.model.periods import Period
from novigem.model.program import Leaderboard, Program, bounded
from novigem.queries.visibility import Shown

NEIGHBOURS_EACH_SIDE = 2

_Row = TypeVar("_Row")


@dataclass(frozen=True)
class BoardRow:
    """One line of a board. `tie` names the step that put it below an equal, if one did.

    `pending` are points among them that are held: they do not count for a prize yet. On a board by percent, `value` and
    `target` say how far the person is, in millionths, and `points` is 0. Where the board holds names back, `user` is an
    opaque id, but for the reader's own row.
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


def board_row(standing: Standing, names: Mapping[str, Shown], held: Mapping[str, int]) -> BoardRow:
    """Give the row of a standing; `held` are the points of each user that have not vested."""
    total = standing.total
    pending = held.get(total.user, 0)
    return BoardRow(standing.rank, *names[total.user], total.points, total.entries, standing.tie, pending)


def closed_up(rows: Sequence[FinalRow], hidden: Collection[str], board: Leaderboard) -> list[FinalRow]:
    """Give the rows of a closed board without some people: ranks close up as if they had never been there.

    `board` is the one that was closed.
    """
    if not any(row.user in hidden for row in rows):
        return list(rows)
    kept: list[FinalRow] = []
    steps: set[str | None] = set()
    is_below, rank = False, 0
    for row in rows:
        # Whatever told somebody apart from those above who are left out tells them apart from those above these.
        steps.add(row.tie)
        is_below, rank = is_below or row.rank != rank, row.rank
        if row.user in hidden:
            continue
        last = kept[-1] if kept else None
        has_equal = last is not None and last.points == row.points
        tie = next((step for step in board.ties if step in steps), None) if has_equal else None
        kept.append(replace(row, rank=_number(board, len(kept) + 1, last, is_below=is_below), tie=tie))
        steps, is_below = set(), False
    return kept


def _number(board: Leaderboard, position: int, above: FinalRow | None, *, is_below: bool) -> int:
    if above is None or board.ranking == "ordinal":
        return position
    if not is_below:
        return above.rank
    return above.rank + 1 if board.ranking == "dense" else position


def final_board(
    closing: Closing, rows: Sequence[FinalRow], names: Mapping[str, Shown], *, limit: int | None, user: str | None
) -> Board:
    """Give a board as it was closed, with the rows that may be shown and the names that people have now."""
    final = read_standings(closing)
    shown = [BoardRow(one.rank, *names[one.user], one.points, one.entries, one.tie) for one in rows]
    return Board(
        board=final.id,
        name=final.name,
        program=final.program,
        period=final.period,
        start=bounded(final.start),
        end=bounded(final.ends),
        as_of=final.as_of,
        status="final",
        rows=tuple(shown[:limit]),
        around=tuple(around_user([(one.user, row) for one, row in zip(rows, shown, strict=True)], user)),
        closed=from_micros(closing.closed),
        digest=closing.digest,
        ranks="teams" if final.ranks_teams else "people",
    )


def with_state(board: Board, state: State, now: int, *, live: bool = True) -> Board:
    """Let a board say how it stands; `live` where it was read from the ledger, `now` in microseconds since 1970 UTC."""
    if state.closing is not None:
        status = "live" if live else "final"
        return with_values(board, status=status, closed=from_micros(state.closing.closed), digest=state.closing.digest)
    final_at = from_micros(state.window.final_at) if state.window.has_end else None
    return with_values(
        board, status=state.status, final_at=final_at, waits_for=state.waits_for, read_at=from_micros(now)
    )


def totals_from_ledger(
    store: Store, program: Program, challenge: str | None, span: Period, as_of: int | datetime | None
) -> tuple[list[Total], int]:
    """Add up the ledger as of a position or a moment, where no sums are kept; gives the position too."""
    up_to = as_of if isinstance(as_of, int) else None
    until = to_micros(as_of) if isinstance(as_of, datetime) else span.end
    which = EntryFilter(
        program=program.program, challenge=challenge, since=span.start, until=min(until, span.end), up_to=up_to
    )
    by_user: dict[str, list[Entry]] = {}
    for entry in store.entries(which):
        by_user.setdefault(entry.user, []).append(entry)
    book = rollup_name(program.program, challenge, span.label)
    counts_accounts = Rollups(program).counts_accounts
    totals = [
        sum_entries(book, user, standing_entries(entries), counts_accounts=counts_accounts)
        for user, entries in by_user.items()
    ]
    position = store.entry_count() if up_to is None else up_to
    return [total for total in totals if total.entries], position


def around_user(rows: Sequence[tuple[str, _Row]], user: str | None) -> list[_Row]:
    """Give the rows just above and below a user's, and that one; each row comes with its user."""
    place = next((number for number, (name, _row) in enumerate(rows) if name == user), None)
    if place is None:
        return []
    first = max(0, place - NEIGHBOURS_EACH_SIDE)
    return [row for _name, row in rows[first : place + NEIGHBOURS_EACH_SIDE + 1]]
