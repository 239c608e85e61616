"""What an org knows about itself, as checks of programs ask for it: describes, record types, people, permissions.

Each answer is asked for once. What the org refuses to tell is noted, and is never taken for a no.
"""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from novigem.errors import NovigemError, OrgError
from novigem.feed.salesforce import soql
from novigem.feed.salesforce.org import FieldGone, Org, all_rows
from novigem.feed.salesforce.people import hidden_fields
from novigem.feed.salesforce.schema import FieldProblem, read_schema
from novigem.model.ids import whole_id

# As many e-mail addresses as fit in a query's address with room to spare.
_NAMES_AT_A_TIME = 40


class Organisation(NamedTuple):
    """Which org this is. `sees_all` tells whether the connected user has View All Data; None where it is not told."""

    id: str
    name: str | None
    is_sandbox: bool | None
    sees_all: bool | None


class RecordType(NamedTuple):
    """A record type: its object, its DeveloperName and its label."""

    object: str
    developer_name: str
    name: str


class Facts:
    """What an org says of itself. Every method may raise SessionError, LimitReached or OrgUnavailable.

    `notes` says what the org did not let us see; it grows as questions are asked.
    """

    def __init__(self, org: Org) -> None:
        self.org = org
        self.notes: list[str] = []
        self._refused: dict[str, OrgError] = {}
        self._hidden: frozenset[str] | None = None

    def organisation(self) -> Organisation:
        """Ask which org this is, and whether its user may see every record."""
        rows = self._told("Organization", "Name", "IsSandbox")
        told: Mapping[str, Any] = rows[0] if rows else {}
        # The one object about permissions that every user may ask, and about oneself alone.
        try:
            granted = list(
                all_rows(self.org, soql.every_one("UserPermissionAccess", "PermissionsViewAllData"), deleted=False)
            )
        except (OrgError, FieldGone):
            granted = []
        sees_all = granted[0].get("PermissionsViewAllData") if granted else None
        return Organisation(self.org.id, told.get("Name"), told.get("IsSandbox"), sees_all)

    def describe(self, name: str) -> Mapping[str, Any]:
        """Give the describe of an object. Raises OrgError, without asking twice, for one that may not be read."""
        if name in self._refused:
            raise self._refused[name]
        try:
            return self.org.describe(name)
        except OrgError as error:
            self._refused[name] = error
            raise

    def refusal(self, name: str) -> OrgError | None:
        """Give why an object may not be read; None where it may."""
        try:
            self.describe(name)
        except OrgError as error:
            return error
        return None

    def problem(self, name: str, path: str) -> FieldProblem | None:
        """Give why a field of an object cannot be watched; None where it can. A sync judges in the same way."""
        try:
            _schema, problems = read_schema(name, (path,), (), self.describe)
        except OrgError as error:
            return FieldProblem(name, path, f"leads to what may not be read: {error.message}", kind="parent")
        return problems[0] if problems else None

    def field(self, name: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
        """Give a field's object and describe; None where it is not there, or its parent may be of several objects."""
        *relationships, last = path.split(".")
        owner = name
        try:
            for relationship in relationships:
                fields = self.describe(owner)["fields"]
                lookup = next((one for one in fields if one["relationshipName"] == relationship), None)
                if lookup is None or len(lookup["referenceTo"]) != 1:
                    return None
                owner = lookup["referenceTo"][0]
            found = next((one for one in self.describe(owner)["fields"] if one["name"] == last), None)
        except OrgError:
            return None
        return None if found is None else (owner, found)

    def has_history(self, name: str) -> bool:
        """Tell whether an object may have field history at all."""
        children = self.describe(name).get("childRelationships") or ()
        return any(child.get("relationshipName") == "Histories" for child in children)

    @cached_property
    def record_types(self) -> Collection[RecordType] | None:
        """Every record type; None where the org does not tell."""
        rows = self._told("RecordType", "SobjectType", "DeveloperName", "Name")
        if rows is None:
            return None
        return [RecordType(one["SobjectType"], one["DeveloperName"], one["Name"]) for one in rows]

    @property
    def hidden_of_people(self) -> Collection[str]:
        """The fields of users that a sync asks for and may not read; each is noted."""
        if self._hidden is None:
            try:
                self.org.query(soql.one_user(), deleted=False)
                self._hidden = frozenset()
            except FieldGone:
                self._note_hidden()
            except OrgError as error:
                self._note_refusal("User", error)
                self._hidden = frozenset()
        return self._hidden or ()

    def _note_hidden(self) -> frozenset[str]:
        self._hidden = hidden_fields(self.describe)
        self.notes += [f"User.{field} may not be read: a sync leaves it as last told" for field in sorted(self._hidden)]
        return self._hidden

    @cached_property
    def roles(self) -> Collection[str] | None:
        """The names of all roles; None where the org does not tell."""
        rows = self._told("UserRole", "Name")
        return None if rows is None else sorted({one["Name"] for one in rows})

    def users(self, names: Collection[str]) -> Mapping[str, bool] | None:
        """Look up people by e-mail or id: give those there are, in lower case or with 18 characters.

        Each with whether the user is active. None where the org does not tell.
        """
        wanted = sorted(names)
        found: dict[str, bool] = {}
        for start in range(0, len(wanted), _NAMES_AT_A_TIME):
            part = wanted[start : start + _NAMES_AT_A_TIME]
            emails = [one for one in part if "@" in one]
            ids = [one for one in part if "@" not in one]
            rows = self._users(emails, ids)
            if rows is None:
                return None
            for row in rows:
                for key in (whole_id(row["Id"]), (row["Email"] or "").lower()):
                    # Several users may share an address; one who is active is enough.
                    found[key] = found.get(key, False) or bool(row["IsActive"])
        return found

    def _users(self, emails: list[str], ids: list[str]) -> list[Mapping[str, Any]] | None:
        try:
            rows = list(all_rows(self.org, soql.users_named(emails, ids, self._hidden or ()), deleted=False))
        except OrgError as error:
            self._note_refusal("User", error)
            return None
        except FieldGone:
            # Nobody can be found by an address that may not be read.
            is_of_use = self._hidden is None and self._note_hidden().isdisjoint(("Email", "IsActive"))
            return self._users(emails, ids) if is_of_use else None
        self._hidden = self._hidden or frozenset()
        return rows

    @cached_property
    def active_emails(self) -> Collection[str]:
        """Some e-mail addresses of active users, in lower case, for guesses: those of one page."""
        try:
            page = self.org.query(soql.active_users(), deleted=False)
        except (OrgError, FieldGone):
            return ()
        return sorted({row["Email"].lower() for row in page.records if row["Email"]})

    def _told(self, name: str, *fields: str) -> list[Mapping[str, Any]] | None:
        return self._rows(soql.every_one(name, *fields), name)

    def _rows(self, query: str, name: str) -> list[Mapping[str, Any]] | None:
        """Give all rows of a query; None, with a note, where the org refuses it."""
        try:
            return list(all_rows(self.org, query, deleted=False))
        except (OrgError, FieldGone) as error:
            self._note_refusal(name, error)
            return None

    def _note_refusal(self, name: str, error: NovigemError) -> None:
        note = f"{name} could not be looked at: {error.message}"
        if note not in self.notes:
            self.notes.append(note)
