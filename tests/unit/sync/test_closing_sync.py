"""A sync closes what is over, once it has read an org to the end of the grace period, and never before."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from novigem.queries.queries import Queries
from novigem.sync import Sync
from novigem.testing import make_program
from tests.golden.orgs import connected_to, served, team_org

DAY = 86_400


def test_a_season_is_final_after_the_sync_that_has_read_past_its_grace_period() -> None:
    with served(team_org()) as running, connected_to(running) as org:
        first = running.org.clock.now().astimezone(ZoneInfo("UTC")).date()
        program = make_program(starts=str(first), ends=str(first), closing={"grace_days": 1})
        # The clock of this machine is far ahead of the org's: it alone must not close anything.
        engine = Engine(MemoryStore(), [program], clock=lambda: datetime(2099, 1, 1, tzinfo=UTC))
        assert Sync(engine, org).run().closed == []
        running.org.create("Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-06-30")
        running.org.clock.advance(DAY)
        assert Sync(engine, org).run().closed == []
        now = running.org.clock.now()
        board = Queries(engine.store, now=now + timedelta(days=9)).board()
        assert (board.status, board.waits_for, len(board.rows)) == ("provisional", ("Opportunity",), 1)
        running.org.clock.advance(2 * DAY)
        report = Sync(engine, org).run()
        assert [(one.kind, one.id) for one in report.closed] == [("board", "everybody")]
        assert Sync(engine, org).run().closed == []
        assert Queries(engine.store, now=now).board().status == "final"
