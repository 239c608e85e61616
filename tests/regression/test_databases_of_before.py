"""Databases that version 0.1.0 wrote open, answer as they did, and go on; see `tests/fixtures/old_databases`."""

import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from novigem import open_store
from novigem_sandbox.org import Clock, SampleOrg, serve
from tests.golden.cli.world import novigem

if TYPE_CHECKING:
    from tests.conftest import Postgres

#: Commands in order, each with what it told.
Answers = dict[str, list[dict[str, Any]]]

KEPT = Path(__file__).parents[1] / "fixtures" / "old_databases"

_SPRING = ("--program", "spring")
_LEDGER = ("ledger", "--last", "0")
_EXPORT = ("privacy", "export", "bob@example.com")
_FLAGS = ("flags", *_SPRING, "--all", "--until", "2024-04-10", "--set", "bulk_awards=2", "--set", "bulk_seconds=300")
_MOVED, _UNDONE = "006Tq0000000002", "00TTq0000000002"

#: What is asked of an old database as it is.
ASKED = (
    ("doctor",),
    *(("board", name, *_SPRING) for name in ("team", "week", "signal-percent", "teams", "leas")),
    *(("board", name, *_SPRING, "--live") for name in ("team", "teams", "leas")),
    ("board", "week", *_SPRING, "--period", "week:2024-03-04"),
    ("board", "team", *_SPRING, "--as-of", "2024-03-15"),
    ("board", "team", *_SPRING, "--user", "lea@example.com"),
    ("board", "all", "--program", "renewals"),
    ("progress",),
    ("progress", "--live"),
    ("progress", *_SPRING, "--challenge", "badge/climber"),
    ("progress", *_SPRING, "--team", "pilots"),
    ("badges",),
    ("teams",),
    _LEDGER,
    *(("statement", f"{name}@example.com", *_SPRING) for name in ("bob", "cid", "lea")),
    ("explain", _MOVED),
    ("explain", _UNDONE),
    ("explain", "--near-misses", *_SPRING),
    ("adjust", "--list"),
    ("appeal", "list"),
    ("appeal", "show", "3"),
    ("seasons",),
    ("seasons", "spring"),
    ("seasons", "renewals"),
    _FLAGS,
    ("program", "history", "spring"),
    ("program", "show", "34ab6672b6e9"),
    ("privacy", "list"),
    ("privacy", "status", "lea@example.com"),
    _EXPORT,
    ("status",),
)
#: How it goes on: commands that write, and what is there afterwards.
LATER = (
    ("run", "spring-now.yaml", "--from", "first.jsonl"),
    ("run", "spring-now.yaml", "--from", "more.jsonl"),
    ("run", "spring-now.yaml", "--from", "more.jsonl"),
    ("adjust", "--approve", "5", "--author", "Sam Ortiz"),
    ("appeal", "uphold", "6", "--points", "10", "--reason", "it did come back", "--author", "Sam Ortiz"),
    ("award", "helper", "cid@example.com", *_SPRING, "--reason", "for the move"),
    ("privacy", "opt-in", "lea@example.com"),
    ("board", "team", *_SPRING),
    ("board", "team", *_SPRING, "--live"),
    ("board", "teams", *_SPRING, "--live"),
    ("progress", "--live"),
    ("progress", *_SPRING, "--team", "pilots", "--live"),
    ("badges",),
    _LEDGER,
    ("statement", "ann@example.com", *_SPRING),
    ("seasons", "spring"),
    ("appeal", "list"),
    ("doctor",),
)

#: What there is after one more sync.
SYNCED = (("board", "all", "--program", "renewals"), ("explain", "006Nv0000000004"), ("doctor",))

_MOMENT = re.compile(r"20(2[5-9]|[3-9]\d)-\d\d-\d\dT[\d:.]+Z")
_HASH = re.compile(r"[0-9a-f]{64}")
_COUNTS = ("changes", "entries", "points", "bonuses", "corrections", "rejected", "people", "alarms", "errors", "closed")


def told(folder: Path, db: str, command: tuple[str, ...], known: AbstractSet[str] | None = None) -> dict[str, Any]:
    """Give what a command tells as JSON, less what the day of asking decides.

    `known` are the hashes that were there before; left out, every hash is told as it is. Of the longest answers a
    digest is given: of the whole ledger, and of each part of an export.
    """
    answer = novigem(folder, *command, *(() if command == _EXPORT else ("--json",)), "--db", db)
    assert answer.code == 0, (command, answer)
    if command == _LEDGER:
        lines = [steady(_without_what_is_new(json.loads(line)), known) for line in answer.out.splitlines()]
        out: Any = {"entries": len(lines), "digest": digest(lines)}
    else:
        out = steady(_without_what_is_new(json.loads(answer.out)), known)
    if command == _EXPORT:
        out = {name: digest(part) for name, part in out.items()}
    return {"command": " ".join(command), "answer": out}


def digest(value: Any) -> str:
    """Give a short digest of a JSON value."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def _without_what_is_new(answer: Any) -> Any:
    """Give an answer without keys that version 0.1.0 did not know, where they tell nothing of what is told beside."""
    if not isinstance(answer, dict):
        return _of_one_challenge(answer)
    # Why corrections were made adds up to how many were.
    causes = answer.pop("corrections_by_cause", {})
    assert sum(causes.values()) in (0, answer.get("corrections"))
    return _of_one_challenge({name: value for name, value in answer.items() if (name, value) != ("names", [])})


def _of_one_challenge(answer: Any) -> Any:
    """Leave out the list of the challenges of an entry where it says no more than that of its one challenge.

    Verdicts and near misses told of none before.
    """
    if isinstance(answer, list):
        return [_of_one_challenge(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    says_the_same = answer.get("challenges") in ([], [answer.get("challenge")]) and "entry" in answer
    says_the_same |= ("verdict" in answer or "misses" in answer) and len(answer.get("challenges", ())) <= 1
    return {
        name: _of_one_challenge(value) for name, value in answer.items() if name != "challenges" or not says_the_same
    }


def steady(value: Any, known: AbstractSet[str] | None) -> Any:
    """Give an answer without what differs from day to day.

    The seasons lie in 2024, so a later moment is that of asking. What is written in a test is sealed with the moment of
    writing, so new hashes differ too. How far behind a sync is grows by itself.
    """
    if isinstance(value, dict):
        return {name: steady(one, known) for name, one in value.items() if name != "lag_seconds"}
    if isinstance(value, list):
        return [steady(one, known) for one in value]
    if isinstance(value, str):
        if known is not None and _HASH.fullmatch(value) and value not in known:
            return "a new hash"
        return _MOMENT.sub("later", value)
    return value


def hashes(text: str) -> AbstractSet[str]:
    """Give every hash in a text."""
    return frozenset(_HASH.findall(text))


@contextmanager
def old_org() -> Iterator[tuple[SampleOrg, dict[str, Any]]]:
    """Serve the org that the second season was read from, and give it with the settings of a sync."""
    org = SampleOrg(Clock.at(datetime(2024, 3, 5, 15, tzinfo=UTC)), org_id="00DTq0000000001EAA")
    org.sessions.life_seconds = 10**8
    with serve(org) as running:
        yield org, {"NOVIGEM_SF_INSTANCE_URL": running.url, "NOVIGEM_SF_ACCESS_TOKEN": running.token()}


def at_work(org: SampleOrg) -> Iterator[None]:
    """Let an invented team work in it, always in the same way; the databases were synced after each of three steps."""
    ivo = org.add_user("Ivo Orgson", role="Customer Success Manager", Email="ivo@example.com")
    given = {"StageName": "Qualification", "CloseDate": "2024-06-30", "OwnerId": ivo, "Type": "New Customer"}
    deals = [org.create("Opportunity", given, Name=f"Deal {n}", user=ivo) for n in range(3)]
    org.clock.advance(1200)
    yield
    org.clock.advance(600)
    more = [org.create("Opportunity", given | {"Type": "Renewal"}, Name=f"More {n}", user=ivo) for n in range(2)]
    org.clock.advance(600)
    yield
    org.clock.advance(600)
    org.update(deals[0], StageName="Proposal", user=ivo)
    org.delete(deals[2], user=ivo)
    org.clock.advance(600)
    yield
    org.clock.advance(600)
    org.update(deals[1], StageName="Proposal", user=ivo)
    org.delete(more[0], user=ivo)
    org.create("Opportunity", given | {"Type": "Renewal"}, Name="One more", user=ivo)
    org.clock.advance(600)
    yield


def synced_once_more(folder: Path, db: str, known: AbstractSet[str]) -> list[dict[str, Any]]:
    """Sync what the team did since the databases were made, and give what was counted and what there is then."""
    with old_org() as (org, settings):
        work = at_work(org)
        for _step in range(4):
            next(work)
        answer = novigem(folder, "sync", "renewals.yaml", "--json", "--db", db, **settings)
    assert answer.code == 0, answer
    counted = {name: value for name, value in json.loads(answer.out).items() if name in _COUNTS}
    return [{"command": "sync", "answer": counted}, *(told(folder, db, command, known) for command in SYNCED)]


def restore_file(folder: Path) -> str:
    """Put the kept SQLite file into a folder, and give its URL."""
    (folder / "season.sqlite").write_bytes(gzip.decompress((KEPT / "season-0.1.0.sqlite.gz").read_bytes()))
    return f"sqlite:///{folder / 'season.sqlite'}"


def restore_dump(url: str) -> str:
    """Run the kept PostgreSQL dump in an empty database, and give its URL. No tool of PostgreSQL is needed."""
    dump = gzip.decompress((KEPT / "season-0.1.0.postgresql.sql.gz").read_bytes())
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(dump)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Restore the database of a kind, and give its URL."""
    for file in (*KEPT.glob("*.yaml"), *KEPT.glob("*.jsonl")):
        shutil.copy(file, tmp_path)
    if request.param == "sqlite":
        return restore_file(tmp_path)
    postgres: Postgres = request.getfixturevalue("postgres")
    return restore_dump(postgres.new_database())


@pytest.fixture(scope="module")
def expected() -> Answers:
    """Give the answers that version 0.1.0 gave."""
    answers: Answers = json.loads((KEPT / "expected.json").read_text("utf-8"))
    return answers


def test_an_old_database_answers_as_it_did(db: str, tmp_path: Path, expected: Answers) -> None:
    with closing(open_store(db)) as store:
        assert len(list(store.entries())) == 87
    for command, before in zip(ASKED, expected["before"], strict=True):
        assert told(tmp_path, db, command) == before, " ".join(command)


def test_an_old_database_goes_on_as_it_would_have(db: str, tmp_path: Path, expected: Answers) -> None:
    known = hashes(json.dumps(expected["before"]))
    for command, later in zip(LATER, expected["later"], strict=True):
        assert told(tmp_path, db, command, known) == later, " ".join(command)


def test_a_sync_goes_on_from_the_positions_and_copies_of_an_old_database(
    db: str, tmp_path: Path, expected: Answers
) -> None:
    known = hashes(json.dumps(expected["before"]))
    assert synced_once_more(tmp_path, db, known) == expected["synced"]


def test_every_table_of_an_old_database_has_rows(db: str) -> None:
    engine = create_engine(db)
    with engine.connect() as connection:
        tables = [name for name in inspect(engine).get_table_names() if name.startswith("novigem_")]
        counts = {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) for name in tables}
    engine.dispose()
    assert len(counts) == 26
    assert [name for name, count in counts.items() if not count] == []


def test_an_old_database_still_refuses_to_have_its_proofs_changed(db: str) -> None:
    engine = create_engine(db)
    with engine.connect() as connection:
        for table in ("novigem_ledger", "novigem_journal", "novigem_closing"):
            with pytest.raises(DBAPIError, match=r"append-only|do not change"), connection.begin():
                connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()


def test_the_expected_answers_hold_what_they_are_for(expected: Answers) -> None:
    """An answer that was empty when it was recorded would prove nothing."""
    assert [one["command"] for answers in expected.values() for one in answers if not one["answer"]] == []
    first, more, again = (one["answer"] for one in expected["later"][:3])
    assert (first["new_changes"], first["entries"], again["new_changes"]) == (0, 0, 0)
    assert more["entries"] > 0
    assert more["corrections"] > 0
    doctors = [one["answer"] for answers in expected.values() for one in answers if one["command"] == "doctor"]
    assert [one["ok"] for answer in doctors for one in answer["checks"]] == [True] * 30
