"""Small words of the model where one more or one less makes another answer."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from novigem.errors import InputError
from novigem.model.change import MAX_BRACKETS, change_body, read_change_body
from novigem.model.claim import fact_of
from novigem.model.closing import FinalRow, body_digest, head_of, read_standings
from novigem.model.people import is_same
from novigem.model.periods import Calendar
from novigem.model.program import Adjustments
from novigem.model.redaction import Redactor, suppressions_of
from novigem.model.subject import badge_row, subject_of, team_badge_row, team_row
from novigem.testing import make_change, make_id, make_person
from novigem.testing.contract.samples import sample_closing


@pytest.mark.parametrize(
    ("key", "fact"),
    [
        ("p/rule/006", "p/rule/006"),
        ("p/rule/006/part-1", "p/rule/006"),
        ("p/rule/006/former", "p/rule/006"),
        ("p/part-1/006", "p/part-1/006"),
        ("part-1", "part-1"),
        ("part-1/rule/006", "part-1/rule/006"),
        ("p/rule/006former", "p/rule/006former"),
    ],
)
def test_a_key_is_its_fact_less_the_name_of_a_part(key: str, fact: str) -> None:
    assert fact_of(key) == fact


def test_a_second_person_is_needed_above_the_limit_and_not_at_it() -> None:
    limits = Adjustments(second_approver=True, above=25)
    assert [limits.needs_second(points) for points in (25, 26, -25, -26)] == [False, True, False, True]
    assert Adjustments(second_approver=True).needs_second(1)
    assert not Adjustments(above=0).needs_second(10**6)


def nested(depth: int, opening: str = "[") -> Any:
    value: Any = 1
    for _level in range(depth):
        value = [value] if opening == "[" else {"a": value}
    return value


@pytest.mark.parametrize("opening", ["[", "{"])
def test_values_nest_as_deep_as_we_allow_and_no_deeper(opening: str) -> None:
    # The change itself and its `new` are two levels.
    allowed = make_change(Deep__c=nested(MAX_BRACKETS - 2, opening))
    assert read_change_body(change_body(allowed)) == allowed
    with pytest.raises(InputError, match=f"more than {MAX_BRACKETS} deep"):
        change_body(make_change(Deep__c=nested(MAX_BRACKETS - 1, opening)))
    # Many brackets side by side, or inside of a text, are not deep.
    flat = make_change(Flat__c=[[]] * 200, Text__c='[{"' * 200, Escaped__c='"\\"[' * 200)
    assert read_change_body(change_body(flat)) == flat


def test_half_a_character_is_replaced_in_every_text_of_a_change() -> None:
    change = make_change("update", old={"Name": "old \ud83d", "Kept": 1}, Name="new \ud83d", Kept=2)
    kept = read_change_body(change_body(change))
    assert (kept.new["Name"], kept.new["Kept"], kept.old) == ("new \ufffd", 2, {"Name": "old \ufffd", "Kept": 1})
    assert (kept.object, kept.id) == (change.object, change.id)


def test_a_moment_is_kept_in_utc_whatever_offset_it_was_told_with() -> None:
    told = make_change(at="2026-01-07T13:30:00+01:30")
    assert (told.at, told.at.tzinfo) == (datetime(2026, 1, 7, 12, tzinfo=UTC), UTC)
    assert change_body(told) == change_body(make_change(at="2026-01-07T12:00:00Z"))


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("week:2026-01-05", date(2026, 1, 5), date(2026, 1, 11)),
        ("week:2026-01-11", date(2026, 1, 5), date(2026, 1, 11)),
        ("month:2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("month:2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("quarter:2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("quarter:2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_label_says_its_first_and_its_last_day(label: str, first: date, last: date) -> None:
    assert Calendar(ZoneInfo("America/New_York")).days_of(label) == (first, last)


def test_a_closing_holds_what_it_seals_and_its_columns_say_the_same() -> None:
    closing = sample_closing(1, rows=(FinalRow(rank=1, user=make_id("005", 1), points=3, entries=1),))
    final = read_standings(closing)
    assert (final.rows[0].points, final.firsts) == (3, [final.rows[0]])
    assert (head_of(final), body_digest(closing.body)) == (tuple(closing)[:-2], closing.digest)


def test_two_texts_are_one_person_only_where_both_name_the_same() -> None:
    ann, ben = make_person(1, name="Ann Lee", email="ann@acme.example"), make_person(2, name="Ben", email="b@b.example")
    assert is_same("ann  LEE", "Ann Lee", [])
    assert is_same("ANN@acme.example", "Ann Lee", [ben, ann])
    assert is_same(make_id("005", 1)[:15], "Ann Lee", [ann])
    assert not is_same("Ann Lee", "Ben", [ann, ben])
    assert not is_same("Zoe", "Ben", [ann, ben])


def test_what_a_row_is_about_is_read_back_from_its_text() -> None:
    assert [subject_of(text).kind for text in ("deals", "", badge_row("gold"), team_row("deals"))] == [
        "challenge",
        "nothing",
        "badge",
        "team",
    ]
    assert (badge_row("gold"), team_row("deals"), team_badge_row("deals", "north")) == (
        "badge/gold",
        "team/deals",
        "team/deals/north",
    )
    assert (subject_of("team/deals/north").id, subject_of("team/deals/north").team) == ("deals", "north")
    assert all(subject_of(text).text == text for text in ("deals", "", "badge/gold", "team/deals", "team/deals/north"))


def test_the_digests_by_which_an_erased_person_is_known_never_change() -> None:
    """Those that a database keeps must go on to be met."""
    found = suppressions_of(bytes(32), make_id("005", 9), make_id("005", 1), ("Ann Lee", "Ann@acme.example"))
    assert {one.mark.hex(): one.words for one in found} == {
        "679ef08e6531582c9f126287715dfc5d": 0,
        "6c427cdd67e8d931a772c601cdf6acd4": 2,
        "f65d563ac6e5cdf13d25b4a62333ee95": 0,
    }


def test_a_name_is_redacted_in_lists_too_and_beside_half_a_character() -> None:
    user = make_id("005", 9)
    found = suppressions_of(bytes(32), user, make_id("005", 1), ("Ann Lee",))
    redactor = Redactor(bytes(32), {one.mark: one for one in found})
    assert redactor.value(["Ann Lee", "other"]) == [redactor.value("Ann Lee"), "other"]
    assert redactor.value("Ann Lee") != "Ann Lee"
    untouched = ["other"]
    assert redactor.value(untouched) is untouched
    assert "Ann" not in redactor.text("half \ud83d of Ann Lee")
