"""Near misses: what rules were one condition short of, how often, and on which records."""

from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import novigem
from novigem.challenges.lifecycle import gate
from novigem.engine.engine import Engine
from novigem.errors import InputError, UnknownName
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, to_micros
from novigem.model.clocks import Clocks
from novigem.model.program import Program, Rule
from novigem.queries import near_misses as module
from novigem.queries.near_misses import RuleMisses, near_misses
from novigem.rules.interpret import evaluate
from novigem.testing import make_change, make_id, make_person, make_program
from tests.property.runs import frozen_clock, tell_people
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program
from tests.property.strategies_season import scattered

ANNA, BEN = make_id("005", 1), make_id("005", 2)
TASKS = {
    "object": "Task",
    "trigger": "update",
    "when": [{"Status": {"isChanged": True, "equals": "Completed"}}, {"Type": {"in": ["Upsell", "Expansion"]}}],
}


def done(record: int, kind: str | None, **told: Any) -> Change:
    """Give a task that is completed, of a type."""
    values: dict[str, Any] = {"Status": "Completed", "Type": kind, "old": {"Status": "Open"}} | told
    return make_change("update", object="Task", record=record, **values)


def found(program: Program, *changes: Change, people: Any = (), **asked: Any) -> list[RuleMisses]:
    """Take in changes and ask."""
    store = MemoryStore()
    Engine(store, [program]).apply(Page(changes, people))
    return near_misses(store, [program], **asked)


def lines(rules: list[RuleMisses]) -> list[tuple[str, str, Any, int]]:
    """Give rule, operator, what was found and how often."""
    return [
        (rule.rule, f"{one.condition.field} {one.condition.operator}", one.condition.new, one.count)
        for rule in rules
        for one in rule.misses
    ]


def test_twelve_tasks_completed_and_on_nine_the_type_was_empty() -> None:
    rows = [*(done(n, None) for n in range(9)), done(9, "Call"), done(10, "Upsell"), done(11, "Expansion")]
    (rule,) = answer = found(make_program(TASKS), *rows)
    assert (rule.program, rule.rule, rule.object, rule.held, rule.missed, rule.others) == (
        "test", "rule-1", "Task", 2, 10, 0,
    )  # fmt: skip
    assert lines(answer) == [("rule-1", "Type in", None, 9), ("rule-1", "Type in", "Call", 1)]
    empty, call = rule.misses
    assert empty.condition.new_known
    assert (empty.condition.expected, len(empty.records)) == (("Upsell", "Expansion"), 3)
    assert call.records == (make_id("00T", 9),)


def test_what_lacks_two_conditions_or_the_only_one_is_no_near_miss() -> None:
    program = make_program(TASKS, {"object": "Task", "trigger": "update", "when": {"Type": {"equals": "Upsell"}}})
    assert found(program, done(1, None, Status="Open", old={"Status": "Waiting"})) == []


def test_what_is_not_told_is_apart_from_what_is_empty() -> None:
    told_nothing = make_change("update", object="Task", record=3, Status="Completed", old={"Status": "Open"})
    (rule,) = found(make_program(TASKS), done(1, None), done(2, ""), told_nothing)
    seen = {(one.condition.new, one.condition.new_known, one.condition.result) for one in rule.misses}
    assert seen == {(None, True, False), ("", True, False), (None, False, None)}


def test_conditions_about_the_edit_tell_both_sides() -> None:
    (rule,) = found(make_program(TASKS), done(1, "Upsell", old={}), done(1, "Upsell", old=None))
    seen = [(one.condition.operator, one.condition.old, one.condition.old_known) for one in rule.misses]
    assert sorted(seen, key=str) == [("isChanged", "Completed", True), ("isChanged", None, False)]


def test_of_several_groups_one_that_was_a_condition_short_counts_the_change_once() -> None:
    either = {"any": [{"StageName": {"equals": "Won"}, "Amount": {"greaterThan": 5}}, {"Type": {"equals": "New"}}]}
    program = make_program({"when": either})
    rows = [make_change(record=1, StageName="Won", Amount=1, Type="Old"), make_change(record=2, StageName="No")]
    assert lines(found(program, *rows)) == [("rule-1", "Amount greaterThan", 1, 1)]
    assert found(program, make_change(StageName="Won", Amount=1, Type="New")) == [], "the rule held by the other group"


@pytest.mark.parametrize(
    ("keys", "owner"),
    [
        ({"ends": "2026-01-06"}, 1),
        ({"status": "paused"}, 1),
        ({"participants": {"users": [BEN]}}, 1),
        ({"participants": {"exclude": [ANNA]}}, 1),
        ({}, 3),
        ({}, make_id("00G", 1)),
        ({}, None),
    ],
)
def test_what_would_have_paid_nobody_is_no_near_miss(keys: dict[str, Any], owner: Any) -> None:
    people = [make_person(3, active=False)]
    assert found(make_program(TASKS, **keys), done(1, None, owner=owner), people=people) == []
    assert len(found(make_program(TASKS), done(1, None), people=people)) == 1


def test_the_answer_can_be_narrowed() -> None:
    program = make_program(TASKS, deepcopy(TASKS))
    rows = [done(n, None, owner=n, at=f"2026-01-0{n}T12:00:00Z") for n in (5, 6, 7)]
    moments = [to_micros(one.at) for one in rows]

    def counts(**asked: Any) -> list[int]:
        return [rule.missed for rule in found(program, *rows, **asked)]

    assert counts() == [3, 3]
    assert counts(rule="rule-2") == [3]
    assert counts(rule="nothing") == []
    assert counts(user=make_id("005", 6)) == [1, 1]
    assert counts(since=moments[1]) == [2, 2]
    assert counts(until=moments[1]) == [1, 1]
    assert counts(since=moments[1], until=moments[1]) == []


def test_a_program_of_ones_own_asks_with_moments_in_any_time_zone() -> None:
    program, store = make_program(TASKS), MemoryStore()
    rows = [done(n, None, owner=n, at=f"2026-01-0{n}T12:00:00Z") for n in (5, 6, 7)]
    Engine(store, [program]).apply(rows)
    noon = datetime(2026, 1, 6, 14, tzinfo=timezone(timedelta(hours=2)))

    def counts(**asked: Any) -> list[int]:
        return [rule.missed for rule in novigem.explain_near_misses(store, [program], **asked)]

    assert novigem.explain_near_misses(store, [program]) == near_misses(store, [program])
    assert (counts(since=noon), counts(until=noon), counts(since=noon, until=noon)) == ([2], [1], [])
    assert counts(user=make_id("005", 6)[:15], rule="rule-1") == [1]
    for asked, kind, message in (
        ({"rule": "rule-11"}, UnknownName, "no rule 'rule-11'"),
        ({"user": "Ann"}, InputError, "not a Salesforce id"),
        ({"since": datetime(2026, 1, 6)}, InputError, "`since` has no time zone"),  # noqa: DTZ001 - that is the mistake
        ({"until": datetime(2026, 1, 6)}, InputError, "`until` has no time zone"),  # noqa: DTZ001 - that is the mistake
    ):
        with pytest.raises(kind, match=message):
            counts(**asked)


def test_each_change_is_held_against_the_version_of_its_time() -> None:
    before, after = make_program(TASKS, name="Before"), make_program({**TASKS, "when": {"Type": {"equals": "Call"}}})
    store = MemoryStore()
    Engine(store, [before]).apply([done(1, None)])
    assert lines(near_misses(store, [before])) == [("rule-1", "Type in", None, 1)]
    assert near_misses(store, [after]) == [], "a version that is asked about before it is in use is asked about all"


def test_beyond_a_thousand_different_values_they_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_VALUES", 2)
    rows = [done(n, value, at=f"2026-01-07T12:00:0{n}Z") for n, value in enumerate("aabcdb")]
    (rule,) = found(make_program(TASKS), *rows)
    assert lines([rule]) == [("rule-1", "Type in", "a", 2), ("rule-1", "Type in", "b", 2)]
    assert (rule.missed, rule.others) == (6, 2)
    long = found(make_program(TASKS), done(1, "x" * 300 + "1"), done(2, "x" * 300 + "2"))
    assert [one.count for one in long[0].misses] == [2]


def is_plain(program: Program, rule: Rule) -> bool:
    """Tell whether the rule pays any owner: then conditions and dates alone decide."""
    everybody = not (program.participants.role or program.participants.exclude)
    return everybody and rule.award_points_to == "Record Owner" and not (rule.share or rule.former_owner)


def is_short(program: Program, rule: Rule, change: Change) -> bool:
    """Tell, in the plainest way there is, whether a change lacks one condition of several."""
    verdict = evaluate(rule, change, program.zone)
    counts = [(len(group), sum(1 for one in group if one.result)) for group in verdict.groups]
    counted = Clocks(program).counted(str(change.new.get("OwnerId")), to_micros(change.at))
    is_open = gate(program, rule).block(counted) is None
    is_queue = str(change.new.get("OwnerId")).startswith("00G")
    return (
        is_open
        and not is_queue
        and verdict.triggered
        and not verdict.result
        and any(held == size - 1 > 0 for size, held in counts)
    )


def test_the_counts_are_those_of_a_plain_look_at_every_change() -> None:
    total = 0
    for seed in range(60):
        number, *numbers = scattered(seed, 60)
        program = season_program(number, numbers[:4], numbers[4:6])
        store = MemoryStore()
        tell_people(store)
        Engine(store, [program], clock=frozen_clock).apply(
            [season_change(one, program.timezone) for one in numbers[6:]]
        )
        answers = {one.rule: one for one in near_misses(store, [program])}
        assert all(one.missed == sum(miss.count for miss in one.misses) + one.others for one in answers.values())
        for rule in program.rules:
            if is_plain(program, rule):
                expected = sum(is_short(program, rule, change) for _logged, change in store.changes())
                assert (answers[rule.id].missed if rule.id in answers else 0) == expected
                total += expected
    assert total > 50
