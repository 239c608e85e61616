"""The users of an org: who can earn, in which role, for which manager.

Not every user may see the role, the manager or the address of the others. What may not be read is unknown: it stays as
it was last told, and is never taken for empty.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import msgspec

from novigem.errors import OrgError
from novigem.feed.salesforce import soql
from novigem.feed.salesforce.cursor import ObjectCursor, read_cursor
from novigem.feed.salesforce.org import FieldGone, Org, QueryPage
from novigem.feed.source import Page, Rejected
from novigem.model.change import to_micros
from novigem.model.ids import whole_id
from novigem.model.people import Person
from novigem.model.periods import DAY, SECOND
from novigem.model.snapshot import Lease, Stream
from novigem.model.zones import is_own_zone

OBJECT = "User"

Known = Callable[[Collection[str]], Mapping[str, Person]]


class PeopleSource:
    """The users as a source: those who changed since the last time, and once a day all of them.

    A role that gets another name does not touch its users, so only reading them all tells. `known` gives people as
    they were last told, by id. `hidden` are the fields of users that may not be read, once `pages` has begun.
    """

    def __init__(
        self, org: Org, *, overlap_seconds: int, lease: Lease | None = None, known: Known = lambda _ids: {}
    ) -> None:
        self._org = org
        self._overlap = overlap_seconds * SECOND
        self._lease = lease
        self._known = known
        self.name = Stream(org.id, OBJECT).feed
        self.hidden: frozenset[str] = frozenset()

    def pages(self, after: str | None) -> Iterator[Page]:
        """Yield the people who changed since a position."""
        now = to_micros(self._org.now())
        cursor = ObjectCursor(feed_start=now, covered=0) if after is None else read_cursor(after)
        # Fields that were hidden before are asked about first: the query would be refused again.
        self.hidden = hidden_fields(self._org.describe) if cursor.lost else frozenset()
        is_daily = now - cursor.swept_at >= DAY or not self.hidden.issuperset(cursor.lost)
        page = self._first_page(None if is_daily else cursor.covered - self._overlap)
        cursor = msgspec.structs.replace(cursor, lost=tuple(sorted(self.hidden)))
        arrived = msgspec.structs.replace(
            cursor, covered=now, read=cursor.read + 1, swept_at=now if is_daily else cursor.swept_at
        )
        while True:
            last = page.more is None
            yield self._page(page.records, arrived if last else cursor)
            if page.more is None:
                return
            page = self._org.query_more(page.more)

    def _first_page(self, start: int | None) -> QueryPage:
        """Ask for the users with every field that may be read."""
        try:
            return self._org.query(soql.users(start, self.hidden))
        except FieldGone:
            self.hidden = hidden_fields(lambda name: self._org.describe(name, fresh=True))
        try:
            return self._org.query(soql.users(start, self.hidden))
        except FieldGone:
            # The org describes what it then refuses. Who there is can be read all the same.
            self.hidden = frozenset(soql.USER_FIELDS)
            return self._org.query(soql.users(start, self.hidden))

    def _page(self, rows: Any, cursor: ObjectCursor) -> Page:
        people: list[Person] = []
        rejected: list[Rejected] = []
        known = self._known(list(_ids(rows))) if any(_is_part(row) for row in rows) else {}
        for row in rows:
            try:
                people.append(read_person(row, known))
            except (KeyError, TypeError, ValueError) as error:
                rejected.append(Rejected(f"{row.get('Id')}", str(error), msgspec.json.encode(row).decode()[:4000]))
        return Page((), people, rejected, cursor.encode(), len(rows), lease=self._lease)


def hidden_fields(describe: Callable[[str], Mapping[str, Any]]) -> frozenset[str]:
    """Give the fields of users that we ask for and may not read. Raises OrgError where users may not be read at all."""
    fields = {field["name"]: field for field in describe(OBJECT)["fields"]}
    return frozenset(one for one in soql.USER_FIELDS if not _is_shown(one, fields, describe))


def _is_shown(path: str, fields: Mapping[str, Any], describe: Callable[[str], Mapping[str, Any]]) -> bool:
    relationship, _dot, last = path.rpartition(".")
    if not relationship:
        return last in fields
    lookup = next((one for one in fields.values() if one["relationshipName"] == relationship), None)
    if lookup is None:
        return False
    try:
        return any(field["name"] == last for field in describe(relationship)["fields"])
    except OrgError:
        return False


def read_person(row: Mapping[str, Any], known: Mapping[str, Person] | None = None) -> Person:
    """Read a user's row; what it does not hold is as it was last told, in `known`.

    Raises KeyError, TypeError or ValueError for a row that makes no sense.
    """
    one = whole_id(row["Id"])
    before = (known or {}).get(one) or Person(one)
    role, manager, role_id = row.get("UserRole"), row.get("ManagerId"), row.get("UserRoleId")
    return Person(
        id=one,
        name=row.get("Name", before.name),
        email=row.get("Email", before.email),
        active=bool(row.get("IsActive", before.active)),
        role=(role["Name"] if role else None) if _has_role(row) else before.role,
        manager=(whole_id(manager) if manager else None) if "ManagerId" in row else before.manager,
        role_id=(whole_id(role_id) if role_id else None) if "UserRoleId" in row else before.role_id,
        timezone=_zone(row, before.timezone),
    )


def _zone(row: Mapping[str, Any], before: str | None) -> str | None:
    """Give the time zone of a user; one that nobody knows is as if it had not been told."""
    told = row.get("TimeZoneSidKey")
    return told if isinstance(told, str) and is_own_zone(told) else before


def _has_role(row: Mapping[str, Any]) -> bool:
    return "UserRole" in row and (row["UserRole"] is None or "Name" in row["UserRole"])


def _is_part(row: Mapping[str, Any]) -> bool:
    """Tell whether a row lacks a field: for the whole org, or of this user alone."""
    return not (_has_role(row) and row.keys() >= {"Name", "Email", "IsActive", "ManagerId", "TimeZoneSidKey"})


def _ids(rows: Any) -> Iterator[str]:
    for row in rows:
        try:
            yield whole_id(row["Id"])
        except (KeyError, TypeError, ValueError):
            continue  # a row that makes no sense, which is put aside when it is read
