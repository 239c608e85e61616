"""What every store notes of rows that follow from nothing else, and what an erasure makes of it."""
# ruff: noqa: S101 - tests: asserts are their point, and expected figures are literal

import msgspec

from novigem.ledger.chain import verify
from novigem.ledger.row_digests import DIGESTED, Key, digest_row, removed_row, unpack_rows, user_digest
from novigem.ledger.store import Store
from novigem.model.redaction import Erasure
from novigem.testing.builders import make_person
from novigem.testing.contract.privacy import ANN, BEN, NOBODY, REDACTOR, SUPPRESSIONS, fill_tables
from novigem.testing.contract.samples import (
    MONDAY,
    sample_badge,
    sample_closing,
    sample_entry,
    sample_request,
    undone,
)

_Digests = dict[tuple[str, Key], bytes | None]


def newest_digests(store: Store) -> _Digests:
    """Give the digest that was last noted of each row; None: it was removed."""
    return {one.place: one.digest for row in store.journal() for one in unpack_rows(row.rows)}


def as_they_stand(store: Store) -> _Digests:
    """Give the digest of each row that is there."""
    return {one.place: one.digest for one in store.row_digests()}


class RowDigestContract:
    """The part of `StoreContract` about what the journal holds beside entries."""

    def test_every_row_that_follows_from_nothing_else_is_noted_as_it_stands(self, store: Store) -> None:
        """In each of the tables, in the batch of its transaction, by the same bytes in every store."""
        with store.begin() as transaction:
            fill_tables(transaction)
            transaction.secret("names")
            transaction.award_badges([sample_badge(5, challenge="", period="", reason="helped", author="Ben")])
            transaction.save_erasure(Erasure(0, MONDAY, "left", None, "{}"), SUPPRESSIONS)
        assert newest_digests(store) == as_they_stand(store)
        assert {table for table, _key in as_they_stand(store)} == set(DIGESTED)
        (digest,) = [one for (table, _key), one in as_they_stand(store).items() if table == "novigem_request"]
        assert digest == digest_row("novigem_request", msgspec.structs.asdict(store.requests()[0])).digest
        assert (digest or b"").hex() == "22d7e38da8acab8dd5660cf72776f7f6"

    def test_what_is_written_over_or_taken_back_is_noted_again(self, store: Store) -> None:
        """The newest note counts; what nobody had written is not noted as gone."""
        with store.begin() as transaction:
            asked = transaction.add_request(sample_request())
            transaction.opt_out(ANN, MONDAY)
            transaction.opt_out(BEN, None)
            by_hand = sample_badge(1, challenge="", period="")
            transaction.award_badges([by_hand, sample_badge(2)])
        with store.begin() as transaction:
            transaction.save_request(msgspec.structs.replace(asked, decided_by="Bea"))
            transaction.opt_out(ANN, None)
            transaction.withdraw_badges([by_hand, sample_badge(2)])
        assert {place: one for place, one in newest_digests(store).items() if one} == as_they_stand(store)
        gone = [
            removed_row("novigem_privacy", {"user": ANN}).place,
            removed_row("novigem_badge_award", msgspec.structs.asdict(by_hand)).place,
        ]
        assert sorted(place for place, one in newest_digests(store).items() if one is None) == sorted(gone)

    def test_people_are_noted_when_something_else_is_told_of_them(self, store: Store) -> None:
        """A sync tells of them time and again; that alone is no batch."""
        for _again in range(2):
            with store.begin() as transaction:
                transaction.save_people([make_person(1, role="A"), make_person(2, active=False)])
        assert len(list(store.journal())) == 1
        with store.begin() as transaction:
            transaction.save_people([make_person(1, role="B"), make_person(2, active=False)], MONDAY)
        *_first, last = store.journal()
        assert [(one.table, one.key) for one in unpack_rows(last.rows)] == [
            ("novigem_person", (user_digest(ANN),)),
            ("novigem_assignment", (user_digest(ANN), MONDAY)),
        ]
        assert newest_digests(store) == as_they_stand(store)

    def test_final_standings_that_were_kept_before_are_not_noted_again(self, store: Store) -> None:
        """What is closed stays as it is, whatever another process worked out."""
        for reason in ("the first", "the second"):
            with store.begin(lock=False) as transaction:
                transaction.save_closings([sample_closing(1, reason=reason)])
        assert len(list(store.journal())) == 1
        assert newest_digests(store) == as_they_stand(store)

    def test_a_batch_of_noted_rows_alone_stands_behind_the_entry_before_it(self, store: Store) -> None:
        """It is chained like all others, and moves neither the newest entry nor when that was written."""
        with store.begin() as transaction:
            transaction.opt_out(ANN, MONDAY)
        with store.begin() as transaction:
            transaction.append([sample_entry(1, recorded=MONDAY + 7)])
        with store.begin() as transaction:
            transaction.opt_out(BEN, MONDAY)
        with undone(store) as transaction:
            transaction.opt_out(ANN, None)
        found = [(row.batch, row.first, row.last, row.recorded) for row in store.journal()]
        assert found == [(1, 1, 0, 0), (2, 1, 1, MONDAY + 7), (3, 2, 1, MONDAY + 7)]
        assert list(verify(store.journal(), store.entry_bodies())) == []

    def test_an_erasure_notes_what_it_wrote_anew_and_forgets_what_was_before(self, store: Store) -> None:
        """No digest is left that a guess at who was erased could be held against."""
        with store.begin() as transaction:
            transaction.opt_out(ANN, MONDAY)
            transaction.save_people([make_person(1, name="Ann Lee", role="A")])
            asked = transaction.add_request(sample_request(user=BEN, author="Ann Lee"))
        with store.begin() as transaction:
            fill_tables(transaction)
            transaction.save_request(msgspec.structs.replace(asked, decision="Ann Lee said so"))
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            transaction.erase(REDACTOR, lambda text: text.replace(ANN, NOBODY))
        assert newest_digests(store) == as_they_stand(store)
        assert list(verify(store.journal(), store.entry_bodies())) == []
        every = [one for row in store.journal() for one in unpack_rows(row.rows)]
        assert not [one for one in every if user_digest(ANN) in one.key]
        told = [one.digest for one in every if one.place == ("novigem_person", (user_digest(NOBODY),))]
        assert told == [None, as_they_stand(store)["novigem_person", (user_digest(NOBODY),)]]
        decided = [one.digest for one in every if one.place == ("novigem_request", (1,))]
        assert decided == [None, as_they_stand(store)["novigem_request", (1,)]]
