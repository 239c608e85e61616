"""The schema: what the migrations make is what the code expects, and the ledger guards itself."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from novigem.errors import SchemaError, StoreError
from novigem.ledger.journal import JournalRow
from novigem.ledger.sql import schema, tables
from novigem.ledger.sql.rows import entry_row
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.ledger.store import LoggedChange, RejectedRow, StoredProgram
from novigem.model.api_token import ApiToken
from novigem.model.closing import Closing
from novigem.model.entry import BadgeAward, Entry, Progress, Total
from novigem.model.joins import Join
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.request import Request
from novigem.model.snapshot import Lease, Snapshot
from novigem.testing import make_change
from novigem.testing.contract.samples import logged, sample_closing, sample_entry, sample_total, undone

if TYPE_CHECKING:
    from tests.conftest import Postgres


@pytest.fixture(autouse=True, scope="module")
def _migrated_each_time() -> Iterator[None]:
    """Run the migrations themselves, which other tests run once; see `tests/conftest.py`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("novigem.ledger.sql.store.ensure_schema", schema.ensure_schema)
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.new_database()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (tables.progress, Progress),
        (tables.badge_award, BadgeAward),
        (tables.total, Total),
        (tables.person, Person),
        (tables.change, LoggedChange),
        (tables.program, StoredProgram),
        (tables.rejected, RejectedRow),
        (tables.journal, JournalRow),
        (tables.request, Request),
        (tables.judgement, Judgement),
        (tables.closing, Closing),
        (tables.join, Join),
        (tables.pause, PauseStep),
        (tables.api_token, ApiToken),
    ],
    ids=lambda one: getattr(one, "name", getattr(one, "__name__", "")),
)
def test_the_columns_of_a_table_stand_in_the_order_of_the_fields(table: object, kind: type) -> None:
    fields = kind.__struct_fields__ if issubclass(kind, msgspec.Struct) else kind._fields
    assert tuple(column.name for column in table.columns) == fields


def test_a_ledger_row_stands_in_the_order_of_the_columns() -> None:
    entry = msgspec.structs.replace(sample_entry(1), number=5)
    named = dict(zip((column.name for column in tables.ledger.columns), entry_row(entry), strict=True))
    assert named.pop("entry") == 5
    assert len(named.pop("key_digest")) == 16
    assert named.pop("also") is None
    plain = [name for name in Entry.__struct_fields__ if name not in ("number", "also")]
    assert named == {name: getattr(entry, name) for name in plain}


def test_the_migrations_make_exactly_the_tables_of_the_code(engine: Engine) -> None:
    with SqlStore(engine).begin():
        pass
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "novigem_schema", "compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_the_migrations_make_the_indexes_constraints_and_keys_of_the_code(engine: Engine) -> None:
    with SqlStore(engine).begin():
        pass
    found = _shape(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE novigem_schema"))
        tables.metadata.drop_all(connection)
        tables.metadata.create_all(connection)
    assert _shape(engine) == found


def _shape(engine: Engine) -> dict[str, object]:
    look = inspect(engine)
    return {
        name: (
            [(one["name"], str(one["type"]), one["nullable"]) for one in look.get_columns(name)],
            look.get_pk_constraint(name),
            sorted(look.get_unique_constraints(name), key=str),
            # The text of a partial index's condition, not the object that holds it.
            sorted(str(one | {"dialect_options": _texts(one)}) for one in look.get_indexes(name)),
        )
        for name in look.get_table_names()
        if name != "novigem_schema"
    }


def _texts(index: Any) -> dict[str, str]:
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def test_every_name_in_the_database_begins_with_novigem(engine: Engine) -> None:
    with SqlStore(engine).begin():
        pass
    look = inspect(engine)
    names = look.get_table_names()
    names += [index["name"] or "" for table in look.get_table_names() for index in look.get_indexes(table)]
    assert names
    assert [name for name in names if not name.startswith("novigem_")] == []


def test_the_newest_migration_is_the_one_the_code_names(engine: Engine) -> None:
    with SqlStore(engine).begin():
        pass
    with engine.connect() as connection:
        assert schema.schema_version(connection) == schema.HEAD
    assert max(schema._known_versions()) == schema.HEAD


def test_the_columns_of_a_copy_stand_in_the_order_of_its_fields() -> None:
    names = [column.name for column in tables.snapshot.columns]
    assert names == ["org", "object", *Snapshot.__struct_fields__, "sweep"]
    assert [column.name for column in tables.lease.columns] == list(Lease._fields)


FIRST_TABLES = {
    "novigem_ledger", "novigem_change", "novigem_progress", "novigem_item", "novigem_badge_award", "novigem_total",
    "novigem_tier", "novigem_person", "novigem_program", "novigem_position", "novigem_rejected",
}  # fmt: skip
LATER_TABLES = set(tables.metadata.tables) - FIRST_TABLES


def test_a_database_of_the_first_version_keeps_all_that_it_holds(engine: Engine) -> None:
    with SqlStore(engine).begin() as transaction:
        transaction.append([sample_entry(1)])
        transaction.save_totals([sample_total(1)])
        transaction.save_position("feed", "7")
        transaction.log_changes([logged(make_change())])
    before = _rows(engine)
    # Back to what the first version left behind: its own tables with their rows, and none of the later ones.
    with engine.begin() as connection:
        for name in LATER_TABLES:
            connection.execute(text(f"DROP TABLE {name}"))
        for column in ("role_id", "timezone"):
            connection.execute(text(f"ALTER TABLE novigem_person DROP COLUMN {column}"))
        connection.execute(text("ALTER TABLE novigem_progress DROP COLUMN reached"))
        connection.execute(text("ALTER TABLE novigem_ledger DROP COLUMN also"))
        connection.execute(text("DROP INDEX novigem_ledger_adjustment_idx"))
        connection.execute(text("DROP INDEX novigem_person_manager_idx"))
        connection.execute(text("DROP INDEX novigem_change_merge_idx"))
        connection.execute(text("DROP INDEX novigem_change_record_idx"))
        connection.execute(text("CREATE INDEX novigem_change_record_idx ON novigem_change (record)"))
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP FUNCTION novigem_closing_guard"))
        connection.execute(text("UPDATE novigem_schema SET version_num = '0001'"))
    store = SqlStore(engine)
    assert store.position("feed") == "7"
    assert store.leases() == []
    assert _rows(engine) == before
    with engine.connect() as connection:
        assert schema.schema_version(connection) == schema.HEAD
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text("DELETE FROM novigem_ledger"))


def test_the_first_migration_makes_no_table_of_a_later_one(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    old = set(inspect(engine).get_table_names())
    with SqlStore(engine).begin(lock=False):
        pass
    assert set(inspect(engine).get_table_names()) - old == LATER_TABLES


def _rows(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {name: list(connection.execute(table.select())) for name, table in tables.metadata.tables.items()}


def test_two_feeds_that_begin_at_once_make_one_schema(postgres: "Postgres", monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2, timeout=60)

    def look(connection: Connection) -> str | None:
        found = schema.schema_version(connection)
        # Neither goes on before both have seen that there are no tables.
        both.wait()
        return found

    monkeypatch.setattr("novigem.ledger.sql.store.schema_version", look)
    url = postgres.new_database()

    def work(number: int) -> None:
        store = open_store(url)
        with store.begin(lock=False) as transaction:
            transaction.save_position(f"feed {number}", "1")
        store.close()

    with ThreadPoolExecutor() as threads:
        list(threads.map(work, range(2)))
    monkeypatch.undo()
    store = open_store(url)
    assert store.positions("") == {"feed 0": "1", "feed 1": "1"}
    store.close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(engine: Engine) -> None:
    with SqlStore(engine).begin() as transaction:
        transaction.append([sample_entry(1)])
    with engine.begin() as connection:
        connection.execute(text("UPDATE novigem_schema SET version_num = '9999'"))
    store = SqlStore(engine)
    with pytest.raises(SchemaError, match="9999"), store.begin():
        pytest.fail("a newer database was opened for writing")
    with pytest.raises(SchemaError, match="install the newer novigem"):
        store.entry_count()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM novigem_ledger")).scalar() == 1


def test_the_database_itself_refuses_to_change_or_remove_entries(engine: Engine) -> None:
    with SqlStore(engine).begin() as transaction:
        transaction.append([sample_entry(1)])
    statements = ["UPDATE novigem_ledger SET points = 1000", "DELETE FROM novigem_ledger"]
    if engine.dialect.name == "postgresql":
        statements += ["TRUNCATE novigem_ledger", "UPDATE novigem_ledger SET points = 1 WHERE entry = 99"]
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    (entry,) = SqlStore(engine).entries()
    assert entry.points == 10


def test_the_database_itself_refuses_to_change_or_remove_final_standings(engine: Engine) -> None:
    with SqlStore(engine).begin() as transaction:
        transaction.save_closings([sample_closing(1)])
    statements = ["UPDATE novigem_closing SET body = '{}'", "DELETE FROM novigem_closing"]
    if engine.dialect.name == "postgresql":
        statements += ["TRUNCATE novigem_closing"]
    for statement in statements:
        with pytest.raises(DBAPIError, match="final standings do not change"), engine.begin() as connection:
            connection.execute(text(statement))
    assert SqlStore(engine).closings() == [sample_closing(1)]


CREATE = """
import sys
from novigem.ledger.sql.store import open_store
from novigem.testing.contract.samples import logged, sample_entry
store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
with store.begin() as transaction:
    transaction.append([sample_entry(int(sys.argv[2]))])
store.close()
"""


def test_two_processes_at_once_make_one_schema(url: str) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", CREATE, url, number], **pipes) for number in ("1", "2")]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in processes] == ["", ""]
    assert [process.returncode for process in processes] == [0, 0]
    store = open_store(url)
    assert [entry.number for entry in store.entries()] == [1, 2]
    store.close()


def test_a_transaction_of_the_developer_takes_everything_back(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE mine (one INTEGER)"))
        connection.commit()
        store = SqlStore(connection)
        with store.begin() as transaction:
            transaction.append([sample_entry(1)])
            transaction.save_totals([sample_total(1)])
        assert store.entry_count() == 1
        connection.execute(text("INSERT INTO mine VALUES (1)"))
        connection.rollback()
        assert connection.execute(text("SELECT count(*) FROM mine")).scalar() == 0
        assert inspect(connection).get_table_names() == ["mine"]
        connection.rollback()
        # The same store goes on: it does not trust the tables that were rolled back.
        with store.begin() as transaction:
            transaction.append([sample_entry(2)])
        connection.commit()
    assert [entry.number for entry in SqlStore(engine).entries()] == [1]


def test_a_failed_batch_leaves_the_rest_of_the_developers_transaction(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE mine (one INTEGER)"))
        connection.execute(text("INSERT INTO mine VALUES (1)"))
        store = SqlStore(connection)
        with store.begin() as transaction:
            transaction.append([sample_entry(1)])
        with undone(store) as transaction:
            transaction.append([sample_entry(2)])
        with pytest.raises(StoreError), store.begin() as transaction:
            transaction.append([sample_entry(1)])
        connection.commit()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM mine")).scalar() == 1
    assert SqlStore(engine).entry_count() == 1


def test_the_developers_engine_and_connection_are_left_as_they_were(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'own.db'}", poolclass=StaticPool)
    pragmas = ("journal_mode", "synchronous", "cache_size", "temp_store", "foreign_keys", "busy_timeout")

    def settings() -> dict[str, object]:
        with engine.connect() as connection:
            return {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in pragmas}

    before, options = settings(), dict(engine.get_execution_options())
    with engine.connect() as connection:
        store = SqlStore(connection)
        with store.begin() as transaction:
            transaction.append([sample_entry(1)])
        assert len(list(store.entries())) == 1
        assert connection.get_execution_options() == options
        assert connection.in_transaction()
        connection.commit()
    assert len(list(SqlStore(engine).entries())) == 1
    assert settings() == before
    assert engine.get_execution_options() == options
    assert not event.contains(engine, "connect", lambda *_args: None)
    engine.dispose()


def test_reading_does_not_wait_for_a_writer(engine: Engine) -> None:
    store = SqlStore(engine)
    with store.begin() as transaction:
        transaction.append([sample_entry(1)])
    reader = SqlStore(engine)
    with store.begin() as transaction:
        transaction.save_totals([sample_total(1)])
        assert reader.entry_count() == 1
        assert list(reader.rollup_totals("")) == []


def test_a_reader_that_was_left_half_way_holds_nothing_once_its_store_is_closed(url: str) -> None:
    store = open_store(url)
    opened: list[Any] = []
    event.listen(store._bind, "connect", lambda connection, _record: opened.append(connection))
    with store.begin() as transaction:
        transaction.append([sample_entry(1), sample_entry(2)])
    entries = store.entries()
    assert next(entries).number == 1
    store.close()
    entries.close()  # type: ignore[attr-defined]  # a generator, whatever it is called
    for connection in opened:
        with pytest.raises(Exception, match="closed"):
            connection.cursor()
    assert store.entry_count() == 2
    store.close()


def test_database_failures_become_errors_of_ours(tmp_path: Path) -> None:
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database at all" * 100)
    store = open_store(f"sqlite:///{broken}")
    with pytest.raises(StoreError, match="not a SQLite database"):
        store.entry_count()
    store.close()
    with pytest.raises(StoreError, match="does not answer"), open_store("postgresql+psycopg://127.0.0.1:1/x").begin():
        pytest.fail("a server that is not there was reached")
