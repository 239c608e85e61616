"""The part of the contract suite about final standings: written once, and read as they were written."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from novigem.ledger.store import EntryFilter, Store
from novigem.testing.contract.samples import sample_closing, sample_entry, undone


class ClosingContract:
    """What every store does with closings."""

    def test_closings_come_back_as_they_went_in(self, store: Store) -> None:
        """All of them or those of a program by their end, and one by its key."""
        rows = [sample_closing(2), sample_closing(1), sample_closing(1, kind="challenge", period=""), sample_closing(3)]
        other = sample_closing(1, program="another")
        with store.begin() as transaction:
            assert transaction.save_closings([*rows, other]) == 5
        assert store.closings() == [other, rows[1], rows[2], rows[0], rows[3]]
        assert store.closings("program") == [rows[1], rows[2], rows[0], rows[3]]
        assert store.closings("none") == []
        assert store.closed("program") == {one.key for one in rows}
        assert store.closing(rows[0].key) == rows[0]
        assert store.closing(rows[0].key._replace(period="week:2027-01-01")) is None

    def test_what_is_closed_stays_as_it_was_closed(self, store: Store) -> None:
        """Whoever closes it once more changes nothing, and is told so."""
        with store.begin() as transaction:
            transaction.save_closings([sample_closing(1)])
        with store.begin(lock=False) as transaction:
            assert transaction.save_closings([sample_closing(1, as_of=99), sample_closing(2)]) == 1
            assert transaction.save_closings([]) == 0
        assert store.closings() == [sample_closing(1), sample_closing(2)]

    def test_a_failed_transaction_closes_nothing(self, store: Store) -> None:
        """Half of a season is never closed by accident."""
        with undone(store) as transaction:
            transaction.save_closings([sample_closing(1), sample_closing(2)])
        assert store.closings() == []

    def test_entries_can_be_read_from_behind_a_position(self, store: Store) -> None:
        """So that what arrived after a closing is found without reading what came before."""
        with store.begin() as transaction:
            transaction.append([sample_entry(number) for number in range(1, 6)])
        assert [one.number for one in store.entries(EntryFilter(after=3))] == [4, 5]
        assert [one.number for one in store.entries(EntryFilter(after=1, up_to=3))] == [2, 3]
