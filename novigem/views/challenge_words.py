"""Challenges and badges in plain words: what is asked for, over which time, and what it gives."""

from collections.abc import Iterator

from novigem.model.goal import Goal
from novigem.model.program import Badge, Challenge, Program
from novigem.model.teams import TeamGoal
from novigem.views.rule_words import cap_words, field_words, thing_words, value_words
from novigem.views.words import clean, counted, day_text, either, number_text

_CADENCES = {"weekly": "week", "monthly": "month", "quarterly": "quarter"}


def challenge_sentences(program: Program, challenge: Challenge) -> Iterator[str]:
    """Yield what a challenge asks for and gives."""
    yield f"{goal_sentence(program, challenge)}{_period(challenge)}."
    counting = tuple(clean(one.label) for one in program.rules if challenge.id in one.challenges)
    if counting:
        yield f"What counts: {', '.join(counting)}."
    yield from _own_dates(program, challenge)
    if challenge.fair:
        yield "The target is fair: less is asked of whoever works part-time, is on leave, or has a holiday."
    own = sum(1 for one in program.people if challenge.id in one.targets)
    if own:
        yield f"{counted(own, 'person has', 'people have')} a target of their own."
    yield from _gives(program, challenge)
    if challenge.team_goal is not None:
        yield from _team_goal(program, challenge.team_goal)
    if challenge.cap is not None:
        yield f"{cap_words(challenge.cap)} for one person from all its rules together."
    if challenge.status != "active":
        yield {"draft": "A draft: it is not open yet.", "paused": "Paused at present.", "ended": "Ended."}[
            challenge.status
        ]


def goal_sentence(program: Program, challenge: Challenge) -> str:
    """Say what completes a challenge, without its full stop."""
    goal = challenge.goal
    if goal.told_apart is not None:
        return _share_sentence(program, goal, goal.told_apart)
    target, is_one = number_text(goal.target), goal.target == 1
    of_object = f" on {thing_words(goal.counted_object)} records" if goal.counted_object else ""
    match goal.measure:
        case "sum":
            unit = "" if goal.currency is None else f" {goal.currency}"
            asked = f"Reach {target}{unit} in all, added up from {field_words(goal.sum or '')}"
        case "points":
            asked = f"Earn {target} {'point' if is_one else 'points'}"
        case "distinct":
            one, several = _THINGS.get(goal.distinct or "", ("value", f"values of {field_words(goal.distinct or '')}"))
            asked = f"Earn awards for {target} {one if is_one else f'different {several}'}"
        case "streak":
            enough = "an award" if goal.at_least == 1 else f"{goal.at_least} awards"
            asked = f"Earn {enough} in each of {counted(int(goal.target), goal.streak or '')} in a row"
        case _:
            asked = f"Earn {target} {'award' if is_one else 'awards'}"
    return f"{asked}{of_object}"


def _share_sentence(program: Program, goal: Goal, ids: tuple[str, ...]) -> str:
    target, some, least = number_text(goal.target), _rules(program, ids), counted(goal.at_least, "award")
    if goal.measure == "rate":
        return f"At least {target} % of your awards are for {some}, once there are {least}"
    awards = f"{target} {'award' if goal.target == 1 else 'awards'}"
    return f"At most {awards} for {some}, once there are {least} in all; fewer is better"


_THINGS = {
    "AccountId": ("account", "accounts"),
    "ContactId": ("contact", "contacts"),
    "OwnerId": ("owner", "owners"),
}


def _rules(program: Program, ids: tuple[str, ...]) -> str:
    labels = {one.id: one.label for one in program.rules}
    return either(tuple(value_words(labels.get(one, one)) for one in ids))


def _period(challenge: Challenge) -> str:
    if challenge.cadence is None:
        return ""
    return f", anew each {_CADENCES[challenge.cadence]}"


def _own_dates(program: Program, challenge: Challenge) -> Iterator[str]:
    first, last = challenge.starts or program.starts, challenge.ends or program.last_day
    if challenge.starts is None and challenge.ends is None:
        return
    since = f"from {day_text(first)}" if first is not None else ""
    until = f"to {day_text(last)}" if last is not None else ""
    yield f"Open {' '.join(part for part in (since, until) if part)}."


def _gives(program: Program, challenge: Challenge) -> Iterator[str]:
    given = challenge.completion
    names = {one.id: clean(one.name) for one in program.badges}
    bonus = f"{counted(given.bonus, 'point')} more" if given.bonus else ""
    badge = f"the badge {names.get(given.badge, given.badge)}" if given.badge else ""
    if bonus or badge:
        each = "once" if challenge.cadence is None else f"once each {_CADENCES[challenge.cadence]}"
        yield f"Whoever completes it gets {' and '.join(part for part in (bonus, badge) if part)}, {each}."


def _team_goal(program: Program, goal: TeamGoal) -> Iterator[str]:
    names = {one.id: clean(one.name) for one in program.badges}
    yield f"A team reaches {number_text(goal.target)} together."
    gives = [f"{counted(goal.bonus, 'point')} more"] if goal.bonus else []
    gives += [f"the badge {names.get(goal.badge, goal.badge)}"] if goal.badge else []
    whom = {"each": "each member", "who_contributed": "each member whose awards counted"}.get(goal.credit)
    if gives and whom is not None:
        yield f"Then {whom} gets {' and '.join(gives)}."


def badge_sentences(program: Program, badge: Badge) -> Iterator[str]:
    """Yield how a badge is got, and for how long."""
    by_challenge = [clean(one.name) for one in program.challenges if one.completion.badge == badge.id]
    by_team = [clean(one.name) for one in program.challenges if one.team_goal and one.team_goal.badge == badge.id]
    if by_challenge:
        yield f"For completing {either(tuple(by_challenge))}."
    if by_team:
        yield f"For a team that completes {either(tuple(by_team))}."
    yield from _earned_by(badge)
    if not by_challenge and not by_team and badge.earned_by is None:
        yield "Given by hand."
    if badge.expires_after_days is not None:
        yield f"Valid for {counted(badge.expires_after_days, 'day')} from the last time it was got."
    if badge.status == "inactive":
        yield "Nobody gets it at present."


def _earned_by(badge: Badge) -> Iterator[str]:
    by = badge.earned_by
    if by is None:
        return
    if by.points is not None:
        one, several = "point", "points"
    elif by.streak is not None:
        one, several = f"{by.streak} in a row with awards", f"{by.streak}s in a row with awards"
    else:
        where = "" if by.count == "rules" else f" on {thing_words(by.count or '')} records"
        one, several = f"award{where}", f"awards{where}"
    if by.target is not None:
        yield f"For {counted(by.target, one, several)}."
    for tier in badge.tiers:
        yield f"{clean(tier.label)}: for {counted(tier.at, one, several)}."
