"""The tokens of the API in a database. They hold no scores, so no journal notes them and no ledger lock is needed."""

import secrets

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import SQLAlchemyError

from novigem.ledger.sql.errors import store_errors
from novigem.ledger.sql.tables import api_token
from novigem.model.api_token import PREFIX, ApiToken
from novigem.model.periods import SECOND

_RANDOM_BYTES = 32
# About when a token was last used is told to the minute: a write for each request would cost more than the answer.
_TOLD_EVERY = 60 * SECOND


def new_secret() -> str:
    """Give a new token, which nobody can guess."""
    return PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)


def add_token(engine: Engine, token: ApiToken) -> None:
    """Keep a token."""
    with store_errors(), engine.begin() as connection:
        connection.execute(api_token.insert(), token._asdict())


def find_token(connection: Connection, digest: bytes) -> ApiToken | None:
    """Give what is kept under a digest."""
    row = connection.execute(select(api_token).where(api_token.c.digest == digest)).first()
    return None if row is None else ApiToken(*row)


def every_token(connection: Connection) -> list[ApiToken]:
    """Give all tokens that there are and were, the oldest first."""
    return [ApiToken(*row) for row in connection.execute(select(api_token).order_by(api_token.c.made))]


def revoke_token(engine: Engine, token: ApiToken, at: int) -> None:
    """Let a token open nothing from now on."""
    with store_errors(), engine.begin() as connection:
        connection.execute(update(api_token).where(api_token.c.digest == token.digest).values(revoked=at))


def note_use(engine: Engine, token: ApiToken, at: int) -> None:
    """Note that a token was used, if that was not noted lately. Where another process is writing, it is left out."""
    if token.used is not None and at - token.used < _TOLD_EVERY:
        return
    noting = update(api_token).where(api_token.c.digest == token.digest).values(used=at)
    try:
        with engine.connect() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            waits = connection.exec_driver_sql("PRAGMA busy_timeout").scalar() if is_sqlite else None
            try:
                if is_sqlite:
                    # An answer does not wait for a sync to end only to note this.
                    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                connection.execute(noting)
                connection.commit()
            finally:
                connection.rollback()
                if is_sqlite:
                    connection.exec_driver_sql(f"PRAGMA busy_timeout = {waits}")
    except SQLAlchemyError:
        return
