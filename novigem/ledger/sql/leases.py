"""Leases as rows: who works on a feed until when, and a fence that each new holder finds higher than the one before."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, extract, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from novigem.errors import LeaseLost
from novigem.ledger.sql.tables import lease
from novigem.model.change import to_micros
from novigem.model.snapshot import Lease

#: Gives the moment that leases are held against.
Clock = Callable[[], datetime]


def store_time(connection: Connection, clock: Clock | None) -> int:
    """Give the moment by the clock of the store, in microseconds since 1970 UTC.

    That of the PostgreSQL server, since its clients may disagree; that of this machine for a SQLite file.
    """
    if clock is not None:
        return to_micros(clock())
    if connection.dialect.name == "postgresql":
        # Not now(), which stands still during a transaction that waits.
        moment = cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
        return int(connection.execute(select(moment)).scalar_one())
    return to_micros(datetime.now(UTC))


def lease_end(now: int, seconds: float) -> int:
    """Give the moment until which a lease runs."""
    return now + round(seconds * 1_000_000)


def acquire(connection: Connection, name: str, owner: str, *, now: int, until: int) -> Lease | None:
    """Take a lease that is free or the owner's own; None when another holds it."""
    columns = lease.c
    is_free = or_(columns.owner.is_(None), columns.until <= now)
    # One statement: between looking and taking, another could take it.
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(lease)
        .values(name=name, owner=owner, fence=1, until=until)
        .on_conflict_do_update(
            index_elements=[columns.name],
            set_={"owner": owner, "fence": columns.fence + case((is_free, 1), else_=0), "until": until},
            where=or_(is_free, columns.owner == owner),
        )
        .returning(columns.fence)
    )
    fence = connection.execute(statement).scalar()
    return None if fence is None else Lease(name, owner, fence, until)


def holder(connection: Connection, name: str, *, now: int) -> str | None:
    """Give who holds a lease, without waiting for anybody; None when it is free."""
    columns = lease.c
    return connection.execute(select(columns.owner).where(columns.name == name, columns.until > now)).scalar()


def keep(connection: Connection, one: Lease, *, until: int) -> None:
    """Hold a lease until another moment; nobody else can take it before this transaction ends.

    Raises LeaseLost when it is not the owner's any more. One that has run out and that nobody took is kept.
    """
    # The update locks the row, and PostgreSQL holds its conditions against the row as the last holder left it.
    if connection.execute(update(lease).where(_is(one)).values(until=until)).rowcount == 0:
        raise lease_lost(one)


def release(connection: Connection, one: Lease) -> None:
    """Give a lease back, if it is still the owner's."""
    connection.execute(update(lease).where(_is(one)).values(owner=None, until=0))


def held(connection: Connection, *, now: int) -> list[Lease]:
    """Give the leases that are held and have not run out, ordered by name."""
    columns = lease.c
    query = select(lease).where(columns.owner.is_not(None), columns.until > now).order_by(columns.name)
    return [Lease(*row) for row in connection.execute(query)]


def lease_lost(one: Lease) -> LeaseLost:
    """Give the error of an owner who went on after another had taken over."""
    return LeaseLost(
        f"another process has taken over {one.name}",
        hint="nothing is lost: the other process goes on from the last commit",
    )


def _is(one: Lease) -> ColumnElement[bool]:
    columns = lease.c
    return and_(columns.name == one.name, columns.owner == one.owner, columns.fence == one.fence)
