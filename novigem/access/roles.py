"""The roles that somebody may have on the pages and in the API, and who looks."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here. Whoever is signed in is at least a CSM; the others come on top.

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
    """Who looks: the id of a user (None for somebody who is no user of the org, such as an operator), and their roles.

    `reports` are the users whom they manage, directly or through others. `name` is what the page calls them. `scopes`
    are those of the token they came with; None for somebody who is signed in.
    """

    user: str | None
    name: str = ""
    roles: frozenset[Role] = frozenset((Role.CSM,))
    reports: frozenset[str] = field(default_factory=frozenset)
    scopes: frozenset[Scope] | None = None
