"""A season with undo, limits, shares, a streak and tier badges, beside the same season plain.

python -m benchmarks seasons [--quick]

Both read the same changes of a simulated team in the same run, page by page in turn, so that whatever else the machine
does meets both alike. Seconds are those of this process.
"""

import time
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import rate, table, verdict
from novigem.engine import Engine
from novigem.feed.source import PAGE_SIZE, Page
from novigem.ledger.sql.store import open_store
from novigem.model.change import Change
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem.simulation import Plan, Season, large_plan

_SMALL, _LARGE = 30_000, 300_000
_LEAST = 0.6


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    plan = large_plan(_SMALL if quick else _LARGE)
    rounds = [_pair(plan) for _round in range(2 if quick else 3)]
    plain, full = (median(one[side]["seconds"] for one in rounds) for side in (0, 1))
    first = rounds[0]
    changes = first[0]["changes"]
    table(
        f"{changes:,} changes of 60 people in six weeks to SQLite, 8 rules, pages of {PAGE_SIZE:,}",
        ("", "changes", "entries", "taken back"),
        [
            ("plain", rate(changes / plain), f"{first[0]['entries']:,}", f"{first[0]['reversals']:,}"),
            ("with everything on", rate(changes / full), f"{first[1]['entries']:,}", f"{first[1]['reversals']:,}"),
        ],
    )
    ratios = [one[0]["seconds"] / one[1]["seconds"] for one in rounds]
    verdict("throughput with everything on to plain", median(ratios), _LEAST)


def _pair(plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    season = Season(plan)
    with TemporaryDirectory() as folder:
        stores = [open_store(f"sqlite:///{Path(folder) / name}.db") for name in ("plain", "full")]
        programs = (season_program(plan, full=False), season_program(plan, full=True))
        engines = [Engine(store, [program]) for store, program in zip(stores, programs, strict=True)]
        seconds, changes, people = [0.0, 0.0], 0, season.team.people
        for number, page in enumerate(_pages(season.changes())):
            changes += len(page)
            order = (0, 1) if number % 2 else (1, 0)
            for side in order:
                start = time.process_time()
                engines[side].apply(Page(page, people=people))
                seconds[side] += time.process_time() - start
            people = ()
        kinds = [[entry.kind for entry in store.entries()] for store in stores]
        for store in stores:
            store.close()
    plain, full = (
        {
            "seconds": spent,
            "changes": changes,
            "entries": len(found),
            "reversals": sum(kind is EntryKind.REVERSAL for kind in found),
        }
        for spent, found in zip(seconds, kinds, strict=True)
    )
    return plain, full


def _pages(changes: Iterable[Change]) -> Iterable[Sequence[Change]]:
    source = iter(changes)
    while page := tuple(islice(source, PAGE_SIZE)):
        yield page


def season_program(plan: Plan, *, full: bool) -> Program:
    """Give the program of the season; `full` with everything that makes a rule remember, and goals of every kind."""
    rules: list[dict[str, Any]] = [
        {"id": "task-done", "object": "Task", "when": {"Status": {"isChanged": True, "equals": "Completed"}}},
        {
            "id": "stage-moved",
            "object": "Opportunity",
            "when": {"StageName": {"isChanged": True}},
            "once_per": "change",
        },
        {"id": "won", "object": "Opportunity", "when": {"StageName": {"changedTo": "Closed Won"}}, "points": 20},
        {"id": "next-step", "object": "Opportunity", "when": {"NextStep": {"isChanged": True, "isNotBlank": True}}},
        {"id": "signal", "object": "Opportunity", "trigger": "create", "points": 10},
        {"id": "amount-up", "object": "Opportunity", "when": {"Amount": {"increasedBy": 1}}},
        {"id": "risk", "object": "Opportunity", "when": {"Renewal_Risk__c": {"isChanged": True, "isNotBlank": True}}},
        {"id": "call", "object": "Task", "when": {"Type": {"equals": "Call"}, "Status": {"changedTo": "Completed"}}},
    ]
    links = {"task-done": "follow-ups", "signal": "signals", "won": "signals", "call": "every-day"}
    limits: dict[str, dict[str, Any]] = {
        "task-done": {"cap": {"points": 60, "per": "day"}},
        "stage-moved": {"per_account": {"awards": 3, "per": "week"}},
        "signal": {"share": [{"to": "Record Owner", "percent": 70}, {"to": "Created By", "percent": 30}]},
        "won": {"former_owner": {"within_days": 14, "percent": 50}},
        "next-step": {"cooldown": {"hours": 1}},
    }
    for rule in rules:
        rule |= {"points": rule.get("points", 5), "trigger": rule.get("trigger", "update")}
        if rule["id"] in links:
            rule["challenge"] = links[rule["id"]]
        if full:
            rule.update({"on_undo": "reverse"} | limits.get(rule["id"], {}))
    streak = {"streak": "working day", "target": 5} if full else {"count": "rules", "target": 30}
    given: dict[str, Any] = {
        "program": "season",
        "name": "Season",
        "timezone": "America/New_York",
        "starts": plan.first_day,
        "weeks": plan.weeks,
        "rules": rules,
        "challenges": [
            _challenge("follow-ups", {"count": "rules", "target": 10}, type="recurring", cadence="weekly"),
            _challenge("signals", {"distinct": "AccountId", "target": 12}, cap={"points": 400} if full else None),
            _challenge("every-day", streak),
        ],
        "badges": [{"id": "done", "name": "Done"}],
        "leaderboards": [
            {"id": "all", "name": "Everybody", "ties": ["first_to_reach", "distinct_accounts"]},
            {"id": "week", "name": "This week", "period": "week"},
        ],
    }
    if full:
        tiers = [{"id": "bronze", "at": 100}, {"id": "gold", "at": 500}]
        given["badges"].append({"id": "climber", "name": "Climber", "earned_by": {"points": "rules"}, "tiers": tiers})
    return Program.model_validate(given, strict=False)


def _challenge(name: str, goal: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {
        "id": name,
        "name": name.title(),
        "type": "timebound",
        "goal": goal,
        "completion": {"bonus": 25, "badge": "done"},
    }
    return given | {key: value for key, value in more.items() if value is not None}
