"""How changes reach us: at the next sync, some of them late, some twice, those of one sync in any order."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple

from novigem.model.change import Change, to_micros
from novigem_sandbox.team.agenda import HOUR, MINUTE


class Lateness(NamedTuple):
    """How badly a feed behaves. `late` and `twice` are shares of the changes.

    Late ones come up to `longest_hours` after their time; else the next sync brings a change.
    """

    every_minutes: int = 60
    late: float = 0.02
    longest_hours: int = 72
    twice: float = 0.02


class Delivery(NamedTuple):
    """A change, and the moment at which a sync brings it, in microseconds since 1970 UTC."""

    change: Change
    deliver: int


def deliver(changes: Iterable[Change], lateness: Lateness = Lateness(), *, seed: int = 1) -> Iterator[Delivery]:  # noqa: B008 - a tuple cannot change
    """Yield every delivery, in the order of the changes; a change that comes twice stands twice."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    every = lateness.every_minutes * MINUTE
    for change in changes:
        at = to_micros(change.at)
        for _copy in range(2 if random.random() < lateness.twice else 1):
            delay = random.randrange(lateness.longest_hours * HOUR) if random.random() < lateness.late else 0
            yield Delivery(change, -(-(at + delay + 1) // every) * every)


def pages(changes: Iterable[Change], lateness: Lateness = Lateness(), *, seed: int = 1) -> Iterator[list[Change]]:  # noqa: B008
    """Yield what each sync brings, in the order of the syncs, shuffled within; memory holds what has not come yet."""
    random = Random(seed + 1)  # noqa: S311
    waiting: list[tuple[int, int, Change]] = []
    number = count()
    for one in deliver(changes, lateness, seed=seed):
        now = to_micros(one.change.at)
        while waiting and waiting[0][0] <= now:
            yield _page(waiting, random)
        heappush(waiting, (one.deliver, next(number), one.change))
    while waiting:
        yield _page(waiting, random)


def _page(waiting: list[tuple[int, int, Change]], random: Random) -> list[Change]:
    moment = waiting[0][0]
    page = []
    while waiting and waiting[0][0] == moment:
        page.append(heappop(waiting)[2])
    random.shuffle(page)
    return page
