"""A rule `create or update` pays where its conditions come to hold, and what is not told makes it unknown at most."""

import random
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from novigem.model.change import Change
from novigem.model.program import Rule
from novigem.rules.interpret import evaluate
from novigem.testing import make_id
from tests.property.test_rules_laws import AT, FIELDS, ZONES, _change, _rule

_LASTING = (
    {"equals": "Won"},
    {"notEquals": "Won"},
    {"in": ("Won", "Lost")},
    {"isBlank": True},
    {"isNotBlank": True},
    {"startsWith": "W"},
    {"greaterThan": 1},
)
_HELD = ("Won", "Lost", "", None, 0, 2)


def lasting_rule(chance: random.Random) -> Rule:
    groups = [
        tuple({chance.choice(FIELDS[:3]): chance.choice(_LASTING)} for _n in range(chance.randint(1, 2)))
        for _group in range(chance.randint(1, 3))
    ]
    return Rule.model_validate(
        {"id": "r", "object": "Task", "trigger": "create or update", "when": {"any": tuple(groups)}, "points": 1}
    )


def as_created(rule: Rule, state: dict[str, Any]) -> bool | None:
    """Say whether the conditions of a rule hold on some values, by a rule that knows creations alone."""
    plain = rule.model_copy(update={"trigger": "create"})
    return evaluate(plain, Change("Task", make_id("00T"), "create", AT, state), ZONES[0]).result


@given(st.integers(0, 2**62))
@example(0)
def test_a_lasting_rule_pays_at_each_step_from_not_holding_to_holding_and_at_no_other(seed: int) -> None:
    chance = random.Random(seed)
    for _turn in range(20):
        rule = lasting_rule(chance)
        before: dict[str, Any] | None = None
        for number in range(6):
            after = {field: chance.choice(_HELD) for field in FIELDS[:3]} if before is None or number % 2 else before
            after = after | {chance.choice(FIELDS[:3]): chance.choice(_HELD)}
            old = None if before is None else {field: one for field, one in before.items() if one != after[field]}
            kind: Any = "create" if before is None else "update"
            found = evaluate(rule, Change("Task", make_id("00T"), kind, AT, after, old), ZONES[0]).result
            now, held = as_created(rule, after), False if before is None else as_created(rule, before)
            if now is not None and held is not None:
                assert found is (now and not held), (before, after)
            before = after


def hidden(chance: random.Random, change: Change) -> Change:
    """Give a change that tells less."""
    new = {field: value for field, value in change.new.items() if chance.random() < 0.8}
    unknown = tuple({*change.unknown_old, *(field for field in FIELDS if chance.random() < 0.2)})
    less = msgspec.structs.replace(change, new=new, unknown_old=unknown)
    return msgspec.structs.replace(less, old=None) if chance.random() < 0.2 else less


@given(st.integers(0, 2**62))
@example(1)
def test_who_tells_less_is_told_the_same_or_that_it_is_not_known(seed: int) -> None:
    chance = random.Random(seed)
    for _turn in range(40):
        rule = _rule(chance, 1).model_copy(update={"trigger": "create or update", "object": "Task"})
        change = msgspec.structs.replace(_change(chance), object="Task")
        found, zone = hidden(chance, change), chance.choice(ZONES)
        assert evaluate(rule, found, zone).result in (evaluate(rule, change, zone).result, None), (change, found)
