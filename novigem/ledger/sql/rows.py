"""Between rows and values: the columns of each table, in order, as the frozen words of `novigem.model`."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from novigem.model.entry import Entry, EntryKind, key_digest

_KINDS = {kind.value: kind for kind in EntryKind}


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """Give the ledger row of a numbered entry, in the order of the table's columns."""
    number, key, generation, kind, *rest = msgspec.structs.astuple(entry)
    # The driver takes plain text at once, and looks for an adapter for anything derived from it.
    return (number, key_digest(key), generation, key, kind.value, *rest)


def row_entry(row: Sequence[Any]) -> Entry:
    """Give the entry of a ledger row."""
    number, _digest, generation, key, kind, user, points, program, version, rule, challenge, period, *rest = row
    of, record, account, change, seq, goal_value, goal_item, occurred, recorded, reverses, reason, author = rest
    # Name by name: a mapping of the names would cost more than all of the rest.
    return Entry(
        number=number,
        key=key,
        generation=generation,
        kind=_KINDS[kind],
        user=user,
        points=points,
        program=program,
        version=version,
        rule=rule,
        challenge=challenge,
        period=period,
        object=of,
        record=record,
        account=account,
        change=change,
        seq=seq,
        goal_value=goal_value,
        goal_item=goal_item,
        occurred=occurred,
        recorded=recorded,
        reverses=reverses,
        reason=reason,
        author=author,
    )


_Value = TypeVar("_Value", bound=msgspec.Struct)


def row_value(kind: type[_Value], row: Sequence[Any]) -> _Value:
    """Give the value of a row whose columns stand in the order of the value's fields."""
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))
