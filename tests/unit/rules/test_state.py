"""What an edit, a deletion or a return did to what a rule paid for."""

import pytest

from novigem.model.change import Change
from novigem.rules.describe import what_ended
from novigem.rules.operators import DEFAULT_REGISTRY
from novigem.rules.state import States
from novigem.testing import make_change, make_program


def effect(change: Change, *conditions: dict[str, object]) -> dict[int, object]:
    """Give what a change did to a rule for each of some conditions, by its number."""
    rules = [
        {"trigger": "update", "when": {"Stage__c": one, "Kind__c": {"equals": "New"}}, "on_undo": "reverse"}
        for one in conditions
    ]
    program = make_program(*rules)
    states = States([(rule, program.zone) for rule in program.rules], DEFAULT_REGISTRY)
    return dict(states.effects(change, range(len(program.rules))))


CLOSED, TO_WON = {"in": ["Won", "Lost"]}, {"changedTo": "Won"}


@pytest.mark.parametrize(("kind", "told"), [("delete", "deleted"), ("merge", "merged"), ("create", None)])
def test_a_record_that_is_gone_takes_it_from_every_rule(kind: str, told: str | None) -> None:
    assert effect(make_change(kind), CLOSED, TO_WON) == ({0: told, 1: told} if told else {})  # type: ignore[arg-type]


def test_an_edit_ends_what_no_longer_holds_and_says_nothing_where_it_is_not_known() -> None:
    assert effect(make_change("update", Stage__c="Open", Kind__c="New"), CLOSED, TO_WON) == {0: "ended", 1: "ended"}
    assert effect(make_change("update", Stage__c="Lost", Kind__c="New"), CLOSED, TO_WON) == {0: "holds", 1: "ended"}
    assert effect(make_change("update", Stage__c="Won", Kind__c="New"), CLOSED, TO_WON) == {0: "holds", 1: "holds"}
    assert effect(make_change("update", Stage__c="Won", Kind__c="Old"), CLOSED, TO_WON) == {0: "ended", 1: "ended"}
    assert effect(make_change("update", Stage__c="Won"), CLOSED, TO_WON) == {}


def test_what_comes_back_is_restored_unless_it_tells_otherwise() -> None:
    back = make_change("undelete", old={"Stage__c": "Open"}, Stage__c="Won", Kind__c="New")
    assert effect(back, CLOSED, TO_WON) == {0: "restored", 1: "restored"}
    assert effect(make_change("undelete", Stage__c="Lost", Kind__c="New"), CLOSED, TO_WON) == {0: "restored"}
    assert effect(make_change("undelete"), CLOSED, TO_WON) == {0: "restored", 1: "restored"}


def test_what_only_the_moment_of_the_edit_can_answer_is_not_asked_again() -> None:
    asked = {"isChanged": True}, {"within": {"from_days": 60}}, {"changedFrom": "Open"}, {"increasedBy": 5}
    later = make_change("update", old={}, Stage__c="2020-01-01", Kind__c="New")
    assert effect(later, *asked) == dict.fromkeys(range(4), "holds")
    again = make_change("update", Stage__c="Open", Kind__c="New")
    assert effect(again, *asked) == {0: "holds", 1: "holds", 2: "ended", 3: "holds"}


def test_what_ended_an_award_is_said_in_words_with_its_moment() -> None:
    rule = make_program(
        {"trigger": "update", "when": {"Stage__c": CLOSED, "Kind__c": {"isChanged": True}}, "on_undo": "reverse"}
    ).rules[0]
    edit = make_change("update", at="2026-01-07T12:30:00Z", Stage__c=None)
    assert what_ended(rule, edit, "ended") == (
        "undone: Stage__c in Won | Lost holds no longer, it is empty (2026-01-07 12:30 UTC)"
    )
    assert what_ended(rule, make_change("delete"), "deleted").startswith("undone: the record was deleted (")
    assert what_ended(rule, make_change("merge"), "merged").startswith("undone: the record was merged into another (")
    unsure = make_change("update")
    assert what_ended(rule, unsure, "ended").startswith("undone: the record no longer has what was paid for (")
