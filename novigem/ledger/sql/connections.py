"""The engines of a store that opens its own: SQLite for many readers and one writer, PostgreSQL by psycopg 3."""

import sqlite3
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL

from novigem.errors import SettingsError

_LOCK_WAIT_SECONDS = 120
_LOCK_RETRY_SECONDS = 0.02

# WAL lets boards be read while a run writes. With NORMAL a power cut may take back the newest batches, with their feed
# position, and the next run brings them again. A larger checkpoint halves the cost of random index writes.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA wal_autocheckpoint=8000",
    "PRAGMA cache_size=-64000",
    "PRAGMA temp_store=MEMORY",
)


def sqlite_engine(url: URL) -> Engine:
    """Make the engine of a SQLite file, whose connections wait for each other.

    Raises SettingsError when the folder of the file does not exist.
    """
    file = (url.database or "").removeprefix("file:")
    if file and file != ":memory:" and not Path(file).absolute().parent.is_dir():
        raise SettingsError(
            f"the folder of the database {file!r} does not exist", hint="create it, or give another file"
        )
    engine = create_engine(url, connect_args={"timeout": _LOCK_WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in SQLITE_PRAGMAS:
            _set_pragma(connection, pragma)

    return engine


def _set_pragma(connection: sqlite3.Connection, pragma: str) -> None:
    give_up = monotonic() + _LOCK_WAIT_SECONDS
    while True:
        try:
            connection.execute(pragma)
        except sqlite3.OperationalError as error:
            # A read-only file refuses WAL; reading it works all the same.
            if "readonly" in str(error):
                return
            # SQLite's own waiting does not cover the switch to WAL, which two processes may begin at once.
            if "locked" not in str(error) or monotonic() > give_up:
                raise
            sleep(_LOCK_RETRY_SECONDS)
        else:
            return


def postgres_engine(url: URL) -> Engine:
    """Make the engine of a PostgreSQL database. Raises SettingsError where psycopg is not installed."""
    # Plain `postgresql://` would mean psycopg 2, which we do not use.
    url = url.set(drivername="postgresql+psycopg")
    try:
        # What is read after the lock must be what its last holder left, whatever the server's own default is.
        return create_engine(url, isolation_level="READ COMMITTED")
    except ModuleNotFoundError as error:
        raise SettingsError("PostgreSQL needs psycopg", hint="pip install 'novigem[postgres]'") from error
