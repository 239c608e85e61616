"""Team goals: which awards count for a team, what they add up to, and whom its completion credits.

An award counts for every team that its user belonged to when it happened.
"""

from collections.abc import Iterable, Iterator

from novigem.challenges.goals import Measure
from novigem.challenges.rates import OTHER
from novigem.challenges.targets import millionths
from novigem.model.entry import BadgeAward, Entry, EntryKind, Progress, ProgressKey
from novigem.model.program import Program
from novigem.model.roster import Roster
from novigem.model.subject import team_badge_row, team_row
from novigem.model.teams import TeamGoal


def team_bonus_prefix(program: str) -> str:
    """Give what the dedupe keys of all team bonuses of a program begin with."""
    return f"{program}/team-bonus/"


class TeamGoals:
    """The challenges of a program that teams complete together; false where there are none."""

    def __init__(self, program: Program) -> None:
        self.program = program
        goals = [(one, one.team_goal) for one in program.challenges if one.team_goal is not None]
        self._goals: dict[str, TeamGoal] = {one.id: goal for one, goal in goals} if program.teams else {}
        self._measures = {
            one.id: Measure(one.goal, millionths(goal.target), least=one.goal.at_least) for one, goal in goals
        }
        self._names = {team.id: team.name for team in program.teams}

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._goals)

    @property
    def challenges(self) -> tuple[str, ...]:
        """The ids of the challenges."""
        return tuple(self._goals)

    @property
    def teams(self) -> tuple[str, ...]:
        """The ids of the teams."""
        return tuple(self._names)

    def counts(self, entry: Entry) -> bool:
        """Tell whether an entry counts for the teams of its user, if there are any."""
        return any(self._counts(one) for one in entry.as_counted)

    def _counts(self, entry: Entry) -> bool:
        return entry.rule is not None and entry.challenge in self._goals and entry.counts_for_goal

    def counted(self, entry: Entry, roster: Roster) -> Iterator[tuple[ProgressKey, Entry]]:
        """Give the rows that an entry counts for, each with the entry as it counts it."""
        for one in entry.as_counted:
            if self._counts(one):
                for team in roster.teams_at(one.user, one.occurred):
                    yield self.key(one.challenge or "", one.period or "", team), one

    def key(self, challenge: str, period: str, team: str) -> ProgressKey:
        """Give the row of a team in a challenge and period."""
        return ProgressKey(self.program.program, team_row(challenge), period, team)

    def holds(self, key: ProgressKey) -> bool:
        """Tell whether the program still has the team and the goal that a row is about."""
        about = key.subject
        return about.kind == "team" and about.id in self._goals and key.user in self._names

    def measure(self, key: ProgressKey) -> Measure:
        """Give how the awards of one row add up."""
        return self._measures[key.subject.id]

    def asks_who_contributed(self, row: Progress | None) -> bool:
        """Tell whether only the entries of a row say whom its completion credits."""
        if row is None or row.completed is None:
            return False
        return self._goals[row.subject.id].credit == "who_contributed"

    def credited(self, row: Progress | None, standing: Iterable[Entry], roster: Roster) -> set[str]:
        """Give whom a completion credits; nobody where there is none.

        `standing` holds the standing entries that count for the row, where `asks_who_contributed`. Whoever contributed
        need not be in the team any more; what happened at the very moment of the completion counts, so that no order of
        arrival decides.
        """
        if row is None or row.completed is None:
            return set()
        credit = self._goals[row.subject.id].credit
        if credit == "each":
            return set(roster.members_at(row.user, row.completed))
        if credit == "nobody":
            return set()
        return {one.user for one in standing if _helps(one) and one.occurred <= row.completed}

    def bonus_key(self, key: ProgressKey, user: str) -> str:
        """Give the dedupe key of the bonus of one person for a team's completion."""
        challenge = key.subject.id
        return f"{team_bonus_prefix(key.program)}{challenge}/{key.period or '-'}/{key.user}/{user}"

    def bonus(self, row: Progress, user: str) -> Entry | None:
        """Draft the bonus of one person credited with a completion; None where it gives none."""
        challenge = self.program.challenge(row.subject.id)
        points = self._goals[challenge.id].bonus
        if points is None or row.completed is None:
            return None
        return Entry(
            key=self.bonus_key(row.key, user),
            kind=EntryKind.BONUS,
            user=user,
            points=points,
            program=self.program.program,
            version=self.program.version,
            challenge=challenge.id,
            period=row.period or None,
            occurred=row.completed,
            reason=f"{self._names[row.user]} completed {challenge.name}",
        )

    def badge(self, row: Progress, user: str) -> BadgeAward | None:
        """Draft the badge of one person credited with a completion; None where it gives no active badge."""
        challenge = row.subject.id
        name = self._goals[challenge].badge
        if name is None or row.completed is None or self.program.badge(name).status != "active":
            return None
        return BadgeAward(
            program=self.program.program,
            badge=name,
            user=user,
            challenge=team_badge_row(challenge, row.user),
            period=row.period,
            awarded=row.completed,
        )


def _helps(entry: Entry) -> bool:
    """Tell whether an entry brought a team nearer to its goal."""
    return entry.goal_value > 0 and entry.goal_item != OTHER
