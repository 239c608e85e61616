"""Goals that are well formed, and targets that somebody can reach."""

from typing import NamedTuple

from novigem.model.guesses import guess
from novigem.model.program import Challenge, Goal, Rule
from novigem.program.draft import Draft, Part

MEASURES = ("count", "sum", "points", "distinct", "streak", "rate", "fewest")
LONGEST_PERIOD = {"weekly": 7, "monthly": 31, "quarterly": 92}


def measures(goal: Goal) -> list[str]:
    """Give the measures that a goal names."""
    return [name for name in MEASURES if getattr(goal, name) is not None]


def goals_have_one_measure(draft: Draft) -> None:
    """Refuse a goal that does not count in exactly one way."""
    for part in draft.challenges:
        given = measures(part.value.goal)
        if len(given) == 1 or not part.knows("goal"):
            continue
        found = " and ".join(f"`{name}`" for name in given) or "none"
        message = f"a goal has exactly one of count, sum, points, distinct, streak, rate or fewest; found {found}"
        hint = "keep one of them" if given else "add `count: rules` to count every award"
        draft.note(part.at("goal"), "NV212", message, hint)


def sums_know_their_object(draft: Draft) -> None:
    """Refuse a sum whose rules watch several objects: it must be clear whose field is added up."""
    for part in draft.challenges:
        goal = part.value.goal
        field = goal.sum or goal.distinct
        if field is None or goal.object is not None or not part.knows("goal", "id") or len(measures(goal)) != 1:
            continue
        objects = sorted({rule.value.object for rule in draft.links.get(part.value.id, ()) if rule.knows("object")})
        # A field that every object has in common, such as AccountId, may be counted across objects; a sum may not.
        if len(objects) > 1 and goal.sum is not None:
            message = f"the rules of this challenge watch {' and '.join(objects)}; which one has `{field}`?"
            draft.note(part.at("goal", "sum"), "NV312", message, f"add `object: {objects[0]}` to the goal")


def challenges_are_fed(draft: Draft) -> None:
    """Refuse an active challenge without an active rule: nothing else moves its progress."""
    if not draft.links_known:
        return
    for part in draft.challenges:
        if part.value.status != "active" or not part.knows("id", "status") or draft.links.get(part.value.id):
            continue
        hint = f"add `challenge: {part.value.id}` to a rule"
        if any(part.value.id in rule.value.challenges for rule in draft.rules):
            hint = "its rules are inactive; make one active"
        draft.note(part.at("id"), "NV403", "no rule feeds this challenge, so nobody can complete it", hint)


def counted_objects_are_watched(draft: Draft) -> None:
    """Refuse a goal on an object that no linked rule watches."""
    for part in draft.challenges:
        wanted = part.value.goal.counted_object
        rules = draft.links.get(part.value.id, ()) if part.knows("id", "goal") else ()
        objects = sorted({rule.value.object for rule in rules})
        if wanted is None or not rules or not draft.links_known or not all(rule.knows("object") for rule in rules):
            continue
        # A misspelt object is told once, where it stands.
        if wanted not in objects and guess(wanted, objects) is None:
            key = "object" if part.value.goal.object else "count"
            message = f"the goal wants {wanted} records, but its rules watch {' and '.join(objects)}"
            hint = f"add a rule on {wanted} with `challenge: {part.value.id}`, or change the goal"
            draft.note(part.at("goal", key), "NV404", message, hint)


class WrongKey(NamedTuple):
    """A key of a goal that does not go with the others."""

    key: str
    message: str
    hint: str


def streak_keys(streak: str | None, at_least: int, target: float, *, tells_apart: bool = False) -> WrongKey | None:
    """Give the key that only streaks have, or the target that no streak can have; None where all is well."""
    if streak is None and at_least != 1 and not tells_apart:
        message = "`at_least` says what a period of a streak needs, or `rate` and `fewest`"
        return WrongKey("at_least", message, "remove it, or count a `streak`")
    if streak is not None and target != int(target):
        message = f"a streak is a whole number of periods; found {target}"
        return WrongKey("target", message, f"write {max(1, int(target))}")
    return None


def targets_can_be_reached(draft: Draft) -> None:
    """Refuse a target above what the rules can give in the time there is, where that can be proved."""
    for part in draft.challenges:
        most = at_most(draft, part) if part.knows("id", "goal", "type", "cadence") and draft.links_known else None
        if most is not None and part.value.goal.target > most:
            message = f"the target is {part.value.goal.target:,}, but the rules can give {most:,} at most"
            hint = "rules with `once_per: day` count once a day; lower the target, or change `once_per`"
            draft.note(part.at("goal", "target"), "NV405", message, hint)


def at_most(draft: Draft, part: Part[Challenge]) -> int | None:
    """Give the most that one person can reach, limits left aside, or None where nothing bounds it for sure."""
    rules = draft.links.get(part.value.id, ())
    days = _days(draft, part)
    if part.value.goal.streak is not None or part.value.goal.told_apart is not None:
        return None
    limited = all(rule.value.once_per == "day" and rule.knows("once_per", "points") for rule in rules)
    if not rules or not days or not limited:
        return None
    counting = [rule.value for rule in rules if part.value.goal.counted_object in (None, rule.value.object)]
    return (
        days * sum(_worth(rule, part.value.goal) for rule in counting) if measures(part.value.goal) != ["sum"] else None
    )


def _worth(rule: Rule, goal: Goal) -> int:
    return rule.points if goal.points else 1


def _days(draft: Draft, part: Part[Challenge]) -> int | None:
    days = draft.days(part)
    period = LONGEST_PERIOD.get(part.value.cadence or "")
    return min(days, period) if days and period else days or period
