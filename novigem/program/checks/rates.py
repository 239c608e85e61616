"""Goals that are a rate or ask for few, and rules that pay nothing because they only feed one."""

from collections.abc import Iterator

from novigem.model.guesses import advise
from novigem.model.program import Challenge
from novigem.program.checks.goals import measures
from novigem.program.document import Path
from novigem.program.draft import Draft, Part

_WHOLE = 100
# The largest `at_least` that a file may name.
_MOST_LEAST = 1000


def rates_can_be_reached(draft: Draft) -> None:
    """Refuse a rate above the whole, one that a single award decides, and few that need nothing good."""
    for part in _rates(draft):
        goal = part.value.goal
        if goal.fewest is not None:
            _few_can_be_told(draft, part)
            continue
        if goal.at_least == 1:
            message = "a rate of a single award is 0 or 100%: it says how many awards it takes"
            draft.note(part.at("goal", "rate"), "NV218", message, "add `at_least: 10`")
        for path, target in _targets(draft, part):
            if target > _WHOLE:
                message = f"a rate is 100% at most; found {target:,}"
                draft.note(path, "NV218", message, "write the percentage, such as 90")


def _few_can_be_told(draft: Draft, part: Part[Challenge]) -> None:
    least, most = part.value.goal.at_least, 0
    for path, target in _targets(draft, part):
        if target != int(target):
            message = f"`fewest` counts awards, which are whole; found {target:,}"
            draft.note(path, "NV218", message, f"write {max(1, int(target))}")
        most = max(most, int(target))
    if least <= most:
        message = f"{most:,} of {most:,} would be few enough: it says how many awards of the challenge it takes"
        hint = f"add `at_least: {min(10 * most, _MOST_LEAST)}`, or another number above {most}"
        if most >= _MOST_LEAST:
            hint = f"ask for at most {_MOST_LEAST - 1}, and say `at_least`"
        draft.note(part.at("goal", "fewest"), "NV218", message, hint)


def few_have_an_end(draft: Draft) -> None:
    """Advise to give an end to a goal that asks for few: what is counted only grows."""
    for part in _rates(draft):
        if part.value.goal.fewest is None or not part.knows("type", "ends") or not draft.dates_known:
            continue
        if part.value.type != "recurring" and draft.last_day(part) is None:
            message = "this challenge has no end, and with time everybody has more than a few"
            hint = "give the challenge or the program `ends`, or make it recurring"
            draft.note(part.at("goal", "fewest"), "NV926", message, hint)


def _targets(draft: Draft, part: Part[Challenge]) -> Iterator[tuple[Path, float]]:
    yield part.at("goal", "target"), part.value.goal.target
    if part.value.team_goal is not None and part.knows("team_goal"):
        yield part.at("team_goal", "target"), part.value.team_goal.target
    for person in draft.people:
        target = person.value.targets.get(part.value.id) if person.knows("targets") and part.knows("id") else None
        if target is not None:
            yield person.at("targets", part.value.id), target


def rates_are_of_their_rules(draft: Draft) -> None:
    """Refuse a goal on rules that do not feed its challenge, and one on all that do."""
    for part in _rates(draft):
        if not part.knows("id") or not draft.links_known or not all(rule.knows("id") for rule in draft.rules):
            continue
        own = [rule.value.id for rule in draft.rules if part.value.id in rule.value.challenges]
        named, key = part.value.goal.told_apart or (), measures(part.value.goal)[0]
        strange = [(number, name) for number, name in enumerate(named) if name not in own]
        for number, name in strange:
            message = f'no rule "{name}" feeds this challenge'
            hint = advise(name, own, intro="its rules") or f"add `challenge: {part.value.id}` to the rule"
            draft.note(part.at("goal", key, number), "NV348", message, hint)
        if own and not strange and set(own) <= set(named):
            message = "every rule of this challenge is good, so the rate is always 100%"
            hint = "name the good ones, and add a rule with `points: 0` for what was not good"
            if key == "fewest":
                message = "every rule of this challenge should be few, so nothing tells who took part"
                hint = "add a rule for the work itself, such as each closed case; with `points: 0` it pays nothing"
            draft.note(part.at("goal", key), "NV348", message, hint)


def rules_without_points_feed_rates(draft: Draft) -> None:
    """Refuse a rule of 0 points that no such goal counts: nobody would learn of it."""
    if not draft.links_known or not all(part.knows("goal", "id") for part in draft.challenges):
        return
    rates = {part.value.id for part in _rates(draft)}
    for rule in draft.rules:
        if rule.value.points == 0 and rule.knows("points", "challenge") and rates.isdisjoint(rule.value.challenges):
            message = "a rule of 0 points counts for the `rate` or `fewest` of its challenge, and this one has neither"
            hint = "write 1 or more, or link it to a challenge with a `rate` or `fewest`"
            draft.note(rule.at("points"), "NV349", message, hint)


def _rates(draft: Draft) -> Iterator[Part[Challenge]]:
    for part in draft.challenges:
        if part.value.goal.told_apart is not None and part.knows("goal") and len(measures(part.value.goal)) == 1:
            yield part
