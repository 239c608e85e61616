"""Occasions: each logged change beside the awards that stand for it, in order of time, one at a time."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from novigem.ledger.store import Store
from novigem.model.change import KIND_ORDER, Change
from novigem.model.entry import Entry


class Occasion(NamedTuple):
    """A change and the standing awards it made. `at` is its moment, in microseconds since 1970 UTC.

    `change` is None where the change log does not hold the change that paid.
    """

    at: int
    change: Change | None
    awards: tuple[Entry, ...]


def occasions(store: Store, program: str, since: int, until: int) -> Iterator[Occasion]:
    """Yield what happened from one moment up to another (not included); both streams are read as they are needed.

    Changes of one moment come by their `seq`, as they were made: the store has them by digest.
    """
    for _at, same in groupby(_paired(store, program, since, until), key=lambda one: one.at):
        yield from sorted(same, key=_within_a_moment)


def _paired(store: Store, program: str, since: int, until: int) -> Iterator[Occasion]:
    awards = store.awards(program, since, until)
    award = next(awards, None)
    for logged, change in store.changes_between(since, until):
        place = (logged.at, logged.digest)
        while award is not None and _place(award) < place:
            yield Occasion(award.occurred, None, (award,))
            award = next(awards, None)
        paid = []
        while award is not None and _place(award) == place:
            paid.append(award)
            award = next(awards, None)
        yield Occasion(logged.at, change, tuple(paid))
    while award is not None:
        yield Occasion(award.occurred, None, (award,))
        award = next(awards, None)


def _place(award: Entry) -> tuple[int, bytes]:
    return award.occurred, award.change or b""


def _within_a_moment(one: Occasion) -> tuple[int, int]:
    if one.change is None:
        return one.awards[0].seq, 0
    return one.change.seq, KIND_ORDER.get(one.change.kind, 0)
