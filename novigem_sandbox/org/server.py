"""The HTTP server of the sample org: loopback only, keep-alive, one thread for each connection."""

import gzip
import socket
import struct
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.http import Request, Response, answer_page, answer_refusal
from novigem_sandbox.org.org import SampleOrg
from novigem_sandbox.org.service import answer_request

_HOST = "127.0.0.1"
_LONGEST_BODY = 10_000_000
#: Smaller answers are sent as they are.
_WORTH_ZIPPING = 1000
_TOO_LARGE = 413
_NO_BODY = (204, 304)


class Running:
    """A sample org that is being served. `failures` holds the tracebacks of requests that hit a bug of the org."""

    def __init__(self, org: SampleOrg, port: int) -> None:
        self.org = org
        self.failures: list[str] = []
        self.stopping = threading.Event()
        self._server = _Server(self, port)
        self.port: int = self._server.server_address[1]
        self.url = f"http://{_HOST}:{self.port}"
        self._thread = threading.Thread(target=self._serve, name="sample-org", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        # Looked at often, so that stopping is quick.
        self._server.serve_forever(poll_interval=0.02)

    def token(self, user: str | None = None) -> str:
        """Open a session of a user (the administrator if left out) and give its token."""
        return self.org.sessions.open(self.org.id, user or self.org.admin)

    def stop(self) -> None:
        """Stop serving: hanging answers end, connections close, threads are waited for."""
        self.stopping.set()
        self._server.shutdown()
        self._server.hang_up()
        self._thread.join()
        self._server.server_close()


@contextmanager
def serve(org: SampleOrg, port: int = 0) -> Iterator[Running]:
    """Serve an org on loopback while the block runs; port 0 takes a free one. Raises OSError for a port in use."""
    running = Running(org, port)
    try:
        yield running
    finally:
        running.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    # Many clients may connect at once in a test of threads.
    request_queue_size = 64

    def __init__(self, running: Running, port: int) -> None:
        self.running = running
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((_HOST, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection: a kept-alive one would hold its thread when the server stops."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Break every connection."""
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that left in the middle."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        running = self.server.running
        body = self._body()
        if body is None:
            self._send(answer_page(_TOO_LARGE, "Request Entity Too Large"))
            self.close_connection = True
            return
        headers = _Headers(self.headers.items())
        request = Request(self.command, self.path, headers, body, stopping=running.stopping)
        try:
            response = answer_request(running.org, request, running.url)
        except Exception:  # noqa: BLE001 - a bug of the org must not look like a broken connection
            running.failures.append(traceback.format_exc())
            response = answer_refusal(Refusal("UNKNOWN_EXCEPTION", "An unexpected error occurred.", status=500))
        self._send(response)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = _handle  # noqa: N815 - the names that http.server calls

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > _LONGEST_BODY:
            return None
        return self.rfile.read(int(length))

    def _send(self, response: Response) -> None:
        if response.reset:
            self._break()
            return
        body = response.body
        headers = {"Content-Type": response.content_type} | response.headers
        if len(body) > _WORTH_ZIPPING and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            body = gzip.compress(body, compresslevel=1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        if response.status not in _NO_BODY:
            headers["Content-Length"] = str(len(body))
        lines = [f"HTTP/1.1 {response.status} {self.responses.get(response.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if response.cut is not None:
            self.close_connection = True
            body = body[: len(body) // 2]
        # One piece: a head on its own would wait for the client's acknowledgement.
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def _break(self) -> None:
        """Break the connection: no lingering means that the other side is told of a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of http.server
        """Say nothing: addresses may hold what nobody should read in a log."""


class _Headers(dict[str, str]):
    """Headers by name in any case."""

    def __init__(self, items: Any) -> None:
        super().__init__((name.lower(), value) for name, value in items)

    def get(self, name: str, default: Any = None) -> Any:
        """Give a header."""
        return super().get(name.lower(), default)
