"""The hub of one application: a look at the database each second, as long as somebody has a stream open.

    a look (revision, whose points came) -> what is shown anew, once for all who see it alike -> every stream

An open stream costs a small object and no thread. What a stream has not sent yet is written over by what is newer, so
a slow reader holds nothing up and nothing grows.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count, islice
from typing import NamedTuple

from sse_starlette.event import ServerSentEvent

from novigem.errors import NovigemError, WorldError
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import EntryFilter
from novigem.views.web.site import Site

_LOG = logging.getLogger(__name__)
#: So many streams are told in one go, before others have their turn.
_SLICE = 100
#: Within so many looks everybody is asked again whether they may still look.
_ROUND = 10
#: Of a transaction with more new entries than these nobody is told that points of theirs are among them.
_MOST_NEW = 5_000
#: What a stream is told at its end: whoever listens does not come back.
_END = ServerSentEvent(event="end", data="").encode()
#: What somebody is told whose own points came.
_OWN = ServerSentEvent(event="own", data="").encode()


class Scene(NamedTuple):
    """What a stream shows. Streams with the same `key` show the same.

    `make` gives it as HTML; `every` is after how many seconds it is looked at again, though nothing was written.
    """

    key: tuple[object, ...]
    make: Callable[[SqlStore], str]
    every: float


class Told(NamedTuple):
    """What was last said about a scene: the id of the event and its bytes; when, on the clock of the loop."""

    id: str
    body: bytes
    at: float


@dataclass(eq=False)
class Stream:
    """One open stream. `session` is what the bound of one session goes by, `user` whose own points are told.

    `may_go_on` says whether who looks may still look, as they could at the beginning. `seen` is the last event.
    """

    scene: Scene
    session: str
    user: str | None
    may_go_on: Callable[[SqlStore], bool]
    seen: str
    number: int = field(default_factory=count().__next__)
    _next: dict[str, bytes] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, kind: str, body: bytes) -> None:
        """Have something sent; what of its kind was not sent yet is forgotten."""
        self._next[kind] = body
        self._wake.set()

    async def events(self) -> AsyncIterator[bytes]:
        """Yield what is to be sent, up to the end."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._next = self._next, {}
            for body in waiting.values():
                yield body
            if "end" in waiting:
                return


class Look(NamedTuple):
    """What one look at the database found: `users` are those whose points came since the look before."""

    revision: int
    entries: int
    users: frozenset[str]
    shown: dict[tuple[object, ...], str | None]


class Hub:
    """The open streams of an application. It belongs to the event loop that serves it.

    At most `site.most_streams` are open, and `site.most_streams_of_one` of one session: the newest of a session, since
    somebody looks at the page that they opened last. `pause` lies between two looks, in seconds: nobody is told more
    often.
    """

    def __init__(self, site: Site, pause: float = 1.0) -> None:
        self._site = site
        self._pause = pause
        self._streams: dict[Stream, None] = {}
        self._of_session: dict[str, dict[Stream, None]] = {}
        self._told: dict[tuple[object, ...], Told] = {}
        self._poller: asyncio.Task[None] | None = None
        self._looked = 0

    def __len__(self) -> int:
        """Give how many streams are open."""
        return len(self._streams)

    @property
    def is_looking(self) -> bool:
        """Whether the database is looked at."""
        return self._poller is not None and not self._poller.done()

    def shows(self, key: tuple[object, ...]) -> bool:
        """Tell whether somebody who sees the same is being shown it; a thread may ask."""
        told = self._told.get(key)
        return told is not None and bool(told.id)

    @property
    def has_room(self) -> bool:
        """Whether one more stream may be opened."""
        return len(self) < self._site.most_streams

    async def follow(self, stream: Stream) -> AsyncIterator[bytes]:
        """Yield the events of a stream for as long as somebody listens."""
        self._open(stream)
        try:
            # The first bytes tell a browser that it is connected.
            yield b": here\r\n\r\n"
            async for body in stream.events():
                yield body
        finally:
            self._close(stream)

    def _open(self, stream: Stream) -> None:
        own = self._of_session.setdefault(stream.session, {})
        self._streams[stream] = own[stream] = None
        if len(own) > self._site.most_streams_of_one:
            self._give_way(next(iter(own)))
        if not self.is_looking:
            self._poller = asyncio.get_running_loop().create_task(self._look_again_and_again())

    def _give_way(self, oldest: Stream) -> None:
        """End a stream. Its place is free at once: a connection that died unnoticed takes nothing more."""
        oldest.tell("end", _END)
        self._close(oldest)

    def _close(self, stream: Stream) -> None:
        if stream not in self._streams:
            return  # it gave way
        del self._streams[stream]
        own = self._of_session[stream.session]
        del own[stream]
        if not own:
            del self._of_session[stream.session]
        if not self._streams and self._poller is not None:
            self._poller.cancel()
            self._poller, self._told = None, {}

    async def _look_again_and_again(self) -> None:
        before: Look | None = None
        while True:
            due = self._due()
            try:
                look = await self._site.in_thread(self._look, before, due, self._scenes())
                await self._tell(look)
                before = look._replace(shown={})
                await self._ask_some()
            except Exception:  # noqa: BLE001 - a database that is away comes back; one bad scene must not end all streams
                _LOG.exception("the pages could not look at the database; they try again")
            await asyncio.sleep(self._pause)

    def _scenes(self) -> dict[tuple[object, ...], Scene]:
        return {stream.scene.key: stream.scene for stream in self._streams}

    def _due(self) -> set[tuple[object, ...]]:
        """Give the scenes that are to be made though nothing was written: nobody has seen them, or for too long."""
        now = asyncio.get_running_loop().time()
        found = set()
        for key, scene in self._scenes().items():
            told = self._told.get(key)
            if told is None or now - told.at >= scene.every:
                found.add(key)
        return found

    def _look(
        self, before: Look | None, due: Collection[tuple[object, ...]], scenes: dict[tuple[object, ...], Scene]
    ) -> Look:
        """Look at one moment of the database; it runs beside the loop."""
        with self._site.snapshot() as store:
            revision = store.revision()
            is_new = before is None or revision != before.revision
            entries = store.entry_count() if before is None or is_new else before.entries
            users = frozenset[str]()
            if before is not None and before.entries < entries <= before.entries + _MOST_NEW:
                new = store.entries(EntryFilter(after=before.entries, up_to=entries))
                joins = store.joins()
                users = frozenset(one for entry in new for one in joins.group(entry.user))
            wanted = scenes if is_new else {key: scenes[key] for key in due if key in scenes}
            return Look(revision, entries, users, {key: _made(scene, store) for key, scene in wanted.items()})

    async def _tell(self, look: Look) -> None:
        now = asyncio.get_running_loop().time()
        for key, html in look.shown.items():
            self._told[key] = _told(look.revision, html, self._told.get(key), now)
        for streams in _slices(list(self._streams)):
            for stream in streams:
                self._tell_one(stream, look)
            await asyncio.sleep(0)

    def _tell_one(self, stream: Stream, look: Look) -> None:
        told = self._told.get(stream.scene.key)
        if told is None:
            return
        if not told.id:
            stream.tell("end", _END)
        elif told.id != stream.seen and not _is_same(told.id, stream.seen):
            stream.tell("scene", told.body)
        stream.seen = told.id
        if stream.user in look.users:
            stream.tell("own", _OWN)

    async def _ask_some(self) -> None:
        """Ask a part of the streams, in turn, whether they may go on."""
        self._looked += 1
        asked = [stream for stream in self._streams if (stream.number + self._looked) % _ROUND == 0]
        over = await self._site.in_thread(self._over, asked) if asked else ()
        for stream in over:
            stream.tell("end", _END)

    def _over(self, asked: Sequence[Stream]) -> list[Stream]:
        with self._site.snapshot() as store:
            return [stream for stream in asked if not stream.may_go_on(store)]


def _is_same(told: str, seen: str) -> bool:
    """Tell whether a page that was made at a revision, of which no event told, shows what is told now."""
    return "." not in seen and told.partition(".")[0] == seen


def _told(revision: int, html: str | None, before: Told | None, now: float) -> Told:
    """Give what to say about a scene; the same again is nothing new."""
    if html is None:
        return Told("", _END, now)
    digest = sha256(html.encode()).hexdigest()[:8]
    if before is not None and before.id.partition(".")[2] == digest:
        return before._replace(at=now)
    name = f"{revision}.{digest}"
    return Told(name, ServerSentEvent(data=html, id=name).encode(), now)


def _made(scene: Scene, store: SqlStore) -> str | None:
    """Give a scene as HTML; None where it is not there any more."""
    try:
        return scene.make(store)
    except WorldError:
        raise
    except NovigemError:
        return None


def _slices(streams: Iterable[Stream]) -> Iterable[list[Stream]]:
    rest = iter(streams)
    while part := list(islice(rest, _SLICE)):
        yield part
