"""The sample org as the feed asks it, without HTTP between: quick enough for hundreds of random histories."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from novigem.feed.salesforce.org import (
    CursorGone,
    Deleted,
    FieldGone,
    Gone,
    QueryPage,
    Updated,
    Usage,
    WindowRefused,
)
from novigem_sandbox.org.clock import moment_of
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.org import SampleOrg
from novigem_sandbox.org.soql import Answer, answer_query

_MOST_UPDATED = timedelta(days=30)
_MOST_DELETED = timedelta(days=15)


class DirectOrg:
    """Answers the protocol `Org` from a sample org in this process.

    `before` is called with the name of each call before it is answered: it may change the org, or raise what a
    connection would raise. `served` collects the rows that went out, in order.
    """

    def __init__(self, org: SampleOrg, *, page_size: int = 3, before: Callable[[str], None] | None = None) -> None:
        self.sample = org
        self.before: Callable[[str], None] = before or (lambda _call: None)
        self.page_size = page_size
        self.calls = 0
        self.usage: Usage | None = None
        self.served: list[Mapping[str, Any]] = []
        self._answers: dict[str, tuple[Answer, int]] = {}

    @property
    def id(self) -> str:
        return self.sample.id

    def now(self) -> datetime:
        # The Date header has whole seconds.
        return self.sample.clock.now().replace(microsecond=0)

    def describe(self, name: str, *, fresh: bool = False) -> Mapping[str, Any]:
        del fresh  # every answer is
        self._called("describe")
        shape = self.sample.table(name).shape
        fields = [
            {
                "name": one.name,
                "type": one.type,
                "scale": one.scale,
                "calculated": one.calculated,
                "referenceTo": one.refers_to,
                "relationshipName": one.relationship,
            }
            for one in shape.fields()
        ]
        histories = [table.shape for table in self.sample.histories_of(self.sample.table(name))]
        children = [
            {"childSObject": one.name, "field": one.parent, "relationshipName": "Histories"} for one in histories
        ]
        return {"name": name, "fields": fields, "childRelationships": children}

    def query(self, soql: str, *, deleted: bool = True) -> QueryPage:
        self._called("query")
        try:
            answer = answer_query(self.sample, soql, deleted=deleted)
        except Refusal as error:
            if error.code == "INVALID_FIELD":
                raise FieldGone(error.message) from error
            raise
        return self._page(answer, 0)

    def query_more(self, more: str) -> QueryPage:
        self._called("query_more")
        if more not in self._answers:
            raise CursorGone("invalid query locator")
        answer, start = self._answers.pop(more)
        return self._page(answer, start)

    def updated(self, name: str, start: datetime, end: datetime) -> Updated:
        del name  # transactions are held against the whole org
        self._called("updated")
        self._check_window(start, end, _MOST_UPDATED)
        return Updated((), self.sample.covered(end))

    def deleted(self, name: str, start: datetime, end: datetime) -> Deleted:
        self._called("deleted")
        self._check_window(start, end, _MOST_DELETED)
        listed = [
            Gone(record_id, moment_of(stamp))
            for stamp, record_id in self.sample.table(name).deletions
            if start <= moment_of(stamp) < end
        ]
        earliest = self.now() - _MOST_DELETED
        return Deleted(listed, earliest, self.sample.covered(end))

    def bulk(self, soql: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        self._called("bulk")
        rows = answer_query(self.sample, soql, deleted=True).all_rows()
        for start in range(0, len(rows), self.page_size):
            part = rows[start : start + self.page_size]
            self._serve(part)
            yield part
            self._called("bulk")

    def _page(self, answer: Answer, start: int) -> QueryPage:
        rows = answer.page(start, self.page_size)
        self._serve(rows)
        end = start + self.page_size
        if end >= answer.total:
            return QueryPage(rows, None, answer.total)
        more = f"cursor-{self.calls}"
        self._answers[more] = (answer, end)
        return QueryPage(rows, more, answer.total)

    def _serve(self, rows: Sequence[Mapping[str, Any]]) -> None:
        # Only whole records; counts, users and the rows of a sweep tell nothing that is compared.
        self.served += [row for row in rows if "CreatedById" in row and "IsDeleted" in row]

    def _called(self, name: str) -> None:
        self.calls += 1
        self.before(name)

    def _check_window(self, start: datetime, end: datetime, reach: timedelta) -> None:
        if end - start <= timedelta(minutes=1) or self.now() - start > reach:
            raise WindowRefused("INVALID_REPLICATION_DATE")
