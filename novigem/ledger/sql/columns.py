"""Columns that stand beside what a row holds whole: a change beside its body, a claim beside its draft.

They are there to be looked up by, and say the same. Where somebody changed one by hand they do not.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from novigem.ledger.sql import tables
from novigem.ledger.sql.rows import CLAIM_COLUMNS, claim_row, row_claims
from novigem.ledger.types import LoggedChange
from novigem.model.change import change_body, change_identity, read_change_body, to_micros
from novigem.model.discrepancy import Discrepancy

#: What is said of a row that cannot be read at all.
UNREADABLE = "cannot be read"

_CLAIM = tuple(map(str, tables.claim.columns.keys()))
_GROUP = _CLAIM.index("limits")


def altered_changes(rows: Iterable[Sequence[Any]]) -> Iterator[Discrepancy]:
    """Yield each column of rows of the change log that is other than its body says."""
    for row in rows:
        logged = LoggedChange(*row)
        try:
            change = read_change_body(logged.body)
            body = change_body(change)
        except (msgspec.MsgspecError, ValueError):
            yield Discrepancy(f"{logged.object} {logged.record} body", logged.body[:40], UNREADABLE)
            continue
        digest = change_identity(change, body)
        told = LoggedChange(to_micros(change.at), digest, change.object, change.id, change.kind, body.decode())
        yield from _differing(f"{change.object} {change.id}", LoggedChange._fields, logged, told)


def altered_claims(rows: Iterable[Sequence[Any]]) -> Iterator[Discrepancy]:
    """Yield each column of claims that is other than the draft says."""
    places = [_CLAIM.index(name) for name in CLAIM_COLUMNS]
    for row in rows:
        try:
            (claim,) = row_claims([[row[place] for place in places]])
        except (msgspec.MsgspecError, LookupError):
            yield Discrepancy(f"claim of {row[_CLAIM.index('record')]}", str(row[places[0]]), UNREADABLE)
            continue
        yield from _differing(f"claim {claim.draft.key}", _CLAIM, row, claim_row(row[_GROUP], claim))


def _differing(what: str, names: Sequence[str], kept: Sequence[Any], told: Sequence[Any]) -> Iterator[Discrepancy]:
    for name, one, other in zip(names, kept, told, strict=True):
        if one != other:
            yield Discrepancy(f"{what} {name}", _text(one), _text(other))


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
