"""What holds for every request to Salesforce: which hosts may be asked, for how long, and what each answer tells.

simple-salesforce sets no time limit, reads the limit header of good answers only, and writes https before every host.
All of that is put right below it, in the adapter of its session.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from threading import Event, Lock
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter

from novigem.errors import OrgError, OrgUnavailable
from novigem.feed.salesforce.org import Usage
from novigem.feed.salesforce.settings import is_loopback

_API = "/services/data/"


class Patience(NamedTuple):
    """How long to wait, in seconds: for a connection, for data, between attempts (at first, at most), in all.

    `attempts` counts every attempt of one request. After `deadline` no further attempt begins. A bulk job may take
    `job` seconds.
    """

    connect: float = 5
    read: float = 120
    attempts: int = 5
    first: float = 1
    longest: float = 60
    deadline: float = 600
    job: float = 7200


class Transport(HTTPAdapter):
    """The only way out: hosts that are not the org's are never asked, whoever asks and for whatever reason."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._timeouts = (patience.connect, patience.read)
        self._schemes: dict[str, str] = {}
        self._lock = Lock()
        self._seen: tuple[datetime, float] | None = None
        self._usage: tuple[Usage, float] | None = None
        self.calls = 0

    def allow(self, url: str) -> None:
        """Let a host be asked, under the scheme of this address."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(parts.hostname):
            raise OrgError(f"{parts.hostname} would get a token without TLS", hint="use https")
        self._schemes[_key(parts)] = parts.scheme

    @property
    def usage(self) -> Usage | None:
        """What the org last said of its limit; None when it has not."""
        return None if self._usage is None else self._usage[0]

    @property
    def usage_age(self) -> float:
        """Seconds since the org last spoke of its limit."""
        return 0.0 if self._usage is None else monotonic() - self._usage[1]

    def org_time(self) -> datetime | None:
        """Give the org's time: the `Date` of its last answer and what has passed since; None before any answer.

        The header has whole seconds, so this is never ahead of the org, and up to a second behind it.
        """
        if self._seen is None:
            return None
        said, at = self._seen
        return said + timedelta(seconds=monotonic() - at)

    def clock_ahead(self) -> timedelta | None:
        """Tell how far this machine's clock is ahead of the org's (behind: negative); None before any answer."""
        org = self.org_time()
        return None if org is None else datetime.now(UTC) - org

    def send(  # noqa: PLR0917 - the signature of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the signature of requests
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 - as above
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request to a host of the org, and note what its answer tells beside the data."""
        parts = urlsplit(request.url or "")
        scheme = self._schemes.get(_key(parts))
        if scheme is None or (scheme, parts.scheme) == ("https", "http"):
            raise OrgError(
                f"{parts.scheme}://{parts.hostname} is not an address of the connected org: nothing was sent to it",
                hint="check the address of the org in the settings; an org that has moved needs its new My Domain",
            )
        if scheme != parts.scheme:
            request = request.copy()
            request.url = parts._replace(scheme=scheme).geturl()
        if parts.path.startswith(_API):
            with self._lock:
                self.calls += 1
        # A proxy would see the token of a connection that has no TLS.
        proxies = {} if scheme == "http" else proxies
        answer = super().send(
            request, stream=stream, timeout=timeout or self._timeouts, verify=verify, cert=cert, proxies=proxies
        )
        self._note(answer.headers)
        return answer

    def _note(self, headers: Mapping[str, str]) -> None:
        said = _date(headers.get("Date"))
        if said is not None:
            self._seen = (said, monotonic())
        usage = read_usage(headers.get("Sforce-Limit-Info", ""))
        if usage is not None:
            self._usage = (usage, monotonic())


def new_session(transport: Transport) -> requests.Session:
    """Make a session that knows no other way out, follows no redirect and keeps no cookie."""
    session = requests.Session()
    session.mount("https://", transport)
    session.mount("http://", transport)
    session.max_redirects = 0
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Without this, requests replaces the token by what ~/.netrc says of the host.
    session.auth = _as_it_is
    session.headers["User-Agent"] = f"novigem/{version('novigem')}"
    return session


def read_usage(header: str) -> Usage | None:
    """Read `Sforce-Limit-Info`: by name, since other figures may stand beside the one that counts."""
    for part in header.replace(",", ";").split(";"):
        name, _sign, figures = part.strip().partition("=")
        used, _slash, allowed = figures.partition("/")
        if name == "api-usage" and used.isdecimal() and allowed.isdecimal():
            return Usage(int(used), int(allowed))
    return None


def rest(seconds: float, stop: Event) -> None:
    """Wait. Raises OrgUnavailable when the process is asked to end meanwhile."""
    if stop.wait(seconds):
        raise OrgUnavailable("stopped while waiting for Salesforce", hint="the same command goes on from there")


def _key(parts: SplitResult) -> str:
    return parts.netloc.lower().removesuffix(":443" if parts.scheme == "https" else ":80")


def _date(text: str | None) -> datetime | None:
    try:
        said = parsedate_to_datetime(text or "")
    except (TypeError, ValueError):
        return None
    return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
