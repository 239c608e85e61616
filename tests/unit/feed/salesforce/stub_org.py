"""A stub of an org's HTTP side: answers are laid out beforehand, and what was asked is kept."""

import json
import socket
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

Fault = Literal["reset", "cut", "hang"]

ORG = "00Dxx0000001gPLEAY"
USER = "005xx000001SwiUAAS"
TOKEN = "00Dxx0000001gPL!AQ.the.secret.token"
DATE = "Wed, 07 Jan 2026 15:04:05 GMT"


@dataclass(frozen=True)
class Reply:
    """An answer: JSON for a list or a dict, a text as it is. `fault` spoils it."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None

    def encoded(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()

    @property
    def content_type(self) -> str:
        is_page = isinstance(self.body, str) and self.body.startswith("<")
        return "text/html" if is_page else "application/json;charset=UTF-8"


class Asked(NamedTuple):
    """A request that came: its method, path, query, headers and body."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body).items()}


def failed(code: str, words: str, status: int = 400) -> Reply:
    return Reply([{"message": words, "errorCode": code}], status)


def page(*records: dict[str, Any], more: str | None = None) -> Reply:
    body: dict[str, Any] = {"totalSize": len(records), "done": more is None, "records": list(records)}
    return Reply(body if more is None else body | {"nextRecordsUrl": more})


EXPIRED = failed("INVALID_SESSION_ID", "Session expired or invalid", 401)
WEB_PAGE = Reply("<html><body>down for <b>maintenance</b></body></html>", 503)
VERSIONS = Reply([{"label": "x", "url": f"/services/data/v{n}.0", "version": f"{n}.0"} for n in (31, 62, 63)])


class StubOrg:
    """Serves on loopback; `on` lays out answers for a path, of which the last one stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self._replies: dict[str, deque[Reply | Callable[[Asked], Reply]]] = defaultdict(deque)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.on("/services/data/", VERSIONS)
        self.on("/services/oauth2/token", self.token())

    def token(self, token: str = TOKEN) -> Reply:
        identity = f"https://login.salesforce.com/id/{ORG}/{USER}"
        return Reply({"access_token": token, "instance_url": self.url, "id": identity, "token_type": "Bearer"})

    def on(self, path: str, *replies: Reply | Callable[[Asked], Reply]) -> None:
        self._replies[path] = deque(replies)

    def paths(self) -> list[str]:
        return [one.path for one in self.asked]

    def count(self, path: str) -> int:
        return self.paths().count(path)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if asked.path == "/services/data/v62.0/query/" and asked.query.get("q") == "SELECT Id FROM Organization":
            if not self._replies["organisation"]:
                return page({"Id": ORG})
            replies = self._replies["organisation"]
        else:
            replies = self._replies[asked.path]
        if not replies:
            return failed("NOT_FOUND", "The requested resource does not exist", 404)
        reply = replies.popleft() if len(replies) > 1 else replies[0]
        return reply(asked) if callable(reply) else reply

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send(stub.reply(Asked(self.command, parts.path, query, headers, body)))

            do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names of the standard library

            def send(self, reply: Reply) -> None:
                if reply.fault == "hang":
                    stub.released.wait(10)
                if reply.fault == "reset":
                    # With nothing left to linger for, closing resets the connection.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if reply.fault in {"hang", "reset"}:
                    self.close_connection = True
                    return
                body = reply.encoded()
                self.send_response_only(reply.status)
                headers = {"Content-Type": reply.content_type, "Content-Length": str(len(body)), "Date": DATE}
                for name, value in {**headers, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.fault == "cut":
                    body = body[: len(body) // 2]
                    self.close_connection = True
                self.wfile.write(body)
                self.wfile.flush()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the standard library
                del format, args

        return Handler
