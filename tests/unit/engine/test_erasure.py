"""Whom an erasure means: an id of 15 characters is the same person as the one of 18."""

import pytest

from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.engine.personal_rows import count_rows, redactor_of, rows_about
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.ids import id18
from novigem.testing import make_change, make_id, make_person, make_program

# With capitals, so that the last three characters say something.
ANN, BEN = id18("005AbCdE0000001"), make_id("005", 2)
NAME = "Ann Lee"
PROGRAM = make_program({"award_points_to": "Created By"})


def a_store(note: str = "") -> MemoryStore:
    """Give a store in which Ben has won a deal of Ann's, with a note in it."""
    store = MemoryStore()
    change = make_change(owner=2, CreatedById=ANN, NextStep=note)
    Engine(store, [PROGRAM]).apply(Page((change,), [make_person(ANN, name=NAME), make_person(2)]))
    return store


def notes(store: MemoryStore) -> list[str]:
    return [change.new["NextStep"] for _logged, change in store.changes()]


def test_an_id_of_15_characters_erases_the_person_with_the_one_of_18() -> None:
    store = a_store()
    erased = erase_person(store, ANN[:15], reason="left")
    assert [one.user for one in store.entries()] == [erased.user]
    assert {one.id for one in store.everybody()} == {erased.user, BEN}


def test_an_id_of_15_characters_finds_the_name_by_which_the_person_was_told_of() -> None:
    store = a_store(f"ask {NAME} again")
    erase_person(store, ANN[:15], reason="left")
    (note,) = notes(store)
    assert note.startswith("ask erased-")


def test_a_short_id_in_a_text_is_replaced_by_as_short_a_one() -> None:
    store = a_store(f"see /{ANN[:15]}/view, or {ANN}, not {BEN}")
    erased = erase_person(store, ANN, reason="left")
    assert notes(store) == [f"see /{erased.user[:15]}/view, or {erased.user}, not {BEN}"]


@pytest.mark.parametrize("why", [f"{ANN} left", f"{ANN[:15]} left"])
def test_the_reason_of_an_erasure_keeps_no_id_of_either_length(why: str) -> None:
    erased = erase_person(a_store(), ANN[:15], reason=why)
    assert ANN[:15] not in erased.erasure.reason


def test_an_id_of_15_characters_finds_the_rows_that_an_erasure_would_rewrite() -> None:
    store = a_store()
    # Here her name alone leads to her.
    Engine(store, [PROGRAM]).apply([make_change(record=2, owner=2, by=2, NextStep=f"ask {NAME}")])
    short, long = (count_rows(rows_about(store, redactor_of(store, one))) for one in (ANN[:15], ANN))
    assert short == long
    assert erase_person(store, ANN[:15], reason="left").counts == short
    assert count_rows(rows_about(store, redactor_of(store, ANN[:15], (NAME,)))) == {}
