"""Bulk API 2.0 query jobs: what was asked, how far it is, and the rows it found."""

import threading
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from typing import Any

from novigem_sandbox.org.database import Database
from novigem_sandbox.org.errors import Refusal, not_found
from novigem_sandbox.org.soql import Answer, answer_query
from novigem_sandbox.org.soql.answer import Counted
from novigem_sandbox.org.table import Row

DELIMITERS = {"COMMA": ",", "TAB": "\t", "PIPE": "|", "SEMICOLON": ";", "BACKQUOTE": "`", "CARET": "^"}
_ENDS = {"LF": "\n", "CRLF": "\r\n"}
_STATES = ("UploadComplete", "InProgress", "JobComplete")
#: Rows in a part of the results unless the client asks for fewer.
_PART = 50_000


@dataclass
class Job:
    """A query job. `rows` are those of the moment at which it was worked on."""

    id: str
    operation: str
    soql: str
    delimiter: str
    line_ending: str
    version: str
    by: str
    created: str
    answer: Answer
    state: str = "UploadComplete"
    asked: int = 0
    error: str | None = None
    rows: list[Row] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Give the job as the API tells it."""
        told: dict[str, Any] = {
            "id": self.id, "operation": self.operation, "object": self.answer.table.shape.name,
            "createdById": self.by, "createdDate": self.created, "systemModstamp": self.created, "state": self.state,
            "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(self.version),
            "lineEnding": self.line_ending, "columnDelimiter": self.delimiter,
        }  # fmt: skip
        if self.error is not None:
            told["errorMessage"] = self.error
        return told


class Jobs:
    """The query jobs of an org. `asks_until_done` is how often a client asks for the state before it is complete."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self.asks_until_done = 2
        #: The message with which the next job fails; it is used once.
        self.fail_next: str | None = None

    def create(self, asked: dict[str, Any], *, version: str, by: str) -> Job:
        """Take a job. Raises Refusal."""
        operation, soql = str(asked.get("operation")), asked.get("query")
        delimiter, ending = asked.get("columnDelimiter", "COMMA"), asked.get("lineEnding", "LF")
        if operation not in ("query", "queryAll") or not isinstance(soql, str):
            raise Refusal("INVALIDJOB", "InvalidJob : operation must be query or queryAll, with a query")
        if delimiter not in DELIMITERS or ending not in _ENDS:
            raise Refusal("INVALIDJOB", "InvalidJob : unknown columnDelimiter or lineEnding")
        answer = answer_query(self._database, soql, deleted=operation == "queryAll")
        if isinstance(answer, Counted):
            raise Refusal("INVALIDJOB", "InvalidJob : Aggregate Relationships not supported in Bulk Query")
        if any(column.field.type == "address" for column in answer.columns):
            raise Refusal("INVALIDJOB", "InvalidJob : Selecting compound data not supported in Bulk Query")
        job_id, now = self._database.new_id("750"), self._database.clock.stamp()
        made = Job(job_id, operation, soql, delimiter, ending, version, by, now, answer)
        with self._lock:
            self._jobs[made.id] = made
        return made

    def find(self, job_id: str) -> Job:
        """Give a job. Raises Refusal."""
        with self._lock:
            found = self._jobs.get(job_id)
        if found is None:
            raise not_found()
        return found

    def all(self) -> list[Job]:
        """Give every job."""
        with self._lock:
            return list(self._jobs.values())

    def ask(self, job_id: str) -> Job:
        """Give a job whose state is asked for: each time it has come one step further. Raises Refusal."""
        job = self.find(job_id)
        with self._lock:
            if job.state in _STATES[:2]:
                job.asked += 1
                job.state = _STATES[2] if job.asked >= self.asks_until_done else _STATES[1]
                if job.state == _STATES[2]:
                    self._work(job)
        return job

    def _work(self, job: Job) -> None:
        if self.fail_next is not None:
            job.state, job.error, self.fail_next = "Failed", self.fail_next, None
            return
        with self._database.lock:
            job.answer = answer_query(self._database, job.soql, deleted=job.operation == "queryAll")
            job.rows = job.answer.rows(0, job.answer.total)

    def abort(self, job_id: str) -> Job:
        """Stop a job. Raises Refusal."""
        job = self.find(job_id)
        with self._lock:
            if job.state not in _STATES[:2]:
                raise Refusal("INVALIDJOBSTATE", f"Aborting already Completed Job not allowed: {job.state}")
            job.state = "Aborted"
        return job

    def delete(self, job_id: str) -> None:
        """Forget a job that is over. Raises Refusal."""
        job = self.find(job_id)
        with self._lock:
            if job.state in _STATES[:2]:
                raise Refusal("INVALIDJOBSTATE", f"Job is in state {job.state}")
            del self._jobs[job_id]

    def results(self, job_id: str, locator: str | None, most: int | None) -> tuple[bytes, int, str | None]:
        """Give a part of the results as CSV, how many rows it has, and where the next begins. Raises Refusal."""
        job = self.find(job_id)
        if job.state != _STATES[2]:
            raise Refusal("INVALIDJOBSTATE", f"Job is in state {job.state}, not JobComplete")
        start = _start(locator)
        rows = job.rows[start : start + (most or _PART)]
        end = start + len(rows)
        more = None if end >= len(job.rows) else b64encode(str(end).encode()).decode().rstrip("=")
        with self._database.lock:
            return _csv(job, rows).encode(), len(rows), more


def _start(locator: str | None) -> int:
    if locator is None:
        return 0
    try:
        return int(b64decode(locator + "=" * (-len(locator) % 4), validate=True))
    except (Base64Error, ValueError) as error:
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator") from error


def _csv(job: Job, rows: list[Row]) -> str:
    separator, end = DELIMITERS[job.delimiter], _ENDS[job.line_ending]
    columns = job.answer.columns
    getters = [column.get for column in columns]
    lines = [separator.join(f'"{".".join(column.names)}"' for column in columns)]
    lines.extend(separator.join([_cell(get(row)) for get in getters]) for row in rows)
    return end.join(lines) + end


def _cell(value: Any) -> str:
    """Write a value as Bulk API 2.0 does: null and an empty text look alike, moments end in Z."""
    if isinstance(value, str):
        text = f"{value[:-5]}Z" if value.endswith(".000+0000") else value.replace('"', '""')
        return f'"{text}"'
    if value is None:
        return '""'
    if isinstance(value, bool):
        return '"true"' if value else '"false"'
    return f'"{value}"'
