"""Applying another version: what may not change where something rests on it, and from when on a version may hold."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.errors import InputError
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.planning.apply import Applying, From, Wish, apply_program
from novigem.testing import make_change, make_program

MIDNIGHT = datetime(2026, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
LATER = date(2026, 1, 19)
CHALLENGE: dict[str, Any] = {
    "type": "recurring",
    "cadence": "weekly",
    "starts": "2026-01-05",
    "ends": "2026-02-15",
    "goal": {"count": "rules", "target": 3},
    "completion": {"bonus": 50},
}


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play changes anew in memory."""
    monkeypatch.setattr("novigem.engine.replay.open_store", lambda _url: MemoryStore())


def program(points: int = 10, **challenge: Any) -> Program:
    told = {key: value for key, value in (CHALLENGE | challenge).items() if value is not None}
    return make_program({"challenge": "challenge-1", "points": points}, challenges=[told], starts="2026-01-05", weeks=8)


def played(*days: datetime) -> MemoryStore:
    store = MemoryStore()
    Engine(store, [program()], clock=lambda: MIDNIGHT - timedelta(days=3)).apply(
        [make_change(record=number, at=at) for number, at in enumerate(days)]
    )
    return store


def applied(
    store: MemoryStore, new: Program, effective: From = LATER, *, rescore: bool = False, now: datetime = MIDNIGHT
) -> Applying:
    return apply_program(store, Wish(new, effective, rescore), now=now)


WEDNESDAY = datetime(2026, 1, 7, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({"completion": {"bonus": 70}}, "completion"),
        ({"goal": {"points": "rules", "target": 4}}, "goal"),
        ({"starts": "2026-01-06"}, "starts"),
        ({"ends": "2026-02-22"}, "ends"),
        ({"cadence": "monthly"}, "cadence"),
        ({"type": "timebound", "cadence": None}, "type, cadence"),
        ({"completion": {"bonus": 70}, "ends": "2026-02-22"}, "ends, completion"),
    ],
)
def test_what_a_challenge_with_entries_is_about_may_not_change(changed: dict[str, Any], names: str) -> None:
    with pytest.raises(InputError, match=f"challenge challenge-1 has entries: {names} may not change"):
        applied(played(WEDNESDAY), program(**changed))


def test_a_challenge_without_entries_may_change_its_completion() -> None:
    assert applied(played(), program(completion={"bonus": 70})).is_done


def test_a_challenge_with_entries_may_change_its_name() -> None:
    assert applied(played(WEDNESDAY), program(name="Another name")).is_done


def test_what_is_scored_anew_from_the_start_may_change_a_completion() -> None:
    done = applied(played(WEDNESDAY), program(completion={"bonus": 70}), "start", rescore=True)
    assert (done.is_done, done.how) == (True, "scored anew")


def test_a_version_may_begin_a_moment_from_now_and_not_now() -> None:
    today = MIDNIGHT.date()
    with pytest.raises(InputError, match="what happened before now has been scored already"):
        applied(played(WEDNESDAY), program(20), today, now=MIDNIGHT)
    assert applied(played(WEDNESDAY), program(20), today, now=MIDNIGHT - MOMENT).is_done


def test_a_version_may_not_begin_in_the_past_unless_what_happened_since_is_scored_anew() -> None:
    yesterday = MIDNIGHT.date() - timedelta(days=1)
    with pytest.raises(InputError, match="what happened before now has been scored already"):
        applied(played(WEDNESDAY), program(20), yesterday)
    assert applied(played(WEDNESDAY), program(20), yesterday, rescore=True).is_done


def test_a_version_may_begin_after_the_last_change_and_not_with_it() -> None:
    begins = MIDNIGHT + timedelta(days=7)
    with pytest.raises(InputError, match="changes dated after that day have been scored already"):
        applied(played(WEDNESDAY, begins), program(20))
    assert applied(played(WEDNESDAY, begins - MOMENT), program(20)).is_done


@pytest.mark.parametrize("day", [7, 9], ids=["an earlier change", "a later change"])
def test_a_fact_that_was_taken_back_is_paid_by_another_change_that_the_new_version_pays(day: int) -> None:
    """Two changes of one record: the first is paid, and then taken back by a version that wants a larger amount."""

    def above(least: int) -> Program:
        return make_program({"trigger": "update", "when": {"Amount": {"greaterThan": least}}})

    def changed(day: int, amount: int) -> Change:
        return make_change("update", at=f"2026-01-{day:02d}T12:00:00Z", old={"Amount": 0}, Amount=amount)

    store, new = MemoryStore(), above(5)
    Engine(store, [above(0)], clock=lambda: MIDNIGHT).apply([changed(8, 1)])
    applied(store, new, None, rescore=True)
    report = Engine(store, [new], clock=lambda: MIDNIGHT).apply([changed(day, 10)])
    assert (report.entries, report.points, dict(report.blocked)) == (1, 10, {})
    assert Engine(store, [new], clock=lambda: MIDNIGHT).apply([changed(8, 1), changed(day, 10)]).points == 0
    assert [name for name, found in examine(store, {"test": new}) if found] == []
