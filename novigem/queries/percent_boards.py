"""Boards by percent, read from progress rows; as of an earlier moment, counted from the ledger."""

import dataclasses

from msgspec.structs import replace

from novigem.challenges.goals import recount
from novigem.challenges.lifecycle import cadence_of
from novigem.challenges.rates import TOO_FEW, few_words
from novigem.challenges.tracks import Tracks
from novigem.engine.closing.leavers import leavers_of
from novigem.engine.closing.windows import Window, challenge_window, zones_in
from novigem.errors import InputError
from novigem.leaderboards.percent import PercentStanding, rank_by_percent
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.closing import Closing, read_standings
from novigem.model.entry import Progress, ProgressKey
from novigem.model.periods import Cadence, Period
from novigem.model.program import Leaderboard, Program
from novigem.queries.board_types import (
    BoardChoice,
    BoardRequest,
    BoardRow,
    RankedRows,
    challenge_of,
    cut_rows,
    unranked,
)
from novigem.queries.positions import AsOf, before, read_steadily
from novigem.queries.progress import closed_progress
from novigem.queries.visibility import unlisted

_KINDS = {Cadence.WEEKLY: "week", Cadence.MONTHLY: "month", Cadence.QUARTERLY: "quarter"}


def percent_span(program: Program, board: Leaderboard, kind: str | None, moment: int) -> Period:
    """Give the period of a board's challenge that holds a moment; `kind` is what somebody asked for, if they did.

    Raises InputError for a period that the challenge does not have.
    """
    challenge = challenge_of(program, board)
    cadence = cadence_of(challenge)
    wanted = "challenge" if cadence is None else _KINDS[cadence]
    if kind not in (None, wanted):
        told = "the challenge of this board has"
        if cadence is None:
            raise InputError(f"{told} one period, all of it", hint="name no period", code="one-period-only")
        raise InputError(f"{told} a period each {wanted}", hint=f"use {wanted}, or {wanted}: and a day in it")
    return program.challenge_window(challenge) if cadence is None else program.calendar.period(cadence, moment)


def percent_window(program: Program, board: Leaderboard, span: Period, store: Store) -> Window:
    """Give the window of the challenge that a board by percent shows: its rows are final when that is closed."""
    challenge = challenge_of(program, board)
    whole = cadence_of(challenge) is None
    return challenge_window(program, challenge, None if whole else span, zones_in(program, store))


def rank_by_target(
    store: Store, chosen: BoardChoice, asked: BoardRequest, closing: Closing | None = None
) -> RankedRows:
    """Rank everybody by the share of their own target, without those who opted out of being seen.

    With `closing`, that of the challenge, it is read as it was closed.
    """
    program, board = chosen.program, chosen.board
    challenge, tracks = challenge_of(program, board), Tracks(program)
    label = "" if cadence_of(challenge) is None else chosen.span.label
    if closing is not None:
        progress, position = [row for _final, row in closed_progress(closing)], closing.as_of
    elif asked.as_of is None:
        which = RowFilter(program.program, challenge=challenge.id, period=label)
        progress, position = read_steadily(
            store, lambda: _kept(store, tracks, which, timed="first_to_reach" in board.ties)
        )
    else:
        progress = _counted(store, tracks, ProgressKey(program.program, challenge.id, label, ""), asked.as_of)
        position = asked.as_of if isinstance(asked.as_of, int) else store.entry_count()
    few, hidden = challenge.goal.fewest is not None, unlisted(store, asked.user)
    # Whoever did next to nothing has few as well.
    able = [row for row in progress if not few or few_words(row) != TOO_FEW]
    listed = [row for row in able if row.user not in hidden]
    sealed = None if closing is None else read_standings(closing).gone
    gone = frozenset[str]()
    if board.leavers != "marked":
        gone = leavers_of(store, (row.user for row in listed)) if sealed is None else sealed
    ranked = [row for row in listed if row.user not in gone]
    left = [row for row in listed if row.user in gone] if board.leavers == "apart" else []
    rows, apart = (
        [_row(one) for one in rank_by_percent(some, board.ranking, board.ties, few=few)] for some in (ranked, left)
    )
    absent = tuple(one.user for one in tracks.absent(challenge.id, label))
    found = cut_rows(rows, asked, position, absent=absent)
    return dataclasses.replace(found, apart=unranked(apart), gone=sealed)


def _row(standing: PercentStanding) -> BoardRow:
    one = standing.progress
    return BoardRow(standing.rank, one.user, one.user, 0, one.entries, standing.tie, value=one.value, target=one.target)


def _kept(store: Store, tracks: Tracks, which: RowFilter, *, timed: bool) -> list[Progress]:
    """Read rows, each with the moment its value was reached; one kept before that was is counted from the ledger."""
    rows = store.progress_rows(which)
    if not timed or all(row.reached is not None for row in rows):
        return rows
    wanted = ProgressKey(which.program or "", which.challenge or "", which.period or "", "")
    reached = {row.user: row.reached for row in _counted(store, tracks, wanted, None)}
    return [replace(row, reached=row.reached or reached.get(row.user)) for row in rows]


def _counted(store: Store, tracks: Tracks, wanted: ProgressKey, as_of: AsOf | None) -> list[Progress]:
    which = before(EntryFilter(wanted.program, challenge=wanted.challenge), as_of)
    spread = tracks.spread(standing_entries(store.entries(which)))
    by_row = {key: counted for key, counted in spread.items() if key._replace(user="") == wanted}
    people = store.people([key.user for key in by_row]) if tracks.depends_on_people else {}
    rows = (
        recount(key, tracks.measure(key, tracks.terms(key.user, people.get(key.user))), counted)
        for key, counted in by_row.items()
    )
    return [row for row in rows if row is not None]
