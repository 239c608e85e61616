"""The compiler agrees with the plain interpreter on every change and rule, in all three values."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from novigem.model.change import Change
from novigem.model.program import Rule
from novigem.rules.compile import compile_rules
from novigem.rules.interpret import evaluate
from novigem.testing import make_id

FIELDS = ("Stage", "Amount", "Flag__c", "Due__c", "Account.Owner")
TEXTS = ("Won", "won", "", "Closed Won", "Wo", "2026-03-08", "1")
PATTERNS = ("W?n", "*won", "*", "Closed*", "2026-??-*", "?", "*o*o*", "Won", "[W]on")
NUMBERS = (0, 1, 2, 1.0, -1, 0.5)
DATES = (date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 8, 2, 30))  # noqa: DTZ001 - a program may write a moment without offset
# What a field may hold: the right types, wrong ones, and ones that cannot be compared, hashed or subtracted.
VALUES: tuple[Any, ...] = (
    *TEXTS, *NUMBERS, None, True, False, "2026-03-08T05:00:00.000+0000", "2026-03-09", "2026-13-01", "a\x00", "\ud800",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", [], ["Won"], {}, {"Won": 1}, 10**400, -(10**400), 1e308,
    float("inf"), float("nan"),
)  # fmt: skip
ZONES = (ZoneInfo("UTC"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia"))
AT = datetime(2026, 3, 8, 6, 59, tzinfo=UTC)
MISSING = object()


def _condition(chance: random.Random) -> dict[str, Any]:
    """Choose one operator and a value that a program may give it."""
    scalars = (*TEXTS, *NUMBERS, True, False, *DATES)
    kinds: list[tuple[tuple[str, ...], Any]] = [
        (("equals", "notEquals", "changedFrom", "changedTo"), chance.choice(scalars)),
        (("equals", "changedTo"), chance.choice(TEXTS)),
        (("greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual"), chance.choice((*NUMBERS, *DATES))),
        (("contains", "notContains", "startsWith", "endsWith"), chance.choice(TEXTS)),
        (("matches",), chance.choice(PATTERNS)),
        (("isBlank", "isNotBlank", "isChanged", "isChanged"), chance.choice((True, True, False))),
        (("in", "notIn"), tuple(chance.sample(TEXTS, 2))),
        (("in", "notIn"), tuple(chance.sample(scalars, 3))),
        (("increasedBy",), chance.choice((0, 1, 0.5, -1, 10**12))),
        (("within",), chance.choice(({"from_days": 0}, {"to_days": -1}, {"from_days": 0, "to_days": 1}))),
    ]
    names, value = chance.choice(kinds)
    return {chance.choice(names): value}


def _group(chance: random.Random) -> Any:
    conditions = [{chance.choice(FIELDS[:3] + FIELDS): _condition(chance)} for _n in range(chance.randint(1, 3))]
    return conditions[0] if len(conditions) == 1 else tuple(conditions)


def _rule(chance: random.Random, number: int) -> Rule:
    groups = [_group(chance) for _n in range(chance.choice((0, 1, 1, 2, 3)))]
    when = None if not groups else groups[0] if len(groups) == 1 else {"any": tuple(groups)}
    return Rule.model_validate(
        {
            "id": f"rule-{number}",
            "object": chance.choice(("Opportunity", "Opportunity", "Task")),
            "trigger": chance.choice(("create", "update", "update", "create or update", "create or update")),
            "when": when,
            "points": 1,
        }
    )


def _fields(chance: random.Random, *, likely: float) -> dict[str, Any]:
    usual = (*TEXTS[:4], *NUMBERS, None, True)
    return {
        name: chance.choice(VALUES if chance.random() < 0.3 else usual) for name in FIELDS if chance.random() < likely
    }


def _change(chance: random.Random) -> Change:
    new = _fields(chance, likely=0.85)
    old = None if chance.random() < 0.2 else _fields(chance, likely=0.5)
    return Change(
        object=chance.choice(("Opportunity", "Opportunity", "Task", "Lead")),
        id=make_id("006"),
        kind=chance.choice(("create", "create", "update", "update", "update", "update", "delete")),
        at=AT + timedelta(minutes=chance.randint(0, 2)),
        new=new,
        old=old,
        unknown_old=tuple(name for name in FIELDS if chance.random() < 0.3) if chance.random() < 0.2 else (),
        as_first_seen=chance.random() < 0.1,
    )


@given(st.integers(0, 2**62), st.integers(1, 12))
@example(0, 12)
def test_compiled_rules_agree_with_the_interpreter(seed: int, count: int) -> None:
    chance = random.Random(seed)
    rules = [(_rule(chance, number), chance.choice(ZONES)) for number in range(count)]
    match = compile_rules(rules)
    for _turn in range(20):
        change = _change(chance)
        verdicts = [evaluate(rule, change, zone).result for rule, zone in rules]
        found = match(change)
        holds, unknown = ((), ()) if found is None else found
        assert holds == tuple(n for n, result in enumerate(verdicts) if result is True), change
        if found is not None and unknown:
            assert unknown == tuple(n for n, result in enumerate(verdicts) if result is None), change
        else:
            assert None not in verdicts, change


def test_both_ways_meet_every_value_often_enough_to_tell_them_apart() -> None:
    """Guard the test above: rules that hold, fail and cannot be decided must all be common."""
    chance = random.Random(1)
    seen = {True: 0, False: 0, None: 0}
    for _turn in range(2000):
        seen[evaluate(_rule(chance, 1), _change(chance), ZONES[0]).result] += 1
    assert min(seen.values()) > 100
