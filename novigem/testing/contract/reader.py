"""Every question of `Reader`, asked of the store and inside of a transaction: both answer alike."""
# ruff: noqa: S101 - tests: asserts are their point

from collections.abc import Callable, Mapping
from typing import Any

from novigem.ledger.store import EntryFilter, ItemKey, Reader, Store
from novigem.model.entry import TierKey
from novigem.model.redaction import SUPPRESSIONS as SECRET
from novigem.model.redaction import Erasure
from novigem.testing.builders import make_id
from novigem.testing.contract.privacy import ANN, REDACTOR, SUPPRESSIONS, fill_tables
from novigem.testing.contract.samples import MONDAY, STREAM, sample_closing, sample_entry, sample_progress, sample_total

_BOOK = "program:*:all"
_TIER = TierKey(_BOOK, "", -10)
_RECORDS = [make_id("006", 1), make_id("006", 20)]
_LAST = 2**62

#: One way to ask each question, so that there is something to answer.
QUESTIONS: Mapping[str, Callable[[Reader], Any]] = {
    "altered_columns": lambda one: [*one.altered_columns(), "and nothing else"],
    "assignments": lambda one: one.assignments([ANN]),
    "awards": lambda one: list(one.awards("program", 0, _LAST)),
    "badges": lambda one: one.badges(),
    "bindings": lambda one: one.bindings(),
    "changes": lambda one: list(one.changes()),
    "changes_of": lambda one: one.changes_of(_RECORDS),
    "claims": lambda one: sorted(one.claims("program"), key=str),
    "claims_between": lambda one: one.claims_between([("cap", ANN)], 0, _LAST),
    "claims_of_facts": lambda one: one.claims_of_facts(["program/rule/21"]),
    "claims_of_records": lambda one: one.claims_of_records(_RECORDS),
    "closed": lambda one: one.closed("program"),
    "closing": lambda one: one.closing(sample_closing(1).key),
    "closings": lambda one: one.closings(),
    "count_above": lambda one: one.count_above(sample_total(1, points=-1), (), distinct=False),
    "count_logged": lambda one: one.count_logged(0, 9),
    "entries": lambda one: list(one.entries(EntryFilter("program"))),
    "entry_bodies": lambda one: list(one.entry_bodies()),
    "entry_count": lambda one: one.entry_count(),
    "erasures": lambda one: one.erasures(),
    "revision": lambda one: one.revision(),
    "timezones": lambda one: one.timezones(),
    "every_assignment": lambda one: one.every_assignment(),
    "every_user": lambda one: one.every_user(),
    "every_snapshot": lambda one: list(one.every_snapshot(STREAM)),
    "everybody": lambda one: one.everybody(),
    "extent": lambda one: one.extent(),
    "inactive": lambda one: [*sorted(one.inactive("program:*:all")), "and nobody else"],
    "item_counts": lambda one: sorted(one.item_counts("scope")),
    "items": lambda one: one.items([ItemKey("scope", ANN, "a")]),
    "joins": lambda one: one.joins().history,
    "journal": lambda one: list(one.journal()),
    "judgements": lambda one: one.judgements("program"),
    "last_adjusted": lambda one: one.last_adjusted(["program"]),
    "lately_naming": lambda one: one.lately_naming(ANN, 9),
    "latest": lambda one: one.latest([sample_entry(2).key]),
    "leases": lambda one: one.leases(),
    "logged_since": lambda one: sorted(one.logged_since(_RECORDS, 0)),
    "lowest": lambda one: one.lowest("program:*:all"),
    "merges_of": lambda one: one.merges_of(_RECORDS),
    "neighbours": lambda one: one.neighbours(sample_total(1), (), 1),
    "newest_batch": lambda one: one.newest_batch(),
    "not_seen": lambda one: list(one.not_seen(STREAM, 1)),
    "opted_out": lambda one: one.opted_out(),
    "pauses": lambda one: one.pauses(),
    "people": lambda one: one.people([ANN]),
    "position": lambda one: one.position("file:/home/ann.lee/changes"),
    "positions": lambda one: one.positions("file:"),
    "program_in_use": lambda one: one.program_in_use("program"),
    "programs": lambda one: one.programs(),
    "progress": lambda one: one.progress([sample_progress(1).key]),
    "progress_rows": lambda one: one.progress_rows(),
    "row_digests": lambda one: sorted(one.row_digests(), key=str),
    "redactor": lambda one: sorted(one.redactor().suppressions),
    "records_naming": lambda one: sorted(one.records_naming([ANN])),
    "rejected": lambda one: one.rejected(),
    "reports": lambda one: one.reports(),
    "request": lambda one: one.request(1),
    "requests": lambda one: one.requests(),
    "rollup_totals": lambda one: list(one.rollup_totals("program:")),
    "rows_naming": lambda one: sorted(map(str, one.rows_naming(REDACTOR, lambda text: text.replace(ANN, "")))),
    "snapshot_count": lambda one: one.snapshot_count(STREAM),
    "snapshots": lambda one: one.snapshots(STREAM, _RECORDS),
    "tier_counts": lambda one: one.tier_counts("program:"),
    "tiers": lambda one: one.tiers([_TIER]),
    "timeline": lambda one: one.timeline(),
    "top": lambda one: one.top(_BOOK, (), None),
    "total": lambda one: one.total(_BOOK, ANN),
    "totals": lambda one: one.totals([(_BOOK, ANN)]),
    "users": lambda one: one.users("program"),
    "users_led_by": lambda one: one.users_led_by([ANN]),
}
#: The journal is written when a transaction ends.
_AT_THE_END = {"journal", "newest_batch", "revision"}


def _answers(reader: Reader) -> dict[str, Any]:
    return {name: ask(reader) for name, ask in QUESTIONS.items()}


class ReaderContract:
    """The part of `StoreContract` about one question having one answer."""

    def test_a_transaction_answers_every_question_from_inside_itself_as_its_store_does_afterwards(
        self, store: Store
    ) -> None:
        """Its own rows are among what it answers from; only the journal is written at its end."""
        assert QUESTIONS.keys() == {name for name in vars(Reader) if not name.startswith("_")}
        assert store.acquire_lease("feed", "one", 3600) is not None
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            fill_tables(transaction)
            transaction.save_tiers({_TIER: 2})
            transaction.secret(SECRET)
            transaction.save_erasure(Erasure(0, MONDAY, "left", None, "{}"), SUPPRESSIONS)
            inside = _answers(transaction)
        afterwards = _answers(store)
        assert {name for name in QUESTIONS if inside[name] != afterwards[name]} == _AT_THE_END
        assert [name for name, answer in afterwards.items() if not answer] == []
        with store.begin() as transaction:
            assert _answers(transaction) == afterwards

    def test_a_transaction_may_write_while_it_reads(self, store: Store) -> None:
        """What it writes meanwhile does not get into an answer that it has begun to read."""
        with store.begin() as transaction:
            transaction.append([sample_entry(number) for number in range(1, 4)])
            for entry in transaction.entries():
                transaction.append([sample_entry(entry.number + 10)])
            numbers = [int.from_bytes(entry.change or b"") for entry in transaction.entries()]
        assert numbers == [1, 2, 3, 11, 12, 13]
