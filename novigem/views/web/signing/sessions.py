"""Sessions: a random token in a cookie, its SHA-256 in the database, and who looks.

A token has 256 random bits and is kept nowhere but in the browser. A session ends when nobody used it for a while, at
its end at the latest, and whenever somebody revokes it. Each sign-in makes a new one: a token that somebody planted in
a browser before never becomes a session.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from threading import Lock

from sqlalchemy import Engine
from starlette.requests import HTTPConnection
from starlette.responses import Response

from novigem.access.roles import Reader
from novigem.engine.engine import utc_now
from novigem.ledger.sql.sign_ins import Session, SignIns
from novigem.ledger.sql.store import SqlStore
from novigem.model.change import to_micros
from novigem.views.web.signing.identity import Identity, NotLetIn, active_addresses, identity_of_name, reader_of
from novigem.views.web.signing.settings import WebSettings

_TOKEN_BYTES = 32
_HOUR = 3_600_000_000
#: How exactly it is noted when a session was seen last, in microseconds.
_SEEN_STEP = 300_000_000
_LONGEST_AGENT = 200


class Sessions:
    """Finds out who looks: by the header of a proxy, or by a session."""

    def __init__(self, engine: Engine, settings: WebSettings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self.clock = clock
        self._rows = SignIns(engine)
        self._noting = Lock()
        self._guesses: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        """The name of the cookie. With `__Host-` browsers take it by TLS only, and from no neighbouring host."""
        return cookie_name(self.settings, "session")

    def reader(self, request: HTTPConnection, store: SqlStore) -> Reader | None:
        """Give who looks; None for somebody who is not signed in."""
        if (name := self._proxied(request)) is not None:
            return self._reader_by_proxy(store, name)
        session = self.session(request, store)
        if session is None:
            return None
        self._note_seen(session)
        return reader_of(store, self.settings.roles, Identity(session.user, session.subject, session.provider))

    def session(self, request: HTTPConnection, store: SqlStore) -> Session | None:
        """Give the session of a request, where it holds."""
        token = request.cookies.get(self.cookie)
        found = None if not token else store.sign_ins().session(digest_of(token))
        if found is None or found.revoked is not None:
            return None
        now = self.now
        is_idle = found.seen + self.settings.idle_hours * _HOUR <= now
        return None if is_idle or found.ends <= now else found

    @property
    def now(self) -> int:
        """The moment, in microseconds since 1970 UTC."""
        return to_micros(self.clock())

    def open(self, request: HTTPConnection, response: Response, identity: Identity) -> None:
        """Sign somebody in: end the session that the browser had, and give it a new one."""
        self.close(request, response)
        token, now = token_urlsafe(_TOKEN_BYTES), self.now
        longest = self.settings.longest_hours
        agent = request.headers.get("user-agent", "")[:_LONGEST_AGENT]
        ends = now + longest * _HOUR
        self._rows.open(Session(digest_of(token), *identity, now, now, ends, None, agent))
        set_cookie(response, self.settings, "session", token, seconds=longest * 3600)

    def close(self, request: HTTPConnection, response: Response) -> None:
        """End the session of a request, if there is one."""
        if token := request.cookies.get(self.cookie):
            self._rows.end(digest_of(token), None, self.now)
            response.delete_cookie(self.cookie, path="/", secure=self.settings.is_secure, httponly=True, samesite="lax")

    def _proxied(self, request: HTTPConnection) -> str | None:
        """Give the name that a proxy tells, where it is one whose word is taken; see `novigem.views.web.guard`."""
        header = self.settings.proxy_header
        peer = request.client.host if request.client else ""
        if header is None or peer not in self.settings.proxy_peers:
            return None
        return request.headers.get(header, "").strip() or None

    def _reader_by_proxy(self, store: SqlStore, name: str) -> Reader | None:
        """Give who looks. Looking an address up reads everybody, so the last answer is tried first."""
        guess = self._guesses.get(name)
        if guess is not None and name_holds(store, guess, name):
            return reader_of(store, self.settings.roles, Identity(guess, name, "proxy"))
        try:
            found = identity_of_name(store, self.settings.roles, name, "proxy")
        except NotLetIn:
            return None
        if found.user is not None:
            self._guesses[name] = found.user
        return reader_of(store, self.settings.roles, found)

    def _note_seen(self, session: Session) -> None:
        now = self.now
        # One at a time, and none waits: whoever reads a page holds a connection already.
        if now - session.seen >= _SEEN_STEP and self._noting.acquire(blocking=False):
            try:
                self._rows.note_seen(session.digest, now)
            finally:
                self._noting.release()


def name_holds(store: SqlStore, user: str, name: str) -> bool:
    """Tell whether somebody still has an address."""
    person = store.people([user]).get(user)
    return person is not None and person.active and name.lower() in active_addresses(person)


def digest_of(token: str) -> bytes:
    """Give what is kept of a token."""
    return sha256(token.encode()).digest()


def cookie_name(settings: WebSettings, name: str) -> str:
    """Give the name of a cookie of ours."""
    return f"{'__Host-' if settings.is_secure else ''}novigem_{name}"


def set_cookie(response: Response, settings: WebSettings, name: str, value: str, *, seconds: int) -> None:
    """Set a cookie of ours: for no script, sent with what this site links to itself, by TLS unless on this machine."""
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=seconds,
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )
