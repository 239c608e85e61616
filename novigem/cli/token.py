"""`novigem token`: tokens of the JSON API, made, listed and revoked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy import Engine

from novigem.access.roles import Scope
from novigem.cli.context import Context, known_user, reading
from novigem.cli.options import DbOption, JsonOption, new_group
from novigem.cli.output import console, screen_of, show, write
from novigem.engine.engine import utc_now
from novigem.errors import InputError, UnknownName
from novigem.ledger.sql.api_tokens import add_token, every_token, new_secret, revoke_token
from novigem.ledger.sql.store import open_engine
from novigem.model.api_token import ApiToken, secret_digest
from novigem.model.change import to_micros
from novigem.views.tables import json_text
from novigem.views.terminal.layout import next_step, quiet, screen, text
from novigem.views.terminal.tokens import token_answer, tokens_screen

_USUAL_DAYS, _MOST_DAYS = 90, 3650


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, such as: intranet board.")],
    *,
    user: Annotated[str, typer.Option("--user", metavar="WHO", help="Whose it is: name, e-mail or id.")],
    scope: Annotated[
        list[Scope], typer.Option("--scope", help="What it opens; may be repeated. It never opens more than WHO sees.")
    ],
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=_MOST_DAYS, help="It ends by itself after so many days.")
    ] = _USUAL_DAYS,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token. It is shown once, and kept nowhere: only its digest is."""
    if not name.strip():
        raise InputError("a token needs a name", hint="say what it is for, such as: intranet board")
    now = utc_now()
    with reading(db) as context:
        secret = new_secret()
        made = ApiToken(
            digest=secret_digest(secret),
            name=name,
            user=known_user(context, user),
            scopes=" ".join(sorted(set(scope))),
            made=to_micros(now),
            ends=to_micros(now + timedelta(days=days)),
        )
        with _database(context) as engine:
            add_token(engine, made)
        if as_json:
            write([json_text({"token": secret, **token_answer(made, made.made)})])
            return
        show(
            screen(
                [
                    text(secret),
                    quiet(f"Keep it now: it is shown this once. It opens {made.scopes}, for {days} days."),
                    next_step(f"novigem token revoke {made.id}", label="To take it back:"),
                ]
            )
        )


def list_tokens(*, db: DbOption = None, as_json: JsonOption = False) -> None:
    """List every token: whose it is, what it opens, until when, and when it was last used."""
    now = to_micros(utc_now())
    with reading(db) as context:
        found = _every(context)
        people = context.queries.people({one.user for one in found})
        if as_json:
            write([json_text([token_answer(one, now) for one in found])])
        else:
            show(tokens_screen(found, people, now, context.zone, screen_of(console())))


def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="The id of a token, as `novigem token list` shows it.")],
    *,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a token back: from now on it opens nothing."""
    now = to_micros(utc_now())
    with reading(db) as context:
        found = next((one for one in _every(context) if one.id == token), None)
        if found is None:
            raise UnknownName(f"there is no token {token!r}", hint="see: novigem token list")
        if found.revoked is None:
            with _database(context) as engine:
                revoke_token(engine, found, now)
            found = found._replace(revoked=now)
    if as_json:
        write([json_text(token_answer(found, now))])
    else:
        show(screen([text(f"The token {found.id} ({found.name}) opens nothing any more.")]))


def _every(context: Context) -> list[ApiToken]:
    with context.store.connection() as connection:
        return every_token(connection)


@contextmanager
def _database(context: Context) -> Iterator[Engine]:
    """Open the database itself; reading has brought its tables up to date by now."""
    engine = open_engine(context.settings.db)
    try:
        yield engine
    finally:
        engine.dispose()


command = new_group(
    "Tokens of the JSON API: make one, list them, take one back.",
    [
        ("new", new, ['novigem token new "intranet board" --user ann@example.com --scope read:boards']),
        ("list", list_tokens, ["novigem token list"]),
        ("revoke", revoke, ["novigem token revoke 4be1a09c7d23"]),
    ],
)
