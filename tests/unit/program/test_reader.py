"""Reading YAML: exact places, no guessing, and no hostile file that hurts."""

import time
from datetime import UTC, date, datetime
from typing import Any

import pytest

from novigem.program.document import Document, Spot
from novigem.program.reader import DEEPEST, MOST_BYTES, read


def codes(document: Document) -> list[str]:
    return [one.code for one in document.findings]


def only(raw: str | bytes) -> tuple[str, int, int]:
    (found,) = read(raw, "p.yaml").findings
    return found.code, found.line, found.column


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("1.50", 1.5),
        ("2026-01-05", date(2026, 1, 5)),
        ("2026-01-05T09:30:00Z", datetime(2026, 1, 5, 9, 30, tzinfo=UTC)),
        ("2026-01-05 09:30:00", datetime(2026, 1, 5, 9, 30)),  # noqa: DTZ001 - a moment without offset is the case
        ("Closed Won", "Closed Won"),
        ("10%", "10%"),
        ("1.2.3", "1.2.3"),
        ("2026-1-5", "2026-1-5"),
        ("006xx000001SwiUAAS", "006xx000001SwiUAAS"),
        ('"on"', "on"),
        ("'12:30:00'", "12:30:00"),
        ('"2026-01-05"', "2026-01-05"),
    ],
)
def test_a_word_means_what_every_yaml_version_agrees_on(word: str, value: Any) -> None:
    document = read(f"key: {word}", "p.yaml")
    assert not document.findings
    assert (type(document.data["key"]), document.data["key"]) == (type(value), value)


@pytest.mark.parametrize(
    "word",
    [
        *("on", "off", "yes", "no", "y", "n", "On", "YES", "True", "FALSE", "~", "Null", "NULL"),
        *(
            "12:30:00",
            "12:30",
            "1:5",
            "0777",
            "007",
            "1_000",
            "0x1f",
            "0o17",
            "0b11",
            "1e3",
            "1.5e-3",
            ".5",
            "5.",
            "+5",
        ),
        *(".inf", "-.inf", ".nan", "=", "2026-01-05 09:30", "2026-1-5 09:30:00"),
    ],
)
def test_a_word_that_yaml_versions_read_differently_must_be_quoted(word: str) -> None:
    assert only(f"key: {word}") == ("NV110", 1, 6)


@pytest.mark.parametrize("word", ["on", "yes", "12:30", "0777"])
def test_a_key_that_yaml_versions_read_differently_must_be_quoted(word: str) -> None:
    assert only(f"{word}: 1") == ("NV110", 1, 1)
    assert not read(f'"{word}": 1', "p.yaml").findings


@pytest.mark.parametrize(
    "word", ["2026-02-30", "2026-13-01", "1066-10-14", "2026-01-05T25:00:00Z", "9" * 19, "1" * 5000]
)
def test_dates_that_do_not_exist_and_numbers_that_are_too_long_are_refused(word: str) -> None:
    assert only(f"key: {word}") == ("NV111", 1, 6)


@pytest.mark.parametrize(
    "raw", [b"a: \xff", b"\xff\xfea\x00", b"\xfe\xff\x00a", b"a: \x00", "a: \x07", "a: \ud800", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_not_text_is_refused_once(raw: str | bytes) -> None:
    assert only(raw)[0] == "NV101"


def test_a_bad_byte_is_named_with_its_place() -> None:
    (found,) = read(b"a: 1\nname: caf\xe9", "p.yaml").findings
    assert (found.line, found.column) == (2, 10)
    assert "byte 14 is 0xe9" in found.message


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert read(b"\xef\xbb\xbfa: 1", "p.yaml").data == {"a": 1}


def test_a_file_above_a_megabyte_is_refused_at_once() -> None:
    assert only(b"x" * (MOST_BYTES + 1))[0] == "NV101"


@pytest.mark.parametrize("raw", ["", "# comment\n", "---\n", "\n\n"])
def test_an_empty_file_says_how_to_begin(raw: str) -> None:
    assert only(raw)[0] == "NV102"


def test_a_repeated_key_names_both_places_and_keeps_the_first() -> None:
    document = read("a: 1\nb: 2\na: {c: [3]}\n", "p.yaml")
    (found,) = document.findings
    assert (found.code, found.line, "line 1" in found.message) == ("NV105", 3, True)
    assert document.data == {"a": 1, "b": 2}


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x", "a: *x", "a: &x {b: *x}", "&x a: 1", "- <<: {a: 1}"])
def test_anchors_aliases_and_merge_keys_are_refused(text: str) -> None:
    assert set(codes(read(text, "p.yaml"))) == {"NV106"}


def test_a_billion_laughs_never_expand() -> None:
    rows = ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    assert set(codes(read("\n".join(rows), "p.yaml"))) == {"NV106"}


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [x]", "!foo x", "!!str x", "!<tag:x> y", "! x", "!x!y z"]
)
def test_tags_are_refused_and_nothing_is_built(tag: str) -> None:
    assert codes(read(f"a: {tag}", "p.yaml")) == ["NV107"]


@pytest.mark.parametrize("text", ["[" * 100_000, "a: " + "{a: " * 500_00, "- " * 100_000, "? " * 100_000])
def test_deep_nesting_is_refused_without_recursion(text: str) -> None:
    assert codes(read(text, "p.yaml"))[-1] == "NV108"


def test_nesting_is_allowed_as_deep_as_it_is_promised() -> None:
    assert not read("[" * DEEPEST + "]" * DEEPEST, "p.yaml").findings


def test_a_second_document_is_refused_where_it_begins() -> None:
    assert only("a: 1\n---\nb: 2\n") == ("NV109", 2, 1)


@pytest.mark.parametrize(
    ("text", "code"), [("5: x", "NV112"), ("null: x", "NV112"), ("? [a]\n: 1", "NV112"), ("{{ a }}: 1", "NV112")]
)
def test_a_key_is_text(text: str, code: str) -> None:
    assert codes(read(text, "p.yaml")) == [code]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\n\tb: 2", ("NV104", 2, 1), "tab"),
        ("a: 'x\nb: 2\n", ("NV103", 1, 4), "never closed"),
        ('a: "\\q"', ("NV103", 1, 6), "backslash"),
        ('a: "x" y', ("NV103", 1, 8), "closing quote"),
        ("name: Foo: bar", ("NV103", 1, 7), "colon"),
        ("a: [1, 2\nb: 3", ("NV103", 1, 4), "never closed"),
        ("a: {b: 1, c: 2\nd: 3", ("NV103", 1, 4), "never closed"),
        ("a: [x]]", ("NV103", 1, 7), "closes nothing"),
        ("a: @x", ("NV103", 1, 4), '"@"'),
        ("a: *", ("NV103", 1, 4), '"*"'),
        ("a: `x`", ("NV103", 1, 4), "`"),
        ("name\nb: 2", ("NV103", 1, 1), "no `key: value`"),
        ("a: 1\nname\n", ("NV103", 2, 1), "no `key: value`"),
        ("a:\n  - b: 1\n   c: 2", ("NV103", 3, 4), "indentation"),
        ("a: 1\n  b: 2", ("NV103", 2, 3), "indentation"),
        ("a: - b", ("NV103", 1, 4), "behind its key"),
        ("%FOO\na: b", ("NV103", 1, 1), "%"),
    ],
)
def test_a_syntax_error_is_explained_where_it_was_made(text: str, place: tuple[str, int, int], words: str) -> None:
    (found,) = read(text, "p.yaml").findings
    assert (found.code, found.line, found.column) == place
    assert words in found.message


def test_every_key_and_value_has_its_place() -> None:
    document = read("a: 1\nb:\n  - c: [x, yy]\n", "p.yaml")
    assert document.values[("b", 0, "c", 1)] == Spot(3, 12, 2)
    assert document.keys[("b", 0, "c")] == Spot(3, 5, 1)
    assert document.spot(("b", 0, "d")) == Spot(3, 5, 1)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_lines_count_the_same_with_any_line_break(line_break: str) -> None:
    assert only(f"a: 1{line_break}# x{line_break}b: on{line_break}") == ("NV110", 3, 4)


def test_a_large_hostile_file_is_read_quickly() -> None:
    begun = time.monotonic()
    read("- {a: on, b: [x, y]}\n" * 10_000 + "@", "p.yaml")
    assert time.monotonic() - begun < 8
