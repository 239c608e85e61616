"""Play a whole season of an invented team through the public Python API, and prove its end.

    python scripts/season.py FOLDER [--members 12] [--weeks 6] [--seed 1] [--intensity 1]

Changes come as a bad feed brings them: late, out of order, twice. Each act is one function; whatever else a season
needs (a rule edited midway, an appeal, a close) is one more act, called in its place in `play`.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from novigem import Board, Engine, Page, Program, Queries, RunReport, SqlStore, examine, load_program, open_store
from novigem.flags import Look, look
from novigem.playbooks import copy_playbook
from novigem.simulation import CHEATERS, Lateness, Plan, Season, pages

_PLAYBOOK = "account-expansion"


class Played(NamedTuple):
    """What a season came to."""

    program: Program
    season: Season
    report: RunReport
    board: Board
    flags: Look
    problems: int


def play(folder: Path, plan: Plan, lateness: Lateness = Lateness()) -> Played:  # noqa: B008 - a tuple cannot change
    """Play every act in a folder, and say what happened."""
    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(f"sqlite:///{folder / 'season.db'}")
    try:
        # Act 1: somebody writes a program.
        program = write_program(folder, plan)

        # Act 2: the team works, and syncs bring what it did, late and twice.
        season = Season(plan)
        report = bring(store, program, season, lateness)

        # Act 3: who stands where at the end.
        board = standings(store, program)

        # Act 4: what a leader should look at before prizes are given.
        flags = look_for_gaming(store, program)

        # Act 5: every figure follows from the ledger, and the ledger from the changes.
        problems = prove(store, program)
    finally:
        store.close()
    return Played(program, season, report, board, flags, problems)


def write_program(folder: Path, plan: Plan) -> Program:
    """Copy the playbook for the first day of the season, and read it back."""
    path = folder / "program.yaml"
    if not path.exists():
        copy_playbook(_PLAYBOOK, path, plan.first_day)
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("weeks: 6", f"weeks: {plan.weeks}"), encoding="utf-8")
    return load_program(path)


def bring(store: SqlStore, program: Program, season: Season, lateness: Lateness) -> RunReport:
    """Feed every sync to the engine as one page; the people come with the first."""
    engine = Engine(store, [program])
    total = RunReport()
    people = season.team.people
    for page in pages(season.changes(), lateness, seed=season.plan.seed):
        total.add(engine.apply(Page(tuple(page), people=people)))
        people = ()
    return total


def standings(store: SqlStore, program: Program) -> Board:
    """Read the first board of the program."""
    return Queries(store, now=datetime.now(UTC)).board(program_id=program.program)


def look_for_gaming(store: SqlStore, program: Program) -> Look:
    """Run all detectors over the season."""
    return look(store, program)


def prove(store: SqlStore, program: Program) -> int:
    """Count the figures that do not follow from the ledger or the changes."""
    return sum(len(problems) for _name, problems in examine(store, {program.program: program}))


def tell(played: Played) -> None:
    """Print what happened, for a person."""
    report = played.report
    print(f"{report.changes:,} changes came, {report.new_changes:,} of them new; {report.corrections} corrections")
    print(f"{report.entries:,} awards, {report.bonuses} bonuses, {report.badges} badges, {report.points:,} points")
    print(f"\n{played.board.name}")
    for row in played.board.rows[:10]:
        print(f"{row.rank:4}  {row.name:24} {row.points:6,}")
    print(f"\n{len(played.flags.flags)} flags for a person to judge")
    for flag in played.flags.flags[:10]:
        print(f"{flag.finding.severity:4}  {flag.detector.title}: {flag.finding.evidence}")
    print(f"\n{played.problems} figures differ from what the ledger and the changes say")


def main() -> None:
    """Play one season and tell about it."""
    parser = argparse.ArgumentParser(description="Play a whole season of an invented team.")
    parser.add_argument("folder", type=Path, help="where the program and the database go")
    parser.add_argument("--members", type=int, default=12, help="honest people")
    parser.add_argument("--cheaters", type=int, default=2, help="how many of the six ways to cheat, one person each")
    parser.add_argument("--weeks", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--intensity", type=float, default=1.0, help="how much everybody does, beside a usual day")
    given = parser.parse_args()
    plan = Plan(given.members, given.weeks, given.seed, given.intensity, cheaters=CHEATERS[: given.cheaters])
    tell(play(given.folder, plan))


if __name__ == "__main__":
    main()
