"""What was done is looked at, not only what was paid: nobody hides behind a cap, a pause or an earlier fact."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from novigem import Wish, apply_program
from novigem.audit.flags import Flag, judge, look
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_person, make_program

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ANN, BOB, ROBOT = 1, 2, 9
PEOPLE = tuple(
    make_person(one, name=name, email=f"{name.lower()}@example.com", role="CSM")
    for one, name in ((ANN, "Ann"), (BOB, "Bob"), (ROBOT, "Sync"))
)
DONE = {"Status": {"isChanged": True, "equals": "Completed"}}

# Each leaves one award of a burst, or none, by a way of its own.
LIMITS: dict[str, dict[str, Any]] = {
    "cap": {"cap": {"points": 5, "per": "day"}},
    "cooldown": {"cooldown": {"hours": 20}},
    "per account": {"per_account": {"awards": 1, "per": "week"}},
    "once per account": {"once_per": "account and week"},
    "once per day": {"once_per": "day"},
    "undone": {"cap": {"points": 5, "per": "day"}, "on_undo": "reverse"},
}


def program(limits: dict[str, Any], when: dict[str, Any] | None = None, **more: Any) -> Program:
    """Give a program that pays for done tasks and new deals, both under some limits."""
    tasks = {"object": "Task", "trigger": "update", "when": DONE if when is None else when, "points": 5} | limits
    deals = {"object": "Opportunity", "trigger": "create", "points": 5} | limits
    given: dict[str, Any] = {"starts": "2026-01-05", "weeks": 6, "participants": {"exclude": ["sync@example.com"]}}
    return make_program(tasks, deals, **(given | more))


def created(record: int, at: datetime, who: int = ANN) -> Change:
    return make_change(object="Task", record=record, at=at, owner=who, by=who, Status="Open")


def edited(record: int, at: datetime, *, who: int = ANN, by: int | None = None, **fields: Any) -> Change:
    """Give an edit that completes a task, unless `fields` or `old` say otherwise."""
    old = fields.pop("old", {"Status": "Open"})
    account = make_id("001", who)
    values = {"Status": "Completed", "Subject": "Call", "AccountId": account} | fields
    by = who if by is None else by
    return make_change("update", object="Task", record=record, at=at, owner=who, by=by, old=old, new=values)


def sold(record: int, at: datetime, *, who: int = ANN, account: int = 1, amount: int = 100) -> Change:
    values = {"AccountId": make_id("001", account), "Amount": amount}
    return make_change(record=record, at=at, owner=who, by=who, **values)


def burst() -> list[Change]:
    return [edited(n, NOON + timedelta(seconds=3 * n)) for n in range(18)]


def haste() -> list[Change]:
    starts = [(n, NOON + timedelta(minutes=10 * n)) for n in range(8)]
    return [one for n, at in starts for one in (created(n, at), edited(n, at + timedelta(seconds=4)))]


def others() -> list[Change]:
    return [edited(500 + n, NOON + timedelta(minutes=9 * n), who=BOB) for n in range(40)]


def empty() -> list[Change]:
    return [*(edited(n, NOON + timedelta(minutes=7 * n), Subject=None) for n in range(20)), *others()]


def by_software() -> list[Change]:
    return [*(edited(n, NOON + timedelta(minutes=7 * n), by=ROBOT) for n in range(20)), *others()]


def loop() -> list[Change]:
    # The day's work before it has used up what the day may bring.
    toggles = [NOON + timedelta(hours=2, minutes=n) for n in range(10)]
    reopening = {"Status": "Open", "old": {"Status": "Completed"}}
    return [
        *(edited(n, NOON + timedelta(minutes=7 * n)) for n in range(4)),
        *(edited(99, at, **(reopening if n % 2 else {})) for n, at in enumerate(toggles)),
    ]


def split() -> list[Change]:
    usual = [sold(100 + n, NOON + timedelta(hours=n), who=BOB, account=50 + n, amount=9000) for n in range(30)]
    return [*(sold(n, NOON + timedelta(minutes=6 * n)) for n in range(7)), *usual]


def rush() -> list[Change]:
    start = datetime(2026, 1, 5, 15, tzinfo=UTC)
    days = [day for day in range(40) if day % 7 < 5]
    changes = []
    for number, day in enumerate(days):
        for who in (ANN, BOB, 3, 4):
            count = 25 if who == ANN and day == days[-1] else 1
            at = start + timedelta(days=day)
            changes += [
                edited(10_000 * who + 100 * number + n, at + timedelta(minutes=9 * n), who=who) for n in range(count)
            ]
    return changes


SCHEMES: dict[str, Callable[[], list[Change]]] = {
    "bulk-completion": burst,
    "instant-completion": haste,
    "empty-subject": empty,
    "integration-user": by_software,
    "toggle-loop": loop,
    "splitting": split,
    "end-spike": rush,
}


def flags(rules: Program, changes: Iterable[Change]) -> tuple[Flag, ...]:
    return look(filled(rules, changes), rules).flags


def filled(rules: Program, changes: Iterable[Change]) -> MemoryStore:
    store = MemoryStore()
    Engine(store, [rules]).apply(Page(tuple(changes), people=PEOPLE))
    return store


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("detector", SCHEMES)
def test_no_limit_hides_a_pattern(detector: str, limit: str) -> None:
    changes = SCHEMES[detector]()
    plain, limited = flags(program({}), changes), flags(program(LIMITS[limit]), changes)
    (expected,) = (one.finding for one in plain if one.finding.detector == detector)
    (found,) = (one.finding for one in limited if one.finding.detector == detector)
    assert (found.user, found.moments, found.severity) == (expected.user, expected.moments, expected.severity)
    assert set(expected.records) == set(found.records)
    # What it brought is told as it is.
    assert found.points <= expected.points
    assert len(found.entries) <= len(expected.entries)


def test_the_evidence_tells_what_was_done_and_what_of_it_was_paid() -> None:
    (one,) = flags(program({"cap": {"points": 20, "per": "day"}}), burst())
    assert one.finding.evidence == "18 changes that met a rule (4 paid) within 51 seconds, on Wed 2026-01-07 12:00"
    assert (one.finding.points, len(one.finding.entries), len(one.finding.records)) == (20, 4, 18)


def test_a_burst_after_the_cap_was_used_up_is_told_though_it_brought_nothing() -> None:
    before = [edited(100 + n, NOON - timedelta(minutes=20 * n + 20)) for n in range(5)]
    (one,) = flags(program({"cap": {"points": 20, "per": "day"}}), [*before, *burst()])
    assert one.finding.evidence.startswith("18 changes that met a rule (none paid) within 51 seconds")
    assert (one.finding.points, one.finding.entries) == (0, ())


def test_a_loop_of_which_nothing_stands_says_so() -> None:
    changes = [one for one in loop() if one.id == make_id("00T", 99)]
    (one,) = flags(program({"on_undo": "reverse"}), changes)
    assert one.finding.evidence.endswith("from Wed 2026-01-07 14:01 to Wed 2026-01-07 14:09; nothing of it stands")
    assert one.finding.points == 0


@pytest.mark.parametrize("old", [{"Description": None}, None])
def test_an_edit_of_what_was_done_before_does_nothing(old: dict[str, Any] | None) -> None:
    rules = program({}, when={"Status": {"equals": "Completed"}})
    done = [edited(n, NOON + timedelta(minutes=5 * n)) for n in range(12)]
    later = [edited(n, NOON + timedelta(days=1, seconds=n), old=old, Description="x") for n in range(12)]
    assert flags(rules, [*done, *later]) == ()
    # Where every edit pays, every edit is something done.
    each = program({"once_per": "change", "cap": {"points": 5, "per": "day"}}, when={"Status": {"equals": "Completed"}})
    assert [one.finding.detector for one in flags(each, [*done, *later])] == ["bulk-completion"]


def test_where_every_edit_pays_many_of_one_record_in_a_minute_are_many_matches_under_a_cap_too() -> None:
    edits = [edited(1, NOON + timedelta(seconds=n), old={"Description": n}, Description=n + 1) for n in range(12)]
    for limits in ({}, {"cap": {"points": 5, "per": "day"}}):
        rules = program({"once_per": "change"} | limits, when={"Description": {"isChanged": True}})
        assert [one.finding.detector for one in flags(rules, edits)] == ["bulk-completion"]


def test_one_record_done_over_and_over_in_a_minute_is_one_thing_done() -> None:
    at = [NOON + timedelta(seconds=n) for n in range(40)]
    reopening = {"Status": "Open", "old": {"Status": "Completed"}}
    changes = [edited(1, one, **(reopening if n % 2 else {})) for n, one in enumerate(at)]
    assert [one.finding.detector for one in flags(program({}), changes)] == ["toggle-loop"]


def test_what_somebody_does_who_cannot_earn_is_no_matter() -> None:
    assert flags(program({}, participants={"role": ["Somebody Else"]}), burst()) == ()


def test_a_change_that_meets_no_rule_is_no_match() -> None:
    assert flags(program({}, when=DONE | {"Subject": {"equals": "Visit"}}), burst()) == ()


def test_what_was_done_is_told_by_the_version_in_force_at_that_moment() -> None:
    store = MemoryStore()
    limits = LIMITS["cap"]
    first = program(limits)
    Engine(store, [first]).apply(Page(tuple(burst()), people=PEOPLE))
    second = program(limits, when=DONE | {"Subject": {"equals": "Visit"}})
    effective = (NOON + timedelta(days=5)).date()
    wish = Wish(second, effective=effective, author="Dana", reason="only visits count")
    assert apply_program(store, wish, now=NOON + timedelta(days=1)).is_done
    later = [edited(100 + n, NOON + timedelta(days=9, seconds=n)) for n in range(18)]
    Engine(store, [second]).apply(later)
    (one,) = look(store, second).flags
    assert len(one.finding.records) == 18
    assert make_id("00T", 0) in one.finding.records


def test_what_was_decided_holds_when_late_work_takes_the_place_of_what_was_paid() -> None:
    rules = program({"cap": {"points": 20, "per": "day"}})
    store = filled(rules, burst())
    seen = look(store, rules)
    judge(store, seen, [seen.flags[0].finding.id], "dismissed", reason="a list view", author="Dana", now=NOW)
    Engine(store, [rules]).apply([edited(200 + n, NOON - timedelta(hours=2, minutes=n)) for n in range(3)])
    (one,) = look(store, rules).flags
    assert one.finding.points == 5
    assert one.judgement is not None


def test_many_records_of_one_fact_are_told_apart() -> None:
    rules = program({"once_per": "account and week"})
    first, second = flags(rules, burst()), flags(rules, [*burst(), edited(18, NOON + timedelta(seconds=54))])
    assert first[0].finding.id != second[0].finding.id


def test_records_that_are_done_again_another_day_are_another_burst_with_another_name() -> None:
    rules = program({"cap": {"points": 20, "per": "day"}})
    again = [edited(n, NOON + timedelta(days=1, seconds=n)) for n in range(18)]
    store = filled(rules, [*burst(), *again])
    first, second = look(store, rules).flags
    assert first.finding.records == second.finding.records
    judge(store, look(store, rules), [first.finding.id], "dismissed", reason="a list view", author="Dana", now=NOW)
    assert sum(one.judgement is not None for one in look(store, rules).flags) == 1
