"""A season with everything in it, and one person named in every table: afterwards nothing leads to them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine

from novigem.audit.doctor.doctor import examine
from novigem.audit.flags import FlagSettings, Look, judge, look
from novigem.engine.closing.windows import board_window, challenge_window
from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.engine.manual import Manual
from novigem.engine.personal_rows import count_rows, redactor_of, rows_about
from novigem.engine.requests import Requests
from novigem.errors import StoreError
from novigem.feed.source import Page, Rejected
from novigem.ledger.redaction import UNTOUCHED_TABLES
from novigem.ledger.sql.api_tokens import add_token
from novigem.ledger.sql.sign_ins import Link, Session
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.sql.tables import closing, metadata
from novigem.ledger.store import ProgramUse, StoredProgram
from novigem.model.api_token import ApiToken
from novigem.model.closing import read_standings
from novigem.model.joins import Join
from novigem.model.pause import PauseStep
from novigem.model.program import Program
from novigem.model.snapshot import Lease
from novigem.program.dump import dump_program
from novigem.queries.export import SECTIONS, export_person
from novigem.queries.queries import Board, Queries
from novigem.queries.teams import read_teams
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.testing.contract.samples import STREAM, sample_snapshot

NOW = datetime(2026, 1, 20, tzinfo=UTC)
ANN, BEN = make_id("005", 1), make_id("005", 2)
NAME, MAIL = "Ann Lee", "ann.lee@acme.example"
TRACES = (ANN[:15], NAME, MAIL)
#: What names nobody: the shape of ranks, proofs that are digests, and (where no goal counts people) what records name.
NAMELESS = UNTOUCHED_TABLES | {
    "novigem_tier",
    "novigem_journal",
    "novigem_erasure",
    "novigem_reference",
    "novigem_revision",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give an empty database of each kind."""
    kept = f"sqlite:///{tmp_path / 'every.db'}"
    made = create_engine(kept if request.param == "sqlite" else request.getfixturevalue("postgres").new_database())
    yield made
    made.dispose()


def season(**keys: object) -> Program:
    """Give a program with rules that remember, terms and teams that name Ann, and a second approver."""
    return make_program(
        {"challenge": "challenge-1", "on_undo": "reverse", "cap": {"points": 100}},
        challenges=[
            {
                "completion": {"bonus": 5, "badge": "badge-1"},
                "goal": {"count": "rules", "target": 3},
                "team_goal": {"target": 2, "credit": "each", "bonus": 4, "badge": "badge-2"},
            }
        ],
        badges=[{}, {}],
        teams=[
            {"id": "listed", "name": "Listed", "members": [{"user": MAIL, "from": date(2026, 1, 5)}]},
            {"id": "led", "name": "Led", "manager": MAIL},
            {"id": "by-role", "name": "By role", "role": ["CSM"]},
        ],
        leaderboards=[
            {"scope": "everybody", "ranking": "ordinal", "ties": ["distinct_accounts"]},
            {"scope": {"manager": MAIL}},
            {"scope": "teams", "ties": []},
        ],
        starts="2026-01-05",
        ends="2026-02-01",
        people=[{"user": MAIL, "part_time": 50, "targets": {"challenge-1": 2}}],
        adjustments={"second_approver": True, "above": 10},
        **keys,
    )


def looked(store: SqlStore, program: Program) -> Look:
    return look(store, program, settings=FlagSettings(bulk_awards=3))


def fill(store: SqlStore, program: Program) -> None:
    """Name Ann in every table there is."""
    engine = Engine(store, [program], clock=lambda: NOW)
    changes = [
        make_change(record=n, owner=1 + n % 2, Name=f"for {NAME}", AccountId=make_id("001", n)) for n in range(1, 17)
    ]
    people = [make_person(1, name=NAME, email=MAIL, role="CSM"), make_person(2, name="Ben", manager=1)]
    engine.apply(Page(changes, people, rejected=[Rejected("line 1", "bad", f"{NAME},x")]), feed=f"file:/home/{MAIL}")
    engine.apply([make_change("delete", record=2, owner=1, at="2026-01-12T12:00:00Z")])
    Manual(engine).adjust("test", ANN, 7, reason=f"thanks to {NAME}", author=MAIL)
    asked = Requests(engine).ask("test", ANN, 30, reason="a lot", author="Ben")
    Requests(engine).approve(asked.number, author="Cleo")
    Requests(engine).appeal("test", ANN, record=make_id("006", 2), reason="it was mine", author=NAME)
    Manual(engine).award_badge("test", "badge-1", BEN, reason=f"says {NAME}", author=MAIL)
    seen = looked(store, program)
    named = [flag.finding.id for flag in seen.flags if flag.finding.user == ANN]
    judge(store, seen, named, "dismissed", reason=f"asked {NAME}", author=MAIL, now=NOW)
    Manual(engine).close_early(
        challenge_window(program, program.challenges[0], None), reason=f"for {NAME}", author=MAIL
    )
    for board in (program.leaderboards[0], program.leaderboards[2]):
        Manual(engine).close_early(board_window(program, board, program.window), reason="the end", author="Ben")
    with store.begin() as transaction:
        transaction.save_position(f"file:/home/{MAIL}", "5")
        transaction.save_report("feed", msgspec.json.encode({"error": f"no answer for {NAME}"}).decode())
        transaction.save_snapshots(
            STREAM, [sample_snapshot(1, values=f'{{"Id":"{make_id("006", 1)}","Owner":"{NAME}"}}')]
        )
        transaction.opt_out(ANN, 1)
        transaction.save_pause(PauseStep(0, "program", "pause", 5, 5, MAIL, f"{NAME} asked"))
        transaction.save_join(Join(0, make_id("005", 3), ANN, 5, 5, MAIL, f"{NAME} has two"))
        old = make_program(program="old", participants={"users": [ANN]}, status="draft")
        kept = StoredProgram("old", old.version, dump_program(old), 5)
        transaction.use_program(kept, ProgramUse("old", 5, old.version, 5, "dated", MAIL, f"{NAME} asked"))
        assert isinstance(transaction.acquire_lease("salesforce/x", f"{MAIL}:77", 60), Lease)
    sign_ins = store.sign_ins()
    sign_ins.open(Session(b"1" * 32, ANN, MAIL, "mail", 5, 5, 2**50, None, "Firefox"))
    sign_ins.make_link(Link(b"2" * 32, ANN, MAIL, 5, 2**50))
    sign_ins.prefer(ANN, {"theme": "dark"})
    assert isinstance(store._bind, Database)
    add_token(store._bind, ApiToken(b"digest", f"for {NAME}", ANN, "read:own", 5))


def cells(store: SqlStore) -> Iterator[tuple[str, str]]:
    with store._connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                yield from ((table.name, one.decode("latin-1") if isinstance(one, bytes) else str(one)) for one in row)


def traces(store: SqlStore) -> set[str]:
    return {table for table, text in cells(store) if any(one.casefold() in text.casefold() for one in TRACES)}


def memberships(store: SqlStore, stands_for: dict[str, str]) -> list[tuple[object, ...]]:
    """Give who is in which team, whom its completion credited, and how far it is; ids go by what stands for them."""
    program = Queries(store, now=NOW).program("test")
    memberships = [membership for team in read_teams(store, program) for membership in team.memberships]
    credited = [(one.user, one.challenge) for one in store.badges() if one.challenge.startswith("team/")]
    found = [*memberships, *credited, *((row.rank, row.user, row.points) for row in team_board(store).rows)]
    return sorted(tuple(stands_for.get(str(cell), str(cell)) for cell in row) for row in found)


def team_board(store: SqlStore) -> Board:
    return Queries(store, now=NOW).board("board-3", program_id="test", live=True)


def problems(store: SqlStore) -> list[object]:
    # The copy was put there by hand, so no change leads to it.
    programs = Queries(store, now=NOW).programs()
    return [one for name, found in examine(store, programs) if name != "copies" for one in found]


def test_nothing_in_any_table_leads_to_somebody_erased_and_every_proof_holds(engine: Database) -> None:
    store, program = SqlStore(engine), season()
    fill(store, program)
    assert traces(store) == set(metadata.tables) - NAMELESS
    assert problems(store) == []
    before, judged = store.closings(), looked(store, program).flags
    belonged = memberships(store, {ANN: "Ann"})
    assert {"listed", "led", "by-role"} <= {cell for row in belonged for cell in row}
    assert any(row[1] == "Ann" for row in belonged)
    redactor = redactor_of(store, ANN)
    assert set(count_rows(rows_about(store, redactor))) == set(metadata.tables) - NAMELESS
    erased = erase_person(store, ANN, reason=f"{NAME} left")
    assert traces(store) == set()
    assert problems(store) == []
    # Teams lose nobody: whoever was in one is so still, under the new id.
    assert memberships(store, {erased.user: "Ann"}) == belonged

    # Everybody keeps the place that was closed, and both hashes are kept.
    for old, new in zip(before, store.closings(), strict=True):
        then, now = read_standings(old), read_standings(new)
        assert [(one.rank, one.points) for one in then.rows] == [(one.rank, one.points) for one in now.rows]
        assert [one.user.replace(ANN, erased.user) for one in then.rows] == [one.user for one in now.rows]
        kept = [one._replace(user=one.user.replace(ANN, erased.user)) for one in then.members]
        assert list(now.members) == kept
        assert bool(kept) == then.ranks_teams == now.ranks_teams
    told = msgspec.json.decode(erased.erasure.closings)
    assert [(one["before"], one["after"]) for one in told] == [
        (old.digest, new.digest) for old, new in zip(before, store.closings(), strict=True)
    ]
    # A judgement stays with its flag.
    (current,) = [one for one in Queries(store, now=NOW).programs().values() if one.program == "test"]
    after = looked(store, current).flags
    assert [one.judgement is None for one in after] == [one.judgement is None for one in judged]
    assert {one.finding.user for one in after} == {one.finding.user.replace(ANN, erased.user) for one in judged}


def test_whatever_is_done_afterwards_brings_nobody_back(engine: Database) -> None:
    store, program = SqlStore(engine), season()
    fill(store, program)
    stale = looked(store, program)
    erase_person(store, ANN, reason="left")
    entries = list(store.entries())
    # The program file still names Ann, and so does whoever works with it.
    again = Engine(store, [program], clock=lambda: NOW)
    changes = [
        make_change(record=n, owner=1 + n % 2, Name=f"for {NAME}", AccountId=make_id("001", n)) for n in range(1, 17)
    ]
    again.apply(Page(changes, [make_person(1, name=NAME, email=MAIL)]))
    assert list(store.entries()) == entries
    again.apply([make_change(record=50, owner=1)])
    Requests(again).ask("test", ANN, 20, reason=f"for {NAME}", author=MAIL)
    Manual(again).close_early(
        board_window(program, program.leaderboards[1], program.window), reason=f"for {NAME}", author=MAIL
    )
    named = [flag.finding.id for flag in stale.flags if flag.finding.user == ANN]
    judge(store, stale, named, "confirmed", reason=f"asked {NAME}", author=MAIL, now=NOW)
    assert traces(store) == set()
    assert problems(store) == []


def test_altered_final_standings_are_not_sealed_anew(engine: Database) -> None:
    store, program = SqlStore(engine), season()
    fill(store, program)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER novigem_closing_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE novigem_closing DISABLE TRIGGER USER")
        connection.execute(closing.update().values(digest="0" * 64))
    with pytest.raises(StoreError, match="final standings"):
        erase_person(store, ANN, reason="left")


def test_an_export_tells_of_every_table_and_of_no_standing_of_others(engine: Database) -> None:
    store, program = SqlStore(engine), season()
    fill(store, program)
    told = msgspec.json.decode("".join(export_person(Queries(store, now=NOW), ANN, now=NOW)))
    tables = set(metadata.tables) - NAMELESS
    assert {SECTIONS.get(one, one.removeprefix("novigem_")) for one in tables} <= set(told)
    for one in told["final_standings"]:
        own = {row["user"] for row in (*one["body"]["rows"], *one["body"]["progress"])}
        memberships = [(membership["team"], membership["start"]) for membership in one["body"].get("stays", ())]
        start = "2026-01-05T00:00:00Z"
        assert (own, memberships) in [({ANN}, []), (set(), [("listed", start), ("by-role", start)])]
    assert {one["draft"]["user"] for one in told["claims"]} == {ANN}
    (terms,) = [one["terms"] for one in told["programs"] if one["program"] == "test"]
    assert terms == [{"user": MAIL, "part_time": 50, "targets": {"challenge-1": 2}}]
