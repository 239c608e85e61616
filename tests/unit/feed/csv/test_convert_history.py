"""Rows of field history: put together to changes, known values carried forward."""

from itertools import permutations
from pathlib import Path

import pytest

from novigem.errors import MappingError
from novigem.feed import Conversion, convert_csv, load_mapping

RECORD, OTHER = "006xx000001SwiUAAS", "006xx000001SwiVAAS"
ANA, BO = "005xx000001SwiUAAS", "005xx000001SwiVAAS"
ANA15, BO15 = ANA[:15], BO[:15]
MAP = "shape: field-history\nobject: Opportunity\ntimezone: UTC\nfields: {Amount: {type: number}}\n"
HEADER = "Id,OpportunityId,Field,OldValue,NewValue,CreatedDate,CreatedById"


def row(field: str, old: str = "", new: str = "", *, at: str = "10:00:00", by: str = ANA, record: str = RECORD) -> str:
    return f",{record},{field},{old},{new},2026-01-07T{at}.000+0000,{by}"


def convert(folder: Path, rows: list[str], text: str = MAP, records: str | None = None) -> Conversion:
    (folder / "map.yaml").write_text(text)
    (folder / "history.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    if records is not None:
        (folder / "records.csv").write_text(records)
    return convert_csv(folder / "history.csv", load_mapping(folder / "map.yaml"))


def test_rows_of_one_moment_and_person_are_one_change(tmp_path: Path) -> None:
    found = convert(
        tmp_path,
        [
            row("created", at="09:00:00"),
            row("StageName", "Prospecting", "Negotiation"),
            row("Amount", "", "1200.50"),
            row("StageName", "Negotiation", "Closed Won", at="11:00:00"),
        ],
    )
    assert [(c.kind, c.at.hour, c.new, c.old) for c in found.changes] == [
        ("create", 9, {}, None),
        (
            "update",
            10,
            {"StageName": "Negotiation", "Amount": 1200.5},
            {"StageName": "Prospecting", "Amount": None},
        ),
        ("update", 11, {"StageName": "Closed Won", "Amount": 1200.5}, {"StageName": "Negotiation"}),
    ]
    assert {c.by for c in found.changes} == {ANA}
    assert (found.rows, found.rejected, found.kinds) == (4, [], {"create": 1, "update": 2})


def test_rows_of_two_people_or_records_at_one_moment_are_two_changes(tmp_path: Path) -> None:
    rows = [row("A__c", "", "1"), row("B__c", "", "1", by=BO), row("A__c", "", "1", record=OTHER)]
    assert [(c.id, c.by) for c in convert(tmp_path, rows).changes] == [(RECORD, ANA), (OTHER, ANA), (RECORD, BO)]


def test_of_the_two_rows_of_a_lookup_the_one_with_ids_is_kept(tmp_path: Path) -> None:
    for rows in permutations([row("Owner", "Ana Lopez", "Bo Berg"), row("Owner", ANA15, BO15)]):
        (change,) = convert(tmp_path, list(rows)).changes
        assert (change.new, change.old) == ({"OwnerId": BO}, {"OwnerId": ANA})
    (change,) = convert(tmp_path, [row("Account", "", "Acme"), row("Account", "", "001xx000003DGbYAAW")]).changes
    assert change.new == {"AccountId": "001xx000003DGbYAAW"}


def test_two_edits_of_a_field_in_one_second_are_two_changes_in_their_true_order(tmp_path: Path) -> None:
    first = row("StageName", "", "A", at="09:00:00")
    for rows in permutations([row("StageName", "A", "B"), row("StageName", "B", "C"), row("StageName", "C", "D")]):
        found = convert(tmp_path, [*rows, first])
        assert [c.new["StageName"] for c in found.changes] == ["A", "B", "C", "D"]
        assert [c.seq for c in found.changes] == [0, 0, 1, 2]


def test_edits_of_one_second_are_put_in_order_even_where_nothing_was_known(tmp_path: Path) -> None:
    for rows in permutations([row("StageName", "A", "B"), row("StageName", "B", "C"), row("StageName", "C", "D")]):
        assert [c.new["StageName"] for c in convert(tmp_path, list(rows)).changes] == ["B", "C", "D"]


def test_the_order_of_rows_in_the_file_does_not_matter(tmp_path: Path) -> None:
    rows = [
        row("created", at="08:00:00"),
        row("StageName", "A", "B", at="09:00:00"),
        row("Amount", "1", "2", at="09:00:00"),
        row("StageName", "B", "C"),
    ]
    expected = convert(tmp_path, rows).changes
    for shuffled in permutations(rows):
        assert convert(tmp_path, list(shuffled)).changes == expected


def test_the_creation_leads_the_edits_of_its_second(tmp_path: Path) -> None:
    found = convert(tmp_path, [row("StageName", "A", "B"), row("created")])
    assert [c.kind for c in found.changes] == ["create", "update"]


def test_what_never_changes_comes_from_a_second_file(tmp_path: Path) -> None:
    text = MAP + "records: {file: records.csv, id: Id, fields: {AccountId: {column: AccountId, type: id}}}\n"
    records = f"Id,AccountId\n{RECORD[:15]},001xx000003DGbY\nbad,001xx000003DGbY\n,x\n"
    found = convert(tmp_path, [row("created", at="09:00:00"), row("Amount", "1", "2")], text, records)
    assert [c.new for c in found.changes] == [
        {"AccountId": "001xx000003DGbYAAW"},
        {"AccountId": "001xx000003DGbYAAW", "Amount": 2},
    ]
    assert [r.place for r in found.rejected] == ["records.csv line 3", "records.csv line 4"]


def test_a_field_tracked_from_creation_gives_the_value_at_creation(tmp_path: Path) -> None:
    rows = [row("created", at="09:00:00"), row("StageName", "A", "B"), row("StageName", "B", "C", at="11:00:00")]
    found = convert(tmp_path, rows, MAP + "tracked_from_creation: true\n")
    assert [c.new for c in found.changes] == [{"StageName": stage} for stage in "ABC"]
    without = convert(tmp_path, rows[1:], MAP + "tracked_from_creation: true\n")
    assert without.changes[0].old == {"StageName": "A"}


def test_a_row_that_stands_twice_counts_once_and_rows_about_no_field_give_no_change(tmp_path: Path) -> None:
    found = convert(tmp_path, [row("Amount", "1", "2"), row("Amount", "1", "2"), row("locked"), row("feedEvent")])
    assert (len(found.changes), found.rows, found.repeated, found.without_change) == (1, 4, 1, 2)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row("Amount", "1", "many"), "Amount: 'many' is not a number"),
        (row("Description"), "Description: the history keeps no values of this field"),
        (row("", "a", "b"), "no field is named"),
        (row("A__c", "a", "b", record="x"), "OpportunityId: 'x' is not a Salesforce id"),
        (row("A__c", "a", "b", by="x"), "CreatedById: 'x' is not a Salesforce id"),
        (row("A__c", "a", "b", at="25:00:00"), "CreatedDate: '2026-01-07T25:00:00.000+0000' is not a date"),
        (f",{RECORD},A__c,a,b,,{ANA}", "CreatedDate: empty"),
        ("a,b", "2 cells instead of 7"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_rest_goes_on(tmp_path: Path, bad: str, reason: str) -> None:
    found = convert(tmp_path, [bad, row("StageName", "A", "B", at="11:00:00")])
    assert found.rejected[0].place == "line 2"
    assert reason in found.rejected[0].reason
    assert [c.new for c in found.changes] == [{"StageName": "B"}]


def test_custom_objects_name_their_record_in_parent_id_and_columns_may_be_renamed(tmp_path: Path) -> None:
    text = MAP.replace("Opportunity", "Visit__c") + "columns: {by: null, old: Before}\n"
    (tmp_path / "map.yaml").write_text(text)
    (tmp_path / "h.csv").write_text(f"ParentId,Field,Before,NewValue,CreatedDate\n{RECORD},A__c,1,2,2026-01-07\n")
    (change,) = convert_csv(tmp_path / "h.csv", load_mapping(tmp_path / "map.yaml")).changes
    assert (change.object, change.by, change.old) == ("Visit__c", None, {"A__c": "1"})


def test_a_missing_column_is_told_with_a_guess(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "h.csv").write_text(HEADER.replace("OldValue", "Old Value") + "\n")
    with pytest.raises(MappingError, match="no column `OldValue`; did you mean `Old Value`"):
        convert_csv(tmp_path / "h.csv", load_mapping(tmp_path / "map.yaml"))


def test_what_the_history_shows_to_have_moved_is_not_taken_from_the_second_file(tmp_path: Path) -> None:
    fields = "{StageName: {column: Stage}, IsWon: {column: Won, type: boolean}, Type: {column: Type}}"
    text = f"{MAP}records: {{file: records.csv, id: Id, fields: {fields}}}\n"
    rows = [row("created", at="09:00:00"), row("StageName", "Prospecting", "Closed Won")]

    found = convert(tmp_path, rows, text, f"Id,Stage,Won,Type\n{RECORD},Closed Won,true,Upsell\n")

    assert [one.new for one in found.changes] == [{"Type": "Upsell"}, {"StageName": "Closed Won", "Type": "Upsell"}]
