"""What every store keeps for flags: changes and awards side by side in order of time, and what people decided."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from typing import Any

from novigem.engine.engine import Engine
from novigem.engine.posting.corrections import reversal
from novigem.ledger.store import Store
from novigem.model.entry import EntryKind
from novigem.model.judgement import Judgement
from novigem.testing.builders import make_change, make_id, make_program
from novigem.testing.contract.samples import MONDAY, bare_entry, logged, sample_entry, undone


def _judgement(flag: str = "0123456789", **values: Any) -> Judgement:
    user = make_id("005", 1)
    given = Judgement(flag, "program", "bulk-completion", user, "dismissed", "a reason", "somebody", MONDAY)
    return given._replace(**values)


class FlagContract:
    """The part of `StoreContract` that flags rest on."""

    def test_changes_of_a_stretch_come_in_order_its_end_not_included(self, store: Store) -> None:
        """The first moment is in, the last is not, and equal moments go by digest."""
        rows = [logged(make_change(record=n, at=f"2026-01-07T12:00:{n % 4:02}Z")) for n in range(12)]
        with store.begin() as transaction:
            transaction.log_changes(rows)
        moments = sorted({row.at for row in rows})
        expected = sorted((row.at, row.digest) for row in rows if row.at in moments[1:3])
        found = list(store.changes(moments[1], moments[3]))
        assert [(row.at, row.digest) for row, _change in found] == expected
        assert [row.record for row, _change in found] == [change.id for _row, change in found]

    def test_awards_are_the_rule_entries_that_stand(self, store: Store) -> None:
        """Neither what was taken back, nor its reversal, nor another kind, program or moment."""
        with store.begin() as transaction:
            first, *_rest = transaction.append(
                [
                    sample_entry(1),
                    sample_entry(2),
                    sample_entry(3, kind=EntryKind.BONUS),
                    sample_entry(4, program="other"),
                    sample_entry(9),
                    bare_entry(5),
                ]
            )
            transaction.append([reversal(first, "a test")])
        assert [entry.record for entry in store.awards("program", MONDAY, MONDAY + 9)] == [make_id("006", 2)]

    def test_awards_come_in_the_order_of_the_changes_that_paid_them(self, store: Store) -> None:
        """Whatever order the ledger has them in: by moment, then digest, then number."""
        given = [(2, b"\x01"), (1, b"\xff"), (1, b"\x7f"), (2, b"\x00"), (1, b"\x80"), (1, b"\x7f")]
        entries = [
            sample_entry(n, occurred=MONDAY + at, change=digest * 16) for n, (at, digest) in enumerate(given, start=1)
        ]
        with store.begin() as transaction:
            transaction.append(entries)
        assert [one.number for one in store.awards("program", MONDAY, MONDAY + 9)] == [3, 6, 5, 2, 4, 1]

    def test_both_streams_can_be_read_at_once(self, store: Store) -> None:
        """A look at a program walks along both."""
        Engine(store, [make_program({})]).apply([make_change(record=n) for n in range(1, 4)])
        changes, awards = store.changes(0, 2**62), store.awards("test", 0, 2**62)
        paired = [(change.id, next(awards).record) for _row, change in changes]
        assert next(awards, None) is None
        assert len(paired) == 3
        assert all(change == award for change, award in paired)

    def test_a_judgement_comes_back_as_it_was_made(self, store: Store) -> None:
        """In any script, by flag, of its own program."""
        first, second = _judgement("b", reason="Zoë \N{ROCKET} '"), _judgement("a", status="confirmed")
        with store.begin() as transaction:
            for one in (first, second, _judgement("c", program="other")):
                transaction.save_judgement(one)
        assert store.judgements("program") == [second, first]
        assert store.judgements("nothing") == []

    def test_the_last_judgement_of_a_flag_counts(self, store: Store) -> None:
        """Somebody may change their mind."""
        with store.begin() as transaction:
            transaction.save_judgement(_judgement())
        changed = _judgement(status="confirmed", reason="looked again", judged=MONDAY + 1)
        with store.begin() as transaction:
            transaction.save_judgement(changed)
        with undone(store) as transaction:
            transaction.save_judgement(_judgement(reason="never"))
        assert store.judgements("program") == [changed]
