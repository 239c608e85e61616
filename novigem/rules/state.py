"""What must go on being true for an award to stand: a rule without all that only the moment of the edit can answer.

`Status: {isChanged: true, equals: Completed}` is earned by an edit, and stands as long as Status is Completed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from novigem.model.change import Change
from novigem.model.program import AnyOf, Condition, Operators, Rule
from novigem.rules.compile import compile_rules
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

Effect = Literal["holds", "ended", "deleted", "merged", "restored"]

# What an edit did is over with the edit; where it led is what must stay.
_LEADS_TO = {"changedTo": "equals", "changedFrom": "notEquals"}
# Days are counted from the day of the edit: a date that was far enough ahead stays so, however time goes on.
_OF_THE_MOMENT = {"isChanged", "increasedBy", "within"}


def state_conditions(group: Sequence[Condition], registry: Registry = DEFAULT_REGISTRY) -> Iterator[Condition]:
    """Yield what is left of a condition group once the edit that satisfied it is over."""
    for condition in group:
        if condition.operator in _LEADS_TO:
            yield condition._replace(operator=_LEADS_TO[condition.operator])
        elif condition.operator not in _OF_THE_MOMENT:
            operator = registry.operator(condition.operator)
            if operator is not None and not operator.needs_old:
                yield condition


def state_rule(rule: Rule, registry: Registry = DEFAULT_REGISTRY) -> Rule:
    """Give the rule that holds on any edit after which the record still has what the rule paid for."""
    groups = [tuple(state_conditions(group, registry)) for group in rule.groups]
    # A group of which nothing is left holds for good.
    lasts = bool(groups) and all(groups)
    when = AnyOf(any=tuple(tuple(_as_map(one) for one in group) for group in groups)) if lasts else None
    # Made anew and not copied: a copy would keep the groups that were worked out for the rule itself.
    given = {name: getattr(rule, name) for name in Rule.model_fields}
    return Rule.model_construct(**given | {"trigger": "update", "when": when})


def _as_map(condition: Condition) -> dict[str, Operators]:
    key = "in_" if condition.operator == "in" else condition.operator
    return {condition.field: Operators.model_construct(_fields_set={key}, **{key: condition.value})}


class States:
    """What a change does to the state that each of some rules paid for."""

    def __init__(self, rules: Sequence[tuple[Rule, ZoneInfo]], registry: Registry = DEFAULT_REGISTRY) -> None:
        self._match = compile_rules([(state_rule(rule, registry), zone) for rule, zone in rules], registry)

    def ends(self, change: Change, rules: Iterable[int]) -> bool:
        """Tell whether a change took away what one of some rules of its object paid for."""
        if change.kind != "update":
            return change.kind in ("delete", "merge")
        found = self._match(change)
        decided: set[int] = {*found.holds, *found.unknown} if found else set()
        return not decided.issuperset(rules)

    def effects(self, change: Change, rules: Sequence[int]) -> dict[int, Effect]:
        """Give, for rules by their position, what a change of their object did; nothing where that is not known.

        An edit that no person made changes nothing: a picklist value that is renamed undoes nobody's work.
        """
        if change.kind == "delete":
            return dict.fromkeys(rules, "deleted")
        if change.kind == "merge":
            return dict.fromkeys(rules, "merged")
        if change.kind not in ("update", "undelete"):
            return {}
        seen = change if change.kind == "update" else msgspec.structs.replace(change, kind="update", old=None)
        found = self._match(seen)
        holds, unknown = (frozenset(found.holds), frozenset(found.unknown)) if found else (frozenset(), frozenset())
        if change.kind == "undelete":
            # What came back is as it was, unless it tells otherwise.
            return {one: "restored" for one in rules if one in holds or one in unknown}
        return {one: "holds" if one in holds else "ended" for one in rules if one not in unknown}
