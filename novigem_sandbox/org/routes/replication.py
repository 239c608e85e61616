"""`/updated` and `/deleted`: what changed in a window of whole minutes."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from novigem_sandbox.org.clock import stamp_text
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.http import Response, answer_json
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.routes.catalogue import named

_UPDATED_DAYS = 30
_DELETED_DAYS = 15
_SHORTEST = timedelta(minutes=1)


def updated(call: Call, name: str) -> Response:
    """List the records that were created or changed in a window."""
    with call.org.lock:
        table = named(call, name)
        start, end = _window(call, _UPDATED_DAYS)
        low, high = stamp_text(start), stamp_text(end)
        found = [
            row["Id"]
            for row in table.by_stamp(low, high)
            if row[table.shape.stamp_field] < high and not row.get("IsDeleted") and row["Id"] not in call.org.unshared
        ]
        _demand_few(call, found)
        return answer_json({"ids": found, "latestDateCovered": _covered(call, end)})


def deleted(call: Call, name: str) -> Response:
    """List the records that were deleted in a window, those that are back or purged since too."""
    with call.org.lock:
        table = named(call, name)
        start, end = _window(call, _DELETED_DAYS)
        earliest = call.org.deletions_since or call.org.clock.now() - timedelta(days=_DELETED_DAYS)
        low, high = stamp_text(max(start, earliest)), stamp_text(end)
        log = sorted(set(table.deletions))
        found = log[bisect_left(log, (low, "")) : bisect_left(log, (high, ""))]
        _demand_few(call, [record_id for _at, record_id in found])
        return answer_json({
            "deletedRecords": [{"id": record_id, "deletedDate": at} for at, record_id in found],
            "earliestDateAvailable": stamp_text(earliest),
            "latestDateCovered": _covered(call, end),
        })  # fmt: skip


def _covered(call: Call, end: datetime) -> str:
    return stamp_text(call.org.covered(min(end, call.org.clock.now())))


def _window(call: Call, days: int) -> tuple[datetime, datetime]:
    start, end = (_minute(call.request.query.get(name), name) for name in ("start", "end"))
    if end - start <= _SHORTEST:
        raise _refused("endDate must be more than one minute after startDate")
    if start < call.org.clock.now() - timedelta(days=days):
        raise _refused(f"startDate must be within the last {days} days")
    return start, end


def _minute(text: str | None, name: str) -> datetime:
    """Read a moment and cut its seconds off."""
    try:
        # An unencoded plus arrives as a space.
        moment = datetime.fromisoformat((text or "").replace(" ", "+"))
    except ValueError as error:
        raise _refused(f"{name} is not a date and time: {(text or '')[:40]}", "MALFORMED_QUERY") from error
    if moment.tzinfo is None:
        raise _refused(f"{name} has no time zone", "MALFORMED_QUERY")
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _demand_few(call: Call, ids: list[str]) -> None:
    if len(ids) > call.org.most_replicated_ids:
        raise _refused(f"more than {call.org.most_replicated_ids} ids", "EXCEEDED_ID_LIMIT")


def _refused(message: str, code: str = "INVALID_REPLICATION_DATE") -> Refusal:
    return Refusal(code, message)
