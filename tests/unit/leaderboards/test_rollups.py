"""Which sums an entry goes into, at the edges of periods, and what taking an entry back leaves of a sum."""

from datetime import UTC, datetime

import pytest

from novigem.leaderboards.rollups import Rollups, add_entries, rollup_name, standing_entries, sum_entries
from novigem.model.change import to_micros
from novigem.model.entry import Entry, EntryKind, Total
from novigem.testing import make_id, make_program

USER, BOOK = make_id("005", 1), "test:*:all"


def micros(text: str) -> int:
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def entry(number: int, points: int = 10, at: int = 0, **more: object) -> Entry:
    kind = EntryKind.REVERSAL if more.get("reverses") else EntryKind.RULE
    known = {"key": f"key-{number}", "kind": kind, "user": USER, "program": "test", "version": "v"}
    return Entry(**(known | {"number": number, "points": points, "occurred": at or number} | more))  # type: ignore[arg-type]


def back(number: int, of: Entry) -> Entry:
    return entry(number, -of.points, of.occurred, reverses=of.number)


@pytest.mark.parametrize(
    ("moment", "week", "month"),
    [
        ("2026-01-31T23:59:59.999999", "week:2026-01-26", "month:2026-01"),
        ("2026-02-01T00:00:00", "week:2026-01-26", "month:2026-02"),
        ("2026-02-01T23:59:59.999999", "week:2026-01-26", "month:2026-02"),
        ("2026-02-02T00:00:00", "week:2026-02-02", "month:2026-02"),
    ],
)
def test_an_entry_goes_into_the_books_of_its_moment_whatever_was_asked_before(
    moment: str, week: str, month: str
) -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{}],
        leaderboards=[{"period": "month"}, {"scope": {"challenge": "challenge-1"}, "period": "program"}],
    )
    rollups = Rollups(program)
    for before in ("2026-01-26T00:00:00", "2026-02-02T00:00:00", moment):
        books = rollups.of(entry(1, at=micros(before), challenge="challenge-1"))
    assert set(books) == {"test:*:all", f"test:*:{week}", f"test:*:{month}", "test:challenge-1:all"}
    assert set(rollups.of(entry(1, at=micros(moment)))) == {"test:*:all", f"test:*:{week}", f"test:*:{month}"}


def test_what_is_kept_is_what_boards_ask_for_and_the_whole_and_its_weeks() -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{}],
        leaderboards=[
            {"period": "month", "ties": ["fewer_awards"]},
            {"period": "quarter", "ranking": "ordinal", "ties": ["first_to_reach"]},
            {"scope": {"challenge": "challenge-1"}, "period": "program", "ties": ["distinct_accounts"]},
        ],
    )
    rollups = Rollups(program)
    kept = [rollups.keeps(None, one) for one in ("all", "program", "week", "month", "quarter")]
    assert kept == [True] * 5
    assert [rollups.keeps("challenge-1", one) for one in ("all", "program", "week", "month")] == [
        True,
        True,
        False,
        False,
    ]
    assert rollups.keeps("other", "all") is False
    assert rollups.counts_accounts
    assert rollups.chains("test:*:all") == {()}
    assert rollups.chains("test:*:month:2026-01") == {(), ("fewer_awards",)}
    # Numbers that no two share need no count of who shares a place.
    assert rollups.chains("test:*:quarter:2026-Q1") == {()}
    assert rollups.chains("test:challenge-1:all") == {(), ("distinct_accounts",)}
    assert rollup_name("test", None, "all") == BOOK
    assert not Rollups(make_program()).counts_accounts


def test_entries_add_up_one_after_the_other_as_they_do_anew() -> None:
    entries = [entry(1, 10, account="a"), entry(2, 5, account="a"), entry(3, 7, account="b"), entry(4, 1)]
    anew = sum_entries(BOOK, USER, entries, counts_accounts=True)
    assert anew == Total(BOOK, USER, 23, 4, 4, 2)
    assert sum_entries(BOOK, USER, entries, counts_accounts=False).accounts == 0
    first = add_entries(None, BOOK, USER, entries[:2], 1)
    assert first == Total(BOOK, USER, 15, 2, 2, 1)
    assert add_entries(first, BOOK, USER, entries[2:], 1) == anew
    # What happened earlier and comes later moves the moment of the latest back for nobody.
    assert add_entries(anew, BOOK, USER, [entry(5, 2, 3)], 0) == Total(BOOK, USER, 25, 5, 4, 2)


def test_taking_back_the_latest_asks_the_entries_and_any_other_does_not() -> None:
    one, two, three = entry(1), entry(2), entry(3)
    total = add_entries(None, BOOK, USER, [one, two, three], 0)
    assert add_entries(total, BOOK, USER, [back(4, three)], 0) is None
    assert add_entries(total, BOOK, USER, [back(4, two)], 0) == Total(BOOK, USER, 20, 2, 3, 0)
    # A later one in the same breath is the latest then.
    assert add_entries(total, BOOK, USER, [back(4, three), entry(5, 1, 9)], 0) == Total(BOOK, USER, 21, 3, 9, 0)
    assert add_entries(total, BOOK, USER, [back(4, three), entry(5, 1, 3)], 0) == Total(BOOK, USER, 21, 3, 3, 0)
    # What is paid and taken back at once never was the latest.
    paid = entry(5, 4, 9)
    assert add_entries(total, BOOK, USER, [paid, back(6, paid)], 0) == total


def test_a_sum_of_nothing_has_no_moment() -> None:
    one = entry(1)
    total = add_entries(None, BOOK, USER, [one], 0)
    assert add_entries(total, BOOK, USER, [back(2, one)], 0) == Total(BOOK, USER, 0, 0, 0, 0)
    assert sum_entries(BOOK, USER, [], counts_accounts=True) == Total(BOOK, USER, 0, 0, 0, 0)


def test_what_stands_is_neither_taken_back_nor_takes_back() -> None:
    one, two = entry(1), entry(2)
    assert standing_entries([one, two, back(3, one)]) == [two]
    assert standing_entries([one, two]) == [one, two]


def test_a_board_of_teams_counts_no_places_of_people_and_a_challenge_without_a_board_has_no_book() -> None:
    program = make_program(
        {"challenge": "challenge-1"},
        challenges=[{}],
        leaderboards=[
            {"scope": "teams", "period": "month", "ties": ["first_to_reach"]},
            {"period": "week", "ties": ["fewer_awards"]},
        ],
        teams=[{"id": "north", "name": "North", "role": ["CSM"]}],
    )
    rollups = Rollups(program)
    assert rollups.keeps(None, "month")
    assert rollups.chains("test:*:month:2026-01") == {()}
    assert rollups.chains("test:*:week:2026-01-05") == {(), ("fewer_awards",)}
    books = rollups.of(entry(1, at=micros("2026-01-07T12:00:00"), challenge="challenge-1"))
    assert set(books) == {"test:*:all", "test:*:week:2026-01-05", "test:*:month:2026-01"}
