"""The plain interpreter: the reference meaning of a rule. `explain` uses it, and tests hold the compiler to it."""

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.change import Change
from novigem.model.ids import differs
from novigem.model.program import Condition, Rule
from novigem.rules.onset import at_creation, is_of_the_moment, leaves_alone
from novigem.rules.operators import DEFAULT_REGISTRY, MISSING, FieldState, Operator, Registry


class ConditionResult(NamedTuple):
    """The result of one condition on one change: True, False, or None for unknown."""

    condition: Condition
    old: Any
    new: Any
    result: bool | None


class Verdict(NamedTuple):
    """The result of one rule on one change. `groups` holds a finding for every condition, none left out.

    `held_before` tells, for an edit and a rule `create or update`, whether the rule held before it.
    """

    rule: Rule
    triggered: bool
    result: bool | None
    groups: tuple[tuple[ConditionResult, ...], ...]
    held_before: bool | None = False


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
    state = field_state(change, condition.field, zone)
    return ConditionResult(condition, state.old, state.new, _operator(condition, registry).test(state, condition.value))


def _operator(condition: Condition, registry: Registry) -> Operator:
    operator = registry.operator(condition.operator)
    if operator is None:
        raise KeyError(condition.operator)  # the loader refuses unknown operators, so this is a bug of ours
    return operator


def evaluate(rule: Rule, change: Change, zone: ZoneInfo, registry: Registry = DEFAULT_REGISTRY) -> Verdict:
    """Give the verdict of a rule on a change, with every condition's finding."""
    triggered = rule.object == change.object and change.kind in rule.kinds
    if triggered and rule.waits_for_the_onset:
        return _onset(rule, change, zone, registry)
    groups = tuple(tuple(check_condition(one, change, zone, registry) for one in group) for group in rule.groups)
    return Verdict(rule, triggered=triggered, result=triggered and _any_holds(groups), groups=groups)


def _any_holds(groups: tuple[tuple[ConditionResult, ...], ...]) -> bool | None:
    return any_of([all_of([finding.result for finding in group]) for group in groups]) if groups else True


def _onset(rule: Rule, change: Change, zone: ZoneInfo, registry: Registry) -> Verdict:
    """Judge a rule `create or update`: whether a change is the moment at which its conditions come to hold."""
    if change.kind == "create" or change.as_first_seen:
        made = tuple(tuple(_at_creation(one, change, zone, registry) for one in group) for group in rule.groups)
        # What a record was made with that was edited before anybody looked is not known. By the edit it surely was so.
        result = not (change.kind == "create" and change.as_first_seen) and _any_holds(made)
        return Verdict(rule, triggered=True, result=result, groups=made)
    groups = tuple(tuple(check_condition(one, change, zone, registry) for one in group) for group in rule.groups)
    before = held_before(rule, change, zone, registry)
    anew = [_holds_anew(group, change, zone, registry, before=before) for group in groups]
    return Verdict(rule, triggered=True, result=any_of(anew), groups=groups, held_before=before)


def _at_creation(condition: Condition, change: Change, zone: ZoneInfo, registry: Registry) -> ConditionResult:
    asked = at_creation(condition)
    if asked is None:
        return ConditionResult(condition, MISSING, change.new.get(condition.field, MISSING), False)  # noqa: FBT003 - the result
    return check_condition(asked, change, zone, registry)._replace(condition=condition, old=MISSING)


def held_before(rule: Rule, change: Change, zone: ZoneInfo, registry: Registry = DEFAULT_REGISTRY) -> bool | None:
    """Tell whether the conditions of a rule held on the values before an edit, against the day of the edit.

    What asks for a change holds at an edit alone, and so never held before one.
    """
    if not rule.groups:
        return True
    lasting = [group for group in rule.groups if not is_of_the_moment(group, registry)]
    return any_of([all_of([_before(one, change, zone, registry) for one in group]) for group in lasting])


def _before(condition: Condition, change: Change, zone: ZoneInfo, registry: Registry) -> bool | None:
    if leaves_alone(condition):
        return True
    state = field_state(change, condition.field, zone)
    return _operator(condition, registry).test(state._replace(new=state.old, old=MISSING), condition.value)


def _holds_anew(
    group: tuple[ConditionResult, ...], change: Change, zone: ZoneInfo, registry: Registry, *, before: bool | None
) -> bool | None:
    conditions = [finding.condition for finding in group]
    if not is_of_the_moment(conditions, registry) and all(_is_as_before(one, change, zone, registry) for one in group):
        # If it holds now, then it held before, whether or not all values are told.
        return False
    return all_of([*(finding.result for finding in group), None if before is None else not before])


def _is_as_before(finding: ConditionResult, change: Change, zone: ZoneInfo, registry: Registry) -> bool:
    if field_state(change, finding.condition.field, zone).changed is False:
        return True
    return finding.result is not None and finding.result is _before(finding.condition, change, zone, registry)
