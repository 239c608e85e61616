"""Every request: where it may go, how long it may take, and what its answer tells beside the data."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
import requests

from novigem.errors import OrgError, OrgUnavailable
from novigem.feed.salesforce.org import Usage
from novigem.feed.salesforce.transport import Patience, Transport, new_session, read_usage, rest
from tests.unit.feed.salesforce.stub_org import Reply, StubOrg

PATH = "/services/data/v62.0/limits/"


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/5000", Usage(18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=novigem)", Usage(25, 5000)),
        ("per-app-api-usage=17/250(appName=novigem);api-usage=25/5000", Usage(25, 5000)),
        ("api-bursts=1/750, api-usage=10018/100000", Usage(10018, 100000)),
        ("per-app-api-usage=17/250(appName=novigem)", None),
        ("api-usage=many/5000", None),
        ("", None),
    ],
)
def test_the_limit_is_read_by_its_name(header: str, usage: Usage | None) -> None:
    assert read_usage(header) == usage


def test_every_answer_tells_the_time_and_the_limit_also_a_bad_one() -> None:
    with StubOrg() as stub, open_session(stub) as (transport, session):
        stub.on(PATH, Reply(status=503, headers={"Sforce-Limit-Info": "api-usage=18/5000"}))
        assert (transport.org_time(), transport.clock_ahead(), transport.usage) == (None, None, None)
        assert session.get(stub.url + PATH).status_code == 503
        assert transport.usage == Usage(18, 5000)
        said = transport.org_time()
        assert said is not None
        assert timedelta() <= said - datetime(2026, 1, 7, 15, 4, 5, tzinfo=UTC) < timedelta(minutes=5)
        ahead = transport.clock_ahead()
        assert ahead is not None
        assert abs(ahead - (datetime.now(UTC) - said)) < timedelta(minutes=5)


@pytest.mark.parametrize("date", ["yesterday", ""])
def test_a_date_that_is_none_leaves_the_time_as_it_was(date: str) -> None:
    with StubOrg() as stub, open_session(stub) as (transport, session):
        stub.on(PATH, Reply(headers={"Date": date}))
        session.get(stub.url + PATH)
        assert transport.org_time() is None


def test_only_calls_of_the_api_are_counted() -> None:
    with StubOrg() as stub, open_session(stub) as (transport, session):
        stub.on(PATH, Reply({}))
        session.post(stub.url + "/services/oauth2/token")
        session.get(stub.url + PATH)
        session.get(stub.url + PATH)
        assert transport.calls == 2


def test_https_on_loopback_goes_out_as_the_http_it_was_given_as() -> None:
    with StubOrg() as stub, open_session(stub) as (_transport, session):
        stub.on(PATH, Reply({}))
        assert session.get(stub.url.replace("http:", "https:") + PATH).status_code == 200


@pytest.mark.parametrize(
    "url",
    ["https://elsewhere.example/x", "http://127.0.0.1:1/x", "https://acme.my.salesforce.com@elsewhere.example/x"],
)
def test_no_other_host_is_ever_asked(url: str) -> None:
    with StubOrg() as stub, open_session(stub) as (_transport, session):
        with pytest.raises(OrgError, match="not an address of the connected org"):
            session.get(url)
        assert stub.asked == []


def test_a_host_with_tls_is_not_asked_without() -> None:
    transport = Transport(Patience())
    transport.allow("https://acme.my.salesforce.com")
    with new_session(transport) as session, pytest.raises(OrgError, match="not an address of the connected org"):
        session.get("http://acme.my.salesforce.com/x")


def test_a_host_elsewhere_needs_tls() -> None:
    with pytest.raises(OrgError, match="without TLS"):
        Transport(Patience()).allow("http://acme.my.salesforce.com")


def test_no_redirect_is_followed() -> None:
    with StubOrg() as stub, StubOrg() as other, open_session(stub) as (transport, session):
        transport.allow(other.url)
        stub.on(PATH, Reply(status=302, headers={"Location": other.url + PATH}))
        with pytest.raises(requests.TooManyRedirects):
            session.get(stub.url + PATH)
        assert other.asked == []


def test_what_netrc_says_of_the_host_does_not_replace_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with StubOrg() as stub, open_session(stub) as (_transport, session):
        session.get(stub.url + PATH, headers={"Authorization": "Bearer mine"})
        assert stub.asked[0].headers["authorization"] == "Bearer mine"


def test_a_proxy_sees_nothing_of_a_host_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with StubOrg() as stub, StubOrg() as proxy, open_session(stub) as (_transport, session):
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        session.get(stub.url + PATH)
        assert (len(stub.asked), proxy.asked) == (1, [])


def test_cookies_are_not_kept() -> None:
    with StubOrg() as stub, open_session(stub) as (_transport, session):
        stub.on(PATH, Reply({}, headers={"Set-Cookie": "sid=secret"}))
        session.get(stub.url + PATH)
        session.get(stub.url + PATH)
        assert "cookie" not in stub.asked[1].headers


def test_an_answer_that_never_comes_ends_in_time() -> None:
    with StubOrg() as stub, open_session(stub, Patience(read=0.05)) as (_transport, session):
        stub.on(PATH, Reply(fault="hang"))
        with pytest.raises(requests.Timeout):
            session.get(stub.url + PATH)


def test_waiting_ends_when_the_process_is_asked_to_end() -> None:
    stop = Event()
    rest(0, stop)
    stop.set()
    with pytest.raises(OrgUnavailable, match="stopped while waiting"):
        rest(3600, stop)


class open_session:  # noqa: N801 - reads as a verb where it is used
    """A transport that may ask the stub, and its session."""

    def __init__(self, stub: StubOrg, patience: Patience | None = None) -> None:
        self._transport = Transport(patience or Patience())
        self._transport.allow(stub.url)
        self._session = new_session(self._transport)

    def __enter__(self) -> tuple[Transport, requests.Session]:
        return self._transport, self._session

    def __exit__(self, *_: object) -> None:
        self._session.close()
