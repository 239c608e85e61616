"""The door of the API: who asks, by a token or by the session of the pages; how often they may; and their visit."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from math import ceil
from time import time
from typing import Annotated, NamedTuple, Protocol, runtime_checkable

from babel import Locale
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from novigem.access.roles import Reader, Scope
from novigem.access.table import What, may, opened_by
from novigem.errors import NovigemError
from novigem.ledger.sql.api_tokens import find_token, note_use
from novigem.ledger.sql.errors import store_errors
from novigem.ledger.sql.store import SqlStore
from novigem.model.api_token import PREFIX, ApiToken, secret_digest
from novigem.model.change import to_micros
from novigem.views.web.api.problems import Refused, our_mistake
from novigem.views.web.site import Site
from novigem.views.web.visit import Visit

_LOG = logging.getLogger("novigem.web")
# Nothing in a JSON answer is written for one reader's language.
_LOCALE = Locale("en")
#: What a browser says of a request that a page of ours made, or that somebody typed.
_OWN_PAGES = frozenset(("same-origin", "none"))


@runtime_checkable
class KnowsUsers(Protocol):
    """What a `SignIn` may have beside: the roles of somebody who is not signed in now, but whose token asks."""

    def reader_of(self, user: str, store: SqlStore) -> Reader | None:
        """Give a user as whom they would look if they were signed in; None for somebody who may not come in."""


class Rate:
    """How often somebody may ask, in this process."""

    def __init__(self, rate: str) -> None:
        self._item: RateLimitItem = parse(rate)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def spend(self, who: str) -> None:
        """Count one request. Raises Refused where that is one too many."""
        if self._limiter.hit(self._item, who):
            return
        ends = self._limiter.get_window_stats(self._item, who).reset_time
        raise Refused(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"too many requests: {self._item} at most",
            hint="wait as long as the header Retry-After says, in seconds",
            code="too-many-requests",
            wait_seconds=max(1, ceil(ends - time())),
        )


class _Caller(NamedTuple):
    """Who asks, and with which token."""

    reader: Reader
    token: ApiToken | None

    @property
    def key(self) -> str:
        """Under what their requests are counted."""
        return f"user {self.reader.user or self.reader.name}" if self.token is None else f"token {self.token.id}"


class Door:
    """One request at the door."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._site: Site = request.app.state.site
        self._rate: Rate = request.app.state.rate

    @contextmanager
    def visit(self, needs: What) -> Iterator[Visit]:
        """Let somebody in who may see something; see `novigem.views.web.routing.page`."""
        site, now = self._site, self._site.clock()
        used: ApiToken | None = None
        try:
            with store_errors(), site.snapshot() as store:
                caller = _caller(self._request, site, store, to_micros(now))
                used = caller.token
                self._rate.spend(caller.key)
                _must_open(caller.reader, needs)
                visit = Visit(self._request, site, store, caller.reader, _LOCALE, now)
                visit.need(needs)
                yield visit
        except NovigemError:
            raise
        except Exception as error:
            _LOG.exception("an answer of the API failed")
            raise our_mistake() from error
        finally:
            # After the snapshot: a database that cannot be read and written at once would wait for itself.
            if used is not None:
                note_use(site.engine, used, to_micros(now))


_bearer = HTTPBearer(auto_error=False, description="A token of `novigem token new`.", scheme_name="token")


def _door(request: Request, _credentials: Annotated[object, Depends(_bearer)]) -> Door:
    return Door(request)


#: What each function of the API gets first.
AtDoor = Annotated[Door, Depends(_door)]


def _caller(request: Request, site: Site, store: SqlStore, now: int) -> _Caller:
    """Find out who asks: whoever sends a token of ours, else whoever is signed in."""
    scheme, _blank, text = request.headers.get("authorization", "").partition(" ")
    secret = text.strip() if scheme.lower() == "bearer" else ""
    if secret.startswith(PREFIX):
        return _caller_with_token(secret, site, store, now)
    comes_from = request.headers.get("sec-fetch-site", "none")
    reader = site.sign_in.reader(request, store) if comes_from in _OWN_PAGES else None
    if reader is not None:
        return _Caller(reader, None)
    raise _unauthorized("nobody is signed in, and there is no token that is known here", "token-missing")


def _caller_with_token(secret: str, site: Site, store: SqlStore, now: int) -> _Caller:
    with store.connection() as connection:
        token = find_token(connection, secret_digest(secret))
    if token is None:
        raise _unauthorized("this token is not known here", "token-unknown")
    state = token.state(now)
    if state != "valid":
        raise _unauthorized(f"this token is {state}", f"token-{state}")
    reader = _reader_of(site, store, token.user)
    if reader is None:
        raise _unauthorized("the user of this token may not come in any more", "token-user")
    known = frozenset(Scope(one) for one in token.scopes.split() if one in set(Scope))
    return _Caller(replace(reader, scopes=known), token)


def _reader_of(site: Site, store: SqlStore, user: str) -> Reader | None:
    person = store.people([user]).get(user)
    if person is None or not person.active:
        return None
    if isinstance(site.sign_in, KnowsUsers):
        return site.sign_in.reader_of(user, store)
    # Whoever cannot tell their roles gives them the least.
    return Reader(user=user, name=person.label)


def _unauthorized(message: str, code: str) -> Refused:
    hint = "send the header `Authorization: Bearer TOKEN` with a token of: novigem token new"
    return Refused(HTTPStatus.UNAUTHORIZED, message, hint=hint, code=code)


def _must_open(reader: Reader, what: What) -> None:
    """Say which scope is missing, where the token's user might see it, and the token does not open it."""
    if reader.scopes is None or may(reader, what) or not may(replace(reader, scopes=None), what):
        return
    scopes = " or ".join(opened_by(what))
    raise Refused(
        HTTPStatus.FORBIDDEN,
        f"this token does not open this: it has the scopes {', '.join(sorted(reader.scopes)) or 'of none'}",
        hint=f"make a token with the scope {scopes}" if scopes else "no token opens it; sign in to the pages",
        code="scope-missing",
    )
