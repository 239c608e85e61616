"""Two people who approve the same request at the same moment: one of them does, and it is paid once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from novigem.engine.engine import Engine
from novigem.engine.requests import Requests
from novigem.errors import InputError
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import EntryFilter
from novigem.testing import make_change, make_id, make_program

if TYPE_CHECKING:
    from tests.conftest import Postgres

ANN = make_id("005", 1)
PROGRAM = make_program(adjustments={"second_approver": True})
ROUNDS, APPROVERS = 5, 4


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Name an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.new_database()


def test_however_many_approve_at_once_it_is_paid_once(url: str) -> None:
    store = open_store(url)
    engine = Engine(store, [PROGRAM])
    engine.apply([make_change(owner=1)])
    together = Barrier(APPROVERS, timeout=60)

    def approve(name: str, number: int) -> str:
        own = open_store(url)
        requests = Requests(Engine(own, [PROGRAM]))
        together.wait()
        try:
            return requests.approve(number, author=name).decided_by or ""
        except InputError as error:
            return error.message
        finally:
            own.close()

    for _round in range(ROUNDS):
        number = Requests(engine).ask("test", ANN, 7, reason="helped", author="Dana").number
        with ThreadPoolExecutor(APPROVERS) as threads:
            done = list(threads.map(approve, ["Sam", "Kim", "Lou", "Bo"], [number] * APPROVERS))
        (winner,) = {"Sam", "Kim", "Lou", "Bo"} & set(done)
        assert set(done) == {winner, f"request for points {number} was approved already by {winner}"}
        entries = [one for one in store.entries(EntryFilter(user=ANN)) if f"/request/{number}/" in one.key]
        assert [(one.points, one.author) for one in entries] == [(7, f"Dana, approved by {winner}")]
    assert store.total("test:*:all", ANN).points == 10 + 7 * ROUNDS
    store.close()
