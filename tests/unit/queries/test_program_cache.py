"""Programs that were read back are kept by all that they follow from."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.engine.pausing import pause_program
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import StoredProgram
from novigem.model.program import Program
from novigem.queries import programs
from novigem.queries.programs import ProgramCache
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_program

NOW = datetime(2026, 1, 20, tzinfo=UTC)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the programs that are read back, as it happens."""
    seen: list[str] = []
    plain = programs.read_back

    def noting(stored: StoredProgram, *more: Any) -> Program:
        seen.append(stored.version)
        return plain(stored, *more)

    monkeypatch.setattr(programs, "read_back", noting)
    return seen


def _store() -> MemoryStore:
    store = MemoryStore()
    Engine(store, [make_program()]).apply([make_change()])
    return store


def test_a_program_is_read_back_once_for_all_requests(read: list[str]) -> None:
    store, cache = _store(), ProgramCache()
    first, second = (Queries(store, now=NOW, cache=cache).program() for _ in range(2))
    assert first is second
    assert len(read) == 1


def test_without_a_cache_nothing_is_kept_between_requests(read: list[str]) -> None:
    store = _store()
    for _ in range(2):
        Queries(store, now=NOW).program()
    assert len(read) == 2


def test_a_pause_is_seen_at_once() -> None:
    store, cache = _store(), ProgramCache()
    assert Queries(store, now=NOW, cache=cache).program().pause_at(_micros()) is None
    pause_program(store, "test", reason="moving", now=NOW)
    assert Queries(store, now=NOW, cache=cache).program().pause_at(_micros()) is not None


def test_two_databases_with_a_program_of_one_name_do_not_meet() -> None:
    cache, other = ProgramCache(), MemoryStore()
    Engine(other, [make_program(name="Another")]).apply([make_change()])
    names = [Queries(store, now=NOW, cache=cache).program().name for store in (_store(), other)]
    assert names == ["Test", "Another"]


def test_it_does_not_grow_for_good() -> None:
    cache, names = ProgramCache(most=3), count()
    for _ in range(5):
        store = MemoryStore()
        Engine(store, [make_program(name=f"Season {next(names)}")]).apply([make_change()])
        Queries(store, now=NOW, cache=cache).program()
    assert len(cache) == 3


def test_many_threads_may_ask_at_once() -> None:
    store, cache = _store(), ProgramCache(most=1)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _n: Queries(store, now=NOW, cache=cache).program().version, range(50)))
    assert len(set(found)) == 1


def _micros() -> int:
    return int(NOW.timestamp()) * 1_000_000 + 1
