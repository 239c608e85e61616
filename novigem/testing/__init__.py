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
from novigem.ledger.memory.store import MemoryStore
from novigem.testing.builders import make_change, make_id, make_person, make_program
from novigem.testing.contract.board import BoardContract
from novigem.testing.contract.closing import ClosingContract
from novigem.testing.contract.feed import FeedContract
from novigem.testing.contract.feed_state import FeedStateContract
from novigem.testing.contract.flag import FlagContract
from novigem.testing.contract.journal import JournalContract
from novigem.testing.contract.ledger import LedgerContract
from novigem.testing.contract.privacy import PrivacyContract
from novigem.testing.contract.state import StateContract
from novigem.testing.contract.store import StoreContract
from novigem.testing.contract.team import TeamContract

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
