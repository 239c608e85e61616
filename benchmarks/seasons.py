"""A season with everything on that makes an award more than a row, beside the same season plain.

python -m benchmarks seasons [--quick]

Everything: undo, caps, pauses, limits per account, shares, former owners, vesting, a streak, tier badges, own and fair
targets, team goals, and boards of teams and percentages. Both sides read the same JSON lines of a simulated team in the
same run, page by page in turn, and close what is due after each page, so that whatever else the machine does meets both
alike. Seconds are those of this process.

Two programs: the careful season of the examples, in which a change in ten pays, and one made up so that more than every
second change pays and each of its rules remembers.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import yaml

from benchmarks.measure import rate, table, verdict
from novigem.cli.programs import calm_the_collector
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.feed.jsonl.source import JsonLinesSource, write_changes
from novigem.feed.source import PAGE_SIZE
from novigem.ledger.sql.store import open_store
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem_sandbox.team import Plan, Season, Team, large_plan

_SMALL, _LARGE = 30_000, 300_000
_LEAST = 0.6
_TEAMS = 4
_EXAMPLE = Path(__file__).parent.parent / "config/examples/careful-season.yaml"
# What makes an award more than a row.
_REMEMBERS = ("on_undo", "vest_after", "cap", "per_account", "cooldown", "share", "former_owner")

Given = dict[str, Any]


class _World(NamedTuple):
    """A program to measure: its name, what both sides share, and what the full side has beside it."""

    name: str
    make: Callable[[Team], Given]
    full: Callable[[Given, Team], None]


def main(*, quick: bool = False) -> None:
    """Measure and print."""
    # As the command does before a run.
    calm_the_collector()
    plan = large_plan(_SMALL if quick else _LARGE)
    season = Season(plan)
    with TemporaryDirectory() as folder:
        lines = Path(folder, "season.jsonl")
        with lines.open("wb") as stream:
            write_changes(season.changes(), season.team.people, stream)
        for world in (_World("careful season", _careful, _fill_careful), _World("every rule", _dense, _fill_dense)):
            _measure(world, plan, season.team, lines)


def _measure(world: _World, plan: Plan, team: Team, lines: Path) -> None:
    programs = [season_program(world, plan, team, full=full) for full in (False, True)]
    rounds = [_round(lines, programs) for _number in range(3)]
    plain, full = (median(one[side]["seconds"] for one in rounds) for side in (0, 1))
    first = rounds[0]
    changes = first[0]["changes"]
    table(
        f"{world.name}: {changes:,} changes of {len(team.members)} people in six weeks, JSON lines to SQLite",
        ("", "changes", "claims", "entries", "taken back", "closings"),
        [
            (
                name,
                rate(changes / spent),
                *(f"{side[what]:,}" for what in ("claims", "entries", "reversals", "closings")),
            )
            for name, spent, side in (("plain", plain, first[0]), ("with everything on", full, first[1]))
        ],
    )
    ratios = [one[0]["seconds"] / one[1]["seconds"] for one in rounds]
    verdict(f"{world.name}: throughput with everything on to plain", median(ratios), _LEAST)


class _Side:
    """One of the two seasons, read page by page; `seconds` is the processor time it has taken so far."""

    def __init__(self, store: Path, lines: Path, program: Program) -> None:
        self.store = open_store(f"sqlite:///{store}")
        self.seconds, self.changes, self.closings = 0.0, 0, 0
        self._program = program.program
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
            self.closings += len(Manual(self._engine).close_due())
        self.seconds += time.process_time() - start
        return page is not None

    def result(self) -> dict[str, Any]:
        """Give what there is to tell, and close the store."""
        kinds = [entry.kind for entry in self.store.entries()]
        claims = sum(1 for _claim in self.store.claims(self._program))
        self.store.close()
        return {
            "seconds": self.seconds,
            "changes": self.changes,
            "closings": self.closings,
            "claims": claims,
            "entries": len(kinds),
            "reversals": sum(kind is EntryKind.REVERSAL for kind in kinds),
        }


def _round(lines: Path, programs: list[Program]) -> list[dict[str, Any]]:
    with TemporaryDirectory() as folder:
        sides = [_Side(Path(folder, f"{n}.db"), lines, program) for n, program in enumerate(programs)]
        _in_turn(*sides)
        return [side.result() for side in sides]


def _in_turn(one: _Side, other: _Side) -> None:
    first, second = one, other
    # Both step, even at the end.
    while first.step() & second.step():
        first, second = second, first


def season_program(world: _World, plan: Plan, team: Team, *, full: bool) -> Program:
    """Give the program of a world; `full` with everything that makes a rule remember, and goals of every kind."""
    given = world.make(team)
    if full:
        world.full(given, team)
    else:
        for rule in given["rules"]:
            for name in _REMEMBERS:
                rule.pop(name, None)
        given["badges"] = [badge for badge in given["badges"] if "earned_by" not in badge]
    return Program.model_validate(given | {"starts": plan.first_day, "weeks": plan.weeks}, strict=False)


def _careful(_team: Team) -> Given:
    given: Given = yaml.safe_load(_EXAMPLE.read_text())
    return given


def _fill_careful(given: Given, team: Team) -> None:
    """Add what the example has not."""
    signals, follow_ups, _risk = given["challenges"]
    signal, *_rules, plan = given["rules"]
    signal["share"] = _SHARE
    plan["challenge"] = "every-day"
    signals["team_goal"] = {"target": 60, "credit": "each", "badge": "expansion-scout"}
    follow_ups |= {"fair": True, "team_goal": {"target": 100, "credit": "who_contributed", "bonus": 10}}
    given["challenges"].append(_challenge("every-day", {"streak": "working day", "target": 5}, completion={"bonus": 5}))
    _add_people(given, team, challenge="upsell-follow-up")


def _dense(_team: Team) -> Given:
    rules: list[Given] = [
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
    return {
        "program": "season",
        "name": "Season",
        "timezone": "America/New_York",
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


_SHARE = [{"to": "Record Owner", "percent": 70}, {"to": "Created By", "percent": 30}]
_DENSE_LIMITS: dict[str, Given] = {
    "task-done": {"cap": {"points": 60, "per": "day"}},
    "stage-moved": {"per_account": {"awards": 3, "per": "week"}},
    "signal": {"share": _SHARE, "vest_after": 7},
    "won": {"former_owner": {"within_days": 14, "percent": 50}},
    "next-step": {"cooldown": {"hours": 1}},
}


def _fill_dense(given: Given, team: Team) -> None:
    """Make each rule remember, and add goals, badges, targets, teams and boards of every kind."""
    for rule in given["rules"]:
        rule.update({"on_undo": "reverse"} | _DENSE_LIMITS.get(rule["id"], {}))
    follow_ups, signals, every_day = given["challenges"]
    follow_ups |= {"fair": True, "team_goal": {"target": 100, "credit": "who_contributed", "bonus": 10}}
    signals |= {"cap": {"points": 400}, "team_goal": {"target": 60, "credit": "each", "badge": "done"}}
    every_day["goal"] = {"streak": "working day", "target": 5}
    # As the checks want it, where awards are held for a week.
    given["closing"] = {"grace_days": 7}
    tiers = [{"id": "bronze", "at": 100}, {"id": "gold", "at": 500}]
    given["badges"].append({"id": "climber", "name": "Climber", "earned_by": {"points": "rules"}, "tiers": tiers})
    _add_people(given, team, challenge="follow-ups")


def _add_people(given: Given, team: Team, *, challenge: str) -> None:
    """Add teams, terms of single people, and the boards that go with them."""
    members = [member.id for member in team.members]
    given["people"] = [
        {"user": members[0], "part_time": 60, "leave": [{"from": "2026-01-12", "to": "2026-01-16"}]},
        {"user": members[1], "targets": {challenge: 8}},
    ]
    given["teams"] = [{"id": f"team-{n}", "name": f"Team {n}", "members": members[n::_TEAMS]} for n in range(_TEAMS)]
    given["leaderboards"] += [
        {"id": "teams", "name": "Teams", "scope": "teams"},
        {"id": "fair", "name": "To target", "by": "percent", "scope": {"challenge": challenge}},
    ]


def _challenge(name: str, goal: Given, **more: Any) -> Given:
    completion = {"bonus": 25, "badge": "done"}
    return {
        "id": name,
        "name": name.title(),
        "type": "timebound",
        "goal": goal,
        "completion": completion,
        **more,
    }
