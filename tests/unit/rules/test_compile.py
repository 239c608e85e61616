"""The compiler's branches, at the places where they were wrong once."""

from zoneinfo import ZoneInfo

import pytest

from novigem.model.program import Rule
from novigem.rules.compile import compile_rules
from novigem.testing import make_change

UTC_ZONE = ZoneInfo("UTC")


def rules(conditions: list[dict[str, object]]) -> list[tuple[Rule, ZoneInfo]]:
    made = (
        {"id": f"r{n}", "object": "Opportunity", "trigger": "update", "points": 1, "when": [one]}
        for n, one in enumerate(conditions)
    )
    return [(Rule.model_validate(one), UTC_ZONE) for one in made]


@pytest.mark.parametrize("old", ["Open", "Won"])
def test_many_rules_may_wait_for_one_value_to_be_reached(old: str) -> None:
    """The branch on a value that several rules share with `changedTo` ends, and still asks for the change."""
    match = compile_rules(rules([{"StageName": {"changedTo": "Won"}}] * 7))
    found = match(make_change(kind="update", new={"StageName": "Won"}, old={"StageName": old}))
    assert (found.holds if found else ()) == (tuple(range(7)) if old == "Open" else ())


def test_rules_outside_a_change_branch_still_ask_for_the_change() -> None:
    """`changedTo` on one field below a branch on another."""
    conditions = [{"Type": {"isChanged": True}, "StageName": {"changedTo": f"S{n % 2}"}} for n in range(8)]
    match = compile_rules(rules(conditions))
    new = {"Type": "b", "StageName": "S1"}
    assert match(make_change(kind="update", new=new, old={"Type": "a"})) is None
    found = match(make_change(kind="update", new=new, old={"Type": "a", "StageName": "S0"}))
    assert found is not None
    assert found.holds == (1, 3, 5, 7)


def test_a_change_that_lacks_a_field_meets_only_the_rules_it_does_not_rule_out() -> None:
    """Undecided are those whose one known condition fits; with another value now, `changedTo` is plainly false."""
    conditions = [{"Type": {"equals": f"T{n % 4}"}, "Region__c": {"equals": "North"}} for n in range(12)]
    conditions.append({"StageName": {"changedTo": "Won"}})
    match = compile_rules(rules(conditions))
    found = match(make_change(kind="update", new={"Type": "T1", "StageName": "Open"}, old=None))
    assert found is not None
    assert (found.holds, found.unknown) == ((), (1, 5, 9))
