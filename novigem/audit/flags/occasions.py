"""Occasions: each logged change beside its deeds and the awards that stand for it, in order of time, one at a time."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from novigem.audit.flags.matches import Deed, Deeds
from novigem.ledger.store import Store
from novigem.model.change import KIND_ORDER, Change
from novigem.model.entry import Entry


class Occasion(NamedTuple):
    """A change, the standing awards it made, and its deeds: those awards, and what it did that was not paid.

    `at` is its moment, in microseconds since 1970 UTC. `change` is None where the change log does not hold the change
    that paid.
    """

    at: int
    change: Change | None
    awards: tuple[Entry, ...]
    deeds: tuple[Deed, ...]

    @property
    def news(self) -> Iterator[Deed]:
        """The deeds, without those that were only done over on the same day."""
        return (deed for deed in self.deeds if not deed.is_again)


class _Paired(NamedTuple):
    """A change with its moment and digest, and the standing awards it made."""

    at: int
    digest: bytes
    change: Change | None
    awards: tuple[Entry, ...]


def occasions(store: Store, program: str, deeds: Deeds, since: int, until: int) -> Iterator[Occasion]:
    """Yield what happened from one moment up to another (not included); both streams are read as they are needed.

    Changes of one moment come by their `seq`, as they were made: the store has them by digest.
    """
    for _at, same in groupby(_paired(store, program, since, until), key=lambda one: one.at):
        for one in sorted(same, key=_within_a_moment):
            yield occasion(deeds, one.change, one.digest, one.at, one.awards)


def occasion(deeds: Deeds, change: Change | None, digest: bytes, at: int, awards: tuple[Entry, ...]) -> Occasion:
    """Give the occasion of a change and its standing awards."""
    done = tuple(map(Deed, awards)) if change is None else deeds.of(change, digest, at, awards)
    return Occasion(at, change, awards, done)


def _paired(store: Store, program: str, since: int, until: int) -> Iterator[_Paired]:
    awards = store.awards(program, since, until)
    award = next(awards, None)
    for logged, change in store.changes_between(since, until):
        place = (logged.at, logged.digest)
        while award is not None and _place(award) < place:
            yield _Paired(award.occurred, b"", None, (award,))
            award = next(awards, None)
        paid = []
        while award is not None and _place(award) == place:
            paid.append(award)
            award = next(awards, None)
        yield _Paired(logged.at, logged.digest, change, tuple(paid))
    while award is not None:
        yield _Paired(award.occurred, b"", None, (award,))
        award = next(awards, None)


def _place(award: Entry) -> tuple[int, bytes]:
    return award.occurred, award.change or b""


def _within_a_moment(one: _Paired) -> tuple[int, int]:
    if one.change is None:
        return one.awards[0].seq, 0
    return one.change.seq, KIND_ORDER.get(one.change.kind, 0)
