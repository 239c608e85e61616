"""The same rules in other engines, each in the best form it has: parsed once, and evaluated in one call where it can.

Facts are made ready outside the timed part: the fields of the change, its object and kind, and the list of the fields
that changed. Each factory gives a function from facts to the positions of the rules that hold.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import business_rules.engine
import cel
import rule_engine
import zen
from business_rules.variables import BaseVariables, boolean_rule_variable, numeric_rule_variable, string_rule_variable

from novigem.model.change import Change
from novigem.model.program import Condition, Rule

Facts = dict[str, Any]
Evaluate = Callable[[Any], list[int]]


def facts(change: Change) -> Facts:
    """Flatten a change."""
    new, old = change.new, change.old or {}
    changed = [field for field in old if old[field] != new.get(field)]
    return {**new, "object": change.object, "kind": change.kind, "changed": changed}


def _expression(rule: Rule, words: dict[str, str]) -> str:
    parts = [f"object == '{rule.object}'", f"kind == '{rule.trigger}'"]
    parts += [_test(condition, words) for condition in rule.groups[0]]
    return words["and"].join(parts)


def _test(condition: Condition, words: dict[str, str]) -> str:  # noqa: PLR0911 - one return per operator
    field, operator, value = condition
    match operator:
        case "isChanged":
            return f"'{field}' in changed"
        case "changedTo":
            return f"'{field}' in changed{words['and']}{field} == '{value}'"
        case "equals":
            return f"{field} == '{value}'"
        case "notEquals":
            return f"{field} != '{value}'"
        case "in":
            return f"{field} in {list(value)}"
        case "notIn":
            return f"{words['not']}({field} in {list(value)})"
        case "isNotBlank":
            return f"{field} != null{words['and']}{field} != ''"
        case "greaterThan":
            return f"{field} > {float(value)}"
    raise KeyError(operator)


_WORDS = {"and": " and ", "not": "not "}
_SIGNS = {"and": " && ", "not": "!"}


def zen_engine(rules: Sequence[Rule]) -> Evaluate:
    """One compiled expression that gives the list of all verdicts (Rust)."""
    compiled = zen.compile_expression("[" + ", ".join(_expression(rule, _WORDS) for rule in rules) + "]")
    evaluate = compiled.evaluate
    return lambda facts: [index for index, holds in enumerate(evaluate(facts)) if holds]


def zen_by_source(rules: Sequence[Rule]) -> Evaluate:
    """One compiled list per object and trigger, chosen in Python: what a careful user would write."""
    sources: dict[tuple[str, str], list[int]] = {}
    for index, rule in enumerate(rules):
        sources.setdefault((rule.object, rule.trigger), []).append(index)
    lists = {
        source: (indexes, zen.compile_expression("[" + ", ".join(_conditions_only(rules[i]) for i in indexes) + "]"))
        for source, indexes in sources.items()
    }

    def evaluate(facts: Facts) -> list[int]:
        found = lists.get((facts["object"], facts["kind"]))
        if found is None:
            return []
        return [index for index, holds in zip(found[0], found[1].evaluate(facts), strict=True) if holds]

    return evaluate


def _conditions_only(rule: Rule) -> str:
    return " and ".join(_test(condition, _WORDS) for condition in rule.groups[0])


def cel_rust(rules: Sequence[Rule]) -> Evaluate:
    """One compiled program that gives the list of all verdicts (Rust)."""
    program = cel.compile("[" + ", ".join(_expression(rule, _SIGNS) for rule in rules) + "]")
    execute = program.execute
    return lambda facts: [index for index, holds in enumerate(execute(facts)) if holds]


def rule_engine_python(rules: Sequence[Rule]) -> Evaluate:
    """One parsed rule object each."""
    tests = [rule_engine.Rule(_expression(rule, _WORDS)).matches for rule in rules]
    return lambda facts: [index for index, matches in enumerate(tests) if matches(facts)]


def business_rules_python(rules: Sequence[Rule]) -> Evaluate:
    """One condition tree each, over a class with a method per field."""
    fields = {condition.field for rule in rules for condition in rule.groups[0]}
    variables = _variables(fields)
    trees = [
        {"all": [*_source(rule), *(one for condition in rule.groups[0] for one in _tree(condition))]} for rule in rules
    ]
    check = business_rules.engine.check_conditions_recursively

    def evaluate(facts: Facts) -> list[int]:
        known = variables(facts)
        return [index for index, tree in enumerate(trees) if check(tree, known)]

    return evaluate


def _source(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"name": "object", "operator": "equal_to", "value": rule.object},
        {"name": "kind", "operator": "equal_to", "value": rule.trigger},
    ]


def _tree(condition: Condition) -> list[dict[str, Any]]:  # noqa: PLR0911 - one return per operator
    field, operator, value = condition
    is_changed = {"name": f"{field}_changed", "operator": "is_true", "value": True}
    match operator:
        case "isChanged":
            return [is_changed]
        case "changedTo":
            return [is_changed, {"name": field, "operator": "equal_to", "value": value}]
        case "equals":
            return [{"name": field, "operator": "equal_to", "value": value}]
        case "notEquals":
            return [{"name": field, "operator": "matches_regex", "value": f"^(?!{re.escape(value)}$)"}]
        case "in":
            return [{"any": [{"name": field, "operator": "equal_to", "value": one} for one in value]}]
        case "notIn":
            values = "|".join(map(re.escape, value))
            return [{"name": field, "operator": "matches_regex", "value": f"^(?!({values})$)"}]
        case "isNotBlank":
            return [{"name": field, "operator": "non_empty", "value": ""}]
        case "greaterThan":
            return [{"name": field, "operator": "greater_than", "value": value}]
    raise KeyError(operator)


def _variables(fields: set[str]) -> type[BaseVariables]:
    members: dict[str, Any] = {"__init__": lambda self, facts: setattr(self, "facts", facts)}
    for field in fields | {"object", "kind"}:
        if field in ("Amount", "Minutes__c"):
            # Of the other object, the field is not there: no number is above infinity.
            members[field] = numeric_rule_variable(_named(field, lambda self, field=field: self.facts.get(field, 0.0)))
        else:
            members[field] = string_rule_variable(_named(field, lambda self, field=field: self.facts.get(field) or ""))
        changed = f"{field}_changed"
        members[changed] = boolean_rule_variable(
            _named(changed, lambda self, field=field: field in self.facts["changed"])
        )
    return type("Variables", (BaseVariables,), members)


def _named(name: str, function: Any) -> Any:
    function.__name__ = name
    return function


PEERS: dict[str, Callable[[Sequence[Rule]], Evaluate]] = {
    "zen-engine (Rust)": zen_engine,
    "cel (Rust)": cel_rust,
    "business-rules": business_rules_python,
    "rule-engine": rule_engine_python,
}
