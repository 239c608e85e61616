"""What every store keeps beside the ledger of what people did by hand: the journal of its batches, and requests."""
# ruff: noqa: S101 - tests: asserts are their point

import msgspec

from novigem.ledger.chain import verify
from novigem.ledger.journal import BEGINNING, CHECK_SIZE
from novigem.ledger.store import RequestFilter, Store
from novigem.model.request import RequestKind, RequestStatus
from novigem.testing.builders import make_id
from novigem.testing.contract.samples import MONDAY, bare_entry, refused, sample_entry, sample_request, undone


class JournalContract:
    """The journal and request part of `StoreContract`."""

    #: How many rows go in at once.
    many = 10_000

    def test_a_transaction_that_appends_several_times_is_one_batch(self, store: Store) -> None:
        """The batches follow each other without a gap, each from the digest of the one before."""
        with store.begin() as transaction:
            transaction.append([sample_entry(1), bare_entry(2)])
            transaction.append([sample_entry(3, recorded=MONDAY + 7)])
        with store.begin() as transaction:
            transaction.append([bare_entry(4, recorded=MONDAY)])
        first, second = store.journal()
        assert (first.batch, first.first, first.last, len(first.checks)) == (1, 1, 3, 3 * CHECK_SIZE)
        assert (second.batch, second.first, second.last, second.recorded) == (2, 4, 4, MONDAY)
        assert (first.previous, second.previous) == (BEGINNING, first.digest)
        assert store.newest_batch() == second
        assert list(verify(store.journal(), store.entry_bodies())) == []

    def test_what_appends_nothing_is_no_batch(self, store: Store) -> None:
        """Positions, people and an empty append leave the journal as it is."""
        assert store.newest_batch() is None
        with store.begin() as transaction:
            transaction.append([])
            transaction.save_position("feed", "1")
        assert list(store.journal()) == []

    def test_what_is_undone_is_in_neither(self, store: Store) -> None:
        """A crash leaves no entry without its batch, and no batch without its entries."""
        with undone(store) as transaction:
            transaction.append([sample_entry(1)])
        with store.begin() as transaction:
            transaction.append([sample_entry(2)])
        with refused(), store.begin() as transaction:
            transaction.append([sample_entry(3)])
            transaction.append([sample_entry(2)])
        assert [(row.batch, row.first, row.last) for row in store.journal()] == [(1, 1, 1)]
        assert list(verify(store.journal(), store.entry_bodies())) == []

    def test_the_bytes_of_an_entry_do_not_depend_on_the_store(self, store: Store) -> None:
        """A seal that was noted stays good when the ledger is moved to another database; so these never change."""
        with store.begin() as transaction:
            transaction.append([sample_entry(1), bare_entry(2)])
        (row,) = store.journal()
        assert row.checks.hex() == "d80c2073cf79ed97"
        assert row.digest.hex() == "ae57181404e391f925235bee7b460f82cff35965e9c255ed6af2426cce016cc0"

    def test_many_entries_are_one_batch(self, store: Store) -> None:
        """The journal grows with the transactions, not with the entries."""
        with store.begin() as transaction:
            transaction.append([sample_entry(n) for n in range(self.many)])
        assert [(row.first, row.last) for row in store.journal()] == [(1, self.many)]
        assert list(verify(store.journal(), store.entry_bodies())) == []

    def test_requests_are_numbered_and_come_back_as_they_went_in(self, store: Store) -> None:
        """Every column survives, filled or empty; a decision is written over."""
        asked = sample_request()
        with store.begin() as transaction:
            first = transaction.add_request(asked)
            second = transaction.add_request(
                sample_request(kind=RequestKind.APPEAL, entry=1, record=make_id("006", 1), rule="rule", appeal=1)
            )
            assert transaction.request(2) == second
            assert transaction.request(3) is None
        assert first == msgspec.structs.replace(asked, number=1)
        decided = msgspec.structs.replace(
            first, status=RequestStatus.APPROVED, decided=MONDAY, decided_by="Bea", decision="right", paid=7
        )
        with store.begin() as transaction:
            transaction.save_request(decided)
        assert store.requests() == [decided, second]
        assert all(isinstance(one.status, RequestStatus) for one in store.requests())

    def test_requests_are_filtered_by_every_field_of_a_filter(self, store: Store) -> None:
        """Inside a transaction as outside."""
        other = {"kind": RequestKind.APPEAL, "program": "other", "user": make_id("005", 2)}
        with store.begin() as transaction:
            transaction.add_request(sample_request())
            transaction.add_request(sample_request(status=RequestStatus.DECLINED, **other))
            for which in (
                RequestFilter(kind=RequestKind.APPEAL),
                RequestFilter(status=RequestStatus.DECLINED),
                RequestFilter(program="other"),
                RequestFilter(user=make_id("005", 2)),
            ):
                assert [one.number for one in transaction.requests(which)] == [2]
        assert [one.number for one in store.requests(RequestFilter(status=RequestStatus.OPEN))] == [1]

    def test_a_request_that_is_undone_was_never_made(self, store: Store) -> None:
        """Its number is free again."""
        with undone(store) as transaction:
            transaction.add_request(sample_request())
        with store.begin() as transaction:
            assert transaction.requests() == []
            assert transaction.add_request(sample_request()).number == 1
