"""What is written is what is read, however it is cut into pages and restarts."""

import io
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.feed import JsonLinesSource, Page, write_changes
from novigem.model.change import Change
from novigem.model.people import Person
from tests.strategies_changes import changes, moments, offsets, people


def written(rows: list[Change], persons: list[Person]) -> bytes:
    stream = io.BytesIO()
    write_changes(rows, persons, stream)
    return stream.getvalue()


def gathered(pages: list[Page]) -> tuple[list[Any], list[Any], list[Any]]:
    return (
        [change for page in pages for change in page.changes],
        [person for page in pages for person in page.people],
        [row for page in pages for row in page.rejected],
    )


@settings(max_examples=50)
@given(st.lists(changes(), max_size=12), st.lists(people(), max_size=3), st.integers(1, 7))
def test_reading_gives_back_what_was_written_whatever_the_page_size(
    rows: list[Change], persons: list[Person], page_size: int
) -> None:
    source = JsonLinesSource(io.BytesIO(written(rows, persons)), page_size=page_size)
    assert gathered(list(source.pages())) == (rows, persons, [])


@settings(max_examples=50)
@given(st.lists(changes(), max_size=12), st.integers(1, 4), st.data())
def test_a_restart_after_any_page_reads_the_rest_and_nothing_twice(
    rows: list[Change], page_size: int, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "changes.jsonl"
        path.write_bytes(written(rows, []))
        pages = list(JsonLinesSource(path, page_size=page_size).pages())
        kept = data.draw(st.integers(0, len(pages)))
        position = pages[kept - 1].position if kept else None
        rest = list(JsonLinesSource(path, page_size=data.draw(st.integers(1, 4))).pages(position))
    assert gathered(pages[:kept] + rest)[0] == rows


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"", b"\r", b'{"users":[]}', b"[1]"]), max_size=8))
def test_no_bytes_end_the_run_and_every_line_is_a_change_a_reject_or_blank(lines: list[bytes]) -> None:
    data = b" " * 5000 + b"\n" + b"\n".join(lines)
    found, _, rejected = gathered(list(JsonLinesSource(io.BytesIO(data)).pages()))
    assert found == []
    assert all(row.reason and "\x00" not in row.raw and len(row.raw) <= 500 for row in rejected)


@given(changes(), moments(), offsets())
def test_a_moment_means_the_same_in_every_offset(change: Change, moment: Any, offset: Any) -> None:
    line = json.loads(written([change], []))
    line["at"] = moment.astimezone(offset).isoformat()
    (page,) = JsonLinesSource(io.BytesIO(json.dumps(line).encode())).pages()
    assert page.rejected == []
    assert page.changes[0].at == moment
    assert page.changes[0].at.utcoffset() == moment.utcoffset()
