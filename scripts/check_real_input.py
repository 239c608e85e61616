#!/usr/bin/env python3
"""Hold novigem against an independent calculation on real input, and the ledger against every way of feeding it.

    scripts/check_real_input.py FOLDER

FOLDER holds the public "CRM Sales Opportunities" data set (sales_pipeline.csv and sales_teams.csv). What the season of
`config/examples/maven-season.yaml` should lead to is worked out here from the CSV alone, with the standard library
and without novigem; then the `novigem` command runs the same season, and both are compared entry by entry. After
that the same changes are fed twice, shuffled inside each day, cut in pieces, and with the process killed ten times.

Exits 0 when everything agrees, 1 when anything differs.
"""

import csv
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
NOVIGEM = [sys.executable, "-m", "novigem.cli.main"]
PROGRAM = ROOT / "config/examples/maven-season.yaml"
MAPPING = ROOT / "config/mappings/maven-crm.yaml"
FIRST, LAST = date(2017, 7, 3), date(2017, 8, 13)
ZONE = ZoneInfo("America/New_York")
KILLS = 10


def expected(folder: Path) -> dict[str, object]:
    """Work the season out from the CSV alone, as one would in a spreadsheet."""
    rows = list(csv.DictReader((folder / "sales_pipeline.csv").open(encoding="utf-8", newline="")))
    entries: list[tuple[str, str, str, str, int]] = []
    account_weeks: dict[tuple[str, date], tuple[date, str]] = {}
    for row in rows:
        engaged, closed = day_of(row["engage_date"]), day_of(row["close_date"])
        if engaged and FIRST <= engaged <= LAST:
            entries.append((row["sales_agent"], "engaged", row["opportunity_id"], engaged.isoformat(), 2))
        if closed and FIRST <= closed <= LAST and row["deal_stage"] == "Won":
            entries.append((row["sales_agent"], "won", row["opportunity_id"], closed.isoformat(), 10))
            if row["account"]:
                week = closed - timedelta(days=closed.weekday())
                # One award per account and week: the earliest day counts. Who gets it among several of that day is
                # a tie that the CSV alone cannot decide, so those are compared by account and day only.
                key = (row["account"], week)
                if key not in account_weeks or closed < account_weeks[key][0]:
                    account_weeks[key] = (closed, row["account"])
    return {
        "entries": entries,
        "account_weeks": sorted((account, day.isoformat()) for day, account in account_weeks.values()),
    }


def day_of(text: str) -> date | None:
    """Read a US date; None for an empty cell."""
    return datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=UTC).date() if text else None


def completions(
    entries: list[tuple[str, str, str, str, int]], rule: str, target: int, *, weekly: bool
) -> dict[tuple[str, str], str]:
    """Give the day on which each agent (and week) reached a target of so many entries of a rule."""
    days: dict[tuple[str, str], list[str]] = defaultdict(list)
    for agent, name, _opportunity, day, _points in entries:
        if name == rule:
            start = date.fromisoformat(day) - timedelta(days=date.fromisoformat(day).weekday())
            days[agent, f"week:{start}" if weekly else ""].append(day)
    return {key: sorted(found)[target - 1] for key, found in days.items() if len(found) >= target}


def novigem(*arguments: str, check: bool = True) -> str:
    """Run the command and give its output."""
    done = subprocess.run([*NOVIGEM, *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        sys.exit(f"novigem {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def ledger(database: Path) -> list[dict[str, object]]:
    """Give the ledger of a database, one dict an entry."""
    return [json.loads(line) for line in novigem("ledger", "--json", "--db", f"sqlite:///{database}").splitlines()]


def facts(entries: list[dict[str, object]]) -> Counter[str]:
    """Give the standing entries, less what depends on when we wrote them: entry number and recording moment.

    Where changes of one fact arrive against the order of time, the later one's entry is taken back and the earlier
    one's takes its place; the standing entries are what must be the same.
    """
    taken_back = {one["reverses"] for one in entries}
    standing = [one for one in entries if one["kind"] != "reversal" and one["entry"] not in taken_back]
    leave_out = ("entry", "recorded_at")
    return Counter(json.dumps({k: v for k, v in one.items() if k not in leave_out}, sort_keys=True) for one in standing)


def local_day(entry: dict[str, object]) -> str:
    """Give the local day of an entry."""
    return datetime.fromisoformat(str(entry["occurred_at"])).astimezone(ZONE).date().isoformat()


class Report:
    """Prints each comparison and remembers whether any failed."""

    failed = False

    def same(self, what: str, ours: object, theirs: object, shown: object = None) -> None:
        """Compare two results."""
        agree = ours == theirs
        self.failed |= not agree
        print(f"{'ok  ' if agree else 'DIFF'} {what}{'' if shown is None else f': {shown}'}")
        if not agree:
            print(f"     novigem: {str(ours)[:300]}\n     by hand: {str(theirs)[:300]}")


def compare(report: Report, folder: Path, database: Path, names: dict[str, str], opportunities: dict[str, str]) -> None:
    """Compare ledger, progress, badges and boards with the independent calculation."""
    want = expected(folder)
    entries: list[tuple[str, str, str, str, int]] = want["entries"]  # type: ignore[assignment]
    kept = ledger(database)
    by_rule = [
        (names[str(e["user"])], e["rule"], opportunities[str(e["record"])], local_day(e), e["points"])
        for e in kept
        if e["kind"] == "rule"
    ]
    plain = sorted(one for one in by_rule if one[1] != "won-account")
    report.same("entries of `engaged` and `won`", plain, sorted(entries), len(plain))
    opportunity_account = {
        row["opportunity_id"]: row["account"]
        for row in csv.DictReader((folder / "sales_pipeline.csv").open(newline=""))
    }
    weeks = sorted((opportunity_account[one[2]], one[3]) for one in by_rule if one[1] == "won-account")
    report.same("entries of `won-account` (account, day)", weeks, want["account_weeks"], len(weeks))

    closers = completions(entries, "won", 20, weekly=False)
    steady = completions(entries, "engaged", 8, weekly=True)
    # Breadth hangs on who got each account's award, so it is counted from those entries.
    breadth: dict[str, dict[str, str]] = defaultdict(dict)
    for agent, rule, opportunity, day, _points in sorted(by_rule, key=lambda one: one[3]):
        if rule == "won-account":
            breadth[agent].setdefault(opportunity_account[opportunity], day)
    reached = {(agent, ""): sorted(days.values())[7] for agent, days in breadth.items() if len(days) >= 8}
    bonuses = sorted(
        (names[str(e["user"])], e["challenge"], e["period"] or "", local_day(e), e["points"])
        for e in kept
        if e["kind"] == "bonus"
    )
    by_hand = sorted(
        (agent, challenge, period, day, points)
        for challenge, found, points in (
            ("closers", closers, 100),
            ("breadth", reached, 25),
            ("weekly-outreach", steady, 5),
        )
        for (agent, period), day in found.items()
    )
    report.same("bonuses", bonuses, by_hand, len(bonuses))
    badges = json.loads(novigem("badges", "--json", "--db", f"sqlite:///{database}"))
    ours = sorted((names[b["user"]], b["badge"], b["period"] or "") for b in badges)
    report.same(
        "badges",
        ours,
        sorted([(a, "closer", p) for a, p in closers] + [(a, "steady", p) for a, p in steady]),
        len(ours),
    )

    progress = json.loads(novigem("progress", "--json", "--db", f"sqlite:///{database}"))
    counts = Counter((agent, "closers", "") for agent, rule, *_ in entries if rule == "won")
    for agent, rule, _opportunity, day, _points in entries:
        if rule == "engaged":
            start = date.fromisoformat(day) - timedelta(days=date.fromisoformat(day).weekday())
            counts[agent, "weekly-outreach", f"week:{start}"] += 1
    counts.update({(agent, "breadth", ""): len(days) for agent, days in breadth.items()})
    report.same(
        "progress",
        {(names[p["user"]], p["challenge"], p["period"] or ""): p["value"] for p in progress},
        dict(counts),
        len(progress),
    )

    points: Counter[str] = Counter()
    for agent, _rule, _opportunity, _day, given in [
        *entries,
        *((a, r, o, d, p) for a, r, o, d, p in by_rule if r == "won-account"),
    ]:
        points[agent] += given
    for agent, _challenge, _period, _day, given in by_hand:
        points[agent] += given
    board = json.loads(novigem("board", "season", "--json", "--top", "100", "--db", f"sqlite:///{database}"))
    report.same("board: points", {row["name"]: row["points"] for row in board["rows"]}, dict(points), len(points))
    report.same("board: in falling order", [r["points"] for r in board["rows"]], sorted(points.values(), reverse=True))
    closing = json.loads(novigem("board", "closing", "--json", "--top", "100", "--db", f"sqlite:///{database}"))
    sums = Counter({agent: 100 for agent, _period in closers})
    sums.update({a: 10 * n for a, n in Counter(agent for agent, rule, *_ in entries if rule == "won").items()})
    ranks = {a: 1 + sum(1 for other in sums.values() if other > sums[a]) for a in sums}
    report.same(
        "board of one challenge: competition ranks", {r["name"]: r["rank"] for r in closing["rows"]}, ranks, len(ranks)
    )


def feed(database: Path, *files: Path, arguments: tuple[str, ...] = ()) -> None:
    """Run the season over files, one after the other."""
    for file in files:
        novigem("run", str(PROGRAM), "--from", str(file), "--db", f"sqlite:///{database}", *arguments)


def shuffled(lines: list[str], seed: int) -> list[str]:
    """Shuffle changes inside each day."""
    chance = random.Random(seed)
    days: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        days[json.loads(line)["at"][:10]].append(line)
    for found in days.values():
        chance.shuffle(found)
    return [line for day in sorted(days) for line in days[day]]


def killed(database: Path, file: Path, seed: int) -> int:
    """Run to the end, killing the process at random moments; give how often it was killed while at work."""
    chance = random.Random(seed)
    command = [*NOVIGEM, "run", str(PROGRAM), "--from", str(file), "--db", f"sqlite:///{database}", "--batch", "10"]
    kills = 0
    while kills < KILLS:
        before = committed(database)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and committed(database) == before:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.1))
        if process.poll() is not None:
            break
        process.kill()
        process.wait()
        kills += 1
    feed(database, file)
    return kills


def committed(database: Path) -> int:
    """Give how many changes a database holds by now."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM novigem_change").fetchone()[0])
        except sqlite3.OperationalError:  # the tables are not there yet
            return 0


def main() -> None:
    """Run every comparison."""
    folder = Path(sys.argv[1])
    report = Report()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        changes = work / "changes.jsonl"
        novigem("convert", str(folder / "sales_pipeline.csv"), "--map", str(MAPPING), "-o", str(changes))
        header, *lines = changes.read_text().splitlines()
        names = {user["Id"]: user["Name"] for user in json.loads(header)["users"]}
        # The converter makes a Salesforce id of each opportunity_id and keeps the original as its name.
        opportunities = {one["id"]: one["new"]["Name"] for one in map(json.loads, lines)}
        print(f"{len(lines)} changes of {len(opportunities)} records, {len(names)} people")
        report.same("every opportunity has an id of its own", len(set(opportunities.values())), len(opportunities))
        feed(work / "once.db", changes)
        compare(report, folder, work / "once.db", names, opportunities)

        base = facts(ledger(work / "once.db"))
        feed(work / "once.db", changes, arguments=("--again",))
        report.same("the same file again", facts(ledger(work / "once.db")), base, sum(base.values()))
        for seed in range(3):
            file = work / f"shuffled-{seed}.jsonl"
            file.write_text("\n".join([header, *shuffled(lines, seed)]) + "\n")
            feed(work / f"shuffled-{seed}.db", file, arguments=("--batch", "37"))
            report.same(f"shuffled inside each day ({seed})", facts(ledger(work / f"shuffled-{seed}.db")), base)
        pieces = []
        for i in range(0, len(lines), 2111):
            pieces.append(work / f"piece-{i}.jsonl")
            pieces[-1].write_text("\n".join([header, *lines[i : i + 2111]]) + "\n")
        feed(work / "pieces.db", *pieces)
        report.same(f"cut in {len(pieces)} pieces", facts(ledger(work / "pieces.db")), base)
        kills = killed(work / "killed.db", changes, seed=5)
        report.same(f"killed {kills} times", facts(ledger(work / "killed.db")), base)
        report.same("killed as often as asked", kills, KILLS)
        for database in ("once.db", "pieces.db", "killed.db"):
            answer = subprocess.run(
                [*NOVIGEM, "doctor", "--db", f"sqlite:///{work / database}"], capture_output=True, check=False
            )
            report.same(f"doctor on {database}", answer.returncode, 0)
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
