"""A season with everything on that makes an award more than a row, beside the same season plain.

python -m benchmarks seasons [--quick]

Everything: undo, caps, pauses, limits per account, shares, former owners, vesting, a streak, tier badges, own and fair
targets, team goals, and boards of teams and percentages. Both sides read the same JSON lines of a simulated team in the
same run, page by page in turn, and close what is due after each page, so that whatever else the machine does meets both
alike. Seconds are those of this process.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import rate, table, verdict
from novigem.engine import Engine
from novigem.feed.jsonl import JsonLinesSource, write_changes
from novigem.feed.source import PAGE_SIZE
from novigem.ledger.sql.store import open_store
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem.simulation import Plan, Season, large_plan
from novigem.simulation.team import Team

_SMALL, _LARGE = 30_000, 300_000
_LEAST = 0.6
_TEAMS = 4


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    plan = large_plan(_SMALL if quick else _LARGE)
    with TemporaryDirectory() as folder:
        lines = Path(folder, "season.jsonl")
        season = Season(plan)
        with lines.open("wb") as stream:
            write_changes(season.changes(), season.team.people, stream)
        rounds = [_round(plan, season.team, lines) for _round_number in range(3)]
    plain, full = (median(one[side]["seconds"] for one in rounds) for side in (0, 1))
    first = rounds[0]
    changes = first[0]["changes"]
    table(
        f"{changes:,} changes of {len(season.team.members)} people in six weeks from JSON lines to SQLite, 8 rules",
        ("", "changes", "entries", "taken back", "closings"),
        [
            (name, rate(changes / spent), f"{side['entries']:,}", f"{side['reversals']:,}", f"{side['closings']:,}")
            for name, spent, side in (("plain", plain, first[0]), ("with everything on", full, first[1]))
        ],
    )
    ratios = [one[0]["seconds"] / one[1]["seconds"] for one in rounds]
    verdict("throughput with everything on to plain", median(ratios), _LEAST)


class _Side:
    """One of the two seasons, read page by page; `seconds` is the processor time it has taken so far."""

    def __init__(self, store: Path, lines: Path, program: Program) -> None:
        self.store = open_store(f"sqlite:///{store}")
        self.seconds, self.changes, self.closings = 0.0, 0, 0
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self._engine = Engine(self.store, [program], clock=lambda: self._now)
        self._pages = JsonLinesSource(lines, page_size=PAGE_SIZE).pages()

    def step(self) -> bool:
        """Take in one page and close what is due; False at the end."""
        start = time.process_time()
        page = next(self._pages, None)
        if page is not None:
            self._now = max((change.at for change in page.changes), default=self._now)
            self.changes += len(page.changes)
            self._engine.apply(page, feed="season")
            self.closings += len(self._engine.close_due())
        self.seconds += time.process_time() - start
        return page is not None

    def result(self) -> dict[str, Any]:
        """Give what there is to tell, and close the store."""
        kinds = [entry.kind for entry in self.store.entries()]
        self.store.close()
        return {
            "seconds": self.seconds,
            "changes": self.changes,
            "closings": self.closings,
            "entries": len(kinds),
            "reversals": sum(kind is EntryKind.REVERSAL for kind in kinds),
        }


def _round(plan: Plan, team: Team, lines: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with TemporaryDirectory() as folder:
        plain, full = (
            _Side(Path(folder, f"{name}.db"), lines, season_program(plan, team, full=name == "full"))
            for name in ("plain", "full")
        )
        _in_turn(plain, full)
        return plain.result(), full.result()


def _in_turn(one: _Side, other: _Side) -> None:
    order = (one, other)
    while all([side.step() for side in order]):
        order = order[::-1]


def season_program(plan: Plan, team: Team, *, full: bool) -> Program:
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
    for rule in rules:
        rule |= {"points": rule.get("points", 5), "trigger": rule.get("trigger", "update")}
        if rule["id"] in links:
            rule["challenge"] = links[rule["id"]]
        if full:
            rule.update({"on_undo": "reverse"} | _LIMITS.get(rule["id"], {}))
    given: dict[str, Any] = {
        "program": "season",
        "name": "Season",
        "timezone": "America/New_York",
        "starts": plan.first_day,
        "weeks": plan.weeks,
        "rules": rules,
        "challenges": [
            _challenge("follow-ups", {"count": "rules", "target": 10}, type="recurring", cadence="weekly"),
            _challenge("signals", {"distinct": "AccountId", "target": 12}),
            _challenge("every-day", {"count": "rules", "target": 30}),
        ],
        "badges": [{"id": "done", "name": "Done"}],
        "leaderboards": [
            {"id": "all", "name": "Everybody", "ties": ["first_to_reach", "distinct_accounts"]},
            {"id": "week", "name": "This week", "period": "week"},
        ],
    }
    return Program.model_validate(_with_everything(given, team) if full else given, strict=False)


_LIMITS: dict[str, dict[str, Any]] = {
    "task-done": {"cap": {"points": 60, "per": "day"}},
    "stage-moved": {"per_account": {"awards": 3, "per": "week"}},
    "signal": {
        "share": [{"to": "Record Owner", "percent": 70}, {"to": "Created By", "percent": 30}],
        "vest_after": 7,
    },
    "won": {"former_owner": {"within_days": 14, "percent": 50}},
    "next-step": {"cooldown": {"hours": 1}},
}


def _with_everything(given: dict[str, Any], team: Team) -> dict[str, Any]:
    """Give a plain program with goals, badges, targets, teams and boards of every kind."""
    follow_ups, signals, every_day = given["challenges"]
    follow_ups |= {"fair": True, "team_goal": {"target": 100, "credit": "who_contributed", "bonus": 10}}
    signals |= {"cap": {"points": 400}, "team_goal": {"target": 60, "credit": "each", "badge": "done"}}
    every_day |= {"goal": {"streak": "working day", "target": 5}}
    tiers = [{"id": "bronze", "at": 100}, {"id": "gold", "at": 500}]
    members = [member.id for member in team.members]
    return given | {
        "badges": [
            *given["badges"],
            {"id": "climber", "name": "Climber", "earned_by": {"points": "rules"}, "tiers": tiers},
        ],
        "people": [
            {"user": members[0], "part_time": 60, "leave": [{"from": "2026-01-12", "to": "2026-01-16"}]},
            {"user": members[1], "targets": {"follow-ups": 8, "signals": 6}},
        ],
        "teams": [{"id": f"team-{n}", "name": f"Team {n}", "members": members[n::_TEAMS]} for n in range(_TEAMS)],
        "leaderboards": [
            *given["leaderboards"],
            {"id": "teams", "name": "Teams", "scope": "teams"},
            {"id": "fair", "name": "To target", "by": "percent", "scope": {"challenge": "follow-ups"}},
        ],
    }


def _challenge(name: str, goal: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": name.title(),
        "type": "timebound",
        "goal": goal,
        "completion": {"bonus": 25, "badge": "done"},
        **more,
    }
