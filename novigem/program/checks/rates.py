"""Goals that are a rate, and rules that pay nothing because they only feed one."""

from collections.abc import Iterator

from novigem.model.guesses import advise
from novigem.model.program import Challenge
from novigem.program.checks.goals import measures
from novigem.program.document import Path
from novigem.program.draft import Draft, Part

_WHOLE = 100


def rates_can_be_reached(draft: Draft) -> None:
    """Refuse a rate above the whole, and one that a single award decides."""
    for part in _rates(draft):
        goal = part.value.goal
        if goal.at_least == 1:
            message = "a rate of a single award is 0 or 100%: it says how many awards it takes"
            draft.note(part.at("goal", "rate"), "NV218", message, "add `at_least: 10`")
        for path, target in _targets(draft, part):
            if target > _WHOLE:
                message = f"a rate is 100% at most; found {target:,}"
                draft.note(path, "NV218", message, "write the percentage, such as 90")


def _targets(draft: Draft, part: Part[Challenge]) -> Iterator[tuple[Path, float]]:
    yield part.at("goal", "target"), part.value.goal.target
    if part.value.team_goal is not None and part.knows("team_goal"):
        yield part.at("team_goal", "target"), part.value.team_goal.target
    for person in draft.people:
        target = person.value.targets.get(part.value.id) if person.knows("targets") and part.knows("id") else None
        if target is not None:
            yield person.at("targets", part.value.id), target


def rates_are_of_their_rules(draft: Draft) -> None:
    """Refuse a rate of rules that do not feed its challenge, and one of all that do."""
    for part in _rates(draft):
        if not part.knows("id") or not draft.links_known or not all(rule.knows("id") for rule in draft.rules):
            continue
        own = [rule.value.id for rule in draft.rules if part.value.id in rule.value.challenges]
        named = part.value.goal.rate or ()
        strange = [(number, name) for number, name in enumerate(named) if name not in own]
        for number, name in strange:
            message = f'no rule "{name}" feeds this challenge'
            hint = advise(name, own, intro="its rules") or f"add `challenge: {part.value.id}` to the rule"
            draft.note(part.at("goal", "rate", number), "NV348", message, hint)
        if own and not strange and set(own) <= set(named):
            message = "every rule of this challenge is good, so the rate is always 100%"
            hint = "name the good ones, and add a rule with `points: 0` for what was not good"
            draft.note(part.at("goal", "rate"), "NV348", message, hint)


def rules_without_points_feed_rates(draft: Draft) -> None:
    """Refuse a rule of 0 points that no rate counts: nobody would learn of it."""
    if not draft.links_known or not all(part.knows("goal", "id") for part in draft.challenges):
        return
    rates = {part.value.id for part in _rates(draft)}
    for rule in draft.rules:
        if rule.value.points == 0 and rule.knows("points", "challenge") and rates.isdisjoint(rule.value.challenges):
            message = "a rule of 0 points counts for the rate of its challenge, and this one has none"
            hint = "write 1 or more, or link it to a challenge with a `rate`"
            draft.note(rule.at("points"), "NV349", message, hint)


def _rates(draft: Draft) -> Iterator[Part[Challenge]]:
    for part in draft.challenges:
        if part.value.goal.rate is not None and part.knows("goal") and len(measures(part.value.goal)) == 1:
            yield part
