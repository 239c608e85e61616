"""Whatever somebody changes by hand, with plain SQL, the doctor finds, and says what it is and where.

What no proof can find is listed in `docs/explanation/safety.md`, with the reason; `OUT_OF_REACH` holds that to be so.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from novigem.audit.doctor.doctor import examine
from novigem.audit.doctor.repair import repair_sums, repairs
from novigem.engine.erasure import erase_person
from novigem.ledger.sql.store import SqlStore
from novigem.model.discrepancy import Discrepancy
from novigem.queries.queries import Queries
from novigem.testing import make_id
from tests.contract.test_erasing_from_every_table import ANN, BEN, NOW, fill, season

if TYPE_CHECKING:
    from tests.conftest import Postgres


class Tampering(NamedTuple):
    """What somebody does to the database: statements, the check that finds it, and a part of what it says."""

    name: str
    check: str
    says: str
    statements: tuple[str, ...]


def one(name: str, check: str, says: str, *statements: str) -> Tampering:
    return Tampering(name, check, says, statements)


CID = make_id("005", 3)
_OF_THREE = f"record = '{make_id('006', 3)}'"

TAMPERINGS = (
    # Badges: those that a completion earned, and those given by hand.
    one(
        "an earned badge deleted",
        "completions",
        ANN,
        f"DELETE FROM novigem_badge_award WHERE challenge = 'challenge-1' AND \"user\" = '{ANN}'",
    ),
    one(
        "an earned badge added",
        "completions",
        CID,
        'INSERT INTO novigem_badge_award (program, badge, "user", challenge, period, awarded)'
        f" VALUES ('test', 'badge-1', '{CID}', 'challenge-1', '', 1767787200000000)",
    ),
    one(
        "an earned badge made another",
        "completions",
        ANN,
        f"UPDATE novigem_badge_award SET badge = 'badge-2' WHERE challenge = 'challenge-1' AND \"user\" = '{ANN}'",
    ),
    one(
        "the day of an earned badge changed",
        "completions",
        ANN,
        f"UPDATE novigem_badge_award SET awarded = awarded - 1 WHERE challenge = 'challenge-1' AND \"user\" = '{ANN}'",
    ),
    one("a badge by hand deleted", "journal", "badge-1", "DELETE FROM novigem_badge_award WHERE challenge = ''"),
    one(
        "a badge by hand added",
        "journal",
        ANN,
        'INSERT INTO novigem_badge_award (program, badge, "user", challenge, period, awarded, reason)'
        f" VALUES ('test', 'badge-2', '{ANN}', '', '', 1768867200000000, 'well done')",
    ),
    one(
        "a badge by hand given to another",
        "journal",
        ANN,
        f"UPDATE novigem_badge_award SET \"user\" = '{ANN}' WHERE challenge = ''",
    ),
    one(
        "who gave a badge by hand",
        "journal",
        BEN,
        "UPDATE novigem_badge_award SET author = 'Zoe' WHERE challenge = ''",
    ),
    one(
        "the badge of a team deleted",
        "teams",
        "by-role",
        "DELETE FROM novigem_badge_award WHERE challenge = 'team/challenge-1/by-role'",
    ),
    # Requests.
    one(
        "who approved a request",
        "journal",
        "request 1",
        "UPDATE novigem_request SET decided_by = 'Zoe' WHERE number = 1",
    ),
    one(
        "who asked for a request", "journal", "request 1", "UPDATE novigem_request SET author = 'Zoe' WHERE number = 1"
    ),
    one("the text of a request", "journal", "request 2", "UPDATE novigem_request SET text = 'other' WHERE number = 2"),
    one(
        "the points of a request", "requests", "adjustment 1", "UPDATE novigem_request SET points = 31 WHERE number = 1"
    ),
    one("the last request deleted", "journal", "request 2", "DELETE FROM novigem_request WHERE number = 2"),
    one("a paid request deleted", "requests", "request 1", "DELETE FROM novigem_request WHERE number = 1"),
    one(
        "a request added",
        "journal",
        "request 3",
        'INSERT INTO novigem_request (number, kind, program, "user", points, text, opened, status)'
        f" VALUES (3, 'adjustment', 'test', '{BEN}', 9, 'mine', 1768867200000000, 'open')",
    ),
    # Programs and their versions.
    one(
        "the text of a program under its version",
        "journal",
        "program test",
        "UPDATE novigem_program SET text = replace(text, 'points: 100', 'points: 999') WHERE program = 'test'",
    ),
    one("a program version deleted", "journal", "program old", "DELETE FROM novigem_program WHERE program = 'old'"),
    one(
        "which version is in force",
        "journal",
        "program test",
        "UPDATE novigem_timeline SET version = '000000000000' WHERE program = 'test'",
    ),
    one(
        "from when a version is in force",
        "journal",
        "program old",
        "UPDATE novigem_timeline SET effective = 7 WHERE program = 'old'",
    ),
    one(
        "who took a version into use",
        "journal",
        "program old",
        "UPDATE novigem_timeline SET author = 'Zoe' WHERE program = 'old'",
    ),
    one("the use of a version deleted", "journal", "program old", "DELETE FROM novigem_timeline WHERE program = 'old'"),
    # Final standings.
    one("a closing deleted", "journal", "board-1", "DELETE FROM novigem_closing WHERE id = 'board-1'"),
    one(
        "a row of final standings",
        "closings",
        "board-1",
        "UPDATE novigem_closing SET body = replace(body, '\"rank\":1', '\"rank\":2') WHERE id = 'board-1'",
    ),
    one(
        "when standings were closed",
        "closings",
        "board-1",
        "UPDATE novigem_closing SET closed = 5 WHERE id = 'board-1'",
    ),
    one(
        "final standings under another period",
        "closings",
        "board-1",
        "UPDATE novigem_closing SET period = 'other' WHERE id = 'board-1'",
    ),
    # The change log.
    one(
        "the moment of a change",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_change SET at = at + 1 WHERE {_OF_THREE}",
    ),
    one(
        "the digest of a change",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_change SET digest = (SELECT digest FROM novigem_change WHERE kind = 'delete')"
        f" WHERE {_OF_THREE}",
    ),
    one(
        "the record of a change",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_change SET record = '{make_id('006', 99)}' WHERE {_OF_THREE}",
    ),
    one(
        "the object of a change",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_change SET object = 'Task' WHERE {_OF_THREE}",
    ),
    one(
        "the kind of a change",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_change SET kind = 'update' WHERE {_OF_THREE}",
    ),
    one(
        "who made a change, in its body",
        "replay",
        make_id("006", 3),
        f'UPDATE novigem_change SET body = replace(body, \'"at":\', \'"by":"{CID}","at":\') WHERE {_OF_THREE}',
    ),
    one(
        "a word in the body of a change",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_change SET body = replace(body, 'Ann Lee', 'Zoe') WHERE {_OF_THREE}",
    ),
    one(
        "the body of a change made unreadable",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_change SET body = 'none' WHERE {_OF_THREE}",
    ),
    one("a change deleted", "replay", make_id("006", 3), f"DELETE FROM novigem_change WHERE {_OF_THREE}"),
    # People, as last told.
    one("the role of a person", "journal", BEN, f"UPDATE novigem_person SET role = 'Boss' WHERE id = '{BEN}'"),
    one("the name of a person", "journal", ANN, f"UPDATE novigem_person SET name = 'Zoe' WHERE id = '{ANN}'"),
    one(
        "the address of a person", "journal", BEN, f"UPDATE novigem_person SET email = 'z@z.example' WHERE id = '{BEN}'"
    ),
    one("a person set aside", "journal", BEN, f"UPDATE novigem_person SET active = false WHERE id = '{BEN}'"),
    one("a person deleted", "journal", BEN, f"DELETE FROM novigem_person WHERE id = '{BEN}'"),
    one(
        "from when somebody is in a team", "journal", ANN, "UPDATE novigem_assignment SET since = 7 WHERE role = 'CSM'"
    ),
    one("the end of a time in a team", "journal", ANN, "DELETE FROM novigem_assignment WHERE role = 'CSM'"),
    # The ledger and its journal.
    one("the points of an entry", "journal", "entry 3", "UPDATE novigem_ledger SET points = 99 WHERE entry = 3"),
    one("whose an entry is", "journal", "entry 3", f"UPDATE novigem_ledger SET \"user\" = '{ANN}' WHERE entry = 3"),
    one("the moment of an entry", "journal", "entry 3", "UPDATE novigem_ledger SET occurred = 7 WHERE entry = 3"),
    one("who wrote an entry", "journal", "entry 23", "UPDATE novigem_ledger SET author = 'Zoe' WHERE entry = 23"),
    one("an entry deleted", "journal", "entry 3", "DELETE FROM novigem_ledger WHERE entry = 3"),
    one("the last entry deleted", "journal", "entry 24", "DELETE FROM novigem_ledger WHERE entry = 24"),
    one(
        "an entry added",
        "journal",
        "entry 25",
        'INSERT INTO novigem_ledger (entry, key_digest, generation, key, kind, "user", points, program, version, seq,'
        " goal_value, occurred, recorded) SELECT 25, change, 0, 'test/adjustment/x', 'adjustment', \"user\", 5,"
        " program, version, 0, 0, occurred, recorded FROM novigem_ledger WHERE entry = 3",
    ),
    one(
        "a row of the journal deleted at its end",
        "journal",
        "",
        "DELETE FROM novigem_journal WHERE batch = (SELECT max(batch) FROM novigem_journal)",
    ),
    one(
        "a row of the journal deleted in the middle",
        "journal",
        "batch 2",
        "DELETE FROM novigem_journal WHERE batch = 2",
    ),
    one(
        "a row of the journal changed", "journal", "batch 2", "UPDATE novigem_journal SET recorded = 7 WHERE batch = 2"
    ),
    # What follows from the ledger.
    one(
        "a claim that is paid less", "replay", make_id("006", 3), f"UPDATE novigem_claim SET paid = 5 WHERE {_OF_THREE}"
    ),
    one(
        "a claim that has ended",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_claim SET state = 'ended' WHERE {_OF_THREE}",
    ),
    one(
        "a claim that wins no more",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_claim SET wins = false WHERE {_OF_THREE}",
    ),
    one("the moment of a claim", "replay", make_id("006", 3), f"UPDATE novigem_claim SET at = 7 WHERE {_OF_THREE}"),
    one(
        "whose a claim is",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_claim SET \"user\" = '{ANN}' WHERE {_OF_THREE}",
    ),
    one(
        "a claim of another program",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_claim SET program = 'x' WHERE {_OF_THREE}",
    ),
    one(
        "a claim under other limits",
        "replay",
        make_id("006", 3),
        f"UPDATE novigem_claim SET limits = '' WHERE {_OF_THREE}",
    ),
    one("a claim deleted", "replay", make_id("006", 3), f"DELETE FROM novigem_claim WHERE {_OF_THREE}"),
    one(
        "a total",
        "totals",
        ANN,
        f"UPDATE novigem_total SET points = 999 WHERE book = 'test:*:all' AND \"user\" = '{ANN}'",
    ),
    one(
        "a total deleted", "totals", ANN, f"DELETE FROM novigem_total WHERE book = 'test:*:all' AND \"user\" = '{ANN}'"
    ),
    one("a total added", "totals", CID, f"INSERT INTO novigem_total VALUES ('test:*:all', '{CID}', 500, 5, 7, 1)"),
    one("how many share a place", "totals", "place of 89", "UPDATE novigem_tier SET people = 2 WHERE points = -89"),
    one(
        "how often an account was counted",
        "totals",
        make_id("001", 4),
        f"UPDATE novigem_item SET count = 0 WHERE item = '{make_id('001', 4)}' AND scope = 'test:*:all'",
    ),
    one(
        "how far somebody is",
        "progress",
        ANN,
        f"UPDATE novigem_progress SET value = 1 WHERE challenge = 'challenge-1' AND \"user\" = '{ANN}'",
    ),
    one(
        "what somebody's goal is",
        "progress",
        BEN,
        f"UPDATE novigem_progress SET target = 1000000 WHERE challenge = 'challenge-1' AND \"user\" = '{BEN}'",
    ),
    one(
        "when somebody was through",
        "progress",
        BEN,
        f"UPDATE novigem_progress SET completed = 7 WHERE challenge = 'challenge-1' AND \"user\" = '{BEN}'",
    ),
    one(
        "when somebody began",
        "progress",
        ANN,
        f"UPDATE novigem_progress SET first = 7 WHERE challenge = 'challenge-1' AND \"user\" = '{ANN}'",
    ),
    one("progress deleted", "progress", BEN, f"DELETE FROM novigem_progress WHERE \"user\" = '{BEN}'"),
    one("how far a team is", "teams", "by-role", "UPDATE novigem_progress SET value = 1 WHERE \"user\" = 'by-role'"),
    one(
        "when a team was through",
        "teams",
        "by-role",
        "UPDATE novigem_progress SET completed = 7 WHERE \"user\" = 'by-role'",
    ),
    # What people decided, and what they wish.
    one("the judgement of a flag", "journal", "flag", "UPDATE novigem_flag SET status = 'confirmed'"),
    one("who judged a flag", "journal", "flag", "UPDATE novigem_flag SET author = 'Zoe'"),
    one("a judgement deleted", "journal", "flag", "DELETE FROM novigem_flag"),
    one("somebody listed again", "journal", ANN, "DELETE FROM novigem_privacy"),
    one("somebody taken off the boards", "journal", BEN, f"INSERT INTO novigem_privacy VALUES ('{BEN}', 5)"),
    one("who is known again as erased", "journal", "suppression", "DELETE FROM novigem_erased WHERE words = 0"),
    one("why somebody was erased", "journal", "erasure 1", "UPDATE novigem_erasure SET reason = 'other'"),
    one("an erasure deleted", "journal", "erasure 1", "DELETE FROM novigem_erasure"),
    # Pauses.
    one("why a program was paused", "journal", "pause 1", "UPDATE novigem_pause SET reason = 'other'"),
    one("from when a program is paused", "journal", "pause 1", "UPDATE novigem_pause SET since = 7"),
    one("a pause made its end", "journal", "pause 1", "UPDATE novigem_pause SET kind = 'resume'"),
    one("a pause deleted", "journal", "pause 1", "DELETE FROM novigem_pause"),
    one(
        "a pause added",
        "journal",
        "pause 2",
        "INSERT INTO novigem_pause (number, program, kind, since, moment) VALUES (2, 'test', 'pause', 7, 7)",
    ),
    # Whose clock counts, and for which challenges beside its first an entry counts.
    one(
        "the zone of a person", "journal", BEN, f"UPDATE novigem_person SET timezone = 'Asia/Tokyo' WHERE id = '{BEN}'"
    ),
    one(
        "what an entry counts for too",
        "journal",
        "entry 3",
        "UPDATE novigem_ledger SET also = 'challenge-2' WHERE entry = 3",
    ),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a database of each kind in which every table has rows, its guards gone, to be copied."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('tampered') / 'model.db'}"
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.new_database()
    engine = create_engine(url)
    store = SqlStore(engine)
    fill(store, season())
    # Whoever is erased here has nothing in the season, so that all others stay as they were.
    erase_person(store, make_id("005", 77), reason="left", also=["Dee Dee"])
    _drop_guards(engine)
    engine.dispose()
    return url


@pytest.fixture
def database(request: pytest.FixtureRequest, model: str, tmp_path: Path) -> Iterator[Database]:
    """Give a copy of that database."""
    parsed = make_url(model)
    if parsed.get_backend_name() == "sqlite":
        shutil.copy(parsed.database or "", tmp_path / "copy.db")
        engine = create_engine(f"sqlite:///{tmp_path / 'copy.db'}")
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        engine = create_engine(postgres.new_database(template=parsed.database))
    yield engine
    engine.dispose()


def _drop_guards(engine: Database) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            for name in found:
                connection.execute(text(f"DROP TRIGGER {name}"))
            return
        for table in ("ledger", "journal", "closing"):
            connection.execute(text(f"ALTER TABLE novigem_{table} DISABLE TRIGGER USER"))


def tamper(engine: Database, what: Tampering) -> None:
    with engine.begin() as connection:
        changed = [connection.execute(text(statement.replace(":", r"\:"))).rowcount for statement in what.statements]
    assert all(changed), "nothing was there to be changed"


def found(engine: Database) -> list[Discrepancy]:
    store = SqlStore(engine)
    # The copy of a record was put there by hand, so no change leads to it.
    known = [("copies", f"Opportunity {make_id('006', 1)}", "3 changes")]
    return [
        one
        for _name, problems in examine(store, Queries(store, now=NOW).programs())
        for one in problems
        if (one.check, one.what, one.kept) not in known
    ]


def told(problems: list[Discrepancy], what: Tampering) -> list[Discrepancy]:
    return [one for one in problems if one.check == what.check and what.says in one.what]


def test_nothing_is_found_where_nobody_changed_anything(database: Database) -> None:
    assert found(database) == []


@pytest.mark.parametrize("what", TAMPERINGS, ids=lambda what: what.name)
def test_what_somebody_changed_by_hand_is_found_and_no_repair_hides_it(database: Database, what: Tampering) -> None:
    tamper(database, what)
    before = told(found(database), what)
    assert before
    store = SqlStore(database)
    repaired = repair_sums(store, Queries(store, now=NOW).programs(), now=NOW)
    after = found(database)
    if repaired.found and not repaired.hindered_by:
        # What is mended was told when it was, stays known, and leaves nothing but the rest.
        assert before[0] in repaired.found
        assert [one.figures for one in repairs(store)] == [len(repaired.found)]
        assert after == []
    else:
        assert told(after, what) == before
        assert list(repairs(store)) == []


def test_where_nothing_differs_a_repair_writes_nothing(database: Database) -> None:
    store = SqlStore(database)
    newest = store.newest_batch()
    assert repair_sums(store, Queries(store, now=NOW).programs(), now=NOW).found == []
    assert store.newest_batch() == newest
