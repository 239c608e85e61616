"""Whether a sync that runs for good is well, and the small server on loopback that says so to machines."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import monotonic
from typing import Any, NamedTuple

from prometheus_client import CONTENT_TYPE_LATEST

from novigem.errors import WorldError
from novigem.sync.service.metrics import Figures

LOOPBACK = "127.0.0.1"
_MISSED_RUNS = 3
_PATIENCE_SECONDS = 10.0


class HealthStatus(NamedTuple):
    """How the sync is: `reason` says why not well."""

    is_well: bool
    reason: str | None
    quiet_seconds: float


class Health:
    """Well as long as there was a sign of life within three intervals: a run that ended well, or a page committed.

    A process that finds another one at work is well too: it stands by.
    """

    def __init__(self, every: float, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._every = clock, every
        self._lock = Lock()
        self._heard = clock()
        self._trouble: str | None = None

    def alive(self) -> None:
        """Note a sign of life."""
        with self._lock:
            self._heard = self._clock()

    def well(self) -> None:
        """Note a run that ended well."""
        with self._lock:
            self._heard, self._trouble = self._clock(), None

    def ill(self, trouble: str) -> None:
        """Note why a run did not."""
        with self._lock:
            self._trouble = trouble

    def look(self) -> HealthStatus:
        """Tell how the sync is."""
        with self._lock:
            quiet = self._clock() - self._heard
            if quiet <= _MISSED_RUNS * self._every:
                return HealthStatus(is_well=True, reason=None, quiet_seconds=quiet)
            reason = self._trouble or f"no run has ended well within {_MISSED_RUNS} intervals"
            return HealthStatus(is_well=False, reason=reason, quiet_seconds=quiet)


@contextmanager
def serving(port: int, health: Health, figures: Figures) -> Iterator[int]:
    """Answer `/healthz` and `/metrics` on loopback, and give the port; 0 takes a free one.

    Raises WorldError for a port that is not to be had.
    """
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _handler(health, figures))
    except OSError as error:
        raise WorldError(
            f"port {port} cannot be used: {error.strerror}", hint="give another port", code="port-not-free", port=port
        ) from error
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(health: Health, figures: Figures) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "novigem", ""
        timeout = _PATIENCE_SECONDS

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, figures.text())
            elif path == "/healthz":
                seen = health.look()
                told = {"ok": seen.is_well, "reason": seen.reason, "quiet_seconds": round(seen.quiet_seconds, 1)}
                self._answer(200 if seen.is_well else 503, "application/json", f"{json.dumps(told)}\n".encode())
            else:
                self._answer(404, "text/plain; charset=utf-8", b"there are /healthz and /metrics\n")

        do_HEAD = do_GET  # noqa: N815 - as above

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
            """Say nothing: a line for every look would hide what matters."""

    return Handler
