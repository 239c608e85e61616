"""The laws of the feed over real connections: whatever becomes of requests, the ledger is that of an untroubled run."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.engine.engine import Engine
from novigem.ledger.memory.store import MemoryStore
from tests.bed.http_world import FAULTS, HttpWorld, http_world
from tests.bed.observer import told
from tests.bed.world import NOON
from tests.property.test_feed_laws import IN_THE_ORG, act, facts

Step = tuple[Any, ...]

EDITS = st.lists(IN_THE_ORG, min_size=3, max_size=10)
THROUGH = st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 30), IN_THE_ORG, st.integers(1, 30))


def check(world: HttpWorld) -> None:
    """See that the world is at rest, and that each change that could be seen was told and paid once."""
    world.settle()
    world.check_rest()
    seen = world.observer.changes()
    assert told(change for _logged, change in world.store.changes()) == told(seen)
    reference = MemoryStore()
    Engine(reference, [world.program], clock=lambda: NOON).apply(seen)
    assert facts(world.store.store) == facts(reference)


@given(st.lists(st.tuples(EDITS, THROUGH), max_size=3))
@settings(max_examples=15, deadline=None)
def test_whatever_becomes_of_requests_each_change_is_told_and_paid_once(
    rounds: list[tuple[list[Step], tuple[str, int, Step, int]]],
) -> None:
    with http_world() as world:
        for edits, (fault, at, step, step_at) in rounds:
            for edit in edits:
                act(world, edit)
            world.sync_through(fault, at, partial(act, world, step), step_at)
        check(world)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@pytest.mark.parametrize("first_read", [True, False], ids=["first read", "poll"])
def test_each_fault_on_the_second_page_leaves_a_feed_that_goes_on(fault: str, *, first_read: bool) -> None:
    with http_world() as world:
        for _ in range(9):
            world.make(0, 0)
        world.wait(1500)
        if not first_read:
            world.sync()
            for number in range(9):
                world.edit(number, 1)
                world.wait(5)
            world.wait(400)
        # Of the users there is one page of three, and one more; then come the opportunities.
        second = 2 if first_read else 1
        struck = world.sync_through(fault, second, lambda: world.edit(4, 2), second, path="/query/0r8")
        assert struck > 0
        check(world)
        told_of = world.logged()
        assert len(told_of) == (1 if first_read else 9)
        assert told_of[world.records[4][1]][-1].new["StageName"] == "Closed Won"
