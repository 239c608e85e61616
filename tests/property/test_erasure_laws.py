"""The laws of erasing: every figure stays, nothing leads to the person, and what comes again changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from novigem.audit.doctor.doctor import examine
from novigem.engine.erasure import erase_person
from novigem.engine.personal_rows import redactor_of, rows_about
from novigem.errors import ProgramError
from novigem.feed.source import Page
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.sql.tables import metadata
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.program.dump import dump_program
from novigem.program.load import load_program_text
from novigem.queries.queries import Board, Queries
from tests.property.runs import FRESH, NOW, State, feed, in_order, state
from tests.property.strategies_engine import USERS, everybody, worlds
from tests.property.test_engine_laws import some

# Each example runs a world two or three times.
ON_EACH_STORE = pytest.mark.parametrize(("kind", "share"), [("memory", 5), ("sqlite", 15)])

# Names of one word and several, in scripts with and without blanks.
NAMED = {
    USERS[0]: ("Anna", "anna@acme.example"),
    USERS[1]: ("José  Núñez", "Jose.Nunez@acme.example"),
    USERS[2]: ("田中太郎", "tanaka@acme.example"),
    USERS[3]: ("Ida O'Neil", "ida@acme.example"),
}


def loads(world: tuple[Program, list[Change]]) -> bool:
    """Tell whether a program can be read back from its text; the worlds also draw some that no file may hold."""
    try:
        load_program_text(dump_program(world[0]), "program")
    except ProgramError:
        return False
    return True


readable_worlds = worlds().filter(loads)


def told() -> list[Person]:
    """Give everybody with a name and an address."""
    known = {person.id: person for person in everybody()}
    people = [known.get(user, Person(user)) for user in USERS]
    return [msgspec.structs.replace(one, name=NAMED[one.id][0], email=NAMED[one.id][1]) for one in people]


def gossip(changes: Iterable[Change]) -> list[Change]:
    """Let every other change name somebody in words, by address, or by id inside a longer text."""
    written = []
    for number, change in enumerate(changes):
        name, mail = NAMED[USERS[number % len(USERS)]]
        words = (f"ask {name}, please", f"<{mail.upper()}>", f"see /{USERS[number % len(USERS)]}/view", name, mail)
        new = change.new | {"NextStep": words[number % len(words)], "Owner.Name": name, "Team__c": [{"lead": mail}]}
        written.append(msgspec.structs.replace(change, new=new) if number % 2 else change)
    return written


def run(store: Store, program: Program, changes: list[Change]) -> None:
    """Tell everybody and everything in one page."""
    feed(store, program, [[]])
    engine = feed(store, program, [])
    engine.apply(Page(in_order(changes), told()), feed="file:/home/anna@acme.example/changes")


def as_texts(found: State | list[Board], old: str = "", new: str = "") -> list[str]:
    """Give what stands as texts with one id in place of another, in no order that an id has a say in."""
    rows = [msgspec.json.encode(row).decode() for part in found for row in (part if isinstance(part, list) else [part])]
    return sorted(row.replace(old, new) if old else row for row in rows)


def boards(store: Store, program: Program) -> Iterator[dict[str, Any]]:
    """Yield every row of every board of a program; equals share a rank, whatever their ids."""
    queries = Queries(store, now=NOW)
    for one in program.leaderboards:
        for period in ("program", "week:2026-03-04", "all"):
            for row in queries.board(one.id, period=period).rows:
                yield {"board": one.id, "period": period, **asdict(row), "name": ""}


def cells(store: SqlStore) -> Iterator[str]:
    """Yield everything that any column of any table holds, as text."""
    with store._connect() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(table.select()):
                yield from (one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in row)


def guards_of(store: SqlStore) -> list[Any]:
    """Give the triggers that guard the ledger."""
    with store._connect() as connection:
        return list(
            connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"))
        )


def leads_to(person: str, texts: Iterable[str]) -> list[str]:
    """Give the texts that name somebody: by either form of the id, the address or the name, in any case."""
    name, mail = NAMED[person]
    wanted = [person[:15].casefold(), mail.casefold(), name.casefold()]
    return [one for one in texts if any(word in one.casefold() for word in wanted)]


@ON_EACH_STORE
def test_erasing_changes_one_id_and_no_figure(kind: str, share: int) -> None:
    @some(share)
    @given(readable_worlds, st.sampled_from(USERS))
    def check(world: tuple[Program, list[Change]], person: str) -> None:
        program, changes = world
        with FRESH[kind]() as store:
            run(store, program, gossip(changes))
            before, ranked = state(store), list(boards(store, program))
            erased = erase_person(store, person, reason="left")
            assert as_texts(state(store)) == as_texts(before, person, erased.user)
            assert as_texts([list(boards(store, program))]) == as_texts([ranked], person, erased.user)

    check()


@ON_EACH_STORE
def test_what_comes_again_is_nothing_new_and_brings_nobody_back(kind: str, share: int) -> None:
    @some(share)
    @given(worlds(), st.sampled_from(USERS), st.sampled_from(USERS))
    def check(world: tuple[Program, list[Change]], person: str, another: str) -> None:
        program, changes = world
        with FRESH[kind]() as store:
            run(store, program, gossip(changes))
            for one in {person, another}:
                erase_person(store, one, reason="left")
            entries, before = list(store.entries()), state(store)
            logged = [one for one, _change in store.changes()]
            people = store.everybody()
            run(store, program, gossip(changes))
            assert (list(store.entries()), state(store)) == (entries, before)
            assert [one for one, _change in store.changes()] == logged
            assert store.everybody() == people
            assert store.people([person, another]) == {}

    check()


@ON_EACH_STORE
def test_it_does_not_matter_when_somebody_is_erased(kind: str, share: int) -> None:
    @some(share)
    @given(worlds(), st.sampled_from(USERS), st.integers(0, 8))
    def check(world: tuple[Program, list[Change]], person: str, first: int) -> None:
        program, changes = world
        with FRESH[kind]() as store, FRESH[kind]() as other:
            run(store, program, gossip(changes))
            late = erase_person(store, person, reason="left")
            everything = gossip(changes)
            run(other, program, everything[:first])
            early = erase_person(other, person, reason="left")
            run(other, program, everything)
            assert as_texts(state(store), late.user, early.user) == as_texts(state(other))

    check()


@some(8)
@given(worlds(), st.sampled_from(USERS))
def test_nothing_in_any_column_leads_to_the_person(world: tuple[Program, list[Change]], person: str) -> None:
    program, changes = world
    with FRESH["sqlite"]() as store:
        run(store, program, gossip(changes))
        named = leads_to(person, cells(store))
        shown = [str(value) for row in rows_about(store, redactor_of(store, person)) for value in row.columns.values()]
        # What the export shows is what the erasure finds.
        assert len(leads_to(person, shown)) == len(named) > 0
        erase_person(store, person, reason="left")
        assert leads_to(person, cells(store)) == []
        run(store, program, gossip(changes))
        assert leads_to(person, cells(store)) == []


@some(15)
@given(readable_worlds, st.sampled_from(USERS))
def test_the_doctor_finds_nothing_afterwards_that_was_not_there_before(
    world: tuple[Program, list[Change]], person: str
) -> None:
    program, changes = world
    with FRESH["sqlite"]() as store:
        run(store, program, gossip(changes))
        guards = guards_of(store)
        erased = erase_person(store, person, reason="left")
        programs = Queries(store, now=NOW).programs()
        assert [problem for _name, found in examine(store, programs) for problem in found] == []
        assert guards_of(store) == guards
        assert person not in str(programs) + erased.erasure.counts
