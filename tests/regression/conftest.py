"""The databases that regression tests run on: a file, and where a bug was one of databases a server too."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from novigem.ledger.sql.store import SqlStore, open_store
from tests.regression.beds import Bed, BedMaker


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables once: copying a file is quicker than making it."""
    path = tmp_path_factory.mktemp("empty") / "novigem.db"
    store = open_store(f"sqlite:///{path}")
    with store.begin():
        pass
    store.close()
    return path


@pytest.fixture
def new_bed(tmp_path: Path, empty_database: Path) -> Iterator[BedMaker]:
    """Make beds, each with a database file of its own."""
    stores: list[SqlStore] = []

    def make() -> Bed:
        folder = tmp_path / f"bed-{len(stores)}"
        folder.mkdir()
        shutil.copy(empty_database, folder)
        stores.append(open_store(f"sqlite:///{folder / 'novigem.db'}"))
        return Bed(stores[-1], folder)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def bed(new_bed: BedMaker) -> Bed:
    """Give one bed on a database file."""
    return new_bed()


@pytest.fixture(params=["sqlite", "postgres"])
def any_bed(request: pytest.FixtureRequest, tmp_path: Path) -> Bed:
    """Give a bed on a database file, then one on PostgreSQL."""
    if request.param == "sqlite":
        bed: Bed = request.getfixturevalue("bed")
        return bed
    return Bed(SqlStore(request.getfixturevalue("clean_postgres")), tmp_path)
