"""Deliveries: what a sync brings late, twice and in any order comes to the same; a dry run pays as the engine does."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from novigem import load_program
from novigem.audit.flags import look
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, from_micros
from novigem.model.entry import EntryKind
from novigem.model.program import AccountLimit, Cap, Program
from novigem.queries.queries import Queries
from novigem_sandbox.team import CHEATERS, DryRun, Lateness, Plan, Season, deliver, pages
from tests.docs.pages import ROOT, load_script

PLAN = Plan(members=4, weeks=2, seed=4, cheaters=CHEATERS[:3])
BAD = Lateness(every_minutes=360, late=0.2, longest_hours=100, twice=0.2)


@pytest.fixture(scope="module")
def program() -> Program:
    """Give the playbook, cut to two weeks."""
    return load_program(ROOT / "config/programs/account-expansion.yaml").model_copy(update={"weeks": 2})


@pytest.fixture(scope="module")
def changes() -> list[Change]:
    """Give two weeks of a small team with three cheaters."""
    return list(Season(PLAN).changes())


def _fed(program: Program, given: list[list[Change]]) -> MemoryStore:
    store = MemoryStore()
    engine = Engine(store, [program])
    people = Season(PLAN).team.people
    for page in given:
        engine.apply(Page(tuple(page), people=people))
        people = ()
    return store


def test_every_change_is_delivered_after_it_happened_some_late_and_some_twice(changes: list[Change]) -> None:
    made = list(deliver(changes, BAD))
    assert [one.change for one in made if one.change not in changes] == []
    copies = Counter(one.change.id + str(one.change.at) + str(one.change.seq) for one in made)
    assert len(copies) == len(changes)
    assert 0.1 < (len(made) - len(changes)) / len(changes) < 0.3
    waits = [from_micros(one.deliver) - one.change.at for one in made]
    assert min(waits) > timedelta()
    assert 0.1 < sum(wait > timedelta(hours=6) for wait in waits) / len(made) < 0.3


def test_pages_bring_all_deliveries_sync_after_sync(changes: list[Change]) -> None:
    given = list(pages(changes, BAD))
    assert Counter(one.id for page in given for one in page) == Counter(one.change.id for one in deliver(changes, BAD))
    firsts = [max(one.at for one in page) for page in given]
    # No page brings what happens after it, so the newest of each sync only moves on but for stretches of late ones.
    assert sum(after < before for before, after in pairwise(firsts)) < len(firsts) / 2
    assert given != [sorted(page, key=lambda one: (one.at, one.seq)) for page in given]


def test_a_bad_feed_leads_to_the_board_and_the_flags_of_a_good_one(program: Program, changes: list[Change]) -> None:
    good, bad = _fed(program, [changes]), _fed(program, list(pages(changes, BAD)))
    boards = [
        Queries(store, now=datetime(2026, 3, 1, tzinfo=UTC)).board(program_id=program.program) for store in (good, bad)
    ]
    assert boards[0].rows == boards[1].rows
    looks = [look(store, program) for store in (good, bad)]
    assert looks[0].flags
    told = [[one.finding._replace(entries=()) for one in seen.flags] for seen in looks]
    assert told[0] == told[1]


def test_a_dry_run_pays_what_the_engine_pays(program: Program, changes: list[Change]) -> None:
    people = Season(PLAN).team.people
    dry = [one for activity in DryRun(program).activities(people, changes) for one in activity.awards]
    entries = _fed(program, [changes]).entries()
    ours = [msgspec.structs.replace(one, number=0, recorded=0) for one in entries if one.kind is EntryKind.RULE]
    assert sorted(dry, key=lambda one: one.key) == sorted(ours, key=lambda one: one.key)


def test_a_dry_run_finds_what_a_look_at_the_store_finds(program: Program, changes: list[Change]) -> None:
    seen = look(_fed(program, [changes]), program)
    found = DryRun(program).look(Season(PLAN).team.people, changes)
    assert [one._replace(entries=()) for one in found] == [one.finding._replace(entries=()) for one in seen.flags]


def test_limits_hide_nobody_from_the_flags_and_the_stated_rates_hold_under_them(
    program: Program, changes: list[Change]
) -> None:
    rules = tuple(
        rule.model_copy(
            update={"cap": Cap(points=rule.points, per="day"), "per_account": AccountLimit(awards=1, per="week")}
        )
        for rule in program.rules
    )
    limited = program.model_copy(update={"rules": rules})
    store = _fed(limited, [changes])
    assert sum(1 for _one in store.entries()) < sum(1 for _one in _fed(program, [changes]).entries()) / 2
    found = [
        {(one.detector, one.user, one.records) for one in findings}
        for findings in (
            [flag.finding for flag in look(store, limited).flags],
            DryRun(program).look(Season(PLAN).team.people, changes),
        )
    ]
    assert found[0] == found[1]
    assert {user for _detector, user, _records in found[0]} >= set(Season(PLAN).team.cheaters)


def test_the_season_script_plays_every_act_and_nothing_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = load_script("scripts/season.py")
    assert script.play(tmp_path / "season", PLAN, BAD) == 0
    told = capsys.readouterr().out
    assert "; 0 differ from the ledger." in told
    assert "[cheats]" in told
    assert "The archive says: final." in told
    assert re.search(
        r"^[1-9]\d* times an entry came too late for one of \d+ closings; their hashes are the same", told, re.MULTILINE
    )
