"""What arrives after a closing is listed with what it would change, and a service closes though nothing happens."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

from novigem.audit.doctor.doctor import examine
from novigem.cli.service import _CLOSING
from novigem.engine.closing.late import exceptions_of
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import StoreError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.model.closing import FinalProgress, FinalRow, body_digest
from novigem.queries.queries import Queries
from novigem.queries.seasons import read_exceptions, read_season, read_seasons
from novigem.sync.service.closing import closing_job
from novigem.sync.service.logs import LineFormatter
from novigem.testing import make_id, make_person, make_program
from tests.unit.engine.closing.seasons import END, EVERYTHING, GRACE, Bed, season, signal, task

if TYPE_CHECKING:
    from tests.conftest import Postgres

ANN, BOB, CID = (make_id("005", n) for n in (1, 2, 3))


def closed_bed(store: Any) -> Bed:
    bed = Bed(store)
    bed.feed(signal(1, owner=1), signal(2, owner=1), signal(3, owner=2), task(1, owner=2))
    bed.close_all()
    bed.clock.now += timedelta(days=2)
    return bed


def test_late_changes_are_exceptions_with_what_they_would_change() -> None:
    bed = closed_bed(MemoryStore())
    bed.feed(signal(4, owner=2), task(2, owner=3), signal(5, owner=3, at="2026-01-20T12:00:00Z"))
    found = list(read_exceptions(Queries(bed.store, now=bed.clock.now), bed.store.closings()))
    by_name = {(one.closing.id, one.closing.period): one for one in found}
    assert set(by_name) == {
        ("signals", ""),
        ("weekly", "week:2026-01-05"),
        ("team", "program"),
        ("week", "week:2026-01-05"),
    }
    team = by_name["team", "program"]
    assert [(one.user, one.points, one.kind) for one in team.late] == [
        (BOB, 10, "rule"),
        (CID, 5, "rule"),
        (BOB, 20, "bonus"),
    ]
    moved = {one.user: (one.then, one.now) for one in team.shifts}
    assert moved == {
        ANN: (
            FinalRow(rank=1, user=ANN, points=40, entries=3),
            FinalRow(rank=2, user=ANN, points=40, entries=3),
        ),
        BOB: (
            FinalRow(rank=2, user=BOB, points=15, entries=2),
            FinalRow(rank=1, user=BOB, points=45, entries=4),
        ),
        CID: (None, FinalRow(rank=3, user=CID, points=5, entries=1)),
    }
    signals = by_name["signals", ""]
    (shift,) = signals.shifts
    assert isinstance(shift.now, FinalProgress)
    assert isinstance(shift.then, FinalProgress)
    assert (shift.user, shift.then.completed, shift.now.bonus) == (BOB, None, 20)
    assert shift.now.completed is not None


def test_an_entry_after_the_end_of_a_period_is_no_exception_to_it() -> None:
    bed = closed_bed(MemoryStore())
    bed.feed(task(9, owner=1, at="2026-01-13T12:00:00Z"))
    late = {one.key[1:]: exceptions_of(one, bed.program, bed.store).late for one in bed.store.closings()}
    assert {key for key, entries in late.items() if entries} == {
        ("challenge", "weekly", "week:2026-01-12"),
        ("board", "team", "program"),
        ("board", "week", "week:2026-01-12"),
    }


def test_the_archive_tells_how_a_season_stands_from_the_first_day_to_the_last() -> None:
    bed = Bed(MemoryStore(), now=END - timedelta(days=30))
    bed.feed()

    def look() -> tuple[str, int, int]:
        found = read_season(Queries(bed.store, now=bed.clock.now), bed.program)
        return found.status, len(found.closings), found.late

    assert look() == ("planned", 0, 0)
    bed.clock.now = END - timedelta(days=1)
    bed.feed(signal(1))
    assert look() == ("running", 0, 0)
    bed.clock.now = END
    assert look() == ("provisional", 0, 0)
    assert bed.close_all() == EVERYTHING
    bed.feed(signal(2))
    # The late award and its bonus count once, though they are late for a challenge and two boards.
    assert look() == ("final", 6, 2)
    (one,) = read_seasons(Queries(bed.store, now=bed.clock.now))
    assert (one.people, one.points, len(one.versions)) == (1, 40, 1)


def test_an_edited_program_leaves_what_was_closed_under_the_old_one() -> None:
    bed = closed_bed(MemoryStore())
    before = bed.board()
    edited = season(name="Edited")
    Engine(bed.store, [edited], clock=bed.clock).apply([signal(8, owner=2)])
    assert bed.board() == before
    assert [name for name, problems in examine(bed.store, {"test": edited}) if problems] == []
    team = [one for one in bed.store.closings() if one.id == "team"]
    (found,) = read_exceptions(Queries(bed.store, now=END), team)
    assert found.late


def a_log() -> tuple[logging.Logger, list[dict[str, Any]]]:
    lines: list[dict[str, Any]] = []
    log = logging.getLogger("novigem.sync.service.closing-test")
    log.setLevel(logging.INFO)
    log.propagate = False
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(json.loads(LineFormatter("json").format(record)))  # type: ignore[method-assign]
    log.handlers = [handler]
    return log, lines


def test_a_service_closes_on_time_though_nothing_happens_and_logs_it_once() -> None:
    bed = Bed(MemoryStore())
    bed.feed(signal(1))
    log, lines = a_log()
    job = closing_job(bed.engine, log)
    bed.clock.now = END + GRACE - timedelta(seconds=1)
    job()
    assert {one["period"] for one in lines} == {"week:2026-01-05"}
    lines.clear()
    bed.clock.now += timedelta(seconds=1)
    job()
    job()
    assert [(one["message"], one.get("challenge"), one.get("board"), one["period"]) for one in lines] == [
        ("closed", "signals", None, ""),
        ("closed", "weekly", None, "week:2026-01-12"),
        ("closed", None, "team", "program"),
        ("closed", None, "week", "week:2026-01-12"),
    ]
    assert lines[2]["digest"] == bed.board().digest
    assert _CLOSING == "closing"


def test_a_database_that_is_away_does_not_end_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    bed = Bed(MemoryStore())
    bed.feed()
    log, lines = a_log()

    def fail(_manual: Manual, **_options: Any) -> Any:
        raise StoreError("the database does not answer", hint="start it")

    with monkeypatch.context() as patched:
        patched.setattr(Manual, "close_due", fail)
        closing_job(bed.engine, log)()
    assert [(one["message"], one["level"], one["hint"]) for one in lines] == [("closing failed", "warning", "start it")]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'novigem.db'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.new_database()


def test_two_that_close_at_once_make_one_closing_and_both_databases_say_the_same(url: str) -> None:
    stores = [open_store(url), open_store(url)]
    beds = [Bed(one) for one in stores]
    beds[0].feed(signal(1, owner=1), signal(2, owner=2), task(1))
    both = Barrier(2, timeout=60)

    def close(bed: Bed, days: int) -> list[str]:
        both.wait()
        return bed.close_all(timedelta(days=days))

    with ThreadPoolExecutor() as threads:
        made = list(threads.map(close, beds, (0, 1)))
    assert sorted(made[0] + made[1]) == sorted(EVERYTHING)
    memory = Bed(MemoryStore())
    memory.feed(signal(1, owner=1), signal(2, owner=2), task(1))
    memory.close_all(timedelta(days=0 if made[0] else 1))
    kept = [one._replace(closed=0, body="", digest="") for one in stores[0].closings()]
    assert kept == [one._replace(closed=0, body="", digest="") for one in memory.store.closings()]
    if not made[0] or not made[1]:
        assert stores[1].closings() == memory.store.closings()
    for one in stores:
        one.close()


def test_the_doctor_finds_one_altered_character(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'novigem.db'}")
    bed = closed_bed(SqlStore(engine))
    programs = {"test": bed.program}
    assert [name for name, problems in examine(bed.store, programs) if problems] == []
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER novigem_closing_no_update")
        connection.exec_driver_sql(
            """UPDATE novigem_closing SET body = replace(body, '"points":15', '"points":16') WHERE id = 'team'"""
        )
    found = dict(examine(bed.store, programs))
    assert [(one.check, one.what, one.kept.split()[0]) for one in found["closings"]] == [
        ("closings", "board team program", "hash")
    ]
    engine.dispose()


def test_the_doctor_holds_a_closing_with_a_forged_hash_against_the_ledger() -> None:
    bed = closed_bed(MemoryStore())
    (kept,) = [one for one in bed.store.closings() if one.id == "team"]
    body = kept.body.replace('"points":15', '"points":16')
    forged = kept._replace(body=body, digest=body_digest(body))
    bed.store._tables.closings[kept.key] = forged  # type: ignore[attr-defined]
    (problem,) = dict(examine(bed.store, {"test": bed.program}))["closings"]
    assert (problem.kept, problem.proved) == (f"{BOB}: 16 points", f"{BOB}: 15 points")


def people_of_roles(bed: Bed, *roles: str | None) -> None:
    """Tell of the first, second ... person's role; None for nobody we know of."""
    with bed.store.begin() as transaction:
        transaction.save_people([make_person(n, role=role) for n, role in enumerate(roles, start=1) if role])


def late_of(bed: Bed) -> tuple[list[str], list[str]]:
    """Give whose late entries the one closing lists, and whose standings they move."""
    (closing,) = bed.store.closings()
    found = exceptions_of(closing, bed.program, bed.store)
    return [one.user for one in found.late], [one.user for one in found.shifts]


@pytest.fixture
def board_of_csms() -> Bed:
    """Give a closed board of CSMs with Ann on it, though she is none now, and without Bob, who has become one."""
    scope = {"id": "csm", "name": "CSMs", "scope": {"role": "CSM"}}
    bed = Bed(MemoryStore(), make_program(starts="2026-01-05", weeks=2, leaderboards=[scope]))
    people_of_roles(bed, "CSM", "Other")
    bed.feed(signal(1, owner=1), signal(2, owner=2))
    bed.close_all()
    people_of_roles(bed, "Other", "CSM")
    return bed


def test_whom_a_board_ranked_has_late_entries_whatever_their_role_is_now(board_of_csms: Bed) -> None:
    board_of_csms.feed(signal(3, owner=1))
    assert late_of(board_of_csms) == ([ANN], [ANN])


def test_whom_a_board_left_out_has_no_late_entries_whatever_their_role_is_now(board_of_csms: Bed) -> None:
    board_of_csms.feed(signal(3, owner=2))
    assert late_of(board_of_csms) == ([], [])


def test_a_newcomer_has_late_entries_where_the_store_says_that_the_board_ranks_them(board_of_csms: Bed) -> None:
    people_of_roles(board_of_csms, None, None, "CSM", "Other")
    board_of_csms.feed(signal(3, owner=3), signal(4, owner=4))
    assert late_of(board_of_csms) == ([CID], [CID])


def test_with_a_newcomer_those_whom_the_closing_decided_on_stay_as_it_decided(board_of_csms: Bed) -> None:
    people_of_roles(board_of_csms, None, None, "CSM")
    board_of_csms.feed(signal(3, owner=1), signal(4, owner=2), signal(5, owner=3))
    late, moved = late_of(board_of_csms)
    assert (sorted(late), sorted(moved)) == ([ANN, CID], [ANN, CID])


def test_a_newcomer_has_late_entries_where_the_manager_of_the_board_is_known_no_more() -> None:
    scope = {"id": "led", "name": "Led", "scope": {"manager": "eve@acme.example"}}
    bed = Bed(MemoryStore(), make_program(starts="2026-01-05", weeks=2, leaderboards=[scope]))
    with bed.store.begin() as transaction:
        transaction.save_people([make_person(9, email="eve@acme.example"), make_person(1, manager=9)])
    bed.feed(signal(1, owner=1), signal(2, owner=2))
    bed.close_all()
    with bed.store.begin() as transaction:
        transaction.save_people([make_person(9, email="other@acme.example")])
    bed.feed(signal(3, owner=2), signal(4, owner=3))
    assert late_of(bed) == ([CID], [CID])
