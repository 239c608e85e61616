"""Between rows and values: the columns of each table, in order, as the frozen words of `novigem.model`."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from novigem.model.entry import Entry, EntryKind, key_digest

ENTRY_FIELDS = tuple(name for name in Entry.__struct_fields__ if name not in ("number", "key", "generation"))


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """Give the ledger row of a numbered entry, in the order of the table's columns."""
    number, key, generation, kind, *rest = msgspec.structs.astuple(entry)
    # The driver takes plain text at once, and looks for an adapter for anything derived from it.
    return (number, key_digest(key), generation, key, kind.value, *rest)


def row_entry(row: Sequence[Any]) -> Entry:
    """Give the entry of a ledger row."""
    number, _digest, generation, key, *rest = row
    values = dict(zip(ENTRY_FIELDS, rest, strict=True))
    values["kind"] = EntryKind(values["kind"])
    return Entry(number=number, generation=generation, key=key, **values)


_Value = TypeVar("_Value", bound=msgspec.Struct)


def row_value(kind: type[_Value], row: Sequence[Any]) -> _Value:
    """Give the value of a row whose columns stand in the order of the value's fields."""
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))
