"""`matches` by example: in the interpreter, in the compiled rules, and in the words of an explanation."""

from zoneinfo import ZoneInfo

import pytest

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.model.program import Rule
from novigem.queries.explain import explain_record
from novigem.queries.near_misses import near_misses
from novigem.rules.compile import compile_rules
from novigem.rules.interpret import evaluate
from novigem.rules.operators import DEFAULT_REGISTRY, TEXT
from novigem.testing import make_change, make_id, make_program

ZONE = ZoneInfo("UTC")


def holds(pattern: str, value: object) -> bool | None:
    """Judge one value both ways, which must agree."""
    rule = Rule.model_validate(
        {"id": "r", "object": "Task", "trigger": "create", "points": 1, "when": {"Subject": {"matches": pattern}}}
    )
    change = make_change("create", object="Task", new={"Subject": value})
    found = compile_rules([(rule, ZONE)])(change)
    result = evaluate(rule, change, ZONE).result
    assert ((0,) if result else (), (0,) if result is None else ()) == (tuple(found) if found else ((), ()))
    return result


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("Call * renewal*", "Call about renewal"),
        ("Call * renewal*", "Call  renewal of June"),
        ("*", ""),
        ("*", "any\nlines"),
        ("a?c", "a\nc"),
        ("?", "🎯"),
        ("?", "?"),
        ("*?*", "*"),
        ("*ab*ab", "abab ab"),
        ("**a", "a"),
        ("[ab]", "[ab]"),
        ("a.c\\", "a.c\\"),
    ],
)
def test_a_pattern_fits(pattern: str, value: str) -> None:
    assert holds(pattern, value) is True


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("Call * renewal*", "Call renewal"),
        ("Call * renewal*", "call about renewal"),
        ("renewal", "renewals"),
        ("renewal", "a renewal"),
        ("?", ""),
        ("??", "🎯"),
        ("a*", "ba"),
        ("*a", "ab"),
        ("*ab*ab", "ab"),
        ("a*a", "a"),
        ("[ab]", "a"),
        ("a.c", "abc"),
        ("\\*", "*"),
        ("*", None),
    ],
)
def test_a_pattern_does_not_fit(pattern: str, value: str | None) -> None:
    assert holds(pattern, value) is False


@pytest.mark.parametrize("value", [5, True, [], ["W"], {"W": 1}])
def test_what_is_no_text_is_unknown(value: object) -> None:
    assert holds("?", value) is None


def test_it_takes_the_fields_that_the_other_operators_on_text_take() -> None:
    operator = DEFAULT_REGISTRY.operator("matches")
    assert operator is not None
    assert (operator.field_types, operator.values, operator.needs_old) == (TEXT, ("text",), False)


def test_an_explanation_and_a_near_miss_tell_the_pattern_and_what_was_found() -> None:
    program = make_program(
        {
            "object": "Task",
            "trigger": "create",
            "when": [{"Subject": {"matches": "Call * renewal*"}}, {"Status": {"equals": "Completed"}}],
        }
    )
    store = MemoryStore()
    subjects = {1: "Call about renewals", 2: "Mail about renewals"}
    Engine(store, [program]).apply(
        [
            make_change("create", object="Task", record=record, Subject=subject, Status="Completed")
            for record, subject in subjects.items()
        ]
    )
    assert [entry.record for entry in store.entries()] == [make_id("00T", 1)]
    (answer,) = explain_record(store, [program], make_id("00T", 2))
    first = answer.conditions[0]
    assert (first.operator, first.expected, first.new, first.result) == (
        "matches", "Call * renewal*", "Mail about renewals", False,
    )  # fmt: skip
    (rule,) = near_misses(store, [program])
    assert [(one.condition.operator, one.condition.new, one.count) for one in rule.misses] == [
        ("matches", "Mail about renewals", 1)
    ]
