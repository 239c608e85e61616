"""Final standings of a board of teams: whose points go to which team is sealed with them, and can be counted again.

People are as last told, so who belonged to a team may read otherwise later. What a closing went by stands in it: the
memberships of everybody with points in the window.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from novigem.engine.closing.standings import ranked_rows
from novigem.engine.closing.windows import Window
from novigem.leaderboards.rollups import sum_entries
from novigem.ledger.store import Store
from novigem.model.closing import FinalRow
from novigem.model.entry import Entry, Total
from novigem.model.program import Leaderboard, Program
from novigem.model.roster import Membership, Roster

#: Gives the teams that a user belongs to at a moment.
TeamsAt = Callable[[str, int], Collection[str]]


def roster_now(program: Program, store: Store) -> Roster:
    """Give who belongs to which team when, as far as a store knows people now."""
    return Roster(program, store.everybody(), store.every_assignment())


def memberships_within(window: Window, roster: Roster, users: Iterable[str]) -> tuple[Membership, ...]:
    """Give the times of some users in teams, as far as they lie in a window, by user."""
    return tuple(
        membership._replace(start=max(membership.start, window.start), end=min(membership.end, window.end))
        for user in sorted(users)
        for membership in roster.memberships(user)
        if max(membership.start, window.start) < min(membership.end, window.end)
    )


def teams_by(memberships: Iterable[Membership], window: Window) -> TeamsAt:
    """Give who belongs to which team at a moment, by some memberships inside a window.

    What counts in the window and lies outside it, by the program's clock, counts as on its first or last moment.
    """
    found: dict[str, list[Membership]] = defaultdict(list)
    for membership in memberships:
        found[membership.user].append(membership)

    def teams_at(user: str, at: int) -> list[str]:
        inside = max(window.start, min(at, window.end - 1))
        return [one.team for one in found.get(user, ()) if one.start <= inside < one.end]

    return teams_at


def team_totals(
    program: Program, standing: Iterable[Entry], teams_at: TeamsAt, *, by_latest: bool = False
) -> list[Total]:
    """Add up for every team what its members did while they were members; `standing` are entries without reversals."""
    by_team: dict[str, list[Entry]] = defaultdict(list)
    for entry in standing:
        for team in teams_at(entry.user, entry.occurred):
            by_team[team].append(entry)
    return [
        sum_entries("", team.id, by_team[team.id], counts_accounts=False, by_latest=by_latest) for team in program.teams
    ]


def team_rows(
    program: Program, board: Leaderboard, standing: Iterable[Entry], teams_at: TeamsAt, *, by_latest: bool = False
) -> tuple[FinalRow, ...]:
    """Rank every team of a program by the standing entries of a window; `by_latest` as in `board_rows`."""
    totals = team_totals(program, standing, teams_at, by_latest=by_latest)
    return ranked_rows(board, totals, by_latest=by_latest)
