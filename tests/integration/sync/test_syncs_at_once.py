"""Two syncs at once on one database: one works, the other says who does, and together they make one ledger."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from novigem.errors import LeaseLost
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import Store
from novigem.model.snapshot import Lease, Stream
from novigem_sandbox.org import faults
from tests.bed.forked import Forked
from tests.bed.workday import PROGRAM, SYNC, Season

BOTH = PROGRAM.replace("challenges:", "  - {id: task, object: Task, trigger: create, points: 1}\nchallenges:")
ELSEWHERE = "crm-2/4711/0a1b2c3d-0a1b2c3d"


@pytest.fixture(params=["sqlite", "postgresql"])
def season(request: pytest.FixtureRequest, tmp_path: Path) -> Season:
    """Give an org and an empty database, on a file and on a server."""
    if request.param == "postgresql":
        return Season(tmp_path, request.getfixturevalue("postgres").new_database())
    return Season(tmp_path, f"sqlite:///{tmp_path}/novigem.db")


def sync_both(season: Season, forks: tuple[Forked, Forked], *, overlapping: bool = False) -> list[tuple[int, str]]:
    """Start two, and give how they end and what they print, in the order in which they end.

    Where they are to overlap, the one that takes the opportunities first is held until the other has ended.
    """
    ended = Event()
    season.calm()
    if overlapping:
        season.org.faults.add(faults.calling(lambda: ended.wait(60)), "FROM Opportunity")
    found: list[tuple[int, str]] = []

    def sync(forked: Forked) -> None:
        run = season.start(forked, *SYNC)
        found.append((run.wait(), run.output))
        ended.set()

    with ThreadPoolExecutor() as threads:
        for one in [threads.submit(sync, forked) for forked in forks]:
            one.result()
    return found


def at_rest(season: Season, forked: Forked) -> None:
    """Sync once more, and see that the doctor and the org agree with what stands there."""
    season.calm()
    season.org.clock.advance(600)
    season.run(forked, *SYNC)
    season.run(forked, "doctor")
    season.check()
    with closing(open_store(season.url)) as store:
        assert store.leases() == []


def test_of_two_on_an_empty_database_one_works_and_the_other_says_so_in_a_line(
    season: Season, forks: tuple[Forked, Forked]
) -> None:
    with season.served():
        (first, refusal), (second, output) = sync_both(season, forks, overlapping=True)
        assert (first, second) == (1, 0), (refusal, output)
        assert "another sync is at work: process " in refusal
        assert f" on {socket.gethostname()}" in refusal
        assert "Traceback" not in refusal + output
        at_rest(season, forks[0])


def test_of_two_while_people_work_the_other_leaves_out_what_is_held(
    season: Season, forks: tuple[Forked, Forked]
) -> None:
    (season.folder / "program.yaml").write_text(BOTH, encoding="utf-8")
    with season.served():
        sync_both(season, forks)
        with season.at_work():
            (_, left_out), (code, _) = sync_both(season, forks, overlapping=True)
            assert code == 0
            assert "Left out" in left_out
            assert "is at work on it" in left_out
            # And as it comes, without anybody holding anybody.
            for code, output in sync_both(season, forks):
                assert code in {0, 1}, output
                assert "Traceback" not in output
                assert code == 0 or "another sync is at work" in output
        assert season.due()
        at_rest(season, forks[0])


# --- leases that nobody gives back


def lease_of(store: Store, season: Season) -> Lease | None:
    feed = Stream(season.org.id, "Opportunity").feed
    return next((one for one in store.leases() if one.name == feed), None)


def test_what_a_killed_process_held_is_taken_over_at_once(season: Season, forks: tuple[Forked, Forked]) -> None:
    with season.served(), closing(open_store(season.url)) as store:
        assert season.killed(forks[0], path="/query/0r8", at=2, after=0)
        held = lease_of(store, season)
        assert held is not None
        season.calm()
        assert "Left out" not in season.run(forks[0], *SYNC)
        assert lease_of(store, season) is None
        # Whatever the dead one might still have on its way is refused.
        with pytest.raises(LeaseLost), store.begin() as transaction:
            transaction.keep_lease(held, 600)
        at_rest(season, forks[0])


def test_what_another_machine_holds_is_waited_for_until_it_has_run_out(
    season: Season, forks: tuple[Forked, Forked]
) -> None:
    feed = Stream(season.org.id, "Opportunity").feed
    with season.served(), closing(open_store(season.url)) as store:
        assert store.acquire_lease(feed, ELSEWHERE, 600) is not None
        waiting = season.start(forks[0], *SYNC)
        assert waiting.wait() == 1
        assert "another sync is at work: process 4711 on crm-2" in waiting.output
        assert store.position(feed) is None
        # It runs out: by the clock of the store, now.
        held = store.acquire_lease(feed, ELSEWHERE, 0)
        assert held is not None
        season.run(forks[0], *SYNC)
        with pytest.raises(LeaseLost), store.begin() as transaction:
            transaction.keep_lease(held, 600)
        at_rest(season, forks[0])
