"""Who may log in, and the sessions of those who have."""

import hmac
import secrets
import threading
from datetime import datetime, timedelta

from novigem_sandbox.org.clock import Clock

#: How long a session lives, in seconds, unless told otherwise.
LIFE = 7200


class Sessions:
    """Credentials and tokens. Everything secret is made anew for every org; none of it shows in a repr."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self.client_id = f"3MVG9{secrets.token_urlsafe(32)}"
        self.client_secret = secrets.token_hex(32)
        #: Public keys (PEM) for the JWT bearer flow, and passwords with their security token, by username.
        self.public_keys: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.life_seconds = LIFE
        #: Log-ins so far, refused ones too; a client that storms shows here.
        self.logins = 0

    def open(self, org_id: str, user: str) -> str:
        """Open a session of a user and give its token."""
        token = f"{org_id[:15]}!AQ{secrets.token_urlsafe(48)}"
        with self._lock:
            self._tokens[token] = (user, self._clock.now() + timedelta(seconds=self.life_seconds))
        return token

    def user_of(self, token: str) -> str | None:
        """Give the user of a live session."""
        with self._lock:
            found = self._tokens.get(token)
        return None if found is None or self._clock.now() >= found[1] else found[0]

    def expire_all(self) -> None:
        """End every session."""
        with self._lock:
            self._tokens.clear()

    def revoke(self, token: str) -> None:
        """End one session."""
        with self._lock:
            self._tokens.pop(token, None)

    def is_client(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the id and the secret of the connected app."""
        same_id = hmac.compare_digest(client_id.encode(), self.client_id.encode())
        return hmac.compare_digest(client_secret.encode(), self.client_secret.encode()) and same_id

    def is_password(self, username: str, password: str) -> bool:
        """Whether a user has this password, with the security token behind it."""
        known = self.passwords.get(username)
        return known is not None and hmac.compare_digest(known.encode(), password.encode())
