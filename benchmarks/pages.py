"""The pages under load: a thousand boards that are open and told live, and two hundred requests a second beside them.

python -m benchmarks pages [--quick]

A server of its own process over loopback, a client in another; both share two cores, so the figures are high. Ratios
count: the same requests without streams, the same writing without the load.
"""

import asyncio
import os
import random
import resource
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import NamedTuple

from sqlalchemy import text

from benchmarks.board import _BOOK as _ALL
from benchmarks.board import _CHAINS, _fill, _read
from benchmarks.databases import postgres
from benchmarks.measure import table, verdict
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.sql.store import open_engine, open_store
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_person, make_program

_PEOPLE = 1_000
_RATE = 200
_CONNECTIONS = 32
_BOARD = "/boards/team?period=program"
_P99_TARGET, _SYNC_TARGET, _SIZE_TARGET, _SELECT_TARGET, _MEMORY_TARGET = 3.0, 1.2, 1.5, 5.0, 1.5


class Load(NamedTuple):
    """What one stretch of load gave: times of answers in milliseconds, and how they were answered.

    `work` is the processor time of the server, in seconds: it says the same however busy the machine is.
    """

    times: list[float]
    statuses: Counter[int]
    events: int
    work: float = 0.0

    @property
    def p50(self) -> float:
        """The median."""
        return median(self.times)

    @property
    def p99(self) -> float:
        """The time that one answer in a hundred exceeds."""
        return quantiles(self.times, n=100)[98]


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    seconds, streams, large = (12, 1_000, 50_000) if quick else (60, 1_000, 1_000_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8_192)), hard))
    with TemporaryDirectory() as folder:
        _under_load(Path(folder, "load.db"), seconds, streams)
        _by_size(Path(folder), 1_000, large)
    with postgres() as url:
        if url is None:
            print("\n  PostgreSQL: not measured, for no server could be started (install the `test` extra)")
        else:
            _beside_select(url, 20_000 if quick else 100_000)


def _under_load(path: Path, seconds: int, streams: int) -> None:
    _filled(path, 5_000)
    with _serving(path) as (port, server):
        asyncio.run(_load(server, port, 3, 0))
        alone = _written(path, 1)
        start = _memory(server)
        plain = asyncio.run(_load(server, port, seconds, 0))
        with ProcessPoolExecutor(1) as pool:
            written = pool.submit(_written, path, 2, seconds)
            told = asyncio.run(_load(server, port, seconds, streams))
            beside = written.result()
        early = _memory(server)
        quiet = asyncio.run(_load(server, port, seconds, streams))
        kept = asyncio.run(_load(server, port, max(5, seconds // 4), 0, tags=True))
        end = _memory(server)
    rows = [
        (
            name,
            f"{one.p50:.1f} ms",
            f"{one.p99:.1f} ms",
            f"{one.work / len(one.times) * 1e3:.1f} ms",
            f"{len(one.times):,}",
            f"{one.events:,}",
            _statuses(one),
        )
        for name, one in (
            ("no streams", plain),
            (f"{streams:,} streams, nothing written", quiet),
            (f"{streams:,} streams, written to", told),
            ("no streams, tags sent back", kept),
        )
    ]
    table(
        f"The board of {_PEOPLE:,} people, {_RATE} requests a second",
        ("", "p50", "p99", "work each", "answers", "events", "answered"),
        rows,
    )
    verdict("p99 with streams to p99 without", quiet.p99 / plain.p99, _P99_TARGET, at_least=False)
    verdict("the same while it is written to", told.p99 / plain.p99, _P99_TARGET, at_least=False)
    verdict("time to write beside the load to that without", beside / alone, _SYNC_TARGET, at_least=False)
    print(f"  memory of the server: {start:.0f} MB at first, {early:.0f} MB and {end:.0f} MB after streams")
    verdict("memory after streams a second time to that after the first", end / early, _MEMORY_TARGET, at_least=False)


def _by_size(folder: Path, small: int, large: int) -> None:
    """One board page of few entries beside one of many, in turn."""
    times: dict[int, list[float]] = {small: [], large: []}
    for entries in times:
        _filled(folder / f"{entries}.db", entries)
    with _serving(folder / f"{small}.db") as (few, _one), _serving(folder / f"{large}.db") as (many, _other):
        for _round in range(60):
            for entries, port in ((small, few), (large, many)):
                times[entries].append(asyncio.run(_one_page(port)))
    ratio = median(times[large]) / median(times[small])
    verdict(f"a board page of {large:,} entries to one of {small:,}", ratio, _SIZE_TARGET, at_least=False)


def _beside_select(url: str, people: int) -> None:
    """Hold the slowest read of a board on PostgreSQL beside the least that can be asked."""
    store = open_store(url)
    _fill(store, people)
    everybody = store.top(_ALL, (), None)
    took = []
    for ties in _CHAINS:
        for total in (everybody[people // 2], everybody[-1]):
            took += [_read(store, total, ties, distinct=distinct)[0] for distinct in (True, False)]
    engine = open_engine(url)
    least = []
    for _round in range(200):
        start = time.perf_counter()
        with engine.connect() as connection:
            connection.execute(text("SELECT 1")).scalar()
        least.append((time.perf_counter() - start) * 1e3)
    print(f"\nPostgreSQL, {people:,} people: slowest read {max(took):.2f} ms, SELECT 1 {median(least):.2f} ms")
    verdict("slowest read of a board to SELECT 1", max(took) / median(least), _SELECT_TARGET, at_least=False)
    engine.dispose()
    store.close()


def _program() -> Program:
    starts = (datetime.now(UTC) - timedelta(weeks=2)).date().isoformat()
    return make_program(starts=starts, weeks=8, leaderboards=[{"id": "team", "name": "The team"}])


def _filled(path: Path, entries: int) -> None:
    """Make a database of people with some entries."""
    store = open_store(f"sqlite:///{path}")
    engine, draw = Engine(store, [_program()]), random.Random(7)
    people = tuple(make_person(number, name=f"Person {number}") for number in range(1, _PEOPLE + 1))
    engine.apply(Page((), people=people))
    now = datetime.now(UTC) - timedelta(hours=1)
    for first in range(0, entries, 10_000):
        records = range(first, min(first + 10_000, entries))
        engine.apply([make_change(record=one, owner=draw.randint(1, _PEOPLE), at=now) for one in records])
    store.close()


def _written(path: Path, part: int, seconds: int = 10) -> float:
    """Write a page each second, as a sync does; gives the median time of one page, in seconds."""
    store = open_store(f"sqlite:///{path}")
    engine, draw, took = Engine(store, [_program()]), random.Random(part), []
    for page in range(seconds):
        now, base = datetime.now(UTC), part * 10_000_000 + page * 1_000
        changes = [make_change(record=base + one, owner=draw.randint(1, _PEOPLE), at=now) for one in range(500)]
        start = time.perf_counter()
        engine.apply(changes)
        took.append(time.perf_counter() - start)
        time.sleep(1)
    store.close()
    return median(took)


@contextmanager
def _serving(path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Serve the pages of a database; gives the port and the process."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.pages", f"sqlite:///{path}", str(port)]
    server = subprocess.Popen(command, env=dict(os.environ))
    try:
        give_up = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.1)
        yield port, server
    finally:
        server.terminate()
        server.wait()


def _memory(server: subprocess.Popen[bytes]) -> float:
    """Give the resident memory of a process in MB."""
    lines = Path(f"/proc/{server.pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _work(server: subprocess.Popen[bytes]) -> float:
    """Give the processor time of a process so far, in seconds."""
    fields = Path(f"/proc/{server.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _load(
    server: subprocess.Popen[bytes], port: int, seconds: float, streams: int, *, tags: bool = False
) -> Load:
    """Ask for the board at a steady rate, whatever the answers take, beside open streams."""
    load = Load([], Counter(), 0)
    heard = [0]
    listening = [asyncio.create_task(_listen(port, number, heard)) for number in range(1, streams + 1)]
    if streams:
        await asyncio.sleep(3)
    waiting: asyncio.Queue[float] = asyncio.Queue()
    asking = [
        asyncio.create_task(_ask(port, number, waiting, load, tags=tags)) for number in range(1, _CONNECTIONS + 1)
    ]
    loop, work = asyncio.get_running_loop(), _work(server)
    start = loop.time()
    for number in range(int(seconds * _RATE)):
        due = start + number / _RATE
        await asyncio.sleep(max(0.0, due - loop.time()))
        waiting.put_nowait(due)
    await waiting.join()
    work = _work(server) - work
    for task in (*asking, *listening):
        task.cancel()
    await asyncio.gather(*asking, *listening, return_exceptions=True)
    return load._replace(events=heard[0], work=work)


async def _ask(port: int, number: int, waiting: asyncio.Queue[float], load: Load, *, tags: bool) -> None:
    """Answer one request after another on one connection; the time counts from when it was due."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    tag, loop = "", asyncio.get_running_loop()
    while True:
        due = await waiting.get()
        kept = f"If-None-Match: {tag}\r\n" if tags and tag else ""
        writer.write(
            f"GET {_BOARD} HTTP/1.1\r\nHost: x\r\nCookie: novigem_as={make_id('005', number)}\r\n{kept}\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        await reader.readexactly(int(fields.get("content-length", 0)))
        load.times.append((loop.time() - due) * 1e3)
        load.statuses[int(head.split()[1])] += 1
        tag = fields.get("etag", "")
        waiting.task_done()


async def _listen(port: int, number: int, heard: list[int]) -> None:
    """Keep a stream open and count its events."""
    await asyncio.sleep(number / 1_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    path = _BOARD.replace("?", "/stream?")
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: novigem_as={make_id('005', number)}\r\n\r\n".encode())
    try:
        while chunk := await reader.read(1 << 16):
            heard[0] += chunk.count(b"id: ")
    finally:
        writer.close()


async def _one_page(port: int) -> float:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    start = time.perf_counter()
    writer.write(f"GET {_BOARD} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    await reader.read()
    took = time.perf_counter() - start
    writer.close()
    return took


def _statuses(load: Load) -> str:
    return ", ".join(f"{status}: {count:,}" for status, count in sorted(load.statuses.items()))


def _serve(db: str, port: int) -> None:
    import uvicorn  # noqa: PLC0415 - of the server's process alone

    from novigem.views.web.app import create_app  # noqa: PLC0415 - as above
    from novigem.views.web.no_login import NoLogin  # noqa: PLC0415 - as above
    from novigem.views.web.site import Site  # noqa: PLC0415 - as above

    site = Site(open_engine(db), NoLogin(), most_streams=5_000)
    uvicorn.run(create_app(site), port=port, log_level="error", server_header=False)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
