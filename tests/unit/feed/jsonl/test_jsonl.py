"""Files and streams of JSON lines: what is read, what is kept aside, where reading goes on."""

import errno
import gzip
import io
import json
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from novigem.errors import FeedError, InputError
from novigem.feed import JsonLinesSource, Page, write_changes
from novigem.feed.jsonl.lines import MAX_LINE_BYTES
from novigem.model.ids import id18
from novigem.model.people import Person

OPPORTUNITY = "006xx000001SwiUAAS"
USER = "005xx000001SwiUAAS"


def line(number: int = 0, **over: Any) -> bytes:
    tree = {
        "object": "Opportunity",
        "id": f"006xx{number:010d}",
        "kind": "update",
        "at": "2026-01-07T15:04:05Z",
        "new": {"StageName": "Closed Won", "Amount": 1200.5},
        "old": {"StageName": "Negotiation"},
    } | over
    return json.dumps({key: value for key, value in tree.items() if value is not ...}).encode()


def read(data: bytes, **options: Any) -> list[Page]:
    return list(JsonLinesSource(io.BytesIO(data), **options).pages())


def only(data: bytes) -> Page:
    (page,) = read(data)
    return page


def reason(data: bytes) -> str:
    page = only(data + b"\n")
    assert not page.changes
    (row,) = page.rejected
    return f"{row.place}: {row.reason}"


def file_of(folder: Path, data: bytes) -> Path:
    path = folder / "changes.jsonl"
    path.write_bytes(data)
    return path


def test_the_line_of_the_contract_is_read() -> None:
    page = only(
        b'{"object": "Opportunity", "id": "006xx000001SwiUAAS", "kind": "update", "at": "2026-01-07T15:04:05Z",'
        b' "by": "005xx000001SwiUAAS", "new": {"StageName": "Closed Won"}, "old": {"StageName": "Negotiation"}}\n'
    )
    (change,) = page.changes
    assert (change.id, change.by, change.kind) == (OPPORTUNITY, USER, "update")
    assert change.at.isoformat() == "2026-01-07T15:04:05+00:00"
    assert (change.new, change.old) == ({"StageName": "Closed Won"}, {"StageName": "Negotiation"})


def test_blank_lines_carriage_returns_a_bom_and_a_missing_last_line_end_are_harmless() -> None:
    data = b"\xef\xbb\xbf" + line(1) + b"\r\n\r\n  \n" + line(2) + b"\r\n\n" + line(3)
    page = only(data)
    assert [change.id[:15] for change in page.changes] == [f"006xx{n:010d}" for n in (1, 2, 3)]
    assert page.rejected == []


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-01-07T15:04:05.000+0000", 15),
        ("2026-01-07T15:04:05+0000", 15),
        ("2026-01-07 15:04:05Z", 15),
        ("2026-01-07T16:04:05+01:00", 15),
        ("2026-01-07T16:04:05+01", 15),
    ],
)
def test_moments_are_read_as_salesforce_writes_them_and_kept_in_utc(written: str, hour: int) -> None:
    (change,) = only(line(at=written)).changes
    assert change.at.isoformat() == f"2026-01-07T{hour}:04:05+00:00"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"nonsense", "line 1: not valid JSON"),
        (b'{"object": "Opportunity"', "line 1: not valid JSON: the line ends too early"),
        (b"[1, 2]", "line 1: a change must be an object"),
        (b"{}", "line 1: object: missing"),
        (line(object=""), "line 1: object: must not be empty"),
        (line(id=...), "line 1: id: missing"),
        (line(id="00600"), "line 1: id: '00600' is not a Salesforce id"),
        (line(id=7), "line 1: id: expected str, got int"),
        (line(by="nobody"), "line 1: by: 'nobody' is not a Salesforce id"),
        (line(by="<b>not an id at all"[:18]), "line 1: by: "),
        (
            line(kind="upsert"),
            "line 1: kind: 'upsert' is not one of create, undelete, update, system_update, merge, delete",
        ),
        (line(kind="merge"), "line 1: into: a merge must name the record that was kept"),
        (line(kind="merge", into="x" * 17), "line 1: into: "),
        (line(at=...), "line 1: at: missing"),
        (line(at="2026-01-07T15:04:05"), "line 1: at: '2026-01-07T15:04:05' has no offset"),
        (line(at="yesterday"), "line 1: at: 'yesterday' is not a date and time"),
        (line(at=1767798245), "line 1: at: expected"),
        (line(at="0001-01-01T00:00:00+14:00"), "line 1: at: '0001-01-01T00:00:00+14:00' is outside the years"),
        (line(at="9999-12-31T23:59:59Z"), "line 1: at: the year 9999 is outside"),
        (line(new=None), "line 1: new: expected object, got null"),
        (line(new=["StageName"]), "line 1: new: expected object, got array"),
        (line(seq="first"), "line 1: seq: expected int, got str"),
        (line(seq=10**30), "line 1: seq: the number is too large"),
        (line(new={"Name": "a\x00b"}), "line 1: a NUL character (\\u0000) in a text"),
        (line(new={"Name": "\ud800"}), "line 1: a lone surrogate"),
        (line(new={"Name": "\udc00 and more text"}), "line 1: a lone surrogate"),
        (line(new={"Name": "?"}).replace(b"?", b"\xff"), "line 1: not valid UTF-8"),
        (line(new={"Amount": "?"}).replace(b'"?"', b"1e999"), "line 1: a value: number out of range"),
        (line(new={"Amount": "?"}).replace(b'"?"', b"NaN"), "line 1: not valid JSON"),
        (line(new={"A": "?"}).replace(b'"?"', b"[" * 65 + b"]" * 65), "line 1: values nested more than 64 deep"),
        # Short, and no kind of bracket alone is too many.
        (
            line(new={"A": "?"}).replace(b'"?"', b'[{"":' * 32 + b"1" + b"}]" * 32),
            "line 1: values nested more than 64 deep",
        ),
        (b"[" * 500_000, "line 1: values nested more than 64 deep"),
        (b'{"a":' * 100_000, "line 1: values nested more than 64 deep"),
    ],
)
def test_a_bad_line_is_kept_aside_with_its_number_and_a_reason_in_plain_words(data: bytes, expected: str) -> None:
    assert expected in reason(data)


def test_a_bad_line_never_stops_the_lines_around_it() -> None:
    page = only(b"\n".join([line(1), b"nonsense", line(2), b"\xff\xfe", line(3)]) + b"\n")
    assert len(page.changes) == 3
    assert [row.place for row in page.rejected] == ["line 2", "line 4"]
    assert page.rejected[0].raw == "nonsense"


def test_a_text_that_only_looks_like_a_nul_or_like_nesting_is_read() -> None:
    new = {"Name": r"C:\u0000", "Note": "[" * 500 + '"{' * 500}
    assert only(line(new=new)).changes[0].new == new


def test_the_raw_text_of_a_reject_is_short_and_can_be_stored_anywhere() -> None:
    (row,) = only(line() + b" " * 5000 + b"\nx\x00\xff" + "é".encode() * 5000).rejected
    assert len(row.raw) == 500
    assert row.raw.startswith("x\ufffd\ufffdé")


def test_a_line_over_the_limit_is_read_past_without_being_held() -> None:
    class Endless(io.RawIOBase):
        """40 MB in one line, made as it is read; then an ordinary line."""

        def __init__(self) -> None:
            self.left = 40_000_000
            self.end = b"\n" + line(2) + b"\n"

        def read(self, size: int = -1) -> bytes:
            if self.left > 0:
                self.left -= size
                return b"x" * size
            end, self.end = self.end, b""
            return end

    tracemalloc.start()
    pages = list(JsonLinesSource(Endless()).pages())  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.reason for page in pages for row in page.rejected] == ["the line is longer than 1,000,000 bytes"]
    assert ids(pages) == [2]
    assert peak < 8_000_000


@pytest.mark.parametrize("room", [-1, 0, 1])
def test_the_limit_of_a_line_is_the_same_wherever_the_line_stands(room: int) -> None:
    plain = len(line(new={"Name": ""}))
    data = line(new={"Name": "x" * (MAX_LINE_BYTES - plain + room)})
    for before in (0, 1, 700):
        page = only(b"\n".join([line()] * before + [data, line()]) + b"\n")
        assert len(page.rejected) == (1 if room == 1 else 0)
        assert len(page.changes) == before + 1 + (0 if room == 1 else 1)


def test_spaces_beyond_the_limit_are_refused_not_taken_for_a_blank_line() -> None:
    assert "longer than" in reason(b" " * (2 * MAX_LINE_BYTES) + line())


def test_numbers_of_lines_are_right_across_blocks_and_pages() -> None:
    data = b"".join((b"bad\n" if n % 1000 == 0 else line(n) + b"\n") for n in range(1, 12_001))
    places = [row.place for page in read(data, page_size=700) for row in page.rejected]
    assert places == [f"line {n}" for n in range(1000, 12_001, 1000)]


def test_a_page_takes_at_most_page_size_lines() -> None:
    data = b"".join(line(n) + b"\n" for n in range(10))
    assert [len(page.changes) for page in read(data, page_size=4)] == [4, 4, 2]


def test_people_are_told_in_the_page_of_their_line_in_both_ways_of_writing_a_role() -> None:
    users = [
        {"Id": "005xx000001SwiU", "Name": "Ana", "Email": "ana@acme.example", "UserRole.Name": "CSM", "Profile": {}},
        {"Id": USER, "UserRole": {"Name": "Sales"}, "IsActive": False, "ManagerId": "005xx000001SwiU", "Name": None},
        {"Id": USER, "UserRole": None},
    ]
    first, second = read(line(1) + b"\n" + json.dumps({"users": users}).encode() + b"\n", page_size=1)
    assert (len(first.changes), len(first.people)) == (1, 0)
    assert second.people == [
        Person(USER, name="Ana", email="ana@acme.example", role="CSM"),
        Person(USER, active=False, role="Sales", manager=USER),
        Person(USER),
    ]


def test_a_bad_user_is_kept_aside_and_the_others_are_taken() -> None:
    users = [{"Id": "x"}, 3, {"Name": "A"}, {"Id": USER, "IsActive": "yes"}, {"Id": USER, "Name": 3}, {"Id": USER}]
    page = only(json.dumps({"users": users}).encode())
    assert len(page.people) == 1
    assert [row.reason.split(":")[0] for row in page.rejected] == [f"user {n}" for n in range(1, 6)]
    assert only(b'{"users": 3}\n').rejected[0].reason == "users: must be a list of users"


# Positions


def read_file(path: Path, after: str | None = None, **options: Any) -> list[Page]:
    return list(JsonLinesSource(path, **options).pages(after))


def ids(pages: list[Page]) -> list[int]:
    return [int(change.id[5:15]) for page in pages for change in page.changes]


def test_the_name_is_the_absolute_path_or_stdin_or_what_is_given(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert JsonLinesSource("a.jsonl").name == f"file:{tmp_path / 'a.jsonl'}"
    assert JsonLinesSource(io.BytesIO()).name == "stdin"
    assert JsonLinesSource(io.BytesIO(), name="mine").name == "mine"


def test_a_stream_has_no_position_and_no_total() -> None:
    page = only(line())
    assert (page.position, page.total) == (None, None)


def test_a_file_tells_how_far_it_is_in_bytes(tmp_path: Path) -> None:
    path = file_of(tmp_path, line(1) + b"\n" + line(2) + b"\n")
    pages = read_file(path, page_size=1)
    assert pages[-1].done == pages[-1].total == path.stat().st_size


def test_a_file_that_grew_goes_on_where_it_was(tmp_path: Path) -> None:
    path = file_of(tmp_path, line(1) + b"\n" + line(2) + b"\n")
    position = read_file(path)[-1].position
    assert read_file(path, position) == []
    with path.open("ab") as file:
        file.write(b"bad\n" + line(3) + b"\n")
    rest = read_file(path, position)
    assert ids(rest) == [3]
    assert rest[0].rejected[0].place == "line 3"


@pytest.mark.parametrize("changed", [line(9) + b"\n" + line(2) + b"\n" + line(3) + b"\n", line(1) + b"\n", b""])
def test_a_file_whose_beginning_changed_is_read_from_the_beginning(tmp_path: Path, changed: bytes) -> None:
    path = file_of(tmp_path, line(1) + b"\n" + line(2) + b"\n")
    position = read_file(path)[-1].position
    path.write_bytes(changed)
    assert ids(read_file(path, position)) == ids(read_file(path))


@pytest.mark.parametrize(
    "position", ["", "x", "3", "[]", '{"line": 1}', '{"line": -1, "offset": -5, "digest": ""}', "[" * 10_000]
)
def test_a_position_that_is_not_ours_means_from_the_beginning(tmp_path: Path, position: str) -> None:
    assert ids(read_file(file_of(tmp_path, line(1) + b"\n"), position)) == [1]


def test_a_last_line_that_is_cut_off_is_kept_aside_and_read_when_it_is_whole(tmp_path: Path) -> None:
    whole = line(1) + b"\n" + line(2)
    path = file_of(tmp_path, whole[:-10])
    (page,) = read_file(path)
    assert ids([page]) == [1]
    assert page.rejected[0][:2] == ("line 2", "cut off at the end of the file")
    path.write_bytes(whole + b"\n" + line(3) + b"\nbad\n")
    rest = read_file(path, page.position)
    assert ids(rest) == [2, 3]
    assert rest[0].rejected[0].place == "line 4"


def test_a_last_line_without_its_end_is_taken_once_and_the_numbers_stay_right(tmp_path: Path) -> None:
    path = file_of(tmp_path, line(1) + b"\n" + line(2))
    (page,) = read_file(path)
    assert ids([page]) == [1, 2]
    path.write_bytes(path.read_bytes() + b"\nbad\n" + line(4) + b"\n")
    rest = read_file(path, page.position)
    assert ids(rest) == [4]
    assert rest[0].rejected[0].place == "line 3"


@pytest.mark.parametrize("cut", [b"", b"\n"])
def test_a_too_long_line_keeps_positions_and_numbers_right(tmp_path: Path, cut: bytes) -> None:
    long = b"x" * (3 * MAX_LINE_BYTES)
    path = file_of(tmp_path, line(1) + b"\n" + long + cut)
    pages = read_file(path, page_size=1)
    assert [row.place for page in pages for row in page.rejected] == ["line 2"]
    path.write_bytes(line(1) + b"\n" + long + b"\nbad\n" + line(4) + b"\n")
    rest = read_file(path, pages[-1].position)
    assert ids(rest) == [4]
    assert rest[0].rejected[-1].place == "line 3"


def test_a_gzip_file_is_read_as_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "changes.jsonl.gz"
    path.write_bytes(gzip.compress(line(1) + b"\n" + line(2) + b"\n"))
    pages = read_file(path, page_size=1)
    assert ids(pages) == [1, 2]
    assert pages[-1].done == pages[-1].total == path.stat().st_size
    assert ids(read_file(path, pages[0].position)) == [2]


# Failures


def test_a_missing_file_and_a_folder_are_refused_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file .*nothing\.jsonl\n  check the path"):
        read_file(tmp_path / "nothing.jsonl")
    with pytest.raises(InputError, match="is a folder"):
        read_file(tmp_path)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The superuser may read everything, so the refusal comes from a stand-in for the operating system."""

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    path = file_of(tmp_path, line())
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="may not be read"):
        read_file(path)


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00\x00", line().decode().encode("utf-16")])
def test_a_binary_file_is_refused_at_once(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(InputError, match="not a text file"):
        read_file(file_of(tmp_path, data))
    with pytest.raises(InputError, match="stdin is not a text file"):
        read(data)


def test_a_gzip_stream_is_refused_with_the_command_that_unpacks_it() -> None:
    with pytest.raises(InputError, match="gunzip -c"):
        read(gzip.compress(line()))


def test_a_damaged_gzip_file_is_a_failure_of_the_feed(tmp_path: Path) -> None:
    data = gzip.compress(os.urandom(200_000).hex().encode())
    with pytest.raises(FeedError, match="damaged or unfinished gzip"):
        read_file(file_of(tmp_path, data[: len(data) // 2]))


def test_a_failure_in_the_middle_keeps_the_pages_before_it() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if not data:
                raise OSError(5, "Input/output error")
            return data

    pages = JsonLinesSource(Failing(line(1) + b"\n" + line(2) + b"\n"), page_size=1).pages()
    assert ids([next(pages)]) == [1]
    with pytest.raises(FeedError, match="could not be read any further: Input/output error"):
        list(pages)


def test_a_named_pipe_is_read_like_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(line(1) + b"\n",))
    writer.start()
    (page,) = read_file(path)
    writer.join()
    assert ids([page]) == [1]
    assert (page.position, page.total) == (None, None)


def test_an_empty_file_gives_no_page_and_a_page_has_at_least_one_line(tmp_path: Path) -> None:
    assert read_file(file_of(tmp_path, b"")) == []
    with pytest.raises(ValueError, match="page_size"):
        JsonLinesSource(tmp_path, page_size=0)


def test_many_people_are_written_on_several_lines_each_below_the_limit() -> None:
    persons = [Person(id18(f"005{n:012d}"), name="N" * 200) for n in range(12_000)]
    stream = io.BytesIO()
    assert write_changes(only(line()).changes, persons, stream) == 1
    pages = read(stream.getvalue())
    assert [person for page in pages for person in page.people] == persons
