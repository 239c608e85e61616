"""More bugs of other systems, one test each: limits, sums, badges, orgs and merges."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from novigem.feed.salesforce.cursor import read_cursor
from novigem.feed.salesforce.org import Updated, WindowRefused
from novigem.model.change import to_micros
from novigem.model.entry import EntryKind
from novigem.model.snapshot import Stream
from novigem.testing import make_change, make_id, make_program
from tests.bed.world import World
from tests.golden.orgs import connected_to, served, team_org
from tests.regression.beds import ANNA, BEN, COMPLETED, COMPLETING, WEEKLY, Bed, BedMaker, task

DAY = 86_400


# 13


def test_cap_room_returns_when_a_capped_award_is_taken_back(any_bed: Bed) -> None:
    """What was taken back went on filling the cap, so that honest work afterwards earned nothing."""
    program = make_program(
        {
            "object": "Task",
            "trigger": "update",
            "when": COMPLETED,
            "points": 7,
            "cap": {"points": 10, "per": "week"},
            "on_undo": "reverse",
        }
    )
    first, second, third = (make_id("00T", n) for n in (1, 2, 3))
    for record in (1, 2, 3):
        any_bed.play(program, task(4 + record, done=True, record=record))
    assert any_bed.paid() == [(ANNA, first, 7), (ANNA, second, 3)]
    any_bed.play(program, task(9, done=False, record=2))
    assert any_bed.paid() == [(ANNA, first, 7), (ANNA, third, 3)]
    any_bed.play(program, task(10, done=False, record=1))
    assert any_bed.paid() == [(ANNA, third, 7)]
    any_bed.play(program, task(11, done=True, record=2))
    assert any_bed.paid() == [(ANNA, second, 3), (ANNA, third, 7)]


# 14


def test_the_order_of_changes_inside_one_pull_does_not_matter(new_bed: BedMaker) -> None:
    """Awards went to whichever change was read first, so two pulls of the same rows disagreed."""
    goal = {"goal": {"sum": "Amount", "target": 4}}
    program = make_program(
        {"trigger": "update", "challenge": "weekly", "cap": {"points": 25}, "on_undo": "reverse"},
        {"trigger": "update", "challenge": "plain", "points": 8},
        COMPLETING,
        {"object": "Account", "trigger": "update", "points": 1, "on_undo": "reverse"},
        challenges=[
            WEEKLY | goal | {"completion": {"bonus": 5}},
            WEEKLY | goal | {"id": "plain", "completion": {"bonus": 7}},
        ],
    )
    noon, later = "2026-01-07T12:00:00Z", "2026-01-07T13:00:00Z"
    rows = [
        make_change("update", record=1, owner=1, at=noon, Amount=3),
        make_change("update", record=1, owner=2, at=later, Amount=9),
        # Of one moment: the first reaches the target, the second falls below it again, and gets what the cap has left.
        make_change("update", record=2, owner=1, at=noon, seq=1, Amount=1),
        make_change("update", record=3, owner=1, at=noon, seq=2, Amount=-2),
        task(7, done=True, record=4, at=noon),
        task(7, done=False, record=4, at=later),
        *(
            make_change("update", object="Account", record=n, owner=owner, at=at)
            for n in range(6)
            for owner, at in ((1, noon), (2, later))
        ),
    ]
    kept = []
    for order in (rows[::-1], *(rows[n:] + rows[:n] for n in range(7))):
        bed = new_bed()
        bed.play(program, *order)
        records = [make_id("006", n) for n in (1, 2, 3)]
        capped = zip(records, (10, 10, 5), strict=True)
        due = [*capped, *((one, 8) for one in records), ("", 5), ("", 7), *((make_id("001", n), 1) for n in range(6))]
        assert bed.paid() == sorted((ANNA, record, points) for record, points in due)
        kept.append(bed.kept())
    assert kept == kept[:1] * len(kept)


# 15


def test_the_total_of_a_week_is_the_sum_of_its_ledger_rows(any_bed: Bed) -> None:
    """The weekly score was a counter of its own, which drifted away from what the ledger said."""
    program = make_program(
        {"object": "Task", "trigger": "update", "when": COMPLETED, "on_undo": "reverse", "once_per": "change"},
        {"points": 3},
        timezone="Europe/Berlin",
        leaderboards=[{"period": "week"}],
    )
    sunday_night = "2026-01-11T23:30:00Z"
    any_bed.play(program, task(6, done=True), task(7, done=True, record=2), make_change(at=sunday_night, owner=2))
    any_bed.play(program, task(8, done=False), task(14, done=True), make_change(record=2, at="2026-01-11T22:30:00Z"))
    any_bed.play(program, make_change(record=1, at="2026-01-11T21:00:00Z", owner=1))
    for day, sums in ((5, {ANNA: 16}), (12, {ANNA: 10})):
        start, end = (to_micros(datetime(2026, 1, first, 23, tzinfo=UTC)) for first in (day - 1, day + 6))
        rows: dict[str, int] = {}
        for one in any_bed.store.entries():
            if start <= one.occurred < end:
                rows[one.user] = rows.get(one.user, 0) + one.points
        board = {row.user: row.points for row in any_bed.board(period=f"week:2026-01-{day:02d}").rows}
        assert board == {user: points for user, points in rows.items() if points} == sums


# 16, 17


class TestBadges:
    """Badges and levels outlived the points that they were given for."""

    def test_a_badge_goes_when_its_points_go(self, any_bed: Bed) -> None:
        program = make_program(
            COMPLETING | {"challenge": "two"},
            challenges=[{"id": "two", "goal": {"count": "rules", "target": 2}, "completion": {"badge": "goal"}}],
            badges=[{"id": "goal"}, {"id": "points", "earned_by": {"points": "rules", "target": 20}}],
        )
        any_bed.play(program, task(5, done=True, record=1), task(6, done=True, record=2))
        assert [one.badge for one in any_bed.store.badges()] == ["goal", "points"]
        any_bed.play(program, task(7, done=False, record=2))
        assert any_bed.store.badges() == []
        any_bed.play(program, task(8, done=True, record=3))
        assert [one.badge for one in any_bed.store.badges()] == ["goal", "points"]

    def test_a_level_goes_down_when_its_points_go(self, any_bed: Bed) -> None:
        tiers = [{"id": "bronze", "at": 10}, {"id": "silver", "at": 20}, {"id": "gold", "at": 30}]
        program = make_program(COMPLETING, badges=[{"id": "level", "earned_by": {"points": "rules"}, "tiers": tiers}])
        for record in (1, 2, 3):
            any_bed.play(program, task(4 + record, done=True, record=record))
        assert [one.period for one in any_bed.store.badges()] == ["bronze", "silver", "gold"]
        any_bed.play(program, task(9, done=False, record=1), task(9, done=False, record=3))
        assert [one.period for one in any_bed.store.badges()] == ["bronze"]


# 18


def test_create_rules_honour_their_conditions(bed: Bed) -> None:
    """Rules for new records looked at no condition: every new record paid."""
    program = make_program({"when": {"StageName": {"equals": "Won"}, "Amount": {"greaterThan": 100}}})
    bed.play(
        program,
        make_change(record=1, StageName="Won", Amount=101),
        make_change(record=2, StageName="Open", Amount=101),
        make_change(record=3, StageName="Won", Amount=100),
        make_change(record=4, StageName="Won"),
        make_change(record=5, Amount=101),
    )
    assert bed.paid() == [(ANNA, make_id("006", 1), 10)]


# 19


class TestWhatAnOrgCovers:
    """The next look began at the reader's own clock, and a window too long came back as nothing new."""

    def test_the_next_look_begins_where_the_org_said_it_had_covered(self) -> None:
        world = World()
        world.make(0, 0)
        world.wait(400)
        world.sync()
        asked: list[tuple[datetime, datetime]] = []
        ask = world.direct.updated

        def updated(name: str, start: datetime, end: datetime) -> Updated:
            answer = ask(name, start, end)
            if name == "Opportunity":
                asked.append((start, answer.covered))
            return answer

        world.direct.updated = updated  # type: ignore[method-assign]  # a look over its shoulder
        world.wait(400)
        began = world.clock.now()
        world.edit_late(0, 1)
        for _ in range(3):
            world.wait(300)
            world.sync()
        covered = read_cursor(world.store.position(Stream(world.org.id, "Opportunity").feed)).covered
        assert covered <= to_micros(began), "what was open is not passed over"
        world.commit()
        world.settle()
        for (_start, told), (following, _told) in pairwise(asked):
            assert following <= told
        (change,) = world.logged()[world.records[0][1]]
        assert (change.kind, change.new["StageName"]) == ("update", "Qualification")

    def test_a_window_beyond_30_days_is_refused_and_not_taken_for_nothing(self) -> None:
        with served(team_org()) as running, connected_to(running) as org:
            now = running.org.clock.now()
            running.org.create("Task", Subject="Call")
            for days in (29, 31):
                running.org.clock.set(now + timedelta(days=days))
                if days == 29:
                    assert len(org.updated("Task", now, running.org.clock.now()).ids) == 1
                else:
                    with pytest.raises(WindowRefused, match="INVALID_REPLICATION_DATE"):
                        org.updated("Task", now, running.org.clock.now())

    def test_whoever_was_away_for_longer_misses_nothing(self) -> None:
        world = World()
        for _ in range(3):
            world.make(0, 0)
        world.wait(400)
        world.sync()
        world.wait(400)
        world.edit(0, 1)
        world.wait(40 * DAY)
        world.edit(1, 2)
        world.wait(400)
        report = world.sync()
        assert report.errors == []
        logged = world.logged()
        assert [len(logged.get(record, ())) for _name, record in world.records] == [1, 1, 0]
        world.check_rest()


# 20


@pytest.mark.parametrize("on_undo", ["keep", "reverse"])
@pytest.mark.parametrize("winner_earned", [False, True], ids=["winner without", "winner with"])
def test_of_merged_records_the_loser_keeps_its_award_or_loses_it_and_nobody_is_paid_twice(
    any_bed: Bed,
    on_undo: str,
    winner_earned: bool,  # noqa: FBT001 - a column of the tables above
) -> None:
    """After a merge the awards of the losing record stood under both ids, or were taken back twice."""
    program = make_program({"object": "Lead", "on_undo": on_undo})
    winner, loser = make_id("00Q", 1), make_id("00Q", 2)
    rows = [make_change(object="Lead", record=2, owner=2, at="2026-01-05T12:00:00Z")]
    if winner_earned:
        rows.append(make_change(object="Lead", record=1, owner=1, at="2026-01-05T13:00:00Z"))
    merged = msgspec.structs.replace(
        make_change("merge", object="Lead", record=2, owner=None, at="2026-01-06T12:00:00Z"), into=winner
    )
    any_bed.play(program, *rows)
    for _ in range(2):
        any_bed.play(program, merged)
    kept = [(BEN, loser, 10)] if on_undo == "keep" else []
    assert any_bed.paid() == ([(ANNA, winner, 10)] if winner_earned else []) + kept
    assert any_bed.points() == {user: points for user, _record, points in any_bed.paid()}
    taken_back = [one.record for one in any_bed.store.entries() if one.kind is EntryKind.REVERSAL]
    assert taken_back == ([] if on_undo == "keep" else [loser])
