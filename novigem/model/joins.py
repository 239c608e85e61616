"""Joins: two Salesforce users that are one person, as somebody decided; pure.

A person may get a second user: a new licence, a new org, a login that was set up anew. From the moment of a join on
everything of the one user counts as the other's, who is then the person. What was decided is kept as it was decided;
taking a join back is a decision of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from novigem.model.people import JoinedPerson, JoinedUser, Person
from novigem.model.program import ALWAYS_END, ALWAYS_START


class Join(NamedTuple):
    """A decision: from `since` on, `user` is `person`; None takes back what was decided before of the user.

    Moments are in microseconds since 1970 UTC; `moment` is when it was decided. `body` is a JSON text: the badges given
    by hand that stand under another name, or not at all, since then (see `novigem.engine.joining.given`).
    """

    number: int
    user: str
    person: str | None
    since: int
    moment: int
    author: str | None
    reason: str
    body: str = "[]"


class Joins:
    """Which user is which person, from all decisions there are. False where no two users are one person."""

    def __init__(self, history: Iterable[Join] = ()) -> None:
        #: Every decision, oldest first.
        self.history = tuple(sorted(history))
        latest = {one.user: one for one in self.history}
        self._next = {one.user: (one.person, one.since) for one in latest.values() if one.person is not None}
        users: dict[str, list[str]] = defaultdict(list)
        for user in sorted(self._next):
            for person in self._path(user, ALWAYS_END):
                users[person].append(user)
        self._users = {person: tuple(own) for person, own in users.items()}

    def __bool__(self) -> bool:
        """Tell whether any two users are one person."""
        return bool(self._next)

    def __eq__(self, other: object) -> bool:
        """Tell whether the same was decided."""
        return isinstance(other, Joins) and self.history == other.history

    def __hash__(self) -> int:
        """Give the same for the same decisions."""
        return hash(self.history)

    def of(self, user: str, at: int) -> str:
        """Give the person as whom something counts that a user did at a moment (microseconds since 1970 UTC)."""
        if user not in self._next:
            return user
        return [user, *self._path(user, at)][-1]

    def person(self, user: str) -> str:
        """Give the person whom a user names: the one as whom the user counts in the end."""
        return self.of(user, ALWAYS_END)

    def users(self, person: str) -> tuple[str, ...]:
        """Give the users who are joined with somebody, through others too, in order; none where nobody is."""
        return self._users.get(person, ())

    def group(self, user: str) -> tuple[str, ...]:
        """Give the person whom a user names, and then all users who are joined with them."""
        person = self.person(user)
        return (person, *self.users(person))

    def with_(self, join: Join) -> "Joins":
        """Give these with one more decision."""
        return Joins([*self.history, join._replace(number=len(self.history) + 1)])

    def current(self, user: str) -> Join | None:
        """Give the decision by which a user counts as another; None where none holds."""
        if user not in self._next:
            return None
        return next(one for one in reversed(self.history) if one.user == user)

    @property
    def standing(self) -> tuple[Join, ...]:
        """The decisions that hold, by user."""
        return tuple(one for user in sorted(self._next) if (one := self.current(user)) is not None)

    def _path(self, user: str, at: int) -> Iterator[str]:
        # A circle is refused when it is decided; the walk ends all the same.
        seen = {user}
        while (found := self._next.get(user)) is not None and found[1] <= at and found[0] not in seen:
            user = found[0]
            seen.add(user)
            yield user

    # What is known of the people.

    def known(self, user: str, told: Mapping[str, Person]) -> Person | None:
        """Give what is known of a user, where some users were told of: of a person with several, of all of them.

        Whoever is active stands for the person: the person's own user first. Reports to a person go to that person.
        """
        own, joined = told.get(user), self.users(user)
        parts = [told[one] for one in (user, *joined) if one in told]
        if not parts:
            return None
        if user in self._next:
            return None if own is None else JoinedUser(**self._fields(own), person=self.person(user))
        if not joined:
            return self._led(own) if own is not None else None
        first = next((one for one in parts if one.active), parts[0])
        fields = self._fields(first) | {
            "id": user,
            "name": next((one.name for one in (first, *parts) if one.name), None),
            "email": next((one.email for one in (first, *parts) if one.email), None),
        }
        return JoinedPerson(**fields, parts=tuple(parts), joined=joined)

    def everybody(self, told: Mapping[str, Person]) -> list[Person]:
        """Give everybody, ordered by id: a user who always was another is no person of their own."""
        ids = {*told, *(self.person(user) for user in told)}
        found = (self.known(user, told) for user in sorted(ids) if self.of(user, ALWAYS_START) == user)
        return [one for one in found if one is not None]

    def _fields(self, person: Person) -> dict[str, Any]:
        led = self._led(person)
        return {name: getattr(led, name) for name in Person.__struct_fields__}

    def _led(self, person: Person) -> Person:
        manager = person.manager and self.person(person.manager)
        return person if manager == person.manager else replace(person, manager=manager)


#: No two users are one person.
NO_JOINS = Joins()
