"""This checkout beside another revision of it, in one run: the same work in turn, in processes of their own.

python -m benchmarks.compare REVISION [NAME...] [--quick] [--rounds N]

NAME is one of rules, run, ledger, seasons, sync and start; without a name, all of them.

Times are processor times, of whole processes where a run is long. Both sides get the same lines, programs and
databases, made by this checkout. The figure is the median of the ratios of the rounds: above 1, this checkout is the
faster one. A revision whose benchmarks are called otherwise cannot be compared; its code is not changed.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import data, ledger, seasons, sync
from benchmarks.databases import copied
from benchmarks.measure import table
from benchmarks.sample import sample_org
from novigem.feed.jsonl.source import write_changes
from novigem.ledger.sql.store import open_store
from novigem.program import dump_program
from novigem_sandbox.team import Season, large_plan

#: Does the work of one side in a checkout, and gives how long it took, in seconds.
Side = Callable[[Path], float]

_HERE = Path(__file__).parent.parent
_LEAST = 0.95
_RULES = """
import sys, time
from zoneinfo import ZoneInfo
from benchmarks import data
from novigem.rules.compile import compile_rules
changes = list(data.changes(int(sys.argv[1])))
match = compile_rules([(rule, ZoneInfo("UTC")) for rule in data.rules(100)])
start = time.process_time()
for _round in range(20):
    for change in changes:
        match(change)
print(time.process_time() - start)
"""
_HELP = """
import sys, time
from novigem.cli.main import main
sys.argv = ["novigem", "--help"]
try:
    main()
finally:
    print(time.process_time())
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.partition("\n")[0])
    parser.add_argument("revision")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*SIDES, []], help=", ".join(SIDES))
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="so often each side works; 7")
    options = parser.parse_args()
    with TemporaryDirectory() as folder, checkout(options.revision) as other:
        rows = []
        for name in options.names or SIDES:
            place = Path(folder, name)
            place.mkdir()
            for what, side in SIDES[name](place, quick=options.quick):
                found = _in_turn(side, other, options.rounds)
                rows.append((what, *_figures(found)))
                print(rows[-1], flush=True)
        table(f"beside {options.revision}", ("", "here, s", "there, s", "there / here", "lowest", "highest"), rows)
        short = [row[0] for row in rows if float(row[3]) < _LEAST]
        print(f"  {'SHORT ' + ', '.join(short) if short else 'ok   '} (at least {_LEAST})")


@contextmanager
def checkout(revision: str) -> Iterator[Path]:
    """Give a checkout of a revision, for as long as the block runs."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "there")
        git = ["git", "-C", str(_HERE), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), revision], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def _in_turn(side: Side, other: Path, rounds: int) -> list[tuple[float, float]]:
    found = []
    for number in range(rounds + 1):
        first, second = (_HERE, other) if number % 2 else (other, _HERE)
        spent = {place: side(place) for place in (first, second)}
        found.append((spent[_HERE], spent[other]))
    # The first round warms the caches of the disk.
    return found[1:]


def _figures(found: list[tuple[float, float]]) -> tuple[str, ...]:
    ratios = [there / here for here, there in found]
    mine, theirs = (median(one[side] for one in found) for side in (0, 1))
    return f"{mine:.3f}", f"{theirs:.3f}", f"{median(ratios):.3f}", f"{min(ratios):.2f}", f"{max(ratios):.2f}"


def _printed(place: Path, *arguments: str | Path) -> str:
    """Give what a Python process prints that imports a checkout."""
    environment = os.environ | {"PYTHONPATH": str(place)}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=place, env=environment).stdout


def _seconds(place: Path, module: str, *arguments: str | Path) -> float:
    """Give the processor time of a whole process: what else a machine does matters less to it than to a clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _printed(place, "-m", f"benchmarks.{module}", *arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _fresh(base: Path) -> Path:
    """Give a copy of a database, or the name of none where there is no base."""
    copy = base.with_name("copy.db")
    for suffix in ("", "-wal", "-shm"):
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    if base.exists():
        shutil.copy(base, copy)
    return copy


def rules(_place: Path, *, quick: bool) -> Iterator[tuple[str, Side]]:
    """Rule evaluation, 100 rules."""
    count = "20000" if quick else "50000"
    yield "rules: 100 rules", lambda where: float(_printed(where, "-c", _RULES, count))


def run(place: Path, *, quick: bool) -> Iterator[tuple[str, Side]]:
    """JSON lines to SQLite."""
    lines, program = place / "lines.jsonl", place / "season.yaml"
    data.write_lines(lines, 50_000 if quick else 300_000)
    program.write_text(dump_program(data.program()))
    yield (
        "run: 10 rules, 2 % pay",
        lambda where: _seconds(where, "run", "ours", lines, program, _fresh(place / "no.db")),
    )


def ledger_(place: Path, *, quick: bool) -> Iterator[tuple[str, Side]]:
    """Let every change pay, onto a full ledger."""
    lines, program, full = place / "lines.jsonl", place / "season.yaml", place / "full.db"
    data.write_lines(lines, 20_000 if quick else 100_000, users=1000)
    program.write_text(dump_program(data.paying_program()))
    with open_store(f"sqlite:///{full}").begin():
        pass  # only the schema is wanted
    ledger._close(full)
    ledger._fill(full, 100_000 if quick else 1_000_000)
    for what in ("awards", "everything"):
        yield (
            f"ledger: {what}",
            lambda where, what=what: _seconds(where, "ledger", what, _fresh(full), lines, program),  # type: ignore[misc]
        )


def seasons_(place: Path, *, quick: bool) -> Iterator[tuple[str, Side]]:
    """Run the careful season of the examples, with everything on, and one where every rule pays."""
    plan = large_plan(20_000 if quick else 150_000)
    season = Season(plan)
    lines = place / "season.jsonl"
    with lines.open("wb") as stream:
        write_changes(season.changes(), season.team.people, stream)
    worlds = {"careful": (seasons._careful, seasons._fill_careful), "every rule": (seasons._dense, seasons._fill_dense)}
    for name, (make, full) in worlds.items():
        program = place / f"{name}.yaml"
        made = seasons.season_program(seasons._World(name, make, full), plan, season.team, full=True)
        program.write_text(dump_program(made))
        yield (
            f"seasons: {name}",
            lambda where, program=program: _seconds(  # type: ignore[misc]
                where, "run", "ours", lines, program, _fresh(place / "no.db")
            ),
        )


def sync_(place: Path, *, quick: bool) -> Iterator[tuple[str, Side]]:
    """Play the path of a poll from memory: from an org's answer to the committed transaction."""
    program, tape = place / "season.yaml", place / "polls.tape"
    program.write_text(dump_program(sync._program()))
    base = f"sqlite:///{place / 'base.db'}"
    with sample_org(*((5_000, 10_000) if quick else (50_000, 100_000))) as address:
        sync._child("fill", place, base, address)
        sync._change(address)
        sync._child("polls", place, base, address, 1, "as it is")
        sync._child("polls", place, copied(base, "polled"), address, 10, str(tape))

    def path(where: Path) -> float:
        copies = copied(base, "ours"), copied(base, "floor")
        polls = json.loads(_printed(where, "-m", "benchmarks.poll_path", *copies, tape, program))["polls"]
        return sum(poll["ours"] for poll in polls)

    yield "sync: path of ten polls", path


def start(_place: Path, *, quick: bool) -> Iterator[tuple[str, Side]]:
    """How long `novigem --help` takes, in processor time."""
    del quick
    yield "start: novigem --help", lambda where: float(_printed(where, "-c", _HELP).splitlines()[-1])


SIDES: dict[str, Callable[..., Iterator[tuple[str, Side]]]] = {
    "rules": rules,
    "run": run,
    "ledger": ledger_,
    "seasons": seasons_,
    "sync": sync_,
    "start": start,
}


if __name__ == "__main__":
    main()
