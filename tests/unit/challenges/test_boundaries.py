"""Where a challenge opens and shuts, what counts once, and what a completion says of itself: each at its very edge."""

from datetime import date
from fractions import Fraction

import msgspec
import pytest

from novigem.challenges.completion import bonus_entry
from novigem.challenges.goals import Contribution, Measure, Move, contribution, recount
from novigem.challenges.lifecycle import gate
from novigem.challenges.targets import share_of_time
from novigem.model.entry import GOAL_UNIT, Entry, EntryKind, Progress, ProgressKey
from novigem.model.people import Block
from novigem.model.program import Goal
from novigem.model.working_time import PersonTerms, WorkingDays
from novigem.testing import make_id, make_program

USER = make_id("005", 1)
DISTINCT = Goal(distinct="AccountId", target=2)


def test_a_challenge_pays_from_its_first_moment_to_before_its_last() -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{"type": "timebound", "starts": "2026-01-10", "ends": "2026-01-20"}],
        starts="2026-01-05",
        ends="2026-02-01",
    )
    found = gate(program, program.rules[0])
    (_label, starts, ends), (_name, opens, closes) = found.program, found.open
    assert starts < opens < closes < ends
    assert [found.block(at) for at in (starts - 1, starts, opens - 1, opens, closes - 1, closes, ends - 1, ends)] == [
        Block.OUTSIDE_PROGRAM,
        Block.CLOSED,
        Block.CLOSED,
        None,
        None,
        Block.CLOSED,
        Block.CLOSED,
        Block.OUTSIDE_PROGRAM,
    ]


def entry(number: int, item: str | None, at: int = 0) -> Entry:
    return Entry(
        key=f"key-{number}",
        kind=EntryKind.RULE,
        user=USER,
        points=10,
        program="test",
        version="v",
        rule="rule-1",
        challenge="challenge-1",
        goal_value=GOAL_UNIT,
        goal_item=item,
        occurred=at or number,
    )


def test_a_thing_counts_the_first_time_and_never_again() -> None:
    measure = Measure(DISTINCT, 2 * GOAL_UNIT)
    assert [measure.move("a", lambda _item, n=n: n) for n in (0, 1, 2)] == [Move.ADD, Move.NONE, Move.NONE]
    assert measure.move(None, lambda _item: 0) is Move.NONE


@pytest.mark.parametrize(
    ("items", "value", "completed"),
    [
        (("a", "a", "a"), 1, None),
        (("a", "a", "b"), 2, 3),
        (("a", "b", "a", "b"), 2, 2),
        (("a", None, "b"), 2, 3),
    ],
)
def test_progress_counts_each_thing_once_and_completes_with_the_last_that_it_needs(
    items: tuple[str | None, ...], value: int, completed: int | None
) -> None:
    key = ProgressKey("test", "challenge-1", "", USER)
    row = recount(key, Measure(DISTINCT, 2 * GOAL_UNIT), [entry(n, one) for n, one in enumerate(items, start=1)])
    assert row is not None
    assert (row.value, row.completed, row.entries) == (value * GOAL_UNIT, completed, len(items))
    assert (row.first, row.last) == (1, len(items))


def test_a_target_is_reached_by_exactly_as_much_and_by_nothing_less() -> None:
    key = ProgressKey("test", "challenge-1", "", USER)
    entries = [entry(1, None), entry(2, None), entry(3, None)]
    assert [
        getattr(recount(key, Measure(Goal(count="rules", target=1), target), entries), "completed", None)
        for target in (GOAL_UNIT, 2 * GOAL_UNIT - 1, 2 * GOAL_UNIT, 2 * GOAL_UNIT + 1, 3 * GOAL_UNIT + 1, 0)
    ] == [1, 2, 2, 3, None, None]


def test_of_a_text_that_is_cut_inside_a_character_the_rest_is_whole() -> None:
    goal = Goal(distinct="Name", target=2)
    assert contribution(goal, "Account", 1, {"Name": "half \ud83d"}) == Contribution(GOAL_UNIT, "half \ufffd")
    assert contribution(goal, "Account", 1, {"Name": "Zo\u00eb\x00"}).item == "Zo\u00eb"
    assert contribution(goal, "Account", 1, {"Name": "n" * 300}).item == "n" * 255


@pytest.mark.parametrize(("period", "told"), [("week:2026-01-05", "week:2026-01-05"), ("", None)])
def test_a_bonus_says_the_period_it_is_for(period: str, told: str | None) -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{"type": "recurring", "cadence": "weekly", "completion": {"bonus": 5}}],
    )
    row = Progress("test", "challenge-1", period, USER, 1, 1, 1, 7, 9, 8)
    bonus = bonus_entry(program, row)
    assert bonus is not None
    assert (bonus.period, bonus.points, bonus.occurred) == (told, 5, 8)
    assert bonus_entry(program, msgspec.structs.replace(row, completed=None)) is None


@pytest.mark.parametrize(
    ("last", "share"),
    [
        # On the one working day that there is, and off; a weekend has none, so hours alone decide.
        (date(2026, 1, 5), Fraction(0)),
        (date(2026, 1, 6), Fraction(1, 4)),
        (date(2026, 1, 9), Fraction(2, 5)),
    ],
)
def test_leave_takes_its_share_of_the_working_days_even_of_a_single_one(last: date, share: Fraction) -> None:
    terms = PersonTerms.model_validate(
        {"user": USER, "part_time": 50, "leave": ({"from": date(2026, 1, 5), "to": date(2026, 1, 5)},)}
    )
    days = WorkingDays(make_program().working_time)
    assert share_of_time(days, terms, (date(2026, 1, 5), last)) == share
    assert share_of_time(days, terms, (date(2026, 1, 3), date(2026, 1, 4))) == Fraction(1, 2)
    assert share_of_time(days, None, (date(2026, 1, 5), last)) == 1
