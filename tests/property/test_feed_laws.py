"""The laws of the feed: whatever happens in an org, and whatever goes wrong on the way, nothing is lost or doubled."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.engine.engine import Engine
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from tests.bed.observer import told
from tests.bed.world import FAULTS, NOON, World

Step = tuple[Any, ...]

WHICH, STATE, USER = st.integers(0, 7), st.integers(0, 4), st.integers(0, 2)
AT_CALL = st.integers(0, 14)
IN_THE_ORG = st.one_of(
    st.tuples(st.just("make"), WHICH, STATE, USER),
    st.tuples(st.just("edit"), WHICH, STATE, USER),
    st.tuples(st.just("edit"), WHICH, STATE, USER),
    st.tuples(st.just("edit_late"), WHICH, STATE, USER),
    st.tuples(st.just("make_late"), WHICH, STATE, USER),
    st.tuples(st.just("commit")),
    st.tuples(st.just("remove"), WHICH),
    st.tuples(st.just("restore"), WHICH),
    st.tuples(st.just("purge"), WHICH),
    st.tuples(st.just("merge"), WHICH, WHICH),
    st.tuples(st.just("touch"), WHICH),
    st.tuples(st.just("rename"), WHICH, STATE),
    st.tuples(st.just("wait"), st.sampled_from((0.3, 1, 20, 70, 400, 1000))),
)
SYNCS = st.one_of(
    st.tuples(st.just("sync")),
    st.tuples(st.just("sync_with"), st.sampled_from(sorted(FAULTS)), AT_CALL),
    st.tuples(st.just("sync_while"), IN_THE_ORG, AT_CALL),
    st.tuples(st.just("sync_and_die_writing"), AT_CALL),
)
HISTORIES = st.lists(st.one_of(IN_THE_ORG, IN_THE_ORG, SYNCS), min_size=1, max_size=30)


def act(world: World, step: Step) -> None:
    name, *arguments = step
    if name == "sync_while":
        inner, after = arguments
        world.sync_while(lambda: act(world, inner), after)
    else:
        getattr(world, name)(*arguments)


def play(steps: Iterable[Step], *, page_size: int) -> World:
    world = World(page_size=page_size)
    for step in steps:
        act(world, step)
    world.settle()
    return world


def facts(store: Store) -> Counter[tuple[Any, ...]]:
    """Give what stands in the ledger, however it came to stand there."""
    return Counter(
        (one.key.split("/")[1], one.kind, one.user, one.points, one.record, one.occurred)
        for one in standing_entries(store.entries())
    )


@given(HISTORIES, st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_every_observable_change_is_told_once_and_the_ledger_is_made_of_just_those(
    steps: list[Step], page_size: int
) -> None:
    world = play(steps, page_size=page_size)

    world.check_rest()
    seen = world.observer.changes()
    assert told(change for _logged, change in world.store.changes()) == told(seen)
    reference = MemoryStore()
    Engine(reference, [world.program], clock=lambda: NOON).apply(seen)
    assert facts(world.store.store) == facts(reference)
