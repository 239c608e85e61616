"""A test bed for streams: somebody who listens to an application, without a server in between."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

_LONG = 10.0


class Listener:
    """Somebody who has a stream open: what came, event by event."""

    def __init__(self, app: Starlette, address: str, headers: dict[str, str]) -> None:
        path, _mark, query = address.partition("?")
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in {"host": "t", **headers}.items()],
            "client": ("127.0.0.1", 1),
            "server": ("t", 80),
        }
        self._app = app
        self._left = asyncio.Event()
        self._news = asyncio.Event()
        self._is_asked = False
        self.status = 0
        self.events: list[dict[str, str]] = []
        self.task = asyncio.get_running_loop().create_task(self._app(self._scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self._is_asked:
            self._is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        for block in message.get("body", b"").decode().split("\r\n\r\n"):
            lines = [line for line in block.split("\r\n") if line and not line.startswith(":")]
            found: dict[str, str] = {}
            for name, _colon, value in (line.partition(": ") for line in lines):
                found[name] = f"{found[name]}\n{value}" if name in found else value
            if found:
                self.events.append(found)
        self._news.set()

    async def until(self, count: int) -> list[dict[str, str]]:
        """Wait for a number of events in all."""
        async with asyncio.timeout(_LONG):
            while len(self.events) < count and not self.task.done():
                self._news.clear()
                await self._news.wait()
        return self.events

    async def connected(self) -> int:
        """Wait for the answer to begin, and give its status."""
        async with asyncio.timeout(_LONG):
            while not self.status:
                self._news.clear()
                await self._news.wait()
        return self.status

    async def ended(self) -> None:
        """Wait for the end of the stream."""
        async with asyncio.timeout(_LONG):
            await self.task

    async def leave(self) -> None:
        """Go away."""
        self._left.set()
        await self.ended()


@asynccontextmanager
async def listening(app: Starlette, address: str, **headers: str) -> AsyncIterator[Listener]:
    """Listen to a stream for a while."""
    listener = Listener(app, address, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        await listener.connected()
        yield listener
    finally:
        await listener.leave()
