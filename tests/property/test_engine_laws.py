"""The laws of the engine, on small worlds in which everything collides."""

from collections import Counter, defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.posting.rebuild import derive
from novigem.errors import InputError, StoreError
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change, from_micros
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem.model.ranking import tier_key
from tests.property.runs import (
    FRESH,
    FailingStore,
    ListSource,
    cut,
    feed,
    fresh_sqlite,
    frozen_clock,
    full_ledger,
    in_order,
    state,
    tell_people,
)
from tests.property.strategies_engine import STARTS, USERS, WEEKS, pages_of, worlds

# A database costs more than a dictionary and is held to the same answers elsewhere: a fifth of the examples is enough.
ON_EACH_STORE = pytest.mark.parametrize(("kind", "share"), [("memory", 1), ("sqlite", 5)])


def some(share: int) -> settings:
    """Give settings with a share of the examples of the profile."""
    return settings(max_examples=max(1, settings.default.max_examples // share))


def one_run(program: Program, changes: list[Change]) -> MemoryStore:
    """Run everything in order, in one page: what all other ways are held against."""
    store = MemoryStore()
    tell_people(store)
    feed(store, program, [in_order(changes)])
    return store


@ON_EACH_STORE
def test_any_order_any_pages_any_restarts_and_any_repeats_lead_to_one_state(kind: str, share: int) -> None:
    @some(share)
    @given(st.data(), worlds())
    def check(data: st.DataObject, world: tuple[Program, list[Change]]) -> None:
        program, changes = world
        repeated = changes + data.draw(st.lists(st.sampled_from(changes), max_size=4), label="repeated")
        pages = data.draw(st.permutations(repeated).flatmap(pages_of), label="pages")
        with FRESH[kind]() as store:
            tell_people(store)
            feed(store, program, pages, restart=data.draw(st.booleans(), label="restart"))
            assert state(store) == state(one_run(program, changes))

    check()


@given(worlds(), st.integers(1, 5))
def test_the_same_changes_twice_give_the_same_ledger_as_once(world: tuple[Program, list[Change]], size: int) -> None:
    program, changes = world
    store = one_run(program, changes)
    once, before = list(store.entries()), state(store)
    feed(store, program, cut(in_order(changes), size))
    feed(store, program, [changes[::-1]])
    assert list(store.entries()) == once
    assert state(store) == before


@given(worlds(), st.integers(1, 5))
def test_in_order_the_whole_ledger_is_the_same_for_every_page_size(
    world: tuple[Program, list[Change]], size: int
) -> None:
    program, changes = world
    store = MemoryStore()
    tell_people(store)
    feed(store, program, cut(in_order(changes), size))
    assert full_ledger(store) == full_ledger(one_run(program, changes))
    assert all(entry.kind is not EntryKind.REVERSAL for entry in store.entries())


@given(worlds(), st.data())
def test_the_order_inside_one_page_does_not_matter_to_the_ledger_at_all(
    world: tuple[Program, list[Change]], data: st.DataObject
) -> None:
    program, changes = world
    ledgers = []
    for order in (changes, data.draw(st.permutations(changes))):
        store = MemoryStore()
        tell_people(store)
        feed(store, program, [order])
        ledgers.append(list(store.entries()))
    assert ledgers[0] == ledgers[1]


@ON_EACH_STORE
def test_a_failure_anywhere_followed_by_a_restart_gives_the_uninterrupted_ledger(kind: str, share: int) -> None:
    @some(share)
    @given(world=worlds(most=12), data=st.data())
    def check(world: tuple[Program, list[Change]], data: st.DataObject) -> None:
        program, changes = world
        source = ListSource(data.draw(pages_of(changes), label="pages"))
        with FRESH[kind]() as whole, FRESH[kind]() as broken:
            after = [state(whole)]
            engine = Engine(whole, [program], clock=frozen_clock)
            engine.run(source, observer=lambda _page, _report: after.append(state(whole)))
            feed_name = f"list#{engine.fingerprint}"
            fail_at = data.draw(st.integers(1, 60), label="fail at")
            while True:
                failing = FailingStore(broken, fail_at)
                try:
                    Engine(failing, [program], clock=frozen_clock).run(source)
                except StoreError:
                    assert failing.failed
                    with broken.begin() as transaction:
                        pages_taken_in = int(transaction.position(feed_name) or 0)
                    assert state(broken) == after[pages_taken_in]
                    # A failure at the same place for ever would never end.
                    fail_at += 17
                    continue
                break
            assert list(broken.entries()) == list(whole.entries())
            assert state(broken) == state(whole)
            assert list(broken.changes()) == list(whole.changes())
            with broken.begin() as transaction:
                assert transaction.position(feed_name) == str(len(after) - 1)

    check()


@ON_EACH_STORE
def test_totals_are_the_sums_of_entries_after_every_batch(kind: str, share: int) -> None:
    # Each example holds all sums to the ledger many times over, and so do the seasons in test_season_laws.py.
    @some(2 * share)
    @given(world=worlds(), data=st.data())
    def check(world: tuple[Program, list[Change]], data: st.DataObject) -> None:
        program, changes = world
        pages = data.draw(st.permutations(changes).flatmap(pages_of), label="pages")
        with FRESH[kind]() as store:
            tell_people(store)
            for number, page in enumerate(pages):
                engine = feed(store, program, [page])
                correction = data.draw(st.integers(-5, 5), label="adjustment")
                try:
                    engine = Engine(store, [program], clock=lambda n=number: frozen_clock().replace(microsecond=n))
                    Manual(engine).adjust(program.program, USERS[number % 4], correction, reason="by hand")
                except InputError:
                    assert correction <= 0
                check_totals(store, program)

    check()


def check_places(store: Store, program: Program) -> None:
    """Hold the places counted for each board to the people who take them."""
    places = Counter(
        tier_key(total, ties) for total in store.rollup_totals("") for ties in Rollups(program).chains(total.book)
    )
    assert store.tier_counts("") == dict(places)


def check_totals(store: Store, program: Program) -> None:
    """Hold every kept sum to the plainest sum there is, and every other figure to the rebuild from the ledger."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for entry in store.entries():
        moment = from_micros(entry.occurred).astimezone(ZoneInfo(program.timezone))
        day = moment.date()
        if any(one.timezone for one in program.people):
            # Days of people's own that lie outside count with the first and the last one.
            day = max(STARTS, min(day, STARTS + timedelta(days=7 * WEEKS - 1)))
        # Nothing counts outside the program, so its own period and all time are one.
        assert 0 <= (day - STARTS).days < 7 * WEEKS
        back = (day.weekday() + (1 if program.week_start == "sunday" else 0)) % 7
        week = f"week:{day.fromordinal(day.toordinal() - back)}"
        for label in ("all", week):
            sums[f"{program.program}:*:{label}", entry.user] += entry.points
        if entry.challenge is not None:
            sums[f"{program.program}:{entry.challenge}:{week}", entry.user] += entry.points
    kept = {(total.book, total.user): total.points for total in store.rollup_totals("")}
    assert {key: points for key, points in sums.items() if points} == {key: one for key, one in kept.items() if one}

    check_places(store, program)
    rollups = Rollups(program)
    totals, progress, badges = [], [], []
    for user in store.users(program.program):
        own = [entry for entry in store.entries() if entry.user == user]
        derived = derive(program, rollups, user, own, person=store.people([user]).get(user))
        totals += derived.totals
        progress += derived.progress
        badges += derived.badges
    assert sorted(totals, key=lambda one: (one.book, one.user)) == list(store.rollup_totals(""))
    assert sorted(progress, key=lambda row: row.key) == store.progress_rows()
    assert sorted(badges, key=str) == sorted(store.badges(), key=str)


@given(worlds())
def test_a_fact_never_pays_more_than_its_rule_and_a_reversal_takes_back_exactly_its_entry(
    world: tuple[Program, list[Change]],
) -> None:
    program, changes = world
    store = MemoryStore()
    tell_people(store)
    points = {rule.id: rule.points for rule in program.rules}
    feed(store, program, [[change] for change in changes])
    paid: dict[str, int] = defaultdict(int)
    entries = {entry.number: entry for entry in store.entries()}
    for entry in entries.values():
        if entry.rule is not None:
            paid[entry.key.split("/reversal-")[0]] += entry.points
        if entry.reverses is not None:
            original = entries[entry.reverses]
            assert entry.points + original.points == 0
            assert entry.goal_value + original.goal_value == 0
            same = ("user", "occurred", "program", "rule", "challenge", "period", "record", "account", "change")
            assert [getattr(entry, name) for name in same] == [getattr(original, name) for name in same]
    assert all(total == points[key.split("/")[1]] for key, total in paid.items())


@given(worlds())
def test_the_bonus_of_a_completion_stands_exactly_once(world: tuple[Program, list[Change]]) -> None:
    program, changes = world
    store = MemoryStore()
    tell_people(store)
    feed(store, program, [[change] for change in changes])
    standing, progress, badges, _totals = state(store)
    bonuses = [(one.challenge, one.period or "", one.user) for one in standing if one.kind is EntryKind.BONUS]
    completed = {(row.challenge, row.period, row.user) for row in progress if row.completed is not None}
    gives = {one.id: one.completion for one in program.challenges}
    assert sorted(bonuses) == sorted(key for key in completed if key[0] in gives and gives[key[0]].bonus)
    assert sorted((one.challenge, one.period, one.user) for one in badges) == sorted(
        key for key in completed if key[0] not in gives or gives[key[0]].badge == "good"
    )


@given(worlds(), st.integers(1, 9))
def test_bonuses_and_adjustments_never_move_progress(world: tuple[Program, list[Change]], points: int) -> None:
    program, changes = world
    store = one_run(program, changes)
    before = store.progress_rows()
    Manual(Engine(store, [program], clock=frozen_clock)).adjust(program.program, USERS[0], points, reason="well done")
    assert store.progress_rows() == before
    rows = [row for row in store.progress_rows(RowFilter(program=program.program)) if "/" not in row.challenge]
    counted = [entry for entry in state(store)[0] if entry.kind is EntryKind.RULE and entry.challenge is not None]
    assert sum(row.entries for row in rows) == len(counted)


def test_a_fresh_sqlite_store_is_empty() -> None:
    with fresh_sqlite() as store:
        tell_people(store)
    with fresh_sqlite() as store:
        assert store.everybody() == []
