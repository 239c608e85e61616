"""Tracks: everything that the awards of a program move, the goals of its challenges and the steps of its badges."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import msgspec

from novigem.challenges.goals import Measure, contribution
from novigem.challenges.streaks import StreakPeriods, paused_days, streak_label
from novigem.challenges.targets import (
    challenge_days,
    millionths,
    own_least,
    own_target,
    share_inside,
    share_of_time,
)
from novigem.model.clocks import Clocks, Zones
from novigem.model.entry import Entry, ProgressKey
from novigem.model.people import Person, known_as
from novigem.model.program import Badge, Challenge, EarnedBy, Goal, Program, Rule
from novigem.model.subject import badge_row
from novigem.model.working_time import PersonTerms, WorkingDays


class _Steps(NamedTuple):
    """A badge that awards earn: what it counts, and the goal of each tier ("" where it has none)."""

    row: str
    goals: dict[str, Goal]

    @property
    def any_goal(self) -> Goal:
        return next(iter(self.goals.values()))


class Tracks:
    """What each entry of a program counts for, and how it adds up for each person."""

    def __init__(self, program: Program, zones: Zones | None = None) -> None:
        self.program = program
        self._clocks = Clocks(program, zones)
        self._days = WorkingDays(program.working_time)
        # A run passes over days on which nothing can be earned; what somebody is to reach stays what it is.
        self._earning_days = WorkingDays(program.working_time, tuple(paused_days(program.pauses, program.zone)))
        self._challenges = {one.id: one for one in program.challenges}
        self._steps = {badge_row(one.id): steps for one in program.badges if (steps := _steps_of(one)) is not None}
        self._terms = {known_as(one.user): one for one in program.people}
        self._plain = {one.id: self._measure_of(one, "", None) for one in program.challenges}
        self._fair: dict[tuple[str, str, str], Measure] = {}

    @property
    def depends_on_people(self) -> bool:
        """True when the program has terms of single persons."""
        return bool(self._terms)

    @property
    def needs_recount(self) -> bool:
        """True when something besides the entries decides what they add up to, so that another version may differ."""
        goals = any(one.goal.streak or one.goal.told_apart or one.scales_cut_periods for one in self.program.challenges)
        return bool(self._steps or self._terms) or goals

    def terms(self, user: str, person: Person | None) -> PersonTerms | None:
        """Give the terms of a user; `person` is None for somebody we were told nothing about."""
        own = self._terms.get(user)
        if own is None and person is not None:
            return next((one for name in person.known_by if (one := self._terms.get(name)) is not None), None)
        return own

    def counted_in(self, key: ProgressKey, entries: Iterable[Entry]) -> list[Entry]:
        """Give those of some entries of one user that count for a row, as it counts them."""
        steps, rules = self._steps.get(key.challenge), (one for one in entries if one.rule is not None)
        if steps is None:
            counted = (one for entry in rules for one in entry.as_counted if one.counts_for_goal)
            return [one for one in counted if one.challenge == key.challenge and (one.period or "") == key.period]
        return [one for entry in rules if (one := self._for_badge(steps.any_goal, entry)) is not None]

    def spread(self, entries: Iterable[Entry]) -> dict[ProgressKey, list[Entry]]:
        """Give the progress rows that some entries count for, each with its entries, in event time, as it counts them.

        Rule entries and their reversals count, bonuses and adjustments never.
        """
        name = self.program.program
        of_challenges: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        of_users: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted((one for one in entries if one.rule is not None), key=lambda one: one.order):
            for linked in entry.as_counted if entry.also else (entry,):
                if linked.challenge in self._challenges and linked.counts_for_goal:
                    of_challenges[linked.challenge, linked.period or "", linked.user].append(linked)
            if self._steps:
                of_users[entry.user].append(entry)
        found = {ProgressKey(name, *row): own for row, own in of_challenges.items()}
        for user, own in of_users.items():
            for steps in self._steps.values():
                counted = [one for entry in own if (one := self._for_badge(steps.any_goal, entry)) is not None]
                found |= {ProgressKey(name, steps.row, tier, user): counted for tier in steps.goals if counted}
        return found

    def _for_badge(self, goal: Goal, entry: Entry) -> Entry | None:
        if goal.counted_object not in (None, entry.object) or (entry.points == 0 and not goal.counts_past_limits):
            return None
        period = None
        if goal.streak is not None:
            counted = self._clocks.counted(entry.user, entry.occurred)
            period = streak_label(goal.streak, self.program.calendar, counted)
        added = contribution(goal, entry.object or "", abs(entry.points), {}, period)
        value = added.value if entry.reverses is None else -added.value
        return msgspec.structs.replace(entry, goal_value=value, goal_item=added.item)

    def holds(self, key: ProgressKey) -> bool:
        """Tell whether the program still has what a row is about."""
        steps = self._steps.get(key.challenge)
        return key.challenge in self._challenges if steps is None else key.period in steps.goals

    def is_step(self, key: ProgressKey) -> bool:
        """Tell whether a row is about a step of a badge that the program has."""
        return key.challenge in self._steps and self.holds(key)

    def measure(self, key: ProgressKey, terms: PersonTerms | None) -> Measure:
        """Give how the entries of one row add up."""
        steps = self._steps.get(key.challenge)
        if steps is not None:
            goal = steps.goals[key.period]
            return Measure(goal, millionths(goal.target), self._streak(goal, terms))
        challenge = self._challenges[key.challenge]
        counts_days = challenge.fair or challenge.scales_cut_periods
        if terms is None and not (counts_days and key.period):
            return self._plain[challenge.id]
        # The days of a season are counted once per person and period, not with every change.
        kept = (challenge.id, key.period if counts_days else "", "" if terms is None else known_as(terms.user))
        if kept not in self._fair:
            self._fair[kept] = self._measure_of(challenge, key.period, terms)
        return self._fair[kept]

    def _measure_of(self, challenge: Challenge, period: str, terms: PersonTerms | None) -> Measure:
        span = challenge_days(self.program, challenge, period) if challenge.fair and terms is not None else None
        share = share_of_time(self._days, terms, span)
        inside = Fraction(1)
        if challenge.scales_cut_periods:
            inside = share_inside(self.program, challenge, self._days, period)
        streak, least = self._streak(challenge.goal, terms), own_least(challenge, terms, share, inside)
        earlier = tuple(
            (
                self.program.span("", None, one.ends).end,
                own_target(challenge, terms, share, inside, target_then=one.target),
            )
            for one in challenge.goal.earlier
        )
        return Measure(challenge.goal, own_target(challenge, terms, share, inside), streak, least, earlier)

    def _streak(self, goal: Goal, terms: PersonTerms | None) -> StreakPeriods | None:
        return None if goal.streak is None else StreakPeriods(self.program.calendar, self._earning_days, terms)

    def absent(self, challenge: str, period: str) -> Iterator[PersonTerms]:
        """Give the people who are away the whole time, and have no target."""
        for one in self.program.people:
            if self.measure(ProgressKey(self.program.program, challenge, period, ""), one).target == 0:
                yield one


def counted_past_limits(program: Program, rule: Rule, challenges: Sequence[str]) -> str:
    """Say in words what an award of a rule counts for when a limit leaves no points of it; "" for nothing.

    `challenges` are those that it counts for.
    """
    badges = [steps.any_goal for badge in program.badges if (steps := _steps_of(badge)) is not None]
    own = [program.challenge(name).goal for name in challenges]
    for_goal, for_badges = ([one for one in goals if _counts_past(one, rule)] for goals in (own, badges))
    counting = [*for_goal, *for_badges]
    if not counting:
        return ""
    first = counting[0].streak
    what = "it" if first is None else f"the {first.split()[-1]}"
    if not for_goal:
        return f"{what} counts for a badge"
    also = ", and for a badge" if for_badges else ""
    return f"{what} counts for the {'goal' if first is None else 'streak'}{also}"


def _counts_past(goal: Goal, rule: Rule) -> bool:
    return goal.counts_past_limits and goal.counted_object in (None, rule.object)


def _steps_of(badge: Badge) -> _Steps | None:
    if badge.earned_by is None or badge.status != "active":
        return None
    targets = {one.id: one.at for one in badge.tiers} or {"": badge.earned_by.target or 1}
    return _Steps(badge_row(badge.id), {tier: _goal(badge.earned_by, target) for tier, target in targets.items()})


def _goal(earned_by: EarnedBy, target: int) -> Goal:
    return Goal(
        count=earned_by.count,
        points=earned_by.points,
        streak=earned_by.streak,
        at_least=earned_by.at_least,
        target=target,
        past_limits=earned_by.past_limits,
    )
