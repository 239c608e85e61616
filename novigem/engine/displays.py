"""Links to walls and tokens of embeds: made for somebody, signed with a secret of the database, checked when used.

A link says nothing but which one it is, and holds until it is ended. A token names a person, holds for some minutes and
is taken once: whoever finds it in a log is too late.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any, NamedTuple

import jwt

from novigem.engine.closing.windows import board_named, boards_of
from novigem.errors import InputError, UnknownName
from novigem.ledger.sql.store import SqlStore
from novigem.model.change import to_micros
from novigem.model.displays import DisplayLink
from novigem.model.guesses import advise
from novigem.model.program import Program

#: The secret of a database under which links and tokens are signed.
SECRET = "displays"  # noqa: S105 - the name of a secret, not one
#: How long a token of an embed holds unless it is said, and at most.
USUAL_MINUTES, MOST_MINUTES = 5, 15
_ALGORITHM = "HS256"
_AUDIENCE = "novigem embed"
_ID_BYTES, _SIGNATURE_BYTES = 8, 16


class EmbedToken(NamedTuple):
    """What a token of an embed says: whose view it is, on which board (None: the first), and its own name."""

    user: str
    board: str | None
    token: str
    expires: int


def make_link(
    store: SqlStore,
    program: Program,
    *,
    board: str | None = None,
    team: str | None = None,
    author: str | None = None,
    now: datetime,
) -> DisplayLink:
    """Keep a new link to a wall of a program, and give it.

    Raises UnknownName for a board or team that the program does not have, and InputError where nobody but its leader
    may see the program, or a team is asked for on a board that names nobody.
    """
    if program.is_shadow:
        raise InputError(f"{program.program} is shown to nobody but its leader", hint="choose another program")
    known = [one.id for one in boards_of(program)]
    if board is not None and board not in known:
        raise UnknownName(f"{program.program} has no board {board!r}", hint=advise(board, known))
    if team is not None:
        _must_show_team(program, board, team)
    link = DisplayLink(token_hex(_ID_BYTES), program.program, board, team, author, to_micros(now))
    with store.begin(lock=False) as transaction:
        transaction.keep_revision()
        redactor = transaction.redactor()
        transaction.save_display_link(link._replace(author=author and redactor.text(author)))
    store.secret(SECRET)
    return link


def _must_show_team(program: Program, board: str | None, team: str) -> None:
    teams = [one.id for one in program.teams]
    if team not in teams:
        raise UnknownName(f"{program.program} has no team {team!r}", hint=advise(team, teams))
    shown = board_named(program, board) if board is not None else next(iter(boards_of(program)))
    if shown.names != "full":
        raise InputError(
            f"the board {shown.id!r} holds names back: the wall of a team would tell who is behind them",
            hint="leave the team out, or choose another board",
        )


def end_link(store: SqlStore, link: str, *, now: datetime) -> None:
    """Let a link hold no longer: a wall that is open by it goes dark within seconds. Raises UnknownName."""
    with store.begin(lock=False) as transaction:
        transaction.keep_revision()
        if not transaction.end_display_link(link, to_micros(now)):
            raise UnknownName(f"there is no link {link!r} that holds", hint="see which links hold")


def address_of(store: SqlStore, link: DisplayLink) -> str:
    """Give the last part of the address of a link: its id, and the sign that it is ours."""
    return f"{link.id}.{_signature(store.secret(SECRET), link.id)}"


def link_at(store: SqlStore, address: str) -> DisplayLink | None:
    """Give the link of an address; None where it is not ours or was ended."""
    name, _dot, signature = address.partition(".")
    made = _signature(store.secret(SECRET), name)
    if not hmac.compare_digest(made.encode(), signature.encode()):
        return None
    found = store.display_link(name)
    return None if found is None or found.ended is not None else found


def make_token(
    store: SqlStore, user: str, *, board: str | None = None, minutes: int = USUAL_MINUTES, now: datetime
) -> str:
    """Give a token for the embed of one person; for whoever knows already who is signed in, such as your own server.

    Raises InputError for more minutes than a token may hold.
    """
    if not 1 <= minutes <= MOST_MINUTES:
        raise InputError(
            f"a token holds for 1 to {MOST_MINUTES} minutes, not {minutes}", hint="make a new one each time"
        )
    expires = int((now + timedelta(minutes=minutes)).timestamp())
    said = {"sub": user, "brd": board, "aud": _AUDIENCE, "exp": expires, "jti": token_urlsafe(_ID_BYTES)}
    return jwt.encode(said, _key(store), algorithm=_ALGORITHM)


def read_token(store: SqlStore, text: str, *, now: datetime) -> EmbedToken | None:
    """Give what a token says; None where it is not ours, or its time is over."""
    # The clock is that of the site, so its end is looked at here.
    options: Any = {"require": ["sub", "aud", "exp", "jti"], "verify_exp": False}
    try:
        said = jwt.decode(text, _key(store), algorithms=[_ALGORITHM], audience=_AUDIENCE, options=options)
        expires = int(said["exp"])
    except (jwt.InvalidTokenError, ValueError):
        return None
    left = expires - now.timestamp()
    if not 0 < left <= MOST_MINUTES * 60:
        return None
    return EmbedToken(said["sub"], said.get("brd"), said["jti"], expires * 1_000_000)


def use_token(store: SqlStore, token: EmbedToken, *, now: datetime) -> bool:
    """Take a token; False where it was taken before."""
    with store.begin(lock=False) as transaction:
        transaction.keep_revision()
        return transaction.use_token(token.token, token.expires, to_micros(now))


def _signature(secret: bytes, name: str) -> str:
    made = hmac.digest(secret, b"wall\0" + name.encode(), sha256)[:_SIGNATURE_BYTES]
    return urlsafe_b64encode(made).decode().rstrip("=")


def _key(store: SqlStore) -> bytes:
    return hmac.digest(store.secret(SECRET), b"embed", sha256)
