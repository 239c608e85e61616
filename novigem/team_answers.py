"""Teams as they are asked about: who belongs to one from when to when, and how far it is in what it does together."""

from dataclasses import dataclass

from novigem.challenges.team_goals import TeamGoals
from novigem.closing.teams import roster_now
from novigem.ledger.store import RowFilter, Store
from novigem.model.entry import Progress
from novigem.model.people import known_as
from novigem.model.program import Program
from novigem.model.roster import Stay
from novigem.model.team_rows import challenge_of_team_row, team_badge_row
from novigem.model.teams import Team


@dataclass(frozen=True)
class TeamAnswer:
    """One team: the times of everybody who is or was in it, and the names on its list that nobody is known by."""

    team: Team
    stays: tuple[Stay, ...]
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
    people = store.people()
    known = {person.id for person in people} | {person.email.lower() for person in people if person.email}
    answers = []
    for team in program.teams:
        stays = tuple(roster.members(team.id))
        # An id needs no person behind it: its time in the team says enough.
        known_here = known | {stay.user for stay in stays}
        unknown = [one.user for one in team.members if known_as(one.user) not in known_here]
        answers.append(TeamAnswer(team, stays, tuple(dict.fromkeys(unknown))))
    return answers


def read_team_progress(
    store: Store, program: Program, team: str, *, challenge: str | None = None
) -> list[TeamProgressAnswer]:
    """Give how far a team is in each challenge that teams complete, or in one of them."""
    goals = TeamGoals(program)
    users = dict.fromkeys(stay.user for stay in roster_now(program, store).members(team))
    answers = []
    for row in store.progress_rows(RowFilter(program.program, user=team)):
        name = challenge_of_team_row(row.challenge)
        if name is not None and goals.holds(row.key) and challenge in (None, name):
            answers.append(_answer(store, goals, row, list(users)))
    return answers


def _answer(store: Store, goals: TeamGoals, row: Progress, users: list[str]) -> TeamProgressAnswer:
    challenge = challenge_of_team_row(row.challenge) or ""
    held = store.latest([goals.bonus_key(row.key, user) for user in users])
    bonuses = {one.entry.user: one.entry.points for one in held.values() if not one.is_reversed}
    place = RowFilter(row.program, challenge=team_badge_row(challenge, row.user), period=row.period)
    badges = {one.user: one.badge for one in store.badge_rows(place)}
    return TeamProgressAnswer(
        row,
        challenge,
        tuple(sorted(bonuses.keys() | badges.keys())),
        next(iter(bonuses.values()), None),
        next(iter(badges.values()), None),
    )
