"""A connected org: what `org.py` asks, answered over HTTP.

simple-salesforce signs in and holds the session, the address and the headers. Its own calls are not used: they have
no limits in time, decode JSON four times as slowly as msgspec, and lose pages, statuses and sessions on the way.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from time import monotonic
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests

from novigem.errors import OrgError, OrgUnavailable
from novigem.feed.salesforce.bulk import query_job
from novigem.feed.salesforce.caller import Call, Caller, Unreadable
from novigem.feed.salesforce.org import Deleted, Gone, QueryPage, Updated, Usage
from novigem.feed.salesforce.problems import LATER
from novigem.feed.salesforce.settings import OrgSettings
from novigem.feed.salesforce.transport import Patience
from novigem.model.ids import whole_id

T = TypeVar("T")

# Above 16,384 bytes of address and headers an org answers 414 or 431, as a page for people.
_LONGEST_ADDRESS = 12_000
_VERSIONS = Call("versions of the API", "/services/data/")
# A field that comes back into sight is noticed after this; a describe is large, so not at every poll.
_DESCRIBE_SECONDS = 3600.0
_NAME = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE | re.ASCII)


class _Version(msgspec.Struct):
    version: str


class _Page(msgspec.Struct):
    done: bool
    records: list[dict[str, Any]]
    totalSize: int = 0  # noqa: N815 - as the API says it
    nextRecordsUrl: str | None = None  # noqa: N815 - as the API says it


class _Updated(msgspec.Struct):
    ids: list[str]
    latestDateCovered: str  # noqa: N815 - as the API says it


class _Gone(msgspec.Struct):
    id: str
    deletedDate: str  # noqa: N815 - as the API says it


class _Deleted(msgspec.Struct):
    deletedRecords: list[_Gone]  # noqa: N815 - as the API says it
    earliestDateAvailable: str  # noqa: N815 - as the API says it
    latestDateCovered: str  # noqa: N815 - as the API says it


def connect(settings: OrgSettings, *, stop: Event | None = None, patience: Patience | None = None) -> "SalesforceOrg":
    """Sign in to an org, and see that it serves the API version and which org it is.

    When `stop` is set, whatever waits for Salesforce ends with OrgUnavailable. Raises SettingsError, OrgError,
    SessionError, LimitReached, OrgUnavailable.
    """
    caller = Caller(settings, patience or Patience(), stop or Event())
    try:
        _check_version(caller, settings.api_version)
        return SalesforceOrg(caller, _organisation(caller))
    except BaseException:
        caller.close()
        raise


class SalesforceOrg:
    """A connected org; `connect` makes it. Use it as a context manager, or close it."""

    def __init__(self, caller: Caller, org_id: str) -> None:
        self._caller = caller
        self._id = org_id
        self._describes: dict[str, tuple[float, Mapping[str, Any]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        """Name the org, and nothing that is secret."""
        return f"<SalesforceOrg {self._id} at {self.host}>"

    def close(self) -> None:
        """Let go of every connection."""
        self._caller.close()

    @property
    def id(self) -> str:
        """The 18-character organisation id."""
        return self._id

    @property
    def host(self) -> str:
        """The host that serves the org, with its port where it has one."""
        return urlsplit(self._caller.origin).netloc

    @property
    def calls(self) -> int:
        """API calls made by this connection so far, attempts that failed among them."""
        return self._caller.transport.calls

    @property
    def usage(self) -> Usage | None:
        """What the org last said of its limit; None when it has not."""
        return self._caller.transport.usage

    @property
    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the org's; negative when it is behind. True to about a second."""
        return self._caller.transport.clock_ahead() or timedelta()

    def now(self) -> datetime:
        """Give the org's own time, from the `Date` of its answers; asks the org when none came yet."""
        said = self._caller.transport.org_time()
        if said is None:
            self._caller.ask(_VERSIONS, _read_versions)
            said = self._caller.transport.org_time()
        if said is None:
            raise OrgUnavailable("Salesforce's answers do not tell its time", hint="look at what stands in between")
        return said

    def describe(self, name: str, *, fresh: bool = False) -> Mapping[str, Any]:
        """Give the describe of an object as the API says it, an hour old at most; `fresh` asks again.

        Raises OrgError for an object that may not be read.
        """
        known = self._describes.get(name)
        if known is not None and not fresh and monotonic() - known[0] < _DESCRIBE_SECONDS:
            return known[1]
        call = Call(f"describe of {name}", f"{self._object_path(name)}describe")
        said = self._caller.ask(call, _read_describe)
        self._describes[name] = (monotonic(), said)
        return said

    def query(self, soql: str, *, deleted: bool = True) -> QueryPage:
        """Give the first page of a query; `deleted` also finds deleted and archived rows (queryAll).

        Raises FieldGone for a field that may not be read, and OrgError for a query that is too long.
        """
        what = _what(soql)
        path = f"{self._caller.base}{'queryAll' if deleted else 'query'}/"
        address = requests.Request("GET", f"{self._caller.origin}{path}", params={"q": soql}).prepare().url or ""
        if len(address) > _LONGEST_ADDRESS:
            raise OrgError(
                f"{what}: {len(address):,} bytes are more than Salesforce takes ({_LONGEST_ADDRESS:,})",
                hint="watch fewer fields of this object",
            )
        return self._caller.ask(Call(what, path, params={"q": soql}), _read_page)

    def query_more(self, more: str) -> QueryPage:
        """Give the next page of a query. Raises CursorGone when the cursor has died.

        The address is followed as given: that of a queryAll says `/query/`, and is right.
        """
        parts = urlsplit(more)
        is_ours = not parts.netloc or f"https://{parts.netloc}" == self._caller.origin
        if not is_ours or not parts.path.startswith("/services/data/") or ".." in parts.path or more.startswith("//"):
            raise OrgUnavailable("the next page of a query lies outside of the org: it was not fetched", hint=LATER)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return self._caller.ask(Call("next page of a query", path), _read_page)

    def updated(self, name: str, start: datetime, end: datetime) -> Updated:
        """Ask which records changed in a window, cut to whole minutes. Raises WindowRefused."""
        call = Call(f"updated records of {name}", f"{self._object_path(name)}updated/", params=_window(start, end))
        return self._caller.ask(call, _read_updated)

    def deleted(self, name: str, start: datetime, end: datetime) -> Deleted:
        """Ask which records were deleted in a window, cut to whole minutes. Raises WindowRefused."""
        call = Call(f"deleted records of {name}", f"{self._object_path(name)}deleted/", params=_window(start, end))
        return self._caller.ask(call, _read_deleted)

    def bulk(self, soql: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        """Run a Bulk API 2.0 query job (queryAll) and yield its rows in parts: texts, with None for empty cells.

        The job is deleted when the caller stops. Raises as `query`, once the job has ended.
        """
        return query_job(self._caller, soql, f"bulk {_what(soql)}")

    def _object_path(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise OrgError(f"{name[:80]!r} is not the name of an object", hint="use the API name, such as Opportunity")
        return f"{self._caller.base}sobjects/{name}/"


def _check_version(caller: Caller, version: str) -> None:
    served = [one.version for one in caller.ask(_VERSIONS, _read_versions)]
    if version not in served:
        span = f"{served[0]} to {served[-1]}" if served else "none"
        raise OrgError(
            f"the org does not serve API version {version}; it serves {span}",
            hint="set the API version to one of them",
            code="api-version-not-served",
            version=version,
            served=served,
        )


def _organisation(caller: Caller) -> str:
    # Asked, not taken from the log-in: token_login drops it, and a ready token brings none.
    call = Call("query of Organization", f"{caller.base}query/", params={"q": "SELECT Id FROM Organization"})
    page = caller.ask(call, _read_page)
    try:
        return whole_id(page.records[0]["Id"])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise OrgUnavailable("the org does not tell its organisation id", hint=LATER) from error


def _reader(shape: type[T]) -> Callable[[requests.Response], T]:
    decoder = msgspec.json.Decoder(shape)

    def read(answer: requests.Response) -> T:
        try:
            return decoder.decode(answer.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unreadable(str(error)) from error

    return read


_read_versions = _reader(list[_Version])
_read_describe = _reader(dict[str, Any])
_decode_page, _decode_updated, _decode_deleted = _reader(_Page), _reader(_Updated), _reader(_Deleted)


def _read_page(answer: requests.Response) -> QueryPage:
    said = _decode_page(answer)
    if not said.done and not said.nextRecordsUrl:
        raise Unreadable("there is more, but no address of it")
    return QueryPage(said.records, None if said.done else said.nextRecordsUrl, said.totalSize)


def _read_updated(answer: requests.Response) -> Updated:
    said = _decode_updated(answer)
    return Updated([_id(one) for one in said.ids], _moment(said.latestDateCovered))


def _read_deleted(answer: requests.Response) -> Deleted:
    said = _decode_deleted(answer)
    gone = [Gone(_id(one.id), _moment(one.deletedDate)) for one in said.deletedRecords]
    return Deleted(gone, _moment(said.earliestDateAvailable), _moment(said.latestDateCovered))


def _id(text: str) -> str:
    try:
        return whole_id(text)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def _what(soql: str) -> str:
    found = _FROM.search(soql)
    return f"query of {found[1]}" if found else "query"


def _window(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": _minute(start), "end": _minute(end)}


def _minute(moment: datetime) -> str:
    if moment.tzinfo is None:
        # It would be read in the zone of this machine, and an hour of changes be lost.
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00+00:00")
