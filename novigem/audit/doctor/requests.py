"""Requests against the ledger: what was approved stands there as it was asked for, and nothing was paid without."""

import re
from collections.abc import Iterator

from novigem.engine.requests import request_key
from novigem.ledger.store import Store
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import Entry, EntryKind
from novigem.model.request import Request, RequestKind, RequestStatus

_KEY = re.compile(r"[^/]*/(?:request|appeal)/([1-9][0-9]{0,17})/.*")


def unproved_requests(store: Store) -> Iterator[Discrepancy]:
    """Yield what was paid without an approved request, or other than asked, and what was approved and not paid."""
    requests = {one.number: one for one in store.requests()}
    # What was entered again under the same key went on to another user of one person; it was paid but once.
    paid = {one.key: one for one in store.entries() if _by_request(one) and not one.generation}
    for number in sorted(set(range(1, max(requests, default=0))) - requests.keys()):
        yield Discrepancy(f"request {number}", "removed", "requests are numbered without a gap")
    for request in requests.values():
        # What a second person decides about an appeal is paid under the key of the appeal.
        if request.appeal is None and not _waits(request, requests):
            yield from _held_against(request, paid.pop(request_key(request), None))
    for entry in paid.values():
        yield Discrepancy(f"entry {entry.number}", "paid", "no request was approved", entry.program)


def _by_request(entry: Entry) -> bool:
    return entry.kind is EntryKind.ADJUSTMENT and _KEY.fullmatch(entry.key) is not None


def _waits(request: Request, requests: dict[int, Request]) -> bool:
    """Tell whether an upheld appeal waits for a second person."""
    if request.kind is not RequestKind.APPEAL or request.status is not RequestStatus.APPROVED:
        return False
    return any(one.appeal == request.number and one.is_open for one in requests.values())


def _held_against(request: Request, entry: Entry | None) -> Iterator[Discrepancy]:
    what = f"{request.kind} {request.number}"
    asked = request.points if request.status is RequestStatus.APPROVED else None
    there = None if entry is None else entry.points
    if (asked, request.paid) != (there, None if entry is None else entry.number):
        kept = "not paid" if entry is None else f"{there} points, entry {entry.number}"
        proved = f"{asked} points" if asked is not None else str(request.status)
        yield Discrepancy(what, kept, f"{proved}, entry {request.paid or 'none'}", request.program)
