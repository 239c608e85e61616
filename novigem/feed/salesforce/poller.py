"""Reading one object: the first fill, then what changed since the watermark, then deletions and sweeps.

The watermark comes from the org and is taken before the read; it moves when the read is through. Every doubt goes to
the smaller number: a watermark that moves slowly costs a second look, one that moves fast loses changes.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from novigem.errors import OrgError
from novigem.feed.salesforce import soql
from novigem.feed.salesforce.cursor import ObjectCursor, read_cursor
from novigem.feed.salesforce.deletions import read_deletions
from novigem.feed.salesforce.intake import Intake
from novigem.feed.salesforce.org import QueryPage, QueryTooSlow, WindowRefused
from novigem.feed.salesforce.paging import query_pages
from novigem.feed.salesforce.sweep import sweep
from novigem.feed.salesforce.values import micros
from novigem.feed.salesforce.window import replication_window
from novigem.feed.source import PAGE_SIZE, Page
from novigem.model.change import to_micros
from novigem.model.ids import whole_id
from novigem.model.periods import DAY, MINUTE, SECOND

# `/updated` reaches back 30 days.
_UPDATED_DAYS = 29

Reader = Generator[Page, None, ObjectCursor]


class Poller:
    """One object of one org as a source of changes; each call of `pages` is one poll."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self.name = intake.stream.feed

    def pages(self, after: str | None) -> Iterator[Page]:
        """Yield what has happened since a position; the caller commits each page before asking for the next."""
        cursor = yield from self._begin(after)
        cursor = yield from _fill(self._intake, cursor)
        cursor = yield from _poll(self._intake, cursor)
        cursor = yield from read_deletions(self._intake, cursor)
        yield from sweep(self._intake, cursor)

    def _begin(self, after: str | None) -> Reader:
        paths = tuple(sorted(self._intake.schema.paths))
        if after is None:
            start = self._intake.now() // SECOND * SECOND
            covered = start - self._intake.options.lag_seconds * SECOND
            cursor = ObjectCursor(feed_start=start, covered=covered, fields=paths, fill="", deletions=covered)
            # Watching begins here: what is created while the first read runs is new, even if that read is cut short.
            yield self._intake.page((), cursor)
            return cursor
        cursor = _with_fields(read_cursor(after), paths)
        if self._intake.options.reread:
            cursor = msgspec.structs.replace(cursor, fill="")
        return msgspec.structs.replace(cursor, lost=tuple(sorted(self._intake.schema.lost)))


def _with_fields(cursor: ObjectCursor, paths: tuple[str, ...]) -> ObjectCursor:
    """Take over another choice of fields: those that join are read once, in silence, before they can change."""
    joined = set(paths) - set(cursor.fields)
    since = {path: number for path, number in cursor.since.items() if path in paths}
    since |= dict.fromkeys(joined, cursor.read + 1)
    fill = "" if joined else cursor.fill
    return msgspec.structs.replace(cursor, fields=paths, since=since, fill=fill)


def _next_read(cursor: ObjectCursor) -> ObjectCursor:
    return msgspec.structs.replace(cursor, read=cursor.read + 1)


def _fill(intake: Intake, cursor: ObjectCursor) -> Reader:
    """Read every record once; after a crash, from where the read had come."""
    if cursor.fill is None:
        return cursor
    cursor = _next_read(cursor)
    total = intake.org.query(soql.row_count(intake.schema.object)).total
    if cursor.fill == "" and total > intake.options.bulk_above:
        cursor = yield from _fill_in_bulk(intake, cursor, total)
    else:
        cursor = yield from _fill_by_id(intake, cursor, total)
    cursor = msgspec.structs.replace(cursor, fill=None, is_filled=True, swept_at=cursor.swept_at or intake.now())
    yield intake.page((), cursor)
    return cursor


def _fill_in_bulk(intake: Intake, cursor: ObjectCursor, total: int) -> Reader:
    parts = intake.org.bulk(soql.bulk_rows(intake.schema))
    try:
        first = next(parts, ())
    except OrgError:
        # Not every user may run bulk jobs; the same rows come by queries, with more calls.
        return (yield from _fill_by_id(intake, cursor, total))
    for part in _chained(first, parts):
        rows = iter(part)
        while chunk := list(islice(rows, PAGE_SIZE)):
            yield intake.page(chunk, cursor, total=total)
    return cursor


def _chained(
    first: Sequence[Mapping[str, Any]], rest: Iterator[Sequence[Mapping[str, Any]]]
) -> Iterator[Sequence[Mapping[str, Any]]]:
    yield first
    yield from rest


def _fill_by_id(intake: Intake, cursor: ObjectCursor, total: int) -> Reader:
    def query(last: Mapping[str, Any] | None) -> str:
        return soql.every_row(intake.schema, whole_id(last["Id"]) if last else cursor.fill or "")

    for page in query_pages(intake, query):
        after = whole_id(page.records[-1]["Id"]) if page.records else cursor.fill
        at_page = msgspec.structs.replace(cursor, fill=after)
        yield intake.page(page.records, at_page, total=total)
    return cursor


def _poll(intake: Intake, cursor: ObjectCursor) -> Reader:
    """Read what has been stamped since the watermark, less an overlap."""
    cursor = _next_read(cursor)
    now = intake.now()
    told, cursor = _covered_by_org(intake, cursor, now)
    start = cursor.covered - intake.options.overlap_seconds * SECOND

    safe = now - intake.options.lag_seconds * SECOND if told is None else told
    arrived = msgspec.structs.replace(cursor, covered=max(cursor.covered, min(now, safe)))
    for page, is_last in _changed_pages(intake, start, now + SECOND, arrived.covered):
        yield intake.page(page.records, arrived if is_last else cursor)
    return arrived


def _changed_pages(intake: Intake, start: int, end: int, covered: int) -> Iterator[tuple[QueryPage, bool]]:
    """Yield the pages of a window, and whether each is the last; a window that takes the org too long is halved.

    Everything before `covered` was committed when the read began: a row that is edited meanwhile shows a later stamp.
    """

    def is_in_place(row: Mapping[str, Any]) -> bool:
        try:
            return micros(row["SystemModstamp"]) < covered
        except (KeyError, TypeError, ValueError):
            return False  # a row that makes no sense is put aside by whoever reads it

    windows = [(start, end)]
    while windows:
        first, behind = windows.pop()
        try:
            query = partial(_changed_query, intake, first, behind)
            for page in query_pages(intake, query, is_in_place=is_in_place):
                yield page, page.more is None and not windows
        except QueryTooSlow:
            if behind - first <= MINUTE:
                raise
            middle = (first + behind) // 2 // SECOND * SECOND
            windows += [(middle, behind), (first, middle)]


def _changed_query(intake: Intake, start: int, end: int, last: Mapping[str, Any] | None) -> str:
    after = (micros(last["SystemModstamp"]), whole_id(last["Id"])) if last else None
    return soql.changed_rows(intake.schema, start, end, after)


def _covered_by_org(intake: Intake, cursor: ObjectCursor, now: int) -> tuple[int | None, ObjectCursor]:
    """Ask up to when everything is committed, before the read: what commits later is then not taken for read."""
    if now - cursor.updated_at < intake.options.replication_seconds * SECOND:
        return None, cursor
    window = replication_window(cursor.covered, now)
    if window is None or now - cursor.covered > _UPDATED_DAYS * DAY:
        return None, cursor
    asked = msgspec.structs.replace(cursor, updated_at=now)
    try:
        return to_micros(intake.org.updated(intake.schema.object, *window).covered), asked
    except WindowRefused:
        return None, asked
