"""The journal proves every entry: it verifies after any run, and no change of a single byte passes it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.engine.manual import Manual
from novigem.ledger.chain import verify
from novigem.ledger.journal import JournalRow
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.discrepancy import Discrepancy
from novigem.model.program import Program
from novigem.testing.contract.samples import bare_entry, sample_entry, undone
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
            Manual(engine).adjust(program.program, USERS[1], 3, reason="Zoë said so")
            assert breaks(store) == []
