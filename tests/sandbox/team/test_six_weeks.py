"""The invented team: the same seed gives the same bytes, and the records hang together."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from novigem.feed import JsonLinesSource, write_changes
from novigem_sandbox.team.cast import AWAY, NEW_HIRE, TWELVE
from novigem_sandbox.team.six_weeks import Invented, generate

DIGEST = (
    "import hashlib, io; from novigem_sandbox.team.six_weeks import generate; from novigem.feed import write_changes;"
    "s = io.BytesIO(); i = generate({seed}); write_changes(i.changes, i.people, s);"
    "print(hashlib.sha256(s.getvalue()).hexdigest())"
)


@pytest.fixture(scope="module")
def invented() -> Invented:
    """Give the season that the demo tells."""
    return generate()


def _bytes(invented: Invented) -> bytes:
    stream = BytesIO()
    write_changes(invented.changes, invented.people, stream)
    return stream.getvalue()


def _digest_elsewhere(hash_seed: str) -> str:
    command = [sys.executable, "-c", DIGEST.format(seed=3)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": hash_seed})
    return done.stdout


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(invented: Invented) -> None:
    assert _bytes(generate()) == _bytes(invented)
    assert _bytes(generate(8)) != _bytes(invented)


def test_another_process_gives_the_same_bytes() -> None:
    assert _digest_elsewhere("1") == _digest_elsewhere("2")


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_season_has_a_believable_size_and_lies_in_its_six_weeks(seed: int) -> None:
    changes = generate(seed).changes
    assert 2000 <= len(changes) <= 4000
    assert changes[0].at >= datetime(2026, 1, 5, 5, tzinfo=UTC)
    assert changes[-1].at < datetime(2026, 2, 16, 5, tzinfo=UTC)
    order = [(change.at, change.seq) for change in changes]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


def test_old_values_are_those_that_stood_before(invented: Invented) -> None:
    standing: dict[str, dict[str, object]] = {}
    for change in invented.changes:
        before = standing.get(change.id)
        if change.kind == "update" and change.old is not None and before is not None:
            same = {field: before[field] for field in change.old}
            assert same == change.old
            assert all(change.new[field] != value for field, value in change.old.items())
        standing[change.id] = dict(change.new)


def test_a_season_holds_all_that_happens_to_records(invented: Invented) -> None:
    kinds = Counter((change.object, change.kind) for change in invented.changes)
    assert {object_name for object_name, _kind in kinds} == {"Account", "Opportunity", "Task", "Event", "Case"}
    assert {kind for _object, kind in kinds} == {"create", "update", "delete", "undelete", "merge"}
    updates = [change for change in invented.changes if change.kind == "update"]
    assert all(change.old for change in updates)
    moved = [change for change in updates if change.old and "OwnerId" in change.old]
    assert {change.new["OwnerId"] for change in moved} >= {AWAY.id, NEW_HIRE.id}
    assert any(change.new["OwnerId"] == TWELVE.queue for change in invented.changes)
    assert any((change.old or {}).get("Status") == "Completed" for change in updates)


def test_people_work_in_the_weeks_they_are_there(invented: Invented) -> None:
    weeks = {
        (change.by, (change.at.astimezone(ZoneInfo("America/New_York")).date() - datetime(2026, 1, 5).date()).days // 7)  # noqa: DTZ001 - a plain calendar day
        for change in invented.changes
    }
    assert (AWAY.id, 1) in weeks
    assert (AWAY.id, 2) not in weeks
    assert (NEW_HIRE.id, 0) not in weeks
    assert all((member.id, 4) in weeks for member in TWELVE.members)


def test_the_people_are_invented_and_told_with_role_and_manager(invented: Invented) -> None:
    assert len(TWELVE.members) == 12
    assert len({person.id for person in invented.people}) == len(invented.people) == 15
    assert all(person.email is not None and person.email.endswith("@example.com") for person in invented.people)
    team = {member.id for member in TWELVE.members}
    assert all(person.manager for person in invented.people if person.id in team)


def test_what_is_written_is_read_back(invented: Invented) -> None:
    pages = list(JsonLinesSource(BytesIO(_bytes(invented))).pages())
    assert [change for page in pages for change in page.changes] == list(invented.changes)
    assert [person for page in pages for person in page.people] == list(invented.people)
    assert not any(page.rejected for page in pages)
