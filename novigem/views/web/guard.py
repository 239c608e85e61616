"""What is refused before any page is asked: other hosts, headers that only a proxy may set, writes of other sites.

* A name of a host that is not ours is DNS rebinding, or a mistake of the proxy.
* The header that names who is signed in is taken from the proxy alone; from anybody else it is a forgery.
* What changes something must come from a page of ours: browsers say so in `Sec-Fetch-Site`, or else in `Origin`.
* One session changes so many things in a minute, and no more.
"""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from novigem.feed.salesforce.settings import is_loopback
from novigem.views.web.signing.limiting import Limits
from novigem.views.web.signing.sessions import digest_of
from novigem.views.web.signing.settings import WebSettings

_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_OURS = frozenset(("same-origin", "none"))
#: Larger forms than this are none of ours.
_LONGEST_BODY = 1_000_000
_COOKIES = ("novigem_session", "__Host-novigem_session")


class Guard:
    """Asks each request of the pages, in front of them all."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        self._app = app
        self._settings = settings
        self._limits = Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        refused = self._refusal(HTTPConnection(scope), scope.get("method", "GET")) if _is_request(scope) else None
        if refused is None:
            await self._app(scope, receive, send)
        else:
            status, text = refused
            await PlainTextResponse(text, status_code=status)(scope, receive, send)

    def _refusal(self, request: HTTPConnection, method: str) -> tuple[int, str] | None:
        if not self._is_our_host(request):
            return 400, "This host is not known here. Whoever serves Novigem can name it: origin, or hosts, in [web]."
        if self._is_forged(request):
            return 403, "Only the proxy may say who is signed in."
        return None if method in _SAFE else self._refusal_to_write(request)

    def _refusal_to_write(self, request: HTTPConnection) -> tuple[int, str] | None:
        length = request.headers.get("content-length", "0")
        # No browser sends a form without saying how long it is.
        is_endless = "transfer-encoding" in request.headers
        if is_endless or not length.isdecimal() or int(length) > _LONGEST_BODY:
            return 413, "That is too much at once."
        if not self._is_our_page(request):
            return 403, "This was sent by another site. Open Novigem and try again from there."
        session = next((one for name in _COOKIES if (one := request.cookies.get(name))), None)
        if session is not None and not self._limits.may_write(digest_of(session).hex()):
            return 429, "That was a lot at once. Wait a minute and go on."
        return None

    def _is_our_host(self, request: HTTPConnection) -> bool:
        hosts = self._settings.hosts
        if hosts is None:  # mounted in somebody else's application, which looks after it
            return True
        told = request.headers.get("host", "").lower()
        return told in hosts or is_loopback(_name(told)) or _name(told) in hosts

    def _is_forged(self, request: HTTPConnection) -> bool:
        header = self._settings.proxy_header
        told = [] if header is None else request.headers.getlist(header)
        peer = request.client.host if request.client else ""
        return len(told) > 1 or (bool(told) and peer not in self._settings.proxy_peers)

    def _is_our_page(self, request: HTTPConnection) -> bool:
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site.lower() in _OURS
        origin = request.headers.get("origin")
        if origin is None:
            # Every browser says one of both; without cookies nobody else's session is used.
            return "cookie" not in request.headers
        if self._settings.origin is not None:
            return origin.lower() == self._settings.origin
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""


def _is_request(scope: Scope) -> bool:
    return scope["type"] in ("http", "websocket")


def _name(host: str) -> str:
    """Give the name of a host without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
