"""Listening beside a sync that runs for good: notices wake it early, and name the writers of what it then reads.

If the listening stops, for a minute or for a week, the sync goes on at its usual times and misses nothing.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from types import TracebackType
from typing import Self

import msgspec

from novigem.engine.bookkeeping import keep_position
from novigem.errors import NovigemError
from novigem.feed.cdc import Listener, Notice, channel_of
from novigem.feed.cdc.bus import ADDRESS
from novigem.ledger.store import Store
from novigem.sync.service.logs import log_event
from novigem.sync.service.schedule import Bell
from novigem.sync.service.writers import Writers

# A burst of notices asks for one sync, and a busy org for no more than one in this time: each costs a call per object.
CALM_SECONDS = 30.0
# What is committed together is told within a moment.
_SOON_SECONDS = 2.0

#: Gives an access token, the instance URL and the organisation id; a new token each time.
Credentials = Callable[[], tuple[str, str, str]]


class Listening:
    """Change Data Capture for the objects of a sync. Use it as a context manager; `begin` starts it.

    `bell` wakes the job named `job`. `clock` gives seconds that only grow. The places that were reached are kept in the
    store after each sync, so that a new process goes on where the notices of the last one were dealt with. `told`
    words an error, for whoever reads the log.
    """

    def __init__(
        self,
        store: Store,
        objects: Iterable[str],
        *,
        bell: Bell,
        job: str,
        log: logging.Logger,
        clock: Callable[[], float],
        address: str = ADDRESS,
        told: Callable[[NovigemError], str] = str,
    ) -> None:
        self.writers = Writers()
        self._store = store
        self._channels = [channel_of(name) for name in objects]
        self._bell, self._job, self._log, self._clock, self._address = bell, job, log, clock, address
        self._told = told
        self._listener: Listener | None = None
        self._feed = ""
        self._lock = Lock()
        self._rung = False
        self._last_run = float("-inf")
        self._said: Mapping[str, str] = {}

    def __enter__(self) -> Self:
        """Give the listening itself; nothing is heard before `begin`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        if self._listener is not None:
            self._listener.stop()

    @property
    def places(self) -> Mapping[str, bytes]:
        """Up to where notices were heard, by channel."""
        return {} if self._listener is None else self._listener.places

    @property
    def troubles(self) -> Mapping[str, str]:
        """What keeps channels from being heard."""
        found = {} if self._listener is None else self._listener.troubles
        return {channel: self._told(error) for channel, error in found.items()}

    def begin(self, org: str, credentials: Credentials) -> None:
        """Listen to an org from where an earlier process had come; nothing happens where it listens already."""
        if self._listener is not None:
            return
        self._feed = f"cdc/{org}"
        kept = self._store.position(self._feed)
        resume = msgspec.json.decode(kept, type=dict[str, bytes]) if kept else {}
        self._listener = Listener(self._channels, credentials, self.hear, resume=resume, address=self._address)
        self._listener.start()

    def hear(self, notice: Notice) -> None:
        """Take a notice: remember its writer, and ask for a sync unless one is asked for already."""
        self.writers.note(notice)
        with self._lock:
            if self._rung:
                return
            self._rung = True
            calm = self._last_run + CALM_SECONDS - self._clock()
        self._bell.ring(self._job, max(_SOON_SECONDS, calm))

    def during(self, run: Callable[[], float | None], is_done: Callable[[], bool]) -> float | None:
        """Do one sync; what was heard before it is dealt with if it `is_done` afterwards."""
        with self._lock:
            self._rung = False
            self._last_run = self._clock()
        places, mark = self.places, self.writers.mark()
        wait = run()
        if is_done():
            self.writers.forget(mark)
            if places:
                keep_position(self._store, self._feed, msgspec.json.encode(places).decode())
        self._tell_troubles()
        return wait

    def _tell_troubles(self) -> None:
        """Log, once each, what keeps channels from being heard."""
        troubles = self.troubles
        for channel in sorted(troubles.keys() - self._said.keys()):
            log_event(self._log, logging.WARNING, "not listening", channel=channel, error=troubles[channel])
        for channel in sorted(self._said.keys() - troubles.keys()):
            log_event(self._log, logging.INFO, "listening again", channel=channel)
        self._said = troubles
