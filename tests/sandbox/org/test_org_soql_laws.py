"""SOQL against plain Python: whatever the query, the same rows in the same order as a loop over all of them gives."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem_sandbox.org import Clock, Refusal, SampleOrg

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
STAGES = ["Prospecting", "Qualification", "Closed Won", "closed lost", "50%_off"]
DAYS = ["2026-01-01", "2026-02-01", "2026-03-01"]
MOMENTS = [f"2026-01-05T12:00:0{second}.000+0000" for second in range(4)]
AMOUNTS = ["-1.5", "0.0", "10.0", "10.25"]

Row = dict[str, Any]
Test = Callable[[Row], bool]

rows = st.lists(
    st.fixed_dictionaries(
        {"SystemModstamp": st.sampled_from(MOMENTS), "StageName": st.sampled_from(STAGES)},
        optional={
            "Amount": st.sampled_from(AMOUNTS).map(Decimal),
            "CloseDate": st.sampled_from(DAYS),
            "NextStep": st.sampled_from(["Call", "call back", "it's done", "a\\b"]),
            "IsPrivate": st.booleans(),
        },
    ),
    max_size=12,
)


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def same(operator: str, left: Any, right: Any) -> bool:
    """Say what an operator means, in the plainest words."""
    if operator == "=":
        return bool(left == right)
    if operator == "!=":
        return bool(left != right)
    if left is None or right is None:
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def compared(name: str, values: list[str], shown: Callable[[str], str], read: Callable[[str], Any]) -> Any:
    """Make comparisons of a field, as text and as a function."""

    def make(operator: str, value: str) -> tuple[str, Test]:
        return f"{name} {operator} {shown(value)}", lambda row: same(operator, folded(row.get(name)), read(value))

    return st.builds(make, operators, st.sampled_from(values))


def listed(name: str, values: list[str], *, wanted: bool) -> tuple[str, Test]:
    word = "IN" if wanted else "NOT IN"
    low = [value.lower() for value in values]
    text = f"{name} {word} ({', '.join(map(quoted, values))})"
    return text, lambda row: (folded(row.get(name)) in low) == wanted


def moment(stamp: str) -> str:
    return stamp.replace(".000+0000", "Z")


leaves = st.one_of(
    compared("Amount", AMOUNTS, str, Decimal),
    compared("CloseDate", DAYS, str, str),
    compared("SystemModstamp", MOMENTS, moment, str.lower),
    compared("StageName", STAGES, quoted, str.lower),
    compared("NextStep", ["call", "it's done", "a\\b"], quoted, str.lower),
    st.sampled_from([("Amount = null", lambda row: row.get("Amount") is None)]),
    st.sampled_from([("IsPrivate = true", lambda row: bool(row.get("IsPrivate")))]),
    st.sampled_from([("NextStep LIKE 'call%'", lambda row: (row.get("NextStep") or "").lower().startswith("call"))]),
    st.sampled_from([("StageName LIKE '50\\\\%\\\\_%'", lambda row: row["StageName"].startswith("50%_"))]),
    st.builds(
        lambda values, wanted: listed("StageName", values, wanted=wanted),
        st.lists(st.sampled_from(STAGES), min_size=1, max_size=3),
        st.booleans(),
    ),
)


def joined(parts: list[tuple[str, Test]], word: str) -> tuple[str, Test]:
    tests = [test for _text, test in parts]
    fold = all if word == "AND" else any
    return f" {word} ".join(f"({text})" for text, _test in parts), lambda row: fold(test(row) for test in tests)


conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(joined, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["AND", "OR"])),
        inner.map(lambda part: (f"NOT ({part[0]})", lambda row: not part[1](row))),
    ),
    max_leaves=6,
)
orders = st.lists(
    st.tuples(
        st.sampled_from(["Amount", "CloseDate", "StageName", "SystemModstamp", "NextStep"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda one: one[0],
)


def loaded(given_rows: list[Row]) -> tuple[SampleOrg, list[Row]]:
    org = SampleOrg(Clock.at(NOON))
    ids = org.load("Opportunity", given_rows)
    return org, [row | {"Id": record_id} for row, record_id in zip(given_rows, ids, strict=True)]


@settings(max_examples=100, deadline=None)
@given(rows, conditions)
def test_where_keeps_what_a_loop_keeps(given_rows: list[Row], condition: tuple[str, Test]) -> None:
    org, held = loaded(given_rows)
    text, test = condition
    found = [row["Id"] for row in org.query(f"SELECT Id FROM Opportunity WHERE {text}")]
    assert sorted(found) == [row["Id"] for row in held if test(row)]


@settings(max_examples=100, deadline=None)
@given(rows, conditions, orders, st.integers(0, 12), st.integers(0, 5))
def test_order_limit_and_offset_are_those_of_a_sorted_list(
    given_rows: list[Row], condition: tuple[str, Test], order: list[tuple[str, bool, bool]], limit: int, offset: int
) -> None:
    org, held = loaded(given_rows)
    text, test = condition
    expected = [row for row in held if test(row)]
    for name, descending, nulls_last in reversed(order):
        values = [row for row in expected if row.get(name) is not None]
        empty = [row for row in expected if row.get(name) is None]
        values.sort(key=lambda row: folded(row[name]), reverse=False)
        if descending:
            # Rows that tie keep their order also in a descending sort.
            values = [row for value in sorted({folded(r[name]) for r in values}, reverse=True)
                      for row in values if folded(row[name]) == value]  # fmt: skip
        expected = values + empty if nulls_last else empty + values
    steps = [f"{n} {'DESC' if d else 'ASC'} NULLS {'LAST' if last else 'FIRST'}" for n, d, last in order]
    by = f" ORDER BY {', '.join(steps)}" if steps else ""
    soql = f"SELECT Id FROM Opportunity WHERE {text}{by} LIMIT {limit} OFFSET {offset}"
    assert [row["Id"] for row in org.query(soql)] == [row["Id"] for row in expected[offset : offset + limit]]


@settings(max_examples=40, deadline=None)
@given(rows)
def test_groups_add_up_to_the_whole(given_rows: list[Row]) -> None:
    org, held = loaded(given_rows)
    grouped = org.query("SELECT StageName, COUNT(Id) n, SUM(Amount) total FROM Opportunity GROUP BY StageName")
    for group in grouped:
        members = [row for row in held if row["StageName"] == group["StageName"]]
        amounts = [row["Amount"] for row in members if "Amount" in row]
        assert (group["n"], group["total"]) == (len(members), sum(amounts) if amounts else None)
    assert sum(group["n"] for group in grouped) == len(held)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(list("SELECT FROMwhere()'\\,.=<>!0123456789%:-+\n")), max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    org = SampleOrg(Clock.at(NOON))
    for soql in (text, f"SELECT Id FROM Opportunity WHERE {text}", f"SELECT {text} FROM Opportunity"):
        # Nothing but a refusal may come out of it, and a query that is read must give nothing here.
        with suppress(Refusal):
            assert org.query(soql) == []


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Id FROM Opportunity WHERE " + "(" * 5000 + "Id = null" + ")" * 5000,
        "SELECT Id FROM Opportunity WHERE " + "NOT " * 5000 + "Id = null",
        "SELECT Id FROM Opportunity WHERE Name = '" + "x" * 1_000_000 + "'",
        "SELECT " + "Account." * 5000 + "Id FROM Contact",
        "SELECT Id FROM Opportunity LIMIT " + "9" * 5000,
    ],
    ids=["parentheses", "not", "length", "path", "number"],
)
def test_a_hostile_query_is_an_error_and_not_a_hang(org: SampleOrg, soql: str) -> None:
    with pytest.raises(Refusal) as caught:
        org.query(soql)
    assert caught.value.code == "MALFORMED_QUERY"


def test_many_conditions_and_wildcards_are_answered(org: SampleOrg) -> None:
    org.load("Account", [{"Name": "a" * 255}])
    many = " OR ".join(f"Name = 'x{n}'" for n in range(3000))
    assert org.query(f"SELECT Id FROM Account WHERE {many}") == []
    assert org.query("SELECT Id FROM Account WHERE Name LIKE '" + "%a" * 12 + "%b'") == []
