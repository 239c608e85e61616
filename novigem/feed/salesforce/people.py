"""The users of an org: who can earn, in which role, for which manager."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from novigem.feed.salesforce import soql
from novigem.feed.salesforce.cursor import ObjectCursor, read_cursor
from novigem.feed.salesforce.org import Org
from novigem.feed.source import Page, Rejected
from novigem.model.change import to_micros
from novigem.model.ids import whole_id
from novigem.model.people import Person
from novigem.model.periods import DAY, SECOND
from novigem.model.snapshot import Lease, Stream

OBJECT = "User"


class PeopleSource:
    """The users as a source: those who changed since the last time, and once a day all of them.

    A role that gets another name does not touch its users, so only reading them all tells.
    """

    def __init__(self, org: Org, *, overlap_seconds: int, lease: Lease | None = None) -> None:
        self._org = org
        self._overlap = overlap_seconds * SECOND
        self._lease = lease
        self.name = Stream(org.id, OBJECT).feed

    def pages(self, after: str | None) -> Iterator[Page]:
        """Yield the people who changed since a position."""
        now = to_micros(self._org.now())
        cursor = ObjectCursor(feed_start=now, covered=0) if after is None else read_cursor(after)
        is_daily = now - cursor.swept_at >= DAY
        start = None if is_daily else cursor.covered - self._overlap
        arrived = msgspec.structs.replace(
            cursor, covered=now, read=cursor.read + 1, swept_at=now if is_daily else cursor.swept_at
        )
        page = self._org.query(soql.users(start))
        while True:
            last = page.more is None
            yield self._page(page.records, arrived if last else cursor)
            if page.more is None:
                return
            page = self._org.query_more(page.more)

    def _page(self, rows: Any, cursor: ObjectCursor) -> Page:
        people: list[Person] = []
        rejected: list[Rejected] = []
        for row in rows:
            try:
                people.append(read_person(row))
            except (KeyError, TypeError, ValueError) as error:
                rejected.append(Rejected(f"{row.get('Id')}", str(error), msgspec.json.encode(row).decode()[:4000]))
        return Page((), people, rejected, cursor.encode(), len(rows), lease=self._lease)


def read_person(row: Mapping[str, Any]) -> Person:
    """Read a user's row. Raises KeyError, TypeError or ValueError for one that makes no sense."""
    role, manager = row["UserRole"], row["ManagerId"]
    return Person(
        id=whole_id(row["Id"]),
        name=row["Name"],
        email=row["Email"],
        active=bool(row["IsActive"]),
        role=role["Name"] if role else None,
        manager=whole_id(manager) if manager else None,
    )
