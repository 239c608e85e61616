"""Without login: for the demo, on loopback only. Whoever comes in may see everything, and look as somebody."""

from starlette.requests import HTTPConnection

from novigem.access.roles import Reader, Role
from novigem.ledger.sql.store import SqlStore

#: The cookie that holds as whom somebody looks.
COOKIE = "novigem_as"
_ROLES = frozenset((Role.CSM, Role.LEADER, Role.ADMIN, Role.OPERATOR))


class NoLogin:
    """Takes everybody for a leader, operator and admin, as whichever person they chose."""

    def reader(self, request: HTTPConnection, store: SqlStore) -> Reader:
        """Give who looks."""
        chosen = request.cookies.get(COOKIE)
        found = None if chosen is None else self.reader_of(chosen, store)
        return Reader(user=None, roles=_ROLES) if found is None else found

    def reader_of(self, user: str, store: SqlStore) -> Reader | None:
        """Give a user as whom they would look."""
        person = store.people([user]).get(user)
        return None if person is None else Reader(user=person.id, name=person.label, roles=_ROLES)
