"""Values of the API: REST and bulk jobs write them differently, and mean the same."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.feed.salesforce.records import is_copy, read_record
from novigem.feed.salesforce.values import converter, micros, moment_text
from tests.unit.feed.salesforce.rows import ANN, BEN, PLAIN, START, field, row, schema


@pytest.mark.parametrize(
    ("kind", "rest", "bulk", "value"),
    [
        (field("F", "currency", scale=2), 12.0, "12", 12.0),
        (field("F", "currency", scale=2), 1200.5, "1200.50", 1200.5),
        (field("F", "double", scale=2), 0.1 + 0.2, "0.3", 0.3),
        (field("F", "percent"), 10.0, "10.0", 10),
        (field("F", "int"), 0, "0.0", 0),
        (field("F", "boolean"), True, "true", True),
        (field("F", "boolean"), False, "false", False),
        (field("F", "datetime"), "2024-09-24T03:26:07.000+0000", "2024-09-24T03:26:07.000Z", "2024-09-24T03:26:07Z"),
        (
            field("F", "datetime"),
            "2024-09-24T05:26:07.120+0200",
            "2024-09-24T03:26:07.120Z",
            "2024-09-24T03:26:07.120Z",
        ),
        (field("F", "date"), "2024-05-31", "2024-05-31", "2024-05-31"),
        (field("F", "reference"), ANN, ANN[:15], ANN),
    ],
)
def test_both_ways_of_writing_a_value_give_the_same(kind: dict[str, Any], rest: Any, bulk: str, value: Any) -> None:
    convert = converter(kind)
    assert convert is not None

    assert convert(rest) == convert(bulk) == value
    assert type(convert(rest)) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("boolean", "yes"),
        ("int", "1.5"),
        ("int", "many"),
        ("currency", "n/a"),
        ("datetime", "soon"),
        ("date", "1/5/26"),
        ("id", "x"),
    ],
)
def test_what_cannot_be_a_value_is_an_error_with_a_reason(kind: str, text: str) -> None:
    convert = converter(field("F", kind))
    assert convert is not None

    with pytest.raises(ValueError, match=r"\w"):
        convert(text)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_keeps_its_cents_through_both_apis(amount: Any) -> None:
    convert = converter(field("Amount", "currency", scale=2))
    assert convert is not None

    assert convert(float(amount)) == convert(str(amount)) == float(amount)


def test_moments_without_an_offset_are_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        micros("2024-01-01T00:00:00")
    assert micros("2026-01-05T00:00:00.000+0000") == START
    assert moment_text("2026-01-05T02:00:00+02:00") == "2026-01-05T00:00:00Z"


def test_null_and_the_empty_cell_are_the_same_nothing() -> None:
    assert read_record(row(StageName=None), PLAIN).values == read_record(row(StageName=""), PLAIN).values


def test_a_nul_in_a_text_is_dropped_since_databases_refuse_it() -> None:
    assert read_record(row(StageName="A\x00B"), PLAIN).values["StageName"] == "AB"
    assert read_record(row(StageName="\x00"), PLAIN).values["StageName"] is None


def test_a_bulk_row_is_the_same_record_as_its_json() -> None:
    shape = schema("StageName", "Amount", "Account.Name", "IsWon", "Probability")
    rest = row(Account={"Name": "Acme"}, AccountId=None, IsWon=True, Probability=50.0)
    cells = {**{name: rest[name] for name in shape.columns if "." not in name}, "Account.Name": "Acme"}
    text = io.StringIO()
    writer = csv.DictWriter(text, list(cells))
    writer.writeheader()
    writer.writerow({name: str(one).lower() if isinstance(one, bool) else one for name, one in cells.items()})
    bulk = next(csv.DictReader(io.StringIO(text.getvalue().replace(".000+0000", ".000Z"))))

    assert read_record(bulk, shape) == read_record(rest, shape)


def test_a_parent_that_is_not_there_is_nothing() -> None:
    shape = schema("Account.Name")

    assert read_record(row(Account=None, AccountId=None), shape).values == {"Account.Name": None, "AccountId": None}


def test_a_row_without_its_marks_is_an_error() -> None:
    broken = row()
    del broken["SystemModstamp"]

    with pytest.raises(KeyError):
        read_record(broken, PLAIN)


@pytest.mark.parametrize(
    ("told", "copy"),
    [
        ({"IsChild": True}, True),
        ({"IsRecurrence": "true"}, True),
        ({"GroupEventType": "3"}, True),
        ({"IsChild": False, "IsRecurrence": False, "GroupEventType": "1"}, False),
        ({}, False),
    ],
)
def test_invitees_copies_and_patterns_of_series_are_told_apart(told: dict[str, Any], copy: bool) -> None:  # noqa: FBT001 - a table of cases
    assert is_copy(row(LastModifiedById=BEN, **told)) is copy
