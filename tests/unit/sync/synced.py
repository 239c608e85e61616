"""An org that was synced: what the tests of our copies begin with."""

import random
from typing import Any

import msgspec

from novigem.engine.engine import Engine
from novigem.feed.salesforce.audit import Audit
from novigem.feed.salesforce.client import SalesforceOrg
from novigem.ledger.memory.store import MemoryStore
from novigem.model.snapshot import Snapshot, Stream
from novigem.program.load import load_program_text
from novigem.sync import Sync
from novigem.sync.verify import plan_audit, run_audit
from novigem_sandbox.org import Running, SampleOrg

PROGRAM = load_program_text(
    """
program: season
name: A season
rules:
  - id: won
    object: Opportunity
    trigger: update
    points: 10
    when: [StageName: {changedTo: Closed Won}, Account.Industry: {notEquals: Energy}]
leaderboards: [{id: team, name: Team}]
"""
)
HOUR = 3600


class Bed:
    """A team's org with a few deals, a store that was synced with it, and a connection."""

    def __init__(self, running: Running, org: SalesforceOrg) -> None:
        self.running = running
        self.org = org
        self.sample: SampleOrg = running.org
        self.store = MemoryStore()
        self.engine = Engine(self.store, [PROGRAM])
        self.account = self.sample.create("Account", Name="Acme", Industry="Finance")
        self.deals = [self.deal(number) for number in range(7)]
        self.stream = Stream(self.sample.id, "Opportunity")
        self.sync()
        # The watermark passes the deals by hours.
        self.sync()

    def deal(self, number: int) -> str:
        return self.sample.create(
            "Opportunity",
            Name=f"Deal {number}",
            StageName="Prospecting",
            CloseDate="2026-06-30",
            AccountId=self.account,
        )

    def sync(self) -> None:
        self.sample.clock.advance(2 * HOUR)
        assert Sync(self.engine, self.org).run().errors == []

    def copy(self, record: str) -> Snapshot:
        return self.store.snapshots(self.stream, [record])[record]

    def keep(self, copy: Snapshot, **changed: Any) -> None:
        """Write another copy than the sync did, as a defect would."""
        with self.store.begin() as transaction:
            transaction.save_snapshots(self.stream, [msgspec.structs.replace(copy, **changed)])

    def audit(self, sample: int | None = None) -> Audit:
        plan = plan_audit(self.org, self.store, [PROGRAM], sample=sample)
        (audit,) = run_audit(self.org, self.store, plan, chance=random.Random(5))
        return audit
