"""Killed at any moment while people work in the org, a sync loses nothing and doubles nothing.

Every run may see other states of a record than an uninterrupted one would have: a poll merges what happened since the
last. So the ledger is not held against another run's, but against the org itself: what two rules must have paid, to
whom and for which moment, follows from its records, however often and whenever anybody looked. What a third rule paid
for single edits is held against the log of changes, in which no edit may stand twice and no step be missing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from tests.bed.forked import Forked
from tests.bed.workday import SYNC, Season

if TYPE_CHECKING:
    from tests.conftest import Postgres


def killed_again_and_again(season: Season, forked: Forked, kills: int) -> None:
    with season.served():
        # In the middle of the first read: from here on, what people do counts.
        assert season.killed(forked, path="/query/0r8", at=2, after=0)
        with season.at_work():
            turns = [season.killed_at_random(forked) for _ in range(kills)]
            while sum(turns) < kills - 1 and len(turns) < 4 * kills:
                turns.append(season.killed_at_random(forked))
        season.calm()
        season.run(forked, *SYNC)
        season.org.clock.advance(600)
        assert "Nothing new from Salesforce" in season.run(forked, *SYNC)
        season.run(forked, "doctor")
    assert sum(turns) >= kills - 1
    due = season.due()
    assert len([fact for fact in due if fact[0] == "made"]) > kills / 2
    assert len([fact for fact in due if fact[0] == "won"]) > kills / 2
    season.check()


def test_killed_twenty_times_on_a_file(tmp_path: Path, forks: tuple[Forked, Forked]) -> None:
    killed_again_and_again(Season(tmp_path, f"sqlite:///{tmp_path}/novigem.db"), forks[0], 20)


def test_killed_on_postgresql(tmp_path: Path, postgres: "Postgres", forks: tuple[Forked, Forked]) -> None:
    killed_again_and_again(Season(tmp_path, postgres.new_database()), forks[0], 5)
