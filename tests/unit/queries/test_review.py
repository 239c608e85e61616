"""The figures of a review on small worlds, against values that were counted by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.errors import InputError
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.queries.queries import Queries
from novigem.queries.review import read_review
from novigem.queries.review_types import FigureReview, Reading, Review
from novigem.testing import make_change, make_id, make_person, make_program

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
ANNA, BEN, STRANGER = (
    make_person(n, name=name, role=role)
    for n, name, role in ((1, "Anna", "CSM"), (2, "Ben", "CSM"), (3, "Cy", "Sales"))
)
ACME, BOLT = make_id("001", 1), make_id("001", 2)
#: Two weeks, so that the two weeks before and after are the same length.
DATES = {"starts": "2026-01-12", "ends": date(2026, 1, 25), "participants": {"role": ["CSM"]}}
# So that the log of each object begins before the period before does.
EARLIER = [
    make_change(
        object="Opportunity",
        record=900,
        at="2025-12-01T09:00:00Z",
        owner=3,
        Type="x",
        CloseDate="2025-12-02",
        Amount=1,
        Renewal_Risk__c=None,
        AccountId=BOLT,
    ),
    make_change(
        object="Task",
        record=900,
        at="2025-12-01T09:00:00Z",
        owner=3,
        Type="x",
        ActivityDate="2025-12-02",
        Status="Open",
        AccountId=BOLT,
    ),
]
# And so that it has been read to the end of the period after.
LATER = make_change(object="Contact", record=900, at="2026-02-20T09:00:00Z", owner=3)

SIGNALS = {
    "id": "signals",
    "name": "Signals",
    "kind": "count",
    "object": "Opportunity",
    "where": {"Type": {"equals": "Upgrade"}},
}
DONE = {"Status": {"equals": "Completed"}}
FOLLOW_UPS = {
    "id": "follow-ups",
    "name": "Follow-ups",
    "kind": "rate",
    "object": "Task",
    "where": {"Type": {"equals": "Upsell"}},
    "due": "ActivityDate",
    "done": DONE,
}
RISK = {
    "id": "risk",
    "name": "Risk",
    "kind": "coverage",
    "object": "Opportunity",
    "where": {"Type": {"equals": "Renewal"}},
    "due": "CloseDate",
    "by_days": 60,
    "done": {"Renewal_Risk__c": {"isNotBlank": True, "notEquals": "None"}},
    "looked_at": {"Renewal_Risk__c": {"equals": "None"}},
}
PIPELINE = {
    "id": "pipeline",
    "name": "Pipeline",
    "kind": "influence",
    "object": "Opportunity",
    "where": {"Type": {"equals": "Upgrade"}},
    "by_days": 30,
    "touch": [{"where": DONE}],
}


def review_of(figure: dict[str, Any], *changes: Change, earlier: bool = True, now: datetime = NOW) -> Review:
    """Take in changes, and review a program of one figure."""
    program = make_program({"object": "Case"}, review={"figures": [figure]}, **DATES)
    store = MemoryStore()
    told = [*(EARLIER if earlier else ()), *changes, LATER]
    Engine(store, [program]).apply(Page(tuple(told), (ANNA, BEN, STRANGER)))
    queries = Queries(store, now=now)
    return read_review(queries, queries.program())


def figure_of(figure: dict[str, Any], *changes: Change, **asked: Any) -> FigureReview:
    """Give the one figure."""
    return review_of(figure, *changes, **asked).figures[0]


def during(figure: dict[str, Any], *changes: Change, **asked: Any) -> Reading:
    """Give the figure in the season."""
    return figure_of(figure, *changes, **asked).readings["during"]


def opportunity(record: int, at: str, kind: str = "create", **fields: Any) -> Change:
    """Give a change of an opportunity of Acme that Anna owns."""
    told = {"Type": "Upgrade", "AccountId": ACME, "CloseDate": "2026-06-01", "Amount": 100, "Renewal_Risk__c": None}
    return make_change(kind, object="Opportunity", record=record, at=at, **(told | fields))  # type: ignore[arg-type]


def task(record: int, at: str, kind: str = "create", **fields: Any) -> Change:
    """Give a change of a follow-up for Acme that Anna owns."""
    told = {"Type": "Upsell", "AccountId": ACME, "ActivityDate": "2026-01-15", "Status": "Open"}
    return make_change(kind, object="Task", record=record, at=at, **(told | fields))  # type: ignore[arg-type]


class TestCount:
    """Different records, net of what was taken back."""

    def test_each_opportunity_counts_once_by_the_day_it_was_logged(self) -> None:
        found = figure_of(
            SIGNALS,
            opportunity(1, "2026-01-05T10:00:00Z"),
            opportunity(2, "2026-01-12T00:00:00Z"),
            opportunity(3, "2026-01-25T23:59:59Z"),
            opportunity(3, "2026-01-26T10:00:00Z", "update", old={"Amount": 50}),
            opportunity(4, "2026-01-26T00:00:00Z"),
            opportunity(5, "2026-01-13T10:00:00Z", Type="New"),
        )
        counts = {name: reading.numerator for name, reading in found.readings.items()}
        assert counts == {"before": 1, "during": 2, "after": 1}
        assert found.readings["during"].denominator is None
        assert found.change == 1.0

    def test_what_was_deleted_or_merged_away_does_not_count_unless_it_came_back(self) -> None:
        reading = during(
            SIGNALS,
            *(opportunity(n, "2026-01-13T10:00:00Z") for n in (1, 2, 3)),
            opportunity(1, "2026-01-14T10:00:00Z", "delete"),
            opportunity(2, "2026-01-14T10:00:00Z", "delete"),
            opportunity(2, "2026-01-15T10:00:00Z", "undelete"),
        )
        assert (reading.numerator, reading.beside) == (2, {"deleted": 1})

    def test_records_of_others_stand_beside_it(self) -> None:
        reading = during(
            SIGNALS, opportunity(1, "2026-01-13T10:00:00Z", owner=3), opportunity(2, "2026-01-13T10:00:00Z", owner=2)
        )
        assert (reading.numerator, reading.beside) == (1, {"of-others": 1})

    def test_what_is_not_told_is_unknown_and_has_its_reason(self) -> None:
        untold = make_change(object="Opportunity", record=1, at="2026-01-13T10:00:00Z", owner=1)
        nobody = make_change(object="Opportunity", record=2, at="2026-01-13T10:00:00Z", owner=None, Type="Upgrade")
        reading = during(SIGNALS, untold, nobody)
        assert (reading.numerator, reading.unknown) == (0, {"fields-not-read": 1, "owner-not-known": 1})

    def test_before_is_not_known_where_the_log_begins_later(self) -> None:
        found = figure_of(
            SIGNALS, opportunity(1, "2026-01-05T10:00:00Z"), opportunity(2, "2026-01-13T10:00:00Z"), earlier=False
        )
        assert {name: one.status for name, one in found.readings.items()} == {
            "before": "not known",
            "during": "known",
            "after": "known",
        }
        assert found.change is None
        assert found.known_since == date(2026, 1, 5)

    def test_how_late_signals_are_logged(self) -> None:
        found = review_of(
            SIGNALS,
            opportunity(1, "2026-01-13T10:00:00Z", CloseDate="2026-01-20"),
            opportunity(2, "2026-01-13T10:00:00Z", CloseDate="2026-01-27"),
            opportunity(3, "2026-01-13T10:00:00Z", CloseDate="2026-04-13"),
            opportunity(4, "2026-01-13T10:00:00Z", CloseDate=None),
        )
        assert [tuple(one) for one in found.lateness] == [("signals", 3, 1, 14.0, 14, 1)]


class TestRate:
    """Done by the first due day, of all due."""

    def test_done_by_the_end_of_the_first_due_day(self) -> None:
        found = figure_of(
            FOLLOW_UPS,
            # On the day itself; a day late; never; and two of the week before, one of them done.
            task(1, "2026-01-13T10:00:00Z"),
            task(1, "2026-01-15T23:00:00Z", "update", Status="Completed", old={"Status": "Open"}),
            task(2, "2026-01-13T10:00:00Z"),
            task(2, "2026-01-16T01:00:00Z", "update", Status="Completed", old={"Status": "Open"}),
            task(3, "2026-01-13T10:00:00Z"),
            task(4, "2026-01-05T10:00:00Z", ActivityDate="2026-01-06"),
            task(5, "2026-01-05T10:00:00Z", ActivityDate="2026-01-06"),
            task(
                5,
                "2026-01-06T10:00:00Z",
                "update",
                ActivityDate="2026-01-06",
                Status="Completed",
                old={"Status": "Open"},
            ),
        )
        reading, before = found.readings["during"], found.readings["before"]
        assert (reading.numerator, reading.denominator, reading.beside) == (1, 3, {"done-later": 1})
        assert (before.numerator, before.denominator) == (1, 2)
        assert found.change == pytest.approx(1 / 3 - 1 / 2)

    def test_moving_the_date_does_not_help_and_is_listed_beside(self) -> None:
        reading = during(
            FOLLOW_UPS,
            task(1, "2026-01-13T10:00:00Z"),
            task(1, "2026-01-14T10:00:00Z", "update", ActivityDate="2026-01-22", old={"ActivityDate": "2026-01-15"}),
            task(
                1,
                "2026-01-20T10:00:00Z",
                "update",
                ActivityDate="2026-01-22",
                Status="Completed",
                old={"Status": "Open"},
            ),
        )
        assert (reading.numerator, reading.denominator) == (0, 1)
        assert reading.beside == {"date-moved": 1, "done-later": 1}
        assert reading.cases[0].day == date(2026, 1, 15)

    def test_opened_again_before_the_day_ends_is_not_done(self) -> None:
        reading = during(
            FOLLOW_UPS,
            task(1, "2026-01-13T10:00:00Z"),
            task(1, "2026-01-14T10:00:00Z", "update", Status="Completed", old={"Status": "Open"}),
            task(1, "2026-01-15T10:00:00Z", "update", Status="Open", old={"Status": "Completed"}),
        )
        assert (reading.numerator, reading.denominator) == (0, 1)

    def test_logged_as_done_on_its_day_counts_and_a_day_later_is_not_known(self) -> None:
        reading = during(
            FOLLOW_UPS,
            task(1, "2026-01-15T10:00:00Z", Status="Completed"),
            task(2, "2026-01-16T10:00:00Z", Status="Completed"),
            task(3, "2026-01-16T10:00:00Z"),
        )
        assert (reading.numerator, reading.denominator, reading.unknown) == (1, 2, {"logged-after-its-day": 1})

    def test_a_task_from_before_the_log_has_a_first_day_that_nobody_knows(self) -> None:
        edit = task(1, "2026-01-14T10:00:00Z", "update", Status="Completed", old={"Status": "Open"})
        reading = during(FOLLOW_UPS, edit)
        assert (reading.denominator, reading.unknown, reading.share) == (0, {"first-day-not-known": 1}, None)
        assert reading.bounds == (0.0, 1.0)

    def test_what_is_not_due_yet_is_not_judged(self) -> None:
        reading = during(
            FOLLOW_UPS,
            task(1, "2026-01-13T10:00:00Z"),
            task(2, "2026-01-13T11:00:00Z", ActivityDate="2026-01-13"),
            now=datetime(2026, 1, 14, 9, tzinfo=UTC),
        )
        assert reading.denominator == 1

    def test_deleted_before_its_day_ends_was_not_due(self) -> None:
        reading = during(FOLLOW_UPS, task(1, "2026-01-13T10:00:00Z"), task(1, "2026-01-14T10:00:00Z", "delete"))
        assert (reading.denominator, reading.beside) == (0, {"deleted": 1})

    def test_without_a_due_day_nothing_is_due(self) -> None:
        reading = during(FOLLOW_UPS, task(1, "2026-01-13T10:00:00Z", ActivityDate=None))
        assert (reading.denominator, reading.beside, reading.share) == (0, {"without-a-day": 1}, None)


class TestCoverage:
    """Documented at least sixty days before the date as it then stood."""

    def test_by_the_date_as_it_stood_when_it_was_written_down(self) -> None:
        # 60 days before 20 March is 19 January: all of them had their last good day in the season.
        due = {"Type": "Renewal", "CloseDate": "2026-03-20"}
        reading = during(
            RISK,
            *(opportunity(n, "2026-01-05T10:00:00Z", **due) for n in (1, 2, 3, 4)),
            opportunity(
                1, "2026-01-19T10:00:00Z", "update", **due | {"Renewal_Risk__c": "High"}, old={"Renewal_Risk__c": None}
            ),
            opportunity(
                2, "2026-01-20T10:00:00Z", "update", **due | {"Renewal_Risk__c": "High"}, old={"Renewal_Risk__c": None}
            ),
            opportunity(
                3, "2026-01-12T10:00:00Z", "update", **due | {"Renewal_Risk__c": "None"}, old={"Renewal_Risk__c": None}
            ),
        )
        assert (reading.numerator, reading.denominator) == (1, 4)
        assert reading.beside == {"looked-at": 1, "noted-late": 1}

    def test_moving_the_date_in_the_same_edit_is_no_earlier(self) -> None:
        moved = {"Type": "Renewal", "CloseDate": "2026-03-25", "Renewal_Risk__c": "High"}
        reading = during(
            RISK,
            opportunity(1, "2026-01-05T10:00:00Z", Type="Renewal", CloseDate="2026-02-20"),
            opportunity(
                1, "2026-01-14T10:00:00Z", "update", **moved, old={"CloseDate": "2026-02-20", "Renewal_Risk__c": None}
            ),
        )
        assert (reading.numerator, reading.denominator, reading.beside) == (0, 1, {"date-moved": 1, "noted-late": 1})

    def test_a_risk_that_was_dealt_with_was_documented_all_the_same(self) -> None:
        due = {"Type": "Renewal", "CloseDate": "2026-03-20"}
        reading = during(
            RISK,
            opportunity(1, "2026-01-05T10:00:00Z", **due),
            opportunity(
                1, "2026-01-13T10:00:00Z", "update", **due | {"Renewal_Risk__c": "High"}, old={"Renewal_Risk__c": None}
            ),
            opportunity(1, "2026-01-21T10:00:00Z", "update", **due, old={"Renewal_Risk__c": "High"}),
        )
        assert (reading.numerator, reading.denominator) == (1, 1)

    def test_without_a_renewal_there_is_no_denominator(self) -> None:
        reading = during(RISK, opportunity(1, "2026-01-13T10:00:00Z"))
        assert (reading.denominator, reading.share, reading.bounds) == (0, None, None)


class TestInfluence:
    """Amount with a completed touch on the account in the thirty days before."""

    def test_by_amount_and_by_a_touch_that_stood_then(self) -> None:
        reading = during(
            PIPELINE,
            task(1, "2026-01-02T10:00:00Z", Status="Completed"),
            opportunity(1, "2026-01-20T10:00:00Z", Amount=300),
            opportunity(2, "2026-01-20T10:00:00Z", Amount=100.5, AccountId=BOLT),
            task(2, "2026-01-21T10:00:00Z", Status="Completed", AccountId=BOLT),
        )
        assert [tuple(one) for one in reading.sums] == [(None, Decimal(300), Decimal("400.5"), Decimal(0))]
        assert (reading.numerator, reading.denominator) == (1, 2)

    def test_a_touch_that_was_undone_or_lies_too_far_back_is_none(self) -> None:
        reading = during(
            PIPELINE,
            task(1, "2025-12-10T10:00:00Z", Status="Completed"),
            task(2, "2026-01-10T10:00:00Z", Status="Completed"),
            task(2, "2026-01-11T10:00:00Z", "update", Status="Open", old={"Status": "Completed"}),
            opportunity(1, "2026-01-20T10:00:00Z"),
        )
        assert (reading.numerator, reading.denominator) == (0, 1)

    def test_currencies_are_told_apart(self) -> None:
        reading = during(
            PIPELINE,
            task(1, "2026-01-12T10:00:00Z", Status="Completed"),
            opportunity(1, "2026-01-20T10:00:00Z", CurrencyIsoCode="EUR"),
            opportunity(2, "2026-01-20T10:00:00Z", CurrencyIsoCode="USD", AccountId=BOLT),
        )
        assert [(one.currency, one.numerator, one.denominator) for one in reading.sums] == [
            ("EUR", 100, 100),
            ("USD", 0, 100),
        ]
        assert reading.share is None

    def test_without_amount_account_or_a_log_that_reaches_back_it_is_unknown(self) -> None:
        reading = during(
            PIPELINE,
            task(1, "2026-01-12T10:00:00Z", AccountId=BOLT, owner=3),
            opportunity(1, "2026-01-20T10:00:00Z"),
            opportunity(2, "2026-01-20T10:00:00Z", AccountId=None),
            earlier=False,
        )
        assert reading.unknown == {"no-account": 1, "touches-not-known": 1}
        assert [tuple(one) for one in reading.sums] == [(None, 0, 0, Decimal(200))]

    def test_an_amount_that_is_not_told_is_unknown(self) -> None:
        reading = during(PIPELINE, opportunity(1, "2026-01-20T10:00:00Z", Amount=None))
        assert reading.unknown == {"no-amount": 1}


def test_effort_and_book() -> None:
    program = make_program(review={"figures": [SIGNALS]}, **DATES)
    store = MemoryStore()
    changes = [
        *(opportunity(n, "2026-01-13T10:00:00Z", AccountId=ACME) for n in range(1, 4)),
        opportunity(4, "2026-01-13T10:00:00Z", owner=2, AccountId=ACME),
        opportunity(5, "2026-01-05T10:00:00Z", owner=2, AccountId=BOLT),
    ]
    Engine(store, [program]).apply(Page(tuple(changes), (ANNA, BEN, STRANGER, make_person(4, name="Di", role="CSM"))))
    queries = Queries(store, now=NOW)
    found = read_review(queries, queries.program())
    assert tuple(found.effort) == (3, 2, 4, 1, 3)
    assert found.book is not None
    assert tuple(found.book) == (1, 2, False)
    assert "cannot-earn" in {one.kind for one in found.advice}


def test_a_program_without_a_first_day_has_no_review() -> None:
    store = MemoryStore()
    program = make_program()
    Engine(store, [program]).apply(Page((), ()))
    with pytest.raises(InputError, match="no first day"):
        read_review(Queries(store, now=NOW), program)


def test_an_empty_database_is_told_as_that() -> None:
    store = MemoryStore()
    program = make_program(**DATES)
    Engine(store, [program]).apply(Page((), ()))
    found = read_review(Queries(store, now=NOW), program)
    assert found.read_until is None
    assert {one.status for figure in found.figures for one in figure.readings.values()} <= {"not begun", "not known"}
