"""Displays in a database: the links to walls, and the tokens of embeds that were used."""

from sqlalchemy import Connection, delete, insert, select, update

from novigem.ledger.sql import tables
from novigem.model.displays import DisplayLink


def read_links(connection: Connection) -> list[DisplayLink]:
    """Give every link, the newest first."""
    columns = tables.display_link.c
    query = select(tables.display_link).order_by(columns.made.desc(), columns.id)
    return [DisplayLink(*row) for row in connection.execute(query)]


def read_link(connection: Connection, link: str) -> DisplayLink | None:
    """Give a link by its id."""
    row = connection.execute(select(tables.display_link).where(tables.display_link.c.id == link)).first()
    return None if row is None else DisplayLink(*row)


def write_link(connection: Connection, link: DisplayLink) -> None:
    """Keep a new link."""
    connection.execute(insert(tables.display_link).values(link._asdict()))


def end_link(connection: Connection, link: str, moment: int) -> bool:
    """Let a link hold no longer; False where there is none that holds."""
    columns = tables.display_link.c
    ended = update(tables.display_link).where(columns.id == link, columns.ended.is_(None)).values(ended=moment)
    return bool(connection.execute(ended).rowcount)


def use_token(connection: Connection, token: str, expires: int, now: int) -> bool:
    """Note that a token was used; False where it was before. What has expired by now is forgotten."""
    columns = tables.display_use.c
    connection.execute(delete(tables.display_use).where(columns.expires < now))
    if connection.execute(select(columns.token).where(columns.token == token).with_for_update()).first():
        return False
    return bool(connection.execute(insert(tables.display_use).values(token=token, expires=expires)).rowcount)
