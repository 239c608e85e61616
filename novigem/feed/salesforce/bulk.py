"""A Bulk API 2.0 query job, step by step: make it, wait for it, fetch its rows in parts, delete it.

simple-salesforce's own loop never renews its session, waits up to a day by the local clock, and gives pages of text.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from time import monotonic
from typing import NamedTuple, NoReturn

import msgspec
import requests

from novigem.errors import OrgError, OrgUnavailable
from novigem.feed.salesforce.caller import Call, Caller, Unreadable, forget
from novigem.feed.salesforce.problems import LATER, ErrorAnswer, as_error, clean

_PART_ROWS = 50_000
_FAILED, _ABORTED, _COMPLETE = "Failed", "Aborted", "JobComplete"
_ENDS = frozenset({_FAILED, _ABORTED, _COMPLETE})

Row = Mapping[str, str | None]


class _Job(msgspec.Struct):
    id: str
    state: str
    errorMessage: str | None = None  # noqa: N815 - as the API says it


class _Part(NamedTuple):
    rows: Sequence[Row]
    locator: str | None


def query_job(caller: Caller, soql: str, what: str) -> Iterator[Sequence[Row]]:
    """Run a query job (queryAll) and yield its rows in parts; the job is deleted however this ends."""
    body = {"operation": "queryAll", "query": soql, "columnDelimiter": "COMMA", "lineEnding": "LF"}
    job = caller.ask(Call(what, f"{caller.base}jobs/query", "POST", json=body), _read_job)
    path = f"{caller.base}jobs/query/{job.id}"
    try:
        job = _ended(caller, job, Call(what, path))
        if job.state != _COMPLETE:
            _refuse(job, what)
        locator: str | None = ""
        while locator is not None:
            part = _fetch(caller, Call(what, f"{path}/results", accept="text/csv"), locator)
            yield part.rows
            locator = part.locator
    finally:
        _tidy_up(caller, Call(what, path, counts=False), job)


def _ended(caller: Caller, job: _Job, call: Call) -> _Job:
    """Wait until a job has ended, well or not. Raises OrgUnavailable when that takes too long."""
    began, looks = monotonic(), 0
    while job.state not in _ENDS:
        if monotonic() - began > caller.patience.job:
            raise OrgUnavailable(f"{call.what}: the job is still {clean(job.state)}", hint=LATER)
        looks += 1
        caller.wait(looks)
        job = caller.ask(call, _read_job)
    return job


def _refuse(job: _Job, what: str) -> NoReturn:
    words = clean(job.errorMessage or "")
    if job.state == _ABORTED:
        raise OrgUnavailable(f"{what}: somebody has aborted the job", hint=LATER)
    # A failed job tells its error code in front of its words, where a request has it in a field of its own.
    code = words.partition(":")[0].strip()
    if code.isidentifier() and code.isupper():
        raise as_error(ErrorAnswer(400, code, words), what)
    raise OrgError(f"{what}: {words or 'the job failed without a reason'}", hint="look at Bulk Data Load Jobs in Setup")


def _fetch(caller: Caller, call: Call, locator: str) -> _Part:
    params = {"maxRecords": str(_PART_ROWS)} | ({"locator": locator} if locator else {})
    return caller.ask(call._replace(params=params), _read_part)


def _tidy_up(caller: Caller, call: Call, job: _Job) -> None:
    if job.state not in _ENDS:
        # A job at work cannot be deleted, and would go on counting against the org's limits.
        abort = call._replace(method="PATCH", json={"state": _ABORTED})
        forget(lambda: caller.ask(abort, _read_nothing))
    forget(lambda: caller.ask(call._replace(method="DELETE"), _read_nothing))


def _read_job(answer: requests.Response) -> _Job:
    try:
        job = msgspec.json.decode(answer.content, type=_Job)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    if not job.id.isalnum():
        raise Unreadable("the job has no id")
    return job


def _read_part(answer: requests.Response) -> _Part:
    """Read a part of the rows, and see by the count in its header that it is whole."""
    said = answer.headers.get("Sforce-NumberOfRecords", "")
    try:
        # A NUL is no character of any value, but some old records hold it, and no database takes it.
        text = answer.content.decode("utf-8").replace("\0", "")
        rows = _rows(text)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(str(error)) from error
    if said != str(len(rows)):
        raise Unreadable(f"{len(rows)} rows where {clean(said) or 'an unknown number'} were announced")
    locator = answer.headers.get("Sforce-Locator", "null")
    return _Part(rows, None if locator in {"null", ""} else locator)


def _rows(text: str) -> list[Row]:
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    names = next(lines, [])
    rows: list[Row] = []
    for cells in lines:
        if len(cells) != len(names):
            raise Unreadable(f"row {len(rows) + 1} has {len(cells)} cells, not {len(names)}")
        rows.append({name: cell or None for name, cell in zip(names, cells, strict=True)})
    return rows


def _read_nothing(answer: requests.Response) -> None:
    del answer
