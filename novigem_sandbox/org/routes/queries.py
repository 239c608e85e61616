"""Queries and their pages."""

import re

from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.http import Response, answer_json
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.soql import Answer, answer_query

_MOST = 2000
_LEAST = 200
_BATCH = re.compile(r"batchSize\s*=\s*(\d{1,6})", re.IGNORECASE)


def query(call: Call) -> Response:
    """Answer a query with its first page, without deleted and archived rows."""
    return _first(call, deleted=False)


def query_all(call: Call) -> Response:
    """Answer a query with its first page, deleted and archived rows included."""
    return _first(call, deleted=True)


def more(call: Call, locator: str) -> Response:
    """Answer with the page of a cursor."""
    name, cursor, start = call.org.cursors.find(locator)
    return _page(call, cursor.answer, start, cursor.size, name)


def _first(call: Call, *, deleted: bool) -> Response:
    soql = call.request.query.get("q")
    if soql is None:
        raise Refusal("MALFORMED_QUERY", "A query string has to be specified")
    return _page(call, answer_query(call.org, soql, deleted=deleted), 0, _size(call), None)


def _size(call: Call) -> int:
    asked = _BATCH.search(call.request.headers.get("Sforce-Query-Options") or "")
    return _MOST if asked is None else min(max(int(asked[1]), _LEAST), _MOST)


def _page(call: Call, answer: Answer, start: int, size: int, cursor: str | None) -> Response:
    size = min(size, call.request.most_rows or size)
    end = start + size
    is_done = end >= answer.total
    told: dict[str, object] = {"totalSize": answer.total, "done": is_done}
    if not is_done:
        name = cursor or call.org.cursors.open(answer, size)
        # The address says `query` for queryAll too, and goes on with queryAll all the same.
        told["nextRecordsUrl"] = f"{call.base}/query/{name}-{end}"
    with call.org.lock:
        told["records"] = answer.page(start, size, call.base)
    return answer_json(told)
