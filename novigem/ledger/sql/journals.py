"""The journal and the requests as rows: mixed into the SQL store and its transaction."""

from collections.abc import Iterator
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Select, func, select

from novigem.ledger.journal import Batch, JournalRow, entry_bytes
from novigem.ledger.sql import tables
from novigem.ledger.sql.bulk import BulkWriter
from novigem.ledger.store import EVERY_REQUEST, RequestFilter
from novigem.model.request import Request, RequestKind, RequestStatus

_JOURNAL = BulkWriter(tables.journal)
_REQUESTS = BulkWriter(tables.request, "update")


def write_batch(connection: Connection, batch: Batch) -> None:
    """Write the journal row of what a transaction appended; nothing where it appended nothing."""
    if not batch:
        return
    newest = connection.execute(select(tables.journal).order_by(tables.journal.c.batch.desc()).limit(1)).first()
    _JOURNAL.write(connection, [tuple(batch.row(None if newest is None else JournalRow(*newest)))])


class RequestWriting:
    """The part of a transaction that keeps requests; see `novigem.ledger.store.Transaction`."""

    _connection: Connection

    def request(self, number: int) -> Request | None:
        """Give the request of a number."""
        row = self._connection.execute(select(tables.request).where(tables.request.c.number == number)).first()
        return None if row is None else _request(row)

    def add_request(self, request: Request) -> Request:
        """Keep a new request; gives it back numbered."""
        last = self._connection.execute(select(func.coalesce(func.max(tables.request.c.number), 0))).scalar_one()
        numbered = msgspec.structs.replace(request, number=last + 1)
        self.save_request(numbered)
        return numbered

    def save_request(self, request: Request) -> None:
        """Write a request over what it was."""
        _REQUESTS.write(self._connection, [tuple(map(_plain, msgspec.structs.astuple(request)))])

    def requests(self, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""
        return [_request(row) for row in self._connection.execute(_chosen(which))]


class _Reading(Protocol):
    def _rows(self, query: Select[Any]) -> Iterator[Any]: ...
    def _first(self, query: Select[Any]) -> Any: ...


class JournalReading:
    """The part of a store that reads the journal and requests; see `novigem.ledger.store.Store`."""

    def journal(self: _Reading) -> Iterator[JournalRow]:
        """Yield the journal, oldest batch first."""
        query = select(tables.journal).order_by(tables.journal.c.batch)
        return (JournalRow(*row) for row in self._rows(query))

    def newest_batch(self: _Reading) -> JournalRow | None:
        """Give the newest journal row."""
        query = select(tables.journal).order_by(tables.journal.c.batch.desc()).limit(1)
        row = self._first(query)
        return None if row is None else JournalRow(*row)

    def entry_bodies(self: _Reading) -> Iterator[tuple[int, bytes]]:
        """Yield the number of every entry and its canonical bytes, as the rows of the ledger have them now."""
        query = select(tables.ledger).order_by(tables.ledger.c.entry)
        return ((row[0], entry_bytes(row)) for row in self._rows(query))

    def requests(self: _Reading, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""
        return [_request(row) for row in self._rows(_chosen(which))]


def _chosen(which: RequestFilter) -> Select[Any]:
    columns = tables.request.c
    query = select(tables.request).order_by(columns.number)
    for name, wanted in which._asdict().items():
        if wanted is not None:
            query = query.where(columns[name] == str(wanted))
    return query


def _request(row: Any) -> Request:
    values = row._asdict()
    return Request(**values | {"kind": RequestKind(row.kind), "status": RequestStatus(row.status)})


def _plain(value: Any) -> Any:
    # The driver takes plain text at once, and looks for an adapter for anything derived from it.
    return str(value) if isinstance(value, str) else value
