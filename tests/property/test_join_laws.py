"""The laws of joins: a person with two users is what they would be with one, and parting leaves no trace in figures."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.audit.doctor.doctor import examine
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.planning.apply import Wish, apply_program
from novigem.planning.joins import JoinWish, decide_join
from novigem.queries.queries import Queries
from tests.property.reference import as_one
from tests.property.runs import FRESH, NOW, feed, state, tell_people
from tests.property.strategies_engine import USERS, pages_of
from tests.property.test_engine_laws import some
from tests.property.test_erasure_laws import readable_worlds

ON_EACH_STORE = pytest.mark.parametrize(("kind", "share"), [("memory", 10), ("sqlite", 20)])
PERSON, OTHERS = USERS[0], USERS[1:]


def told_apart(changes: Sequence[Change]) -> list[Change]:
    """Give every change a place of its own in time, whoever did it."""
    return [msgspec.structs.replace(one, seq=number) for number, one in enumerate(changes)]


def decide(store: Store, user: str, person: str | None) -> None:
    wish = JoinWish(user, person, "Sam", "a new licence")
    assert decide_join(store, wish, now=NOW).is_done
    assert decide_join(store, wish, now=NOW).is_nothing


def problems(store: Store) -> list[object]:
    programs = Queries(store, now=NOW).programs()
    return [problem for _name, found in examine(store, programs) for problem in found]


@ON_EACH_STORE
def test_two_users_that_are_one_person_are_what_one_user_would_be(kind: str, share: int) -> None:
    @some(share)
    @given(readable_worlds, st.sampled_from(OTHERS), st.data())
    def check(world: tuple[Program, list[Change]], user: str, data: st.DataObject) -> None:
        program, changes = world[0], told_apart(world[1])
        pages = data.draw(st.permutations(changes).flatmap(pages_of))
        first = data.draw(st.integers(0, len(pages)))
        with FRESH[kind]() as store, FRESH[kind]() as other:
            for one in (store, other):
                tell_people(one)
            feed(store, program, [[], *pages[:first]])
            # Whoever is told of nowhere is known by what they own.
            if not store.people([user]):
                with store.begin() as transaction:
                    transaction.save_people([msgspec.structs.replace(store.people([PERSON])[PERSON], id=user)])
            decide(store, user, PERSON)
            assert problems(store) == []
            feed(store, program, pages[first:])
            feed(other, program, [[], [as_one(one, user, PERSON) for one in changes]])
            assert state(store) == state(other)
            assert problems(store) == []
            # Scoring anew finds nothing to do.
            assert apply_program(store, Wish(program, rescore=True), now=NOW).is_nothing

    check()


@ON_EACH_STORE
def test_whoever_is_parted_again_has_what_they_would_have_without(kind: str, share: int) -> None:
    @some(share)
    @given(readable_worlds, st.sampled_from(USERS[1:3]), st.data())
    def check(world: tuple[Program, list[Change]], user: str, data: st.DataObject) -> None:
        program, changes = world[0], told_apart(world[1])
        pages = data.draw(st.permutations(changes).flatmap(pages_of))
        first, second = sorted(data.draw(st.tuples(*[st.integers(0, len(pages))] * 2)))
        with FRESH[kind]() as store, FRESH[kind]() as other:
            for one in (store, other):
                tell_people(one)
            feed(store, program, [[], *pages[:first]])
            decide(store, user, PERSON)
            feed(store, program, pages[first:second])
            decide(store, user, None)
            assert problems(store) == []
            feed(store, program, pages[second:])
            feed(other, program, [[], changes])
            assert state(store) == state(other)
            assert problems(store) == []

    check()
