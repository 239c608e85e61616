"""The SQL store: it answers on any connection, and one transaction at a time writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from novigem.errors import SettingsError
from novigem.ledger.sql import privacy_rows as privacy
from novigem.ledger.sql.connections import postgres_engine, sqlite_engine
from novigem.ledger.sql.errors import store_errors
from novigem.ledger.sql.leases import Clock, holder, store_time
from novigem.ledger.sql.reader import SqlReader
from novigem.ledger.sql.schema import HEAD, ensure_schema, schema_version
from novigem.ledger.sql.sign_ins import SignIns
from novigem.ledger.sql.transaction import SqlTransaction
from novigem.model.snapshot import Lease


class SqlStore(SqlReader):
    """The ledger in SQLite or PostgreSQL.

    Give it a SQLAlchemy `Engine` and it opens its own connections; give it a `Connection` inside your own transaction
    and it writes there, and you commit. The schema is created, or brought up to date, at the first use.

    Leases too are taken and given back inside your transaction: others see them after your commit, and wait for it.
    `clock` gives the moment that leases are held against; without it that is the clock of the PostgreSQL server, or of
    this machine. `is_current` spares looking at the schema: for whoever opens many stores on one database.
    """

    _streams = True

    def __init__(self, bind: Engine | Connection, *, clock: Clock | None = None, is_current: bool = False) -> None:
        self._bind = bind
        self._clock = clock
        self._schema_is_ready = is_current

    def close(self) -> None:
        """Let go of the connections of a store that opened its own engine or was given one; it opens them again."""
        if not isinstance(self._bind, Connection):
            self._bind.dispose()

    @contextmanager
    def begin(self, *, lock: bool = True) -> Iterator[SqlTransaction]:
        """Open the writing transaction; leaving it normally commits, an exception undoes everything.

        With `lock=False` it may run beside others on PostgreSQL until it calls `lock`.
        """
        with store_errors():
            if isinstance(self._bind, Connection):
                _lock_sqlite(self._bind)
                with self._bind.begin_nested():
                    transaction = self._writing(self._bind, lock=lock)
                    yield transaction
                    transaction.end()
                return
            with self._bind.connect() as connection, connection.begin():
                _lock_sqlite(connection)
                transaction = self._writing(connection, lock=lock)
                yield transaction
                transaction.end()
            # Only a commit makes new tables last.
            self._schema_is_ready = True

    def _writing(self, connection: Connection, *, lock: bool) -> SqlTransaction:
        transaction = SqlTransaction(connection, self._clock)
        if lock:
            transaction.lock()
        if not self._schema_is_ready and schema_version(connection) != HEAD:
            # Two at once would make the same tables, so the version is looked at again under the lock.
            transaction.lock()
            ensure_schema(connection)
        return transaction

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        self._prepare_reading()
        with store_errors(), self._connected() as connection:
            yield connection

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if isinstance(self._bind, Connection):
            yield self._bind
        else:
            with self._bind.connect() as connection:
                pool = self._bind.pool
                try:
                    yield connection
                finally:
                    # Whoever reads may be left half-way when the store is closed; then nobody but us closes this one.
                    if self._bind.pool is not pool:
                        connection.detach()

    def _prepare_reading(self) -> None:
        """Make the tables where there are none yet: an empty place reads as an empty ledger."""
        if self._schema_is_ready:
            return
        # Looking comes before writing, so that a read-only database can be read.
        with store_errors(), self._connected() as connection:
            is_current = schema_version(connection) == HEAD
        if not is_current:
            with self.begin():
                pass
        self._schema_is_ready = not isinstance(self._bind, Connection)

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a connection to read tables that hold no scores, such as those of tokens."""
        with self._connect() as connection:
            yield connection

    def acquire_lease(self, name: str, owner: str, seconds: float) -> Lease | None:
        """Take a lease that nobody holds, that has run out, or that this owner holds; None while another holds it."""
        with self._connect() as connection:
            held_by = holder(connection, name, now=store_time(connection, self._clock))
        if held_by not in (None, owner):
            return None
        with self.begin(lock=False) as transaction:
            return transaction.acquire_lease(name, owner, seconds)

    def release_lease(self, lease: Lease) -> None:
        """Give a lease back; nothing happens when another owner has it by now."""
        with self.begin(lock=False) as transaction:
            transaction.release_lease(lease)

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database; it is made when it is first asked for."""
        with self._connect() as connection:
            found = privacy.read_secret(connection, name)
        if found is not None:
            return found
        with self.begin(lock=False) as transaction:
            return transaction.secret(name)

    def sign_ins(self) -> SignIns:
        """Give sessions, links and preferences, which stand beside the ledger; on a connection they are only read."""
        self._prepare_reading()
        return SignIns(self._bind)

    def scrub(self) -> None:
        """Let the database give up what it keeps of old rows; on your own connection that is yours to do."""
        if isinstance(self._bind, Connection):
            return
        with store_errors(), self._bind.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            privacy.scrub(connection)


def _lock_sqlite(connection: Connection) -> None:
    """Take SQLite's write lock first: one taken later would have read what another process is about to change.

    It also opens the transaction that a savepoint needs around it; the driver opens none by itself.
    """
    if connection.dialect.name == "sqlite" and not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]  # the DB-API type does not know sqlite3's attribute
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def open_store(url: str) -> SqlStore:
    """Open the store at a database URL: `sqlite:///file.db` or `postgresql+psycopg://user:password@host/name`.

    Raises SettingsError for a URL that is none, or names a database we do not speak.
    """
    return SqlStore(open_engine(url))


def open_engine(url: str) -> Engine:
    """Make the engine of a database URL, set up as the store wants it. Raises SettingsError as `open_store` does."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(
            f"{url.rsplit('@', maxsplit=1)[-1]!r} is not a database URL",
            hint="write sqlite:///novigem.db or postgresql+psycopg://user@host/name",
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return sqlite_engine(parsed)
    if backend == "postgresql":
        return postgres_engine(parsed)
    raise SettingsError(f"{backend!r} databases are not supported", hint="use SQLite or PostgreSQL")
