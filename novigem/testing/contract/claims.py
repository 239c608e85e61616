"""The part of the contract suite about rules that remember: claims, and what has been logged of a record."""
# ruff: noqa: S101 - tests: asserts are their point, and expected figures are literal

from msgspec import structs

from novigem.ledger.store import LoggedChange, Store
from novigem.model.change import Change, change_body, change_digest, to_micros
from novigem.model.claim import Claim, ClaimState
from novigem.testing.builders import make_change, make_id
from novigem.testing.contract.samples import MONDAY, sample_entry, undone

_ANN, _BEN = make_id("005", 1), make_id("005", 2)


def _claim(number: int, *, user: str = _ANN, part: str = "", wins: bool = True) -> Claim:
    draft = sample_entry(number, key=f"program/rule/{number}{part}", user=user, recorded=0)
    return Claim(draft, wins=wins, paid=10 if wins else 0)


def _logged(change: Change) -> LoggedChange:
    body = change_body(change)
    return LoggedChange(to_micros(change.at), change_digest(body), change.object, change.id, change.kind, body.decode())


class ClaimsContract:
    """Tests that claims and logged changes of every store pass."""

    many: int

    def test_claims_come_back_as_they_went_in(self, store: Store) -> None:
        """Each way of looking gives the same claim."""
        claim = Claim(_claim(1).draft, ClaimState.DORMANT, wins=False, paid=0, why="undone: the record was deleted")
        with store.begin() as transaction:
            transaction.save_claims([("limit", claim)])
            assert transaction.claims_of_records([make_id("006", 1), make_id("006", 2)]) == [claim]
            assert transaction.claims_of_facts(["program/rule/1"]) == [claim]
        assert store.claims_of_facts(["program/rule/1"]) == [claim]
        assert list(store.claims("program")) == [("limit", claim)]

    def test_a_claim_is_written_over_by_fact_change_and_part(self, store: Store) -> None:
        """Parts of one award are claims of their own to one fact."""
        parts = [_claim(1, part="/part-1"), _claim(1, part="/part-2", user=_BEN), _claim(1, part="/former")]
        with store.begin() as transaction:
            transaction.save_claims([("", one) for one in parts])
            again = Claim(parts[0].draft, wins=True, paid=4, why="cap")
            transaction.save_claims([("", again)])
            found = transaction.claims_of_facts(["program/rule/1"])
        assert sorted(found, key=lambda one: one.id) == sorted([again, *parts[1:]], key=lambda one: one.id)

    def test_winning_claims_of_a_limit_are_found_by_user_and_moment(self, store: Store) -> None:
        """From the first moment on, before the last one; what does not win takes no room."""
        claims = [("limit", _claim(number)) for number in range(1, 6)]
        others = [("limit", _claim(7, user=_BEN)), ("other", _claim(3, part="/part-1"))]
        lost = [("limit", _claim(4, part="/part-2", wins=False))]
        with store.begin() as transaction:
            transaction.save_claims([*claims, *others, *lost])
            found = transaction.claims_between([("limit", _ANN)], MONDAY + 2, MONDAY + 5)
            both = transaction.claims_between([("limit", _ANN), ("limit", _BEN)], MONDAY + 5, MONDAY + 8)
        assert sorted(one.draft.key for one in found) == ["program/rule/2", "program/rule/3", "program/rule/4"]
        assert sorted(one.draft.key for one in both) == ["program/rule/5", "program/rule/7"]

    def test_claims_of_one_program_are_removed(self, store: Store) -> None:
        """Those of other programs stay."""
        other = Claim(sample_entry(2, program="other", key="other/rule/2", recorded=0))
        with store.begin() as transaction:
            transaction.save_claims([("", _claim(1)), ("", other)])
            transaction.clear_claims("program")
        assert list(store.claims("program")) == []
        assert list(store.claims("other")) == [("", other)]

    def test_what_a_failed_transaction_claimed_is_gone(self, store: Store) -> None:
        """Claims commit together with their entries, or not at all."""
        with undone(store) as transaction:
            transaction.save_claims([("", _claim(1))])
        assert list(store.claims("program")) == []

    def test_records_are_found_by_what_they_name(self, store: Store) -> None:
        """Once each, however often it is noted."""
        one, other, account = make_id("006", 1), make_id("006", 2), make_id("001", 1)
        with store.begin() as transaction:
            transaction.save_references([(account, one), (account, other), (make_id("001", 2), one)])
            transaction.save_references({(account, one)})
            assert transaction.records_naming([account, make_id("001", 3)]) == {one, other}
        assert store.records_naming([make_id("001", 2)]) == {one}

    def test_records_that_lately_named_a_user_are_found(self, store: Store) -> None:
        """The one changed last first, and nothing of what lies further back than the newest changes."""
        day = "2026-01-0{}T12:00:00Z".format
        rows = [
            make_change(record=1, owner=1, at=day(5)),
            make_change(record=2, owner=2, at=day(6), by=1),
            make_change("update", record=1, owner=2, old={}, at=day(7)),
            make_change(record=3, owner=1, at=day(8)),
        ]
        user, (first, second, third) = make_id("005", 1), (make_id("006", n) for n in (1, 2, 3))
        with store.begin() as transaction:
            transaction.log_changes([_logged(one) for one in rows])
            assert transaction.lately_naming(user, 4) == [third, second, first]
        assert store.lately_naming(user, 3) == [third, second]
        assert store.lately_naming(make_id("005", 3), 4) == []

    def test_merges_are_found_among_all_changes_of_a_record(self, store: Store) -> None:
        """Also what brought a record back; in event time."""
        day = "2026-01-0{}T12:00:00Z".format
        merge = structs.replace(make_change("merge", at=day(8)), into=make_id("006", 2))
        rows = [make_change("undelete", at=day(9)), make_change("update", at=day(7)), merge]
        with store.begin() as transaction:
            transaction.log_changes([_logged(one) for one in (*rows, make_change("merge", record=3))])
            assert transaction.merges_of([make_id("006", 1), make_id("006", 2)]) == [merge, rows[0]]
        assert store.merges_of([make_id("006", 1)]) == [merge, rows[0]]

    def test_many_claims_go_in_at_once(self, store: Store) -> None:
        """Writing and reading them has no limit of its own."""
        claims = [_claim(number) for number in range(1, self.many)]
        with store.begin() as transaction:
            transaction.save_claims([("", one) for one in claims])
            found = transaction.claims_of_records([one.draft.record or "" for one in claims])
        assert len(found) == len(claims)

    def test_logged_changes_are_found_by_record_and_moment(self, store: Store) -> None:
        """In order of moment, from a moment on; the record's own, and nobody else's."""
        days = [make_change("update", record=1, at=f"2026-01-0{day}T12:00:00Z", old=None) for day in (7, 5, 6)]
        other = make_change("create", record=2, at="2026-01-06T12:00:00Z")
        record, since = days[0].id, to_micros(days[2].at)
        with store.begin(lock=False) as transaction:
            transaction.log_changes([_logged(one) for one in (*days, other)])
            found = transaction.changes_of([record])
            assert [change for _logged, change in found] == [days[1], days[2], days[0]]
            assert [change for _logged, change in transaction.changes_of([record], since)] == [days[2], days[0]]
            marks = transaction.logged_since([record], since)
            assert sorted(marks) == sorted((one.id, to_micros(one.at), _logged(one).digest) for one in days[::2])

    def test_logged_changes_are_counted_from_a_moment_on(self, store: Store) -> None:
        """As far as asked, and no further."""
        days = [make_change("create", record=day, at=f"2026-01-0{day}T12:00:00Z") for day in range(1, 6)]
        with store.begin(lock=False) as transaction:
            transaction.log_changes([_logged(one) for one in days])
            counts = [transaction.count_logged(to_micros(days[2].at), most) for most in (2, 3, 4)]
            assert counts == [2, 3, 3]
            assert transaction.count_logged(to_micros(days[4].at) + 1, 5) == 0
