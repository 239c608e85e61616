"""A machine that plays random seasons: late, doubled, reversed and unordered changes, edits, adjustments, closings.

Meanwhile addresses, roles and ids get other names. The file names people by the address they had at first, and rules by
the id they have now; the account by their ids, and by the id they had at first.

After every step the ledger is held to the plain account of all changes so far (`reference.py`), every kept figure to
the rebuild from the ledger, and what was closed to what it was closed as.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from novigem import check_program, dump_program
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.pausing import pause_program, resume_program
from novigem.errors import InputError
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change
from novigem.model.pause import pauses_of
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.planning.apply import Wish, apply_program
from novigem.planning.joins import JoinWish, decide_join
from novigem.program.earlier import without_earlier
from novigem.testing import make_id
from tests.property.reference import expected
from tests.property.strategies_engine import ACCOUNTS, BORDERS, PEOPLE, USERS, numbers, pages_of, scattered
from tests.property.strategies_season import change as season_change
from tests.property.strategies_season import program as season_program
from tests.property.test_engine_laws import check_totals
from tests.property.test_season_laws import check_completions, check_holdings, check_sums, standing

ROLE = make_id("00E", 1)
START = datetime(2026, 3, 20, tzinfo=UTC)


def _drawn(number: int) -> Program:
    first, *rest = scattered(number, 6)
    return season_program(first, rest[:2], rest[2 : 3 + first % 2])


def kept_in(store: Store) -> Any:
    """Give what a change of names must leave as it is."""
    progress = sorted(store.progress_rows(RowFilter()), key=str)
    return list(store.entries()), progress, store.badges(RowFilter()), sorted(store.rollup_totals(""), key=str)


def _loads(program: Program) -> bool:
    return check_program(dump_program(program), name="drawn.yaml")[0] is not None


class SeasonMachine(RuleBasedStateMachine):
    """One season, from its first program to whatever becomes of it."""

    @initialize(number=numbers)
    def begin(self, number: int) -> None:
        self.store = MemoryStore()
        self.now = START
        self.fed: list[Change] = []
        self.closed: dict[object, str] = {}
        self.joined: dict[str, str] = {}
        # Scored anew from the start, a goal has no target of before.
        drawn = (without_earlier(_drawn(one)) for one in scattered(number, 20))
        self.program: Program = next(one for one in drawn if _loads(one))
        self.people = {person.id: replace(person, email=f"{person.id}@x.example", role_id=ROLE) for person in PEOPLE}
        self.ids: dict[str, tuple[str, str]] = {}
        self.tell(*self.people.values())

    def engine(self) -> Engine:
        self.now += timedelta(minutes=1)
        return Engine(self.store, [self.file()], clock=lambda: self.now, accept_changes=False)

    def file(self) -> Program:
        """Give the program as its file has it by now."""
        data = self.program.model_dump(by_alias=True, exclude_unset=True)
        who = data.get("participants", {})
        named = {key: tuple(f"{one}@x.example" for one in who[key]) if key == "exclude" else who[key] for key in who}
        rules = (one | self.named(one["id"]) for one in data["rules"])
        goals = tuple(one | {"goal": self.rated(one["goal"])} for one in data.get("challenges", ()))
        return Program.model_validate(data | {"participants": named, "rules": tuple(rules), "challenges": goals})

    def rated(self, goal: dict[str, Any]) -> dict[str, Any]:
        """Give a goal as the file has it by now: some name rules."""
        for key in goal.keys() & {"rate", "fewest"}:
            goal |= {key: tuple(self.named(one)["id"] for one in goal[key])}
        return goal

    def named(self, rule: str) -> dict[str, str]:
        """Give the id that a rule has by now, and the one it had before."""
        now, was = self.ids.get(rule, (rule, ""))
        return {"id": now, "was": was} if was else {"id": now}

    def tell(self, *people: Person) -> None:
        """Tell of people, in a page of their own."""
        self.people |= {person.id: person for person in people}
        self.engine().apply(Page((), people))

    def moves_nothing(self) -> bool:
        """Hold the ledger to its last entry, and what is kept beside it to what it was."""
        before, self.kept = self.kept, kept_in(self.store)
        return self.kept == before

    @rule(user=st.sampled_from(sorted(person.id for person in PEOPLE)), number=st.integers(1, 3))
    def somebody_has_another_address(self, user: str, number: int) -> None:
        """Give somebody an address of their own, or the one that another had at first."""
        other = self.people[sorted(self.people)[number - 1]].id
        self.kept = kept_in(self.store)
        self.tell(replace(self.people[user], email=f"{other}@x.example" if number > 1 else f"{user}@y.example"))
        assert self.moves_nothing()

    @rule(number=st.integers(1, 3))
    def a_role_is_renamed(self, number: int) -> None:
        self.kept = kept_in(self.store)
        self.tell(*(replace(one, role=f"Customer Success {number}") for one in self.people.values()))
        assert self.moves_nothing()

    @rule(accounts=st.permutations(ACCOUNTS), hours=st.integers(-30, 60))
    def accounts_are_merged(self, accounts: list[str], hours: int) -> None:
        """Merge one account into another, at a moment among those at which people work, or after all of them."""
        at = BORDERS[self.program.timezone][0] + timedelta(hours=hours)
        merge = Change(object="Account", id=accounts[0], kind="merge", at=at, old={}, into=accounts[1])
        self.fed.append(merge)
        self.engine().apply([merge])

    @precondition(lambda self: bool(self.fed))
    @rule(number=st.integers(0, 1), dated=st.booleans())
    def a_rule_is_renamed(self, number: int, dated: bool) -> None:  # noqa: FBT001 - drawn
        """Give a rule another id, on a day or with everything scored anew: either moves nothing."""
        rules = self.program.rules
        first = rules[number % len(rules)].id
        self.engine().apply([])
        self.kept = kept_in(self.store)
        now, _was = self.ids.get(first, (first, ""))
        before = self.ids.get(first)
        self.ids[first] = (f"{first}-{len(self.ids)}-{self.now:%j%H%M}", now)
        try:
            apply_program(self.store, Wish(self.file(), rescore=not dated), now=self.now)
        except InputError:
            # What is dated after that day has been scored already.
            assert dated
            self.ids.pop(first) if before is None else self.ids.update({first: before})
        assert self.moves_nothing()

    @rule(hours=st.integers(-30, 30), begins=st.booleans())
    def the_program_is_paused_or_pays_again(self, hours: int, begins: bool) -> None:  # noqa: FBT001 - drawn
        """Pause the season among the moments at which people work, or end the pause; refused where it is too late."""
        self.engine().apply([])
        at = BORDERS[self.program.timezone][0] + timedelta(hours=hours)
        with suppress(InputError):
            if begins:
                pause_program(self.store, self.program.program, reason="a retreat", since=at, now=self.now)
            else:
                resume_program(self.store, self.program.program, since=at, now=self.now)

    def paused(self) -> Program:
        """Give the program as it pays."""
        return self.program.with_pauses(pauses_of(self.program.program, self.store.pauses()))

    @rule(data=st.data(), number=numbers, size=st.integers(1, 8))
    def changes_come(self, data: st.DataObject, number: int, size: int) -> None:
        """Feed new changes, and some of those before once more, in any order and pages."""
        new = [season_change(one, self.program.timezone) for one in scattered(number, size)]
        again = data.draw(st.lists(st.sampled_from(self.fed), max_size=3)) if self.fed else []
        self.fed += new
        engine = self.engine()
        for page in data.draw(st.permutations([*new, *again]).flatmap(pages_of)):
            engine.apply(page)

    @precondition(lambda self: bool(self.fed))
    @rule(points=st.sampled_from([2, 4, 6]), cap=st.sampled_from([None, {"points": 5, "per": "day"}]))
    def the_program_is_edited(self, points: int, cap: dict[str, object] | None) -> None:
        """Put another version in force, and score everything anew under it."""
        data = self.program.model_dump(by_alias=True, exclude_unset=True)
        first = {key: value for key, value in data["rules"][0].items() if key != "cap"}
        first |= {"points": points} | ({"cap": cap} if cap else {})
        edited = Program.model_validate(data | {"rules": (first, *data["rules"][1:])})
        self.engine().apply([])
        self.program = edited
        apply_program(self.store, Wish(self.file(), rescore=True, reason="better so"), now=self.now)

    @precondition(lambda self: bool(self.fed))
    @rule(user=st.sampled_from(USERS), points=st.integers(-3, 5))
    def somebody_corrects(self, user: str, points: int) -> None:
        try:
            Manual(self.engine()).adjust(self.program.program, user, points, reason="by hand")
        except InputError:
            assert points <= 0

    @precondition(lambda self: bool(self.fed))
    @rule(user=st.sampled_from(USERS[1:3]))
    def two_users_are_one_person(self, user: str) -> None:
        """Join a user with the first, or part them where they are joined."""
        self.engine().apply([])
        person = None if user in self.joined else USERS[0]
        found = decide_join(self.store, JoinWish(user, person, "Sam", "a new licence"), now=self.now)
        assert found.is_done
        if person is None:
            del self.joined[user]
        else:
            self.joined[user] = person

    @precondition(lambda self: bool(self.fed))
    @rule()
    def the_season_is_closed(self) -> None:
        self.now += timedelta(days=3)
        for one in Manual(self.engine()).close_due():
            assert one.key not in self.closed
            self.closed[one.key] = one.digest

    @invariant()
    def what_stands_is_what_all_changes_say(self) -> None:
        if getattr(self, "fed", None):
            assert standing(self.store) == sorted(expected(self.paused(), self.fed, self.joined))

    @invariant()
    def badges_are_renewed_by_what_stands(self) -> None:
        if getattr(self, "fed", None):
            check_holdings(self.store, self.paused(), expected(self.paused(), self.fed, self.joined))

    @invariant()
    def every_kept_figure_follows_from_the_ledger(self) -> None:
        if getattr(self, "fed", None):
            check_totals(self.store, self.paused())
            check_sums(self.store, self.paused(), self.fed, self.joined)
            check_completions(self.store, self.paused(), expected(self.paused(), self.fed, self.joined))

    @invariant()
    def what_is_closed_stays_as_it_was_closed(self) -> None:
        if getattr(self, "closed", None):
            assert {one.key: one.digest for one in self.store.closings()} == self.closed


TestSeasonMachine = SeasonMachine.TestCase
TestSeasonMachine.settings = settings(max_examples=max(1, settings.default.max_examples // 5), stateful_step_count=10)
