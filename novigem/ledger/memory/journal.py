"""The journal and the requests of the memory store: mixed into it and its transaction."""

from collections.abc import Iterator

import msgspec

from novigem.ledger.journal import JournalRow, entry_bytes
from novigem.ledger.memory.feed import Tables
from novigem.ledger.sql.rows import entry_row
from novigem.ledger.store import EVERY_REQUEST, RequestFilter
from novigem.model.request import Request


class MemoryRequests:
    """Requests, to read; see `novigem.ledger.store.Store`."""

    _tables: Tables

    def requests(self, which: RequestFilter = EVERY_REQUEST) -> list[Request]:
        """Give requests, oldest first."""
        wanted = {name: value for name, value in which._asdict().items() if value is not None}
        return [
            one for one in self._tables.requests if all(getattr(one, name) == value for name, value in wanted.items())
        ]


class MemoryRequestWriting(MemoryRequests):
    """Requests, to write; see `novigem.ledger.store.Transaction`."""

    def request(self, number: int) -> Request | None:
        """Give the request of a number."""
        return self._tables.requests[number - 1] if 0 < number <= len(self._tables.requests) else None

    def add_request(self, request: Request) -> Request:
        """Keep a new request; gives it back numbered."""
        numbered = msgspec.structs.replace(request, number=len(self._tables.requests) + 1)
        self._tables.requests.append(numbered)
        return numbered

    def save_request(self, request: Request) -> None:
        """Write a request over what it was."""
        self._tables.requests[request.number - 1] = request


class MemoryJournal(MemoryRequests):
    """The journal, to read; see `novigem.ledger.store.Store`."""

    def journal(self) -> Iterator[JournalRow]:
        """Yield the journal, oldest batch first."""
        return iter(list(self._tables.journal))

    def newest_batch(self) -> JournalRow | None:
        """Give the newest journal row."""
        return self._tables.journal[-1] if self._tables.journal else None

    def entry_bodies(self) -> Iterator[tuple[int, bytes]]:
        """Yield the number of every entry and its canonical bytes."""
        return ((entry.number, entry_bytes(entry_row(entry))) for entry in list(self._tables.entries))
