"""Activity: each logged change beside its rule matches and its standing awards, in order of time, one at a time."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from novigem.audit.flags.matches import RuleMatch, RuleMatches
from novigem.ledger.store import Store
from novigem.model.change import KIND_ORDER, Change
from novigem.model.entry import Entry


class Activity(NamedTuple):
    """A change, the standing awards it made, and its rule matches: those awards, and what it did that was not paid.

    `at` is its moment, in microseconds since 1970 UTC. `change` is None where the change log does not hold the change
    that paid.
    """

    at: int
    change: Change | None
    awards: tuple[Entry, ...]
    rule_matches: tuple[RuleMatch, ...]

    @property
    def news(self) -> Iterator[RuleMatch]:
        """The rule matches, without those that were only done over on the same day."""
        return (rule_match for rule_match in self.rule_matches if not rule_match.is_again)


class _Paired(NamedTuple):
    """A change with its moment and digest, and the standing awards it made."""

    at: int
    digest: bytes
    change: Change | None
    awards: tuple[Entry, ...]


def activities(store: Store, program: str, rule_matches: RuleMatches, since: int, until: int) -> Iterator[Activity]:
    """Yield what happened from one moment up to another (not included); both streams are read as they are needed.

    Changes of one moment come by their `seq`, as they were made: the store has them by digest.
    """
    for _at, same in groupby(_paired(store, program, since, until), key=lambda one: one.at):
        for one in sorted(same, key=_within_a_moment):
            yield activity(rule_matches, one.change, one.digest, one.at, one.awards)


def activity(
    rule_matches: RuleMatches, change: Change | None, digest: bytes, at: int, awards: tuple[Entry, ...]
) -> Activity:
    """Give the activity of a change and its standing awards."""
    done = tuple(map(RuleMatch, awards)) if change is None else rule_matches.of(change, digest, at, awards)
    return Activity(at, change, awards, done)


def _paired(store: Store, program: str, since: int, until: int) -> Iterator[_Paired]:
    # What a limit left nothing of was done, and not paid.
    awards = (one for one in store.awards(program, since, until) if one.points)
    award = next(awards, None)
    for logged, change in store.changes(since, until):
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
