"""Chances: what would still pay, with right points, deadlines and order, in small worlds counted by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, to_micros
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.chance_types import Chance
from novigem.queries.chances import find_chances, next_steps
from novigem.testing import make_change, make_id, make_person, make_program

ANNA, BEN = make_id("005", 1), make_id("005", 2)
#: A Wednesday, in the second week of the season.
NOON = "2026-01-14T12:00:00+00:00"
NOW = to_micros(datetime.fromisoformat(NOON))
SEASON = {"starts": "2026-01-05", "ends": "2026-02-15"}
FOLLOW_UP: dict[str, Any] = {
    "object": "Task",
    "trigger": "update",
    "points": 5,
    "when": [{"Status": {"isChanged": True, "equals": "Completed"}}, {"Type": {"in": ["Upsell", "Follow-up"]}}],
}
RISK: dict[str, Any] = {
    "trigger": "update",
    "points": 8,
    "when": [{"Risk__c": {"isChanged": True, "isNotBlank": True}}],
}


def task(record: int = 1, **told: Any) -> Change:
    """Give an open follow-up of Anna, made on the Monday before."""
    values = {"Status": "Open", "Type": "Upsell", "at": "2026-01-12T12:00:00Z"} | told
    return make_change(object="Task", record=record, **values)


def found(
    program: Program, *changes: Change, people: Sequence[Person] = (), user: str = ANNA, now: int = NOW
) -> list[Chance]:
    """Take changes in, and ask."""
    store = MemoryStore()
    Engine(store, [program]).apply(Page(changes, tuple(people)))
    return find_chances(store, {program.program: program}, user, now)


def seasonal(*rules: dict[str, Any], **keys: Any) -> Program:
    """Give a program of six weeks."""
    return make_program(*rules, **SEASON, **keys)


def test_an_open_task_would_pay_when_it_is_completed() -> None:
    (one,) = found(seasonal(FOLLOW_UP), task(ActivityDate="2026-01-16", Subject="Call Acme"))
    assert (one.kind, one.rule, one.record, one.label) == ("record", "rule-1", make_id("00T", 1), "Call Acme")
    assert (one.field, one.to, one.any_value, one.points, one.is_near) == ("Status", "Completed", False, 5, True)
    assert (one.due, one.last_day) == (date(2026, 1, 16), date(2026, 1, 16))
    assert one.until == to_micros(datetime(2026, 1, 17, tzinfo=UTC))


def test_what_is_overdue_pays_to_the_end_of_the_season() -> None:
    (one,) = found(seasonal(FOLLOW_UP), task(ActivityDate="2026-01-13"))
    assert (one.due, one.last_day) == (date(2026, 1, 13), date(2026, 2, 15))


def test_a_field_that_only_has_to_be_filled_in_is_named_without_a_value() -> None:
    (one,) = found(seasonal(RISK), make_change(Risk__c=None, CloseDate="2026-03-01", Name="Acme renewal"))
    assert (one.field, one.to, one.any_value, one.points) == ("Risk__c", None, True, 8)
    assert (one.due, one.last_day) == (date(2026, 3, 1), date(2026, 2, 15))


def test_nothing_is_guessed() -> None:
    program = seasonal(FOLLOW_UP, RISK)
    not_told = make_change(object="Task", record=2, Status="Open")
    two_fields = task(3, Type="Call")
    of_another = task(4, owner=2)
    closed = make_change(record=5, Risk__c=None, IsClosed=True)
    done = task(6, Status="Completed")
    gone = [task(7), make_change("delete", object="Task", record=7, owner=None, at="2026-01-13T12:00:00Z")]
    later = task(8, at="2026-01-15T12:00:00Z")
    assert found(program, not_told, two_fields, of_another, closed, done, *gone, later) == []


def test_what_a_look_up_or_an_id_lacks_is_no_chance() -> None:
    rule = {**FOLLOW_UP, "when": [*FOLLOW_UP["when"], {"Account.Type": {"equals": "Customer"}}]}
    linked = {**FOLLOW_UP, "when": {"AccountId": {"isChanged": True, "isNotBlank": True}}}
    assert found(seasonal(rule, linked), task(AccountId=None, new={"Account.Type": "Partner"}, Status="Done")) == []


def test_a_fact_that_paid_pays_no_more() -> None:
    made = make_change(Risk__c=None, at="2026-01-12T12:00:00Z")
    set_once = make_change("update", Risk__c="Budget", old={"Risk__c": None}, at="2026-01-12T13:00:00Z")
    emptied = make_change("update", Risk__c=None, old={"Risk__c": "Budget"}, at="2026-01-12T14:00:00Z")
    assert found(seasonal(RISK), made, set_once, emptied) == []
    assert [one.points for one in found(seasonal(RISK | {"on_undo": "reverse"}), made, set_once, emptied)] == [8]
    assert [one.points for one in found(seasonal(RISK | {"once_per": "change"}), made, set_once, emptied)] == [8]


def test_one_fact_of_several_records_is_one_chance() -> None:
    account = make_id("001", 1)
    program = seasonal(FOLLOW_UP | {"once_per": "account"})
    assert len(found(program, task(1, AccountId=account), task(2, AccountId=account))) == 1


def paid_task(record: int, hour: int) -> list[Change]:
    """Give a task that was completed today."""
    at = f"2026-01-14T{hour:02}:00:00Z"
    return [
        task(record),
        make_change(
            "update", object="Task", record=record, Status="Completed", Type="Upsell", old={"Status": "Open"}, at=at
        ),
    ]


def test_a_cap_leaves_what_it_leaves() -> None:
    capped = FOLLOW_UP | {"cap": {"points": 8, "per": "day"}}
    assert [one.points for one in found(seasonal(capped), *paid_task(1, 9), task(2))] == [3]
    assert found(seasonal(capped), *paid_task(1, 9), *paid_task(2, 10), task(3)) == []
    tomorrow = NOW + 24 * 3600 * 1_000_000
    rest = found(seasonal(capped), *paid_task(1, 9), *paid_task(2, 10), task(3), now=tomorrow)
    assert [one.points for one in rest] == [5]


def test_a_cooldown_has_to_be_over() -> None:
    rule = FOLLOW_UP | {"cooldown": {"hours": 4}}
    assert found(seasonal(rule), *paid_task(1, 9), task(2)) == []
    assert [one.points for one in found(seasonal(rule), *paid_task(1, 8), task(2))] == [5]


def test_one_edit_that_two_rules_share_a_cap_for_is_counted_together() -> None:
    other = FOLLOW_UP | {"points": 4, "challenge": "challenge-1"}
    goal = {"cap": {"points": 7}, "goal": {"count": "rules", "target": 9}}
    chances = found(seasonal(FOLLOW_UP | {"challenge": "challenge-1"}, other, challenges=[goal]), task())
    assert sum(one.points or 0 for one in chances) == 7
    assert {one.rule: one.points for one in chances} == {"rule-1": 5, "rule-2": 2}


def test_outside_of_the_season_and_for_whoever_does_not_take_part_nothing_pays() -> None:
    program = seasonal(FOLLOW_UP, participants={"role": "CSM"})
    assert found(program, task()) == []
    assert found(program, task(), people=[make_person(1, role="CSM")]) != []
    assert found(seasonal(FOLLOW_UP), task(), now=to_micros(datetime(2026, 2, 16, tzinfo=UTC))) == []
    assert found(seasonal(FOLLOW_UP), now=to_micros(datetime(2026, 1, 4, tzinfo=UTC))) == []
    assert found(seasonal(FOLLOW_UP, status="ended"), task()) == []


def test_a_challenge_is_near_with_one_to_go() -> None:
    goal = {
        "type": "timebound",
        "ends": "2026-01-25",
        "goal": {"count": "rules", "target": 3},
        "completion": {"bonus": 50},
    }
    program = seasonal(FOLLOW_UP | {"challenge": "challenge-1"}, challenges=[goal])
    (far,) = found(program, *paid_task(1, 9))
    assert (far.kind, far.value, far.target, far.left, far.points) == ("challenge", 1000000, 3000000, 2000000, 50)
    assert (far.last_day, far.is_near) == (date(2026, 1, 25), False)
    (near,) = found(program, *paid_task(1, 9), *paid_task(2, 10))
    assert (near.left, near.is_near) == (1000000, True)
    assert found(program, *paid_task(1, 9), *paid_task(2, 10), *paid_task(3, 11)) == []


def test_a_challenge_without_bonus_or_badge_pays_nothing_of_its_own() -> None:
    goal = {"goal": {"count": "rules", "target": 3}}
    assert found(seasonal(FOLLOW_UP | {"challenge": "challenge-1"}, challenges=[goal])) == []


def test_a_streak_wants_what_its_week_still_lacks() -> None:
    goal = {
        "type": "timebound",
        "goal": {"streak": "week", "at_least": 3, "target": 2},
        "completion": {"bonus": 20},
    }
    program = seasonal(FOLLOW_UP | {"challenge": "challenge-1"}, challenges=[goal])
    week_before = [
        make_change(
            "update",
            object="Task",
            record=10 + n,
            Status="Completed",
            Type="Upsell",
            old={"Status": "Open"},
            at=f"2026-01-0{6 + n}T12:00:00Z",
        )
        for n in range(3)
    ]
    (one,) = found(program, *week_before, *paid_task(1, 9))
    assert (one.kind, one.left, one.value, one.points) == ("streak", 2000000, 1000000, 20)
    assert one.last_day == date(2026, 1, 18)
    enough = [change for n in (1, 2, 3) for change in paid_task(n, 8 + n)]
    assert found(program, *week_before, *enough) == []


def test_a_streak_that_can_be_reached_no_more_promises_nothing() -> None:
    goal = {"type": "timebound", "goal": {"streak": "week", "target": 6}, "completion": {"bonus": 20}}
    program = seasonal(FOLLOW_UP | {"challenge": "challenge-1"}, challenges=[goal])
    # Five weeks are left, and it takes six in a row.
    assert found(program) == []


def test_the_next_tier_of_a_badge_is_told() -> None:
    badge = {
        "earned_by": {"count": "rules"},
        "tiers": [{"id": "low", "at": 1}, {"id": "high", "at": 3}],
    }
    (one,) = found(seasonal(FOLLOW_UP, badges=[badge]), *paid_task(1, 9))
    assert (one.kind, one.badge, one.tier, one.value, one.left) == ("badge", "badge-1", "high", 1000000, 2000000)


def test_a_rule_for_new_records_says_what_one_would_pay() -> None:
    (one,) = found(seasonal({}))
    assert (one.kind, one.rule, one.object, one.points) == ("rule", "rule-1", "Opportunity", 10)
    (unsure,) = found(seasonal({"once_per": "account"}))
    assert unsure.points is None
    capped = {"cap": {"awards": 1, "per": "week"}}
    assert found(seasonal(capped), make_change(at="2026-01-13T12:00:00Z")) == []


def test_the_last_day_is_that_of_the_persons_own_clock() -> None:
    person = make_person(1, timezone="America/Los_Angeles")
    (one,) = found(seasonal(FOLLOW_UP), task(ActivityDate="2026-01-16"), people=[person])
    assert one.last_day == date(2026, 1, 16)
    assert one.until == to_micros(datetime(2026, 1, 17, 8, tzinfo=UTC))


def test_what_is_due_first_comes_first_then_what_is_near_and_pays_most() -> None:
    program = seasonal(FOLLOW_UP, RISK, {"points": 30})
    records = [
        task(1),
        task(2, ActivityDate="2026-01-15"),
        make_change(Risk__c=None, record=3, at="2026-01-02T12:00:00Z"),
    ]
    chances = found(program, *records)
    assert [(one.kind, one.points, one.record) for one in chances] == [
        ("record", 5, make_id("00T", 2)),
        ("record", 8, make_id("006", 3)),
        ("record", 5, make_id("00T", 1)),
        ("rule", 30, None),
    ]
    assert [one.points for one in next_steps(chances, 3)] == [5, 8, 30]


def test_everybody_has_a_list_of_their_own() -> None:
    store = MemoryStore()
    program = seasonal(FOLLOW_UP)
    Engine(store, [program]).apply(Page((task(1), task(2, owner=2)), (make_person(1), make_person(2))))
    assert len(find_chances(store, {"test": program}, ANNA, NOW)) == 1
    assert len(find_chances(store, {"test": program}, BEN, NOW)) == 1
