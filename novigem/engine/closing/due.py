"""Closing what is due: the final standings of windows, worked out of the ledger. Nothing here writes."""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from novigem.engine.closing.scope import left_out
from novigem.engine.closing.standings import ByUser, board_rows, by_user, challenge_rows, counted, earners, people_of
from novigem.engine.closing.teams import memberships_within, roster_now, team_rows, teams_by
from novigem.engine.closing.waiting import feed_coverage
from novigem.engine.closing.windows import Window, board_named, windows
from novigem.ledger.store import EntryFilter, Store
from novigem.model.closing import PRESENT_EQUALS, Closing, ClosingKey, FinalStandings, seal
from novigem.model.program import Leaderboard, Program
from novigem.model.roster import Roster


def due_closings(
    store: Store,
    programs: Iterable[Program],
    now: int,
    *,
    fresh: int | None = None,
    only: Collection[ClosingKey] | None = None,
) -> list[Closing]:
    """Work out the closing of every window whose grace period is over and whose changes have been read.

    `fresh` is the earliest moment of the changes that have just been read from a file: what ends later stays open,
    since more files of the same time may follow. `only` names what may be closed.
    """
    made: list[Closing] = []
    for program in programs:
        # How far the feeds have come is looked at before the ledger: all that they covered is then in it.
        read, closed = feed_coverage(program, store), store.closed(program.program)
        due = [
            window
            for window in windows(program, store, now)
            if now >= window.final_at
            and window.key not in closed
            and (only is None or window.key in only)
            and (fresh is None or window.end <= fresh)
            and not read.lacks(window.final_at)
        ]
        made += closings_of(program, due, store, ClosingNote(now))
    return made


class ClosingNote(NamedTuple):
    """When standings are closed, and for a closing before its time why and by whom."""

    closed: int
    reason: str | None = None
    author: str | None = None


def closings_of(program: Program, chosen: Sequence[Window], store: Store, note: ClosingNote) -> list[Closing]:
    """Work out final standings as of now; a board is left out whose manager is not one known person."""
    if not chosen:
        return []
    # What stands up to a position never changes, so nobody has to wait while it is added up.
    as_of = store.entry_count()
    first, last = min(one.since for one in chosen), max(one.until for one in chosen)
    which = EntryFilter(program=program.program, since=first, until=last, up_to=as_of)
    closer = _Closer(program, store, by_user(store.entries(which)), as_of, note)
    found = (closer.final(window) for window in chosen)
    return [seal(one) for one in found if one is not None]


class _Closer:
    """Works out the final standings of windows of one program, from its entries up to a position."""

    def __init__(self, program: Program, store: Store, standing: ByUser, as_of: int, note: ClosingNote) -> None:
        self._program = program
        self._store = store
        self._standing = standing
        self._as_of = as_of
        self._note = note

    @cached_property
    def _roster(self) -> Roster:
        # Everybody: read once, and only where boards of teams close.
        return roster_now(self._program, self._store)

    def final(self, window: Window) -> FinalStandings | None:
        """Give the standings of a window; None for a board whose manager is not one known person."""
        bare = FinalStandings(
            program=self._program.program,
            kind=window.kind,
            id=window.id,
            name=window.name,
            period=window.period,
            start=window.start,
            ends=window.end,
            closed=self._note.closed,
            as_of=self._as_of,
            version=self._program.version,
            reason=self._note.reason,
            author=self._note.author,
        )
        if window.kind == "challenge":
            return self._of_challenge(bare, window)
        bare = replace(bare, equals=PRESENT_EQUALS)
        board = board_named(self._program, window.id)
        return self._of_teams(bare, board, window) if board.scope == "teams" else self._of_people(bare, board, window)

    def _of_challenge(self, bare: FinalStandings, window: Window) -> FinalStandings:
        challenge = self._program.challenge(window.id)
        people = people_of(self._program, self._standing, self._store)
        return replace(bare, progress=challenge_rows(self._program, challenge, window, self._standing, people))

    def _of_people(self, bare: FinalStandings, board: Leaderboard, window: Window) -> FinalStandings | None:
        out = left_out(self._program, board, earners(board, window, self._standing), self._store)
        if out is None:
            return None
        return replace(bare, rows=board_rows(self._program, board, window, self._standing, out), left_out=out)

    def _of_teams(self, bare: FinalStandings, board: Leaderboard, window: Window) -> FinalStandings:
        earned = earners(board, window, self._standing)
        memberships = memberships_within(window, self._roster, earned)
        rows = team_rows(self._program, board, counted(board, window, self._standing), teams_by(memberships, window))
        out = tuple(sorted({*earned} - {membership.user for membership in memberships}))
        return replace(bare, rows=rows, left_out=out, memberships=memberships)
