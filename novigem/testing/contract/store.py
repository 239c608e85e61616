"""The contract suite: whatever passes it is a store."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.feed.source import MemorySource
from novigem.ledger.store import Store
from novigem.testing.builders import make_change, make_person, make_program
from novigem.testing.contract.board import BoardContract
from novigem.testing.contract.claims import ClaimsContract
from novigem.testing.contract.closing import ClosingContract
from novigem.testing.contract.feed import FeedContract
from novigem.testing.contract.feed_state import FeedStateContract
from novigem.testing.contract.flag import FlagContract
from novigem.testing.contract.joins import JoinsContract
from novigem.testing.contract.journal import JournalContract
from novigem.testing.contract.ledger import LedgerContract
from novigem.testing.contract.pauses import PausesContract
from novigem.testing.contract.privacy import PrivacyContract
from novigem.testing.contract.reader import ReaderContract
from novigem.testing.contract.row_digests import RowDigestContract
from novigem.testing.contract.samples import sample_badge, sample_entry, sample_progress, sample_total, undone
from novigem.testing.contract.state import StateContract
from novigem.testing.contract.team import TeamContract


class StoreContract(
    LedgerContract,
    StateContract,
    BoardContract,
    FeedContract,
    FeedStateContract,
    JournalContract,
    RowDigestContract,
    FlagContract,
    ClaimsContract,
    ClosingContract,
    TeamContract,
    PrivacyContract,
    ReaderContract,
    JoinsContract,
    PausesContract,
):
    """Tests that every store passes. Derive a test class and give it a fixture that yields an empty store.

        class TestMyStore(StoreContract):
            @pytest.fixture
            def store(self):
                return MyStore()

    For readable failures, add `pytest.register_assert_rewrite("novigem.testing")` to your conftest.py.
    """

    def test_the_very_first_transaction_may_fail(self, store: Store) -> None:
        """What a store does at its first use is not lost with it."""
        with undone(store) as transaction:
            transaction.append([sample_entry(1)])
        assert store.entry_count() == 0
        with store.begin() as transaction:
            transaction.append([sample_entry(1)])
        assert store.entry_count() == 1

    def test_a_failed_transaction_leaves_no_entries_and_nothing_derived(self, store: Store) -> None:
        """All of it commits together, or none of it."""
        with undone(store) as transaction:
            transaction.append([sample_entry(1)])
            transaction.save_progress([sample_progress(1)])
            transaction.save_totals([sample_total(1)])
            transaction.award_badges([sample_badge(1)])
        assert (store.entry_count(), list(store.entries()), store.progress_rows()) == (0, [], [])
        assert (list(store.rollup_totals("")), store.badges()) == ([], [])

    def test_the_engine_runs_on_it(self, store: Store) -> None:
        """A run, the same run again, a correction by late news, an adjustment, and the board after them."""
        program = make_program(
            {"challenge": "first", "points": 10},
            challenges=[{"id": "first", "completion": {"bonus": 5, "badge": "scout"}}],
            badges=[{"id": "scout"}],
        )
        late = make_change(record=1, owner=2, at="2026-01-06T00:00:00Z")
        rows = [make_change(record=1, owner=1), make_change(record=2, owner=1), late]
        source = MemorySource(rows, [make_person(1, name="Anna"), make_person(2)], page_size=1)
        for _time in range(2):
            Engine(store, [program]).run(source, again=True)
        Manual(Engine(store, [program])).adjust("test", rows[0].new["OwnerId"], -3, reason="by hand")
        assert [(total.user, total.points, total.entries) for total in store.top("test:*:all", (), None)] == [
            (late.new["OwnerId"], 15, 2),
            (rows[0].new["OwnerId"], 12, 3),
        ]
        assert len(store.badges()) == 2
        assert [row.value for row in store.progress_rows()] == [1_000_000, 1_000_000]
