"""All subscriptions in one thread: who is heard, who is silent, what is tried again, and when to give up."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import NamedTuple, Self

from novigem.errors import InputError, LimitReached, NovigemError, OrgError, OrgUnavailable, SessionError
from novigem.feed.cdc.bus import ADDRESS, PlaceLost, Session, Subscription, TokenRefused, check_address
from novigem.feed.cdc.decode import Decoder
from novigem.feed.cdc.notice import Notice, object_of
from novigem.feed.cdc.pubsub_pb2 import FetchResponse

# New tokens that are taken and then refused again point to somebody who keeps ending the session.
_MOST_RENEWALS = 4
_RENEWALS_SECONDS = 3600.0


class Pace(NamedTuple):
    """How long a listener waits, in seconds.

    A channel that says nothing for `silence_seconds` counts as dead: Salesforce gives a sign of life every minute or
    two. After a failure it waits `first_wait_seconds`, then twice as long each time up to `longest_wait_seconds`, each
    shortened at random by up to a half. `limit_wait_seconds` is for an org that has used up its messages of the day.
    """

    silence_seconds: float = 120.0
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0
    limit_wait_seconds: float = 900.0

    def wait_seconds(self, failures: int, chance: float) -> float:
        """Give the wait after so many failures in a row; `chance` is from 0 to 1."""
        doubled = self.first_wait_seconds * 2 ** min(failures - 1, 30)
        return float(min(self.longest_wait_seconds, doubled)) * (0.5 + chance / 2)


class _Post:
    """One channel as it is listened to. `due` is when to give up waiting, or to try again without a subscription."""

    def __init__(self, channel: str, replay: bytes | None) -> None:
        self.channel = channel
        self.replay = replay
        self.subscription: Subscription | None = None
        self.due = float("-inf")
        self.failures = 0
        self.decoder = Decoder(self._schema)

    def _schema(self, schema_id: str) -> str:
        if self.subscription is None:
            raise OrgUnavailable(f"{self.channel} was left before its schema was read")
        return self.subscription.schema(schema_id)

    def hang_up(self) -> None:
        """Close the subscription, if there is one."""
        subscription, self.subscription = self.subscription, None
        if subscription is not None:
            subscription.close()


class Listener:
    """Listens to channels of Change Data Capture in a thread of its own, and hands each notice to `wake`.

    `credentials` gives an access token, the instance URL and the organisation id. It is asked at the start and each
    time Salesforce refuses what it gave, and must then give a new token. `resume` holds the places (see `places`) up
    to which earlier notices were dealt with; a channel without one starts with what comes next.

    `wake` is called in the listener's thread, one notice at a time, in the order of the bus. After a broken connection
    the last ones may come again. It should only make a note: while it works, nothing is heard. What it raises ends the
    listening, as a mistake of the program.

    Outages pass: the listener tries again for ever. What does not pass ends a channel, or all of them where the
    session is refused; `troubles` says why.

    Raises InputError for an address that is none, and without channels.
    """

    def __init__(
        self,
        channels: Sequence[str],
        credentials: Callable[[], tuple[str, str, str]],
        wake: Callable[[Notice], None],
        *,
        resume: Mapping[str, bytes] | None = None,
        address: str = ADDRESS,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if not channels:
            raise InputError("there is no channel to listen to")
        check_address(address)
        known = {channel: replay for channel, replay in (resume or {}).items() if replay}
        self._posts = {channel: _Post(channel, known.get(channel)) for channel in channels}
        self._places = {channel: known[channel] for channel in self._posts if channel in known}
        self._credentials = credentials
        self._wake = wake
        self._address = address
        self._pace = pace or Pace()
        self._clock = clock
        self._chance = chance
        self._inbox: SimpleQueue[tuple[Subscription, FetchResponse | NovigemError] | None] = SimpleQueue()
        self._troubles: dict[str, NovigemError] = {}
        self._session: Session | None = None
        self._untried = False
        self._renewals: deque[float] = deque(maxlen=_MOST_RENEWALS)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="novigem-cdc", daemon=True)

    @property
    def listening(self) -> bool:
        """Whether the thread is at work: started, not stopped, and with a channel that may still speak."""
        return self._thread.is_alive()

    @property
    def troubles(self) -> Mapping[str, NovigemError]:
        """What is wrong now, by channel: OrgUnavailable and LimitReached pass; OrgError and SessionError do not."""
        return self._troubles.copy()

    @property
    def places(self) -> Mapping[str, bytes]:
        """Up to where notices were handed over, by channel, for `resume`.

        Take them before a poll and keep them after it. Salesforce holds a place for 72 hours; it moves on even when
        nothing changes.
        """
        return self._places.copy()

    def start(self) -> None:
        """Begin to listen, in the background. Once only."""
        self._thread.start()

    def stop(self) -> None:
        """Hang up and wait for the thread, unless it is the one that calls. No notice comes afterwards."""
        self._over.set()
        self._inbox.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            while self._posts and not self._over.is_set():
                self._turn()
        finally:
            for post in self._posts.values():
                post.hang_up()

    def _turn(self) -> None:
        """Take one answer; when there is none, look after the channels whose time has come.

        In this order: while `wake` was at work, answers may have waited here, and then nobody was silent.
        """
        soonest = min(post.due for post in self._posts.values())
        try:
            taken = self._inbox.get(timeout=max(soonest - self._clock(), 0.0))
        except Empty:
            self._attend()
            return
        if taken is None:
            return
        subscription, said = taken
        for post in list(self._posts.values()):
            if post.subscription is subscription:
                self._deal_with(post, subscription, said)

    def _attend(self) -> None:
        now = self._clock()
        for post in list(self._posts.values()):
            # One channel may have ended them all while this turn went through the list.
            if post.due > now or post.channel not in self._posts:
                continue
            if post.subscription is not None:
                post.hang_up()
                silent = f"{post.channel} was silent for {self._pace.silence_seconds:g} seconds"
                self._troubles[post.channel] = OrgUnavailable(silent)
            self._connect(post)

    def _connect(self, post: _Post) -> None:
        try:
            if self._session is None:
                self._session = Session(*self._credentials())
            subscription = Subscription(self._address, self._session, post.channel, post.replay)
        except NovigemError as error:
            self._fail(post, error)
            return
        post.subscription = subscription
        post.due = self._clock() + self._pace.silence_seconds
        threading.Thread(
            target=self._carry, args=(subscription, post.channel), name="novigem-cdc-line", daemon=True
        ).start()

    def _carry(self, subscription: Subscription, channel: str) -> None:
        """Carry what a subscription says to the inbox; runs in a thread of the subscription, and decides nothing."""
        try:
            for answer in subscription.answers():
                self._inbox.put((subscription, answer))
            self._inbox.put((subscription, OrgUnavailable(f"Salesforce's bus ended {channel}")))
        except NovigemError as error:
            self._inbox.put((subscription, error))

    def _deal_with(self, post: _Post, subscription: Subscription, said: FetchResponse | NovigemError) -> None:
        if isinstance(said, NovigemError):
            self._fail(post, said)
            return
        try:
            self._hand_over(post, said)
        except NovigemError as error:
            self._fail(post, error)
            return
        self._troubles.pop(post.channel, None)
        self._untried = self._untried and subscription.session is not self._session
        post.failures = 0
        post.due = self._clock() + self._pace.silence_seconds
        if said.pending_num_requested <= 0:
            subscription.ask_for_more()

    def _hand_over(self, post: _Post, answer: FetchResponse) -> None:
        for message in answer.events:
            try:
                notice = post.decoder.notice(
                    post.channel, message.event.schema_id, message.event.payload, message.replay_id
                )
            except ValueError:
                # Nobody can tell what changed: the poll has to look at everything.
                notice = self._everything_of(post, message.replay_id)
            self._wake(notice)
            self._move(post, message.replay_id)
        if not answer.events and answer.latest_replay_id:
            self._move(post, answer.latest_replay_id)

    def _everything_of(self, post: _Post, replay: bytes) -> Notice:
        return Notice(post.channel, object_of(post.channel), replay=replay, resync=True)

    def _move(self, post: _Post, replay: bytes) -> None:
        post.replay = self._places[post.channel] = replay

    def _fail(self, post: _Post, error: NovigemError) -> None:
        refused = post.subscription.session if post.subscription is not None else None
        post.hang_up()
        if isinstance(error, TokenRefused):
            self._renew(post, refused)
        elif isinstance(error, SessionError):
            self._end_all(error)
        elif isinstance(error, PlaceLost) and post.replay is not None:
            self._start_anew(post)
        elif isinstance(error, OrgError):
            self._troubles[post.channel] = error
            del self._posts[post.channel]
        else:
            self._try_later(post, error)

    def _renew(self, post: _Post, refused: Session | None) -> None:
        """Get a new token once. Of several channels, the first one that is refused does it for all."""
        post.due = now = self._clock()
        if refused is not self._session:
            return
        often = len(self._renewals) == _MOST_RENEWALS and now - self._renewals[0] < _RENEWALS_SECONDS
        if self._untried or often:
            self._end_all(
                SessionError("Salesforce refuses the session, and a new one too", hint="log in again, then start again")
            )
            return
        self._session, self._untried = None, True
        self._renewals.append(now)

    def _start_anew(self, post: _Post) -> None:
        """Go on with what comes next, once it is told that what was missed cannot be named."""
        post.replay = None
        self._places.pop(post.channel, None)
        post.due = self._clock()
        self._wake(self._everything_of(post, b""))

    def _try_later(self, post: _Post, error: NovigemError) -> None:
        self._troubles[post.channel] = error
        post.failures += 1
        wait = self._pace.wait_seconds(post.failures, self._chance())
        if isinstance(error, LimitReached):
            wait = self._pace.limit_wait_seconds
        post.due = self._clock() + wait

    def _end_all(self, error: NovigemError) -> None:
        for post in self._posts.values():
            post.hang_up()
            self._troubles[post.channel] = error
        self._posts.clear()
