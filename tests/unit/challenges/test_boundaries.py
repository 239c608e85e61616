"""Where a challenge opens and shuts, what counts once, and what a completion says of itself: each at its very edge."""

from datetime import date
from fractions import Fraction

import msgspec
import pytest

from novigem.challenges.completion import bonus_entry
from novigem.challenges.goals import Contribution, Measure, Move, contribution, recount
from novigem.challenges.lifecycle import gate
from novigem.challenges.streaks import StreakPeriods
from novigem.challenges.targets import share_of_time
from novigem.challenges.team_goals import TeamGoals
from novigem.model.entry import GOAL_UNIT, Entry, EntryKind, Progress, ProgressKey
from novigem.model.people import Block
from novigem.model.program import Goal
from novigem.model.roster import Roster
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
    (_label, starts, ends), (_name, opens, closes) = found.program, found.doors[0].open
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


def of_teams(credit: str) -> TeamGoals:
    goal = {"target": 2, "credit": credit, "bonus": 4, "badge": "badge-1"}
    return TeamGoals(
        make_program(
            {"challenge": "challenge-1"},
            challenges=[{"type": "recurring", "cadence": "weekly", "team_goal": goal}],
            badges=[{}],
            teams=[{"id": "north", "name": "North", "role": ["CSM"]}],
        )
    )


def test_a_completion_credits_whoever_added_anything_up_to_its_very_moment() -> None:
    goals = of_teams("who_contributed")
    row = Progress("test", "team/challenge-1", "", "north", 2, 2, 2, 1, 9, 5)
    added = [(1, 1, 5), (2, 0, 4), (3, GOAL_UNIT, 6), (4, -1, 3)]
    standing = [
        msgspec.structs.replace(entry(user, None, at), user=make_id("005", user), goal_value=value)
        for user, value, at in added
    ]
    everybody = Roster(goals.program, [], [])
    assert goals.credited(row, standing, everybody) == {make_id("005", 1)}
    assert goals.credited(msgspec.structs.replace(row, completed=None), standing, everybody) == set()
    assert goals.credited(None, standing, everybody) == set()
    asks = [goals.asks_who_contributed(one) for one in (row, msgspec.structs.replace(row, completed=None), None)]
    assert asks == [True, False, False]
    assert of_teams("each").asks_who_contributed(row) is False


@pytest.mark.parametrize(("period", "of_bonus", "in_key"), [("week:2026-01-05",) * 3, ("", None, "-")])
def test_what_a_team_completes_is_given_for_its_period(period: str, of_bonus: str | None, in_key: str) -> None:
    goals = of_teams("each")
    row = Progress("test", "team/challenge-1", period, "north", 2, 2, 2, 1, 9, 5)
    badge, bonus = goals.badge(row, USER), goals.bonus(row, USER)
    assert badge is not None
    assert bonus is not None
    assert (badge.period, badge.challenge, badge.awarded, badge.user) == (period, "team/challenge-1/north", 5, USER)
    assert (bonus.period, bonus.points, bonus.occurred) == (of_bonus, 4, 5)
    assert bonus.key.endswith(f"challenge-1/{in_key}/north/{USER}")
    open_row = msgspec.structs.replace(row, completed=None)
    assert (goals.badge(open_row, USER), goals.bonus(open_row, USER)) == (None, None)


def test_a_day_of_a_streak_counts_with_its_last_award_and_not_before() -> None:
    program = make_program()
    goal = Goal(streak="working day", target=1, at_least=3)
    measure = Measure(goal, GOAL_UNIT, StreakPeriods(program.calendar, WorkingDays(program.working_time), None))
    key = ProgressKey("test", "challenge-1", "", USER)
    standing = [entry(n, "day:2026-01-07") for n in (1, 2, 3, 4)]
    found = [recount(key, measure, standing[:count]) for count in (2, 3, 4)]
    assert [(one.value, one.completed) for one in found if one] == [(0, None), (GOAL_UNIT, 3), (GOAL_UNIT, 3)]
