"""What an org answered, kept byte for byte: recorded at the socket once, and played back there as often as one likes.

Everything above the socket is the real client: session, transport, decoding, unzipping.
"""

import pickle
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from unittest import mock

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

_SEND = HTTPAdapter.send


class Wire(NamedTuple):
    """One answer as it came: the path that was asked, status, headers, and the body as it was on the wire."""

    path: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_page(self) -> bool:
        """Whether rows of a poll may stand in it."""
        return "/queryAll/" in self.path or "/query/" in self.path


@contextmanager
def recording(file: Path) -> Iterator[Any]:
    """Keep every answer in a file; gives a function that marks the end of a poll."""
    with file.open("wb") as stream:

        def send(*given: Any, **named: Any) -> Any:
            call = signature(_SEND).bind(*given, **named)
            # The body is read below, as it came.
            call.arguments["stream"] = True
            answer = _SEND(*call.args, **call.kwargs)
            adapter, request = call.arguments["self"], call.arguments["request"]
            body = answer.raw.read(decode_content=False)
            wire = Wire(request.path_url, answer.status_code, dict(answer.headers), body)
            pickle.dump(wire, stream)
            return _response(adapter, request, wire)

        with mock.patch.object(HTTPAdapter, "send", send):
            yield lambda: pickle.dump(None, stream)


class Player:
    """Plays a tape. `handed` holds, per page that was asked for, the wire and the moment at which it was handed out."""

    def __init__(self, file: Path) -> None:
        self._wires: deque[Wire | None] = deque(_read(file))
        self.polls = self._wires.count(None)
        self.handed: list[tuple[Wire, float]] = []

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Answer every request from the tape."""

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, *_rest: Any, **_named: Any) -> Any:
            wire = self._wires.popleft()
            assert wire is not None, f"the tape has no answer for {request.path_url}"
            assert wire.path.partition("?")[0] == request.path_url.partition("?")[0], (wire.path, request.path_url)
            if wire.is_page:
                self.handed.append((wire, perf_counter()))
            return _response(adapter, request, wire)

        with mock.patch.object(HTTPAdapter, "send", send):
            yield

    def end_poll(self) -> None:
        """Go on to the next poll."""
        assert self._wires.popleft() is None, "the poll asked for less than the recorded one"
        self.handed.clear()


def _read(file: Path) -> Iterator[Wire | None]:
    with file.open("rb") as stream:
        while True:
            try:
                yield pickle.load(stream)
            except EOFError:
                return


def _response(adapter: HTTPAdapter, request: requests.PreparedRequest, wire: Wire) -> requests.Response:
    raw = HTTPResponse(BytesIO(wire.body), headers=wire.headers, status=wire.status, preload_content=False)
    return adapter.build_response(request, raw)
