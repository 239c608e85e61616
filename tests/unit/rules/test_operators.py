"""What each operator says at its edges, asked of the interpreter and of the compiled rule alike."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from novigem.model.change import Change
from novigem.rules.compile import compile_rules
from novigem.rules.interpret import evaluate
from novigem.rules.operators import as_day, as_moment
from novigem.testing import make_change, make_program

NEW_YORK = ZoneInfo("America/New_York")


def says(condition: dict[str, Any], change: Change) -> bool | None:
    """Give what both say of a condition on the field `F__c`, in New York."""
    program = make_program({"trigger": change.kind, "when": {"F__c": condition}}, timezone="America/New_York")
    told = evaluate(program.rules[0], change, program.zone).result
    found = compile_rules([(program.rules[0], program.zone)])(change)
    compiled = False if found is None else True if 0 in found.holds else None if 0 in found.unknown else False
    assert compiled is told
    return told


def now(value: Any) -> Change:
    return make_change(at="2026-01-08T04:30:00Z", new={"F__c": value})


def edit(old: Any, new: Any) -> Change:
    return make_change("update", old={"F__c": old}, new={"F__c": new})


@pytest.mark.parametrize(
    ("condition", "value", "result"),
    [
        ({"greaterThan": 10}, 10, False),
        ({"greaterThan": 10}, 10.000001, True),
        ({"greaterThanOrEqual": 10}, 10, True),
        ({"greaterThanOrEqual": 10}, 9.999999, False),
        ({"lessThan": 10}, 10, False),
        ({"lessThan": 10}, 9.999999, True),
        ({"lessThanOrEqual": 10}, 10, True),
        ({"lessThanOrEqual": 10}, 10.000001, False),
        ({"greaterThan": 10}, None, False),
        ({"lessThan": 10}, None, False),
        ({"greaterThan": 10}, "11", None),
        ({"equals": 10}, 10.0, True),
        ({"equals": 1}, True, False),
        ({"equals": True}, 1, False),
        ({"equals": "Won"}, "won", False),
        ({"equals": "Won"}, None, False),
        ({"notEquals": "Won"}, None, True),
        ({"notEquals": "Won"}, "Won", False),
        ({"in": ["a", "b"]}, "b", True),
        ({"in": ["a", "b"]}, "B", False),
        ({"in": ["a"]}, None, False),
        ({"notIn": ["a"]}, None, True),
        ({"notIn": ["a", "b"]}, "b", False),
        ({"contains": "on"}, "Won", True),
        ({"contains": "on"}, None, False),
        ({"notContains": "on"}, None, True),
        ({"notContains": "on"}, "Won", False),
        ({"startsWith": "Wo"}, "Won", True),
        ({"startsWith": "on"}, "Won", False),
        ({"endsWith": "on"}, "Won", True),
        ({"endsWith": "Wo"}, "Won", False),
        ({"contains": "1"}, 1, None),
        ({"isBlank": True}, "", True),
        ({"isBlank": True}, None, True),
        ({"isBlank": True}, " ", False),
        ({"isBlank": False}, " ", True),
        ({"isNotBlank": True}, 0, True),
        ({"isNotBlank": True}, "", False),
        ({"isNotBlank": False}, "", True),
    ],
)
def test_a_value_now(condition: dict[str, Any], value: Any, result: object) -> None:
    assert says(condition, now(value)) is result


@pytest.mark.parametrize(
    "condition",
    [
        {"equals": 1},
        {"notEquals": 1},
        {"in": [1]},
        {"notIn": [1]},
        {"isBlank": True},
        {"isBlank": False},
        {"within": {"from_days": 0, "to_days": 1}},
        {"greaterThan": 1},
        {"contains": "x"},
    ],
)
def test_a_field_that_is_not_told_is_unknown(condition: dict[str, Any]) -> None:
    assert says(condition, make_change()) is None


@pytest.mark.parametrize(
    ("condition", "old", "new", "result"),
    [
        ({"isChanged": True}, "a", "b", True),
        ({"isChanged": True}, "a", "a", False),
        ({"isChanged": False}, "a", "a", True),
        ({"isChanged": False}, "a", "b", False),
        ({"isChanged": True}, None, "", True),
        ({"changedFrom": "a"}, "a", "b", True),
        ({"changedFrom": "a"}, "b", "a", False),
        ({"changedTo": "b"}, "a", "b", True),
        ({"changedTo": "b"}, "b", "b", False),
        ({"changedTo": "b"}, "a", "c", False),
        ({"increasedBy": 10}, 5, 15, True),
        ({"increasedBy": 10}, 5, 14.999999, False),
        ({"increasedBy": 10}, 15, 5, False),
        ({"increasedBy": 10}, None, 15, False),
        ({"increasedBy": 10}, 5, None, False),
        ({"increasedBy": 10}, 5, "15", None),
    ],
)
def test_an_edit(condition: dict[str, Any], old: Any, new: Any, result: object) -> None:
    assert says(condition, edit(old, new)) is result


@pytest.mark.parametrize(
    ("condition", "value", "result"),
    [
        ({"isChanged": True}, "b", None),
        ({"isChanged": False}, "b", None),
        ({"changedFrom": "a"}, "b", None),
        ({"changedTo": "b"}, "b", None),
        # Another value now decides it, whatever was there before.
        ({"changedTo": "b"}, "c", False),
        ({"increasedBy": 1}, 5, None),
    ],
)
def test_an_edit_of_which_nobody_knows_what_was_before(condition: dict[str, Any], value: Any, result: object) -> None:
    assert says(condition, make_change("update", new={"F__c": value})) is result


@pytest.mark.parametrize("condition", [{"isChanged": True}, {"changedTo": "b"}, {"changedFrom": "a"}])
def test_a_field_that_an_edit_does_not_name_among_those_that_differ_is_not_changed(condition: dict[str, Any]) -> None:
    change = make_change("update", old={"Other": 1}, new={"F__c": "b", "Other": 2})
    assert says(condition, change) is False


@pytest.mark.parametrize(
    ("expected", "value", "result"),
    [
        # The change is of January 7 in New York, and of January 8 in UTC.
        ({"from_days": 0, "to_days": 0}, "2026-01-07", True),
        ({"from_days": 0, "to_days": 0}, "2026-01-08", False),
        ({"from_days": 0, "to_days": 0}, "2026-01-06", False),
        ({"from_days": 1, "to_days": 3}, "2026-01-08", True),
        ({"from_days": 1, "to_days": 3}, "2026-01-10", True),
        ({"from_days": 1, "to_days": 3}, "2026-01-11", False),
        ({"from_days": 1, "to_days": 3}, "2026-01-07", False),
        ({"from_days": 60}, "2026-03-08", True),
        ({"from_days": 60}, "2026-03-07", False),
        ({"to_days": -1}, "2026-01-06", True),
        ({"to_days": -1}, "2026-01-07", False),
        ({"from_days": 0, "to_days": 0}, "2026-01-08T04:59:59.000Z", True),
        ({"from_days": 0, "to_days": 0}, "2026-01-08T05:00:00.000Z", False),
        ({"from_days": 0, "to_days": 0}, None, False),
        ({"from_days": 0, "to_days": 0}, "soon", None),
    ],
)
def test_a_day_lies_within_by_the_days_of_the_program(expected: dict[str, int], value: Any, result: object) -> None:
    assert says({"within": expected}, now(value)) is result


def test_a_text_is_a_moment_or_a_day_or_neither() -> None:
    assert str(as_moment("2026-01-07", NEW_YORK)) == "2026-01-07 00:00:00-05:00"
    assert str(as_moment("2026-01-07T12:00:00Z", NEW_YORK)) == "2026-01-07 12:00:00+00:00"
    assert as_moment("2026-01-07T12:00:00", NEW_YORK) is None
    assert [as_moment(one, NEW_YORK) for one in ("soon", 5, None)] == [None] * 3
    assert str(as_day("2026-01-07", NEW_YORK)) == "2026-01-07"
    assert str(as_day("2026-01-08T04:59:59Z", NEW_YORK)) == "2026-01-07"
    assert [as_day(one, NEW_YORK) for one in ("2026-01-32", "0001-01-01T00:00:00Z", 5)] == [None] * 3
