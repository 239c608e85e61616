"""How often somebody may try. The counts live in memory: a restart, or a second process, begins anew."""

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection

from novigem.views.web.signing.settings import WebSettings

#: Sign-ins begun from one address of the network in a minute, and mails to one address in an hour.
_PER_PEER = RateLimitItemPerMinute(20, namespace="peer")
_PER_ADDRESS = RateLimitItemPerHour(5, namespace="address")
#: What one session may change in a minute.
_WRITES = RateLimitItemPerMinute(60, namespace="write")


class Limits:
    """Counts tries by who makes them."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def may_try(self, peer: str) -> bool:
        """Tell whether one more sign-in may be begun from a peer."""
        return self._limiter.hit(_PER_PEER, peer)

    def may_mail(self, address: str) -> bool:
        """Tell whether one more mail may be sent to an address."""
        return self._limiter.hit(_PER_ADDRESS, address.lower())

    def may_write(self, session: str) -> bool:
        """Tell whether a session may change one more thing."""
        return self._limiter.hit(_WRITES, session)


def peer_of(request: HTTPConnection, settings: WebSettings) -> str:
    """Give the address that a request comes from; what a proxy says of it is taken from a proxy that is named only."""
    peer = request.client.host if request.client else "?"
    if peer in settings.proxy_peers:
        # The last one is what our own proxy saw; those before it may be made up.
        told = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return told or peer
    return peer
