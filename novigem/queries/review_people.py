"""Who takes part in a program, for its review: also whoever has left since, since they did take part."""

import msgspec

from novigem.ledger.store import Store
from novigem.model.ids import known_id
from novigem.model.people import Person, is_user
from novigem.model.program import Program
from novigem.rules.eligibility import Eligibility


class Team:
    """The people of a program, by id; somebody with several users is one person."""

    def __init__(self, store: Store, program: Program) -> None:
        self._store = store
        self._joins = store.joins()
        self._eligibility = Eligibility(program.participants)
        self._known: dict[str, bool] = {}
        self.everybody = {one.id: one for one in store.everybody()}
        # Of an open program everybody who was told of may take part; of software and strangers nothing is told.
        self.members = sorted(user for user, one in self.everybody.items() if self._may_earn(user, one))

    def _may_earn(self, user: str, person: Person) -> bool:
        manager = self.everybody.get(person.manager) if person.manager else None
        there = msgspec.structs.replace(person, active=True)
        return is_user(user) and self._eligibility.block(user, there, manager) is None

    def person(self, owner: object, at: int) -> str | None:
        """Give who a user is at a moment; None for what is no user."""
        user = known_id(owner)
        return None if user is None or not is_user(user) else self._joins.of(user, at)

    def takes_part(self, owner: object, at: int) -> bool:
        """Tell whether the owner of a record takes part."""
        user = self.person(owner, at)
        if user is None:
            return False
        if user not in self._known:
            person = self.everybody.get(user) or Person(user)
            self._known[user] = self._may_earn(user, person)
        return self._known[user]
