"""Rows for the contract suite, with every column filled, and the one check that needs more than an `assert`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from novigem.errors import NovigemError, StoreError
from novigem.ledger.store import LoggedChange, Store, Transaction
from novigem.model.change import Change, change_body, change_digest, to_micros
from novigem.model.closing import Closing, FinalRow, FinalStandings, seal
from novigem.model.entry import BadgeAward, Entry, EntryKind, Progress, Total
from novigem.model.request import Request, RequestKind
from novigem.model.snapshot import Snapshot, Stream
from novigem.testing.builders import make_id

#: 2026-01-05T00:00:00Z in microseconds.
MONDAY = 1_767_571_200_000_000
HOUR = 3_600_000_000
#: The Opportunities of one org.
STREAM = Stream(make_id("00D", 1), "Opportunity")


def sample_entry(number: int = 1, **values: Any) -> Entry:
    """Give an entry with every column filled; `number` makes its key and its record."""
    defaults: dict[str, Any] = {
        "key": f"program/rule/{number}",
        "kind": EntryKind.RULE,
        "user": make_id("005", 1),
        "points": 10,
        "program": "program",
        "version": "0123456789ab",
        "rule": "rule",
        "challenge": "challenge",
        "period": "week:2026-01-05",
        "object": "Opportunity",
        "record": make_id("006", number),
        "account": make_id("001", 1),
        "change": number.to_bytes(16, "big"),
        "seq": 7,
        "goal_value": 1_500_000,
        "goal_item": "a thing",
        "occurred": MONDAY + number,
        "recorded": MONDAY + HOUR,
        "reason": "because",
        "author": "somebody",
    }
    return Entry(**(defaults | values))


def bare_entry(number: int = 1, **values: Any) -> Entry:
    """Give an entry with no column filled that may be left empty."""
    return Entry(
        key=f"program/bare/{number}",
        kind=EntryKind.ADJUSTMENT,
        user=make_id("005", 1),
        points=-3,
        program="program",
        version="0123456789ab",
        occurred=MONDAY + number,
        **values,
    )


def sample_progress(number: int = 1, **values: Any) -> Progress:
    """Give a progress row of one user."""
    defaults: dict[str, Any] = {
        "program": "program",
        "challenge": "challenge",
        "period": "",
        "user": make_id("005", number),
        "value": 2_000_000,
        "target": 3_000_000,
        "entries": 2,
        "first": MONDAY,
        "last": MONDAY + HOUR,
        "completed": None,
        "reached": MONDAY + HOUR,
    }
    return Progress(**(defaults | values))


def sample_badge(number: int = 1, **values: Any) -> BadgeAward:
    """Give a badge award of one user."""
    defaults: dict[str, Any] = {
        "program": "program",
        "badge": "badge",
        "user": make_id("005", number),
        "challenge": "challenge",
        "period": "",
        "awarded": MONDAY,
        "reason": None,
        "author": None,
    }
    return BadgeAward(**(defaults | values))


def sample_total(number: int = 1, **values: Any) -> Total:
    """Give a total of one user in one book."""
    defaults: dict[str, Any] = {
        "book": "program:*:all",
        "user": make_id("005", number),
        "points": 30,
        "entries": 3,
        "reached": MONDAY,
        "accounts": 2,
    }
    return Total(**(defaults | values))


def sample_closing(number: int = 1, **values: Any) -> Closing:
    """Give the final standings of one board, numbered by its period."""
    defaults: dict[str, Any] = {
        "program": "program",
        "kind": "board",
        "id": "board",
        "name": "Board",
        "period": f"week:2026-01-{number:02}",
        "start": MONDAY,
        "ends": MONDAY + HOUR * number,
        "closed": MONDAY + HOUR * 100,
        "as_of": 12,
        "version": "0123456789ab",
        "rows": (FinalRow(rank=1, user=make_id("005", 1), points=30, entries=3),),
    }
    return seal(FinalStandings(**(defaults | values)))


def sample_snapshot(number: int = 1, **values: Any) -> Snapshot:
    """Give a copy of one record."""
    defaults: dict[str, Any] = {
        "id": make_id("006", number),
        "values": '{"StageName":"Prospecting"}',
        "rev": 3,
        "stamp": MONDAY + number,
        "modified": MONDAY - HOUR,
        "state": "live",
        "read": 7,
        "missing": 0,
    }
    return Snapshot(**(defaults | values))


def sample_request(**values: Any) -> Request:
    """Give an open request for points."""
    defaults: dict[str, Any] = {
        "kind": RequestKind.ADJUSTMENT,
        "program": "program",
        "user": make_id("005", 1),
        "points": 30,
        "text": "helped a colleague",
        "author": "Ada",
        "opened": MONDAY,
    }
    return Request(**(defaults | values))


def logged(change: Change) -> LoggedChange:
    """Give a change as the change log keeps it."""
    body = change_body(change)
    return LoggedChange(to_micros(change.at), change_digest(body), change.object, change.id, change.kind, body.decode())


class _Undo(Exception):  # noqa: N818 - a signal: leave the transaction without a commit
    """Raised inside a transaction to undo it."""


@contextmanager
def undone(store: Store) -> Iterator[Transaction]:
    """Open a writing transaction and let it fail at its end."""
    try:
        with store.begin() as transaction:
            yield transaction
            raise _Undo  # noqa: TRY301 - the exception is the way to undo
    except _Undo:
        return


@contextmanager
def refused(kind: type[NovigemError] = StoreError) -> Iterator[None]:
    """Hold that what happens inside raises an error of ours."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"no {kind.__name__} was raised")
