"""Help for your own tests: doubles, builders, and the contract suite that every store passes.

    def test_a_won_deal_pays_ten_points():
        program = make_program({"object": "Opportunity", "when": {"StageName": {"equals": "Closed Won"}}, "points": 10})
        engine = Engine(MemoryStore(), [program])
        report = engine.apply([make_change(StageName="Closed Won")])
        assert report.points == 10

`make_change` and `make_program` fill in what a test does not care about. `MemoryStore` and `MemorySource` stand in for
a database and a feed. `StoreContract` is a suite of pytest tests: derive a class from it and give it a `store` fixture.
Nothing here imports pytest.
"""

from novigem.feed.source import MemorySource
from novigem.ledger.memory import MemoryStore
from novigem.testing.board_contract import BoardContract
from novigem.testing.builders import make_change, make_id, make_person, make_program
from novigem.testing.closing_contract import ClosingContract
from novigem.testing.feed_contract import FeedContract
from novigem.testing.feed_state_contract import FeedStateContract
from novigem.testing.flag_contract import FlagContract
from novigem.testing.journal_contract import JournalContract
from novigem.testing.ledger_contract import LedgerContract
from novigem.testing.privacy_contract import PrivacyContract
from novigem.testing.state_contract import StateContract
from novigem.testing.store_contract import StoreContract
from novigem.testing.team_contract import TeamContract

__all__ = [
    "BoardContract",
    "ClosingContract",
    "FeedContract",
    "FeedStateContract",
    "FlagContract",
    "JournalContract",
    "LedgerContract",
    "MemorySource",
    "MemoryStore",
    "PrivacyContract",
    "StateContract",
    "StoreContract",
    "TeamContract",
    "make_change",
    "make_id",
    "make_person",
    "make_program",
]
