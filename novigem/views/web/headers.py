"""The headers of every answer: nothing from another host, nothing inline, no frame unless it is an embed."""

import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from novigem.errors import SettingsError

_ORIGIN = re.compile(r"https://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?")


def origins(text: str | None) -> tuple[str, ...]:
    """Give the origins that a setting names. Raises SettingsError for what is none: it would widen the policy."""
    found = tuple((text or "").replace(",", " ").split())
    for one in found:
        if _ORIGIN.fullmatch(one) is None:
            raise SettingsError(
                f"frame_ancestors: {one!r} is not the origin of a page",
                hint="give origins such as https://acme.lightning.force.com, with a space between two",
            )
    return found


def policy(ancestors: Sequence[str] = ()) -> str:
    """Give the policy of content; `ancestors` are the hosts whose pages may frame the answer."""
    framed_by = " ".join(ancestors) or "'none'"
    return f"{_POLICY} frame-ancestors {framed_by}"


_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; manifest-src 'self';"
)
_HEADERS = {
    "content-security-policy": policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "private, no-cache",
}


class SafeHeaders:
    """Adds the headers where an answer does not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
