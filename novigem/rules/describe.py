"""Conditions in words: what one wanted and what it found, for explanations and for the reasons of corrections."""

from typing import Any
from zoneinfo import ZoneInfo

from novigem.model.change import Change
from novigem.model.program import Rule
from novigem.rules.interpret import ConditionResult, check_condition
from novigem.rules.operators import DEFAULT_REGISTRY, MISSING, Registry
from novigem.rules.state import Effect, state_conditions

#: How the reason begins where the record lost what was paid for.
UNDONE = "undone: "

_EFFECTS = {"deleted": "the record was deleted", "merged": "the record was merged into another"}


def describe(finding: ConditionResult) -> str:
    """Say in words what a condition wanted and what it found."""
    field, operator, expected = finding.condition
    if finding.result is None and finding.new is MISSING:
        return f"{field} is not told by the change, so {operator} cannot be decided"
    if finding.result is None:
        return f"the value of {field} before the change is not known, so {operator} cannot be decided"
    was = f"it is {_shown(finding.new)}, it was {_shown(finding.old)}"
    return f"{field} {operator} {_shown(expected)} does not hold: {was}"


def _shown(value: Any) -> str:
    if value is MISSING:
        return "not told"
    if value is None:
        return "empty"
    if isinstance(value, tuple):
        return " | ".join(_shown(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def what_ended(rule: Rule, change: Change, effect: Effect | None, registry: Registry = DEFAULT_REGISTRY) -> str:
    """Say in words how a change ended what a rule had paid for, with the moment in UTC."""
    told = _EFFECTS.get(effect or "")
    if told is None:
        told = _no_longer(rule, change, registry)
    return f"{UNDONE}{told} ({change.at:%Y-%m-%d %H:%M} UTC)"


def _no_longer(rule: Rule, change: Change, registry: Registry) -> str:
    zone = ZoneInfo("UTC")
    for group in rule.groups:
        for condition in state_conditions(group, registry):
            finding = check_condition(condition, change, zone, registry)
            if finding.result is False:
                field, operator, expected = condition
                return f"{field} {operator} {_shown(expected)} holds no longer, it is {_shown(finding.new)}"
    return "the record no longer has what was paid for"
