"""Ranking teams by points per member: each counts for as much of the time as they belonged to the team."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from novigem.leaderboards.ranking import RankStyle, number_of
from novigem.model.entry import GOAL_UNIT, Total
from novigem.model.program import TieBreak
from novigem.model.ranking import TIE_STEPS
from novigem.model.roster import Membership


class AverageStanding(NamedTuple):
    """One row of a ranking by average: `members` in millionths. `tie` names the step that put it below its equal."""

    rank: int
    total: Total
    members: int
    tie: TieBreak | None = None


def members_within(memberships: Iterable[Membership], start: int, end: int) -> dict[str, int]:
    """Give how many members each team had on an average of the stretch `[start, end)`, in millionths, rounded half up.

    Whoever was in it for half of the time is half a member. Teams that had nobody are left out.
    """
    time: dict[str, int] = {}
    for one in memberships:
        inside = min(one.end, end) - max(one.start, start)
        if inside > 0:
            time[one.team] = time.get(one.team, 0) + inside
    # Whoever was there at all is counted, however short it was.
    return {team: max(1, (2 * GOAL_UNIT * some + end - start) // (2 * (end - start))) for team, some in time.items()}


def average(points: int, members: int) -> Fraction:
    """Give the points per member, exactly; 0 of a team that had nobody."""
    return Fraction(points * GOAL_UNIT, members) if members else Fraction(0)


def rank_by_average(
    teams: Iterable[tuple[Total, int]], style: RankStyle, ties: Sequence[TieBreak]
) -> list[AverageStanding]:
    """Rank totals of teams, each with its members in millionths, by the average; then by the steps of the chain."""

    def key(total: Total, members: int) -> tuple[Fraction | int, ...]:
        return (-average(total.points, members), *(TIE_STEPS[step](total) for step in ties))

    standings: list[AverageStanding] = []
    for place, (total, members) in enumerate(sorted(teams, key=lambda one: (*key(*one), one[0].user)), start=1):
        above = standings[-1] if standings else None
        own, upper = key(total, members), None if above is None else key(above.total, above.members)
        step = None
        if upper is not None and upper[0] == own[0]:
            step = next((ties[number] for number in range(len(ties)) if upper[number + 1] != own[number + 1]), None)
        rank = number_of(style, place, above=above and above.rank, is_equal=upper == own)
        standings.append(AverageStanding(rank, total, members, step))
    return standings
