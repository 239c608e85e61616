"""Teams as they are asked about: who belongs to one from when to when, and how far it is in what it does together."""

from collections.abc import Iterable
from dataclasses import dataclass

from novigem.challenges.goals import recount
from novigem.challenges.team_goals import TeamGoals
from novigem.engine.closing.teams import roster_now
from novigem.engine.team_history import TeamHistory
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.entry import Entry, Progress, ProgressKey
from novigem.model.people import known_as
from novigem.model.program import Program
from novigem.model.roster import Membership, Roster
from novigem.model.subject import team_badge_row
from novigem.model.teams import Team


@dataclass(frozen=True)
class TeamAnswer:
    """One team: the times of everybody who is or was in it, and the names on its list that nobody is known by."""

    team: Team
    memberships: tuple[Membership, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class TeamProgressAnswer:
    """A team's progress in one challenge and period; `credited` are the users who got the bonus or the badge for it."""

    progress: Progress
    challenge: str
    credited: tuple[str, ...] = ()
    bonus: int | None = None
    badge: str | None = None


def read_teams(store: Store, program: Program) -> list[TeamAnswer]:
    """Give the teams of a program in the order of its file."""
    roster = roster_now(program, store)
    people = store.everybody()
    known = {name for person in people for name in person.known_by}
    answers = []
    for team in program.teams:
        memberships = tuple(roster.members(team.id))
        # An id needs no person behind it: its time in the team says enough.
        known_here = known | {membership.user for membership in memberships}
        unknown = [one.user for one in team.members if known_as(one.user) not in known_here]
        answers.append(TeamAnswer(team, memberships, tuple(dict.fromkeys(unknown))))
    return answers


def read_team_progress(
    store: Store, program: Program, team: str, *, challenge: str | None = None, live: bool = False
) -> list[TeamProgressAnswer]:
    """Give how far a team is in each challenge that teams complete, or in one of them.

    Where a challenge is closed, it is read from the ledger as it was then, unless `live`.
    """
    goals, roster = TeamGoals(program), roster_now(program, store)
    closings = store.closings(program.program)
    closed = {} if live else {(one.id, one.period): one for one in closings if one.kind == "challenge"}
    rows: list[tuple[Progress, int | None]] = [
        (row, None)
        for row in store.progress_rows(RowFilter(program.program, user=team))
        if goals.holds(row.key) and (row.subject.id, row.period) not in closed
    ]
    for (name, period), closing in closed.items():
        key = goals.key(name, period, team)
        then = _as_closed(store, goals, roster, key, closing.as_of) if goals.holds(key) else None
        if then is not None:
            rows.append((then, closing.as_of))
    chosen = [one for one in rows if challenge in (None, one[0].subject.id)]
    users = list(dict.fromkeys(membership.user for membership in roster.members(team)))
    return [_answer(store, goals, row, users, up_to) for row, up_to in sorted(chosen, key=lambda one: one[0].key)]


def _as_closed(store: Store, goals: TeamGoals, roster: Roster, key: ProgressKey, up_to: int) -> Progress | None:
    def read(user: str, challenge: str, _period: str | None = None, /) -> Iterable[Entry]:
        return store.entries(EntryFilter(key.program, user, challenge=challenge, up_to=up_to))

    standing = TeamHistory(goals, roster, read).standing(key)
    return recount(key, goals.measure(key), standing)


def _answer(store: Store, goals: TeamGoals, row: Progress, users: list[str], up_to: int | None) -> TeamProgressAnswer:
    challenge = row.subject.id
    keys = {user: goals.bonus_key(row.key, user) for user in users}
    if up_to is None:
        held = store.latest(list(keys.values())).values()
        bonuses = {one.entry.user: one.entry.points for one in held if not one.is_reversed}
    else:
        bonuses = {}
        for user, key in keys.items():
            entries = standing_entries(store.entries(EntryFilter(row.program, user, challenge=challenge, up_to=up_to)))
            bonuses.update((user, one.points) for one in entries if one.key == key)
    place = RowFilter(row.program, challenge=team_badge_row(challenge, row.user), period=row.period)
    badges = {one.user: one.badge for one in store.badges(place)}
    return TeamProgressAnswer(
        row,
        challenge,
        tuple(sorted(bonuses.keys() | badges.keys())),
        next(iter(bonuses.values()), None),
        next(iter(badges.values()), None),
    )
