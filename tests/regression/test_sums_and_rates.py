"""Amounts that are corrected after they earned, amounts in several currencies, and amounts that are not known."""

from collections.abc import Sequence
from itertools import islice, permutations
from typing import Any

import pytest

from novigem import check_program, dump_program
from novigem.engine.engine import Engine
from novigem.engine.report import RunReport
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem.program.watched import watched_fields
from novigem.queries.explain import explain_record
from novigem.rules.operators import DEFAULT_REGISTRY
from novigem.testing import make_change, make_id, make_program
from tests.regression.beds import fed

SEASON = {"starts": "2026-01-05", "weeks": 2}
RULE: dict[str, Any] = {"when": {"StageName": {"changedTo": "Won"}}, "trigger": "update", "points": 5}
REVERSE = RULE | {"challenge": "challenge-1", "on_undo": "reverse"}
UNIT = 1_000_000


def goal(**keys: Any) -> dict[str, Any]:
    sums = {"sum": "Amount", "target": 100} | keys
    return {"type": "timebound", "goal": sums, "completion": {"bonus": 20}}


def won(record: int = 1, day: int = 6, **told: Any) -> Change:
    return make_change(
        "update", record=record, at=f"2026-01-{day:02}T10:00:00Z", old={"StageName": "Open"}, StageName="Won", **told
    )


def edit(record: int = 1, day: int = 7, **told: Any) -> Change:
    return make_change("update", record=record, at=f"2026-01-{day:02}T10:00:00Z", old={}, **told)


class Season:
    """A season that reads some pages."""

    def __init__(
        self, *pages: Sequence[Change], rule: dict[str, Any] = REVERSE, challenge: dict[str, Any] | None = None
    ) -> None:
        self.program = make_program(rule, challenges=[challenge or goal()], **SEASON)
        self.store = MemoryStore()
        self.report = RunReport()
        engine = Engine(self.store, [self.program])
        for page in pages:
            self.report.add(engine.apply(page))

    @property
    def rows(self) -> list[tuple[float, bool]]:
        return [(row.value / UNIT, row.completed is not None) for row in self.store.progress_rows()]

    @property
    def points(self) -> int:
        return sum(one.points for one in self.store.entries())

    @property
    def told(self) -> list[str]:
        return [reason for _program, _rule, reason in self.report.uncounted]


def test_a_corrected_amount_takes_its_completion_back() -> None:
    season = Season([won(Amount=1000)], [edit(Amount=10)])
    assert (season.rows, season.points) == ([(10, False)], 5)
    reasons = [one.reason for one in season.store.entries() if one.reverses is not None]
    assert "the record was corrected: it adds 10 to the goal now, not 1,000" in reasons
    assert {one.occurred for one in standing_entries(season.store.entries())} == {to_micros_of(won(Amount=1000))}


def to_micros_of(change: Change) -> int:
    return int(change.at.timestamp() * 1_000_000)


def test_no_order_of_arrival_decides_what_an_amount_is() -> None:
    changes = [won(Amount=1000), edit(Amount=10), edit(day=8, Amount=40), won(2, day=7, Amount=80)]
    for order in permutations(changes):
        for season in (Season(order), Season(*([one] for one in order)), Season(order, order)):
            assert (season.rows, season.points) == ([(120, True)], 30)


def test_a_corrected_amount_moves_the_moment_of_completion() -> None:
    season = Season([won(Amount=50), won(2, day=8, Amount=60)], [edit(day=9, Amount=100)])
    assert season.rows == [(160, True)]
    assert season.store.progress_rows()[0].completed == to_micros_of(won(Amount=1))


def test_what_is_kept_keeps_its_amount_and_what_cannot_be_undone_any_more_does_too() -> None:
    assert Season([won(Amount=1000)], [edit(Amount=10)], rule=REVERSE | {"on_undo": "keep"}).rows == [(1000, True)]
    within = REVERSE | {"on_undo": {"reverse_within_days": 1}}
    assert Season([won(Amount=1000)], [edit(day=7, Amount=10)], rule=within).rows == [(10, False)]
    assert Season([won(Amount=1000)], [edit(day=8, Amount=10)], rule=within).rows == [(1000, True)]


def test_an_edit_that_does_not_tell_the_amount_leaves_it_and_a_cleared_one_is_nothing() -> None:
    assert Season([won(Amount=1000)], [edit(Name="x")]).rows == [(1000, True)]
    assert Season([won(Amount=1000)], [edit(Amount=None)]).rows == [(0, False)]
    assert Season([won(Amount=1000)], [edit(Amount=None)], [edit(day=8, Amount=70)]).rows == [(70, False)]


def test_an_amount_told_after_the_award_counts_and_until_then_it_is_told_that_it_is_not_known() -> None:
    unknown = Season([won()])
    assert (unknown.rows, unknown.told) == ([(0, False)], ["adds nothing to the goal: Amount is not told"])
    answer = explain_record(unknown.store, [unknown.program], make_id("006", 1))[0]
    assert (answer.verdict, answer.reason) == ("paid", "adds nothing to the goal: Amount is not told")
    assert Season([won()], [edit(Amount=30)]).rows == [(30, False)]


def test_parts_of_an_award_add_their_part_of_the_corrected_amount() -> None:
    share = REVERSE | {"share": [{"to": "Record Owner", "percent": 70}, {"to": "Helper__c", "percent": 30}]}
    told = {"Helper__c": make_id("005", 2)}
    season = Season([won(Amount=1000, **told)], [edit(Amount=10)], rule=share)
    assert sorted(season.rows) == [(3, False), (7, False)]


def test_a_deleted_or_lost_deal_and_one_won_again_add_what_they_are_worth() -> None:
    lost = make_change("update", record=1, at="2026-01-08T10:00:00Z", old={"StageName": "Won"}, StageName="Lost")
    assert Season([won(Amount=50)], [edit(Amount=10)], [lost]).rows == []
    assert Season([won(Amount=50)], [edit(Amount=10)], [lost], [won(day=9, Amount=30)]).rows == [(30, False)]


def test_a_recurring_sum_is_corrected_in_the_period_it_was_earned_in() -> None:
    weekly = goal() | {"type": "recurring", "cadence": "weekly"}
    season = Season([won(day=6, Amount=1000)], [edit(day=13, Amount=10)], challenge=weekly)
    assert [(row.period, row.value // UNIT) for row in season.store.progress_rows()] == [("week:2026-01-05", 10)]


def test_a_cap_that_leaves_no_points_adds_nothing_also_after_a_correction() -> None:
    capped = REVERSE | {"cap": {"awards": 1}}
    changes = [won(Amount=50), won(2, day=7, Amount=60), edit(2, day=8, Amount=70), edit(1, day=9, Amount=20)]
    for order in permutations(changes):
        assert Season(*([one] for one in order), rule=capped).rows == [(20, False)]
        counting = Season(order, rule=capped, challenge=goal(past_limits=True))
        assert counting.rows == [(90, False)]


def test_amounts_are_counted_in_the_currency_that_the_goal_says() -> None:
    euros = goal(currency="EUR", rates={"USD": 0.9})
    deals = [
        won(1, Amount=10, CurrencyIsoCode="EUR"),
        won(2, Amount=10, CurrencyIsoCode="USD"),
        won(3, Amount=9000, CurrencyIsoCode="JPY"),
        won(4, Amount=9000),
        won(5, Amount=9000, CurrencyIsoCode="\x00 nothing"),
    ]
    season = Season(deals, challenge=euros)
    assert season.rows == [(19, False)]
    assert sorted(season.report.uncounted.values()) == [1, 2]
    assert sorted(season.told) == [
        "adds nothing to the goal: its currency is not told, and the goal adds up EUR",
        "adds nothing to the goal: the amount is in JPY, and the goal adds up EUR and has no rate for JPY",
    ]
    assert Season(deals[:3], [edit(3, CurrencyIsoCode="USD")], challenge=euros).rows == [(8119, True)]
    assert Season(deals[:3], [edit(1, CurrencyIsoCode="JPY")], challenge=euros).rows == [(9, False)]


def test_amounts_of_which_the_goal_says_no_currency_are_told_of() -> None:
    season = Season([won(1, Amount=10, CurrencyIsoCode="EUR"), won(2, Amount=9000, CurrencyIsoCode="JPY")])
    assert sorted(season.told) == [
        "Amount in EUR is added as a plain number: the goal says no `currency`",
        "Amount in JPY is added as a plain number: the goal says no `currency`",
    ]


@pytest.mark.parametrize(("amount", "rate", "value"), [(0.1, 0.3, 30_000), (10**12, 8.9, 8_900_000 * UNIT * UNIT // 1)])
def test_rates_are_exact(amount: float, rate: float, value: int) -> None:
    euros = goal(currency="EUR", rates={"USD": rate})
    season = Season([won(Amount=amount, CurrencyIsoCode="USD")], challenge=euros)
    assert [row.value for row in season.store.progress_rows()] == [value]


def test_sums_up_to_nine_million_million_are_right_and_what_is_above_is_told() -> None:
    large = 5 * 10**12
    assert Season([won(Amount=large)]).rows == [(large, True)]
    both = Season([won(Amount=large)], [won(2, day=7, Amount=large)])
    assert both.rows == [(9 * 10**12, True)]
    # The sum goes on from what it really is, not from the most that is kept.
    assert Season([won(Amount=large)], [won(2, day=7, Amount=large)], [won(3, day=8, Amount=-large)]).rows == [
        (large, True)
    ]
    beyond = Season([won(Amount=10**13)])
    assert (beyond.rows, beyond.told) == (
        [(0, False)],
        ["adds nothing to the goal: Amount is above 9,000,000,000,000, the most that a sum may be"],
    )


@pytest.mark.parametrize("amount", ["1000", True, {"a": 1}, [1]])
def test_what_is_no_number_is_told(amount: Any) -> None:
    season = Season([won(Amount=amount)])
    assert (season.rows, season.told) == ([(0, False)], ["adds nothing to the goal: Amount is no number"])


PROGRAM = """\
program: p
name: P
starts: 2026-01-05
weeks: 2
rules:
  - {{id: w, object: Opportunity, trigger: update, points: 5, challenge: s{undo},
     when: [{{StageName: {{changedTo: Done}}}}]}}
challenges:
  - {{id: s, name: S, type: timebound, goal: {{sum: Amount, target: 100{keys}}}}}
leaderboards: [{{id: team, name: Team}}]
"""


@pytest.mark.parametrize(
    ("keys", "undo", "codes"),
    [
        ("", ", on_undo: reverse", ["NV905"]),
        ("", "", ["NV905"]),
        (", currency: EUR", ", on_undo: reverse", ["NV905"]),
        (", rates: {USD: 0.9}", ", on_undo: reverse", ["NV217", "NV905"]),
        (", currency: EUR, rates: {EUR: 0.9}", ", on_undo: reverse", ["NV217", "NV905"]),
        (", currency: euro", ", on_undo: reverse", ["NV206"]),
        (", currency: EUR, rates: {USD: 0}", ", on_undo: reverse", ["NV205"]),
    ],
)
def test_check_tells_of_sums_over_currencies(keys: str, undo: str, codes: list[str]) -> None:
    _program, found = check_program(PROGRAM.format(keys=keys, undo=undo), name="p.yaml")
    assert sorted(one.code for one in found) == codes


ON_TIME: dict[str, Any] = {
    "id": "on-time",
    "object": "Task",
    "trigger": "update",
    "when": {"Status": {"changedTo": "On time"}},
    "points": 5,
    "challenge": "punctual",
}
LATE = ON_TIME | {"id": "late", "when": {"Status": {"changedTo": "Late"}}, "points": 0}
RATE = {"rate": ["on-time"], "at_least": 4, "target": 75}
PUNCTUAL: dict[str, Any] = {
    "id": "punctual",
    "name": "Punctual",
    "type": "timebound",
    "goal": RATE,
    "completion": {"bonus": 20, "badge": "clock"},
}


def task(number: int, status: str = "On time", hour: int = 0, owner: str | None = None) -> Change:
    return make_change(
        "update",
        object="Task",
        record=number,
        at=f"2026-01-06T{hour or number:02}:00:00Z",
        old={"Status": "Open"},
        owner=owner or make_id("005", 1),
        Status=status,
    )


def punctual(*rules: dict[str, Any], **keys: Any) -> Program:
    given = {"challenges": [PUNCTUAL], "badges": [{"id": "clock", "name": "Clock"}], **SEASON} | keys
    return make_program(*(rules or (ON_TIME, LATE)), **given)


def test_a_rate_holds_from_the_least_number_on_and_no_more_once_it_falls() -> None:
    good = [task(n) for n in (1, 2, 3)]
    assert fed(punctual(), good)[1] == [(0, 3, False)]
    store, rows = fed(punctual(), good, [task(4, "Late")])
    assert rows == [(75, 4, True)]
    assert (sum(one.points for one in store.entries()), len(store.badges())) == (35, 1)
    store, rows = fed(punctual(), good, [task(4, "Late")], [task(5, "Late")])
    assert rows == [(60, 5, False)]
    assert (sum(one.points for one in store.entries()), store.badges()) == (15, [])
    again = [task(n) for n in (6, 7, 8)]
    store, rows = fed(punctual(), good, [task(4, "Late"), task(5, "Late")], again)
    assert rows == [(75, 8, True)]
    assert store.progress_rows()[0].completed == to_micros_of(task(8))
    assert (sum(one.points for one in store.entries()), len(store.badges())) == (50, 1)


def test_no_order_of_arrival_decides_a_rate() -> None:
    program = punctual()
    changes = [task(1), task(2), task(3, "Late"), task(4), task(5, "Late", hour=4), task(6), task(7), task(8)]
    _store, wanted = fed(program, changes)
    assert wanted == [(75, 8, True)]
    kept = _store.progress_rows()
    for order in islice(permutations(changes), 0, None, 977):
        store, rows = fed(program, *([one] for one in order))
        assert (rows, store.progress_rows()) == (wanted, kept)


@pytest.mark.parametrize("undo", ["keep", "reverse"])
def test_an_award_taken_back_leaves_the_rate(undo: str) -> None:
    late, good = LATE | {"on_undo": undo}, ON_TIME | {"on_undo": undo}
    changes = [task(1), task(2), task(3), task(4, "Late"), task(5)]
    reopened = make_change(
        "update", object="Task", record=1, at="2026-01-06T08:00:00Z", old={"Status": "On time"}, Status="Open"
    )
    _store, rows = fed(punctual(good, late), changes, [reopened])
    assert rows == [(80, 5, True) if undo == "keep" else (75, 4, True)]
    _store, rows = fed(punctual(good, late), changes, [reopened, task(1, "Late", hour=9)])
    assert rows == [(66.666666, 6, False) if undo == "keep" else (60, 5, False)]


def test_an_award_of_no_points_stands_with_its_reason() -> None:
    store, _rows = fed(punctual(), [task(1, "Late")])
    assert [(one.points, one.reason) for one in store.entries()] == [(0, "it counts for the rate alone")]
    answers = explain_record(store, [punctual()], make_id("00T", 1))
    assert [(one.verdict, one.reason) for one in answers if one.entry] == [
        ("blocked", "0 points: it counts for the rate alone")
    ]


def test_points_limits_leave_a_rate_alone() -> None:
    capped = [one | {"cap": {"awards": 1}} for one in (ON_TIME, LATE)]
    changes = [task(1), task(2), task(3), task(4, "Late"), task(5, "Late")]
    assert fed(punctual(*capped), changes)[1] == [(60, 5, False)]
    assert fed(punctual(*capped), *([one] for one in reversed(changes)))[1] == [(60, 5, False)]


def test_part_time_makes_the_awards_fewer_and_not_the_rate() -> None:
    fair = PUNCTUAL | {"fair": True}
    half = punctual(challenges=[fair], people=[{"user": make_id("005", 1), "part_time": 50}])
    store, rows = fed(half, [task(1), task(2)])
    assert (rows, store.progress_rows()[0].target) == ([(100, 2, True)], 75 * UNIT)
    own = punctual(people=[{"user": make_id("005", 1), "targets": {"punctual": 50}}])
    assert fed(own, [task(1), task(2), task(3, "Late"), task(4, "Late")])[1] == [(50, 4, True)]


def test_a_team_has_the_rate_of_all_its_awards() -> None:
    first, second = make_id("005", 1), make_id("005", 2)
    team = {"id": "team", "name": "Team", "members": [first, second]}
    goal_of_team = {"target": 75, "credit": "who_contributed", "bonus": 7}
    program = punctual(teams=[team], challenges=[PUNCTUAL | {"team_goal": goal_of_team}])
    store = MemoryStore()
    Engine(store, [program]).apply([task(1), task(2), task(3), task(4, "Late", owner=second)])
    rows = [row for row in store.progress_rows() if row.user == "team"]
    assert [(row.value // UNIT, row.entries, row.completed is not None) for row in rows] == [(75, 4, True)]
    bonuses = [(one.user, one.points) for one in store.entries() if one.kind is EntryKind.BONUS and one.points == 7]
    assert bonuses == [(first, 7)]


def test_a_rate_names_the_rules_by_what_they_are_called_now() -> None:
    store = MemoryStore()
    Engine(store, [punctual()]).apply([task(1), task(2)])
    named = PUNCTUAL | {"goal": RATE | {"rate": ["in-time"]}}
    renamed = punctual(ON_TIME | {"id": "in-time", "was": "on-time"}, LATE, challenges=[named])
    Engine(store, [renamed]).apply([task(3), task(4, "Late")])
    assert [(row.value // UNIT, row.entries) for row in store.progress_rows()] == [(75, 4)]


RATE_PROGRAM = """\
program: p
name: P
starts: 2026-01-05
weeks: 2
rules:
  - {{id: good, object: Task, trigger: create, points: 5, challenge: s}}
  - {{id: late, object: Case, trigger: create, points: {points}, challenge: s}}
challenges:
  - {{id: s, name: S, type: timebound, goal: {goal}}}
leaderboards: [{{id: team, name: Team}}]
"""


@pytest.mark.parametrize(
    ("goal", "points", "codes"),
    [
        ("{rate: good, at_least: 10, target: 90}", 0, []),
        ("{rate: [good], at_least: 10, target: 90}", 0, []),
        ("{rate: [good], target: 90}", 0, ["NV218"]),
        ("{rate: [good], at_least: 10, target: 101}", 0, ["NV218"]),
        ("{rate: [goood], at_least: 10, target: 90}", 0, ["NV348"]),
        ("{rate: [good, late], at_least: 10, target: 90}", 0, ["NV348"]),
        ("{count: rules, target: 90}", 0, ["NV349"]),
        ("{rate: [good], count: rules, target: 90}", 1, ["NV212"]),
    ],
)
def test_check_tells_of_rates_that_are_none(goal: str, points: int, codes: list[str]) -> None:
    program, found = check_program(RATE_PROGRAM.format(goal=goal, points=points), name="p.yaml")
    assert sorted(one.code for one in found) == codes
    assert (program is None) == bool(codes)
    if program is not None:
        assert check_program(dump_program(program), name="p.yaml") == (program, [])


def test_a_sync_reads_the_currency_with_the_amount_also_that_of_a_parent() -> None:
    for field, currency in (("Amount", "CurrencyIsoCode"), ("Account.AnnualRevenue", "Account.CurrencyIsoCode")):
        program = make_program(REVERSE, challenges=[goal(sum=field)], **SEASON)
        watched = watched_fields([program], DEFAULT_REGISTRY)["Opportunity"]
        # An org with one currency has no such field, and is read without it.
        assert {field, currency} <= watched.useful
