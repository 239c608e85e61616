"""Database errors in our words: what failed, and what to do next. No SQLAlchemy exception leaves the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from novigem.errors import StoreError

_OPEN_HINT = (
    "SQLite keeps files beside it, so its folder must be there and writable; where it is only to be read, the URL is"
    " sqlite:///file:PATH?immutable=1&uri=true"
)


class _Told(NamedTuple):
    message: str
    hint: str
    code: str | None = None


# A piece of the driver's message -> what is told. The first that fits.
_KNOWN = {
    "readonly database": _Told("the database is read-only", "check the permissions of the file and of its folder"),
    "read-only": _Told("the database is read-only", "use a role that may write, or another database"),
    "disk is full": _Told("the disk is full", "free some space and run the same command again; nothing was lost"),
    "No space left": _Told("the disk is full", "free some space and run the same command again; nothing was lost"),
    "database is locked": _Told(
        "another process holds the database", "wait for it to end, then run the same command again"
    ),
    "unable to open database file": _Told(
        "the database file cannot be opened", _OPEN_HINT, code="database-cannot-be-opened"
    ),
    "file is not a database": _Told(
        "the file is not a SQLite database", "give another file, or remove this one", code="not-a-database"
    ),
    "malformed": _Told("the database file is damaged", "restore it from a backup, or start a new one and run again"),
    "append-only": _Told("the ledger is append-only", "correct points by an adjustment", code="ledger-is-append-only"),
    "permission denied": _Told(
        "the database role may not do this", "give it rights on the novigem tables, or use another"
    ),
    "connection refused": _Told("the database server does not answer", "check the address, and that the server runs"),
    "could not translate host name": _Told("the database server is not known", "check the host name in the URL"),
    "password authentication failed": _Told(
        "the database server refused the login", "check user and password in the URL"
    ),
    "does not exist": _Told("the database, schema or role does not exist", "create it, or correct the URL"),
}


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise what SQLAlchemy raises as StoreError, with the cause and the next step."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _explain(error) from error
    except (OverflowError, UnicodeEncodeError) as error:
        # The drivers refuse a number beyond 64 bits, or half a character, with Python's own exceptions.
        raise StoreError(f"a value does not fit into the database: {error}") from error


def _explain(error: SQLAlchemyError) -> StoreError:
    # The driver's own text is short; SQLAlchemy's would repeat the statement and its parameters.
    told = str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error)
    for piece, known in _KNOWN.items():
        if piece.lower() in told.lower():
            return StoreError(known.message, hint=known.hint, code=known.code)
    return StoreError(f"the database failed: {told.strip().splitlines()[0] if told.strip() else type(error).__name__}")
