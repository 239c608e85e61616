"""Mapping files: what is accepted, and what is said of what is not."""

from pathlib import Path

import pytest

from novigem.errors import MappingError
from novigem.feed import load_mapping
from novigem.feed.csv.mapping import HistoryMapping, LogMapping, StatesMapping

SOUND = """\
object: Opportunity
timezone: UTC
id: Id
moments:
  - {kind: create, at: CreatedDate, new: {StageName: Stage}}
"""


def wrong(folder: Path, text: str | bytes) -> str:
    path = folder / "map.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(MappingError) as caught:
        load_mapping(path)
    return caught.value.message.replace(str(path), "map.yaml")


def test_a_column_may_be_named_alone(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(SOUND)
    mapping = load_mapping(str(path))
    assert isinstance(mapping, StatesMapping)
    assert mapping.id.column == "Id"
    assert mapping.moments[0].new["StageName"].column == "Stage"


@pytest.mark.parametrize("path", sorted(Path("config/mappings").glob("*.yaml")), ids=lambda path: path.name)
def test_every_mapping_that_ships_is_sound(path: Path) -> None:
    assert isinstance(load_mapping(path), StatesMapping | HistoryMapping | LogMapping)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("timezone: UTC", "timezone: Mars", "map.yaml:2: timezone: `Mars` is not a time zone"),
        ("timezone: UTC", "timezone: America", "map.yaml:2: timezone: `America` is not a time zone"),
        ("timezone: UTC", "timezon: UTC", "there is no such key; did you mean `timezone`?"),
        ("timezone: UTC", "timezon: UTC", "map.yaml:1: timezone: missing"),
        ("id: Id", "id: {column: Id, prefix: 006}", "map.yaml:3: id.prefix: must be a text; put it in quotes"),
        ("id: Id", "id: {column: Id, prefix: '06'}", "map.yaml:3: id.prefix: `06` does not have the right form"),
        ("id: Id", "id: {value: x, map: {a: b}}", "`value` stands alone"),
        ("id: Id", "id: {}", "map.yaml:3: id: needs either `column` or `value`"),
        ("id: Id", "id: {column: Id, value: x}", "map.yaml:3: id: needs either `column` or `value`"),
        ("id: Id", "id: 7", "map.yaml:3: id: must be the name of a column"),
        ("id: Id", "id: {column: Id, prefix: '006', type: number}", "`type: number` cannot hold"),
        ("id: Id", "id: Id\ndate_format: '%m/%d'", "must hold a year, a month and a day"),
        ("id: Id", "id: Id\ndate_format: '%d %%Y'", "must hold a year, a month and a day"),
        ("id: Id", "id: Id\ndate_format: '%Q'", "`%Q`"),
        ("id: Id", "id: Id\ntime: 12:00", "map.yaml:4: time: must be a text; put it in quotes"),
        ("id: Id", "id: Id\ntime: '25:00'", "must be a time of day"),
        ("id: Id", "id: Id\ndecimal: ','\nthousands: ','", "`decimal` and `thousands` must differ"),
        ("id: Id", "id: Id\nencoding: zip", "map.yaml:4: encoding: "),
        ("kind: create", "kind: creat", "map.yaml:5: moments[1].kind: "),
        ("kind: create", "kind: delete, old: {A: B}", "map.yaml:5: moments[1]: `old` is for an update"),
        ("StageName: Stage", "Stage Name: Stage", "`Stage Name` does not have the right form"),
        ("StageName: Stage", "StageName: {value: 2026-01-07}", "map.yaml:5: moments[1].new.StageName.value: "),
        ("StageName: Stage", "StageName: {colum: A}", "there is no such key; did you mean `column`?"),
        (
            "object:",
            "shape: states\nobject:",
            "map.yaml:1: shape: `states` is not one of record-states, field-history, state-log",
        ),
        ("object:", "shape: [a]\nobject:", "map.yaml:1: shape: "),
        ("object:", "shape: field-history\nobject:", "moments: there is no such key"),
        ("id: Id", "id: Id\nid: Id2", "map.yaml:4: the key `id` stands here twice"),
        ("id: Id", "id: &a Id\nusers: {id: *a}", "map.yaml:4: aliases (`*name`) are not allowed"),
        ("id: Id", "id: [", "map.yaml:"),
        ("id: Id", "id: !!python/object/apply:os.system ['true']", "map.yaml:3: this is not YAML: could not determine"),
        ("id: Id", "id: " + "[\n" * 5000, "map.yaml:"),
        ("id: Id", "id: 2026-99-99", "this is not YAML"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in wrong(tmp_path, SOUND.replace(old, new, 1))


def test_every_problem_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SOUND.replace("UTC", "Mars").replace("create", "creat").replace("StageName", "Stage Name")
    lines = wrong(tmp_path, text).splitlines()
    assert [line.split(": ")[0] for line in lines] == ["map.yaml:2", "map.yaml:5", "map.yaml:5"]


def test_a_record_is_created_once_and_first(tmp_path: Path) -> None:
    assert "a record is created once" in wrong(tmp_path, SOUND + "  - {kind: create, at: Other}\n")
    assert "moments: needs at least one moment" in wrong(
        tmp_path, SOUND.split("moments", maxsplit=1)[0] + "moments: []\n"
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "needs keys such as object"),
        (b"- a\n", "needs keys such as object"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"#" * 1_000_001, "is larger than 1,000,000 bytes"),
        (b"a: \x00", "this is not YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    assert expected in wrong(tmp_path, data)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read: No such file"):
        load_mapping(tmp_path / "nothing.yaml")
