"""The sync against a sample org over HTTP: first fill, polls of changed rows, and the poll path beside its floor.

python -m benchmarks sync [--quick]
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from pydantic import SecretStr

from benchmarks.databases import copied, new_postgres, postgres
from benchmarks.measure import rate, table, verdict
from benchmarks.sample import Address, order, sample_org
from benchmarks.tape import recording
from novigem.engine.engine import Engine
from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.intake import PollOptions
from novigem.feed.salesforce.settings import OrgSettings, ReadyToken
from novigem.feed.salesforce.transport import Patience
from novigem.ledger.sql.store import open_store
from novigem.model.program import Program
from novigem.program import dump_program, load_program, load_program_text
from novigem.program.playbooks import read_playbook
from novigem.sync import Sync

_PAGE = 2000
_CHANGED = 1000  # of each of two objects
_POLLS = 10
_OBJECTS = 3  # Opportunity, Task, User
# Longer than the overlap, so that the next poll does not read the rows of this one again.
_PASSED = 1200
_AGAIN = 360
_BULK_ABOVE = 1000
_ROUNDS = 3
_PATIENCE = Patience(first=0.05)
_TARGET = 0.4
_FLAT = 1.3

Told = dict[str, Any]


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    deals, tasks = (20_000, 40_000) if quick else (200_000, 400_000)
    with TemporaryDirectory() as folder, postgres() as server:
        place = Path(folder)
        (place / "season.yaml").write_text(dump_program(_program()))
        databases = {"SQLite": f"sqlite:///{place / 'base.db'}"}
        if server is not None:
            databases["PostgreSQL"] = new_postgres(server, "base")
        small = _small(place, deals // 10, tasks // 10)
        fills, polls = _large(place, (deals, tasks), databases)
        _tell_fills(deals + tasks, fills)
        _tell_polls(deals + tasks, polls)
        _tell_memory(_peaks(place, databases["SQLite"], place / "large.tape"), small)
        for name, database in databases.items():
            _tell_path(name, place, database)


def _program() -> Program:
    """Give ten rules as they ship: those of two playbooks, and one of a third."""
    names = ("account-expansion", "renewal-readiness", "save-manager-time")
    base, renewals, hygiene = (load_program_text(read_playbook(name)) for name in names)
    filled = next(rule for rule in hygiene.rules if rule.id == "field-completed")
    others = [rule.model_copy(update={"challenge": None}) for rule in (*renewals.rules, filled)]
    return base.model_copy(update={"rules": (*base.rules, *others)})


def _small(place: Path, deals: int, tasks: int) -> list[float]:
    """Fill from an org of a tenth of the records and poll it; gives the peaks of memory after each poll."""
    database = f"sqlite:///{place / 'small.db'}"
    with sample_org(deals, tasks) as address:
        _child("fill", place, database, address)
        _change(address)
        _child("polls", place, database, address, 1, "as it is")
        _child("polls", place, copied(database, "polled"), address, _POLLS, str(place / "small.tape"))
    return _peaks(place, database, place / "small.tape")


def _large(place: Path, size: tuple[int, int], databases: dict[str, str]) -> tuple[dict[str, Told], dict[str, Told]]:
    """Fill every database, poll it once, and record further polls on a copy: the tape follows upon the databases."""
    with sample_org(*size) as address:
        fills = {name: _child("fill", place, database, address) for name, database in databases.items()}
        _change(address)
        for database in databases.values():
            _child("polls", place, database, address, 1, "as it is")
        copy = copied(databases["SQLite"], "polled")
        many = _child("polls", place, copy, address, _POLLS, str(place / "large.tape"))
        rest = _child("idle", place, copy, address)
    return fills, {"many": many, "rest": rest}


def _child(what: str, place: Path, database: str, address: Address, *more: str | int) -> Told:
    """Measure in a process of its own, so that memory and processor time are its own too."""
    arguments = [what, str(place / "season.yaml"), database, json.dumps(address), *map(str, more)]
    command = [sys.executable, "-m", "benchmarks.sync", *arguments]
    told: Told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return told


@contextmanager
def _syncing(program: str, database: str, address: Address) -> Iterator[tuple[Sync, SalesforceOrg]]:
    settings = OrgSettings(ReadyToken(address.url, SecretStr(address.token)))
    store = open_store(database)
    with connect(settings, patience=_PATIENCE) as org:
        engine = Engine(store, [load_program(program)])
        yield Sync(engine, org, options=PollOptions(bulk_above=_BULK_ABOVE)), org
    store.close()


def _timed(sync: Sync, org: SalesforceOrg) -> Told:
    """Run a sync once."""
    calls, start, worked = org.calls, perf_counter(), process_time()
    report = sync.run()
    told = {"seconds": perf_counter() - start, "worked": process_time() - worked, "calls": org.calls - calls}
    assert not report.errors, report.errors
    return told | {name: report.sum(name) for name in ("rows", "changes", "entries")}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(program: str, database: str, address: Address) -> Told:
    """Read every record once, by bulk jobs."""
    with _syncing(program, database, address) as (sync, org):
        return _timed(sync, org) | {"megabytes": _peak()}


def polls(program: str, database: str, address: Address, count: str, tape: str = "") -> Told:
    """Change records and poll, some times over; the first poll describes the objects besides.

    `tape` is where to record; "as it is" changes nothing before a poll.
    """
    runs = []
    with (
        recording(Path(tape)) if "/" in tape else nullcontext(lambda: None) as end_of_poll,
        _syncing(program, database, address) as (sync, org),
    ):
        for _poll in range(int(count)):
            if tape != "as it is":
                _change(address)
            runs.append(_timed(sync, org))
            end_of_poll()
    return {"runs": runs}


def idle(program: str, database: str, address: Address) -> Told:
    """Poll with rows in the overlap that were read before, and then with no rows at all."""
    with _syncing(program, database, address) as (sync, org):
        _change(address, passed=0)
        sync.run()
        again = []
        # Twice in a quarter of an hour.
        for _poll in range(2):
            order(address, "wait", seconds=_AGAIN)
            again.append(_timed(sync, org))
        order(address, "wait", seconds=_PASSED)
        sync.run()
        nothing = []
        for _poll in range(5):
            order(address, "wait", seconds=_AGAIN)
            nothing.append(_timed(sync, org))
    return {"again": again, "nothing": nothing}


def _change(address: Address, passed: int = _PASSED) -> None:
    order(address, "change", opportunities=_CHANGED, tasks=_CHANGED)
    order(address, "wait", seconds=passed)


def _tell_fills(records: int, fills: dict[str, Told]) -> None:
    rows = [
        (
            name,
            f"{one['seconds']:.0f} s",
            rate(records / one["seconds"]),
            f"{one['worked']:.0f} s",
            f"{one['megabytes']:.0f} MB",
            str(one["calls"]),
        )
        for name, one in fills.items()
    ]
    header = ("into", "end to end", "rows", "our processor time", "peak memory", "API calls")
    table(f"first fill of {records:,} records by Bulk API 2.0", header, rows)


def _tell_polls(records: int, large: dict[str, Told]) -> None:
    runs = large["many"]["runs"][1:]
    rows = [
        (f"{2 * _CHANGED:,} changed rows", *_figures(runs)),
        ("the same rows again, from the overlap", *_figures(large["rest"]["again"])),
        ("no rows", *_figures(large["rest"]["nothing"])),
    ]
    table(
        f"polls of two objects and the users over HTTP, SQLite with {records:,} records",
        ("", "rows read", "end to end", "our processor time", "API calls"),
        rows,
    )
    share = sum(run["entries"] for run in runs) / sum(run["changes"] for run in runs)
    print(f"  {share:.1%} of the changes paid")
    calls = max(run["calls"] - _OBJECTS * -(-_CHANGED // _PAGE) for run in runs) / _OBJECTS
    verdict("API calls an object beside its pages", calls, 3, at_least=False)


def _tell_memory(large: list[float], small: list[float]) -> None:
    print(f"  peak memory: {large[0]:.0f} MB after a poll, {large[-1]:.0f} MB after {len(large)}, ", end="")
    print(f"{small[-1]:.0f} MB after as many with a tenth of the records")
    verdict(f"peak memory of {len(large)} polls to that of one", large[-1] / large[0], _FLAT, at_least=False)
    verdict("peak memory to that with a tenth of the records", large[-1] / small[-1], _FLAT, at_least=False)


def _peaks(place: Path, database: str, tape: Path) -> list[float]:
    megabytes: list[float] = _played(copied(database, "remembered"), tape, place / "season.yaml")["megabytes"]
    return megabytes


def _played(*arguments: str | Path) -> Told:
    command = [sys.executable, "-m", "benchmarks.poll_path", *map(str, arguments)]
    told: Told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return told


def _figures(runs: list[Told]) -> tuple[str, ...]:
    seconds, worked = (median(run[name] for run in runs) * 1000 for name in ("seconds", "worked"))
    return f"{runs[0]['rows']:,}", f"{seconds:.0f} ms", f"{worked:.0f} ms", str(runs[0]["calls"])


def _tell_path(name: str, place: Path, database: str) -> None:
    """Play the tape into copies of a filled database, and print how far above the floor we are."""
    runs: list[Told] = []
    for _round in range(_ROUNDS):
        copies = copied(database, "ours"), copied(database, "floor")
        runs += _played(*copies, place / "large.tape", place / "season.yaml")["polls"]
    rows = [
        (words, rate(median(run["rows"] / run[part] for run in runs)))
        for words, part in (
            ("from the answer to the committed transaction", "ours"),
            ("whole polls: leases, people, replication calls, reports", "whole"),
            ("floor: unzip, decode, write the same rows", "floor"),
        )
    ]
    table(f"{name}: the path of a poll, answers played from memory", ("", "rows"), rows)
    verdict("rate of the path to the floor", median(run["floor"] / run["ours"] for run in runs), _TARGET)


if __name__ == "__main__":
    _what, _program_file, _database, _address, *_more = sys.argv[1:]
    _work = {"fill": fill, "polls": polls, "idle": idle}[_what]
    print(json.dumps(_work(_program_file, _database, Address(*json.loads(_address)), *_more)))
