"""The roles that somebody may have on the pages and in the API, who has which, and who looks."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here. Whoever is a user of the org is at least a CSM; the others come on top.

    A manager is whoever others name as theirs in Salesforce. Leaders, admins and operators are named in the settings.
    """

    CSM = "csm"
    MANAGER = "manager"
    LEADER = "leader"
    ADMIN = "admin"
    OPERATOR = "operator"


class Scope(StrEnum):
    """What a token of the API opens. It narrows what the roles of its user allow, and never widens it."""

    #: Boards, challenges, badges, programs, seasons, and who is who.
    BOARDS = "read:boards"
    #: What is the user's own: entries, statement, progress.
    OWN = "read:own"
    #: The same of everybody, as far as the user's roles reach; and what is for leaders alone.
    ALL = "read:all"
    #: How the sync stands.
    OPERATOR = "read:operator"


@dataclass(frozen=True)
class Reader:
    """Who looks, and their roles. `user` is a person's id: None for no user of the org, such as an operator.

    `reports` are the people whom they manage, directly or through others. `name` is what the page calls them. `scopes`
    are those of the token they came with; None for somebody who is signed in.
    """

    user: str | None
    name: str = ""
    roles: frozenset[Role] = frozenset((Role.CSM,))
    reports: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[Scope] | None = None


@dataclass(frozen=True)
class Named:
    """Whom the settings name: ids of users and e-mails in their one form, and the names of roles in Salesforce."""

    people: frozenset[str] = frozenset()
    org_roles: frozenset[str] = frozenset()

    def holds(self, known_by: Collection[str], org_role: str | None) -> bool:
        """Tell whether somebody is named: by an id or e-mail of theirs, or by their role in Salesforce."""
        return not self.people.isdisjoint(known_by) or org_role in self.org_roles


#: Whom the settings name, by role; leaders, admins and operators may be there.
RoleNames = dict[Role, Named]


def named_roles(names: RoleNames, known_by: Collection[str], org_role: str | None = None) -> frozenset[Role]:
    """Give the roles that the settings give to somebody, who is known by some ids and e-mails."""
    return frozenset(role for role, named in names.items() if named.holds(known_by, org_role))
