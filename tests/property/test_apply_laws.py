"""The laws of changing a running program: what stands follows from the changes and from which version was in force when.

The engine meets the edits between pages in any order; a fresh store is told the same order of versions beforehand, and
given all changes at once. Both have to end in the same place, down to progress, badges and totals.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.apply import From, Wish, apply_program
from novigem.doctor import examine
from novigem.engine import Engine
from novigem.errors import InputError, StoreError
from novigem.leaderboards.books import standing_entries
from novigem.ledger.memory import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change, to_micros
from novigem.model.entry import Entry
from novigem.model.program import Program
from tests.property.runs import FRESH, cut, state, tell_people
from tests.property.strategies_engine import STARTS, Digits, numbers, scattered
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program
from tests.property.strategies_season import rule as season_rule
from tests.property.test_engine_laws import some

DAYS = (0, 1, 2, 3, 8, 14)


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
    what = digits.pick(["points", "points", "rule", "rule", "remove", "add", "bonus", "target", "status"])
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


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw pages in any order, and up to three edits between them."""
    number, *more = scattered(draw(numbers), 40)
    program = season_program(number, more[:3], more[3:5])
    changes = [season_change(one, program.timezone) for one in more[5 : 5 + draw(st.integers(6, 24))]]
    pages = cut(draw(st.permutations(changes)), draw(st.integers(1, 9)))
    edits, newest = {}, program
    for one in scattered(draw(numbers), draw(st.integers(1, 3))):
        digits = Digits(one)
        place = digits.pick(range(len(pages)))
        rescore = digits.pick([True, False])
        effective: From = digits.pick([*(STARTS + timedelta(days=day) for day in DAYS), "start"])
        newest = edited(newest, digits.pick(range(1 << 50)))
        edits[place] = Edit(newest, effective, rescore)
    return Story(program, pages, edits)


def a_time_before(edit: Edit) -> datetime:
    """Give a clock by which the day of an edit is yet to come."""
    del edit
    return datetime(2026, 1, 1, tzinfo=UTC)


def tell(store: Store, story: Story) -> tuple[Program, int]:
    """Play a story; gives the program in use at its end, and how many edits were made."""
    program, made = story.program, 0
    for number, page in enumerate(story.pages):
        Engine(store, [program], clock=lambda: datetime(2026, 6, 1, tzinfo=UTC)).apply(page)
        edit = story.edits.get(number)
        if edit is None:
            continue
        try:
            wish = Wish(edit.program, edit.effective, rescore=edit.rescore, author="Kim")
            apply_program(store, wish, now=a_time_before(edit))
        except InputError:
            continue
        program, made = edit.program, made + 1
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
    entries, progress, badges, totals = state(store)
    return [msgspec.structs.replace(one, version="", reason=None) for one in entries], progress, totals


@pytest.mark.parametrize(("kind", "share"), [("memory", 1), ("sqlite", 4)])
def test_what_stands_follows_from_the_changes_and_the_order_of_versions(kind: str, share: int) -> None:
    @some(share)
    @given(story=stories())
    def check(story: Story) -> None:
        with FRESH[kind]() as store:
            tell_people(store)
            program, _made = tell(store, story)
            assert what_stands(store) == what_stands(played_at_once(store, program))
            known = {(one.program, one.version) for one in store.programs()}
            assert {(one.program, one.version) for one in store.entries()} <= known

    check()
