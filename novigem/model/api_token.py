"""A token of the API: what is kept of it. The token itself is shown once, and kept nowhere."""

from hashlib import sha256
from typing import Literal, NamedTuple

#: With what each token begins, so that programs which look for secrets in files know it.
PREFIX = "novigem_"
_ID_DIGITS = 12


class ApiToken(NamedTuple):
    """What is kept of a token. Moments are microseconds since 1970 UTC; `scopes` are words with blanks between.

    It ends by itself at `ends` (None: never). `revoked` is when somebody took it back, `used` about when it was last
    used.
    """

    digest: bytes
    name: str
    user: str
    scopes: str
    made: int
    ends: int | None = None
    revoked: int | None = None
    used: int | None = None

    @property
    def id(self) -> str:
        """What people call it by; it opens nothing."""
        return self.digest.hex()[:_ID_DIGITS]

    def state(self, now: int) -> Literal["valid", "revoked", "expired"]:
        """Tell whether it opens anything."""
        if self.revoked is not None:
            return "revoked"
        return "valid" if self.ends is None or now < self.ends else "expired"


def secret_digest(secret: str) -> bytes:
    """Give what is kept of a token. A slow digest would add nothing: the token is random, and long."""
    return sha256(secret.encode("utf-8", "replace")).digest()
