"""Signing in, as rows: sessions, links that work once, and what people set for themselves.

They stand beside the ledger: nobody's points depend on them, and no journal holds them. Of every token only its SHA-256
is kept, so that whoever reads the database signs in as nobody. Moments are microseconds since 1970 UTC.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, Engine, and_, bindparam, delete, insert, select, update

from novigem.errors import StoreError
from novigem.ledger.sql import tables
from novigem.ledger.sql.bulk import BulkWriter
from novigem.ledger.sql.errors import store_errors

_PREFERENCES = BulkWriter(tables.preference, "update")
_STATES = BulkWriter(tables.sign_in_link, "ignore")
# Asked with every page, so made once.
_PREFERENCES_OF = select(tables.preference.c.name, tables.preference.c.value).where(
    tables.preference.c.user == bindparam("whose")
)
_SESSION_OF = select(tables.session).where(tables.session.c.digest == bindparam("wanted"))
# Links are told apart from one another for so long after their end, in microseconds: nothing can be used again.
_KEPT = 30 * 86_400 * 1_000_000
# Noting that a session was seen must not make a page wait for a run that writes.
_QUICK = "PRAGMA busy_timeout = 50"
_USUAL = "PRAGMA busy_timeout = 120000"


class Session(NamedTuple):
    """Somebody who is signed in, in one browser. `user` is None for somebody who is no user of the org."""

    digest: bytes
    user: str | None
    subject: str
    provider: str
    made: int
    seen: int
    ends: int
    revoked: int | None
    agent: str


class Link(NamedTuple):
    """A link that signs somebody in once."""

    digest: bytes
    user: str | None
    subject: str
    made: int
    ends: int
    used: int | None = None


class SignIns:
    """Sessions, links and preferences in SQLite or PostgreSQL. On a connection it only reads; the tables are there."""

    def __init__(self, bind: Engine | Connection) -> None:
        self._bind = bind

    # Sessions.

    def open(self, session: Session) -> None:
        """Keep a new session, and forget those that ended long ago."""
        columns, links = tables.session.c, tables.sign_in_link.c
        with self._writing() as connection:
            connection.execute(delete(tables.session).where(columns.ends < session.made - _KEPT))
            connection.execute(delete(tables.sign_in_link).where(links.ends < session.made - _KEPT))
            connection.execute(insert(tables.session).values(session._asdict()))

    def session(self, digest: bytes) -> Session | None:
        """Give the session of a token, whether it still holds or not."""
        with self._reading() as connection:
            row = connection.execute(_SESSION_OF, {"wanted": digest}).first()
        return None if row is None else Session(*row)

    def sessions(self, users: Collection[str], now: int) -> list[Session]:
        """Give the sessions of somebody's users that have not ended, the one seen last first."""
        columns = tables.session.c
        holds = and_(columns.user.in_(users), columns.ends > now, columns.revoked.is_(None))
        with self._reading() as connection:
            found = connection.execute(select(tables.session).where(holds).order_by(columns.seen.desc()))
            return [Session(*row) for row in found]

    def note_seen(self, digest: bytes, now: int) -> None:
        """Note that a session was seen; where the database is busy, or only read, the next time will do."""
        try:
            with self._writing(quick=True) as connection:
                connection.execute(update(tables.session).where(tables.session.c.digest == digest).values(seen=now))
        except StoreError:
            return

    def end(self, digest: bytes, users: Collection[str] | None, now: int) -> bool:
        """End one session; with `users`, only where it is one of theirs. Tells whether there was one to end."""
        columns = tables.session.c
        wanted = and_(columns.digest == digest, columns.revoked.is_(None))
        if users is not None:
            wanted = and_(wanted, columns.user.in_(users))
        with self._writing() as connection:
            return connection.execute(update(tables.session).where(wanted).values(revoked=now)).rowcount > 0

    def end_all(self, users: Collection[str], now: int) -> int:
        """End every session of somebody's users; gives how many there were."""
        columns = tables.session.c
        wanted = and_(columns.user.in_(users), columns.revoked.is_(None))
        with self._writing() as connection:
            return connection.execute(update(tables.session).where(wanted).values(revoked=now)).rowcount

    # Links.

    def make_link(self, link: Link) -> None:
        """Keep a link that may be used once."""
        with self._writing() as connection:
            connection.execute(insert(tables.sign_in_link).values(link._asdict()))

    def link(self, digest: bytes, now: int) -> Link | None:
        """Give a link that can still be used; looking at it does not use it up."""
        columns = tables.sign_in_link.c
        query = select(tables.sign_in_link).where(columns.digest == digest, columns.used.is_(None), columns.ends > now)
        with self._reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else Link(*row)

    def use_link(self, digest: bytes, now: int) -> Link | None:
        """Use a link up, and give it; None where it was used, has ended, or never was. Of two at once one gets it."""
        columns = tables.sign_in_link.c
        holds = and_(columns.digest == digest, columns.used.is_(None), columns.ends > now)
        statement = update(tables.sign_in_link).where(holds).values(used=now).returning(*tables.sign_in_link.c)
        with self._writing() as connection:
            row = connection.execute(statement).first()
        return None if row is None else Link(*row)

    def use_once(self, digest: bytes, now: int, ends: int) -> bool:
        """Tell whether something is used for the first time, and note it; `ends` is until when it could be used."""
        row = (digest, None, "", now, ends, now)
        with self._writing() as connection:
            return _STATES.write(connection, [row]) > 0

    # Preferences.

    def preferences(self, user: str) -> dict[str, str]:
        """Give what somebody set for themselves."""
        with self._reading() as connection:
            return {row.name: row.value for row in connection.execute(_PREFERENCES_OF, {"whose": user})}

    def prefer(self, user: str, values: Mapping[str, str]) -> None:
        """Keep what somebody sets; an empty text takes back what was set. Pages that were kept hold no longer."""
        columns = tables.preference.c
        dropped = [name for name, value in values.items() if not value]
        with self._writing() as connection:
            connection.execute(delete(tables.preference).where(columns.user == user, columns.name.in_(dropped)))
            _PREFERENCES.write(connection, [(user, name, value) for name, value in values.items() if value])
            connection.execute(update(tables.revision).values(number=tables.revision.c.number + 1))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with store_errors():
            if isinstance(self._bind, Connection):
                yield self._bind
            else:
                with self._bind.connect() as connection:
                    yield connection

    @contextmanager
    def _writing(self, *, quick: bool = False) -> Iterator[Connection]:
        if isinstance(self._bind, Connection):
            raise TypeError("a connection that shows one moment is not written on; give an engine")
        with store_errors(), self._bind.connect() as connection:
            is_quick = quick and connection.dialect.name == "sqlite"
            if is_quick:
                connection.exec_driver_sql(_QUICK)
                connection.commit()
            try:
                with connection.begin():
                    yield connection
            finally:
                if is_quick:
                    connection.exec_driver_sql(_USUAL)
