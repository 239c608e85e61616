"""Every store that ships passes the contract suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.schema import ensure_schema
from novigem.ledger.sql.store import SqlStore, open_store
from novigem.testing import StoreContract


class TestMemory(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestSqliteFile(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqlStore]:
        store = open_store(f"sqlite:///{tmp_path / 'novigem.db'}")
        yield store
        store.close()


class TestSqliteInTheDevelopersTransaction(StoreContract):
    many = 1_000

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[SqlStore]:
        engine = create_engine(f"sqlite:///{tmp_path / 'own.db'}")
        with engine.connect() as connection:
            yield SqlStore(connection)
        engine.dispose()


class TestPostgres(StoreContract):
    @pytest.fixture
    def store(self, clean_postgres: Engine) -> SqlStore:
        return SqlStore(clean_postgres)


class TestPostgresInTheDevelopersTransaction(StoreContract):
    many = 1_000

    @pytest.fixture
    def store(self, clean_postgres: Engine) -> Iterator[SqlStore]:
        with clean_postgres.connect() as connection:
            yield SqlStore(connection)


def test_a_file_made_by_the_statements_that_tests_keep_is_one_that_the_migrations_make(tmp_path: Path) -> None:
    """See `tests/conftest.py`: the first of these stores may run the migrations, the second one does not."""
    found = []
    for number, make in enumerate([ensure_schema, *[lambda one: SqlStore(one).entry_count()] * 2]):
        engine = create_engine(f"sqlite:///{tmp_path / f'{number}.db'}")
        with engine.begin() as connection:
            make(connection)
            kept = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master").all()
            versions = connection.exec_driver_sql("SELECT * FROM novigem_schema").all()
        engine.dispose()
        found.append((sorted(kept, key=str), versions))
    assert found[0] == found[1] == found[2]
    assert len(found[0][0]) > 20
