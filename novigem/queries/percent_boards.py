"""Boards by percent, read from progress rows; as of an earlier moment, counted from the ledger."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from novigem.challenges.goals import recount
from novigem.challenges.lifecycle import cadence_of
from novigem.challenges.tracks import Tracks
from novigem.engine.closing.windows import Window, challenge_window
from novigem.errors import InputError, UnknownName
from novigem.leaderboards.percent import PercentStanding, rank_by_percent
from novigem.leaderboards.rollups import board_challenge, standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.change import to_micros
from novigem.model.closing import Closing, read_standings
from novigem.model.entry import Progress, ProgressKey
from novigem.model.periods import Cadence, Period
from novigem.model.program import Challenge, Leaderboard, Program, bounded
from novigem.queries.boards import Board, BoardRow
from novigem.queries.visibility import Shown

# A reader beside a busy writer gives up waiting for a quiet moment after so many tries.
_MOST_READS = 5
_KINDS = {Cadence.WEEKLY: "week", Cadence.MONTHLY: "month", Cadence.QUARTERLY: "quarter"}


@dataclass(frozen=True)
class PercentStandings:
    """A ranking by percent as of a ledger position; `absent` names, as the program does, who has no target at all."""

    span: Period
    rows: list[PercentStanding]
    absent: tuple[str, ...]
    as_of: int


def challenge_of(program: Program, board: Leaderboard) -> Challenge:
    """Give the challenge that a board by percent measures. Raises UnknownName where the program has none such."""
    name = board_challenge(board)
    found = next((one for one in program.challenges if one.id == name), None)
    if found is None:
        raise UnknownName(f"the board {board.id!r} names no challenge of its program")
    return found


def percent_span(program: Program, challenge: Challenge, kind: str | None, moment: int) -> Period:
    """Give the period of a challenge that holds a moment; `kind` is what somebody asked for, if they did.

    Raises InputError for a period that the challenge does not have.
    """
    cadence = cadence_of(challenge)
    wanted = "challenge" if cadence is None else _KINDS[cadence]
    if kind not in (None, wanted):
        hint = "leave --period out" if cadence is None else f"use {wanted}, or {wanted}: and a day in it"
        has = "one period, all of it" if cadence is None else f"a period each {wanted}"
        raise InputError(f"the challenge of this board has {has}", hint=hint)
    return program.challenge_window(challenge) if cadence is None else program.calendar.period(cadence, moment)


def read_percent(
    store: Store,
    program: Program,
    board: Leaderboard,
    span: Period,
    as_of: int | datetime | None,
    *,
    hidden: Collection[str] = (),
    closing: Closing | None = None,
) -> PercentStandings:
    """Read a board by percent over one period of its challenge, as if the people in `hidden` were not there.

    With `closing`, that of the challenge, it is read as it was closed.
    """
    challenge = challenge_of(program, board)
    tracks = Tracks(program)
    label = "" if cadence_of(challenge) is None else span.label
    if closing is not None:
        rows, position = _closed(closing), closing.as_of
    elif as_of is None:
        rows, position = _kept(store, RowFilter(program.program, challenge=challenge.id, period=label))
    else:
        rows = _counted(store, tracks, ProgressKey(program.program, challenge.id, label, ""), as_of)
        position = as_of if isinstance(as_of, int) else store.entry_count()
    absent = tuple(one.user for one in tracks.absent(challenge.id, label))
    listed = (row for row in rows if row.user not in hidden)
    return PercentStandings(span, rank_by_percent(listed, board.ranking, board.ties), absent, position)


def percent_window(program: Program, board: Leaderboard, span: Period) -> Window:
    """Give the window of the challenge that a board by percent shows: its rows are final when that is closed."""
    challenge = challenge_of(program, board)
    return challenge_window(program, challenge, None if cadence_of(challenge) is None else span)


def _closed(closing: Closing) -> list[Progress]:
    final = read_standings(closing)
    named = (final.program, final.id, final.period)
    return [
        Progress(*named, one.user, one.value, one.target, one.entries, one.first, one.last, one.completed)
        for one in final.progress
    ]


def percent_board(
    program: Program, board: Leaderboard, read: PercentStandings, names: Mapping[str, Shown], absent: Iterable[str]
) -> Board:
    """Give what was read as a board, all of its rows; `names` holds how everybody on it is called."""
    start, end = read.span.start, read.span.end
    return Board(
        board=board.id,
        name=board.name,
        program=program.program,
        period=read.span.label,
        start=bounded(start),
        end=bounded(end),
        as_of=read.as_of,
        status="running",
        rows=tuple(_row(one, names) for one in read.rows),
        by="percent",
        absent=tuple(absent),
    )


def _row(standing: PercentStanding, names: Mapping[str, Shown]) -> BoardRow:
    one = standing.progress
    return BoardRow(standing.rank, *names[one.user], 0, one.entries, standing.tie, value=one.value, target=one.target)


def _kept(store: Store, which: RowFilter) -> tuple[list[Progress], int]:
    for _attempt in range(_MOST_READS):
        position = store.entry_count()
        rows = store.progress_rows(which)
        if store.entry_count() == position:
            break
    return rows, position


def _counted(store: Store, tracks: Tracks, wanted: ProgressKey, as_of: int | datetime) -> list[Progress]:
    which = EntryFilter(
        program=wanted.program,
        challenge=wanted.challenge,
        up_to=as_of if isinstance(as_of, int) else None,
        until=to_micros(as_of) if isinstance(as_of, datetime) else None,
    )
    spread = tracks.spread(standing_entries(store.entries(which)))
    by_row = {key: counted for key, counted in spread.items() if key._replace(user="") == wanted}
    people = store.people([key.user for key in by_row]) if tracks.depends_on_people else {}
    rows = (
        recount(key, tracks.measure(key, tracks.terms(key.user, people.get(key.user))), counted)
        for key, counted in by_row.items()
    )
    return [row for row in rows if row is not None]
