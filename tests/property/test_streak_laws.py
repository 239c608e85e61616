"""Streaks, steps of badges and own targets, held against a count that a child could make."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter
from novigem.model.change import Change, from_micros
from novigem.model.entry import GOAL_UNIT, Entry, EntryKind
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_person, make_program
from tests.property.runs import feed, state
from tests.property.strategies_engine import pages_of

ANNA, BEN = make_id("005", 1), make_id("005", 2)
# Each example is a season of its own: half as many as elsewhere find what there is.
FEWER = settings(max_examples=max(1, settings.default.max_examples // 2))
FIRST = date(2026, 1, 5)  # a Monday
# New York keeps Martin Luther King's day on January 19, Bavaria keeps Epiphany on January 6; Anna is away for two days.
HOLIDAYS = {ANNA: {date(2026, 1, 6)}, BEN: {date(2026, 1, 1), date(2026, 1, 19)}}
# The company works on a Saturday, and is closed on a Wednesday and for half of the day after it.
WORKED, CLOSED, HALF = date(2026, 1, 17), date(2026, 1, 21), date(2026, 1, 22)
# It is mostly another day for Ben than for the program.
CLOCKS = {ANNA: ZoneInfo("UTC"), BEN: ZoneInfo("Pacific/Auckland")}
AWAY = {ANNA: {date(2026, 1, 14), date(2026, 1, 15)}, BEN: set[date]()}


@lru_cache
def season(streak: str, target: int, at_least: int) -> Program:
    """Give a program with a streak that gives a bonus and a badge, and badges of their own.

    The first edit of each record pays, Anna or Ben.
    """
    goal = {"streak": streak, "target": target, "at_least": at_least}
    return make_program(
        {"trigger": "update", "when": {"Stage": {"isChanged": True}}, "challenge": "challenge-1", "points": 5},
        challenges=[{"goal": goal, "completion": {"bonus": 50, "badge": "badge-1"}}],
        badges=[
            {},
            {"earned_by": dict(goal)},
            {
                "earned_by": {"points": "rules"},
                "tiers": [{"id": "low", "at": 10}, {"id": "high", "at": 25}],
            },
        ],
        starts="2026-01-05",
        weeks=5,
        working_time={
            "holidays": {"country": "US", "subdivision": "NY"},
            "days_off": [CLOSED],
            "half_days": [HALF],
            "work_days": [WORKED],
        },
        people=[
            {
                "user": "Anna@Acme.example",
                "holidays": {"country": "DE", "subdivision": "BY"},
                "leave": [{"from": date(2026, 1, 14), "to": date(2026, 1, 15)}],
            }
        ],
    )


@st.composite
def edits(draw: st.DrawFn) -> list[Change]:
    """Draw edits of a few records, so that an earlier edit often takes an award away from a later day or person."""
    drawn = draw(
        st.lists(
            st.tuples(st.integers(1, 14), st.integers(0, 30), st.integers(0, 23), st.integers(1, 2)),
            min_size=1,
            max_size=16,
            unique=True,
        )
    )
    return [
        make_change(
            "update",
            record=record,
            at=datetime(2026, 1, 5, hour, tzinfo=UTC) + timedelta(days=day),
            owner=owner,
            old={"Stage": "before"},
            Stage=f"{day}/{hour}",
        )
        for record, day, hour, owner in drawn
    ]


def works(user: str, day: date) -> bool:
    if day in AWAY[user] or day == CLOSED:
        return False
    return day == WORKED or (day.weekday() < 5 and day not in HOLIDAYS[user])


def _day(award: Entry) -> date:
    return from_micros(award.occurred).astimezone(CLOCKS[award.user]).date()


def plain_runs(user: str, awards: list[Entry], streak: str, at_least: int) -> tuple[int, dict[int, int]]:
    """Count the last run, and the run that each award completed, going through the calendar day by day."""
    end = FIRST + timedelta(days=60)
    periods: list[list[date]] = []
    for number in range((end - FIRST).days):
        day = FIRST + timedelta(days=number)
        starts_anew = streak == "working day" or (day.weekday() == 0 if streak == "week" else day.day == 1)
        if starts_anew or not periods:
            periods.append([])
        periods[-1].append(day)
    lived = [one for one in periods if any(works(user, day) for day in one)]
    run, last_run, reached = 0, 0, {}
    for period in lived:
        inside = sorted(one.occurred for one in awards if _day(one) in period)
        run = run + 1 if len(inside) >= at_least else 0
        if run:
            last_run = run
            reached[inside[at_least - 1]] = run
    return last_run, reached


@FEWER
@given(
    st.data(), edits(), st.sampled_from(["working day", "week", "month"]), st.integers(1, 3), st.sampled_from([1, 1, 2])
)
def test_a_streak_after_any_order_and_any_corrections_is_a_plain_count(
    data: st.DataObject, changes: list[Change], streak: str, target: int, at_least: int
) -> None:
    # The five weeks touch two months.
    target = min(target, 2) if streak == "month" else target
    program = season(streak, target, at_least)
    store = MemoryStore()
    with store.begin() as transaction:
        ben = replace(make_person(2), timezone="Pacific/Auckland")
        transaction.save_people([make_person(1, email="anna@acme.example"), ben])
    feed(store, program, data.draw(st.permutations(changes).flatmap(pages_of), label="pages"))
    by_user: dict[str, list[Entry]] = defaultdict(list)
    standing = standing_entries(store.entries())
    for entry in standing:
        if entry.kind is EntryKind.RULE:
            by_user[entry.user].append(entry)
    bonuses = {one.user: one.occurred for one in standing if one.kind is EntryKind.BONUS}
    badges: dict[tuple[str, str, str], int] = {(one.badge, one.period, one.user): one.awarded for one in store.badges()}
    expected_badges: dict[tuple[str, str, str], int] = {}
    rows = {row.user: row for row in store.progress_rows(RowFilter(challenge="challenge-1"))}
    assert rows.keys() == by_user.keys()
    for user, awards in by_user.items():
        run, reached = plain_runs(user, awards, streak, at_least)
        completed = min((at for at, length in reached.items() if length >= target), default=None)
        assert (rows[user].value, rows[user].completed) == (run * GOAL_UNIT, completed)
        assert bonuses.get(user) == completed
        if completed is not None:
            expected_badges["badge-1", "", user] = expected_badges["badge-2", "", user] = completed
        moments = sorted(one.occurred for one in awards)
        for tier, points in (("low", 10), ("high", 25)):
            if len(moments) * 5 >= points:
                expected_badges["badge-3", tier, user] = moments[points // 5 - 1]
    assert badges == expected_badges


@FEWER
@given(st.data(), edits())
def test_the_same_edits_in_any_pages_leave_the_same_streaks_badges_and_items(
    data: st.DataObject, changes: list[Change]
) -> None:
    program = season("working day", 3, 1)
    left: list[Any] = []
    for pages in ([changes], data.draw(st.permutations(changes).flatmap(pages_of), label="pages")):
        store = MemoryStore()
        with store.begin() as transaction:
            transaction.save_people([make_person(1, email="anna@acme.example")])
        feed(store, program, pages, restart=True)
        left.append((state(store), {key: n for key, n in store._tables.items.items() if n}))
    assert left[0] == left[1]
