"""The path of a poll from the org's answers to the committed transactions, beside the floor of what it stands on.

The floor unzips and decodes the same answers, and writes the same rows of copies and change log, page by page. Both
take the answers from memory, so that the server's work is in neither.

python -m benchmarks.poll_path DATABASE COPY TAPE PROGRAM
python -m benchmarks.poll_path DATABASE TAPE PROGRAM        (memory after each poll instead)
"""

import json
import resource
import sqlite3
import sys
import zlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from unittest import mock

import msgspec
import psycopg
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from benchmarks.tape import Player, Wire
from novigem.engine.engine import Engine
from novigem.feed.salesforce.client import connect
from novigem.feed.salesforce.settings import OrgSettings, ReadyToken
from novigem.feed.source import Page
from novigem.ledger.sql import connections as engines
from novigem.ledger.sql import tables
from novigem.ledger.sql.bulk import BulkWriter, arrays
from novigem.ledger.sql.connections import SQLITE_PRAGMAS
from novigem.ledger.sql.store import open_store
from novigem.model.change import change_body, change_digest, to_micros
from novigem.program import load_program
from novigem.sync import Sync

# Our own statements, so that the floor is what they cost without us. `sweep` is kept as the writer keeps it.
_COPIES = BulkWriter(tables.snapshot, "update", keep=["sweep"])
_LOG = BulkWriter(tables.change, "ignore")
_WATCHED = frozenset(("Opportunity", "Task"))
_decode = msgspec.json.Decoder().decode

Rows = Sequence[tuple[Any, ...]]


class Committed(NamedTuple):
    """A page that we committed, and when."""

    page: Page
    at: float


class Floor:
    """A plain connection that writes the rows of a page in a transaction."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        self.connection: Any = sqlite3.connect(parsed.database) if self._is_sqlite else psycopg.connect(url)
        for pragma in SQLITE_PRAGMAS if self._is_sqlite else ():
            self.connection.execute(pragma)

    def work(self, wire: Wire, copies: Rows, log: Rows) -> float:
        """Do the floor's work on a page; gives the seconds."""
        start = perf_counter()
        _decode(unzipped(wire))
        self._write(_COPIES, copies)
        self._write(_LOG, log)
        self.connection.commit()
        return perf_counter() - start

    def _write(self, writer: BulkWriter, rows: Rows) -> None:
        if self._is_sqlite:
            self.connection.executemany(writer._sqlite, rows)
        else:
            self.connection.execute(writer._postgres, arrays(rows))


def unzipped(wire: Wire) -> bytes:
    """Give the body of an answer."""
    zipped = any(name.lower() == "content-encoding" and value == "gzip" for name, value in wire.headers.items())
    return zlib.decompress(wire.body, 31) if zipped else wire.body


def measure(database: str, copy: str, tape: str, program: str) -> dict[str, Any]:
    """Play the polls of a tape into a database, and after each the floor's work into its copy."""
    player = Player(Path(tape))
    committed: list[Committed] = []
    settings = OrgSettings(ReadyToken("http://127.0.0.1:1", SecretStr("token")))
    polls: list[dict[str, Any]] = []
    with player.playing(), connect(settings) as org:
        store = open_store(database)
        engine = Engine(store, [load_program(program)])
        sync = Sync(engine, org, observer=lambda _told, page: committed.append(Committed(page, perf_counter())))
        floor = Floor(copy)
        for _poll in range(player.polls):
            start = perf_counter()
            report = sync.run()
            whole = perf_counter() - start
            assert not report.errors, report.errors
            handed = [(wire, at) for wire, at in player.handed if _holds_records(wire)]
            pages = [one for one in committed if one.page.snapshots]
            pairs = list(zip(handed, pages, strict=True))
            polls.append(
                {
                    "rows": sum(len(one.page.snapshots) for one in pages),
                    "changes": report.sum("changes"),
                    "entries": report.sum("entries"),
                    "whole": whole,
                    "ours": sum(one.at - at for (_wire, at), one in pairs),
                    "floor": sum(floor.work(wire, *_rows(one.page)) for (wire, _at), one in pairs),
                }
            )
            committed.clear()
            player.end_poll()
        store.close()
        with closing(floor.connection):
            return {"polls": polls}


def peaks(database: str, tape: str, program: str) -> dict[str, Any]:
    """Play the polls of a tape, and give the peak memory in megabytes after each.

    SQLite may fill a cache of 64 MB with pages of its file, as more of them are touched. It is held small here, so that
    what grows would be ours.
    """
    small = [pragma for pragma in SQLITE_PRAGMAS if "cache_size" not in pragma] + ["PRAGMA cache_size=-4000"]
    player = Player(Path(tape))
    settings = OrgSettings(ReadyToken("http://127.0.0.1:1", SecretStr("token")))
    megabytes = []
    with mock.patch.object(engines, "SQLITE_PRAGMAS", small), player.playing(), connect(settings) as org:
        store = open_store(database)
        sync = Sync(Engine(store, [load_program(program)]), org)
        for _poll in range(player.polls):
            assert not sync.run().errors
            player.end_poll()
            megabytes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        store.close()
    return {"megabytes": megabytes}


def _holds_records(wire: Wire) -> bool:
    records = _decode(unzipped(wire)).get("records") or [{}]
    return records[0].get("attributes", {}).get("type") in _WATCHED


def _rows(page: Page) -> tuple[Rows, Rows]:
    """Give the rows that a page led to, as its transaction wrote them."""
    copies = [(*page.stream, *msgspec.structs.astuple(one), 0) for one in page.snapshots] if page.stream else []
    log = []
    for change in page.changes:
        body = change_body(change)
        log.append((to_micros(change.at), change_digest(body), change.object, change.id, change.kind, body.decode()))
    return copies, sorted(log)


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:]) if len(sys.argv) == 5 else peaks(*sys.argv[1:])))
