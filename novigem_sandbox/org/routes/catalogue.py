"""What there is: versions, resources, limits, objects and their describes."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from novigem_sandbox.org.clock import http_date
from novigem_sandbox.org.describe import describe_briefly, describe_object
from novigem_sandbox.org.errors import Refusal, not_found
from novigem_sandbox.org.http import Response, answer_json
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.table import Table

#: The versions that this org serves, with their labels.
VERSIONS = {
    "59.0": "Winter '24", "60.0": "Spring '24", "61.0": "Summer '24", "62.0": "Winter '25", "63.0": "Spring '25",
    "64.0": "Summer '25", "65.0": "Winter '26", "66.0": "Spring '26", "67.0": "Summer '26",
}  # fmt: skip
_RESOURCES = ("jobs", "limits", "query", "queryAll", "sobjects")


def versions(call: Call) -> Response:
    """List the versions; nobody needs to be logged in for it."""
    del call
    return answer_json(
        [{"label": label, "url": f"/services/data/v{one}", "version": one} for one, label in VERSIONS.items()]
    )


def resources(call: Call) -> Response:
    """List the resources of a version."""
    return answer_json({name: f"{call.base}/{name}" for name in _RESOURCES})


def limits(call: Call) -> Response:
    """Tell the limits."""
    usage = call.org.usage
    left = max(usage.allowed - usage.used, 0)
    return answer_json({
        "DailyApiRequests": {"Max": usage.allowed, "Remaining": left},
        "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
        "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000 - len(call.org.jobs.all())},
        "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        "DataStorageMB": {"Max": 5, "Remaining": 5},
        "FileStorageMB": {"Max": 20, "Remaining": 20},
    })  # fmt: skip


def objects(call: Call) -> Response:
    """List the objects."""
    with call.org.lock:
        found = [describe_briefly(shape, call.base) for _name, shape in sorted(call.org.objects.items())]
    return answer_json({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found})


def describe(call: Call, name: str) -> Response:
    """Describe an object; 304 where it has not changed since the client last asked."""
    with call.org.lock:
        table = named(call, name)
        changed = table.shape.changed_at.astimezone(UTC).replace(microsecond=0)
        headers = {"Last-Modified": http_date(changed)}
        since = _since(call.request.headers.get("If-Modified-Since"))
        if since is not None and changed <= since:
            return Response(304, headers=headers)
        kinds = [row for row in call.org.tables["RecordType"].by_id() if row["SobjectType"] == table.shape.name]
        return answer_json(describe_object(table.shape, call.org.objects, kinds, call.base), headers=headers)


def about(call: Call, name: str) -> Response:
    """Tell an object in short."""
    with call.org.lock:
        shape = named(call, name).shape
        return answer_json({"objectDescribe": describe_briefly(shape, call.base), "recentItems": []})


def named(call: Call, name: str) -> Table:
    """Give the table of an object in an address. Raises Refusal (404)."""
    try:
        return call.org.table(name)
    except Refusal as error:
        raise not_found() from error


def _since(header: str | None) -> datetime | None:
    if header is None:
        return None
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None
