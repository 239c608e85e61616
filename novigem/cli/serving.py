"""Serving an application on this machine: its port, its log, and how it ends. Shared by `serve` and `demo`."""

import logging
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any
from urllib.parse import quote

from novigem.errors import InputError, WorldError

#: So many ports are tried in search of a free one.
_TRIED = 100
_MOST_PORT = 65535
#: So many seconds an answer that has begun may take to end.
_GRACE_SECONDS = 5
# A part of an address that nobody would type: a link that opens something, and so a secret.
_SECRET = re.compile(r"(?<=/)(?=[^/]*[A-Z])(?=[^/]*[a-z])(?=[^/]*[0-9])[^/]{20,}")
_LOG = logging.getLogger("novigem.web")


def listen(host: str, port: int) -> socket.socket:
    """Take a port. Raises WorldError where another program has it, naming one that is free; InputError for no host."""
    try:
        return _listen(host, port)
    except socket.gaierror as error:
        raise InputError(f"there is no host {host} here", hint="give an address of this machine, or 0.0.0.0") from error
    except OSError as error:
        free = free_port(host, port + 1)
        hint = f"take one that is free: novigem serve --port {free}" if free else "stop what listens there"
        raise WorldError(f"cannot listen on {host}:{port}: {error.strerror or error}", hint=hint) from error


def listen_nearby(host: str, port: int) -> socket.socket:
    """Take a port, or the next one that is free."""
    return listen(host, free_port(host, port) or 0)


def free_port(host: str, first: int) -> int | None:
    """Give the first free port from one on; None where none nearby is."""
    for port in range(first, min(first + _TRIED, _MOST_PORT + 1)):
        try:
            _listen(host, port).close()
        except OSError:
            continue
        return port
    return None


def address_of(listening: socket.socket) -> str:
    """Give what to type into a browser."""
    host, port, *_rest = listening.getsockname()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def serve_until_told(app: Any, listening: socket.socket, tell: Callable[[str], None]) -> None:
    """Serve an application until Ctrl-C or SIGTERM: both are the usual end here, and no failure.

    `tell` gets the address once requests are taken. What has begun is answered before it ends; a second signal ends
    it at once.
    """
    import uvicorn  # noqa: PLC0415 - an extra

    config = uvicorn.Config(
        Logged(app),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    # Signals come to the first thread, which waits; the server asks whether it is told to end.
    thread = threading.Thread(target=server.run, args=([listening],), name="pages")
    with _logging(), _signals(server.handle_exit):
        thread.start()
        tell(address_of(listening))
        while thread.is_alive():
            thread.join(0.2)


@contextmanager
def _signals(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {one: signal.signal(one, handle) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _logging() -> Iterator[None]:
    """Write the log of the pages to the error stream."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        _LOG.removeHandler(handler)


class Logged:
    """Notes each request: its address without what stands behind the `?`, and without what opens something."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, and note it."""
        status = 0

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _LOG.info("%s %s %s", scope["method"], logged_path(scope["path"]), status)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def logged_path(path: str) -> str:
    """Give a path as a log may hold it, on one line."""
    return quote(_SECRET.sub("***", path), safe="/*")


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made
