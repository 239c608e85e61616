"""The whole engine over JSON lines, beside the floor: decoding the same lines and writing the same rows, nothing else.

python -m benchmarks run [--quick]
"""

import json
import resource
import sqlite3
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from benchmarks import data
from benchmarks.measure import rate, table, verdict
from novigem.engine.engine import Engine
from novigem.feed.jsonl.source import JsonLinesSource
from novigem.feed.source import PAGE_SIZE
from novigem.ledger.sql import tables
from novigem.ledger.sql.connections import SQLITE_PRAGMAS
from novigem.ledger.sql.store import open_store
from novigem.program import dump_program, load_program

_PAGE = PAGE_SIZE
_SMALL, _LARGE = 100_000, 1_000_000


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    size = _SMALL if quick else _LARGE
    with TemporaryDirectory() as folder:
        small, lines = Path(folder, "small.jsonl"), Path(folder, "lines.jsonl")
        data.write_lines(small, _SMALL // 10 if quick else _SMALL)
        data.write_lines(lines, size)
        program = Path(folder, "season.yaml")
        program.write_text(dump_program(data.program()))
        runs = [_pair(lines, program, Path(folder, f"{n}")) for n in range(3 if quick else 2)]
        memory = [_child("ours", small, program, Path(folder, "small.db")), runs[0][0]]
        ours, floor = (median(size / run[side]["seconds"] for run in runs) for side in (0, 1))
        table(
            f"{size:,} changes of 20 fields from JSON lines to SQLite, 10 rules, {runs[0][0]['entries']:,} entries",
            ("", "changes"),
            [("novigem run", rate(ours)), ("floor: decode + the same rows by sqlite3", rate(floor))],
        )
        verdict(
            "time of a run to the floor",
            median(one["seconds"] / two["seconds"] for one, two in runs),
            3,
            at_least=False,
        )
        peaks = [run["megabytes"] for run in memory]
        print(f"  peak memory: {peaks[0]:.0f} MB at {memory[0]['changes']:,} changes, {peaks[1]:.0f} MB at {size:,}")
        verdict("peak memory of the larger run to the smaller", peaks[1] / peaks[0], 1.3, at_least=False)


def _pair(lines: Path, program: Path, stem: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Run ours, then the floor with the rows that ours wrote."""
    done, raw = stem.with_suffix(".db"), stem.with_suffix(".raw.db")
    ours = _child("ours", lines, program, done)
    floor = _child("floor", lines, done, raw)
    for database in (done, raw):
        database.unlink()
    return ours, floor


def _child(*arguments: str | Path) -> dict[str, Any]:
    """Measure in a process of its own, so that memory is its own too."""
    command = [sys.executable, "-m", "benchmarks.run", *map(str, arguments)]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def ours(lines: str, program: str, database: str) -> dict[str, Any]:
    """Run the engine."""
    engine = Engine(open_store(f"sqlite:///{database}"), [load_program(program)])
    start = time.perf_counter()
    report = engine.run(JsonLinesSource(lines))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "megabytes": peak, "changes": report.changes, "entries": report.entries}


def floor(lines: str, done: str, raw: str) -> dict[str, Any]:
    """Decode the lines and insert the rows, page by page. Fetching the rows from the finished database is not timed."""
    with open_store(f"sqlite:///{raw}").begin() as transaction:
        del transaction  # only the schema is wanted
    source, target = sqlite3.connect(done), sqlite3.connect(raw)
    for pragma in SQLITE_PRAGMAS:
        target.execute(pragma)
    decode = msgspec.json.Decoder().decode
    changes = source.execute("SELECT * FROM novigem_change ORDER BY at, digest")
    entries = source.execute("SELECT * FROM novigem_ledger ORDER BY entry")
    pages = -(-source.execute("SELECT count(*) FROM novigem_change").fetchone()[0] // _PAGE)
    per_page = -(-source.execute("SELECT count(*) FROM novigem_ledger").fetchone()[0] // pages)
    rest = {name: source.execute(f"SELECT * FROM {name}").fetchall() for name in _rest()}
    seconds = 0.0
    with Path(lines).open("rb") as file:
        for page in range(pages):
            changed, entered = changes.fetchmany(_PAGE), entries.fetchmany(per_page)
            start = time.perf_counter()
            for line in islice(file, _PAGE):
                decode(line)
            _insert(target, "novigem_change", changed)
            _insert(target, "novigem_ledger", entered)
            if page == pages - 1:
                for name, rows in rest.items():
                    _insert(target, name, rows)
            target.commit()
            seconds += time.perf_counter() - start
    return {"seconds": seconds}


def _rest() -> list[str]:
    return [
        name for name in tables.metadata.tables if name not in ("novigem_change", "novigem_ledger", "novigem_program")
    ]


def _insert(connection: sqlite3.Connection, name: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)


if __name__ == "__main__":
    print(json.dumps({"ours": ours, "floor": floor}[sys.argv[1]](*sys.argv[2:])))
