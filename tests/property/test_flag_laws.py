"""Flags on worlds where everything collides: the same whatever the order, told once, and never in the way."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.audit.flags import Finding, FlagSettings, look
from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.testing import make_change, make_program
from tests.property.strategies_engine import PEOPLE, pages_of, worlds

# Nearly everything is worth a flag, so that there is something to compare.
TOUCHY = FlagSettings(
    bulk_awards=2, bulk_seconds=1_000_000, instant_awards=1, instant_seconds=1_000_000, instant_share=0.01,
    empty_awards=1, empty_share=0.01, toggle_times=1, split_records=2, split_minutes=100_000, split_share=1.0,
    spike_awards=1, spike_days=1, software_awards=1, software_share=0.01, alarm_chance=1.0,
)  # fmt: skip


def flagged(program: Program, given_pages: list[list[Change]]) -> list[Finding]:
    store = MemoryStore()
    engine = Engine(store, [program])
    for page in [[], *given_pages]:
        engine.apply(Page(tuple(page), people=PEOPLE))
    # Numbers of entries follow the order in which they were written.
    return [one.finding._replace(entries=()) for one in look(store, program, settings=TOUCHY).flags]


@settings(max_examples=40)
@given(worlds(), st.data())
def test_flags_do_not_depend_on_order_paging_or_repetition(
    world: tuple[Program, list[Change]], data: st.DataObject
) -> None:
    program, changes = world
    shuffled = data.draw(st.permutations(changes + changes[:5]))
    assert flagged(program, data.draw(pages_of(shuffled))) == flagged(program, [changes])


@settings(max_examples=40)
@given(worlds())
def test_every_flag_names_records_of_the_log_and_what_was_paid_for_them(world: tuple[Program, list[Change]]) -> None:
    program, changes = world
    store = MemoryStore()
    Engine(store, [program]).apply(Page(tuple(changes), people=PEOPLE))
    entries = {one.number: one for one in store.entries()}
    taken_back = {one.reverses for one in entries.values()}
    flags = look(store, program, settings=TOUCHY).flags
    for flag in flags:
        behind = [entries[number] for number in flag.finding.entries]
        assert flag.finding.points == sum(one.points for one in behind)
        assert {one.record for one in behind} <= set(flag.finding.records) <= {change.id for change in changes}
        assert flag.finding.records
        assert not taken_back & {one.number for one in behind}
        assert 1 <= flag.finding.severity <= 100
    assert len({flag.finding.id for flag in flags}) == len(flags)


ANYTHING: Any = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=3))


ODD = make_program({}, {"object": "Task", "trigger": "update"}, starts="2026-01-05", weeks=2)


@settings(max_examples=30)
@given(st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING), min_size=1, max_size=12))
def test_no_value_of_a_field_is_too_odd_for_a_look(values: list[tuple[Any, Any, Any]]) -> None:
    changes = []
    for number, (one, two, three) in enumerate(values):
        fields = {"Amount": one, "StageName": two, "Subject": three, "Status": one, "IsClosed": two, "AccountId": None}
        at = f"2026-01-07T12:{number:02}:00Z"
        changes.append(make_change(record=number, at=at, by=1, new=fields | {"AccountId": "001000000000001AAA"}))
        old = {"Status": three, "IsClosed": one, "StageName": "Closed Won"}
        changes.append(make_change("update", object="Task", record=number, at=at, by=1, new=fields, old=old, seq=1))
    flagged(ODD, [changes])
