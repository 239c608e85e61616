"""Listening: what the bus says arrives, and its bad days pass or end with a reason."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

import pytest

from novigem.errors import InputError, LimitReached, NovigemError, OrgError, OrgUnavailable, SessionError
from novigem.feed.cdc import Listener, Notice, Pace
from novigem.feed.cdc import pubsub_pb2 as wire
from tests.unit.feed.cdc.fake_bus import (
    ALL,
    CORRUPTED,
    DEAL,
    DEALS,
    EXPIRED,
    ORG,
    OTHER_DEAL,
    TOKEN,
    URL,
    USER,
    VISITS,
    Bus,
    encoded,
)

# Tries again at once; whether a wait is long enough is asked of `Pace` alone, where no time passes.
QUICK = Pace(silence_seconds=60, first_wait_seconds=0.01, longest_wait_seconds=0.02, limit_wait_seconds=0.01)
DEADLINE = 30


class Login:
    """Gives tokens, one after the other; the last one again and again."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)
        self.given = 0

    def __call__(self) -> tuple[str, str, str]:
        token = self.tokens[min(self.given, len(self.tokens) - 1)]
        self.given += 1
        return token, URL, ORG


class Heard:
    """Collects notices, and waits for them."""

    def __init__(self) -> None:
        self._queue: Queue[Notice] = Queue()

    def __call__(self, notice: Notice) -> None:
        self._queue.put(notice)

    def next(self, count: int = 1) -> list[Notice]:
        return [self._queue.get(timeout=DEADLINE) for _ in range(count)]

    def rest(self) -> int:
        return self._queue.qsize()


@pytest.fixture
def bus() -> Iterator[Bus]:
    with Bus() as running:
        yield running


@pytest.fixture
def heard() -> Heard:
    return Heard()


@contextmanager
def listening(bus: Bus, heard: Any, *, subscribers: int = 1, **options: Any) -> Iterator[Listener]:
    given = {"channels": [DEALS], "credentials": Login(TOKEN), "pace": QUICK, "address": bus.address} | options
    with Listener(wake=heard, **given) as listener:
        bus.wait_for(subscribers)
        yield listener


def wait_until(true: Any) -> None:
    """Wait for what another thread is about to do; gives up after a time that only a hanging test needs."""
    pause = threading.Event()
    for _ in range(DEADLINE * 200):
        if true():
            return
        pause.wait(0.005)
    raise AssertionError("it did not happen")


def test_a_change_is_told_with_who_made_it(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard) as listener:
        replay = bus.publish(encoded([DEAL, OTHER_DEAL[:15]]))
        [notice] = heard.next()
        assert notice._replace(at=None) == Notice(
            channel=DEALS,
            object="Opportunity",
            ids=(DEAL, OTHER_DEAL),
            kind="update",
            user=USER,
            transaction="0000a62a-5497-10e0-dbe3-e99b71589a49",
            sequence=1,
            changed=("StageName", "LastModifiedDate"),
            replay=replay,
        )
        assert notice.at is not None
        assert notice.at.isoformat() == "2026-01-07T15:04:05.123000+00:00"
        assert listener.listening
    assert not listener.listening
    assert bus.subscriptions[0].preset == wire.LATEST


def test_every_call_carries_the_session(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard):
        headers = bus.subscriptions[0].headers
    assert (headers["accesstoken"], headers["instanceurl"], headers["tenantid"]) == (TOKEN, URL, ORG)


def test_transactions_arrive_in_the_order_of_the_bus(bus: Bus, heard: Heard) -> None:
    steps = [("lead", 1), ("lead", 2), ("lead", 3), ("deal", 1), ("deal", 2)]
    bus.batch = 2
    with listening(bus, heard):
        for transaction, sequence in steps:
            bus.publish(encoded(transactionKey=transaction, sequenceNumber=sequence))
        assert [(one.transaction, one.sequence) for one in heard.next(5)] == steps


def test_a_schema_is_asked_for_once(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard):
        for _ in range(5):
            bus.publish()
        heard.next(5)
    assert bus.schema_reads == 1


def test_more_is_asked_for_when_all_that_was_granted_has_come(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard):
        for _ in range(250):
            bus.publish()
        heard.next(250)
    assert set(bus.wishes) == {100}
    assert len(bus.subscriptions) == 1


def test_several_channels_are_heard_together(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard, channels=[DEALS, VISITS, ALL], subscribers=3) as listener:
        places = {topic: bus.publish(topic=topic) for topic in (DEALS, VISITS, ALL)}
        assert {notice.channel for notice in heard.next(3)} == {DEALS, VISITS, ALL}
        wait_until(lambda: listener.places == places)


def test_listening_goes_on_where_it_ended(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard) as listener:
        bus.publish()
        heard.next()
        wait_until(lambda: DEALS in listener.places)
    missed = [bus.publish(), bus.publish()]
    with listening(bus, heard, resume=listener.places, subscribers=2) as again:
        assert [notice.replay for notice in heard.next(2)] == missed
        wait_until(lambda: again.places == {DEALS: missed[-1]})


def test_a_sign_of_life_moves_the_place_of_a_quiet_channel(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard) as listener:
        bus.beat()
        wait_until(lambda: listener.places == {DEALS: b"place-0"})
    assert heard.rest() == 0


def test_a_place_moves_only_after_its_notice_was_taken(bus: Bus) -> None:
    taken, seen = threading.Event(), []

    def wake(notice: Notice) -> None:
        seen.append((notice.replay, dict(listener.places)))
        taken.set()

    with listening(bus, wake) as listener:
        replay = bus.publish()
        assert taken.wait(DEADLINE)
        wait_until(lambda: listener.places == {DEALS: replay})
    assert seen == [(replay, {})]


def test_a_dropped_stream_is_taken_up_where_it_broke(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard) as listener:
        first = bus.publish()
        heard.next()
        bus.drop()
        bus.wait_for(2)
        second = bus.publish()
        assert [notice.replay for notice in heard.next()] == [second]
        # Nothing is held against a channel that speaks again: the next wait is the shortest once more.
        wait_until(lambda: not listener.troubles and listener._posts[DEALS].failures == 0)
    assert (bus.subscriptions[1].preset, bus.subscriptions[1].replay) == (wire.CUSTOM, first)


def test_a_bus_that_went_away_is_found_again(heard: Heard) -> None:
    with socket.socket() as held:
        # Bound but not listening: nobody else is given the port while the bus is away.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with Bus(port) as before, listening(before, heard) as listener:
            before.publish()
            heard.next()
            before.close()
            wait_until(lambda: isinstance(listener.troubles.get(DEALS), OrgUnavailable))
            with Bus(port, messages=2) as after:
                assert [notice.replay for notice in heard.next()] == [b"place-2"]
                wait_until(lambda: not listener.troubles)
                assert after.subscriptions[0].replay == b"place-1"


def test_duplicates_after_a_broken_stream_are_the_same_notices(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard):
        for name in (DEAL, OTHER_DEAL):
            bus.publish(encoded([name]))
        once = heard.next(2)
        bus.repeat = 2
        bus.drop()
        again = heard.next(2)
    # Who looks at the ids that a notice names looks at nothing else when it comes twice.
    assert again == once


def test_a_silent_channel_is_left_and_called_anew(bus: Bus, heard: Heard) -> None:
    known, missed = bus.publish(), bus.publish()
    bus.stalls = 1
    with listening(bus, heard, resume={DEALS: known}, pace=QUICK._replace(silence_seconds=0.2)) as listener:
        assert [notice.replay for notice in heard.next()] == [missed]
        wait_until(lambda: listener.places == {DEALS: missed})
    assert len(bus.subscriptions) > 1


def test_a_silent_channel_counts_as_a_trouble_until_it_speaks(bus: Bus, heard: Heard) -> None:
    bus.stalls = 10**6
    with listening(bus, heard, subscribers=3, pace=QUICK._replace(silence_seconds=0.05)) as listener:
        assert "silent for 0.05 seconds" in str(listener.troubles[DEALS])


def test_nobody_counts_as_silent_while_a_notice_is_dealt_with(bus: Bus, heard: Heard) -> None:
    now = [0.0]

    def slow(notice: Notice) -> None:
        if notice.channel == DEALS:
            bus.publish(topic=VISITS)
            wait_until(lambda: not listener._inbox.empty())
            now[0] += 1000
        heard(notice)

    with listening(bus, slow, channels=[DEALS, VISITS], subscribers=2, clock=lambda: now[0]) as listener:
        bus.publish()
        assert [notice.channel for notice in heard.next(2)] == [DEALS, VISITS]
        wait_until(lambda: set(listener.places) == {DEALS, VISITS})
    assert len(bus.subscriptions) == 2


@pytest.mark.parametrize("code", [CORRUPTED, EXPIRED])
def test_a_lost_place_is_told_and_listening_starts_anew(bus: Bus, heard: Heard, code: str) -> None:
    bus.replay_error = code
    old = bus.publish()
    bus.forget()
    with listening(bus, heard, resume={DEALS: old}) as listener:
        assert heard.next() == [Notice(DEALS, "Opportunity", resync=True)]
        new = bus.publish()
        assert [notice.replay for notice in heard.next()] == [new]
        wait_until(lambda: listener.places == {DEALS: new})
    assert [one.preset for one in bus.subscriptions] == [wire.LATEST]


def test_a_lost_place_of_all_objects_names_none(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard, channels=[ALL], resume={ALL: b"never seen"}) as listener:
        assert heard.next() == [Notice(ALL, None, resync=True)]
        assert listener.places == {}


def test_a_bus_that_takes_no_place_at_all_is_asked_again_later(bus: Bus, heard: Heard) -> None:
    bus.knows_no_place = True
    with Listener([DEALS], Login(TOKEN), heard, resume={DEALS: b"1"}, address=bus.address, pace=QUICK) as listener:
        assert heard.next() == [Notice(DEALS, "Opportunity", resync=True)]
        wait_until(lambda: listener.troubles and listener._posts[DEALS].failures > 2)
        bus.knows_no_place = False
        bus.wait_for(1)
        bus.publish()
        assert not heard.next()[0].resync
        assert heard.rest() == 0


def test_broken_streams_leave_no_thread_behind(bus: Bus, heard: Heard) -> None:
    def ours() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if not thread.name.startswith("ThreadPoolExecutor")}

    before = ours()
    with listening(bus, heard):
        for number in (2, 3, 4):
            bus.drop()
            bus.wait_for(number)
    wait_until(lambda: ours() <= before)


def test_a_message_that_cannot_be_read_asks_to_look_at_everything(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard) as listener:
        broken = bus.publish(b"\xff\xff")
        whole = bus.publish()
        assert heard.next() == [Notice(DEALS, "Opportunity", replay=broken, resync=True)]
        assert heard.next()[0].replay == whole
        assert not listener.troubles


def test_a_schema_that_is_not_to_be_had_is_asked_for_again(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard) as listener:
        before = bus.publish()
        heard.next()
        replay = bus.publish(schema="new")
        wait_until(lambda: isinstance(listener.troubles.get(DEALS), OrgUnavailable))
        bus.schemas["new"] = bus.schemas["deal"]
        assert [notice.replay for notice in heard.next()] == [replay]
    assert bus.subscriptions[1].replay == before


def test_a_refused_token_is_renewed_once_for_all_channels(bus: Bus, heard: Heard) -> None:
    login = Login(TOKEN, "00Dxx!second")
    with listening(bus, heard, channels=[DEALS, VISITS], credentials=login, subscribers=2) as listener:
        bus.beat()
        bus.tokens = {"00Dxx!second"}
        bus.drop()
        bus.wait_for(4)
        bus.publish()
        bus.publish(topic=VISITS)
        assert {notice.channel for notice in heard.next(2)} == {DEALS, VISITS}
        wait_until(lambda: not listener.troubles)
    assert login.given == 2


def test_a_token_that_is_refused_twice_ends_the_listening(bus: Bus, heard: Heard) -> None:
    bus.tokens = set()
    login = Login("00Dxx!one", "00Dxx!two", "00Dxx!three")
    listener = Listener([DEALS, VISITS], login, heard, address=bus.address, pace=QUICK)
    listener.start()
    wait_until(lambda: not listener.listening)
    assert set(listener.troubles) == {DEALS, VISITS}
    for error in listener.troubles.values():
        assert isinstance(error, SessionError)
        assert "00Dxx!" not in f"{error} {error!r} {error.__cause__}"
    assert login.given == 2
    listener.stop()


def test_tokens_that_are_taken_and_refused_again_and_again_end_the_listening(bus: Bus, heard: Heard) -> None:
    names = [f"00Dxx!{number}" for number in range(8)]
    bus.tokens = {names[0]}
    login = Login(*names)
    listener = Listener([DEALS], login, heard, address=bus.address, pace=QUICK)
    listener.start()
    for number in range(1, 6):
        bus.wait_for(number)
        bus.publish()
        heard.next()
        bus.tokens = {names[number]}
        bus.drop()
    wait_until(lambda: not listener.listening)
    assert isinstance(listener.troubles[DEALS], SessionError)
    assert login.given == 5
    listener.stop()


def test_a_log_in_that_is_refused_ends_the_listening(bus: Bus, heard: Heard) -> None:
    asked = []

    def refused() -> tuple[str, str, str]:
        asked.append(1)
        raise SessionError("the org does not know this key")

    listener = Listener([DEALS, VISITS], refused, heard, address=bus.address, pace=QUICK)
    listener.start()
    wait_until(lambda: not listener.listening)
    assert {str(error) for error in listener.troubles.values()} == {"the org does not know this key"}
    assert len(listener.troubles) == 2
    assert (len(asked), bus.topic_reads) == (1, [])


def test_a_log_in_that_is_out_of_reach_is_tried_again(bus: Bus, heard: Heard) -> None:
    answers: list[NovigemError] = [OrgUnavailable("down"), OrgUnavailable("down")]

    def sometimes() -> tuple[str, str, str]:
        if answers:
            raise answers.pop()
        return TOKEN, URL, ORG

    with listening(bus, heard, credentials=sometimes):
        bus.publish()
        heard.next()


def test_a_channel_that_is_not_switched_on_ends_and_the_others_go_on(bus: Bus, heard: Heard) -> None:
    with listening(bus, heard, channels=["/data/TaskChangeEvent", DEALS]) as listener:
        wait_until(lambda: "/data/TaskChangeEvent" in listener.troubles)
        error = listener.troubles["/data/TaskChangeEvent"]
        assert isinstance(error, OrgError)
        assert "Salesforce refuses the channel /data/TaskChangeEvent: NOT_FOUND" in str(error)
        assert "in Setup, open Change Data Capture and select the object" in str(error)
        bus.publish()
        heard.next()


def test_a_channel_that_may_not_be_subscribed_to_ends_with_a_hint(bus: Bus, heard: Heard) -> None:
    bus.closed_topics.add(DEALS)
    listener = Listener([DEALS], Login(TOKEN), heard, address=bus.address, pace=QUICK)
    listener.start()
    wait_until(lambda: not listener.listening)
    assert isinstance(listener.troubles[DEALS], OrgError)
    assert "View All Records" in str(listener.troubles[DEALS])
    assert bus.subscriptions == []


def test_a_used_up_limit_is_waited_for(bus: Bus, heard: Heard) -> None:
    bus.limit = "sfdc.platform.eventbus.grpc.subscription.limit.exceeded"
    waiting = QUICK._replace(limit_wait_seconds=3600)
    with Listener([DEALS], Login(TOKEN), heard, address=bus.address, pace=waiting, clock=lambda: 0.0) as listener:
        wait_until(lambda: isinstance(listener.troubles.get(DEALS), LimitReached))
        wait_until(lambda: listener._posts[DEALS].due == 3600)
        assert listener.listening
    bus.limit = "sfdc.platform.eventbus.grpc.subscription.limit.exceeded"
    with listening(bus, heard):
        bus.publish()
        heard.next()


def test_stopping_from_inside_a_notice_does_not_wait_for_itself(bus: Bus) -> None:
    told = Heard()

    def stop(notice: Notice) -> None:
        listener.stop()
        told(notice)

    listener = Listener([DEALS], Login(TOKEN), stop, address=bus.address, pace=QUICK)
    listener.start()
    bus.wait_for(1)
    bus.publish()
    told.next()
    wait_until(lambda: not listener.listening)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_in_the_program_ends_the_listening(bus: Bus) -> None:
    def wrong(notice: Notice) -> None:
        raise ZeroDivisionError

    listener = Listener([DEALS], Login(TOKEN), wrong, address=bus.address, pace=QUICK)
    listener.start()
    bus.wait_for(1)
    bus.publish()
    wait_until(lambda: not listener.listening)
    assert listener.places == {}


def test_a_listener_that_never_started_can_be_stopped(bus: Bus, heard: Heard) -> None:
    Listener([DEALS], Login(TOKEN), heard, address=bus.address).stop()


def test_no_channel_and_no_address_are_refused_at_once(heard: Heard) -> None:
    with pytest.raises(InputError, match="no channel"):
        Listener([], Login(TOKEN), heard)
    with pytest.raises(InputError, match="not the address of a bus"):
        Listener([DEALS], Login(TOKEN), heard, address="https://api.pubsub.salesforce.com")


def test_waits_double_up_to_the_longest_and_are_shortened_at_random() -> None:
    pace = Pace()
    assert [pace.wait_seconds(failures, 1) for failures in (1, 2, 3, 6, 7, 10**6)] == [1, 2, 4, 32, 60, 60]
    assert pace.wait_seconds(3, 0) == 2
    assert pace.silence_seconds == 120
