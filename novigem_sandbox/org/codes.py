"""The codes that an org gives to whoever signs in, and the key that it signs with."""

import secrets
import threading
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa


class Grant(NamedTuple):
    """A code that was given out."""

    user: str
    redirect_uri: str
    nonce: str
    challenge: str
    until: datetime


class Codes:
    """The codes of an org and the key that it signs with; the key is made when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}
        self._key: rsa.RSAPrivateKey | None = None

    @property
    def key(self) -> rsa.RSAPrivateKey:
        """The key that signs id tokens."""
        with self._lock:
            if self._key is None:
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key

    def give(self, grant: Grant) -> str:
        """Give a code for a grant."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._grants[code] = grant
        return code

    def take(self, code: str) -> Grant | None:
        """Give the grant of a code, once."""
        with self._lock:
            return self._grants.pop(code, None)
