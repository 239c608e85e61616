"""No CSV ends a conversion, and every change that comes out can be read back."""

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.feed import JsonLinesSource, convert_csv, load_mapping, write_changes
from novigem.feed.csv.ids import looks_like_id, made_id
from tests.strategies_changes import texts

STATES = """\
object: Opportunity
timezone: America/Sao_Paulo
id: {column: a, prefix: "006"}
users: {id: {column: b, prefix: "005"}, name: b}
fields: {OwnerId: {column: b, prefix: "005"}}
moments:
  - {kind: create, at: c, new: {StageName: d}}
  - {kind: update, at: e, new: {Amount: {column: f, type: number}}}
"""
HISTORY = """\
shape: field-history
object: Opportunity
timezone: UTC
columns: {id: a, field: b, at: c, by: d, old: e, new: f}
fields: {Amount: {type: number}}
"""
DATES = ("2026-01-07", "2026-01-08T10:00:00Z", "0001-01-01", "9999-12-31T23:59:59-12:00")
WORDS = ("", "1e308", "12", "Amount", "created", "StageName", "006xx000001SwiUAAS", "005xx000001SwiU", '"', "a,b\n")
CELLS = st.sampled_from(DATES + WORDS) | texts(8)
ROWS = st.lists(st.lists(CELLS, min_size=5, max_size=7) | st.lists(CELLS, min_size=6, max_size=6), max_size=8)


def encoding_of(data: bytes) -> str:
    """Give the encoding under which bytes are taken: what happens to be UTF-8 is refused as anything else."""
    try:
        return "latin-1" if data.isascii() or data.decode("utf-8") == "" else "utf-8"
    except UnicodeDecodeError:
        return "latin-1"


@settings(max_examples=60)
@given(ROWS, st.binary(max_size=20), st.sampled_from([STATES, HISTORY]))
def test_every_row_is_a_change_or_counted_and_what_comes_out_can_be_read(
    rows: list[list[str]], junk: bytes, mapping: str
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([list("abcdef"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        data = text.getvalue().encode("latin-1", errors="replace") + junk
        (Path(folder) / "map.yaml").write_text(mapping + f"encoding: {encoding_of(data)}\n")
        (Path(folder) / "rows.csv").write_bytes(data)
        found = convert_csv(Path(folder) / "rows.csv", load_mapping(Path(folder) / "map.yaml"))
    out = io.BytesIO()
    write_changes(found.changes, found.people, out)
    pages = list(JsonLinesSource(io.BytesIO(out.getvalue())).pages())
    assert [change for page in pages for change in page.changes] == found.changes
    assert [person for page in pages for person in page.people] == found.people
    assert [row for page in pages for row in page.rejected] == []


@given(texts(), texts())
def test_an_id_made_of_a_text_is_an_id_and_another_text_has_another(one: str, other: str) -> None:
    assert looks_like_id(made_id("001", one))
    assert made_id("001", one) == made_id("001", one)
    assert (made_id("001", one) == made_id("001", other)) is (one == other)
