"""Whoever holds the password drops the guards and changes what they like: the doctor names the very place."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from novigem.audit.doctor.doctor import examine
from novigem.audit.doctor.seals import find_seal
from novigem.errors import InputError, StoreError
from novigem.ledger.journal import JournalRow
from novigem.ledger.sql import schema, tables
from novigem.ledger.sql import transaction as writing
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import StoredProgram
from novigem.testing.contract.samples import MONDAY, bare_entry, sample_entry, sample_request
from tests.conftest import empty_tables

if TYPE_CHECKING:
    from tests.conftest import Postgres

# Entries 1 to 3, 4 to 5, 6, and 7 to 9.
BATCHES = ([1, 2, 3], [4, 5], [6], [7, 8, 9])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give a database of each kind without its guards, for all tests here."""
    made = new_database(request, request.param, tmp_path_factory.mktemp("attacked"))
    with SqlStore(made).begin():
        pass
    drop_guards(made)
    yield made
    made.dispose()


@pytest.fixture
def engine(database: Engine) -> Engine:
    """Give a database of each kind with four batches, its guards gone."""
    empty_tables(database)
    fill(SqlStore(database))
    return database


def new_database(request: pytest.FixtureRequest, kind: str, folder: Path) -> Engine:
    if kind == "sqlite":
        return create_engine(f"sqlite:///{folder / 'attacked.db'}")
    postgres: Postgres = request.getfixturevalue("postgres")
    return create_engine(postgres.new_database())


@pytest.fixture(params=["sqlite", "postgresql"])
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a database of each kind with four batches, as we make it."""
    made = new_database(request, request.param, tmp_path)
    fill(SqlStore(made))
    yield made
    made.dispose()


def fill(store: SqlStore) -> None:
    for numbers in BATCHES:
        with store.begin() as transaction:
            transaction.save_program(StoredProgram("program", "0123456789ab", "text", MONDAY))
            for number in numbers:
                transaction.append([sample_entry(number) if number % 2 else bare_entry(number, recorded=number)])


def drop_guards(engine: Engine) -> None:
    names = {
        "sqlite": [f"novigem_{table}_no_{verb}" for table in ("ledger", "journal") for verb in ("update", "delete")],
        "postgresql": [f"novigem_{table}_no_change ON novigem_{table}" for table in ("ledger", "journal")],
    }[engine.dialect.name]
    attack(engine, *(f"DROP TRIGGER {name}" for name in names))


def attack(engine: Engine, *statements: str, **values: Any) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), values)


def found(engine: Engine) -> list[tuple[str, str]]:
    """Give what the doctor's check of the journal says of the ledger and its batches."""
    problems = dict(examine(SqlStore(engine), {}))["journal"]
    assert all(one.check == "journal" for one in problems)
    # Without its batch, the program that the first one took into use has no record either.
    return [(one.what, one.kept) for one in problems if not one.what.startswith("program ")]


def renumber(engine: Engine, beyond: int, by: int) -> None:
    """Move the numbers of all entries beyond one, in an order in which none is taken twice."""
    with engine.connect() as connection:
        last = connection.execute(text("SELECT max(entry) FROM novigem_ledger")).scalar_one()
    numbers = range(last, beyond, -1) if by > 0 else range(beyond + 1, last + 1)
    for number in numbers:
        attack(engine, f"UPDATE novigem_ledger SET entry = {number + by} WHERE entry = {number}")


def test_a_ledger_that_nobody_touched_is_proved(engine: Engine) -> None:
    assert found(engine) == []


@pytest.mark.parametrize("column", [one.name for one in tables.ledger.columns if one.name != "entry"])
def test_every_column_of_an_entry_is_proved(engine: Engine, column: str) -> None:
    kept = SqlStore(engine)
    before = dict(kept.entry_bodies())
    kind = tables.ledger.columns[column].type
    value: Any = b"other bytes" if "BLOB" in str(kind) else 77 if "INT" in str(kind) else "other"
    if column == "kind":
        value = "bonus"
    with engine.begin() as connection:
        connection.execute(tables.ledger.update().where(tables.ledger.c.entry == 5).values({column: value}))
    assert [number for number, body in kept.entry_bodies() if body != before[number]] == [5]
    assert found(engine) == [("entry 5", "altered")]


@pytest.mark.parametrize("number", range(1, 10))
def test_one_point_more_is_found_in_any_entry(engine: Engine, number: int) -> None:
    attack(engine, f"UPDATE novigem_ledger SET points = points + 1 WHERE entry = {number}")
    assert found(engine) == [(f"entry {number}", "altered")]


@pytest.mark.parametrize("number", range(1, 10))
def test_an_entry_that_is_taken_out_is_named(engine: Engine, number: int) -> None:
    attack(engine, f"DELETE FROM novigem_ledger WHERE entry = {number}")
    assert found(engine) == [(f"entry {number}", "removed")]
    renumber(engine, number, -1)
    assert found(engine) == [(f"entry {number}", "removed")]


@pytest.mark.parametrize("number", range(1, 11))
def test_an_entry_that_is_put_in_is_named(engine: Engine, number: int) -> None:
    renumber(engine, number - 1, 1)
    columns = ", ".join(f'"{one.name}"' for one in tables.ledger.columns if one.name not in ("entry", "key_digest"))
    source = 1 if number > 1 else 2
    attack(
        engine,
        f"INSERT INTO novigem_ledger (entry, key_digest, {columns})"
        f" SELECT {number}, :digest, {columns} FROM novigem_ledger WHERE entry = {source}",
        digest=b"forged",
    )
    assert found(engine) == [(f"entry {number}", "not in the journal" if number == 10 else "put in")]


def test_two_entries_that_changed_places_are_both_named(engine: Engine) -> None:
    attack(engine, *(f"UPDATE novigem_ledger SET entry = {b} WHERE entry = {a}" for a, b in [(2, 0), (8, 2), (0, 8)]))
    assert found(engine) == [("entry 2", "altered"), ("entry 8", "altered")]


def test_two_batches_that_changed_places_are_both_named(engine: Engine) -> None:
    attack(engine, *(f"UPDATE novigem_journal SET batch = {b} WHERE batch = {a}" for a, b in [(2, 0), (3, 2), (0, 3)]))
    assert [what for what, _kept in found(engine)] == ["batch 2", "batch 3"]


@pytest.mark.parametrize("batch", range(1, 5))
@pytest.mark.parametrize("column", ["first", "last", "recorded", "checks", "previous", "digest"])
def test_a_journal_row_that_was_changed_is_named(engine: Engine, batch: int, column: str) -> None:
    columns = tables.journal.c
    with engine.begin() as connection:
        where = columns.batch == batch
        held = connection.execute(tables.journal.select().where(where)).one()._mapping[column]
        other = held + 1 if isinstance(held, int) else bytes([held[0] ^ 1]) + held[1:]
        connection.execute(tables.journal.update().where(where).values({column: other}))
    assert found(engine) == [(f"batch {batch}", "changed")]


def test_a_tail_cut_off_the_journal_leaves_entries_without_a_batch(engine: Engine) -> None:
    attack(engine, "DELETE FROM novigem_journal WHERE batch > 2")
    assert found(engine) == [("entries 6 to 9", "not in the journal")]
    attack(engine, "DELETE FROM novigem_journal")
    assert found(engine) == [("entries 1 to 9", "not in the journal")]


def test_a_tail_cut_off_the_ledger_is_missed(engine: Engine) -> None:
    attack(engine, "DELETE FROM novigem_ledger WHERE entry > 4")
    assert found(engine) == [("entry 5", "removed"), ("entry 6", "removed"), ("entries 7 to 9", "removed")]


def test_what_is_put_in_behind_the_journal_stays_found_when_work_goes_on(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(tables.ledger.insert().values(_forged(10)))
    with SqlStore(engine).begin() as transaction:
        transaction.append([sample_entry(11)])
    assert found(engine) == [("entry 10", "not in the journal")]


def test_only_a_seal_finds_a_ledger_that_was_written_anew(engine: Engine) -> None:
    store = SqlStore(engine)
    noted = [row.digest.hex() for row in store.journal()]
    assert [getattr(find_seal(store, one), "last", None) for one in noted] == [3, 5, 6, 9]
    short = find_seal(store, noted[1][:16].upper())
    assert short is not None
    assert short.batch == 2
    with store.begin() as transaction:
        transaction.append([sample_entry(10)])
    assert find_seal(store, noted[3]) is not None
    # From the third batch on everything is written again, with other points and a good chain.
    attack(engine, "DELETE FROM novigem_journal WHERE batch > 2", "DELETE FROM novigem_ledger WHERE entry > 5")
    with store.begin() as transaction:
        transaction.append([sample_entry(6, points=1000)])
    assert found(engine) == []
    assert [find_seal(store, one) is not None for one in noted] == [True, True, False, False]


@pytest.mark.parametrize("wrong", ["", "abc", "g" * 64, "0" * 15, "0" * 65, "%" * 16])
def test_what_is_no_seal_is_refused(engine: Engine, wrong: str) -> None:
    with pytest.raises(InputError, match="is not a seal"):
        find_seal(SqlStore(engine), wrong)


def _forged(number: int) -> dict[str, Any]:
    values = {one.name: None for one in tables.ledger.columns if one.nullable}
    texts = {one.name: "forged" for one in tables.ledger.columns if not one.nullable and "TEXT" in str(one.type)}
    numbers = {one.name: 0 for one in tables.ledger.columns if not one.nullable and "INT" in str(one.type)}
    return values | texts | numbers | {"entry": number, "key_digest": b"forged", "kind": "bonus"}


def tables_at(revision: str) -> set[str]:
    """Give the tables of an earlier version of the schema."""
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    scratch = create_engine("sqlite://")
    with scratch.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        found = set(inspect(connection).get_table_names())
    scratch.dispose()
    return found


def test_the_database_itself_refuses_to_change_the_journal_and_covers_what_is_older(guarded: Engine) -> None:
    for statement in ("UPDATE novigem_journal SET last = 9", "DELETE FROM novigem_journal"):
        with pytest.raises(DBAPIError, match="append-only"), guarded.begin() as connection:
            connection.execute(text(statement))
    # Back to what the version before left behind.
    attack(guarded, *(f"DROP TABLE {name}" for name in sorted(set(tables.metadata.tables) - tables_at("0004"))))
    attack(guarded, "ALTER TABLE novigem_person DROP COLUMN role_id", "DROP INDEX novigem_change_merge_idx")
    attack(guarded, "DROP INDEX novigem_person_manager_idx")
    attack(guarded, "ALTER TABLE novigem_person DROP COLUMN timezone", "ALTER TABLE novigem_ledger DROP COLUMN also")
    attack(guarded, "ALTER TABLE novigem_progress DROP COLUMN reached", "DROP INDEX novigem_ledger_adjustment_idx")
    if guarded.dialect.name == "postgresql":
        attack(guarded, "DROP FUNCTION novigem_closing_guard")
    attack(guarded, "UPDATE novigem_schema SET version_num = '0004'")
    with SqlStore(guarded).begin() as transaction:
        transaction.append([sample_entry(10)])
    # The batch in between holds the records of what was not recorded yet, and no entry.
    assert [(row.first, row.last) for row in SqlStore(guarded).journal()] == [(1, 9), (10, 9), (10, 10)]
    assert found(guarded) == []


def test_what_fails_between_the_entries_and_their_journal_row_leaves_neither(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class _Full:
        def write(self, *_given: object) -> int:
            raise sqlite3.OperationalError("disk is full")

    before = SqlStore(engine).newest_batch()
    monkeypatch.setattr(writing, "_JOURNAL", _Full())
    with pytest.raises(sqlite3.OperationalError), SqlStore(engine).begin() as transaction:
        transaction.append([sample_entry(20)])
    with engine.connect() as connection, connection.begin():
        store = SqlStore(connection)
        with pytest.raises(sqlite3.OperationalError), store.begin() as transaction:
            transaction.append([sample_entry(20)])
        monkeypatch.undo()
        with store.begin() as transaction:
            transaction.append([sample_entry(21)])
    assert before is not None
    assert [(row.batch, row.first, row.last) for row in SqlStore(engine).journal()][-1] == (5, 10, 10)
    assert found(engine) == []


def test_work_that_goes_on_meanwhile_is_no_finding(engine: Engine) -> None:
    class Busy(SqlStore):
        more = 20

        def _append(self) -> None:
            self.more += 1
            with SqlStore(engine).begin() as transaction:
                transaction.append([sample_entry(self.more)])

        def entry_count(self) -> int:
            found = super().entry_count()
            self._append()
            return found

        def newest_batch(self) -> JournalRow | None:
            found = super().newest_batch()
            self._append()
            return found

        def journal(self) -> Iterator[JournalRow]:
            self._append()
            rows = list(super().journal())
            self._append()
            return iter(rows)

    assert dict(examine(Busy(engine), {}))["journal"] == []
    assert SqlStore(engine).entry_count() > 9


def test_two_batches_in_one_transaction_of_the_developer_are_two_rows(engine: Engine) -> None:
    with engine.connect() as connection:
        store = SqlStore(connection)
        for number in (20, 21):
            with store.begin() as transaction:
                transaction.append([sample_entry(number)])
        with pytest.raises(StoreError), store.begin() as transaction:
            transaction.append([sample_entry(20)])
        connection.commit()
    assert [row.batch for row in SqlStore(engine).journal()] == [1, 2, 3, 4, 5, 6]
    assert found(engine) == []


def test_a_request_that_vanished_or_was_never_approved_is_found(engine: Engine) -> None:
    store = SqlStore(engine)
    with store.begin() as transaction:
        for _number in range(3):
            transaction.add_request(sample_request())
    assert dict(examine(store, {}))["requests"] == []
    attack(
        engine,
        "DELETE FROM novigem_request WHERE number = 2",
        "UPDATE novigem_request SET status = 'approved', paid = 4",
    )
    problems = dict(examine(store, {}))["requests"]
    assert [(one.what, one.kept) for one in problems] == [
        ("request 2", "removed"),
        ("adjustment 1", "not paid"),
        ("adjustment 3", "not paid"),
    ]
