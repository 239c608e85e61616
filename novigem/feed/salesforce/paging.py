"""All pages of a query, across cursors that die: the query goes on by key, behind the last row that came."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from novigem.errors import OrgUnavailable
from novigem.feed.salesforce.intake import Intake
from novigem.feed.salesforce.org import CursorGone, QueryPage

# A cursor that dies again and again without giving a row is not worth another try.
_MOST_RESTARTS = 5


def query_pages(
    intake: Intake,
    query: Callable[[Mapping[str, Any] | None], str],
    *,
    is_in_place: Callable[[Mapping[str, Any]], bool] = lambda _row: True,
) -> Iterator[QueryPage]:
    """Yield the pages of a query; where its cursor dies, go on with a query for what lies behind the last row.

    A page shows its rows as they are when it is asked for, and not as they were when the query put them in order. So
    `is_in_place` tells which rows surely show what they were ordered by; only behind one of these is it safe to go on.
    """
    last: Mapping[str, Any] | None = None
    more: str | None = None
    in_vain = 0
    while True:
        try:
            page = intake.org.query(query(last)) if more is None else intake.org.query_more(more)
        except CursorGone as error:
            in_vain += 1
            if in_vain > _MOST_RESTARTS:
                raise OrgUnavailable(
                    f"the cursor of a query for {intake.schema.object} died {in_vain} times in a row",
                    hint="run the sync again later",
                ) from error
            intake.tally.restarts += 1
            more = None
            continue
        in_place = next(filter(is_in_place, reversed(page.records)), None)
        if in_place is not None:
            last = in_place
            in_vain = 0
        yield page
        more = page.more
        if more is None:
            return
