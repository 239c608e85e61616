"""Every store that ships passes the contract suite."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from novigem.ledger.memory import MemoryStore
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
