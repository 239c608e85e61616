"""Rows of record states: the moments of a record's life, and what holds from each on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from novigem.errors import MappingError
from novigem.feed import Conversion, convert_csv, load_mapping
from novigem.feed.csv.ids import looks_like_id, made_id
from novigem.model.change import Change
from novigem.model.people import Person

MAP = """\
object: Opportunity
timezone: America/New_York
date_format: "%m/%d/%Y"
id: {column: code, prefix: "006"}
fields:
  OwnerId: {column: agent, prefix: "005"}
  Product__c: {column: product, map: {GTXPro: GTX Pro}}
moments:
  - kind: create
    at: engaged
    by: {column: agent, prefix: "005"}
    new: {StageName: {value: Engaging}}
  - kind: update
    at: closed
    new:
      StageName: {column: stage, map: {Won: Closed Won}}
      Amount: {column: value, type: number}
"""
HEADER = "code,agent,product,stage,engaged,closed,value\n"
ROW = "A1,Ana Lopez,GTXPro,Won,1/7/2026,3/9/2026,1054\n"


def convert(folder: Path, csv: str | bytes, text: str = MAP, **files: str) -> Conversion:
    (folder / "map.yaml").write_text(text)
    data = csv if isinstance(csv, bytes) else csv.encode()
    (folder / "rows.csv").write_bytes(data)
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    return convert_csv(folder / "rows.csv", load_mapping(folder / "map.yaml"))


def reasons(found: Conversion) -> list[str]:
    return [f"{row.place}: {row.reason}" for row in found.rejected]


def values(folder: Path, cell: str, text: str, extra: str = "") -> Any:
    """Give the value a cell becomes; `text` is the rest of its entry in the mapping."""
    mapping = f"object: Opportunity\ntimezone: America/New_York\nid: {{column: code, prefix: '006'}}\n{extra}"
    mapping += f"moments:\n  - {{kind: create, at: day, new: {{A: {{column: a, {text}}}}}}}\n"
    day = "01/07/2026" if "date_format" in extra else "2026-01-07"
    found = convert(folder, f"code;day;a\nX;{day};{cell}\n", mapping + "delimiter: ';'\n")
    return found.changes[0].new["A"] if found.changes else reasons(found)[0]


def test_a_row_gives_a_change_for_each_of_its_dates(tmp_path: Path) -> None:
    found = convert(tmp_path, HEADER + ROW)
    owner = made_id("005", "Ana Lopez")
    constant = {"OwnerId": owner, "Product__c": "GTX Pro"}
    assert found.changes == [
        Change(
            "Opportunity",
            "0060000000000A1AAA"[:15],
            "create",
            datetime(2026, 1, 7, 5, tzinfo=UTC),
            constant | {"StageName": "Engaging", "Amount": None},
            by=owner,
        ),
        Change(
            "Opportunity",
            "0060000000000A1",
            "update",
            datetime(2026, 3, 9, 4, tzinfo=UTC),  # after the clock change
            constant | {"StageName": "Closed Won", "Amount": 1054},
            {"StageName": "Engaging", "Amount": None},
        ),
    ]
    assert (found.rows, found.without_change, found.kinds) == (1, 0, {"create": 1, "update": 1})


def test_a_row_without_dates_gives_no_change_and_is_counted(tmp_path: Path) -> None:
    found = convert(tmp_path, HEADER + "A1,Ana,P,Prospecting,,,\n" + "A2,Ana,P,Engaging,1/7/2026,,\n")
    assert (len(found.changes), found.without_change, found.rejected) == (1, 1, [])


def test_an_update_without_the_moment_before_it_has_unknown_prior_values(tmp_path: Path) -> None:
    (change,) = convert(tmp_path, HEADER + "A1,Ana,P,Won,,3/9/2026,5\n").changes
    assert (change.kind, change.old) == ("update", None)
    assert change.new["StageName"] == "Closed Won"


def test_prior_values_may_be_told_by_the_mapping(tmp_path: Path) -> None:
    text = MAP + "    old: {StageName: {value: Negotiation}}\n"
    (change,) = convert(tmp_path, HEADER + "A1,Ana,P,Won,,3/9/2026,5\n", text).changes
    assert change.old == {"StageName": "Negotiation"}


def test_a_moment_in_the_middle_that_did_not_happen_leaves_what_was_known(tmp_path: Path) -> None:
    text = """\
object: Opportunity
timezone: UTC
id: {column: code, prefix: "006"}
moments:
  - {kind: create, at: a, new: {StageName: {value: New}}}
  - {kind: update, at: b, new: {StageName: {value: Qualified}, Score__c: {value: 5}}}
  - {kind: update, at: c, new: {StageName: {value: Won}}}
"""
    found = convert(tmp_path, "code,a,b,c\nX,2026-01-01,,2026-01-03\nY,2026-01-01,2026-01-03,2026-01-03\n", text)
    by_record = {name: [c for c in found.changes if c.id[14] == name] for name in "XY"}
    assert [(c.new, c.old) for c in by_record["X"]] == [
        ({"StageName": "New", "Score__c": None}, None),
        ({"StageName": "Won", "Score__c": None}, {"StageName": "New"}),
    ]
    assert [c.old for c in by_record["Y"]] == [
        None,
        {"StageName": "New", "Score__c": None},
        {"StageName": "Qualified"},
    ]
    assert [c.seq for c in by_record["Y"]] == [0, 0, 1]


def test_changes_come_in_the_order_of_their_moments_whatever_the_order_of_rows(tmp_path: Path) -> None:
    rows = [f"C{n},Ana,P,Won,{1 + n % 5}/7/2026,{6 + n % 3}/1/2026,{n}\n" for n in range(1, 20)]
    forward = convert(tmp_path, HEADER + "".join(rows)).changes
    assert forward == convert(tmp_path, HEADER + "".join(reversed(rows))).changes
    assert [change.at for change in forward] == sorted(change.at for change in forward)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A1,Ana,P,Won,1/7/2026", "line 2: 5 cells instead of 7"),
        ("A1,Ana,P,Won,1/7/2026,,,,", "line 2: 9 cells instead of 7"),
        (",Ana,P,Won,1/7/2026,,", "line 2: no record: its id is empty"),
        ("A1,Ana,P,Won,2026-01-07,,", "line 2: engaged: '2026-01-07' is not a date written as %m/%d/%Y"),
        ("A1,Ana,P,Won,1/7/2026,3/9/2026,lots", "line 2: value: 'lots' is not a number"),
        ("A1,Ana,P,Won,1/7/2026,1/6/2026,1", "line 2: closed: '1/6/2026' is before the moment that precedes it"),
        ("A1,Ana,P,Won,1/7/0026,,", "line 2: engaged: the year of '1/7/0026' is outside 1700 to 4000"),
        ('A1,"Ana"x,P,Won,1/7/2026,,', "line 2: text after a closing quote"),
        ("A1,A\x00na,P,Won,1/7/2026,,", "line 2: a NUL character in a cell"),
        ("B7,Ana,P,Won,1/7/2026,,\nB7,Ana,P,Won,1/7/2026,,", "line 3: the record 0060000000000B7"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_the_rest_goes_on(tmp_path: Path, row: str, reason: str) -> None:
    found = convert(tmp_path, HEADER + row + "\nZ9,Ana,P,Won,1/7/2026,,\n")
    assert reasons(found)[0].startswith(reason)
    assert len(found.rejected) == 1
    assert found.changes[-1].id.startswith("0060000000000Z9")


def test_lines_are_counted_through_quoted_line_ends_and_blank_lines(tmp_path: Path) -> None:
    csv = HEADER + 'A1,"Ana\r\nLopez",P,Won,1/7/2026,,\n\n\nbad\nA2,Ana,P,Won,1/7/2026,,\n'
    found = convert(tmp_path, csv)
    assert reasons(found) == ["line 6: 1 cells instead of 7"]
    assert len(found.changes) == 2


def test_a_quote_that_never_closes_is_one_reject_that_names_its_line(tmp_path: Path) -> None:
    found = convert(tmp_path, HEADER + ROW + 'A2,"Ana,P,Won,1/7/2026,,\nA3,Ana,P,Won,1/7/2026,,\n')
    assert reasons(found) == ["line 3: a quoted text that begins on line 3 does not end by line 4"]
    assert len(found.changes) == 2


def test_a_byte_order_mark_and_carriage_returns_are_harmless(tmp_path: Path) -> None:
    assert len(convert(tmp_path, b"\xef\xbb\xbf" + (HEADER + ROW).replace("\n", "\r\n").encode()).changes) == 2


def test_another_encoding_is_refused_with_the_key_that_helps_and_read_with_it(tmp_path: Path) -> None:
    data = (HEADER + ROW.replace("Ana", "Zoë")).encode("cp1252")
    with pytest.raises(MappingError, match=r"is not utf-8 text\n.*encoding: cp1252"):
        convert(tmp_path, data)
    found = convert(tmp_path, data, MAP + "encoding: cp1252\n")
    assert found.changes[0].new["OwnerId"] == made_id("005", "Zoë Lopez")


def test_every_missing_column_is_told_at_once_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(MappingError) as caught:
        convert(tmp_path, HEADER.replace("agent", "Agents").replace("closed", "shut") + ROW)
    text = str(caught.value)
    assert "rows.csv has no column `agent`; did you mean `Agents`?" in text
    assert "rows.csv has no column `closed`" in text
    assert text.endswith("its columns are: code, Agents, product, stage, engaged, shut, value")


def test_a_column_that_stands_twice_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="the column `agent` stands twice"):
        convert(tmp_path, HEADER.replace("product", "agent") + ROW)
    with pytest.raises(MappingError, match="is empty"):
        convert(tmp_path, "")
    with pytest.raises(MappingError, match="cannot be read"):
        convert_csv(tmp_path / "nothing.csv", load_mapping(tmp_path / "map.yaml"))


@pytest.mark.parametrize(
    ("cell", "told", "expected"),
    [
        ("x", "type: text", "x"),
        ("  x ", "type: text", "x"),
        ("", "type: number", None),
        ("=1+1", "type: text", "=1+1"),
        ("1054", "type: number", 1054),
        ("-10.50", "type: number", -10.5),
        ("1e3", "type: number", 1000.0),
        ("nan", "type: number", "line 2: a: 'nan' is not a number; see `decimal` and `thousands` in the mapping"),
        ("1e999", "type: number", "line 2: a: '1e999' is too large a number"),
        ("1_000", "type: number", "line 2: a: '1_000' is not a number; see `decimal` and `thousands` in the mapping"),
        ("TRUE", "type: boolean", True),
        ("no", "type: boolean", False),
        ("maybe", "type: boolean", "line 2: a: 'maybe' is not true or false"),
        ("2026-01-07", "type: date", "2026-01-07"),
        ("2026-01-07T02:00:00Z", "type: date", "2026-01-06"),
        ("2026-01-07", "type: datetime", "2026-01-07T05:00:00Z"),
        ("2026-01-07T15:04:05.000+0000", "type: datetime", "2026-01-07T15:04:05Z"),
        ("2026-01-07 10:04:05", "type: datetime", "2026-01-07T15:04:05Z"),
        ("005xx000001SwiU", "type: id", "005xx000001SwiUAAS"),
        ("Ana", "type: id", "line 2: a: 'Ana' is not a Salesforce id (15 or 18 letters and digits)"),
        ("005xx000001SwiU", "prefix: '005'", "005xx000001SwiUAAS"),
    ],
)
def test_a_cell_becomes_a_value_of_its_type(tmp_path: Path, cell: str, told: str, expected: Any) -> None:
    assert values(tmp_path, cell, told) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("1.054,50", 1054.5), ("1054,50", 1054.5), ("12.054", 12054), ("1.05", "line 2: "), ("1,054.50", "line 2: ")],
)
def test_numbers_are_read_with_the_separators_of_the_file(tmp_path: Path, cell: str, expected: Any) -> None:
    found = values(tmp_path, cell, "type: number", "decimal: ','\nthousands: '.'\n")
    assert found == expected or (isinstance(expected, str) and found.startswith(expected))


def test_a_date_stands_for_the_time_of_day_that_the_mapping_chooses(tmp_path: Path) -> None:
    found = convert(tmp_path, HEADER + ROW, MAP + "time: '12:00'\n")
    assert [change.at.hour for change in found.changes] == [17, 16]


# Ids


def test_short_codes_can_be_read_in_their_id_and_other_texts_are_hashed() -> None:
    assert made_id("006", "1C1I7A6R")[:15] == "00600001C1I7A6R"
    assert made_id("001", "Acme Corporation") == made_id("001", "Acme Corporation")
    assert made_id("006", "006xx000001SwiU") == made_id("006", "006xx000001SwiUAAS") == "006xx000001SwiUAAS"


def test_different_texts_have_different_ids() -> None:
    texts = ["7", "07", "007", "A", "a", "A ", "0", "", "é", "Acme", "ACME", *(f"Account {n}" for n in range(2000))]
    assert len({made_id("001", text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("005xx000001SwiUAAS", True),
        ("005xx000001SwiU", True),
        ("005xx000001SwiUAAA", False),
        ("ElizabethWarren", False),
        ("Ana Lopez", False),
        ("", False),
    ],
)
def test_an_id_is_told_from_a_name(text: str, expected: bool) -> None:  # noqa: FBT001
    assert looks_like_id(text) is expected


# People

TEAM = """\
users:
  file: team.csv
  id: {column: agent, prefix: "005"}
  name: agent
  role: office
  manager: {column: boss, prefix: "005"}
  active: working
"""


def test_people_come_from_their_own_file_and_managers_told_by_name_are_people_too(tmp_path: Path) -> None:
    team = "agent,boss,office,working\nAna,Bo,East,true\nBo,Cleo,East,no\nAna,Bo,West,true\nDan,,East,\nEve,Bo,East,?\n"
    found = convert(tmp_path, HEADER + ROW, MAP + TEAM, team=team)
    ids = {name: made_id("005", name) for name in ("Ana", "Bo", "Cleo", "Dan")}
    assert found.people == [
        Person(ids["Ana"], name="Ana", role="East", manager=ids["Bo"]),
        Person(ids["Bo"], name="Bo", role="East", manager=ids["Cleo"], active=False),
        Person(ids["Dan"], name="Dan", role="East"),
        Person(ids["Cleo"], name="Cleo"),
    ]
    assert reasons(found) == ["team.csv line 6: working: '?' is not true or false"]


def test_people_may_stand_in_the_rows_themselves(tmp_path: Path) -> None:
    users = 'users: {id: {column: agent, prefix: "005"}, name: agent}\n'
    found = convert(tmp_path, HEADER + ROW + ROW.replace("A1", "A2"), MAP + users)
    assert found.people == [Person(made_id("005", "Ana Lopez"), name="Ana Lopez")]


def test_a_missing_second_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"team\.csv cannot be read"):
        convert(tmp_path, HEADER + ROW, MAP + TEAM)


def test_second_files_are_looked_for_where_the_caller_says(tmp_path: Path) -> None:
    found = tmp_path / "elsewhere"
    found.mkdir()
    (found / "team.csv").write_text("agent,boss,office,working\nAna,,East,1\n")
    convert(tmp_path, HEADER + ROW)
    (tmp_path / "map.yaml").write_text(MAP + TEAM)
    assert len(convert_csv(tmp_path / "rows.csv", load_mapping(tmp_path / "map.yaml"), found).people) == 1
