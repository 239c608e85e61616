"""One law of corrections across versions, for rules that remember nothing, that remember, and that are limited.

What stands after any sequence of versions, rescores, repeats and late changes is what the changes give, each under the
version that was in force for its moment when it was first read. What was accepted without a date never moves by
itself: a change that is read again adds nothing to a rule that has earned before, and takes nothing from any.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.errors import InputError, ProgramError
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change, change_body, change_digest, to_micros
from novigem.model.periods import start_of_day
from novigem.model.program import ALWAYS_START, Program, Rule
from novigem.planning.apply import Wish, apply_program
from novigem.program.load import load_program_text
from novigem.rules.operators import Registry
from tests.property.reference import Scored, claimed, expected_of
from tests.property.runs import FRESH, frozen_clock, in_order, tell_people
from tests.property.strategies_engine import STARTS, Digits, numbers, scattered
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program
from tests.property.test_apply_laws import LONG_AGO, edited, first_good
from tests.property.test_engine_laws import check_totals
from tests.property.test_season_laws import standing

KINDS = ("plain", "remembering", "limited")
_ASIDE = {
    "plain": ("on_undo", "cap", "per_account", "cooldown", "share", "former_owner"),
    "remembering": ("cap", "per_account", "cooldown"),
    "limited": (),
}


@pytest.fixture(autouse=True, scope="module")
def _in_memory() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("novigem.engine.replay.open_store", lambda _url: MemoryStore())
        # Each step reads the same few texts again, which would take most of the time.
        patch.setattr("novigem.engine.versions.load_kept_text", _read)
        yield


@cache
def _read(text: str, name: str, registry: Registry) -> Program:
    return load_program_text(text, name, registry=registry)


def of_kind(kind: str, program: Program) -> Program:
    """Give a program with what a kind of rules does not have left out."""
    plain: dict[str, Any] = program.model_dump(by_alias=True, exclude_defaults=True)
    plain["rules"] = [{key: value for key, value in one.items() if key not in _ASIDE[kind]} for one in plain["rules"]]
    if kind != "limited":
        plain["challenges"] = [
            {key: value for key, value in one.items() if key != "cap"} for one in plain.get("challenges", ())
        ]
    return Program.model_validate(plain)


class Tale:
    """A ledger that lives through versions, and beside it by which version each change is scored."""

    def __init__(self, store: Store, kind: str, number: int) -> None:
        self.store = store
        self._kind = kind
        tell_people(store)
        self.program = first_good(lambda one: self._of(season_program(*self._parts(one))), number)
        #: From when on which version is in force.
        self._spans: list[tuple[int, Program]] = [(ALWAYS_START, self.program)]
        self._gone: set[str] = set()
        self._scored: dict[bytes, tuple[Change, dict[str, tuple[Program, Rule]]]] = {}

    def _of(self, program: Program) -> Program:
        return of_kind(self._kind, program)

    @staticmethod
    def _parts(number: int) -> tuple[int, list[int], list[int]]:
        first, *rest = scattered(number, 6)
        return first, rest[:3], rest[3:5]

    @property
    def fed(self) -> list[Change]:
        """Every change so far."""
        return [change for change, _rules in self._scored.values()]

    def feed(self, page: list[Change]) -> None:
        """Feed a page of changes, new or not."""
        settled = self._settled()
        for change in {_digest(one): one for one in page}.values():
            self._score(change, settled)
        Engine(self.store, [self.program], clock=frozen_clock).apply(page)

    def _score(self, change: Change, settled: set[str]) -> None:
        digest = _digest(change)
        program = self._in_force(change)
        rules = {rule.id: (program, rule) for rule in program.rules}
        if digest in self._scored:
            before = self._scored[digest][1]
            taken = {name for name in rules if digest in claimed(self._all(), name)}
            rules = before | {name: one for name, one in rules.items() if name not in settled | taken}
        self._scored[digest] = (change, rules)

    def _settled(self) -> set[str]:
        """Give the rules that have earned something under a version whose place another has taken from the start."""
        return {one.rule or "" for one in self.store.entries() if one.version in self._gone}

    def _in_force(self, change: Change) -> Program:
        return [program for start, program in self._spans if start <= to_micros(change.at)][-1]

    def accept(self, number: int) -> None:
        """Accept another version by using it, from the start and without scoring anything anew."""
        newer = first_good(lambda one: self._of(edited(self.program, one)), number)
        self._gone |= {program.version for _start, program in self._spans}
        self._gone |= {one.version for one in self.store.timeline()}
        self._gone.discard(newer.version)
        self._use(newer, ALWAYS_START)
        Engine(self.store, [newer], clock=frozen_clock).apply([])

    def apply(self, number: int, *, rescore: bool, day: int | None) -> None:
        """Apply another version, from the first day on which nothing has happened yet, or with everything anew."""
        newer = first_good(lambda one: self._of(edited(self.program, one)), number)
        zone, fed = newer.zone, self.fed
        if not rescore:
            last = max((one.at.astimezone(zone).date() for one in fed), default=STARTS)
            effective: Any = last + timedelta(days=1)
        else:
            effective = "start" if day is None else STARTS + timedelta(days=day)
        try:
            done = apply_program(self.store, Wish(newer, effective, rescore=rescore), now=LONG_AGO)
        except ProgramError:
            raise
        except InputError:
            return
        start = ALWAYS_START if effective == "start" else start_of_day(effective, zone)
        if done.is_nothing:
            return
        self._use(newer, start)
        if start == ALWAYS_START:
            self._gone = set()
        for digest, (change, _rules) in self._scored.items() if rescore else ():
            if to_micros(change.at) >= start:
                program = self._in_force(change)
                self._scored[digest] = (change, {rule.id: (program, rule) for rule in program.rules})

    def _use(self, newer: Program, start: int) -> None:
        self._spans = [*((at, program) for at, program in self._spans if at < start), (start, newer)]
        self.program = newer

    def _all(self) -> list[Scored]:
        return [Scored(change, list(rules.values())) for change, rules in self._scored.values()]

    def check(self) -> None:
        """Hold the ledger to the plain account, and every kept figure to the doctor."""
        assert standing(self.store) == sorted(expected_of(self._all(), dict.fromkeys(self._gone, self.program.version)))
        found = [(name, one) for name, one in examine(self.store, {self.program.program: self.program}) if one]
        assert found == []


def _digest(change: Change) -> bytes:
    return change_digest(change_body(change))


def live(tale: Tale, number: int, steps: int) -> None:
    """Let a ledger live through some steps, each read off a number, and check it after each of them."""
    tale.feed([season_change(one, tale.program.timezone) for one in scattered(number + 1, 12)])
    for one in scattered(number, steps):
        digits = Digits(one)
        what = digits.pick(["new", "new", "again", "accept", "accept", "accept", "dated", "start", "day"])
        rest = digits.pick(range(1 << 30))
        if what == "new":
            page = [season_change(n, tale.program.timezone) for n in scattered(rest, digits.pick([1, 2, 4, 6]))]
            tale.feed(in_order(page) if digits.pick([True, False]) else page)
        elif what == "again" and tale.fed:
            again = tale.fed if digits.pick([True, False]) else tale.fed[rest % len(tale.fed) :][:3]
            more = [season_change(rest, tale.program.timezone)] if digits.pick([True, False]) else []
            tale.feed([*again, *more])
        elif what == "accept":
            tale.accept(rest)
            if digits.pick([True, False]):
                tale.feed([one for n, one in enumerate(tale.fed) if n % 4 or rest % 2])
        elif what in ("dated", "start", "day"):
            day = digits.pick([0, 1, 2, 8]) if what == "day" else None
            tale.apply(rest, rescore=what != "dated", day=day)
        tale.check()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("where", "share"), [("memory", 10), ("sqlite", 50)])
def test_what_stands_is_what_the_changes_give_under_the_version_of_their_moment(
    kind: str, where: str, share: int
) -> None:
    @settings(max_examples=max(1, settings.default.max_examples // share))
    @given(number=numbers, story=numbers, steps=st.integers(2, 9))
    def check(number: int, story: int, steps: int) -> None:
        with FRESH[where]() as store:
            tale = Tale(store, kind, number)
            live(tale, story, steps)
            check_totals(store, tale.program)

    check()


def test_the_tales_hold_what_the_law_is_about() -> None:
    """Tales in which nothing is accepted, applied or read again after it would prove nothing."""
    seen: Counter[str] = Counter()
    for seed in range(16):
        tale = Tale(MemoryStore(), KINDS[seed % 3], seed * 7919)
        live(tale, seed * 104729, 6)
        uses = tale.store.timeline()
        seen.update(one.how for one in uses[1:])
        seen["versions that paid"] += len({one.version for one in tale.store.entries()})
        seen["taken back"] += sum(one.reverses is not None for one in tale.store.entries())
        seen["paid"] += tale.store.entry_count()
    assert min(seen[what] for what in ("accepted", "dated", "scored anew", "taken back")) >= 2, seen
    assert seen["versions that paid"] >= 12, seen
