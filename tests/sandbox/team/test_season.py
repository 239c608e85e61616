"""The simulated team: the same plan gives the same changes, which hang together and look like people at work."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from novigem.audit.flags.loops import was_reopened
from novigem.errors import InputError
from novigem.model.change import Change, change_body
from novigem_sandbox.team import CHEATERS, Plan, Season, large_plan

SMALL = Plan(members=3, weeks=2, seed=5)
DIGEST = (
    "import hashlib; from novigem.model.change import change_body; from novigem_sandbox.team import Plan, Season;"
    "print(hashlib.sha256(b''.join(map(change_body, Season(Plan(members=3, weeks=2, seed=5)).changes()))).hexdigest())"
)


@pytest.fixture(scope="module")
def season() -> tuple[Season, list[Change]]:
    """Give a team of twelve and its six weeks."""
    season = Season(Plan(seed=2))
    return season, list(season.changes())


def test_the_same_plan_gives_the_same_changes_and_another_seed_does_not() -> None:
    first = list(map(change_body, Season(SMALL).changes()))
    assert list(map(change_body, Season(SMALL).changes())) == first
    assert list(map(change_body, Season(SMALL._replace(seed=6)).changes())) != first


def test_another_process_gives_the_same_bytes() -> None:
    command = [sys.executable, "-c", DIGEST]
    digests = {
        subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_changes_come_in_order_of_time_each_with_its_own_place(season: tuple[Season, list[Change]]) -> None:
    assert all((one.at, one.seq) < (two.at, two.seq) for one, two in pairwise(season[1]))


def test_each_change_tells_the_values_that_stood_before_it(season: tuple[Season, list[Change]]) -> None:
    standing: dict[str, dict[str, Any]] = {}
    for change in season[1]:
        if change.kind == "update" and change.id in standing:
            before = standing[change.id]
            # A merge gives records to another account without a change of theirs.
            told = dict.fromkeys(change.old or ()) | {one: value for one, value in before.items() if one != "AccountId"}
            assert told | (change.old or {}) == told
            assert {field: change.new[field] for field in told if field not in (change.old or {})} == {
                field: value for field, value in told.items() if field not in (change.old or {})
            }
        if change.kind != "create":
            assert change.object in {"Account", "Opportunity", "Task"}
        standing[change.id] = change.new


def test_nothing_happens_to_a_record_that_is_gone(season: tuple[Season, list[Change]]) -> None:
    gone: set[str] = set()
    for change in season[1]:
        assert change.id not in gone
        if change.kind in {"delete", "merge"}:
            gone.add(change.id)
            assert (change.into is not None) == (change.kind == "merge")


def test_all_that_happens_in_a_team_happens(season: tuple[Season, list[Change]]) -> None:
    changes, team = season[1], season[0].team
    found = {
        "merged": any(one.kind == "merge" for one in changes),
        "duplicates deleted": any(one.kind == "delete" for one in changes),
        "opened again": any(was_reopened(one) for one in changes),
        "owner changed": any("OwnerId" in (one.old or {}) and one.by == team.managers[0].id for one in changes),
        "taken from the queue": any((one.old or {}).get("OwnerId") == team.queue for one in changes),
        "planned by software": any(one.kind == "create" and one.by == team.integration.id for one in changes),
        "done by software": any(one.kind == "update" and one.by == team.integration.id for one in changes),
        "stages moved": any("StageName" in (one.old or {}) for one in changes),
    }
    assert [name for name, happened in found.items() if not happened] == []


def test_people_work_in_the_daytime_and_on_weekdays(season: tuple[Season, list[Change]]) -> None:
    zones = {one.id: (one.zone, one.profile) for one in season[0].team.members}
    inside, weekend, every = 0, 0, 0
    for change in season[1]:
        if change.by in zones:
            zone, profile = zones[change.by]
            local = change.at.astimezone(zone)
            inside += profile.starts <= local.hour <= profile.starts + profile.hours
            weekend += local.weekday() >= 5
            every += 1
    assert inside / every > 0.93
    assert weekend / every < 0.1


def test_zones_spread_the_team_over_the_clock() -> None:
    season = Season(Plan(members=8, weeks=1, zones=("America/Los_Angeles", "Asia/Tokyo")))
    assert {one.zone for one in season.team.members} == {ZoneInfo("America/Los_Angeles"), ZoneInfo("Asia/Tokyo")}
    assert all((one.at, one.seq) < (two.at, two.seq) for one, two in pairwise(season.changes()))


def test_memory_does_not_grow_with_the_length_of_a_season() -> None:
    kept = []
    for weeks in (4, 16):
        season = Season(Plan(members=4, weeks=weeks, seed=3, intensity=2))
        assert sum(1 for _change in season.changes()) > 700 * weeks / 4
        kept.append(len(season.shelves))
    # At most 50 tasks, 30 deals, 8 done and 8 deleted ones a person, whatever the length; and the queue's.
    assert kept[1] < 1.6 * kept[0] + 40


def test_a_large_plan_has_about_as_many_changes_as_asked() -> None:
    made = sum(1 for _change in Season(large_plan(12_000, members=20, weeks=2)).changes())
    assert 0.75 * 12_000 < made < 1.25 * 12_000


def test_every_cheater_is_a_member_with_a_name() -> None:
    season = Season(Plan(members=2, weeks=1, cheaters=CHEATERS))
    assert Counter(season.team.cheaters.values()) == Counter(one.cheat for one in CHEATERS)
    assert len({one.name for one in season.team.members}) == 8
    assert len({one.email for one in season.team.people}) == 10


@pytest.mark.parametrize("plan", [Plan(members=0), Plan(weeks=0), Plan(intensity=0)])
def test_a_season_without_people_weeks_or_work_is_refused(plan: Plan) -> None:
    with pytest.raises(InputError, match="needs people"):
        Season(plan)
