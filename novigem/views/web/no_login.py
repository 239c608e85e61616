"""Without login: for the demo, on loopback only. Whoever comes in may see everything, and look as somebody."""

from starlette.requests import HTTPConnection

from novigem.access.roles import Reader, Role
from novigem.ledger.sql.store import SqlStore

#: The cookie that holds as whom somebody looks.
COOKIE = "novigem_as"


class NoLogin:
    """Takes everybody for a leader, operator and admin, as whichever person they chose."""

    def reader(self, request: HTTPConnection, store: SqlStore) -> Reader:
        """Give who looks."""
        chosen = request.cookies.get(COOKIE)
        person = None if chosen is None else store.people([chosen]).get(chosen)
        roles = frozenset((Role.CSM, Role.LEADER, Role.ADMIN, Role.OPERATOR))
        if person is None:
            return Reader(user=None, roles=roles)
        return Reader(user=person.id, name=person.label, roles=roles)
