"""The team in the sample org: what it had in mind is what stands there, and the org has filled in the rest itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from novigem_sandbox.demo.at_work import TeamAtWork
from novigem_sandbox.team.cast import TWELVE
from novigem_sandbox.team.six_weeks import Invented, generate

EVENING_BEFORE = datetime(2026, 1, 5, 3, tzinfo=UTC)
AFTER = datetime(2026, 2, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def invented() -> Invented:
    """Give the season that the demo tells."""
    return generate()


@pytest.fixture(scope="module")
def team(invented: Invented) -> TeamAtWork:
    """Let the team work to the end of the season."""
    team = TeamAtWork(invented, EVENING_BEFORE)
    team.until(AFTER)
    return team


def _in_mind(invented: Invented) -> dict[str, tuple[str, dict[str, Any], bool]]:
    """Give each record's object, values and whether it is deleted, from the changes alone."""
    known: dict[str, tuple[str, dict[str, Any], bool]]
    known = {one.id: (one.object, dict(one.values), False) for one in invented.standing}
    winners: dict[str, str] = {}
    for change in invented.changes:
        known[change.id] = (change.object, dict(change.new), change.kind in {"delete", "merge"})
        if change.into is not None:
            winners[change.id] = change.into
    for name, values, gone in known.values():
        # What hung on the loser of a merge hangs on the winner, whether or not it was edited since.
        for field in ("AccountId", "WhatId"):
            if name != "Account" and not gone and values.get(field) in winners:
                values[field] = winners[values[field]]
    return known


def test_the_org_holds_what_the_team_had_in_mind(invented: Invented, team: TeamAtWork) -> None:
    assert team.is_over
    known = _in_mind(invented)
    assert len(known) > 1000
    for record_id, (name, values, gone) in known.items():
        held = team.org.get(record_id)
        assert held is not None
        assert held["IsDeleted"] is gone
        if "RecordType.DeveloperName" in values:
            assert held["RecordTypeId"] == team.org.record_type(values["RecordType.DeveloperName"])
        if gone and name == "Task":
            continue  # a merge does not move what lies in the recycle bin
        # The org dates a meeting by the moment at which it begins.
        own = {"RecordType.DeveloperName"} | ({"ActivityDate"} if name == "Event" else set())
        wanted = {field: value for field, value in values.items() if field not in own}
        assert {field: held[field] for field in wanted} == wanted, record_id


def test_before_the_season_everything_is_old_and_nothing_has_happened(invented: Invented) -> None:
    team = TeamAtWork(invented, EVENING_BEFORE)
    assert not team.is_over
    everything = [row for name in ("Account", "Opportunity", "Task", "Event", "Case") for row in team.org.records(name)]
    assert len(everything) == len(invented.standing)
    assert all(row["CreatedDate"] < "2026-01-01" for row in everything)


def test_changes_are_stamped_with_their_moments_and_authors(invented: Invented, team: TeamAtWork) -> None:
    made = [one for one in invented.changes if one.kind == "create"]
    for one in made:
        held = team.org.get(one.id)
        assert held is not None
        assert (held["CreatedDate"][:19], held["CreatedById"]) == (f"{one.at:%Y-%m-%dT%H:%M:%S}", one.by)


def test_the_nightly_job_shows_its_work_when_it_is_through(invented: Invented) -> None:
    first = next(one for one in invented.changes if one.by == TWELVE.integration.id)
    team = TeamAtWork(invented, EVENING_BEFORE)
    team.until(first.at + timedelta(minutes=2))
    assert team.org.get(first.id) is None
    assert team.org.covered(team.org.clock.now()) == first.at
    team.until(first.at + timedelta(minutes=5))
    held = team.org.get(first.id)
    assert held is not None
    assert held["CreatedDate"] == f"{first.at:%Y-%m-%dT%H:%M:%S}.000+0000"
