"""What arrived after a closing, and what it would change: derived from the ledger, and never kept."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from novigem.engine.closing.scope import left_out
from novigem.engine.closing.standings import (
    ByUser,
    belongs,
    board_rows,
    by_user,
    challenge_rows,
    counted,
    earners,
    people_of,
)
from novigem.engine.closing.teams import TeamsAt, memberships_within, roster_now, team_rows, teams_by
from novigem.engine.closing.windows import Window, board_named, with_reach
from novigem.leaderboards.rollups import board_challenge
from novigem.ledger.store import EntryFilter, Store
from novigem.model.closing import Closing, FinalProgress, FinalRow, FinalStandings, read_standings
from novigem.model.entry import Entry
from novigem.model.program import Program


class Shift(NamedTuple):
    """Where somebody stands in the final standings, and where the ledger would put them now; None for nowhere.

    A board tells rows, a challenge progress. On a board of teams, `user` is the id of a team.
    """

    user: str
    then: FinalRow | FinalProgress | None
    now: FinalRow | FinalProgress | None


class Exceptions(NamedTuple):
    """What a closing did not take in: `late` entries in ledger order, and whom they would move."""

    closing: Closing
    late: tuple[Entry, ...]
    shifts: tuple[Shift, ...]


class Today(NamedTuple):
    """What the ledger says of a window that is closed."""

    rows: tuple[FinalRow, ...] = ()
    progress: tuple[FinalProgress, ...] = ()

    @property
    def lines(self) -> tuple[FinalRow | FinalProgress, ...]:
        """The rows of a board, or the progress of a challenge."""
        return self.rows or self.progress


def exceptions_of(closing: Closing, program: Program, store: Store) -> Exceptions:
    """List what arrived after a closing; `program` is the version that was closed.

    Raises msgspec.DecodeError where the closing was altered; the doctor says more.
    """
    final = read_standings(closing)
    late = late_entries(final, program, store)
    if not late:
        return Exceptions(closing, (), ())
    return Exceptions(closing, late, tuple(_shifts(final, standings_now(final, program, store))))


def late_entries(final: FinalStandings, program: Program, store: Store) -> tuple[Entry, ...]:
    """Give the entries of a closed window that stand behind its position, of people whom it ranks.

    A board of teams has those that count for some team.
    """
    window, challenge = window_of(final, program), _challenge(final, program)
    which = EntryFilter(
        program=final.program, challenge=challenge, since=window.since, until=window.until, after=final.as_of
    )
    found = [one for one in store.entries(which) if belongs(one, window, challenge)]
    if final.ranks_teams:
        teams_at = _teams(final, program, (one.user for one in found), store)
        return tuple(one for one in found if teams_at(one.user, one.occurred))
    unranked = frozenset(_unranked(final, program, (one.user for one in found), store))
    return tuple(one for one in found if one.user not in unranked)


def _unranked(final: FinalStandings, program: Program, users: Iterable[str], store: Store | None) -> tuple[str, ...]:
    """Give who is not ranked: as it was decided at the closing, and for newcomers among some users by the store."""
    decided = {*final.left_out, *(row.user for row in final.rows)}
    new = {*users} - decided
    if final.kind == "challenge" or not new or store is None:
        return final.left_out
    return (*final.left_out, *(left_out(program, board_named(program, final.id), new, store) or ()))


def _teams(final: FinalStandings, program: Program, users: Iterable[str], store: Store | None) -> TeamsAt:
    """Give who belongs to which team: as it was sealed, and for newcomers among some users as the store knows them."""
    window = window_of(final, program)
    new = {*users} - {*final.left_out, *(membership.user for membership in final.members)}
    if not new or store is None:
        return teams_by(final.members, window)
    return teams_by((*final.members, *memberships_within(window, roster_now(program, store), new)), window)


def standings_now(final: FinalStandings, program: Program, store: Store) -> Today:
    """Give what the ledger says today of a closed window, by the rules under which it was closed."""
    window = window_of(final, program)
    which = EntryFilter(
        program=final.program, challenge=_challenge(final, program), since=window.since, until=window.until
    )
    return worked_out(final, program, by_user(store.entries(which)), store)


def worked_out(
    final: FinalStandings, program: Program, standing: ByUser, store: Store, *, asks_newcomers: bool = True
) -> Today:
    """Work out the standings of a window from entries.

    Equals are told apart as they were then. Whom a board ranked when it closed, it goes on to rank; about newcomers the
    store is asked, unless `asks_newcomers` is False: then nobody is left out but those of the closing. Raises KeyError
    where the program has no such challenge or board.
    """
    window = window_of(final, program)
    if final.kind == "challenge":
        people = people_of(program, standing, store)
        return Today(progress=challenge_rows(program, program.challenge(final.id), window, standing, people))
    board = board_named(program, final.id)
    earned, asked = earners(board, window, standing), store if asks_newcomers else None
    if final.ranks_teams:
        teams_at = _teams(final, program, earned, asked)
        entries = counted(board, window, standing)
        return Today(rows=team_rows(program, board, entries, teams_at, by_latest=final.goes_by_latest))
    unranked = _unranked(final, program, earned, asked)
    rows = board_rows(program, board, window, standing, unranked, by_latest=final.goes_by_latest)
    return Today(rows=rows)


def window_of(final: FinalStandings, program: Program) -> Window:
    """Give the window that was closed, as it was then; `program` is the version that was closed."""
    made = Window(final.program, final.kind, final.id, final.name, final.period, final.start, final.ends, final.closed)
    return with_reach(program, made)


def _challenge(final: FinalStandings, program: Program) -> str | None:
    if final.kind == "challenge":
        return final.id
    return board_challenge(board_named(program, final.id))


def _shifts(final: FinalStandings, today: Today) -> Iterator[Shift]:
    then = {one.user: one for one in Today(final.rows, final.progress).lines}
    now = {one.user: one for one in today.lines}
    for user in dict.fromkeys((*then, *now)):
        if _shown(then.get(user)) != _shown(now.get(user)):
            yield Shift(user, then.get(user), now.get(user))


def _shown(row: FinalRow | FinalProgress | None) -> tuple[object, ...] | None:
    """Give what a reader would call a difference."""
    if row is None:
        return None
    if isinstance(row, FinalRow):
        return (row.rank, row.points)
    return (row.value, row.completed, row.bonus, row.badge, row.points)
