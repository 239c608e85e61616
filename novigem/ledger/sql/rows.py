"""Between rows and values: the columns of each table, in order, as the frozen words of `novigem.model`."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from novigem.ledger.counted import also_text, read_also
from novigem.model.claim import Claim, ClaimState, draft_bytes, read_draft
from novigem.model.entry import Entry, EntryKind, key_digest
from novigem.model.request import Request, RequestKind, RequestStatus

#: The columns of a claim that its value is made of.
CLAIM_COLUMNS = ("state", "wins", "paid", "why", "draft")
_KINDS = {kind.value: kind for kind in EntryKind}
_STATES = {state.value: state for state in ClaimState}


def entry_row(entry: Entry) -> tuple[Any, ...]:
    """Give the ledger row of a numbered entry, in the order of the table's columns."""
    number, key, generation, kind, *rest, also = msgspec.structs.astuple(entry)
    # The driver takes plain text at once, and looks for an adapter for anything derived from it.
    return (number, key_digest(key), generation, key, kind.value, *rest, also_text(also) if also else None)


def row_entry(row: Sequence[Any]) -> Entry:
    """Give the entry of a ledger row."""
    number, _digest, generation, key, kind, user, points, program, version, rule, challenge, period, *rest = row
    of, record, account, change, seq, goal_value, goal_item, occurred, recorded, reverses, reason, author, also = rest
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
        also=read_also(also) if also else (),
    )


_Value = TypeVar("_Value", bound=msgspec.Struct)


def row_value(kind: type[_Value], row: Sequence[Any]) -> _Value:
    """Give the value of a row whose columns stand in the order of the value's fields."""
    return kind(**dict(zip(kind.__struct_fields__, row, strict=True)))


def request_row(request: Request) -> tuple[Any, ...]:
    """Give the row of a request, in the order of the table's columns."""
    # As above: plain text is taken at once.
    return tuple(str(value) if isinstance(value, str) else value for value in msgspec.structs.astuple(request))


def row_request(row: Any) -> Request:
    """Give the request of a row."""
    return Request(**row._asdict() | {"kind": RequestKind(row.kind), "status": RequestStatus(row.status)})


def claim_row(group: str, one: Claim) -> tuple[Any, ...]:
    """Give the row of a claim in a group of limits, in the order of the table's columns."""
    draft, fact = one.draft, one.fact
    return (
        key_digest(fact),
        draft.change or b"",
        draft.key[len(fact) :],
        draft.program,
        draft.rule or "",
        draft.record or "",
        draft.user,
        draft.occurred,
        group,
        one.state.value,
        one.wins,
        one.paid,
        one.why,
        draft_bytes(draft),
    )


def row_claims(rows: Iterable[Sequence[Any]]) -> list[Claim]:
    """Give the claims of rows that hold `CLAIM_COLUMNS`."""
    # By place: there are thousands of them in a page, and names take several times as long. SQLite keeps a boolean as
    # a number.
    return [Claim(read_draft(draft), _STATES[state], bool(wins), paid, why) for state, wins, paid, why, draft in rows]
