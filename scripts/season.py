"""Play a whole season of an invented team through the public Python API, and prove its end.

    python scripts/season.py FOLDER [--members 57] [--changes 300000] [--weeks 6] [--seed 1]

Changes come as a bad feed brings them: late, out of order, twice. Records change hands, a rule is edited midway, two
people appeal, three people cheat, and some work arrives after the season was closed. Each act is one function.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from novigem import (
    Change,
    Engine,
    Page,
    Program,
    Queries,
    RunReport,
    SqlStore,
    Wish,
    apply_program,
    examine,
    explain_record,
    load_program,
    open_store,
)
from novigem.audit.flags import look
from novigem.engine.manual import Manual
from novigem.engine.requests import Requests
from novigem.ledger.store import EntryFilter, RowFilter
from novigem.model.change import from_micros
from novigem.model.closing import Closing
from novigem.model.entry import Entry, EntryKind
from novigem.model.periods import start_of_day
from novigem.program.dump import dump_program
from novigem.queries.seasons import read_exceptions, read_season
from novigem_sandbox.team import CHEATERS, Lateness, Plan, Season, large_plan, pages

_PROGRAM = Path(__file__).parent.parent / "config/examples/careful-season.yaml"
_CHEATERS = 3
_LEADER = "Wilhelmina Achterberg"
# So many syncs come only after the season was closed.
_AFTER_CLOSING = 40


@dataclass
class Stage:
    """What the acts share: the store, the program in force, and the hour of the play."""

    store: SqlStore
    program: Program
    season: Season
    now: datetime
    engine: Engine = field(init=False)
    report: RunReport = field(default_factory=RunReport)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Begin with the program as it was written."""
        self.use(self.program)

    def use(self, program: Program) -> None:
        """Go on with another version; the engine has the clock of the play."""
        self.program = program
        self.engine = Engine(self.store, [program], clock=lambda: self.now)

    @property
    def queries(self) -> Queries:
        """Answers, read at the hour of the play."""
        return Queries(self.store, now=self.now)


def main() -> None:
    """Play one season and tell about it."""
    parser = argparse.ArgumentParser(description="Play a whole season of an invented team.")
    parser.add_argument("folder", type=Path, help="where the program and the database go")
    parser.add_argument("--members", type=int, default=57, help="honest people, beside three who cheat")
    parser.add_argument("--changes", type=int, default=300_000, help="about how many changes")
    parser.add_argument("--weeks", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    plan = large_plan(given.changes, members=given.members, weeks=given.weeks, seed=given.seed)
    plan = plan._replace(cheaters=CHEATERS[:_CHEATERS])
    play(given.folder, plan)


def play(folder: Path, plan: Plan, lateness: Lateness = Lateness()) -> int:  # noqa: B008 - a tuple cannot change
    """Play every act in a folder and say what happened; gives how many figures the doctor could not prove."""
    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(f"sqlite:///{folder / 'season.db'}")
    season = Season(plan)
    program = write_program(folder, plan)
    first = from_micros(start_of_day(plan.first_day, program.zone))
    stage = Stage(store, program, season, first)
    try:
        syncs = pages(season.changes(), lateness, seed=plan.seed)
        middle = plan.first_day + timedelta(weeks=plan.weeks // 2)
        halfway = from_micros(start_of_day(middle, program.zone))

        # Act 1: the team works, and syncs bring what it did, late and twice.
        rest = bring_until(stage, syncs, halfway)

        # Act 2: telling a risk early is worth more from the second half on.
        edit_a_rule(stage, folder, halfway)

        # Act 3: the second half; the last syncs are held back.
        kept = bring_all_but_the_last(stage, rest)

        # Act 4: two people appeal.
        stage.now = from_micros(program.window.end) + timedelta(days=2)
        appeals(stage)

        # Act 5: what a leader should look at before prizes are given.
        look_for_gaming(stage)

        # Act 6: the season is final, and some work comes too late.
        closings = close(stage)
        for page in kept:
            bring(stage, page)
        exceptions(stage, closings)

        # Act 7: every award can be explained, every figure proved.
        explain_some(stage)
        return prove(stage)
    finally:
        store.close()


def write_program(folder: Path, plan: Plan) -> Program:
    """Write the program for the days of the plan, and read it back."""
    text = _PROGRAM.read_text(encoding="utf-8")
    text = text.replace("starts: 2026-01-05", f"starts: {plan.first_day}").replace("weeks: 6", f"weeks: {plan.weeks}")
    path = folder / "season.yaml"
    path.write_text(text, encoding="utf-8")
    return load_program(path)


def bring(stage: Stage, page: Sequence[Change], *, people: bool = False) -> None:
    """Take one sync in."""
    stage.now = max(stage.now, *(change.at for change in page))
    start = time.process_time()
    told = stage.season.team.people if people else ()
    stage.report.add(stage.engine.apply(Page(tuple(page), people=told)))
    stage.seconds += time.process_time() - start


def bring_until(stage: Stage, syncs: Iterator[Sequence[Change]], end: datetime) -> Iterator[Sequence[Change]]:
    """Take in syncs as long as they bring nothing of the second half; gives those that are left."""
    for number, page in enumerate(syncs):
        if any(change.at >= end for change in page):
            return _with_first(page, syncs)
        bring(stage, page, people=number == 0)
    return iter(())


def _with_first(first: Sequence[Change], rest: Iterator[Sequence[Change]]) -> Iterator[Sequence[Change]]:
    yield first
    yield from rest


def edit_a_rule(stage: Stage, folder: Path, effective: datetime) -> None:
    """Put another version in force from a day on, and say what that means."""
    rules = tuple(
        rule.model_copy(update={"points": 12}) if rule.id == "risk-documented" else rule for rule in stage.program.rules
    )
    data = stage.program.model_copy(update={"rules": rules}).model_dump(exclude_unset=True, by_alias=True)
    edited = Program.model_validate(data)
    (folder / "season.yaml").write_text(dump_program(edited), encoding="utf-8")
    day = effective.astimezone(stage.program.zone).date()
    wish = Wish(edited, effective=day, author=_LEADER, reason="risks are told too late")
    applied = apply_program(stage.store, wish, now=effective - timedelta(hours=12))
    stage.use(edited)
    print(f"From {day} on: risk-documented pays 12 instead of 8 ({'in force' if applied.is_done else 'refused'}).")


def bring_all_but_the_last(stage: Stage, syncs: Iterator[Sequence[Change]]) -> list[Sequence[Change]]:
    """Take in the second half but for the last syncs, which are given back."""
    kept: list[Sequence[Change]] = []
    for page in syncs:
        kept.append(page)
        if len(kept) > _AFTER_CLOSING:
            bring(stage, kept.pop(0))
    report = stage.report
    print(f"{report.changes:,} changes came, {report.new_changes:,} of them new, in {stage.seconds:.0f} s of work.")
    given = f"{report.bonuses} bonuses, {report.badges} badges"
    print(f"{report.entries:,} awards, {report.corrections:,} corrections, {given}.")
    taken = (entry for entry in stage.store.entries() if entry.reverses is not None)
    for reason, count in Counter((entry.reason or "").split(":")[0] for entry in taken).most_common():
        print(f"  {count:6,}  taken back: {reason}")
    blocked: Counter[str] = Counter()
    for (_program, _rule, reason), count in report.blocked.items():
        blocked[str(reason)] += count
    for reason, count in blocked.most_common(8):
        print(f"  {count:6,}  did not pay: {reason}")
    return kept


def appeals(stage: Stage) -> None:
    """One person appeals against an award that was taken back, another for one that the cap refused."""
    requests, program = Requests(stage.engine), stage.program.program
    undone = [one for one in stage.store.entries() if (one.reason or "").startswith("undone:")]
    gone = next((one for one in undone if "deleted" in (one.reason or "")), undone[0])
    about = requests.appeal(program, gone.user, entry=gone.reverses, reason="a duplicate; the work was done")
    decided = requests.uphold(about.number, points=-gone.points, reason="the other record stands", author=_LEADER)
    who = _name(stage, decided.user)
    print(f"Appeal {decided.number} by {who} about entry {decided.entry}: upheld, {decided.points} points.")
    best = next(iter(stage.queries.board("cs-team").rows))
    entries = [one for one in stage.store.entries(EntryFilter(user=best.user)) if one.kind is EntryKind.RULE]
    second = requests.appeal(program, best.user, record=entries[-1].record, reason="it should have paid twice")
    decided = requests.reject(second.number, reason="one fact pays once", author=_LEADER)
    print(f"Appeal {decided.number} by {_name(stage, decided.user)} about record {decided.record}: rejected.")


def look_for_gaming(stage: Stage) -> None:
    """Run all detectors over the season."""
    found = look(stage.store, stage.program)
    cheaters = {member.id for member in stage.season.team.members if member.profile in CHEATERS}
    print(f"{len(found.flags)} flags for a person to judge:")
    for flag in found.flags:
        mark = "cheats" if flag.finding.user in cheaters else "honest"
        print(f"  {flag.detector.id:20} {_name(stage, flag.finding.user):24} [{mark}] {flag.finding.evidence}")


def close(stage: Stage) -> list[Closing]:
    """Close whatever is over, after the grace period."""
    stage.now = from_micros(stage.program.window.end) + timedelta(days=stage.program.closing.grace_days, hours=1)
    made = Manual(stage.engine).close_due()
    board = stage.queries.board("cs-team")
    print(f"{len(made)} standings are final. {board.name}, hash {board.digest}:")
    for row in board.rows[:10]:
        tie = f"  tie: {row.tie}" if row.tie else ""
        print(f"  {row.rank:3}  {row.name:24} {row.points:6,}  {row.entries:5} awards{tie}")
    completed = Counter(row.challenge for row in stage.store.progress_rows(RowFilter()) if row.completed is not None)
    print(
        "  completed: " + ", ".join(f"{name} {count}" for name, count in sorted(completed.items()) if "/" not in name)
    )
    return made


def exceptions(stage: Stage, closings: Sequence[Closing]) -> None:
    """Say what came too late, and that nothing of what was closed has changed."""
    kept = {one.key: one.digest for one in stage.store.closings()}
    late = sum(len(one.late) for one in read_exceptions(stage.queries, closings))
    unchanged = all(kept[one.key] == one.digest for one in closings)
    hashes = "the same" if unchanged else "OTHERS"
    print(f"{late} times an entry came too late for one of {len(closings)} closings; their hashes are {hashes}.")
    print(f"The archive says: {read_season(stage.queries, stage.program).status}.")


def explain_some(stage: Stage) -> None:
    """Explain every 50th record that earned anything, and hold the answers to the ledger."""
    standing = {one.number: one for one in _standing(stage)}
    records = sorted({one.record for one in standing.values() if one.record is not None})[::50]
    wrong = explained = 0
    for record in records:
        answers = [one for one in explain_record(stage.store, [stage.program], record) if one.verdict == "paid"]
        mine = {number for number, one in standing.items() if one.record == record}
        wrong += {one.entry for one in answers} != mine
        explained += len(answers)
    print(f"{explained:,} awards of {len(records):,} records explained; {wrong} differ from the ledger.")


def _standing(stage: Stage) -> list[Entry]:
    every = list(stage.store.entries())
    gone = {one.reverses for one in every}
    return [one for one in every if one.kind is EntryKind.RULE and one.number not in gone]


def prove(stage: Stage) -> int:
    """Let the doctor prove every figure; gives how many it could not."""
    total = 0
    for name, problems in examine(stage.store, {stage.program.program: stage.program}):
        total += len(problems)
        print(f"  {'ok' if not problems else f'{len(problems)} PROBLEMS':12} {name}")
        for problem in problems[:3]:
            print(f"       {problem}")
    return total


def _name(stage: Stage, user: str) -> str:
    return stage.queries.people([user])[user].label


if __name__ == "__main__":
    main()
