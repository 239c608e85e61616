"""Leases on every store do what a dictionary of holders does, whatever is asked of them in whatever order."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from novigem.errors import LeaseLost
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.leases import store_time
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import Store
from novigem.model.change import to_micros
from novigem.model.snapshot import Lease
from novigem.testing.contract.samples import undone
from tests.conftest import empty_tables
from tests.property.runs import fresh_sqlite

SECOND = 1_000_000

names = st.sampled_from(["a", "b"])
owners = st.sampled_from(["one", "two", "three"])
seconds = st.sampled_from([0.0, 1.0, 2.5, 60.0])
steps = st.one_of(
    st.tuples(st.just("acquire"), names, owners, seconds),
    # A lease is kept or given back as somebody remembers it: the nth that was ever handed out.
    st.tuples(st.just("keep"), st.integers(0, 9), seconds),
    st.tuples(st.just("keep, undone"), st.integers(0, 9), seconds),
    st.tuples(st.just("release"), st.integers(0, 9)),
    st.tuples(st.just("wait"), seconds),
)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


class Model:
    """What leases are, in the plainest words: who holds what until when, and how often each has changed hands."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.held: dict[str, Lease] = {}
        self.fences: dict[str, int] = {}

    @property
    def now(self) -> int:
        return to_micros(self.clock())

    def acquire(self, name: str, owner: str, long: float) -> Lease | None:
        before = self.held.get(name)
        if before is None or before.until <= self.now:
            self.fences[name] = self.fences.get(name, 0) + 1
        elif before.owner != owner:
            return None
        self.held[name] = Lease(name, owner, self.fences[name], self.now + int(long * SECOND))
        return self.held[name]

    def keep(self, lease: Lease, long: float) -> bool:
        if not self.is_held(lease):
            return False
        self.held[lease.name] = lease._replace(until=self.now + int(long * SECOND))
        return True

    def release(self, lease: Lease) -> None:
        if self.is_held(lease):
            del self.held[lease.name]

    def is_held(self, lease: Lease) -> bool:
        return self.held.get(lease.name, lease._replace(fence=-1))[:3] == lease[:3]

    def listed(self) -> list[Lease]:
        return sorted(one for one in self.held.values() if one.until > self.now)


def keep(store: Store, lease: Lease, long: float, *, undo: bool) -> bool:
    """Keep a lease in a transaction; gives whether it was still held."""
    try:
        with undone(store) if undo else store.begin(lock=False) as transaction:
            transaction.keep_lease(lease, long)
    except LeaseLost:
        return False
    return True


def play(store: Store, clock: Clock, script: list[tuple]) -> None:
    """Do the same with the store and with the model, and compare after every step."""
    model = Model(clock)
    known: list[Lease] = []
    for action, *details in script:
        if action == "wait":
            clock.moment += timedelta(seconds=details[0])
        elif action == "acquire":
            lease = store.acquire_lease(*details)
            assert lease == model.acquire(*details)
            known += [lease] if lease is not None else []
        elif known:
            lease = known[details[0] % len(known)]
            if action == "release":
                store.release_lease(lease)
                model.release(lease)
            elif action == "keep":
                assert keep(store, lease, details[1], undo=False) == model.keep(lease, details[1])
            else:
                assert keep(store, lease, details[1], undo=True) == model.is_held(lease)
        assert store.leases() == model.listed()


@contextmanager
def fresh(kind: str, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Store]:
    """Open an empty store whose leases run by a clock of ours."""
    if kind == "memory":
        yield MemoryStore(clock=clock)
    elif kind == "sqlite":
        with fresh_sqlite() as store:
            yield SqlStore(store._bind, clock=clock)
    else:
        database: Engine = request.getfixturevalue("postgres_engine")
        empty_tables(database)
        yield SqlStore(database, clock=clock)


@pytest.mark.parametrize(("kind", "share"), [("memory", 1), ("sqlite", 3), ("postgresql", 10)])
def test_leases_do_what_a_dictionary_of_holders_does(kind: str, share: int, request: pytest.FixtureRequest) -> None:
    @settings(max_examples=max(1, settings.default.max_examples // share), suppress_health_check=[*HealthCheck])
    @given(st.lists(steps, max_size=25))
    def check(script: list[tuple]) -> None:
        clock = Clock()
        with fresh(kind, clock, request) as store:
            play(store, clock, script)

    check()


def test_a_fence_names_one_holder_and_one_time_of_holding(clean_postgres: Engine) -> None:
    store = SqlStore(clean_postgres)
    fences = []
    for owner in ("one", "one", "two", "one"):
        lease = store.acquire_lease("feed", owner, -1)
        assert lease is not None
        fences.append(lease.fence)
    assert fences == [1, 2, 3, 4]


def test_postgresql_tells_the_time_itself_and_the_time_goes_on_within_a_transaction(clean_postgres: Engine) -> None:
    with clean_postgres.begin() as connection:
        moments = [store_time(connection, None) for _time in range(3)]
    assert moments == sorted(set(moments))
    assert abs(moments[0] - to_micros(datetime.now(UTC))) < 3600 * SECOND
