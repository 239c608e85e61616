"""Field history: every edit of a tracked field is told, with its author, however seldom the org is polled."""

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.feed.salesforce.intake import PollOptions
from tests.bed.world import World

WHICH, STATE, USER = st.integers(0, 2), st.integers(0, 4), st.integers(0, 2)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), WHICH, STATE, USER),
        st.tuples(st.just("edit"), WHICH, STATE, USER),
        st.tuples(st.just("edit_late"), WHICH, STATE, USER),
        st.tuples(st.just("commit")),
        st.tuples(st.just("wait"), st.sampled_from((1, 20, 70, 400))),
        st.tuples(st.just("sync")),
    ),
    max_size=25,
)
TRACKED = ("StageName", "NextStep", "OwnerId")


def transitions(world: World, record: str) -> list[tuple[Any, ...]]:
    """Give every committed edit of tracked fields: values before and after, author, moment."""
    found = []
    versions = [one.values for one in world.org.versions(record) if one.values is not None]
    for before, after in pairwise(versions):
        old = {field: before[field] for field in TRACKED if before[field] != after[field]}
        if old:
            new = {field: after[field] for field in old}
            found.append((old, new, after["LastModifiedById"], after["LastModifiedDate"][:19]))
    return found


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_every_edit_is_told_with_its_author_when_edits_lie_more_than_a_second_apart(steps: list[Any]) -> None:
    options = PollOptions(overlap_seconds=0, lag_seconds=1300, replication_seconds=60, with_history=True)
    world = World(options=options)
    for number in range(3):
        world.make(0, number)
    world.wait(60)
    world.sync()
    for name, *arguments in steps:
        getattr(world, name)(*arguments)
        world.wait(1.5)
    world.settle()

    for _name, record in world.records:
        told = [
            (one.old, {field: one.new[field] for field in one.old or ()}, one.by, f"{one.at:%Y-%m-%dT%H:%M:%S}")
            for one in world.logged().get(record, [])
        ]
        assert told == transitions(world, record)
        assert {one.confidence for one in world.logged().get(record, [])} <= {"exact"}
