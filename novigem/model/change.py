"""A change: one committed change of one Salesforce record, as we saw it."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any, Literal

import msgspec

from novigem.errors import InputError
from novigem.model.ids import id18, is_right, is_sound, known_id, whole_id

ChangeKind = Literal["create", "update", "delete", "undelete", "merge", "system_update"]
# How sure `by` is: confirmed by history or an event, or only the last of perhaps several writers.
Confidence = Literal["exact", "last_writer"]

# Order of changes of one record that carry the same moment and no `seq`.
KIND_ORDER = {"create": 0, "undelete": 1, "update": 2, "system_update": 2, "merge": 3, "delete": 4}

MAX_BRACKETS = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(moment: datetime) -> int:
    """Give an aware datetime as whole microseconds since 1970 UTC, the form kept in the store (exact, sortable)."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(micros: int) -> datetime:
    """Give the UTC datetime of a number of microseconds since 1970 UTC."""
    return _EPOCH + timedelta(microseconds=micros)


class Change(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One committed change of one record.

    `at` is the moment in Salesforce, with offset. `new` holds the values after the change, all that are known.
    `old` holds the prior values of the fields that differ; None means that the prior values are unknown (on an
    update). A field in `new` that is not in `old` did not change, unless `unknown_old` names it: of those fields it is
    not known whether they did, and what they were. `by` is the user who made it, if known. `seq` orders changes with
    the same `at`. `into` is the winner of a merge. `confidence` says how sure `by` is; None: not told. A
    `system_update` is an edit that no person made, such as a renamed picklist value: it is logged, and pays nothing.
    `came_as` is the digest of the change as it came, where somebody has been erased from it since. `as_first_seen`
    stands on the create and on the edit of a record that was edited before anybody looked: `new` of both holds the
    values of that first look, and which of them the record was made with is not known.

    Raises ValueError (msgspec.ValidationError while decoding) when an id is not a Salesforce id.
    """

    object: str
    id: str
    kind: ChangeKind
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    new: dict[str, Any] = {}
    old: dict[str, Any] | None = None
    by: str | None = None
    seq: int = 0
    into: str | None = None
    confidence: Confidence | None = None
    came_as: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None = None
    unknown_old: tuple[str, ...] = ()
    as_first_seen: bool = False

    def __post_init__(self) -> None:
        """Keep every id with 18 characters and the moment in UTC: equal changes are then equal to the byte."""
        if len(self.id) != 18 or not (self.id.isalnum() and self.id.isascii()):  # noqa: PLR2004
            msgspec.structs.force_setattr(self, "id", whole_id(self.id))
        # Setting a field costs three times what looking at it does, and nearly every id is whole already.
        by, into = self.by, self.into
        if by is not None and (whole := whole_id(by)) is not by:
            msgspec.structs.force_setattr(self, "by", whole)
        if into is not None and (whole := whole_id(into)) is not into:
            msgspec.structs.force_setattr(self, "into", whole)
        if self.at.tzinfo is not UTC:
            msgspec.structs.force_setattr(self, "at", _in_utc(self.at))


# What we take for an id among the values, whatever a program says of it.
_ID_FIELDS = ("OwnerId", "AccountId", "CreatedById", "LastModifiedById")


def has_right_ids(change: Change) -> bool:
    """Tell whether every id of a change is as it should be: asked of each change that arrives."""
    by, into, new = change.by, change.into, change.new
    if not is_right(change.id) or not (by is None or is_sound(by)) or not (into is None or is_sound(into)):
        return False
    # One user and one account are told again and again, and most changes tell an owner alone.
    for field in _ID_FIELDS:
        if field in new and (value := new[field]).__class__ is str and not is_sound(value):
            return False
    return True


def with_right_ids(change: Change) -> Change:
    """Give a change with its ids in their right case, so that it is the same change however they were written.

    Raises ValueError, which begins with the field, where an id does not fit its check characters.
    """
    told = {"id": change.id, "by": change.by, "into": change.into}
    ids = {field: _right(field, value) for field, value in told.items() if value is not None}
    new = {field: _right(field, value) if _is_wrong(field, value) else value for field, value in change.new.items()}
    # What was there before may have been wrong then; nobody is paid by it alone.
    before = change.old or {}
    old = {field: known_id(value) if _is_wrong(field, value) else value for field, value in before.items()}
    return msgspec.structs.replace(change, new=new, old=None if change.old is None else old, **ids)


def _is_wrong(field: str, value: Any) -> bool:
    return field in _ID_FIELDS and isinstance(value, str) and not is_sound(value)


def _right(field: str, value: str) -> str:
    try:
        return id18(value)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from error


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("`at` needs an offset, as in 2026-01-07T15:04:05Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"`at` is outside the years 1 to 9999: {moment}") from error


_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def change_body(change: Change) -> bytes:
    """Give the one canonical JSON text of a change: equal changes give equal bytes, whatever wrote them.

    Raises InputError when a field holds what JSON cannot.
    """
    try:
        try:
            body = _encode_sorted(change)
        except UnicodeEncodeError:
            body = _encode_sorted(_in_whole_characters(change))
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise _not_to_be_kept(change, str(error)) from error
    # A quick look comes first: nearly every change is a few objects of plain values, and each is looked at.
    if (b"[" in body or body.count(b"{") > MAX_BRACKETS) and is_nested_too_deep(body):
        raise _not_to_be_kept(change, f"values nested more than {MAX_BRACKETS} deep")
    return body


def _not_to_be_kept(change: Change, why: str) -> InputError:
    return InputError(
        f"the change of {change.object} {change.id} cannot be kept: {why}",
        hint="give its fields values that JSON can hold",
    )


def _in_whole_characters(change: Change) -> Change:
    # Salesforce cuts long text by UTF-16 units, so a field may end in half an emoji.
    new, old = whole_characters(change.new), whole_characters(change.old)
    return msgspec.structs.replace(change, object=whole_characters(change.object), new=new, old=old)


def whole_characters(value: Any) -> Any:
    """Give a value of JSON with each half character (lone surrogate) in its texts replaced, as databases demand."""
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {whole_characters(key): whole_characters(one) for key, one in value.items()}
    return [whole_characters(one) for one in value] if isinstance(value, (list, tuple)) else value


def is_nested_too_deep(text: bytes) -> bool:
    """Tell whether a JSON text nests deeper than we allow.

    How deep Python itself goes depends on its version, and what one has written another must read.
    """
    # Counting is quick; only what could be too deep is looked at closely.
    return text.count(b"{") + text.count(b"[") > MAX_BRACKETS and _depth(text) > MAX_BRACKETS


def _depth(text: bytes) -> int:
    """Give the deepest nesting of brackets outside of texts."""
    deepest = depth = 0
    for token in re.findall(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]', text, re.DOTALL):
        if token in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in b"]}":
            depth -= 1
    return deepest


def change_digest(body: bytes) -> bytes:
    """Give the 16-byte identity of a canonical change body."""
    return blake2b(body, digest_size=16).digest()


def change_identity(change: Change, body: bytes) -> bytes:
    """Give the 16-byte identity of a change: the digest of its body, or of the one it came with."""
    return change_digest(body) if change.came_as is None else bytes.fromhex(change.came_as)


_decode_change = msgspec.json.Decoder(Change).decode


def read_change_body(body: str | bytes) -> Change:
    """Give back the change of a canonical body."""
    return _decode_change(body)
