"""The truth table: a row of the org beside our copy of it."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from novigem.feed.salesforce.compare import NOTHING, compare
from novigem.feed.salesforce.records import read_record
from novigem.model.change import to_micros
from novigem.model.snapshot import Snapshot
from tests.unit.feed.salesforce.rows import (
    ACME,
    ANN,
    BEN,
    DEAL,
    GLOBEX,
    PLAIN,
    SECOND,
    START,
    copy_of,
    reading,
    record,
    row,
    schema,
)

BEFORE = START - 100 * SECOND
T1, T2, T3 = (START + n * 60 * SECOND for n in (1, 2, 3))


def first(**told: Any) -> Snapshot:
    return copy_of(compare(record(**told), None, reading(1, fill=True), PLAIN).snapshot)


def test_a_record_made_after_watching_began_is_a_create_by_its_creator() -> None:
    outcome = compare(record(created=T1), None, reading(), PLAIN)

    (change,) = outcome.changes
    assert (change.kind, change.id, change.by, change.confidence) == ("create", DEAL, ANN, "exact")
    assert (to_micros(change.at), change.old, change.seq) == (T1, None, 1)
    assert change.new == {"StageName": "Prospecting", "Amount": 100.0, "OwnerId": ANN}
    assert copy_of(outcome.snapshot).rev == 1


def test_a_record_made_and_edited_before_we_saw_it_is_a_create_and_an_update_with_unknown_old_values() -> None:
    created, edited = compare(record(created=T1, modified=T2), None, reading(), PLAIN).changes

    assert (created.kind, edited.kind) == ("create", "update")
    assert (to_micros(edited.at), edited.old, edited.by, edited.confidence) == (T2, None, BEN, "last_writer")


def test_a_record_older_than_the_feed_is_taken_over_in_silence() -> None:
    for fill in (True, False):
        outcome = compare(record(created=BEFORE), None, reading(fill=fill), PLAIN)

        assert outcome.changes == ()
        assert copy_of(outcome.snapshot).rev == 0


def test_a_record_that_comes_into_sight_later_is_no_create_and_its_past_edits_do_not_count() -> None:
    assert compare(record(created=BEFORE, modified=T1), None, reading(), PLAIN).changes == ()


def test_an_edit_made_while_the_first_read_ran_is_told_with_unknown_old_values() -> None:
    (change,) = compare(record(created=BEFORE, modified=T1), None, reading(fill=True), PLAIN).changes

    assert (change.kind, change.old) == ("update", None)


def test_a_record_made_while_the_first_read_runs_is_a_create() -> None:
    (change,) = compare(record(created=T1), None, reading(fill=True), PLAIN).changes

    assert change.kind == "create"


def test_born_and_dead_between_two_polls_is_create_and_delete() -> None:
    outcome = compare(record(created=T1, stamp=T2, deleted=True), None, reading(), PLAIN)

    assert [(one.kind, one.seq) for one in outcome.changes] == [("create", 1), ("delete", 2)]
    assert copy_of(outcome.snapshot).state == "deleted"


def test_an_old_record_first_seen_dead_leaves_only_a_tombstone() -> None:
    outcome = compare(record(created=BEFORE, stamp=T2, deleted=True), None, reading(), PLAIN)

    assert outcome.changes == ()
    assert copy_of(outcome.snapshot).state == "deleted"


def test_the_same_row_again_does_nothing_and_writes_nothing() -> None:
    assert compare(record(created=BEFORE), first(created=BEFORE), reading(), PLAIN) == NOTHING


def test_a_stamp_that_moved_alone_is_no_change_but_is_kept() -> None:
    outcome = compare(record(created=BEFORE, stamp=T1), first(created=BEFORE), reading(), PLAIN)

    assert outcome.changes == ()
    assert copy_of(outcome.snapshot).stamp == T1


def test_an_edit_date_that_moved_alone_is_no_change_but_is_kept() -> None:
    outcome = compare(record(created=BEFORE, modified=T1, stamp=T2), first(created=BEFORE, stamp=T2), reading(), PLAIN)

    assert outcome.changes == ()
    assert copy_of(outcome.snapshot).modified == T1


def test_a_record_that_sweeps_had_missed_is_missed_no_more_once_it_is_read_again() -> None:
    known = msgspec.structs.replace(first(created=BEFORE), missing=1)

    outcome = compare(record(created=BEFORE), known, reading(), PLAIN)

    assert outcome.changes == ()
    assert copy_of(outcome.snapshot).missing == 0


def test_a_copy_is_written_anew_where_a_field_can_be_trusted_only_from_a_later_read_on() -> None:
    known, since = first(created=BEFORE), {"StageName": 1, "Amount": 5}

    outcome = compare(record(created=BEFORE), known, reading(6, since=since), PLAIN)

    assert (outcome.changes, copy_of(outcome.snapshot).read) == ((), 6)


def test_a_copy_from_the_read_that_made_its_fields_known_stays_as_it_is() -> None:
    known = msgspec.structs.replace(first(created=BEFORE), read=5)

    assert compare(record(created=BEFORE), known, reading(6, since={"Amount": 5}), PLAIN) == NOTHING


def test_a_copy_that_this_very_read_has_written_is_not_written_again() -> None:
    known = msgspec.structs.replace(first(created=BEFORE), read=5)

    assert compare(record(created=BEFORE), known, reading(5, since={"Amount": 6}), PLAIN) == NOTHING


def test_another_value_is_an_update_that_names_just_the_fields_that_differ() -> None:
    outcome = compare(record(created=BEFORE, modified=T1, StageName="Won"), first(created=BEFORE), reading(), PLAIN)

    (change,) = outcome.changes
    assert (change.kind, change.old, change.by) == ("update", {"StageName": "Prospecting"}, BEN)
    assert change.new == {"StageName": "Won", "Amount": 100.0, "OwnerId": ANN}
    assert change.confidence == "last_writer"


def test_a_value_that_changed_without_anybodys_edit_is_a_system_update_by_nobody() -> None:
    outcome = compare(record(created=BEFORE, stamp=T1, StageName="New name"), first(created=BEFORE), reading(), PLAIN)

    (change,) = outcome.changes
    assert (change.kind, change.by, to_micros(change.at)) == ("system_update", None, T1)


def test_a_second_edit_within_one_second_is_an_update() -> None:
    known = first(created=BEFORE, modified=T1)
    (change,) = compare(record(created=BEFORE, modified=T1, StageName="Won"), known, reading(), PLAIN).changes

    assert change.kind == "update"


def test_there_and_back_within_one_second_gives_two_changes_that_are_not_one() -> None:
    known = first(created=BEFORE, modified=T1)
    there = compare(record(created=BEFORE, modified=T1, StageName="Won"), known, reading(), PLAIN)
    back = compare(record(created=BEFORE, modified=T1), there.snapshot, reading(6), PLAIN)
    again = compare(record(created=BEFORE, modified=T1, StageName="Won"), back.snapshot, reading(7), PLAIN)

    assert [one.changes[0].seq for one in (there, back, again)] == [2, 3, 4]
    assert there.changes[0] != again.changes[0]


def test_an_answer_older_than_our_copy_turns_nothing_back() -> None:
    known = first(created=BEFORE, modified=T2, StageName="Won")

    assert compare(record(created=BEFORE, modified=T1), known, reading(), PLAIN) == NOTHING


def test_of_two_answers_with_one_stamp_the_earlier_read_loses() -> None:
    known = copy_of(compare(record(created=BEFORE), None, reading(9, fill=True), PLAIN).snapshot)

    assert compare(record(created=BEFORE, StageName="Won"), known, reading(8), PLAIN) == NOTHING
    assert compare(record(created=BEFORE, StageName="Won"), known, reading(9), PLAIN).changes


def test_delete_comes_after_the_edit_that_was_not_seen() -> None:
    gone = record(created=BEFORE, modified=T1, stamp=T2, deleted=True, Amount=5)
    edit, end = compare(gone, first(created=BEFORE), reading(), PLAIN).changes

    assert (edit.kind, edit.old, end.kind, to_micros(end.at)) == ("update", {"Amount": 100.0}, "delete", T2)


def test_a_merged_record_names_its_winner() -> None:
    leads = schema("Status", name="Lead")
    known = first(created=BEFORE)
    winner = DEAL[:14] + "9AAA"
    loser = {**row(created=BEFORE, stamp=T1, deleted=True), "Status": None, "MasterRecordId": winner[:15]}
    assert "MasterRecordId" in leads.columns
    known = msgspec.structs.replace(known, values=json.dumps({"Status": None}, separators=(",", ":")))
    (change,) = compare(read_record(loser, leads), known, reading(), leads).changes

    assert (change.kind, change.into) == ("merge", winner)


def test_undelete_brings_the_record_back_and_is_no_create() -> None:
    dead = copy_of(
        compare(record(created=BEFORE, stamp=T1, deleted=True), first(created=BEFORE), reading(), PLAIN).snapshot
    )
    back, edit = compare(record(created=BEFORE, modified=T3, Amount=7), dead, reading(6), PLAIN).changes

    assert (back.kind, edit.kind, edit.old) == ("undelete", "update", {"Amount": 100.0})


def test_what_stays_deleted_tells_nothing() -> None:
    dead = first(created=BEFORE, stamp=T1, deleted=True)

    assert compare(record(created=BEFORE, stamp=T2, deleted=True, Amount=3), dead, reading(), PLAIN).changes == ()


def test_a_field_that_joins_later_is_no_change_and_leaves_the_first_edit_undecided() -> None:
    known = first(created=BEFORE)
    wider = schema("StageName", "Amount", "OwnerId", "Probability")
    since = {"Probability": 5}
    quiet = compare(record(wider, created=BEFORE, Probability=10), known, reading(5, since=since), wider)
    edited = compare(
        record(wider, created=BEFORE, modified=T1, Probability=10, Amount=1), known, reading(5, since=since), wider
    )

    assert quiet.changes == ()
    assert json.loads(copy_of(quiet.snapshot).values)["Probability"] == 10
    assert [one.old for one in edited.changes] == [None]


def test_a_field_that_left_and_came_back_is_not_compared_with_what_it_was_long_ago() -> None:
    known = first(created=BEFORE, Amount=1)

    outcome = compare(record(created=BEFORE, Amount=2), known, reading(9, since={"Amount": 9}), PLAIN)

    assert outcome.changes == ()
    assert copy_of(outcome.snapshot).read == 9


def test_a_parents_change_is_none_of_the_record_and_its_old_value_is_told_only_where_the_parent_changed() -> None:
    shape = schema("StageName", "Account.Name")
    told = {"created": BEFORE, "AccountId": ACME, "Account": {"Name": "Acme"}}
    known = copy_of(compare(record(shape, **told), None, reading(1, fill=True), shape).snapshot)
    renamed = {**told, "Account": {"Name": "Acme & Sons"}}
    moved = {**told, "AccountId": GLOBEX, "Account": {"Name": "Globex"}}

    assert compare(record(shape, **renamed, modified=T1), known, reading(), shape).changes == ()
    (edit,) = compare(record(shape, **renamed, modified=T1, StageName="Won"), known, reading(), shape).changes
    assert edit.old == {"StageName": "Prospecting"}
    assert edit.new["Account.Name"] == "Acme & Sons"
    (edit,) = compare(record(shape, **moved, modified=T1), known, reading(), shape).changes
    assert edit.old == {"AccountId": ACME, "Account.Name": "Acme"}


def test_what_moves_with_everything_is_no_change_by_itself() -> None:
    shape = schema("StageName", "LastActivityDate")
    known = copy_of(
        compare(
            record(shape, created=BEFORE, LastActivityDate="2026-01-01"), None, reading(1, fill=True), shape
        ).snapshot
    )

    assert (
        compare(record(shape, created=BEFORE, stamp=T1, LastActivityDate="2026-01-09"), known, reading(), shape).changes
        == ()
    )


STATES = st.lists(
    st.tuples(st.sampled_from(("A", "B")), st.sampled_from((1.0, 2.0)), st.booleans(), st.integers(0, 3)), max_size=12
)


@given(STATES)
def test_folding_the_changes_gives_the_copy_and_each_old_value_is_the_one_before(
    states: list[tuple[str, float, bool, int]],
) -> None:
    known: Snapshot | None = None
    values: dict[str, Any] = {}
    told = []
    at = T1
    for number, (stage, amount, deleted, later) in enumerate(states):
        at += later * SECOND
        one = record(created=T1, modified=at, deleted=deleted, StageName=stage, Amount=amount)
        for repeat in range(2):
            outcome = compare(one, known, reading(number * 2 + repeat), PLAIN)
            known = outcome.snapshot or known
            assert not (repeat and outcome.changes), "reading a row twice does nothing"
            told += outcome.changes
    for change in told:
        for name, old in (change.old or {}).items():
            assert values[name] == old
            assert change.new[name] != old
        values = change.new
        assert change.kind not in {"update", "system_update"} or change.old != {}
    assert [one.seq for one in told] == list(range(1, len(told) + 1))
    if known is not None:
        assert json.loads(known.values) == values or known.state == "deleted"
        assert known.rev == len(told)


def test_every_change_can_be_kept() -> None:
    for change in compare(record(created=T1, modified=T2, stamp=T3, deleted=True), None, reading(), PLAIN).changes:
        assert msgspec.json.decode(msgspec.json.encode(change), type=type(change)) == change
