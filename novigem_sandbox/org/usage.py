"""The API calls of an org against its daily limit."""

import threading


class Usage:
    """Calls counted and allowed in 24 hours; both may be set."""

    def __init__(self, allowed: int = 15_000) -> None:
        self.used = 0
        self.allowed = allowed
        self._lock = threading.Lock()

    def count(self) -> bool:
        """Count a call, and say whether the limit allows it."""
        with self._lock:
            if self.used >= self.allowed:
                return False
            self.used += 1
            return True

    @property
    def header(self) -> str:
        """What `Sforce-Limit-Info` says."""
        return f"api-usage={self.used}/{self.allowed}"
