"""Rows that move while their pages are read, and cursors that die then: a page shows its rows as they are by now."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.feed.salesforce.org import CursorGone
from tests.bed.observer import told
from tests.bed.world import World

RECORDS = 6
CALL = st.integers(1, RECORDS)
#: Before which call for another page something happens, and to which record.
HAPPENINGS = st.lists(
    st.tuples(CALL, st.sampled_from(("edit", "edit", "commit", "remove")), st.integers(0, RECORDS - 1)),
    min_size=1,
    max_size=5,
)
DEATHS = st.sets(CALL, min_size=1, max_size=3)
LATE = st.lists(st.integers(0, RECORDS - 1), max_size=3, unique=True)


class Meddling:
    """Lets things happen before the n-th call for another page, and lets the cursor die at some."""

    def __init__(self, world: World, happenings: list[tuple[int, str, int]], deaths: set[int]) -> None:
        self._world, self._happenings, self._deaths = world, happenings, deaths
        self._asked = 0

    def __call__(self, call: str) -> None:
        if call != "query_more":
            return
        self._asked += 1
        for at, what, which in self._happenings:
            if at == self._asked:
                arguments: tuple[Any, ...] = {"edit": (which, 2), "remove": (which,)}.get(what, ())
                getattr(self._world, what)(*arguments)
        if self._asked in self._deaths:
            raise CursorGone("invalid query locator")


@given(HAPPENINGS, DEATHS, LATE, st.integers(1, 2))
@settings(max_examples=40, deadline=None)
def test_no_row_takes_others_along_when_it_moves(
    happenings: list[tuple[int, str, int]], deaths: set[int], late: list[int], page_size: int
) -> None:
    world = World(page_size=page_size)
    for _ in range(RECORDS):
        world.make(0, 0)
    world.wait(1500)
    world.sync()
    for number in range(RECORDS):
        world.edit(number, 1)
        world.wait(5)
    world.wait(300)
    for number in late:
        world.edit_late(number, 2)
    world.wait(300)
    world.direct.before = Meddling(world, happenings, deaths)
    world.sync()
    world.direct.before = lambda _call: None
    world.settle()
    world.check_rest()
    assert told(change for _logged, change in world.store.changes()) == told(world.observer.changes())
