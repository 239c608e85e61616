#!/usr/bin/env python3
"""Hold `convert` and `run` against an independent calculation on real exports, entry by entry.

    scripts/check_exports.py CRM_FOLDER [SEEDS_FOLDER]

CRM_FOLDER holds the public "CRM Sales Opportunities" data set (sales_pipeline.csv). Every opportunity is played out
with moments of its own, handed over and opened again by a fixed rule, and written as two exports: rows of field
history, and whole states of records in any order. SEEDS_FOLDER holds the public seeds of fivetran/dbt_salesforce
(opportunities, their type-2 history, tasks, events, leads). What each season should lead to is worked out here with the
standard library alone; then the `novigem` command converts and scores the exports.

Exits 0 when everything agrees, 1 when anything differs.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

NOVIGEM = [sys.executable, "-m", "novigem.cli.main"]
ZONE = ZoneInfo("America/New_York")
FIRST, WEEKS = datetime(2017, 7, 3, tzinfo=ZONE), 12
LAST = datetime(2017, 9, 25, tzinfo=ZONE)
HANDED, REOPENED, TARGET = 7, 11, 20
PROGRAM = """\
program: exports
name: Exports
timezone: America/New_York
starts: 2017-07-03
weeks: 12
rules:
  - id: engaged
    object: Opportunity
    trigger: create
    points: 2
    cap: {points: 6, per: day}
    challenge: steady
  - id: won
    object: Opportunity
    trigger: update
    when: [{StageName: {changedTo: Won}}]
    points: 10
    on_undo: reverse
    former_owner: {within_days: 7, percent: 50}
    challenge: wins
  - id: lost
    object: Opportunity
    trigger: update
    when: [{StageName: {changedTo: Lost}}]
    points: 10
    share: [{to: Record Owner, percent: 70}, {to: Coach__c, percent: 30}]
challenges:
  - {id: steady, name: Steady, type: timebound, goal: {streak: week, at_least: 3, target: 3}, completion: {bonus: 25}}
  - {id: wins, name: Wins, type: timebound, goal: {count: rules, target: 20}}
leaderboards:
  - {id: team, name: Team}
  - {id: share, name: Share of the target, by: percent, scope: {challenge: wins}, ranking: competition}
"""
HISTORY_MAP = """\
shape: field-history
object: Opportunity
timezone: America/New_York
date_format: ["%m/%d/%Y, %I:%M:%S %p"]
columns: {id: Opportunity ID, by: {column: Edited By, prefix: "005"}}
fields:
  Owner: {type: id}
  Amount: {type: number}
decimal: ","
thousands: "."
tracked_from_creation: true
records:
  file: records.csv
  id: Id
  fields:
    OwnerId: {column: Owner, type: id}
    Coach__c: {column: Coach, type: id}
    StageName: Stage
    Amount: {column: Amount, type: number}
"""
LOG_MAP = """\
shape: state-log
object: Opportunity
timezone: America/New_York
id: OpportunityId
at: CreatedDate
order: N
first_row: creation
by: {column: CreatedBy, type: id}
fields:
  OwnerId: {column: Owner, type: id}
  Coach__c: {column: Coach, type: id}
  StageName: Stage
  Amount: {column: Amount, type: number}
"""


SEED_PROGRAM = """\
program: seeds
name: Seeds
starts: 2018-01-01
ends: 2020-12-31
rules:
  - {id: created, object: OBJECT, trigger: create, points: 5}
  - {id: done, object: OBJECT, trigger: update, points: 10, when: [{DONE: {changedTo: true}}]}
leaderboards: [{id: team, name: Team}]
"""
OPPORTUNITIES_MAP = """\
shape: record-states
object: Opportunity
timezone: UTC
id: id
users: {id: {column: owner_id, prefix: "005"}, name: owner_id}
fields: {OwnerId: {column: owner_id, prefix: "005"}}
moments:
  - {kind: create, at: created_date, new: {IsWon: {value: false}}}
  - kind: update
    at: {column: close_date, date_format: "%Y-%m-%d 00:00:00"}
    where: {is_closed: true}
    new: {IsWon: {column: is_won, type: boolean}}
"""
ACTIVITY_MAP = """\
shape: record-states
object: OBJECT
timezone: UTC
id: id
users: {id: owner_id, name: owner_id}
fields: {OwnerId: {column: owner_id, type: id}}
moments:
  - {kind: create, at: created_date, new: {DONE: {value: false}}}
  - kind: update
    at: MOMENT
    where: {COLUMN: true}
    new: {DONE: {column: COLUMN, type: boolean}}
"""
STATES_MAP = """\
shape: state-log
object: Opportunity
timezone: UTC
id: id
at: _fivetran_start
until: _fivetran_end
created: created_date
ended: deleted
fields: {StageName: stage_name, IsWon: {column: is_won, type: boolean}, Amount: {column: amount, type: number}}
"""


class Step(NamedTuple):
    """What a deal was from a moment on."""

    at: datetime
    owner: str
    coach: str
    stage: str
    amount: int | None


class Entry(NamedTuple):
    """A line of the ledger, as far as both sides know it."""

    user: str
    what: str
    record: str
    at: str
    points: int


def ids(prefix: str, names: list[str]) -> dict[str, str]:
    """Give each name an id of 18 characters: digits only, so that its ending is AAA."""
    return {name: f"{prefix}{number:012}AAA" for number, name in enumerate(sorted(set(names)), start=1)}


def deals_of(folder: Path) -> dict[str, list[Step]]:
    """Play out every opportunity: engaged, perhaps handed over, closed, perhaps opened again."""
    with (folder / "sales_pipeline.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    users = ids("005", [row["sales_agent"] for row in rows])
    everybody = sorted(users.values())
    lives: dict[str, list[Step]] = {}
    for number, row in enumerate(rows):
        if not row["engage_date"]:
            continue
        owner = users[row["sales_agent"]]
        place = everybody.index(owner)
        coach, heir = everybody[(place + 5) % len(everybody)], everybody[(place + 1) % len(everybody)]
        start = moment(row["engage_date"], number)
        life = [Step(start, owner, coach, "Engaging", None)]
        if row["close_date"]:
            close = moment(row["close_date"], number) + timedelta(hours=1)
            if number % HANDED == 0 and close - timedelta(days=3) > start:
                life.append(life[-1]._replace(at=close - timedelta(days=3), owner=heir))
            life.append(life[-1]._replace(at=close, stage=row["deal_stage"], amount=int(row["close_value"])))
            if number % REOPENED == 0:
                life.append(life[-1]._replace(at=close + timedelta(days=2), stage="Engaging"))
        lives[f"006{number:012}AAA"] = life
    return lives


def moment(day: str, number: int) -> datetime:
    """Give each deal a time of its own between nine and five."""
    at = datetime.strptime(day, "%m/%d/%Y").replace(tzinfo=ZONE)
    return at.replace(hour=9) + timedelta(seconds=number * 3 % 27_000)


def expected(lives: dict[str, list[Step]]) -> tuple[Counter[Entry], dict[str, float]]:
    """Work out the standing entries, and everybody's percentage of the target."""
    entries: list[Entry] = []
    created = sorted((life[0].at, record, life[0].owner) for record, life in lives.items())
    a_day: Counter[tuple[str, str]] = Counter()
    weeks: dict[str, dict[int, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for at, record, owner in created:
        if FIRST <= at < LAST:
            a_day[owner, f"{at:%Y-%m-%d}"] += 1
            paid = 2 if a_day[owner, f"{at:%Y-%m-%d}"] <= 3 else 0
            entries.append(Entry(owner, "engaged", record, utc(at), paid))
            weeks[owner][(at.date() - FIRST.date()).days // 7].append(at)
    for owner, found in weeks.items():
        entries += steady(owner, found)
    wins: Counter[str] = Counter()
    for record, life in lives.items():
        for before, step in pairwise(life):
            if step.stage == before.stage or not FIRST <= step.at < LAST:
                continue
            if step.stage == "Lost":
                entries.append(Entry(step.owner, "lost", record, utc(step.at), 7))
                entries.append(Entry(step.coach, "lost", record, utc(step.at), 3))
            if step.stage == "Won" and life[-1].stage == "Won":
                parts = {life[0].owner: 5, step.owner: 5} if life[0].owner != step.owner else {step.owner: 10}
                entries += [Entry(user, "won", record, utc(step.at), points) for user, points in parts.items()]
                wins.update(parts)
    return Counter(entries), {user: points / 10 / TARGET * 100 for user, points in wins.items()}


def steady(owner: str, weeks: dict[int, list[datetime]]) -> list[Entry]:
    """Give the bonus for the first three weeks in a row with three creations each, when the last of them has three."""
    run = 0
    for week in range(WEEKS):
        run = run + 1 if len(weeks[week]) >= 3 else 0
        if run == 3:
            return [Entry(owner, "steady", "", utc(weeks[week][2]), 25)]
    return []


def utc(at: datetime) -> str:
    """Write a moment as the ledger does."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def write_history(folder: Path, lives: dict[str, list[Step]]) -> int:
    """Write a report of field history and, beside it, the records as they are now."""
    rows = []
    for record, life in lives.items():
        rows.append([record[:15], "Created.", "", "", told(life[0].at), life[0].owner])
        for before, step in pairwise(life):
            texts = {
                "Opportunity Owner": (before.owner, step.owner),
                "Stage": (before.stage, step.stage),
                "Amount": (euros(before.amount), euros(step.amount)),
            }
            rows += [
                [record[:15], name, old, new, told(step.at), step.owner]
                for name, (old, new) in texts.items()
                if old != new
            ]
    random.Random(1).shuffle(rows)
    header = ["Opportunity ID", "Field / Event", "Old Value", "New Value", "Edit Date", "Edited By"]
    foot = [[], ["Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."]]
    write_rows(folder / "history.csv", [["Changes of opportunities"], header, *rows, *foot], ";")
    now = [[r, life[-1].owner, life[-1].coach, life[-1].stage, euros(life[-1].amount)] for r, life in lives.items()]
    write_rows(folder / "records.csv", [["Id", "Owner", "Coach", "Stage", "Amount"], *now], ";")
    return len(rows)


def write_log(folder: Path, lives: dict[str, list[Step]]) -> int:
    """Write the states of all records, in no order."""
    rows = [
        [record, f"{step.at.isoformat()}", step.owner, step.coach, step.stage, step.amount, number, step.owner]
        for record, life in lives.items()
        for number, step in enumerate(life)
    ]
    random.Random(2).shuffle(rows)
    header = ["OpportunityId", "CreatedDate", "Owner", "Coach", "Stage", "Amount", "N", "CreatedBy"]
    write_rows(folder / "log.csv", [header, *rows], ",")
    return len(rows)


def write_rows(path: Path, rows: list[list[object]], delimiter: str) -> None:
    """Write a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def told(at: datetime) -> str:
    """Write a moment as a new American report does."""
    return f"{at:%m/%d/%Y, %I:%M:%S\u202f%p}"


def euros(amount: int | None) -> str:
    """Write an amount as a German report does."""
    return "" if amount is None else f"{amount:,} €".replace(",", ".")


def novigem(*arguments: str) -> str:
    """Run the command and give its output."""
    done = subprocess.run([*NOVIGEM, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"novigem {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def scored(folder: Path, export: str, mapping: str, program: str) -> tuple[int, Path]:
    """Convert an export and score it: the number of changes, and the database."""
    (folder / "map.yaml").write_text(mapping, encoding="utf-8")
    (folder / "program.yaml").write_text(program, encoding="utf-8")
    changes = folder / f"{export}.jsonl"
    novigem("convert", str(folder / export), "--map", str(folder / "map.yaml"), "-o", str(changes))
    database = folder / f"{export}.db"
    novigem("run", str(folder / "program.yaml"), "--from", str(changes), "--db", f"sqlite:///{database}")
    lines = changes.read_text(encoding="utf-8").splitlines()
    return sum('"users"' not in line[:10] for line in lines), database


def standing(database: Path) -> Counter[Entry]:
    """Give the entries that stand."""
    lines = [json.loads(line) for line in novigem("ledger", "--json", "--db", f"sqlite:///{database}").splitlines()]
    taken_back = {one["reverses"] for one in lines}
    return Counter(
        Entry(one["user"], one["rule"] or one["challenge"], one["record"] or "", one["occurred_at"], one["points"])
        for one in lines
        if one["kind"] != "reversal" and one["entry"] not in taken_back
    )


class Report:
    """Prints each comparison and remembers whether any failed."""

    failed = False

    def same(self, what: str, ours: Counter[Entry], theirs: Counter[Entry]) -> None:
        """Compare two ledgers, entry by entry."""
        only = [*(ours - theirs).elements()], [*(theirs - ours).elements()]
        differences = len(only[0]) + len(only[1])
        self.failed |= bool(differences)
        print(
            f"{'ok  ' if not differences else 'DIFF'} {what}: {sum(theirs.values())} entries, {differences} differences"
        )
        for side, entries in zip(("novigem", "by hand"), only, strict=True):
            for entry in entries[:5]:
                print(f"     only {side}: {entry}")


def crm(report: Report, folder: Path, work: Path) -> None:
    """Compare the two exports of the opportunities."""
    lives = deals_of(folder)
    entries, percentages = expected(lives)
    rows = {"history.csv": write_history(work, lives), "log.csv": write_log(work, lives)}
    for export, mapping in (("history.csv", HISTORY_MAP), ("log.csv", LOG_MAP)):
        changes, database = scored(work, export, mapping, PROGRAM)
        report.same(f"{export}: {rows[export]} rows, {changes} changes", standing(database), entries)
        board = json.loads(novigem("board", "share", "--json", "--db", f"sqlite:///{database}"))
        ours = {row["user"]: float(row["percent"]) for row in board["rows"] if row["percent"]}
        wrong = [user for user in {*ours, *percentages} if round(ours.get(user, 0) - percentages.get(user, 0), 6)]
        report.failed |= bool(wrong)
        print(f"{'DIFF' if wrong else 'ok  '} {export}: percentages of {len(percentages)} people, {len(wrong)} differ")


def seeds(report: Report, folder: Path, work: Path) -> None:
    """Compare the seeds: opportunities, tasks, events and leads as end states, and the type-2 history."""
    sources = (
        ("sf_opportunity_data.csv", "Opportunity", "IsWon", "is_closed", "close_date"),
        ("sf_task_data.csv", "Task", "IsClosed", "is_closed", "completed_date_time"),
        ("sf_event_data.csv", "Event", "IsDone__c", "is_archived", "end_date_time"),
        ("sf_lead_data.csv", "Lead", "IsConverted", "is_converted", "converted_date"),
    )
    for name, kind, done, flag, when in sources:
        mapping = ACTIVITY_MAP if kind != "Opportunity" else OPPORTUNITIES_MAP
        for word, value in (("OBJECT", kind), ("DONE", done), ("COLUMN", flag), ("MOMENT", when)):
            mapping = mapping.replace(word, value)
        (work / name).write_bytes((folder / name).read_bytes())
        rows = read(folder / name)
        program = SEED_PROGRAM.replace("OBJECT", kind).replace("DONE", done)
        changes, database = scored(work, name, mapping, program)
        header = json.loads((work / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[0])
        names = {user["Id"]: user["Name"] for user in header["users"]}
        ours = Counter(one._replace(user=names[one.user]) for one in standing(database).elements())
        mark = "is_won" if kind == "Opportunity" else flag
        theirs = Counter(entry for row in rows for entry in of_seed(row, flag, when, mark))
        report.same(f"{name}: {len(rows)} rows, {changes} changes", ours, theirs)
    name = "sf_opportunity_history_data.csv"
    (work / name).write_bytes((folder / name).read_bytes())
    scored(work, name, STATES_MAP, SEED_PROGRAM.replace("OBJECT", "Opportunity").replace("DONE", "IsWon"))
    lines = [json.loads(line) for line in (work / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    found = Counter(Entry("", one["kind"], one["id"], one["at"][:19], 0) for one in lines)
    rows = read(folder / name)
    theirs = Counter(Entry("", "create", row["id"], row["created_date"].replace(" ", "T"), 0) for row in rows)
    theirs += Counter(
        Entry("", "system_update", row["id"], row["_fivetran_start"].replace(" ", "T"), 0) for row in rows
    )
    ended = [row for row in rows if not row["_fivetran_end"].startswith("9999")]
    theirs += Counter(Entry("", "delete", row["id"], row["_fivetran_end"].replace(" ", "T"), 0) for row in ended)
    report.same(f"{name}: {len(rows)} rows, {len(lines)} changes, change by change", found, theirs)


def read(path: Path) -> list[dict[str, str]]:
    """Read a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_seed(row: dict[str, str], flag: str, when: str, done: str) -> list[Entry]:
    """Give what a row of the seeds earns: 5 for its creation, 10 where it was done; none out of order."""
    created, closed = row["created_date"], row[when] if row[flag].lower() == "true" else ""
    if closed and closed[:10] < created[:10]:
        return []
    found = [Entry(row["owner_id"], "created", row["id"], f"{created.replace(' ', 'T')}Z", 5)]
    if closed and row[done].lower() == "true":
        # A close date is a day: it is the moment of the creation where it is the same.
        at = max(created, closed)
        found.append(Entry(row["owner_id"], "done", row["id"], f"{at.replace(' ', 'T')}Z", 10))
    return found


def main() -> None:
    """Run every comparison."""
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        crm(report, Path(sys.argv[1]), Path(temporary))
        if len(sys.argv) > 2:
            seeds(report, Path(sys.argv[2]), Path(temporary))
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
