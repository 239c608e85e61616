"""The journal proves every entry: it verifies after any run, and no change of a single byte passes it."""

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.ledger.chain import verify
from novigem.ledger.journal import Batch, JournalRow, entry_bytes
from novigem.ledger.sql.rows import entry_row
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import Entry
from novigem.model.program import Program
from novigem.testing.contract.samples import MONDAY, bare_entry, sample_entry, undone
from tests.property.runs import FRESH, feed, tell_people
from tests.property.strategies_engine import USERS, pages_of, worlds

FEW = settings(max_examples=max(1, settings.default.max_examples // 6))

# What one transaction does: how many entries each of its appends brings, and whether it is undone.
transactions = st.lists(st.tuples(st.lists(st.integers(0, 4), max_size=3), st.booleans()), min_size=1, max_size=6)


def breaks(store: Store) -> list[Discrepancy]:
    return list(verify(store.journal(), store.entry_bodies()))


def write(store: Store, done: list[tuple[list[int], bool]]) -> list[JournalRow]:
    number = 0
    for appends, fails in done:
        with undone(store) if fails else store.begin() as transaction:
            for count in appends:
                entries = [sample_entry(number + n) if n % 2 else bare_entry(number + n) for n in range(count)]
                transaction.append(entries)
                number += count
    return list(store.journal())


@FEW
@given(transactions)
def test_the_chain_verifies_after_any_transactions_and_is_the_same_in_every_store(
    done: list[tuple[list[int], bool]],
) -> None:
    with FRESH["memory"]() as memory, FRESH["sqlite"]() as sqlite:
        rows = write(memory, done)
        assert rows == write(sqlite, done)
        assert breaks(memory) == breaks(sqlite) == []
        assert sum(row.last - row.first + 1 for row in rows) == memory.entry_count() == sqlite.entry_count()
        assert len(rows) == sum(1 for appends, fails in done if any(appends) and not fails)


@FEW
@given(worlds(), st.data())
def test_the_chain_verifies_after_any_run_of_the_engine(
    world: tuple[Program, list[Change]], data: st.DataObject
) -> None:
    program, changes = world
    pages = data.draw(pages_of(changes))
    for fresh in FRESH.values():
        with fresh() as store:
            tell_people(store)
            engine = feed(store, program, pages)
            engine.adjust(program.program, USERS[1], 3, reason="Zoë said so")
            assert breaks(store) == []


def journal_of(batches: Sequence[Sequence[Entry]]) -> tuple[list[JournalRow], list[tuple[int, bytes]]]:
    """Give the journal of some batches, and the entries as they stand."""
    rows: list[JournalRow] = []
    bodies = []
    number = 0
    for entries in batches:
        numbered = []
        for entry in entries:
            number += 1
            numbered.append(entry_row(msgspec.structs.replace(entry, number=number)))
        batch = Batch()
        batch.add(numbered, MONDAY + len(rows))
        rows.append(batch.row(rows[-1] if rows else None))
        bodies += [(row[0], entry_bytes(row)) for row in numbered]
    return rows, bodies


BATCHES = [[sample_entry(1), bare_entry(2), sample_entry(3)], [bare_entry(4)], [sample_entry(5), sample_entry(6)]]
ROWS, BODIES = journal_of(BATCHES)


@given(st.integers(0, len(BODIES) - 1), st.data())
def test_any_byte_of_any_entry_is_found_and_the_entry_is_named(place: int, data: st.DataObject) -> None:
    number, body = BODIES[place]
    at = data.draw(st.integers(0, len(body) - 1))
    other = body[:at] + bytes([body[at] ^ data.draw(st.integers(1, 255))]) + body[at + 1 :]
    there = [*BODIES[:place], (number, other), *BODIES[place + 1 :]]
    assert [(one.what, one.kept) for one in verify(ROWS, there)] == [(f"entry {number}", "altered")]


@given(st.integers(0, len(ROWS) - 1), st.sampled_from(["checks", "previous", "digest"]), st.data())
def test_any_byte_of_the_journal_is_found_and_its_batch_is_named(place: int, name: str, data: st.DataObject) -> None:
    row = ROWS[place]
    held = getattr(row, name)
    at = data.draw(st.integers(0, len(held) - 1))
    other = held[:at] + bytes([held[at] ^ data.draw(st.integers(1, 255))]) + held[at + 1 :]
    rows = [*ROWS[:place], row._replace(**{name: other}), *ROWS[place + 1 :]]
    assert [(one.what, one.kept) for one in verify(rows, BODIES)] == [(f"batch {row.batch}", "changed")]


@given(st.integers(0, len(ROWS) - 1), st.sampled_from(["first", "last", "recorded"]), st.integers(-2, 2))
def test_any_number_of_the_journal_is_found_and_its_batch_is_named(place: int, name: str, by: int) -> None:
    row = ROWS[place]
    rows = [*ROWS[:place], row._replace(**{name: getattr(row, name) + by}), *ROWS[place + 1 :]]
    found = [(one.what, one.kept) for one in verify(rows, BODIES)]
    assert found == ([(f"batch {row.batch}", "changed")] if by else [])


@given(st.sets(st.integers(0, len(BODIES) - 1)), st.sampled_from(["", "renumbered"]))
def test_every_entry_that_is_taken_out_is_named(places: set[int], renumbered: str) -> None:
    there = [one for place, one in enumerate(BODIES) if place not in places]
    if renumbered:
        there = [(number, body) for number, (_old, body) in enumerate(there, start=1)]
    found = list(verify(ROWS, there))
    assert bool(found) == bool(places)
    if not renumbered or len(places) == 1:
        assert numbers(found, "removed") == {place + 1 for place in places}
        assert {one.kept for one in found} <= {"removed"}


@given(st.integers(0, len(BODIES)))
def test_an_entry_that_is_put_in_is_named_and_the_rest_stays_proved(place: int) -> None:
    foreign = entry_bytes(entry_row(bare_entry(99)))
    bodies = [body for _number, body in BODIES]
    bodies.insert(place, foreign)
    found = list(verify(ROWS, enumerate(bodies, start=1)))
    kept = "not in the journal" if place == len(BODIES) else "put in"
    assert [(one.what, one.kept) for one in found] == [(f"entry {place + 1}", kept)]


@given(st.permutations(range(len(BODIES))))
def test_entries_in_another_order_are_found(order: list[int]) -> None:
    there = [(number, BODIES[place][1]) for number, place in enumerate(order, start=1)]
    assert bool(list(verify(ROWS, there))) == (order != sorted(order))


@given(st.permutations(range(len(ROWS))))
def test_batches_in_another_order_are_found(order: list[int]) -> None:
    rows = [ROWS[place]._replace(batch=number) for number, place in enumerate(order, start=1)]
    found = list(verify(rows, BODIES))
    assert bool(found) == (order != sorted(order))
    assert {one.what.split()[0] for one in found} <= {"batch"}


@given(st.integers(0, len(ROWS) - 1), st.sampled_from(["row", "row and entries"]))
def test_a_batch_that_is_gone_from_the_journal_is_named(place: int, gone: str) -> None:
    row = ROWS[place]
    rows = [one for one in ROWS if one is not row]
    there = [one for one in BODIES if not ("entries" in gone and row.first <= one[0] <= row.last)]
    found = list(verify(rows, there))
    if place == len(ROWS) - 1:
        # The end of both is gone: what is left is a good ledger, and only a seal that was noted knows better.
        assert [one.kept for one in found] == ([] if "entries" in gone else ["not in the journal"])
    else:
        assert [(one.what, one.kept) for one in found] == [(f"batch {row.batch}", "removed")]


@given(st.integers(0, len(ROWS) - 2))
def test_a_batch_that_is_written_anew_with_all_its_digests_does_not_fit_the_next(place: int) -> None:
    batches = [list(one) for one in BATCHES]
    batches[place][0] = msgspec.structs.replace(batches[place][0], points=1000)
    rows, bodies = journal_of(batches)
    mixed = [*rows[: place + 1], *ROWS[place + 1 :]]
    assert [(one.what, one.kept) for one in verify(mixed, bodies)] == [(f"batch {place + 1}", "written anew")]


def numbers(found: list[Discrepancy], kept: str) -> set[int]:
    """Give the entries that breaks name."""
    named = set()
    for one in found:
        if one.kept == kept:
            first, _to, last = one.what.partition(" ")[2].partition(" to ")
            named |= set(range(int(first), int(last or first) + 1))
    return named
