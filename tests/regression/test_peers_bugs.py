"""Bugs of other systems that pay points for work, one test each: what went wrong there must not go wrong here.

They go on in `test_peers_bugs_of_corrections.py`; the numbers are those of the list that they were collected in.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.model.change import from_micros, to_micros
from novigem.model.entry import EntryKind
from novigem.model.people import Block, Person
from novigem.testing import make_change, make_id, make_person, make_program
from tests.regression.beds import ANNA, BEN, CARL, COMPLETED, NOW, WEEKLY, Bed, BedMaker, task, weeks

# 1


def test_a_replay_on_another_weekday_gives_the_same_result(new_bed: BedMaker) -> None:
    """Points of the week went by the day on which the rules ran, so a replay moved them into another week."""
    program = make_program(
        {"challenge": "weekly"},
        challenges=[WEEKLY | {"goal": {"count": "rules", "target": 3}, "completion": {"bonus": 5}}],
        starts="2026-01-05",
        weeks=2,
    )
    rows = [make_change(record=day, at=f"2026-01-{day:02d}T10:00:00Z") for day in range(4, 18)]
    kept = []
    for weekday in range(7):
        bed = new_bed()
        bed.play(program, *rows, clock=lambda day=weekday: datetime(2027, 6, 7 + day, tzinfo=UTC))
        kept.append(bed.kept())
        assert weeks(bed) == {"week:2026-01-05": 7 * 10 + 5, "week:2026-01-12": 6 * 10 + 5}
    assert kept == kept[:1] * 7


# 2


@pytest.fixture
def live_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Move this process to another zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_the_zone_of_the_server_moves_no_award_into_another_week(
    new_bed: BedMaker, live_in: Callable[[str], None]
) -> None:
    """Weeks were cut in the zone of the server: after a move to another region, totals changed."""
    program = make_program(timezone="America/New_York", starts="2026-03-02", weeks=2, leaderboards=[{"period": "week"}])
    rows = [make_change(record=hour, at=datetime(2026, 3, 8, hour, 30, tzinfo=UTC)) for hour in range(24)]
    kept = []
    for zone in ("UTC", "Pacific/Apia", "America/Los_Angeles"):
        live_in(zone)
        bed = new_bed()
        bed.play(program, *rows, make_change(record=99, at="2026-03-09T03:59:59Z"))
        bed.play(program, make_change(record=100, at="2026-03-09T04:00:00Z"))
        (row,) = bed.board(period="week:2026-03-08").rows
        assert (row.points, weeks(bed)) == (250, {"week:2026-03-02": 250, "week:2026-03-09": 10})
        kept.append(bed.kept())
    assert kept == kept[:1] * 3


# 3


@pytest.mark.parametrize("on_undo", ["keep", "reverse"])
def test_completed_reopened_completed_is_one_award_net(any_bed: Bed, on_undo: str) -> None:
    """A task that was reopened and completed again paid each time: ten clicks were ten awards."""
    program = make_program({"object": "Task", "trigger": "update", "when": COMPLETED, "on_undo": on_undo})
    sums = []
    for step in range(5, 14):
        any_bed.play(program, task(step, done=step % 2 == 1))
        sums.append(any_bed.points().get(ANNA, 0))
    reopened = 10 if on_undo == "keep" else 0
    assert sums == [10, reopened] * 4 + [10]
    assert len(any_bed.standing()) == 1


# 4


def test_owner_a_then_b_then_a_is_one_award(bed: Bed) -> None:
    """The user was part of the dedupe key, so a record handed over and back paid three times."""
    program = make_program({"trigger": "update", "when": {"StageName": {"equals": "Won"}}})
    handed = [
        make_change("update", owner=owner, at=f"2026-01-0{day}T09:00:00Z", old={}, StageName="Won")
        for day, owner in ((5, 1), (6, 2), (7, 1))
    ]
    report = bed.play(program, *handed)
    assert bed.paid() == [(ANNA, make_id("006", 1), 10)]
    assert dict(report.blocked) == {("test", "rule-1", Block.DUPLICATE): 2}


# 5


def test_a_record_earns_once_in_each_period_of_a_recurring_challenge_and_never_twice_in_one(bed: Bed) -> None:
    """One record either paid only in the first week for ever, or as often in a week as it was edited."""
    program = make_program({"object": "Task", "trigger": "update", "challenge": "weekly"}, challenges=[WEEKLY])
    for day in (5, 6, 11, 12, 13, 18, 19):
        bed.play(program, task(day, done=True))
    assert [(one.period, one.occurred) for one in bed.standing() if one.kind is EntryKind.RULE] == [
        (f"week:2026-01-{day:02d}", to_micros(datetime(2026, 1, day, 12, tzinfo=UTC))) for day in (5, 12, 19)
    ]


# 6


def test_every_change_delivered_again_pays_nothing(any_bed: Bed) -> None:
    """A queue that delivers at least once paid for each delivery."""
    program = make_program(
        {"object": "Task", "trigger": "update", "once_per": "change", "when": COMPLETED, "on_undo": "reverse"},
        {"cap": {"points": 15}},
        {"object": "Task", "trigger": "update", "once_per": "change"},
    )
    rows = [task(5, done=True), task(6, done=False), *(make_change(record=n) for n in range(3)), task(7, done=True)]
    any_bed.play(program, *rows)
    kept = any_bed.kept()
    for again in (rows, rows[::-1], rows * 2, rows[2:3], rows[1:2], rows[-1:]):
        report = any_bed.play(program, *again, page_size=2)
        assert (report.new_changes, report.entries, report.corrections, report.points) == (0, 0, 0, 0)
        assert any_bed.kept() == kept


# 7


def test_a_score_of_zero_and_a_tie_still_have_a_rank(bed: Bed) -> None:
    """A score of zero counted as no score: whoever tied at zero had no rank, and asking for it failed."""
    program = make_program(
        {"on_undo": "reverse"},
        {"trigger": "update"},
        leaderboards=[{"ranking": "competition"}],
        starts="2026-01-05",
        weeks=1,
    )
    bed.play(program, *(make_change(record=owner, owner=owner) for owner in (1, 2, 3)))
    for user in (ANNA, BEN):
        Manual(Engine(bed.store, [program])).adjust("test", user, -10, reason="given back")
    for how in ("kept sums", "the ledger", "as it was closed"):
        if how == "as it was closed":
            Manual(Engine(bed.store, [program], clock=lambda: NOW)).close_due()
        asked = {"as_of": bed.store.entry_count()} if how == "the ledger" else {}
        assert (bed.board(**asked).status == "final") is (how == "as it was closed")
        ranks = [(row.rank, row.user, row.points) for row in bed.board(**asked).rows]
        assert ranks == [(1, CARL, 10), (2, ANNA, 0), (2, BEN, 0)]
        for user in (ANNA, BEN, CARL):
            assert user in {row.user for row in bed.board(user=user, limit=0, **asked).around}


# 10


def test_a_bonus_for_completing_can_be_won_again_in_the_next_run(bed: Bed) -> None:
    """Who had won the bonus was remembered for ever, so that in the next run of a challenge nobody could win it."""
    program = make_program(
        {"challenge": "weekly"},
        challenges=[WEEKLY | {"goal": {"count": "rules", "target": 2}, "completion": {"bonus": 20, "badge": "fast"}}],
        badges=[{"id": "fast"}],
    )
    for day in (5, 6, 7, 12, 13, 14, 19):
        bed.play(program, make_change(record=day, at=f"2026-01-{day:02d}T12:00:00Z"))
    bonuses = [(one.period, one.points) for one in bed.standing() if one.kind is EntryKind.BONUS]
    assert bonuses == [("week:2026-01-05", 20), ("week:2026-01-12", 20)]
    assert [one.period for one in bed.store.badges()] == ["week:2026-01-05", "week:2026-01-12"]
    bed.play(
        make_program(
            {"challenge": "weekly"},
            challenges=[WEEKLY | {"goal": {"count": "rules", "target": 1}, "completion": {"bonus": 20}}],
            program="next",
        ),
        make_change(record=20, at="2026-01-12T13:00:00Z"),
    )
    won = [(one.program, one.period) for one in bed.standing() if one.kind is EntryKind.BONUS]
    assert won == [("test", "week:2026-01-05"), ("test", "week:2026-01-12"), ("next", "week:2026-01-12")]


# 11


class TestCalendars:
    """A day of 23 or 25 hours, week 53 and a Sunday without anything moved awards, lost them, or broke streaks."""

    def test_a_day_of_another_length_keeps_its_own_awards(self, bed: Bed) -> None:
        program = make_program({"once_per": "day"}, timezone="America/New_York", starts="2026-03-08", ends="2026-03-08")
        edges = ("2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z")
        report = bed.play(program, *(make_change(record=n, owner=n, at=at) for n, at in enumerate(edges)))
        assert bed.paid() == [(make_id("005", n), make_id("006", n), 10) for n in (1, 2)]
        assert dict(report.blocked) == {("test", "rule-1", Block.OUTSIDE_PROGRAM): 2}

    def test_the_long_day_in_autumn_is_one_day(self, bed: Bed) -> None:
        program = make_program({"once_per": "day"}, timezone="America/New_York")
        hours = [datetime(2026, 11, 1, 4, tzinfo=UTC) + timedelta(hours=n) for n in range(26)]
        bed.play(program, *(make_change(record=n, at=at) for n, at in enumerate(hours)))
        assert [from_micros(one.occurred) for one in bed.standing()] == [hours[0], hours[25]]

    def test_week_53_is_one_week_over_the_new_year(self, bed: Bed) -> None:
        program = make_program({"challenge": "weekly"}, challenges=[WEEKLY])
        days = ("2026-12-27", "2026-12-28", "2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04")
        bed.play(program, *(make_change(record=n, at=f"{day}T12:00:00Z") for n, day in enumerate(days)))
        assert weeks(bed) == {"week:2026-12-21": 10, "week:2026-12-28": 40, "week:2027-01-04": 10}
        assert bed.board(period="week:2027-01-02").rows[0].points == 40

    def test_an_empty_sunday_breaks_no_streak_and_shifts_no_week(self, bed: Bed) -> None:
        program = make_program(
            {"challenge": "steady"},
            challenges=[{"id": "steady", "goal": {"streak": "working day", "target": 6}, "completion": {"bonus": 30}}],
        )
        days = (*range(5, 10), 12)
        bed.play(program, *(make_change(record=day, at=f"2026-01-{day:02d}T12:00:00Z") for day in days))
        assert [one.points for one in bed.standing() if one.kind is EntryKind.BONUS] == [30]
        assert weeks(bed) == {"week:2026-01-05": 50, "week:2026-01-12": 40}


# 12


@pytest.mark.parametrize(
    ("owner", "people", "reason"),
    [
        (make_id("005", 3), [make_person(3, active=False)], Block.INACTIVE),
        (make_id("00G", 1), [], Block.QUEUE),
        (make_id("005", 4), [make_person(4, email="Integration@acme.example")], Block.EXCLUDED),
        (None, [], Block.NO_RECIPIENT),
    ],
    ids=["deactivated", "queue", "integration", "nobody"],
)
def test_who_cannot_earn_is_told_with_the_reason_and_holds_nobody_else_up(
    bed: Bed, owner: str | None, people: list[Person], reason: Block
) -> None:
    """One record of a deactivated user or a queue stopped the run, or its points were lost without a word."""
    program = make_program(participants={"exclude": ["integration@acme.example"]})
    report = bed.play(program, make_change(record=1, owner=owner), make_change(record=2), people=people)
    assert bed.paid() == [(ANNA, make_id("006", 2), 10)]
    assert dict(report.blocked) == {("test", "rule-1", reason): 1}
