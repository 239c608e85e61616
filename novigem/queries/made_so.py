"""Work that was born done: creations that already have what a rule on edits waits for, such as a logged call."""

from collections.abc import Iterable

from novigem.engine.awards import RulePlan
from novigem.model.change import Change
from novigem.rules.interpret import ConditionResult, evaluate
from novigem.rules.onset import is_of_the_moment
from novigem.rules.operators import Registry


def made_so(
    plan: RulePlan, change: Change, plans: Iterable[RulePlan], registry: Registry
) -> tuple[int, ConditionResult] | None:
    """Give the change that a rule on edits waits for and a new record had behind it, with the number of its group.

    None where the record was not made so, where that is not known since it was edited before anybody looked, and where
    another of `plans` pays for it in the same challenge.
    """
    rule, zone = plan.rule, plan.program.zone
    if rule.trigger != "update" or change.kind != "create" or change.as_first_seen or rule.object != change.object:
        return None
    at_onset = rule.model_copy(update={"trigger": "create or update"})
    for number, group in enumerate(evaluate(at_onset, change, zone, registry).groups, start=1):
        waits_for = next((one for one in group if is_of_the_moment([one.condition], registry)), None)
        if waits_for is not None and all(one.result for one in group):
            found = number, waits_for._replace(result=False)
            return None if _is_paid_for(plan, change, plans, registry) else found
    return None


def _is_paid_for(plan: RulePlan, change: Change, plans: Iterable[RulePlan], registry: Registry) -> bool:
    """Tell whether a sister rule pays for the creation what the rule pays for the edit."""
    return any(
        one.program.version == plan.program.version
        and one.rule.challenge == plan.rule.challenge
        and "create" in one.rule.kinds
        and evaluate(one.rule, change, one.program.zone, registry).result
        for one in plans
    )
