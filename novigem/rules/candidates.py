"""The rules a change may satisfy, for the changes that leave the compiled code: those that do not tell every field.

One look-up rules most of them out; the rest are judged as the interpreter judges, unknown included.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.change import Change
from novigem.model.ids import reference
from novigem.model.program import Condition, Rule
from novigem.rules.interpret import evaluate, field_state
from novigem.rules.operators import MISSING, Registry, Test


class Match(NamedTuple):
    """Positions, in the compiled sequence, of the rules that hold and of those that cannot be decided."""

    holds: tuple[int, ...]
    unknown: tuple[int, ...] = ()


# A rule ready for the interpreter: what it says of a change.
_Judge = Callable[[Change], bool | None]
_Numbered = tuple[int, _Judge]
_BoundGroups = tuple[tuple[tuple[str, Test, Any], ...], ...]


class Candidates:
    """The rules of one object and trigger, by a text that a field must hold: most are ruled out by one look-up.

    A change that lacks a field comes here instead of the compiled code, and still must not meet every rule.
    """

    def __init__(self) -> None:
        self._always: list[_Numbered] = []
        self._by_field: dict[str, tuple[list[_Numbered], dict[str, list[_Numbered]]]] = {}

    def add(self, rule: Rule, numbered: _Numbered) -> None:
        """Take in a rule. One with several groups has no single field that rules it out."""
        group = rule.groups[0] if len(rule.groups) == 1 else ()
        condition = next((one for one in group if index_values(one) is not None), None)
        if condition is None:
            self._always.append(numbered)
            return
        every, by_value = self._by_field.setdefault(condition.field, ([], {}))
        every.append(numbered)
        for value in dict.fromkeys(index_values(condition) or ()):
            by_value.setdefault(value, []).append(numbered)

    def of(self, change: Change) -> Iterator[_Numbered]:
        """Yield the rules that the change does not rule out by the one field."""
        yield from self._always
        for field, (every, by_value) in self._by_field.items():
            value = change.new.get(field, MISSING)
            if value is MISSING:
                yield from every
            elif isinstance(value, str):
                yield from by_value.get(reference(value), ())


def bind(rule: Rule, zone: ZoneInfo, registry: Registry) -> _Judge:
    """Make a rule ready to be judged. Raises KeyError for an operator that the registry does not hold."""
    tests = {operator.name: operator.test for operator in registry.operators}
    groups = tuple(tuple((field, tests[name], value) for field, name, value in group) for group in rule.groups)
    if rule.waits_for_the_onset:
        return lambda change: evaluate(rule, change, zone, registry).result
    return functools.partial(_result, groups, zone)


def interpret(by_source: Mapping[tuple[str, str], Candidates], change: Change) -> Match | None:
    """Judge a change by the plain meaning of every rule that it does not rule out."""
    candidates = by_source[change.object, change.kind].of(change)
    results = sorted((index, judge(change)) for index, judge in candidates)
    holds = tuple(index for index, result in results if result)
    unknown = tuple(index for index, result in results if result is None)
    return Match(holds, unknown) if holds or unknown else None


def _result(groups: _BoundGroups, zone: ZoneInfo, change: Change) -> bool | None:
    """Give what `evaluate` gives, but stop at the first condition that decides; `evaluate` looks at every one."""
    result: bool | None = not groups
    for group in groups:
        holds: bool | None = True
        for field, test, value in group:
            one = test(field_state(change, field, zone), value)
            if one is False:
                holds = False
                break
            if one is None:
                holds = None
        if holds:
            return True
        if holds is None:
            result = None
    return result


def index_values(condition: Condition) -> tuple[str, ...] | None:
    """Give the texts one of which the field must hold now, if the condition says so. Only text is safe to look up.

    An id is given in the form under which `reference` compares it.
    """
    if condition.operator in ("equals", "changedTo") and isinstance(condition.value, str):
        return (reference(condition.value),)
    if condition.operator == "in" and all(isinstance(value, str) for value in condition.value):
        return tuple(map(reference, condition.value))
    return None
