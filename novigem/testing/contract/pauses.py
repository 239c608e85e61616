"""What every store keeps of pauses, and what a pause does to what is scored in it."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from datetime import UTC, datetime

from novigem.engine.engine import Engine
from novigem.engine.pausing import pause_program, resume_program
from novigem.ledger.store import Store
from novigem.model.pause import PauseStep, pauses_of
from novigem.model.people import Block
from novigem.testing.builders import make_change, make_program
from novigem.testing.contract.samples import MONDAY


class PausesContract:
    """The part of `StoreContract` about pauses."""

    def test_decisions_to_pause_are_numbered_and_kept(self, store: Store) -> None:
        """A transaction sees its own, and those of one program make its pauses."""
        first = PauseStep(0, "program", "pause", MONDAY, MONDAY, "Sam", "the org is moved")
        with store.begin() as transaction:
            assert transaction.save_pause(first).number == 1
            assert transaction.save_pause(first._replace(program="other", author=None)).number == 2
            assert [one.number for one in transaction.pauses()] == [1, 2]
        with store.begin() as transaction:
            transaction.save_pause(PauseStep(0, "program", "resume", MONDAY + 5, MONDAY + 5, "Sam", None))
        assert store.pauses()[0] == first._replace(number=1)
        (pause,) = pauses_of("program", store.pauses())
        assert (pause.start, pause.end, pause.reason) == (MONDAY, MONDAY + 5, "the org is moved")

    def test_what_happens_in_a_pause_pays_nothing(self, store: Store) -> None:
        """What happened before it pays, though it comes later; afterwards everything pays again."""
        engine = Engine(store, [make_program(starts="2026-01-05", weeks=4)])
        engine.apply([])
        now = datetime(2026, 1, 6, tzinfo=UTC)
        pause_program(store, "test", reason="a retreat", author="Sam", now=now)
        during = engine.apply([make_change(record=1, at="2026-01-07T12:00:00Z")])
        assert during.blocked == {("test", "rule-1", Block.PAUSED): 1}
        resume_program(store, "test", now=datetime(2026, 1, 8, tzinfo=UTC))
        changes = [make_change(record=n, at=f"2026-01-{n:02d}T12:00:00Z") for n in (5, 7, 8)]
        assert engine.apply(changes).entries == 2
