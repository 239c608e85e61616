"""Rows and changes in a temporary file, sorted there: memory stays flat whatever the size of the export."""

import sqlite3
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, overload

import msgspec

from novigem.model.change import KIND_ORDER, Change, to_micros

_BATCH = 5_000
_SETTINGS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -32768", "temp_store = FILE")
_encode = msgspec.msgpack.Encoder().encode
_decode_change = msgspec.msgpack.Decoder(Change).decode


class State(NamedTuple):
    """One row of a log of states, read: moments are in microseconds since 1970 UTC."""

    record: str
    at: int
    order: int | str
    line: int
    until: int | None
    created: int | None
    values: dict[str, object]
    by: str | None
    created_by: str | None
    is_deleted: bool


class States:
    """The states of all records, given back record by record and in order of time."""

    def __init__(self) -> None:
        self._file = _temporary(self)
        self._file.execute("CREATE TABLE state (record TEXT, at INT, place, line INT, body BLOB)")
        self._waiting: list[tuple[object, ...]] = []

    def add(self, state: State) -> None:
        """Take a state."""
        self._waiting.append((state.record, state.at, state.order, state.line, _encode(state[4:])))
        if len(self._waiting) >= _BATCH:
            self._write()

    def __iter__(self) -> Iterator[State]:
        """Yield every state: those of a record together, the earliest first."""
        self._write()
        for record, at, place, line, body in self._file.execute(
            "SELECT record, at, place, line, body FROM state ORDER BY record, at, place, line"
        ):
            yield State(record, at, place, line, *msgspec.msgpack.decode(body))

    def _write(self) -> None:
        self._file.executemany("INSERT INTO state VALUES (?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()


class SpooledChanges(Sequence[Change]):
    """Changes in the order of their moments, held in a temporary file."""

    def __init__(self, changes: Iterator[Change]) -> None:
        self._file = _temporary(self)
        self._file.execute("CREATE TABLE change (at INT, seq INT, kind INT, record TEXT, body BLOB)")
        counted = Counter[str]()
        waiting: list[tuple[object, ...]] = []
        for change in changes:
            counted[change.kind] += 1
            waiting.append((to_micros(change.at), change.seq, KIND_ORDER[change.kind], change.id, _encode(change)))
            if len(waiting) >= _BATCH:
                self._write(waiting)
        self._write(waiting)
        self._file.execute("CREATE INDEX in_order ON change (at, seq, kind, record)")
        self.kinds: Mapping[str, int] = {kind: counted[kind] for kind in KIND_ORDER if counted[kind]}

    def __len__(self) -> int:
        return sum(self.kinds.values())

    def __iter__(self) -> Iterator[Change]:
        yield from self._some(-1, 0)

    @overload
    def __getitem__(self, place: int) -> Change: ...
    @overload
    def __getitem__(self, place: slice) -> list[Change]: ...
    def __getitem__(self, place: int | slice) -> Change | list[Change]:
        places = range(len(self))[place]
        if isinstance(places, int):
            return next(self._some(1, places))
        return [self[one] for one in places]

    def _some(self, limit: int, offset: int) -> Iterator[Change]:
        query = "SELECT body FROM change ORDER BY at, seq, kind, record LIMIT ? OFFSET ?"
        for (body,) in self._file.execute(query, (limit, offset)):
            yield _decode_change(body)

    def _write(self, waiting: list[tuple[object, ...]]) -> None:
        self._file.executemany("INSERT INTO change VALUES (?, ?, ?, ?, ?)", waiting)
        waiting.clear()


def _temporary(owner: object) -> sqlite3.Connection:
    """Open a database that lives in a file nobody else sees, and is gone with its owner."""
    connection = sqlite3.connect("", isolation_level=None)
    weakref.finalize(owner, connection.close)
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    # Nothing is ever committed: what is written is read by this connection alone.
    connection.execute("BEGIN")
    return connection
