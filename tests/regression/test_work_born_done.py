"""Work that is born done pays once, at the moment it was done, whether it is logged as done or becomes so later."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.feed.salesforce.intake import PollOptions
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.entry import Entry
from novigem.model.ids import id18
from novigem.program import check_program
from novigem.queries.explain import explain_record
from novigem.queries.near_misses import near_misses
from novigem.rules.interpret import evaluate
from novigem.sync import Sync
from novigem.testing import make_change, make_program
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.org import SampleOrg
from tests.bed.direct_org import DirectOrg

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
COMPLETED: dict[str, Any] = {"Status": {"isChanged": True, "equals": "Completed"}}
DONE: dict[str, Any] = {"object": "Task", "trigger": "create or update", "when": COMPLETED}
ON_EDITS = DONE | {"trigger": "update"}


def holds(when: Any, change: Change) -> bool | None:
    """Tell what a rule on an Opportunity, or on what the change is of, says of a change."""
    program = make_program({"object": change.object, "trigger": "create or update", "when": when})
    return evaluate(program.rules[0], change, program.zone).result


def created(**new: Any) -> Change:
    return make_change("create", object="Opportunity", **new)


def edited(old: dict[str, Any] | None, **new: Any) -> Change:
    return make_change("update", object="Opportunity", old=old, **new)


@pytest.mark.parametrize(
    ("operators", "value", "expected"),
    [
        ({"isChanged": True}, "x", True),
        ({"isChanged": True}, False, True),
        ({"isChanged": True}, None, False),
        ({"isChanged": True}, "", False),
        ({"isChanged": False}, "x", False),
        ({"isChanged": False}, None, True),
        ({"changedTo": "x"}, "x", True),
        ({"changedTo": "x"}, "y", False),
        ({"changedFrom": "x"}, "y", False),
        ({"increasedBy": 1}, 5, False),
        ({"equals": "x"}, "x", True),
        ({"isBlank": True}, None, True),
    ],
)
def test_at_a_creation_every_field_goes_from_nothing_to_its_value(
    operators: dict[str, Any], value: Any, *, expected: bool
) -> None:
    assert holds({"X": operators}, created(X=value)) is expected


def test_at_a_creation_what_is_not_told_is_unknown_where_it_could_hold() -> None:
    assert holds({"X": {"isChanged": True}}, created()) is None
    assert holds({"X": {"changedTo": "x"}}, created()) is None
    assert holds({"X": {"changedFrom": "x"}}, created()) is False
    assert holds({"X": {"increasedBy": 1}}, created()) is False


def test_a_lasting_condition_pays_at_the_edit_by_which_it_comes_to_hold() -> None:
    large = {"Amount": {"greaterThan": 1000}}
    assert holds(large, edited({"Amount": 900}, Amount=1100)) is True
    assert holds(large, edited({"Amount": 1100}, Amount=1200)) is False
    assert holds(large, edited({"Name": "a"}, Name="b", Amount=1200)) is False
    assert holds(large, edited({"Amount": 1100}, Amount=900)) is False


def test_what_was_before_and_is_not_known_is_unknown_unless_it_fails_now() -> None:
    large = {"Amount": {"greaterThan": 1000}}
    assert holds(large, edited(None, Amount=1100)) is None
    assert holds(large, edited(None, Amount=900)) is False
    # Neither told nor moved: it held before as it does now.
    assert holds({"Amount": {"greaterThan": 1000}}, edited({"Name": "a"}, Name="b")) is False
    assert holds(large | {"Type": {"equals": "New"}}, edited({"Type": "Old"}, Type="New")) is None


def test_with_several_groups_some_must_hold_now_and_none_that_lasts_before() -> None:
    when = {"any": [{"Amount": {"greaterThan": 1000}}, {"StageName": {"changedTo": "Won"}}]}
    assert holds(when, edited({"StageName": "Open"}, StageName="Won", Amount=5)) is True
    assert holds(when, edited({"StageName": "Open"}, StageName="Won", Amount=2000)) is False
    assert holds(when, edited({"StageName": "Open", "Amount": 5}, StageName="Won", Amount=2000)) is True


def test_a_day_that_draws_near_is_nobodys_work() -> None:
    soon = {"CloseDate": {"within": {"from_days": 0, "to_days": 30}}}
    assert holds(soon, edited({"Name": "a"}, at="2026-01-20T12:00:00Z", Name="b", CloseDate="2026-02-15")) is False
    assert holds(soon, edited({"CloseDate": "2026-09-01"}, at="2026-01-20T12:00:00Z", CloseDate="2026-02-15")) is True


def test_is_changed_false_is_a_guard_on_the_edit_and_asks_nothing_of_before() -> None:
    when = {"Amount": {"greaterThan": 1000}, "CloseDate": {"isChanged": False}}
    assert holds(when, edited({"Amount": 5}, Amount=2000, CloseDate="2026-02-15")) is True
    moved = edited({"Amount": 5, "CloseDate": "2026-02-01"}, Amount=2000, CloseDate="2026-02-15")
    assert holds(when, moved) is False


def test_a_rule_without_conditions_holds_from_the_creation_on() -> None:
    assert holds(None, created()) is True
    assert holds(None, edited({"Amount": 1}, Amount=2)) is False


def standing(*changes: Change, rule: dict[str, Any] = DONE) -> list[tuple[int, int]]:
    """Give the points and the minute of all that was entered, reversals too."""
    store = MemoryStore()
    for one in changes:
        Engine(store, [make_program(rule)]).apply([one])
    return [(one.points, one.occurred // 60_000_000 % 60) for one in store.entries()]


def task(kind: Any, minute: int, status: str, was: str | None = None, **more: Any) -> Change:
    old = {"Status": was} if was else None
    at = f"2026-01-07T12:{minute:02d}:00Z"
    return make_change(kind, object="Task", record=1, at=at, seq=minute, old=old, Status=status, **more)


def test_a_logged_task_pays_once_however_often_it_is_reopened() -> None:
    logged = task("create", 1, "Completed")
    reopened, again = task("update", 2, "Open", "Completed"), task("update", 3, "Completed", "Open")
    assert standing(logged, reopened, again) == [(10, 1)]
    assert sum(points for points, _minute in standing(again, reopened, logged)) == 10


@pytest.mark.parametrize("when", [COMPLETED, {"Status": {"equals": "Completed"}}])
def test_undone_is_undone_and_earned_again_in_any_order(when: dict[str, Any]) -> None:
    rule = DONE | {"when": when, "on_undo": "reverse"}
    logged = task("create", 1, "Completed")
    reopened, again = task("update", 2, "Open", "Completed"), task("update", 3, "Completed", "Open")
    assert sum(points for points, _minute in standing(logged, reopened, rule=rule)) == 0
    for order in permutations((logged, reopened, again)):
        assert sum(points for points, _minute in standing(*order, rule=rule)) == 10, order


class Bed:
    """An org read as often as one likes."""

    def __init__(self, rule: dict[str, Any], *, history: bool) -> None:
        self.org = SampleOrg(Clock.at(NOON))
        self.ann = self.org.add_user("Ann Bell")
        self.program = make_program(rule, starts="2026-01-01", ends="2026-12-31")
        self.store = MemoryStore()
        options = PollOptions(with_history=history)
        self._sync = Sync(Engine(self.store, [self.program]), DirectOrg(self.org), options=options)
        self.org.clock.advance(3600)
        self.look()

    def look(self) -> None:
        self.org.clock.advance(60)
        assert not self._sync.run().errors

    def entries(self) -> list[Entry]:
        return list(self.store.entries())


@pytest.mark.parametrize("history", [False, True])
def test_a_call_that_is_logged_pays_when_it_is_logged(*, history: bool) -> None:
    bed = Bed(DONE, history=history)
    made = bed.org.clock.now()
    bed.org.create("Task", {"Subject": "Call", "Status": "Completed"}, user=bed.ann)
    bed.look()
    bed.look()
    (entry,) = bed.entries()
    assert abs(entry.occurred / 1_000_000 - made.timestamp()) < 5


@pytest.mark.parametrize("looks_between", [False, True])
@pytest.mark.parametrize("history", [False, True])
@pytest.mark.parametrize("name", ["Task", "Case"])
def test_made_and_completed_pays_at_the_completion_whatever_the_interval(
    name: str, *, history: bool, looks_between: bool
) -> None:
    final = "Completed" if name == "Task" else "Closed"
    rule = {"object": name, "trigger": "create or update", "when": {"Status": {"isChanged": True, "equals": final}}}
    bed = Bed(rule, history=history)
    first = "Not Started" if name == "Task" else "New"
    made = bed.org.create(name, {"Subject": "Call", "Status": first}, user=bed.ann)
    bed.org.clock.advance(600)
    if looks_between:
        bed.look()
    done = bed.org.clock.now()
    bed.org.update(made, {"Status": final}, user=bed.ann)
    bed.look()
    bed.look()
    (entry,) = bed.entries()
    assert abs(entry.occurred / 1_000_000 - done.timestamp()) < 5
    answers = explain_record(bed.store, [bed.program], id18(made))
    assert [one.verdict for one in answers] == ["no", "paid"]


def test_rules_on_creations_take_what_was_first_seen_as_before() -> None:
    bed = Bed({"object": "Task", "trigger": "create", "when": {"Status": {"equals": "Completed"}}}, history=False)
    made = bed.org.create("Task", {"Subject": "Call", "Status": "Not Started"}, user=bed.ann)
    bed.org.clock.advance(600)
    bed.org.update(made, {"Status": "Completed"}, user=bed.ann)
    bed.look()
    assert len(bed.entries()) == 1


def test_explain_tells_of_a_record_that_was_created_with_what_a_rule_waits_for() -> None:
    program, store = make_program(ON_EDITS), MemoryStore()
    Engine(store, [program]).apply([task("create", 1, "Completed"), make_change("create", object="Task", record=2)])
    (answer,) = explain_record(store, [program], task("create", 1, "Completed").id)
    assert answer.made_so is not None
    assert (answer.made_so.field, answer.made_so.new) == ("Status", "Completed")
    (rule,) = near_misses(store, [program])
    assert [(one.condition.field, one.condition.new, one.count) for one in rule.made_so] == [("Status", "Completed", 1)]
    assert (rule.held, rule.missed) == (0, 0)


def test_explain_is_silent_where_a_sister_rule_pays_for_the_creation() -> None:
    sister = {"object": "Task", "trigger": "create", "when": {"Status": {"equals": "Completed"}}}
    program, store = make_program(ON_EDITS, sister), MemoryStore()
    Engine(store, [program]).apply([task("create", 1, "Completed")])
    assert [one.made_so for one in explain_record(store, [program], task("create", 1, "Completed").id)] == [None, None]
    assert near_misses(store, [program]) == []


def advice(*rules: str) -> list[str]:
    """Give the codes of the advice on some rules."""
    head = "program: p\nname: P\nleaderboards: [{id: b, name: B}]\nrules:\n"
    text = head + "".join(f"  - {{id: r{number}, points: 5, {rule}}}\n" for number, rule in enumerate(rules))
    return [one.code for one in check_program(text, name="p.yaml")[1]]


COMPLETING = "object: Task, trigger: update, when: {Status: {isChanged: true, equals: Completed}}"


@pytest.mark.parametrize(
    "rule",
    [
        COMPLETING,
        "object: Task, trigger: update, when: {Status: {changedTo: Erledigt}}",
        "object: Task, trigger: update, when: {IsClosed: {changedTo: true}}",
        "object: Event, trigger: update, when: {Outcome__c: {isChanged: true, isNotBlank: true}}",
        "object: Case, trigger: update, when: {Status: {isChanged: true, in: [Closed, Resolved]}}",
        "object: Review__c, trigger: update, when: {Stage__c: {isChanged: true, equals: Completed}}",
    ],
)
def test_check_advises_where_work_may_be_born_done(rule: str) -> None:
    assert advice(rule) == ["NV915"]
    assert advice(rule.replace("trigger: update", "trigger: create or update")) == []


@pytest.mark.parametrize(
    "rule",
    [
        "object: Task, trigger: update, when: {Status: {changedFrom: Not Started, equals: Completed}}",
        "object: Task, trigger: update, when: {Status: {changedTo: In Progress}}",
        "object: Task, trigger: update, when: {Status: {changedTo: Completed}, Type: {isChanged: false}}",
        "object: Opportunity, trigger: update, when: {StageName: {changedTo: Negotiation}}",
        "object: Opportunity, trigger: update, when: {NextStep: {isChanged: true, isNotBlank: true}}",
        "object: Case, trigger: update, when: {Priority: {changedTo: High}}",
    ],
)
def test_check_is_silent_where_a_step_is_meant(rule: str) -> None:
    assert advice(rule) == []


def test_check_is_silent_where_a_sister_rule_pays_for_new_records() -> None:
    assert advice(COMPLETING, "object: Task, trigger: create, when: {Status: {equals: Completed}}") == []
    assert advice(COMPLETING, "object: Task, trigger: create, when: {Status: {in: [Completed, Closed]}}") == []
    assert advice(COMPLETING, "object: Task, trigger: create, when: {Type: {equals: Call}}") == ["NV915"]
    assert advice(COMPLETING, "object: Event, trigger: create") == ["NV915"]


def test_check_tells_of_two_rules_that_pay_for_one_edit() -> None:
    assert "NV907" in advice(COMPLETING, COMPLETING.replace("trigger: update", "trigger: create or update"))
