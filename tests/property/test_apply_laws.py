"""The laws of changing a running program: what stands follows from the changes and from what was in force when.

The engine meets the edits between pages in any order; a fresh store is told the same order of versions beforehand, and
given all changes at once. Both have to end in the same place, down to progress, badges and totals.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.errors import InputError, ProgramError, StoreError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.planning.apply import Applying, From, Wish, apply_program
from novigem.program.dump import dump_program
from novigem.program.load import load_program_text
from tests.property.runs import FRESH, FailingStore, cut, frozen_clock, full_ledger, in_order, state, tell_people
from tests.property.strategies_engine import STARTS, Digits, numbers, scattered
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program
from tests.property.strategies_season import rule as season_rule

DAYS = (0, 1, 2, 8)
# A clock by which every day of the season is yet to come.
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def _in_memory() -> Iterator[None]:
    """Play changes anew in memory: a database for each story would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("novigem.engine.replay.open_store", lambda _url: MemoryStore())
        yield


def few(examples: int) -> settings:
    """Ask for few examples: each plays all changes several times."""
    return settings(max_examples=examples)


class Edit(NamedTuple):
    """A version that somebody applies after some pages."""

    program: Program
    effective: From
    rescore: bool


def edited(program: Program, number: int) -> Program:
    """Read another version: other points, another condition, a rule less or more, another bonus."""
    digits = Digits(number)
    rules = list(program.rules)
    place = digits.pick(range(len(rules)))
    what = digits.pick(
        ["points", "points", "points", "points", "rule", "rule", "remove", "add", "bonus", "target", "status"]
    )
    plain: dict[str, Any] = program.model_dump(by_alias=True, exclude_defaults=True)
    ids = [one["id"] for one in plain.get("challenges", ())]
    if what == "points":
        plain["rules"][place]["points"] = digits.pick([1, 4, 9])
    elif what == "rule":
        plain["rules"] = [*plain["rules"]]
        plain["rules"][place] = season_rule(place, Digits(digits.pick(range(1 << 40)) * 7919 + number), ids)
    elif what == "remove" and len(rules) > 1:
        plain["rules"] = [one for n, one in enumerate(plain["rules"]) if n != place]
    elif what == "add":
        plain["rules"] = [*plain["rules"], season_rule(7, Digits(number // 3), ids)]
    elif what == "bonus" and ids:
        plain["challenges"][0]["completion"] = {"bonus": digits.pick([1, 77])}
    elif what == "target" and ids:
        plain["challenges"][0]["goal"]["target"] = digits.pick([1, 4])
    elif what == "status":
        plain["status"] = "paused"
    return Program.model_validate(plain)


class Story(NamedTuple):
    """A program, its pages, and edits that come after some of them."""

    program: Program
    pages: list[list[Change]]
    edits: dict[int, Edit]


def first_good(build: Callable[[int], Program], seed: int) -> Program:
    """Give the first program that a file could hold: the text of a version that is no more has to be read again."""
    for number in scattered(seed, 200):
        program = build(number)
        try:
            return load_program_text(dump_program(program))
        except ProgramError:
            continue
    raise AssertionError("no program is good")


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw pages that come nearly as they happened or in any order, and up to three edits between them."""
    return story_of(draw(numbers), draw(st.integers(10, 44)), draw(st.integers(1, 3)))


def story_of(seed: int, count: int, most_edits: int) -> Story:
    """Read a story off a number."""
    number, *more = scattered(seed, 60)

    def build(one: int) -> Program:
        parts = scattered(one, 6)
        return season_program(parts[0], parts[1:4], parts[4:6])

    program = first_good(build, number)
    changes = [season_change(one, program.timezone) for one in more[:count]]
    digits = Digits(more[50])
    if digits.pick([True, True, False]):
        late = digits.pick([3, 4, 30])
        changes = [*in_order(one for n, one in enumerate(changes) if n % late), *changes[::late]]
    pages = cut(changes, digits.pick([1, 2, 3, 5, 9]))
    edits, newest = {}, program
    for one in more[51 : 51 + most_edits]:
        choice = Digits(one)
        place = choice.pick(range(len(pages)))
        rescore = choice.pick([True, False, False])
        effective: From = (
            choice.pick(["start", "start", *(STARTS + timedelta(days=day) for day in DAYS)]) if rescore else None
        )
        newest = first_good(partial(edited, newest), choice.pick(range(1 << 40)))
        edits[place] = Edit(newest, effective, rescore)
    return Story(program, pages, edits)


def wished(store: Store, edit: Edit) -> Wish:
    """Give what is asked for: without a day to score anew from, the first day on which nothing has happened yet."""
    effective = edit.effective
    if effective is None:
        zone = edit.program.zone
        last = max((change.at.astimezone(zone).date() for _logged, change in store.changes()), default=STARTS)
        effective = last + timedelta(days=1)
    return Wish(edit.program, effective, rescore=edit.rescore, author="Kim", reason="fairer")


def tell(store: Store, story: Story) -> tuple[Program, list[Applying]]:
    """Play a story; gives the program in use at its end, and the edits that were made."""
    program, made = story.program, []
    for number, page in enumerate(story.pages):
        Engine(store, [program], clock=frozen_clock).apply(page)
        edit = story.edits.get(number)
        if edit is None:
            continue
        try:
            made.append(apply_program(store, wished(store, edit), now=LONG_AGO))
        except ProgramError:
            raise
        except InputError:
            continue
        program = edit.program
    return program, made


def played_at_once(store: Store, program: Program) -> MemoryStore:
    """Give a fresh store with the same order of versions and all changes at once."""
    fresh = MemoryStore()
    tell_people(fresh)
    texts = {(one.program, one.version): one for one in store.programs()}
    with fresh.begin() as transaction:
        for use in store.timeline():
            transaction.use_program(texts[use.program, use.version]._replace(accepted=use.accepted), use)
    Engine(fresh, [program]).apply([change for _logged, change in store.changes()])
    return fresh


def what_stands(store: Store) -> Any:
    """Give what stands; which version paid is left out, and so are badges that the program no longer gives."""
    entries, progress, _badges, totals = state(store)
    return [msgspec.structs.replace(one, version="", reason=None) for one in entries], progress, totals


@pytest.mark.parametrize(("kind", "most"), [("memory", 12), ("sqlite", 4)])
def test_what_stands_follows_from_the_changes_and_the_order_of_versions(kind: str, most: int) -> None:
    @few(most)
    @given(story=stories())
    def check(story: Story) -> None:
        with FRESH[kind]() as store:
            tell_people(store)
            program, _made = tell(store, story)
            assert what_stands(store) == what_stands(played_at_once(store, program))
            known = {(one.program, one.version) for one in store.programs()}
            assert {(one.program, one.version) for one in store.entries()} <= known

    check()


@few(10)
@given(stories(), st.data())
def test_an_edit_leaves_what_it_says_and_twice_is_once(story: Story, data: st.DataObject) -> None:
    store = MemoryStore()
    tell_people(store)
    program, _made = tell(store, story)
    number = data.draw(numbers, label="edit")
    rescore = data.draw(st.booleans(), label="rescore")
    newer = first_good(partial(edited, program), number)
    before = full_ledger(store)
    wish = wished(store, Edit(newer, "start" if rescore else None, rescore))
    try:
        apply_program(store, wish, now=LONG_AGO)
    except InputError:
        assert not rescore
        assert full_ledger(store) == before
        return
    after = full_ledger(store)
    if not rescore:
        assert after == before
    else:
        assert [one for one in after if one in before] == before
        assert what_stands(store) == what_stands(played_at_once(store, newer))
        alone = MemoryStore()
        tell_people(alone)
        Engine(alone, [newer]).apply([change for _logged, change in store.changes()])
        assert what_stands(store) == what_stands(alone)
    assert apply_program(store, wish, now=LONG_AGO).is_nothing
    assert full_ledger(store) == after
    assert [found for _name, found in examine(store, {newer.program: newer}) if found] == []


@few(6)
@given(st.integers(0, 400), st.integers(1, 40))
def test_a_crash_in_the_middle_leaves_what_was_there(seed: int, fail_at: int) -> None:
    story = story_of(seed, 20, 1)
    store = MemoryStore()
    tell_people(store)
    program, _made = tell(store, story)
    newer = first_good(partial(edited, program), seed)
    before = (store.timeline(), store.programs(), full_ledger(store), state(store), list(store.claims(newer.program)))
    breaking = Breaking(store, fail_at)
    try:
        apply_program(breaking, Wish(newer, rescore=True), now=LONG_AGO)
    except StoreError:
        after = store.timeline(), store.programs(), full_ledger(store), state(store), list(store.claims(newer.program))
        assert after == before
    else:
        assert not breaking.failing.failed


class Breaking:
    """A store that reads as another does, and fails at the nth step of writing."""

    def __init__(self, store: MemoryStore, fail_at: int) -> None:
        self._store = store
        self.failing = FailingStore(store, fail_at)
        self.begin = self.failing.begin

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_the_stories_hold_what_the_laws_are_about() -> None:
    """Stories in which nothing is ever applied, or nothing moves, would prove nothing."""
    seen: Counter[str] = Counter()
    for seed in range(14):
        store = MemoryStore()
        tell_people(store)
        for one in tell(store, story_of(seed, 44, 2))[1]:
            seen[one.how] += not one.is_nothing
            seen["moved"] += bool(one.outcome.moves)
    assert seen["dated"] >= 5, seen
    assert seen["scored anew"] >= 3, seen
    assert seen["moved"] >= 1, seen
