"""Listening beside the sync: notices wake it, name writers, and cost nothing when they fail to come."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event

import pytest

from novigem.feed.cdc import Notice
from novigem.ledger.memory.store import MemoryStore
from novigem.sync.service.listening import CALM_SECONDS, Listening
from novigem.sync.service.schedule import Bell, Job, every, run_jobs
from novigem.testing import make_change
from tests.unit.feed.cdc.fake_bus import COMMITTED, DEAL, DEALS, ORG, TOKEN, URL, USER, Bus, encoded

LOG = logging.getLogger("test-listening")


class Context:
    """A bus, a store, and a clock that stands still."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.store = MemoryStore()
        self.bell = Bell()
        self.seconds = 1000.0

    def listening(self, *, begin: bool = True) -> Listening:
        made = Listening(
            self.store,
            ["Opportunity"],
            bell=self.bell,
            job="sync",
            log=LOG,
            clock=lambda: self.seconds,
            address=self.bus.address,
        )
        if begin:
            made.begin(ORG, lambda: (TOKEN, URL, ORG))
            self.bus.wait_for(1)
        return made

    def rings(self) -> list[float]:
        found = []
        while not self.bell.news.empty():
            found.append(self.bell.news.get().seconds)  # type: ignore[union-attr]  # only rings are put there
        return found


def until(is_so: Callable[[], object]) -> None:
    """Wait for what another thread is about to do."""
    for _ in range(3000):
        if is_so():
            return
        Event().wait(0.01)
    raise AssertionError("it never came")


@pytest.fixture
def context() -> Iterator[Context]:
    with Bus() as bus:
        yield Context(bus)


def test_a_notice_asks_for_a_sync_and_names_the_writer(context: Context) -> None:
    with context.listening() as ear:
        context.bus.publish(encoded((DEAL,)))
        ring = context.bell.news.get(timeout=30)

        change = make_change("update", record=DEAL, at=moment(), old={"StageName": "A"}, StageName="B")
        assert ring is not None
        assert ear.writers.confirm(change).by == USER


def moment() -> str:
    return datetime.fromtimestamp(COMMITTED // 1000, UTC).isoformat()


def test_a_burst_asks_for_one_sync_and_the_next_waits_for_a_calm_while(context: Context) -> None:
    ear = context.listening(begin=False)
    notice = Notice(DEALS, "Opportunity")
    for _ in range(100):
        ear.hear(notice)
    first = context.rings()
    ear.during(lambda: None, lambda: True)
    context.seconds += 5
    ear.hear(notice)

    assert first == [2.0]
    assert context.rings() == [CALM_SECONDS - 5]


def test_a_new_process_goes_on_where_the_notices_of_the_last_were_dealt_with(context: Context) -> None:
    with context.listening() as ear:
        context.bus.publish(encoded((DEAL,)))
        context.bell.news.get(timeout=30)
        until(lambda: ear.places)
        ear.during(lambda: 30.0, lambda: False)
        assert context.store.position(f"cdc/{ORG}") is None
        assert ear.during(lambda: None, lambda: True) is None
    context.bus.publish(encoded((DEAL,)))

    with context.listening():
        assert context.bell.news.get(timeout=30) is not None


def test_what_keeps_a_channel_from_being_heard_is_logged_once(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    with context.listening(begin=False) as ear, caplog.at_level(logging.INFO):
        ear.begin(ORG, lambda: ("wrong", URL, ORG))
        until(lambda: ear.troubles)
        ear.during(lambda: None, lambda: True)
        ear.during(lambda: None, lambda: True)

    assert [one.message for one in caplog.records] == ["not listening"]
    assert "wrong" not in caplog.text


def test_a_bell_wakes_a_job_long_before_its_time() -> None:
    bell, stop, runs = Bell(), Event(), []

    def run() -> None:
        runs.append(len(runs))
        if len(runs) == 1:
            bell.ring("sync", 0)
        else:
            stop.set()

    run_jobs([Job("sync", every(3600), run, at_once=True)], stop, LOG, bell)

    assert runs == [0, 1]
