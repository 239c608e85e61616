"""Who somebody is: from what a way of signing in tells to a person, their roles and their reports.

A user id names its person, whichever of several users it is. An e-mail names whoever has it alone: where two people
have one, nobody can tell which is meant, and none of them gets in by it.
"""

from typing import NamedTuple

from novigem.access.roles import Reader, Role, RoleNames, named_roles
from novigem.errors import InputError
from novigem.ledger.sql.store import SqlStore
from novigem.model.ids import id18
from novigem.model.people import Person, is_user, known_as, parts_of


class Identity(NamedTuple):
    """As whom somebody signs in: the person's id (None for no user of the org), and as whom the provider knows them."""

    user: str | None
    subject: str
    provider: str


class NotLetIn(InputError):  # noqa: N818 - reads better at the call site: `raise NotLetIn(...)`
    """Somebody who proved who they are, and may not come in."""


def identity_of_user(store: SqlStore, user: str, provider: str) -> Identity:
    """Give the identity behind a user id that a provider told. Raises NotLetIn."""
    try:
        user = id18(user)
    except ValueError as error:
        raise NotLetIn("the provider named no user of Salesforce", hint="tell whoever looks after Novigem") from error
    person = _person(store, user)
    if person is None:
        raise NotLetIn(
            "Novigem does not know you yet", hint="people come with the next sync; tell whoever looks after Novigem"
        )
    if not person.active:
        raise NotLetIn("your user in Salesforce is not active", hint="ask an administrator of Salesforce")
    return Identity(person.id, user, provider)


def identity_of_email(store: SqlStore, names: RoleNames, email: str, provider: str) -> Identity:
    """Give the identity behind an e-mail that a provider proved. Raises NotLetIn."""
    wanted = known_as(email)
    found = [one for one in store.everybody() if one.active and wanted in active_addresses(one)]
    if len(found) > 1:
        raise NotLetIn(
            "two people have this address, and nobody can tell which one you are",
            hint="ask whoever looks after Novigem to say that they are one person, or to give one of them another",
        )
    if found:
        return Identity(found[0].id, wanted, provider)
    if not named_roles(names, (wanted,)) or store.redactor().may_name([wanted]):
        raise NotLetIn("nobody here has this address", hint="tell whoever looks after Novigem")
    return Identity(None, wanted, provider)


def identity_of_name(store: SqlStore, names: RoleNames, text: str, provider: str) -> Identity:
    """Give the identity behind what a proxy calls somebody: a user id or an e-mail. Raises NotLetIn."""
    if "@" in text:
        return identity_of_email(store, names, text, provider)
    return identity_of_user(store, text, provider)


def reader_of(store: SqlStore, names: RoleNames, identity: Identity) -> Reader | None:
    """Give who looks, as the database knows them now; None for somebody who does not get in any more."""
    if identity.user is None:
        roles = named_roles(names, (identity.subject,))
        return Reader(None, identity.subject, roles) if roles else None
    person = _person(store, identity.user)
    if person is None or not person.active:
        return None
    reports = reports_of(store, person)
    own = {Role.CSM, Role.MANAGER} if reports else {Role.CSM}
    return Reader(person.id, person.label, named_roles(names, person.known_by, person.role) | own, reports)


def reports_of(store: SqlStore, person: Person) -> frozenset[str]:
    """Give the people whom somebody leads, directly or through others; a circle of managers ends, and holds nobody.

    People, not users: of somebody with several users, the manager of the one that is active counts.
    """
    joins = store.joins()
    found: set[str] = set()
    leaders = {person.id: person.users}
    while leaders:
        users = store.users_led_by([user for users in leaders.values() for user in users])
        people = store.people({joins.person(user) for user in users})
        new = {
            one.id: one.users
            for one in people.values()
            if one.manager in leaders and one.id != person.id and one.id not in found
        }
        found |= new.keys()
        leaders = new
    return frozenset(found)


def active_addresses(person: Person) -> set[str]:
    """Give the e-mails of somebody's users that are active: the address of a user who left may be another's by now."""
    return {known_as(one.email) for one in parts_of(person) if one.active and one.email}


def _person(store: SqlStore, user: str) -> Person | None:
    """Give the person whom a user id names; None for a queue, and for nobody we know."""
    person = store.joins().person(user)
    return store.people([person]).get(person) if is_user(user) else None
