"""Database errors in our words: what failed, and what to do next. No SQLAlchemy exception leaves the store."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from novigem.errors import StoreError

_OPEN_HINT = (
    "SQLite keeps files beside it, so its folder must be there and writable; where it is only to be read:"
    " --db 'sqlite:///file:PATH?immutable=1&uri=true'"
)

# A piece of the driver's message -> (what happened, the next step). The first that fits is told.
_KNOWN = (
    ("readonly database", "the database is read-only", "check the permissions of the file and of its folder"),
    ("read-only", "the database is read-only", "use a role that may write, or another database"),
    ("disk is full", "the disk is full", "free some space and run the same command again; nothing was lost"),
    ("No space left", "the disk is full", "free some space and run the same command again; nothing was lost"),
    ("database is locked", "another process holds the database", "wait for it to end, then run the same command again"),
    ("unable to open database file", "the database file cannot be opened", _OPEN_HINT),
    ("file is not a database", "the file is not a SQLite database", "give another file with --db, or remove this one"),
    ("malformed", "the database file is damaged", "restore it from a backup, or start a new one and run again"),
    ("append-only", "the ledger is append-only", "correct points with `novigem adjust`"),
    ("permission denied", "the database role may not do this", "give it rights on the novigem tables, or use another"),
    ("connection refused", "the database server does not answer", "check the address, and that the server runs"),
    ("could not translate host name", "the database server is not known", "check the host name in the URL"),
    ("password authentication failed", "the database server refused the login", "check user and password in the URL"),
    ("does not exist", "the database, schema or role does not exist", "create it, or correct the URL"),
)  # fmt: skip


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
    for piece, message, hint in _KNOWN:
        if piece.lower() in told.lower():
            return StoreError(message, hint=hint)
    return StoreError(f"the database failed: {told.strip().splitlines()[0] if told.strip() else type(error).__name__}")
