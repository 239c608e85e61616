"""`novigem me`: the screen and the answer."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from rich.console import Console

from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import to_micros
from novigem.queries.chances import find_chances
from novigem.queries.me import my_seasons
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.terminal.me import me_screen
from novigem.views.words import Screen
from tests.golden.cli.world import novigem

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """Give the folder of `init` after a run."""
    novigem(tmp_path, "init")
    novigem(tmp_path, "run", "program.yaml", "--from", "changes.jsonl")
    return tmp_path


def test_after_a_season_me_tells_where_somebody_stood(begun: Path) -> None:
    told = novigem(begun, "me", "Cleo Marchetti")
    assert told.code == 0
    assert "was over on Feb 15, 2026" in told.out
    assert "45 to place 2" in told.out


def test_the_answer_has_what_the_screen_has(begun: Path) -> None:
    answer = json.loads(novigem(begun, "me", "Cleo Marchetti", "--json").out)
    assert answer["chances"] == []
    (program,) = answer["programs"]
    assert (program["state"], program["points"], program["places"][0]["rank"]) == ("after", 25, 3)
    assert sum(week["points"] for week in program["weeks"]) == 25


def test_nobody_by_that_name_is_an_error_of_the_input(begun: Path) -> None:
    assert novigem(begun, "me", "Nobody").code == 2


def test_while_a_season_runs_the_steps_come_first() -> None:
    store = MemoryStore()
    program = make_program(
        {
            "object": "Task",
            "trigger": "update",
            "points": 5,
            "when": [{"Status": {"isChanged": True, "equals": "Completed"}}, {"Type": {"equals": "Upsell"}}],
        },
        starts="2026-01-05",
        ends="2026-02-15",
        leaderboards=[{}],
    )
    task = {"object": "Task", "Type": "Upsell", "ActivityDate": "2026-01-16", "Subject": "Call Acme"}
    call = task | {"Subject": "Wait", "Type": "Call", "Status": "Completed"}
    changes = (
        make_change(Status="Open", **task),
        make_change("update", record=2, old={"Status": "Open"}, at="2026-01-13T12:00:00Z", **call),
    )
    Engine(store, [program]).apply(Page(changes, (make_person(1, name="Ann Lee"),)))
    queries = Queries(store, now=NOW)
    user, programs = make_id("005", 1), {"test": program}
    chances, now = find_chances(store, programs, user, to_micros(NOW)), to_micros(NOW)
    seasons, person = my_seasons(queries, programs, user), queries.people([user])[user]
    console = Console(width=100, record=True)
    console.print(me_screen(person, seasons, chances, programs, Screen(100), today=date(2026, 1, 14), now=now))
    shown = console.export_text()
    assert "+5  Complete Call Acme  by Fri 16 Jan" in shown
    assert "Did not pay this week: 1" in shown
    assert "Type equals Upsell" in shown
    assert "No place on a board yet" in shown
