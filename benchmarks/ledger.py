"""What a ledger of a million entries costs: runs onto it and onto an empty one, and awards beside raw inserts.

python -m benchmarks ledger [--quick]
"""

import gc
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import data
from benchmarks.measure import rate, table, verdict
from novigem.engine import engine as engine_module
from novigem.engine.engine import Engine
from novigem.feed.jsonl.source import JsonLinesSource
from novigem.feed.source import PAGE_SIZE
from novigem.ledger.sql.connections import SQLITE_PRAGMAS
from novigem.ledger.sql.rows import entry_row
from novigem.ledger.sql.store import open_store
from novigem.ledger.sql.transaction import SqlTransaction
from novigem.model.entry import Entry, EntryKind
from novigem.program import dump_program, load_program

_BATCH = PAGE_SIZE
_USERS = 1000


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    held, size = (200_000, 50_000) if quick else (1_000_000, 200_000)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        empty, full = place / "empty.db", place / "full.db"
        with open_store(f"sqlite:///{empty}").begin():
            pass  # only the schema is wanted
        _close(empty)
        shutil.copy(empty, full)
        _fill(full, held)
        _runs(place, empty, full, size, held)
        _awards(place, full, size // 2, held)


def _runs(place: Path, empty: Path, full: Path, size: int, held: int) -> None:
    lines = place / "lines.jsonl"
    data.write_lines(lines, size)
    program = place / "season.yaml"
    program.write_text(dump_program(data.program()))
    rounds = [[_child("run", place, base, lines, program) for base in (empty, full)] for _ in range(3)]
    rows = [
        (name, rate(median(size / run[side]["seconds"] for run in rounds)))
        for side, name in enumerate(("onto an empty ledger", f"onto {held:,} entries"))
    ]
    table(f"`novigem run` of {size:,} changes, 2 % paying", ("", "changes"), rows)
    verdict("rate onto the full ledger to the empty one", median(a["seconds"] / b["seconds"] for a, b in rounds), 0.8)


def _awards(place: Path, full: Path, size: int, held: int) -> None:
    lines = place / "paying.jsonl"
    data.write_lines(lines, size, users=_USERS)
    program = place / "paying.yaml"
    program.write_text(dump_program(data.paying_program()))
    rounds = []
    for _round in range(3):
        ours = _child("awards", place, full, lines, program)
        rounds.append(
            (ours, _child("raw", place, full, ours["database"]), _child("everything", place, full, lines, program))
        )
    rows = [
        (name, rate(median(run[0]["entries"] / run[part]["seconds"] for run in rounds)))
        for part, name in (
            (0, "awards alone: ledger, progress, totals, places"),
            (2, "with rules and change log"),
            (1, "raw sqlite3 insert of the same ledger rows"),
        )
    ]
    table(f"awards: every change pays, {_USERS:,} users, onto {held:,} entries", ("", "entries"), rows)
    verdict(
        "awards alone to the raw insert", median(raw["seconds"] / ours["seconds"] for ours, raw, _all in rounds), 0.6
    )


def _child(what: str, place: Path, base: Path, *arguments: str | Path) -> dict[str, Any]:
    """Work on a copy of a database, in a process of its own."""
    copy = place / f"{what}.db"
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    shutil.copy(base, copy)
    command = [sys.executable, "-m", "benchmarks.ledger", what, str(copy), *map(str, arguments)]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def run(database: str, lines: str, program: str) -> dict[str, Any]:
    """Run the engine over lines."""
    engine = Engine(open_store(f"sqlite:///{database}"), [load_program(program)])
    start = time.perf_counter()
    engine.run(JsonLinesSource(lines))
    return {"seconds": time.perf_counter() - start}


def awards(database: str, lines: str, program: str) -> dict[str, Any]:
    """Apply pages of drafted changes without a change log: what an award alone costs, and all that follows from it."""
    return _apply(database, lines, program, alone=True)


def everything(database: str, lines: str, program: str) -> dict[str, Any]:
    """Apply pages of changes that are decoded already: rules, change log, awards."""
    return _apply(database, lines, program, alone=False)


def _apply(database: str, lines: str, program: str, *, alone: bool) -> dict[str, Any]:
    engine = Engine(open_store(f"sqlite:///{database}"), [load_program(program)])
    pages = [page.changes for page in JsonLinesSource(lines, page_size=_BATCH).pages()]
    rules = _leave_out_log_and_rules() if alone else [0.0]
    # All pages wait in memory here, which a run never does; the collector need not go through them.
    gc.collect()
    gc.freeze()
    entries = 0
    start = time.perf_counter()
    for page in pages:
        report = engine.apply(page)
        entries += report.entries + report.bonuses
    seconds = time.perf_counter() - start - sum(rules)
    return {"seconds": seconds, "entries": entries, "database": database}


def _leave_out_log_and_rules() -> list[float]:
    """Keep no change log, and time the rules from outside, to take their time off."""
    SqlTransaction.log_changes = lambda _self, rows: len(rows)  # type: ignore[method-assign]
    spent: list[float] = []
    draft = engine_module.draft_page

    def timed(*arguments: Any) -> Any:
        start = time.perf_counter()
        try:
            return draft(*arguments)
        finally:
            spent.append(time.perf_counter() - start)

    engine_module.draft_page = timed
    return spent


def raw(database: str, done: str) -> dict[str, Any]:
    """Insert the ledger rows of a finished database, a batch a transaction."""
    target = sqlite3.connect(database)
    for pragma in SQLITE_PRAGMAS:
        target.execute(pragma)
    (last,) = target.execute("SELECT max(entry) FROM novigem_ledger").fetchone()
    rows = (
        sqlite3.connect(done).execute("SELECT * FROM novigem_ledger WHERE entry > ? ORDER BY entry", (last,)).fetchall()
    )
    insert = f"INSERT INTO novigem_ledger VALUES ({', '.join('?' * len(rows[0]))})"
    start = time.perf_counter()
    for first in range(0, len(rows), _BATCH):
        target.executemany(insert, rows[first : first + _BATCH])
        target.commit()
    return {"seconds": time.perf_counter() - start}


def _fill(database: Path, count: int) -> None:
    """Put entries of an earlier season into the ledger."""
    connection = sqlite3.connect(database)
    marks = ", ".join("?" * len(entry_row(next(_entries(1)))))
    connection.executemany(f"INSERT INTO novigem_ledger VALUES ({marks})", map(entry_row, _entries(count)))
    connection.commit()
    connection.close()
    _close(database)


def _close(database: Path) -> None:
    """Bring everything into the one file, so that it can be copied."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _entries(count: int) -> Iterator[Entry]:
    chance = random.Random(7)
    users = [data.record_id("005", number) for number in range(_USERS)]
    for number in range(1, count + 1):
        record = data.record_id("006", 1_000_000 + number)
        yield Entry(
            number=number,
            key=f"last-season/rule-{number % 10}/{record}",
            kind=EntryKind.RULE,
            user=chance.choice(users),
            points=5,
            program="last-season",
            version="0123456789ab",
            rule=f"rule-{number % 10}",
            object="Opportunity",
            record=record,
            account=data.record_id("001", number % 20_000),
            change=number.to_bytes(16, "big"),
            occurred=1_700_000_000_000_000 + number,
            recorded=1_700_000_000_000_000 + number,
        )


if __name__ == "__main__":
    print(json.dumps({"run": run, "awards": awards, "everything": everything, "raw": raw}[sys.argv[1]](*sys.argv[2:])))
