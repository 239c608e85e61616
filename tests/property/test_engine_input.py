"""No record text makes the engine raise anything but errors of ours, nor lose a change."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.engine.engine import Engine
from novigem.errors import InputError, StoreError
from novigem.feed.source import Page, Rejected
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import MAX_BRACKETS, Change
from novigem.model.people import Person
from novigem.testing import make_change, make_id, make_program
from tests.property.runs import fresh_sqlite
from tests.property.strategies_engine import RECORDS, USERS

ZONES = ("America/New_York", "Pacific/Apia", "Pacific/Pago_Pago")
PROGRAMS = [
    make_program(
        {"challenge": "goal", "trigger": trigger, "once_per": "change"},
        {
            "trigger": trigger,
            "once_per": "account and week",
            "when": {"Amount": {"greaterThan": 1}, "X": {"notEquals": "a"}},
        },
        {"trigger": trigger, "award_points_to": "Helper__c", "when": {"CloseDate": {"within": {"from_days": 1}}}},
        {"trigger": trigger, "when": {"X": {"matches": "*0?*"}}},
        *([{"trigger": "update", "when": {"Amount": {"increasedBy": 0.5}}}] if trigger == "update" else []),
        program=f"{trigger}-{number}",
        timezone=zone,
        challenges=[{"id": "goal", "type": "recurring", "cadence": "weekly", "goal": goal | {"target": 2}}],
        leaderboards=[{"ties": ["distinct_accounts"]}],
    )
    for number, (zone, goal) in enumerate(
        zip(ZONES, ({"sum": "Amount"}, {"distinct": "X"}, {"points": "rules"}), strict=True)
    )
    for trigger in ("create", "update")
]

texts = st.text(st.characters(), max_size=6) | st.sampled_from(["\ud83d", "\x00", "0001-01-01T00:00:00Z", "9999-12-31"])
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from([10**400, 2**63, USERS[0], "005"])
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=4
)
FIELDS = ("OwnerId", "AccountId", "Amount", "X", "CloseDate", "Helper__c", "CreatedById")
records = st.dictionaries(st.sampled_from(FIELDS), values, max_size=5)
moments = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(2026, 1, 5, tzinfo=UTC)]
)
changes = st.builds(
    Change,
    object=st.just("Opportunity"),
    id=st.sampled_from(RECORDS["Opportunity"]),
    kind=st.sampled_from(["create", "update", "update", "delete", "merge"]),
    at=moments,
    new=records.map(lambda fields: {"OwnerId": USERS[0], **fields}),
    old=st.none() | records,
    by=st.sampled_from([None, USERS[0]]),
    seq=st.sampled_from([0, 2**63 - 1, -(2**63)]),
)
people = st.lists(
    st.builds(Person, id=st.sampled_from(USERS), name=st.none() | texts, role=st.none() | texts, active=st.booleans()),
    max_size=2,
)


def apply(store: Store, page: Page) -> None:
    engine = Engine(store, PROGRAMS)
    report = engine.apply(page)
    assert report.changes == len(page.changes)
    kept = list(store.changes())
    assert len(kept) == report.new_changes
    # What was logged is read back, and means the same thing the second time.
    again = engine.apply([change for _logged, change in kept])
    assert (again.new_changes, again.entries) == (0, 0)


@given(st.lists(changes, max_size=4), people)
def test_any_value_in_any_field_is_taken_in(rows: list[Change], told: list[Person]) -> None:
    page = Page(rows, told, [Rejected("line 1", "why \ud800", "raw \x00")])
    apply(MemoryStore(), page)
    with fresh_sqlite() as store:
        apply(store, page)


@pytest.mark.parametrize("value", [object(), 1j, {1, "a"}, {1: 2}], ids=["object", "complex", "set", "keys"])
def test_values_that_json_cannot_hold_are_refused_as_input(value: Any) -> None:
    store = MemoryStore()
    with pytest.raises(InputError, match=make_id("006", 2)):
        Engine(store, PROGRAMS).apply([make_change(), make_change(X=value, record=2)])
    assert list(store.changes()) == []


def nested(levels: int) -> Any:
    value: Any = 1
    for _level in range(levels):
        value = [value]
    return value


# The change around a value is two levels more.
@pytest.mark.parametrize("levels", [MAX_BRACKETS - 1, 3000, 1_000_000])
def test_values_nested_without_end_are_refused_as_input(levels: int) -> None:
    with pytest.raises(InputError, match="values that JSON can hold"):
        Engine(MemoryStore(), PROGRAMS).apply([make_change(X=nested(levels))])


def test_values_are_kept_as_deep_as_a_line_may_nest_them() -> None:
    with fresh_sqlite() as store:
        Engine(store, PROGRAMS).apply([make_change(X=nested(MAX_BRACKETS - 2))])
        assert [change.new["X"] for _logged, change in store.changes()] == [nested(MAX_BRACKETS - 2)]


def test_half_a_character_counts_as_one_thing() -> None:
    """Salesforce cuts text by UTF-16 units; half an emoji must neither stop the run nor change from run to run."""
    program = make_program({"challenge": "c"}, challenges=[{"id": "c", "goal": {"distinct": "X", "target": 2}}])
    with fresh_sqlite() as store:
        for _time in range(2):
            Engine(store, [program]).apply([make_change(record=n, X="cut \ud83d") for n in (1, 2)])
        assert [row.value for row in store.progress_rows()] == [1_000_000]
        assert [change.new["X"] for _logged, change in store.changes()] == ["cut \N{REPLACEMENT CHARACTER}"] * 2


def test_numbers_beyond_64_bits_are_an_error_of_the_store() -> None:
    with fresh_sqlite() as store:
        with pytest.raises(StoreError, match="does not fit"):
            Engine(store, PROGRAMS).apply([make_change(seq=2**70)])
        assert store.entry_count() == 0
