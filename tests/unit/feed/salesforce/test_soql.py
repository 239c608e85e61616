"""The queries that the feed sends: a parser not written here reads them, and no text breaks out of them."""

import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.feed.salesforce import soql
from tests.unit.feed.salesforce.rows import DEAL, LEAD, PLAIN, SECOND, START, schema

WIDE = schema("StageName", "Account.Name", "Owner.Name", useful=("AccountId",))
LEADS = schema("Status", name="Lead")


def parsed(query: str) -> list[Any]:
    with warnings.catch_warnings():
        # An older parser on a newer Python; what it says of itself is not what is tested here.
        warnings.simplefilter("ignore")
        from python_soql_parser import parse  # noqa: PLC0415 - its import warns too

        return list(parse(query))


@pytest.mark.parametrize(
    "query",
    [
        soql.changed_rows(PLAIN, START, START + 60 * SECOND),
        soql.changed_rows(WIDE, START, START + 60 * SECOND, (START + SECOND, DEAL)),
        soql.every_row(WIDE),
        soql.every_row(LEADS, DEAL),
        soql.bulk_rows(LEADS),
        soql.rows_of(PLAIN, [DEAL, DEAL[:15]]),
        soql.every_id(LEADS),
        soql.every_id(PLAIN, DEAL),
        soql.users(None),
        soql.users(START),
        soql.history_rows(PLAIN, [DEAL], START),
    ],
)
def test_another_parser_accepts_what_we_ask(query: str) -> None:
    assert parsed(query)[0] == "select"
    assert parsed(query)[3] == query.split(" FROM ")[1].split(" ", maxsplit=1)[0]


def test_a_restart_goes_on_behind_the_last_row_of_its_second() -> None:
    query = soql.changed_rows(PLAIN, START, START + 60 * SECOND, (START + 5 * SECOND, DEAL))

    assert query.endswith(
        "WHERE SystemModstamp >= 2026-01-05T00:00:00Z AND SystemModstamp < 2026-01-05T00:01:00Z "
        "AND (SystemModstamp > 2026-01-05T00:00:05Z OR (SystemModstamp = 2026-01-05T00:00:05Z "
        f"AND Id > '{DEAL}')) ORDER BY SystemModstamp ASC, Id ASC"
    )


def test_only_what_programs_use_is_selected_beside_the_record_itself() -> None:
    assert soql.bulk_rows(schema("StageName")) == (
        "SELECT Id, IsDeleted, CreatedDate, CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp, StageName "
        "FROM Opportunity"
    )
    assert "MasterRecordId" in soql.bulk_rows(LEADS)
    assert LEAD["fields"]


def test_seconds_are_cut_down_so_that_no_part_of_one_is_left_out() -> None:
    assert soql.moment(START + 999_999) == "2026-01-05T00:00:00Z"


@given(st.text(max_size=40))
def test_no_text_reaches_a_query_that_is_not_an_id(text: str) -> None:
    try:
        query = soql.rows_of(PLAIN, [text])
    except ValueError:
        return
    inside = query.split("Id IN ('")[1].removesuffix("')")
    assert inside.isalnum()
    assert inside.isascii()


@given(st.text(max_size=40))
def test_no_name_reaches_a_query_that_is_not_one(name: str) -> None:
    try:
        query = soql.row_count(name)
    except ValueError:
        return
    assert query == f"SELECT count() FROM {name}"
    assert all(part.isidentifier() and part.isascii() for part in name.split("."))
