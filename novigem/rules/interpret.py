"""The plain interpreter: the reference meaning of a rule. `explain` uses it, and tests hold the compiler to it."""

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.change import Change
from novigem.model.ids import differs
from novigem.model.program import Condition, Rule
from novigem.rules.operators import DEFAULT_REGISTRY, MISSING, FieldState, Registry


class ConditionResult(NamedTuple):
    """The result of one condition on one change: True, False, or None for unknown."""

    condition: Condition
    old: Any
    new: Any
    result: bool | None


class Verdict(NamedTuple):
    """The result of one rule on one change. `groups` holds a finding for every condition, none left out."""

    rule: Rule
    triggered: bool
    result: bool | None
    groups: tuple[tuple[ConditionResult, ...], ...]


def field_state(change: Change, field: str, zone: ZoneInfo) -> FieldState:
    """Give what a change tells of one field.

    A create changes nothing. An update without `old`, or with the field in `unknown_old`, leaves it unknown.
    """
    new = change.new.get(field, MISSING)
    if change.kind == "create":
        return FieldState(new, MISSING, False, change.at, zone)  # noqa: FBT003 - the third field is `changed`
    if change.old is None or field in change.unknown_old:
        return FieldState(new, MISSING, None, change.at, zone)
    if field in change.old:
        old = change.old[field]
        return FieldState(new, old, new is MISSING or (old != new and differs(old, new)), change.at, zone)
    return FieldState(new, new, False, change.at, zone)  # noqa: FBT003 - `old` names every field that differs


def all_of(results: list[bool | None]) -> bool | None:
    """AND in three values: false if any is false, else unknown if any is unknown."""
    if False in results:
        return False
    return None if None in results else True


def any_of(results: list[bool | None]) -> bool | None:
    """OR in three values: true if any is true, else unknown if any is unknown."""
    if True in results:
        return True
    return None if None in results else False


def check_condition(
    condition: Condition, change: Change, zone: ZoneInfo, registry: Registry = DEFAULT_REGISTRY
) -> ConditionResult:
    """Hold one condition against a change."""
    operator = registry.operator(condition.operator)
    if operator is None:
        raise KeyError(condition.operator)  # the loader refuses unknown operators, so this is a bug of ours
    state = field_state(change, condition.field, zone)
    return ConditionResult(condition, state.old, state.new, operator.test(state, condition.value))


def evaluate(rule: Rule, change: Change, zone: ZoneInfo, registry: Registry = DEFAULT_REGISTRY) -> Verdict:
    """Give the verdict of a rule on a change, with every condition's finding."""
    triggered = rule.object == change.object and rule.trigger == change.kind
    groups = tuple(tuple(check_condition(one, change, zone, registry) for one in group) for group in rule.groups)
    if not triggered:
        return Verdict(rule, triggered=False, result=False, groups=groups)
    if not groups:
        return Verdict(rule, triggered=True, result=True, groups=groups)
    result = any_of([all_of([finding.result for finding in group]) for group in groups])
    return Verdict(rule, triggered=True, result=result, groups=groups)
