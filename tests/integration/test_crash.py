"""Killed at any moment, a run goes on where it stopped and ends with the ledger of an uninterrupted one."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from novigem.engine.engine import Engine
from novigem.feed import JsonLinesSource, write_changes
from novigem.ledger.sql.store import open_store
from novigem.model.entry import Entry
from novigem.program import load_program_text
from novigem.testing import make_change, make_person
from tests.property.runs import bare, state

PROGRAM = """\
program: crash
name: Crash
starts: 2026-01-05
weeks: 6
rules:
  - {id: moved, object: Opportunity, trigger: update, points: 3, once_per: change, challenge: weekly}
  - {id: created, object: Opportunity, trigger: create, points: 10}
challenges:
  - id: weekly
    name: Weekly
    type: recurring
    cadence: weekly
    goal: {distinct: AccountId, target: 3}
    completion: {bonus: 20, badge: regular}
badges:
  - {id: regular, name: Regular}
leaderboards:
  - {id: board, name: Board, ties: [distinct_accounts]}
"""
RUN = """
import sys
from novigem.engine.engine import Engine
from novigem.feed import JsonLinesSource
from novigem.ledger.sql.store import open_store
from novigem.program import load_program
program, changes, database = sys.argv[1:]
engine = Engine(open_store("sqlite:///" + database), [load_program(program)])
print("ready", flush=True)
engine.run(JsonLinesSource(changes, page_size=25))
"""
MOST_KILLS = 4


def write_input(folder: Path) -> tuple[Path, Path]:
    """Write a program, and changes of which some arrive late."""
    chance = random.Random(7)
    rows = [
        make_change(
            chance.choice(("create", "update")),
            record=chance.randint(1, 600),
            owner=chance.randint(1, 9),
            at=f"2026-01-{chance.randint(5, 28):02d}T{chance.randint(0, 23):02d}:00:00Z",
            AccountId=f"001{chance.randint(1, 40):012d}AAA",
            Amount=number,
        )
        for number in range(1000)
    ]
    program, changes = folder / "program.yaml", folder / "changes.jsonl"
    program.write_text(PROGRAM)
    with changes.open("wb") as stream:
        write_changes(rows, [make_person(n, name=f"User {n}") for n in range(1, 10)], stream)
    return program, changes


def ledger(database: Path) -> tuple[list[Entry], object]:
    store = open_store(f"sqlite:///{database}")
    found = [bare(entry) for entry in store.entries()], state(store)
    store.close()
    return found


def test_a_run_killed_at_random_moments_ends_with_the_uninterrupted_ledger(tmp_path: Path) -> None:
    program, changes = write_input(tmp_path)
    whole, killed = tmp_path / "whole.db", tmp_path / "killed.db"
    store = open_store(f"sqlite:///{whole}")
    started = time.monotonic()
    Engine(store, [load_program_text(PROGRAM)]).run(JsonLinesSource(changes, page_size=25))
    length = time.monotonic() - started
    store.close()
    chance = random.Random(11)
    kills = 0
    command = [sys.executable, "-c", RUN, str(program), str(changes), str(killed)]
    for _turn in range(50):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            if kills < MOST_KILLS:
                time.sleep(chance.uniform(0, length / 3))
                if process.poll() is None:
                    process.kill()
                    kills += 1
            process.wait(60)
        if process.returncode == 0:
            break
    assert process.returncode == 0
    if kills < 2:
        pytest.fail("the run ended before it could be killed twice")
    assert ledger(killed) == ledger(whole)
