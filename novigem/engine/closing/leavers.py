"""People who have left: of whom every user was last told inactive. Whoever only takes part no more has not left."""

from collections.abc import Iterable, Mapping

from novigem.ledger.store import Store
from novigem.model.people import JoinedUser, Person


def leavers_among(store: Store, people: Mapping[str, Person]) -> frozenset[str]:
    """Give who of some people, by id, has left; of whom nothing was told, nobody knows it."""
    # A user who counts as somebody from a day on stands for that person, who may be active under another user.
    others = {one.person for one in people.values() if isinstance(one, JoinedUser)}
    persons = store.people(others) if others else {}
    return frozenset(user for user, one in people.items() if not persons.get(one.person, one).active)


def leavers_of(store: Store, users: Iterable[str]) -> frozenset[str]:
    """Give who of some users has left."""
    return leavers_among(store, store.people(sorted(set(users))))


def leavers_in(store: Store, rollup: str) -> frozenset[str]:
    """Give who has left of those with a kept sum."""
    joins = store.joins()
    # Of somebody with several users, any of them may be the one that was told of.
    persons = {joins.person(one.user) for one in joins.standing}
    return leavers_of(store, store.inactive(rollup) | persons)
