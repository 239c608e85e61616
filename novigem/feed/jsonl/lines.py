"""One line of a changes file: a change, people, or a reason why it is neither.

The fast path is one typed decode. Only a line that fails it is looked at again, and more kindly.
"""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from novigem.feed.jsonl.people import read_people
from novigem.feed.source import Rejected
from novigem.model.change import KIND_ORDER, MAX_BRACKETS, Change, has_right_ids, is_nested_too_deep, with_right_ids
from novigem.model.ids import id18
from novigem.model.people import Person

MAX_LINE_BYTES = 1_000_000
RAW_CHARACTERS = 500
# A line with more objects in it is no ordinary one: the change, its values, those before, and some values that are.
_FEW_OBJECTS = 8

# The range of a Salesforce datetime; beyond it calendars run out of years.
_FIRST_YEAR, _LAST_YEAR = 1700, 4000
#: The last moment of a change, where no clock is asked.
LAST_MOMENT = datetime(_LAST_YEAR, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
_MAX_SEQ = 2**63 - 1
_BOM = b"\xef\xbb\xbf"
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_LONE_SURROGATE = "a lone surrogate (half a character) in a text"

_decode_change = msgspec.json.Decoder(Change).decode
_BAD_LINE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class ParsedLine(NamedTuple):
    """What one difficult line turned out to be: a change, or people, or rejects, or (blank) nothing."""

    change: Change | None = None
    people: tuple[Person, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def needs_care(text: bytes) -> bool:
    """Say whether any of many lines may hold what `read_ordinary` must not take; asked once for a whole block.

    A NUL character, or more arrays than any field value nests. One byte is searched for first: that is fast.
    """
    return (b"\\" in text and b"\\u0000" in text) or (b"[" in text and text.count(b"[") > MAX_BRACKETS - _FEW_OBJECTS)


def read_ordinary(line: bytes, latest: datetime = LAST_MOMENT) -> Change | None:
    """Read a line of a block that needs no care; None if it must be looked at again by `read_difficult`."""
    try:
        change = _decode_change(line)
    except _BAD_LINE:
        return None
    at, by, size = change.at, change.by, len(line)
    if (
        at.tzinfo is UTC
        and at.year >= _FIRST_YEAR
        and at <= latest
        and (by is None or (by.isalnum() and by.isascii()))
        and 0 <= change.seq <= _MAX_SEQ
        and change.into is None
        and change.kind != "merge"
        and change.object
        and size <= MAX_LINE_BYTES
        # What is kept of the change must not be nested too deep, or the whole run would end there. Arrays are few in
        # the whole block: see `needs_care`.
        and line.count(b"{") <= _FEW_OBJECTS
        and has_right_ids(change)
    ):
        return change
    return None


def read_difficult(line: bytes, number: int, *, cut: bool = False, latest: datetime = LAST_MOMENT) -> ParsedLine:
    """Read a line that the fast path could not take; never raises for what the line holds.

    `cut` says that the line is the last of its source and has no line end, so that it may be half a line. A change
    dated after `latest` cannot have happened, and is put aside.
    """
    problem = _unsafe(line)
    if problem is not None:
        return _reject(number, problem, line)
    text = line.removeprefix(_BOM).strip(b" \t\r\n")
    if not text:
        return ParsedLine()
    try:
        tree = msgspec.json.decode(text)
    except _BAD_LINE as error:
        truncated = cut and _ends_early(error)
        return _reject(number, "cut off at the end of the file" if truncated else _explain(error), line)
    if isinstance(tree, dict) and "users" in tree and "object" not in tree:
        return _people(tree["users"], number, line)
    return _change(tree, number, line, latest)


def _unsafe(line: bytes) -> str | None:
    """Give why a line must not even be decoded, or None."""
    if len(line) > MAX_LINE_BYTES:
        return f"the line is longer than {MAX_LINE_BYTES:,} bytes"
    if is_nested_too_deep(line):
        return f"values nested more than {MAX_BRACKETS} deep"
    if _ESCAPED_NUL.search(line):
        return "a NUL character (\\u0000) in a text"
    return None


def _people(users: Any, number: int, line: bytes) -> ParsedLine:
    people, problems = read_people(users)
    raw = _raw(line)
    return ParsedLine(None, tuple(people), tuple(Rejected(f"line {number}", problem, raw) for problem in problems))


def _change(tree: Any, number: int, line: bytes, latest: datetime) -> ParsedLine:
    try:
        if isinstance(tree, dict) and isinstance(tree.get("at"), str):
            tree["at"] = _moment(tree["at"])
            _check_ids(tree)
        change = with_right_ids(msgspec.convert(tree, Change))
    except (msgspec.ValidationError, ValueError) as error:
        return _reject(number, _explain(error), line)
    problem = _problem(change, latest)
    return ParsedLine(change) if problem is None else _reject(number, problem, line)


def _check_ids(tree: dict[str, Any]) -> None:
    """Raise ValueError with the field's name; the decoder would leave it out."""
    for field in ("id", "by", "into"):
        value = tree.get(field)
        if isinstance(value, str):
            try:
                id18(value)
            except ValueError as error:
                raise ValueError(f"{field}: {error}") from error


def _moment(text: str) -> datetime:
    """Read the ways in which Salesforce and its tools write a moment, as UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"at: {text[:40]!r} is not a date and time such as 2026-01-07T15:04:05Z") from error
    if moment.tzinfo is None:
        raise ValueError(f"at: {text[:40]!r} has no offset; write 2026-01-07T15:04:05Z or …+01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"at: {text[:40]!r} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}") from error


def _problem(change: Change, latest: datetime) -> str | None:
    """Give what is wrong with a well-formed change, or None."""
    if not change.object:
        return "object: must not be empty"
    if not _FIRST_YEAR <= change.at.year <= _LAST_YEAR:
        return f"at: the year {change.at.year} is outside {_FIRST_YEAR} to {_LAST_YEAR}"
    if change.at > latest:
        return f"at: {change.at:%Y-%m-%dT%H:%M:%SZ} lies ahead, so it cannot have happened"
    if change.kind == "merge" and change.into is None:
        return "into: a merge must name the record that was kept"
    if not -_MAX_SEQ <= change.seq <= _MAX_SEQ:
        return "seq: the number is too large"
    return None


def _ends_early(error: Exception) -> bool:
    return isinstance(error, UnicodeDecodeError) or "truncated" in str(error)


def _explain(error: Exception) -> str:
    """Turn a decoder's message into plain words that begin with the field."""
    message = str(error)
    if isinstance(error, UnicodeDecodeError):
        return "not valid UTF-8"
    if isinstance(error, RecursionError):
        return f"values nested more than {MAX_BRACKETS} deep"
    if isinstance(error, msgspec.ValidationError):
        return _explain_field(message)
    if "surrogate" in message:
        return _LONE_SURROGATE
    if isinstance(error, msgspec.DecodeError):
        detail = "the line ends too early" if "truncated" in message else message.removeprefix("JSON is malformed: ")
        return f"not valid JSON: {detail}"
    return message


def _explain_field(message: str) -> str:
    text, _, path = message.partition(" - at `")
    text = text.replace("`", "")
    field = path.rstrip("`").removeprefix("$").removeprefix(".")
    if text.startswith("Object missing required field "):
        return f"{text.removeprefix('Object missing required field ')}: missing"
    if text.startswith("Expected object, got ") and not field:
        return f"a change must be an object: {text}"
    if text.startswith("Invalid enum value ") and field == "kind":
        return f"kind: {text.removeprefix('Invalid enum value ')} is not one of {', '.join(KIND_ORDER)}"
    return f"{field.split('[')[0] or 'a value'}: {text[:1].lower()}{text[1:]}" if field else text


def _reject(number: int, reason: str, line: bytes) -> ParsedLine:
    return ParsedLine(rejected=(Rejected(f"line {number}", reason, _raw(line)),))


def _raw(line: bytes) -> str:
    """Give the beginning of a line as text that every database can hold."""
    text = line[: RAW_CHARACTERS * 4].decode("utf-8", errors="replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return text[:RAW_CHARACTERS]
