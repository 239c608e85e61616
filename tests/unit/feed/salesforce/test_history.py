"""Field history: what a poll saw as one change becomes the steps that people really took."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from novigem.feed.salesforce.compare import Comparison, compare
from novigem.feed.salesforce.history import HistoryReader
from novigem.feed.salesforce.org import QueryPage
from novigem.feed.salesforce.schema import ObjectSchema
from novigem.model.change import to_micros
from novigem.model.snapshot import Snapshot
from tests.unit.feed.salesforce.rows import (
    ANN,
    BEN,
    DEAL,
    PLAIN,
    SECOND,
    START,
    copy_of,
    reading,
    record,
    schema,
    stamp_text,
)

T0, T1, T2, T3 = (START + n * 60 * SECOND for n in range(4))
BEFORE = START - 100 * SECOND


class HistoryOnly:
    """An org that answers the one query this reader sends, a row at a time."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = rows

    def query(self, soql: str, *, deleted: bool = True) -> QueryPage:
        assert deleted
        assert "FROM OpportunityFieldHistory" in soql
        return self.query_more("0")

    def query_more(self, more: str) -> QueryPage:
        n = int(more)
        return QueryPage(self._rows[n : n + 1], str(n + 1) if n + 1 < len(self._rows) else None, len(self._rows))


def step(at: int, by: str, name: str, old: Any, new: Any) -> dict[str, Any]:
    told = {"Id": "017000000000001AAA", "OpportunityId": DEAL, "Field": name, "OldValue": old, "NewValue": new}
    return told | {"CreatedDate": stamp_text(at), "CreatedById": by}


def refined(
    rows: Sequence[Mapping[str, Any]], known: Snapshot | None, shape: ObjectSchema = PLAIN, **told: Any
) -> Comparison:
    one = record(shape, **told)
    outcome = compare(one, known, reading(), shape)
    (answer,) = HistoryReader(HistoryOnly(rows), shape).refine([(one, known, outcome)])  # type: ignore[arg-type]  # no more of an org is asked for
    return answer


def first(shape: ObjectSchema = PLAIN, **told: Any) -> Snapshot:
    return copy_of(compare(record(shape, **told), None, reading(1, fill=True), shape).snapshot)


def test_two_edits_that_a_poll_saw_as_one_are_told_as_two_with_their_authors() -> None:
    rows = [step(T1, ANN, "StageName", "Prospecting", "Proposal"), step(T2, BEN, "StageName", "Proposal", "Won")]

    one, two = refined(rows, first(created=BEFORE), created=BEFORE, modified=T2, StageName="Won").changes

    assert (one.old, one.new["StageName"], one.by, to_micros(one.at)) == (
        {"StageName": "Prospecting"},
        "Proposal",
        ANN,
        T1,
    )
    assert (two.old, two.new["StageName"], two.by, to_micros(two.at)) == ({"StageName": "Proposal"}, "Won", BEN, T2)
    assert {one.confidence, two.confidence} == {"exact"}
    assert [one.seq, two.seq] == [1, 2]


def test_there_and_back_between_two_polls_is_unseen_by_content_and_told_by_history() -> None:
    known = first(created=BEFORE)
    rows = [step(T1, ANN, "StageName", "Prospecting", "Won"), step(T2, BEN, "StageName", "Won", "Prospecting")]

    assert compare(record(created=BEFORE, modified=T2), known, reading(), PLAIN).changes == ()
    there, back = refined(rows, known, created=BEFORE, modified=T2).changes
    assert (there.old, there.by, there.seq) == ({"StageName": "Prospecting"}, ANN, 1)
    assert (back.old, back.by, back.seq) == ({"StageName": "Won"}, BEN, 2)


def test_an_edit_of_what_nobody_watches_is_no_change_with_history_either() -> None:
    outcome = refined([], first(created=BEFORE), created=BEFORE, modified=T2)

    assert outcome.changes == ()
    assert copy_of(outcome.snapshot).rev == 0


def test_fields_of_one_edit_are_one_change_and_untracked_ones_go_with_the_last() -> None:
    rows = [step(T1, BEN, "StageName", "Prospecting", "Won")]
    told = {"created": BEFORE, "modified": T1, "StageName": "Won", "Amount": 5}

    (change,) = refined(rows, first(created=BEFORE), **told).changes

    assert change.old == {"StageName": "Prospecting", "Amount": 100.0}


def test_what_history_does_not_track_is_a_change_of_its_own_by_the_last_writer() -> None:
    rows = [step(T1, ANN, "StageName", "Prospecting", "Won")]
    told = {"created": BEFORE, "modified": T2, "StageName": "Won", "Amount": 5}

    one, two = refined(rows, first(created=BEFORE), **told).changes

    assert (one.old, one.new.get("Amount"), one.confidence) == ({"StageName": "Prospecting"}, None, "exact")
    assert ("Amount" in one.new, one.unknown_old) == (False, ("Amount",))
    assert (two.old, two.by, two.confidence) == ({"Amount": 100.0}, BEN, "last_writer")


def test_history_that_does_not_lead_to_the_record_is_not_believed() -> None:
    rows = [step(T1, ANN, "StageName", "Qualification", "Won")]
    told = {"created": BEFORE, "modified": T1, "StageName": "Won"}

    (change,) = refined(rows, first(created=BEFORE), **told).changes

    assert (change.old, change.confidence) == ({"StageName": "Prospecting"}, "last_writer")


def test_steps_of_our_copys_own_second_are_taken_only_where_they_lead_on() -> None:
    known = first(created=BEFORE, modified=T1)
    seen = [step(T1, ANN, "StageName", "Qualification", "Prospecting")]
    same_second = [*seen, step(T1, BEN, "StageName", "Prospecting", "Won")]
    later = [*seen, step(T2, BEN, "StageName", "Prospecting", "Won")]

    for rows, modified in ((same_second, T1), (later, T2)):
        (change,) = refined(rows, known, created=BEFORE, modified=modified, StageName="Won").changes
        assert (change.old, change.by, change.confidence) == ({"StageName": "Prospecting"}, BEN, "exact")


def test_an_owner_is_known_by_its_id_and_not_by_its_name() -> None:
    rows = [step(T1, ANN, "Owner", "Ann Example", "Ben Example"), step(T1, ANN, "Owner", ANN, BEN)]

    (change,) = refined(rows, first(created=BEFORE), created=BEFORE, modified=T1, OwnerId=BEN).changes

    assert (change.old, change.new["OwnerId"], change.by) == ({"OwnerId": ANN}, BEN, ANN)


def test_a_record_made_and_edited_between_two_polls_is_told_from_its_beginning() -> None:
    rows = [step(T1, ANN, "created", None, None), step(T2, BEN, "StageName", "Prospecting", "Won")]

    made, edited = refined(rows, None, created=T1, modified=T2, StageName="Won").changes

    assert (made.kind, made.new["StageName"], made.seq) == ("create", "Prospecting", 1)
    assert (edited.kind, edited.old, edited.by, edited.seq) == ("update", {"StageName": "Prospecting"}, BEN, 2)


def test_steps_newer_than_the_row_wait_for_the_row_that_has_them() -> None:
    rows = [step(T1, ANN, "StageName", "Prospecting", "Won"), step(T3, BEN, "StageName", "Won", "Lost")]

    (change,) = refined(rows, first(created=BEFORE), created=BEFORE, modified=T1, StageName="Won").changes

    assert change.new["StageName"] == "Won"


def test_an_edit_followed_by_a_delete_keeps_its_steps_and_the_numbers_go_on() -> None:
    rows = [step(T1, ANN, "StageName", "Prospecting", "Proposal"), step(T2, BEN, "StageName", "Proposal", "Won")]
    told = {"created": BEFORE, "modified": T2, "stamp": T3, "deleted": True, "StageName": "Won"}

    outcome = refined(rows, first(created=BEFORE), **told)

    assert [(one.kind, one.seq) for one in outcome.changes] == [("update", 1), ("update", 2), ("delete", 3)]
    assert copy_of(outcome.snapshot).rev == 3


def test_a_parents_values_are_left_out_where_they_are_not_known() -> None:
    shape = schema("StageName", "Account.Name")
    one, two, three = "001000000000001AAA", "001000000000002AAA", "001000000000003AAA"
    known = first(shape, created=BEFORE, AccountId=one, Account={"Name": "One"})
    rows = [step(T1, ANN, "Account", one, two), step(T2, BEN, "Account", two, three)]
    told = {"created": BEFORE, "modified": T3, "AccountId": three, "Account": {"Name": "Three"}, "StageName": "Won"}

    changes = refined(rows, known, shape, **told).changes

    assert [one.new.get("Account.Name") for one in changes] == [None, "Three", "Three"]
    assert "Account.Name" not in changes[0].new
    assert changes[-1].old == {"StageName": "Prospecting"}


def test_rows_of_one_second_are_walked_in_the_order_in_which_they_fit() -> None:
    rows = [step(T1, ANN, "StageName", "Proposal", "Won"), step(T1, ANN, "StageName", "Prospecting", "Proposal")]

    there, on = refined(rows, first(created=BEFORE), created=BEFORE, modified=T1, StageName="Won").changes

    assert (there.new["StageName"], on.new["StageName"]) == ("Proposal", "Won")


def test_a_long_text_that_leaves_no_values_does_not_hide_the_other_steps() -> None:
    shape = schema("StageName", "NextStep__c")
    rows = [
        step(T1, ANN, "NextStep__c", None, None),
        step(T2, BEN, "StageName", "Prospecting", "Proposal"),
        step(T3, BEN, "StageName", "Proposal", "Won"),
    ]
    known = first(shape, created=BEFORE, NextStep__c="Call")

    one, two, three = refined(
        rows, known, shape, created=BEFORE, modified=T3, StageName="Won", NextStep__c="Go"
    ).changes

    assert (one.by, "NextStep__c" in one.new, one.unknown_old) == (ANN, False, ("NextStep__c",))
    assert (two.unknown_old, three.unknown_old, three.new["NextStep__c"]) == ((), (), "Go")


def test_rows_that_do_not_fit_together_leave_out_what_moved_since_the_creation() -> None:
    rows = [step(T2, BEN, "StageName", "Prospecting", "Won"), step(T3, BEN, "StageName", "Lost", "Proposal")]

    made, edited = refined(rows, None, created=T1, modified=T3, StageName="Proposal").changes

    assert (made.kind, "StageName" in made.new, made.new["Amount"]) == ("create", False, 100.0)
    assert (edited.kind, edited.old, edited.new["StageName"]) == ("update", None, "Proposal")


def test_a_record_that_came_back_was_back_before_it_was_edited() -> None:
    known = msgspec.structs.replace(first(created=BEFORE), state="deleted")
    rows = [step(T1, ANN, "StageName", "Prospecting", "Proposal"), step(T2, BEN, "StageName", "Proposal", "Won")]

    back, one, two = refined(rows, known, created=BEFORE, modified=T2, stamp=T3, StageName="Won").changes

    assert [(one.kind, to_micros(one.at)) for one in (back, one, two)] == [
        ("undelete", T1),
        ("update", T1),
        ("update", T2),
    ]
