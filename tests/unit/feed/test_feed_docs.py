"""The pages about changes and mappings say what the code does."""

import io
import json
import re
from pathlib import Path

import pytest

from novigem.feed import JsonLinesSource, convert_csv, load_mapping, write_changes
from novigem.feed.csv.mapping import HistoryMapping, LogMapping, StatesMapping
from novigem.feed.csv.messages import _known_keys
from novigem.model.change import Change

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall((DOCS / page).read_text()) if kind == language]


@pytest.mark.parametrize("number", [0, 1])
def test_the_conversions_of_the_how_to_give_what_it_shows(tmp_path: Path, number: int) -> None:
    page = "how-to/convert-csv.md"
    (tmp_path / "map.yaml").write_text(blocks(page, "yaml")[number])
    (tmp_path / "rows.csv").write_text(blocks(page, "csv")[number])
    found = convert_csv(tmp_path / "rows.csv", load_mapping(tmp_path / "map.yaml"))
    out = io.BytesIO()
    write_changes(found.changes, found.people, out)
    assert out.getvalue().decode() == blocks(page, "json")[number]
    assert found.rejected == []


def test_every_key_of_a_mapping_is_described() -> None:
    described = set(re.findall(r"`(\w+)`", (DOCS / "reference/mapping.md").read_text()))
    keys = {key for model in (StatesMapping, HistoryMapping, LogMapping) for key in _known_keys(model)}
    assert keys <= described


def test_the_lines_that_are_shown_are_read_and_every_key_is_described() -> None:
    page = "reference/changes.md"
    data = "".join(blocks(page, "json")).encode()
    (found,) = JsonLinesSource(io.BytesIO(data)).pages()
    assert (len(found.changes), len(found.people), found.rejected) == (1, 1, [])
    assert set(Change.__struct_fields__) <= set(re.findall(r"`(\w+)`", (DOCS / page).read_text()))


def test_the_reasons_that_are_shown_are_the_reasons_that_are_given() -> None:
    shown = blocks("reference/changes.md", "text")[0].splitlines()
    good = json.loads(blocks("reference/changes.md", "json")[0])
    lines = [good | {"at": "2026-01-07T15:04:05"}, good | {"id": "00600"}]
    data = b"\n" * 11 + b"".join(json.dumps(line).encode() + b"\n" for line in lines) + b'{"object"'
    (found,) = JsonLinesSource(io.BytesIO(data)).pages()
    assert [f"{row.place}: {row.reason}" for row in found.rejected] == shown
