"""Columns sent to PostgreSQL as the text of an array arrive as they were, whatever their values look like."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from novigem.ledger.sql.bulk import arrays

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
# Each list is of one kind, as a column is.
COLUMNS = st.one_of(
    st.tuples(st.just("text"), st.lists(TEXTS, min_size=1)),
    st.tuples(st.just("text"), st.lists(st.none() | TEXTS, min_size=1)),
    st.tuples(st.just("bytea"), st.lists(st.binary(), min_size=1)),
    st.tuples(st.just("bigint"), st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1)),
    st.tuples(st.just("boolean"), st.lists(st.booleans(), min_size=1)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=COLUMNS)
@example(column=("text", ["null", "NULL", "", " ", "{}", ",", '"', "\\", '\\"', "a\\", "\n", "\\x41", "\x01"]))
@example(column=("bytea", [b"", b"\\x", b'"']))
def test_a_column_arrives_as_it_was(postgres_engine: Engine, column: tuple[str, list[Any]]) -> None:
    kind, values = column
    query = f"SELECT value FROM unnest(%s::{kind}[]) WITH ORDINALITY AS sent(value, place) ORDER BY place"
    with postgres_engine.connect() as connection:
        found = connection.exec_driver_sql(query, arrays([(value,) for value in values]))
        assert found.scalars().all() == values


def test_a_text_with_nul_never_becomes_two() -> None:
    assert arrays([("a\0b",), ("c",)]) == (["a\0b", "c"],)


@pytest.mark.parametrize("values", [["a", "b"], [1, 2], [b"a", b"b"]])
def test_plain_values_of_one_kind_are_sent_as_one_text(values: list[Any]) -> None:
    (sent,) = arrays([(value,) for value in values])
    assert isinstance(sent, str)
