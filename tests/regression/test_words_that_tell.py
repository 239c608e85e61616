"""Words on screens and counts in answers say what happened, and to whom: undone is not late, a team is no person."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from novigem.engine.engine import Engine
from novigem.engine.report import RunReport
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.planning.apply import Applying, Wish, preview
from novigem.testing import make_change, make_id, make_program
from novigem.views.terminal.apply import applying_answer, applying_screen
from novigem.views.terminal.closings import state_words
from novigem.views.terminal.run import run_screen
from novigem.views.words import Screen, signed_points
from tests.golden.cli.scenes import prepare
from tests.golden.cli.world import novigem

ACCOUNT = make_id("001", 1)
DONE = {"object": "Task", "trigger": "update", "when": {"Status": {"isChanged": True, "equals": "Completed"}}}
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SEASON = {"starts": "2026-01-05", "weeks": 2}


def task(day: int, *, done: bool = True, record: int = 1, owner: int = 1, **told: Any) -> Change:
    before, after = ("Open", "Completed") if done else ("Completed", "Open")
    at = f"2026-01-{day:02}T10:00:00Z"
    return make_change(
        "update", object="Task", record=record, at=at, owner=owner, old={"Status": before}, Status=after, **told
    )


def played(rule: dict[str, Any], *pages: list[Change], **keys: Any) -> RunReport:
    engine = Engine(MemoryStore(), [make_program(DONE | rule, **SEASON, **keys)])
    report = RunReport()
    for page in pages:
        report.add(engine.apply(page))
    assert sum(report.causes.values()) == report.corrections
    return report


def screen(view: Any) -> str:
    console = Console(width=120, file=StringIO())
    with console.capture() as told:
        console.print(view)
    return told.get()


REVERSE = {"on_undo": "reverse", "points": 5}
ONE_EACH = REVERSE | {"once_per": "account"}
FIRST, SECOND = task(6, AccountId=ACCOUNT), task(7, record=2, owner=2, AccountId=ACCOUNT)
AWAY, BACK = task(8, done=False, AccountId=ACCOUNT), task(9, AccountId=ACCOUNT)
GOAL = {"type": "timebound", "goal": {"count": "rules", "target": 1}, "completion": {"bonus": 10}}
TOGETHER = {"target": 1, "credit": "each", "bonus": 10}
TEAM_GOAL = {"type": "timebound", "goal": {"count": "rules", "target": 9}, "team_goal": TOGETHER}


@pytest.mark.parametrize(
    ("rule", "pages", "keys", "causes"),
    [
        pytest.param(REVERSE, [[task(6)], [task(7, done=False)]], {}, {"undone": 1}, id="undone in order"),
        pytest.param(REVERSE, [[task(7, done=False)], [task(6)]], {}, {}, id="undone before it was told of"),
        pytest.param(ONE_EACH, [[SECOND], [FIRST]], {}, {"earlier_arrived": 1}, id="an earlier one came later"),
        pytest.param(
            {"once_per": "account"}, [[SECOND], [FIRST]], {}, {"earlier_arrived": 1}, id="where nothing is remembered"
        ),
        pytest.param(
            ONE_EACH,
            [[FIRST], [SECOND], [AWAY], [make_change("update", object="Task", at="2026-01-09T10:00:00Z",
             old={"Status": "Open"}, Status="Completed", AccountId=ACCOUNT, seq=1)]],
            {},
            {"undone": 1},
            id="a new completion is a later one",
        ),
        pytest.param(
            REVERSE | {"cap": {"points": 5, "per": "week"}},
            [[task(8)], [task(6, record=2)]],
            {},
            {"limits": 1},
            id="a late award takes the room of another",
        ),
        pytest.param(
            REVERSE | {"challenge": "challenge-1"},
            [[task(6)], [task(7, done=False)]],
            {"challenges": [GOAL]},
            {"undone": 1, "completion": 1},
            id="a completion goes with its award",
        ),
        pytest.param(
            REVERSE | {"challenge": "challenge-1"},
            [[task(6)], [task(7, done=False)]],
            {
                "challenges": [TEAM_GOAL],
                "teams": [{"id": "north", "name": "North", "members": [make_id("005", 1)]}],
            },
            {"undone": 1, "team_completion": 1},
            id="a team loses everything",
        ),
    ],
)  # fmt: skip
def test_corrections_are_counted_by_their_true_cause(
    rule: dict[str, Any], pages: list[list[Change]], keys: dict[str, Any], causes: dict[str, int]
) -> None:
    assert played(rule, *pages, **keys).causes == causes


def test_what_counts_again_did_not_arrive_late() -> None:
    deleted = make_change("delete", object="Task", at="2026-01-08T10:00:00Z", owner=None)
    restored = make_change("undelete", object="Task", at="2026-01-09T10:00:00Z", owner=None)
    report = played(ONE_EACH, [FIRST], [SECOND], [deleted], [restored])
    assert report.causes == {"undone": 1, "counts_again": 1}


def test_a_run_says_undone_of_what_was_undone(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "program: p\nname: P\nstarts: 2026-01-05\nweeks: 2\n"
        "rules: [{id: done, object: Task, trigger: update, points: 5, on_undo: reverse,"
        " when: {Status: {isChanged: true, equals: Completed}}}]\n"
        "leaderboards: [{id: t, name: T}]\n"
    )
    user, record = make_id("005", 1), make_id("00T", 1)
    lines = [
        {"object": "Task", "id": record, "kind": "update", "at": f"2026-01-06T1{hour}:00:00Z",
         "new": {"OwnerId": user, "Status": after}, "old": {"Status": before}}
        for hour, before, after in ((0, "Open", "Completed"), (1, "Completed", "Open"))
    ]  # fmt: skip
    (tmp_path / "c.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in lines))
    (tmp_path / "people.jsonl").write_text(json.dumps({"users": [{"Id": user, "Name": "Ana A"}]}) + "\n")
    out = novigem(tmp_path, "run", "p.yaml", "--from", "c.jsonl", "--batch", "1").out
    assert "1  correction where what was paid for was undone" in out
    assert "later" not in out
    told = novigem(tmp_path, "run", "p.yaml", "--from", "people.jsonl").out
    assert told.startswith("people.jsonl holds no changes; it told of 1 person.")
    answer = json.loads(novigem(tmp_path, "run", "p.yaml", "--from", "c.jsonl", "--again", "--json").out)
    assert (answer["corrections"], answer.get("corrections_by_cause")) == (0, None)


def test_what_a_team_loses_is_told_as_that_of_a_team() -> None:
    report = RunReport(changes=1, new_changes=1, points=-1, corrections=2)
    report.causes.update(["undone", "team_completion"])
    told = screen(run_screen(report, [], {}, "x.jsonl", Screen()))
    assert "1 change from x.jsonl\nnew\n" in told
    assert "-1  point " in told
    assert "where a team's completion moved, was undone or credits others" in told


def test_of_one_person_no_people_are_counted(tmp_path: Path) -> None:
    season = tmp_path
    prepare(season)
    asked = novigem(season, "progress", "--user", "ann@example.com").out
    assert "person" not in asked
    assert "people" not in asked
    assert "completed" in asked
    assert "completed it" in novigem(season, "progress").out


def rescored() -> Applying:
    store = MemoryStore()
    teams = [{"id": "north", "name": "North", "members": [make_id("005", 1), make_id("005", 2)]}]

    def version(target: int) -> Program:
        goals = [TEAM_GOAL | {"team_goal": TOGETHER | {"target": target}}]
        return make_program(DONE | {"challenge": "challenge-1"}, challenges=goals, teams=teams, **SEASON)

    Engine(store, [version(2)]).apply([task(6), task(7, record=2, owner=2)])
    return preview(store, Wish(version(3), "start", rescore=True), now=NOW)


def test_applying_lists_no_team_among_people() -> None:
    applying = rescored()
    users = {one.user for one in applying.outcome.people}
    assert users == {make_id("005", 1), make_id("005", 2)}
    assert [one.team for one in applying.outcome.teams] == ["north"]
    people = {user: Person(user, f"Person {user[-4]}") for user in users}
    told = screen(applying_screen(applying, people, Screen(120), "novigem apply"))
    assert "The team North no longer completes challenge-1." in told
    outcome = applying_answer(applying)["outcome"]
    assert outcome["teams"] == [{"team": "north", "completed": (), "not_completed": ("challenge-1",)}]


def test_a_number_and_its_word_agree() -> None:
    assert [signed_points(one) for one in (1, -1, 0, 2, -1200)] == [
        "+1 point", "-1 point", "+0 points", "+2 points", "-1,200 points",
    ]  # fmt: skip


def test_several_objects_are_waited_for() -> None:
    end = datetime(2026, 2, 1, 12, tzinfo=UTC)
    one, two = (state_words("provisional", end, names, NOW, UTC) for names in (("Task",), ("Case", "Task")))
    assert "Task is read to" in one
    assert "Case, Task are read to" in two
