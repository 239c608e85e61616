"""A badge that expires and is earned or given anew is valid again, with its history."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.ledger.store import RowFilter
from novigem.model.change import Change, from_micros
from novigem.model.program import Program
from novigem.planning.joins import JoinWish, decide_join
from novigem.queries.holdings import Holding
from novigem.queries.queries import Queries
from novigem.testing import make_change, make_person, make_program
from tests.regression.beds import ANNA, BEN, COMPLETING, NOW, WEEKLY, Bed


def season(*badges: dict[str, Any], **keys: Any) -> Program:
    return make_program(COMPLETING | {"points": 5}, badges=badges, starts="2026-01-05", weeks=50, **keys)


def pro(target: int = 2, days: int = 30, **earned_by: Any) -> Program:
    return season(
        {"id": "pro", "earned_by": {"count": "rules", "target": target} | earned_by, "expires_after_days": days}
    )


def done(at: str, record: int, **told: Any) -> Change:
    values = {"object": "Task", "record": record, "at": f"2026-{at}T12:00:00Z"} | told
    return make_change("update", old={"Status": "Not Started"}, Status="Completed", **values)


def reopened(day: str, record: int) -> Change:
    at = f"2026-{day}T12:00:00Z"
    return make_change("update", object="Task", record=record, at=at, old={"Status": "Completed"}, Status="Not Started")


def tasks(*days: str) -> list[Change]:
    return [done(day, number) for number, day in enumerate(days, start=1)]


def holdings(bed: Bed, badge: str = "pro", user: str | None = None) -> list[Holding]:
    return [one for one in Queries(bed.store, now=NOW).holdings(RowFilter(user=user)) if one.award.badge == badge]


def spans(bed: Bed, badge: str = "pro", user: str | None = None) -> list[str]:
    """Give each holding as `from..until`, by month and day."""
    moments = [(one.award.awarded, one.until or 0) for one in holdings(bed, badge, user)]
    return [f"{from_micros(start):%m-%d}..{from_micros(end):%m-%d}" for start, end in moments]


def doctor(bed: Bed, program: Program) -> list[str]:
    return [name for name, found in examine(bed.store, {"test": program}) if found]


def test_a_badge_that_has_expired_is_earned_anew(any_bed: Bed) -> None:
    program = pro()
    any_bed.play(program, *tasks("01-06", "01-07", "06-01", "06-02", "06-03"))
    assert spans(any_bed) == ["01-07..02-06", "06-02..07-02"]
    assert doctor(any_bed, program) == []


def test_a_badge_that_is_still_valid_is_renewed_by_reaching_the_target_again(any_bed: Bed) -> None:
    any_bed.play(pro(), *tasks("01-06", "01-07", "01-20", "01-30"))
    assert spans(any_bed) == ["01-07..01-30", "01-30..03-01"]
    assert [one.is_renewed for one in holdings(any_bed)] == [True, False]


def test_what_came_before_it_expired_does_not_count_after_it(any_bed: Bed) -> None:
    any_bed.play(pro(), *tasks("01-06", "01-07", "01-20", "06-01"))
    assert spans(any_bed) == ["01-07..02-06"]


def test_a_late_change_and_one_that_is_taken_back_move_the_renewals(any_bed: Bed) -> None:
    program = pro()
    first, second, late, june, last = tasks("01-06", "01-07", "01-08", "06-01", "06-02")
    any_bed.play(program, first, second, june, last)
    any_bed.play(program, late)
    any_bed.play(program, reopened("06-03", 2))
    assert spans(any_bed) == ["01-08..02-07", "06-02..07-02"]
    any_bed.play(program, reopened("06-04", 4), reopened("06-04", 5))
    assert spans(any_bed) == ["01-08..02-07"]
    assert doctor(any_bed, program) == []


def test_tiers_expire_and_are_renewed_each_by_itself(any_bed: Bed) -> None:
    tiers = [{"id": "low", "at": 2}, {"id": "high", "at": 3}]
    program = season({"id": "pro", "earned_by": {"count": "rules"}, "tiers": tiers, "expires_after_days": 30})
    any_bed.play(program, *tasks("01-06", "01-07", "01-08", "06-01", "06-02"))
    assert [(one.award.step, one.award.number) for one in holdings(any_bed)] == [("low", 1), ("high", 1), ("low", 2)]


def test_a_streak_renews_a_badge_with_periods_of_its_own(any_bed: Bed) -> None:
    program = season({"id": "pro", "earned_by": {"streak": "week", "target": 2}, "expires_after_days": 14})
    any_bed.play(program, *tasks("01-05", "01-12", "01-13", "01-19", "01-26", "02-02", "06-01", "06-08"))
    assert spans(any_bed) == ["01-12..01-26", "01-26..02-09", "06-08..06-22"]


def test_the_periods_of_a_renewal_are_those_of_the_persons_own_clock(any_bed: Bed) -> None:
    program = season({"id": "pro", "earned_by": {"streak": "week", "target": 2}, "expires_after_days": 14})
    # Sunday evening in the program is Monday morning in Auckland: the next week.
    at = "2026-01-18T20:00:00Z"
    monday = make_change("update", object="Task", record=3, at=at, old={"Status": "Open"}, Status="Completed")
    changes = [done("01-05", 1), done("01-12", 2), monday, done("01-26", 4)]
    any_bed.play(program, *changes, people=[make_person(1, timezone="Pacific/Auckland")])
    assert spans(any_bed) == ["01-12..01-26", "01-26..02-09"]


def test_a_recurring_challenge_gives_its_badge_again_and_a_one_time_challenge_does_not(any_bed: Bed) -> None:
    rule = COMPLETING | {"points": 5, "challenge": "weekly"}
    once = COMPLETING | {"points": 5, "challenge": "once"}
    goal = {"goal": {"count": "rules", "target": 1}}
    program = make_program(
        rule,
        once,
        challenges=[
            WEEKLY | goal | {"completion": {"badge": "pro"}},
            goal | {"id": "once", "completion": {"badge": "one"}},
        ],
        badges=[{"id": "pro", "expires_after_days": 10}, {"id": "one", "expires_after_days": 10}],
        starts="2026-01-05",
        weeks=50,
    )
    any_bed.play(program, *tasks("01-06", "01-13", "06-01"))
    assert spans(any_bed) == ["01-06..01-16", "01-13..01-23", "06-01..06-11"]
    assert spans(any_bed, "one") == ["01-06..01-16"]


def test_a_badge_given_by_hand_is_given_again_where_it_expires(any_bed: Bed) -> None:
    program = season({"id": "pro", "expires_after_days": 30}, {"id": "ever"})
    moments = [datetime(2026, month, 10, tzinfo=UTC) for month in (1, 6)]
    for moment, again in zip(moments, (True, False), strict=True):
        manual = Manual(Engine(any_bed.store, [program], clock=lambda now=moment: now))
        assert manual.award_badge("test", "pro", ANNA, reason=f"certified in {moment:%B}", author="Ben")
        assert not manual.award_badge("test", "pro", ANNA, reason="a second click")
        assert manual.award_badge("test", "ever", ANNA) is again
    assert spans(any_bed) == ["01-10..02-09", "06-10..07-10"]
    assert [one.award.reason for one in holdings(any_bed)] == ["certified in January", "certified in June"]
    assert doctor(any_bed, program) == []


def test_two_users_of_one_person_hold_what_each_of_them_was_given(any_bed: Bed) -> None:
    program = season({"id": "pro", "expires_after_days": 30}, {"id": "ever"})
    for month, user in ((1, BEN), (3, ANNA), (5, BEN)):
        engine = Engine(any_bed.store, [program], clock=lambda month=month: datetime(2026, month, 10, tzinfo=UTC))
        Manual(engine).award_badge("test", "pro", user)
        Manual(engine).award_badge("test", "ever", user)
    any_bed.play(program, people=[make_person(1), make_person(2)])
    before = any_bed.store.badges()
    decide_join(any_bed.store, JoinWish(BEN, ANNA, "Sam", "a new licence"), now=NOW)
    assert spans(any_bed, user=ANNA) == ["01-10..02-09", "03-10..04-09", "05-10..06-09"]
    assert len(holdings(any_bed, "ever")) == 1
    decide_join(any_bed.store, JoinWish(BEN, None, "Sam", "a mistake"), now=NOW)
    assert any_bed.store.badges() == before


@pytest.mark.parametrize("page_size", [1, 2, 1000])
def test_page_sizes_and_doubles_do_not_move_a_renewal(any_bed: Bed, page_size: int) -> None:
    changes = tasks("01-06", "01-07", "06-01", "06-02", "06-03")
    any_bed.play(pro(), *reversed(changes), page_size=page_size)
    any_bed.play(pro(), *changes, page_size=page_size)
    assert spans(any_bed) == ["01-07..02-06", "06-02..07-02"]
