"""An org whose clock stands at noon, the same org served, and plain simple-salesforce on the other side of the wire."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from novigem_sandbox.org import Clock, Running, SampleOrg, serve

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Plain(HTTPAdapter):
    """Sends what is meant for any Salesforce host to the sample org, over plain http."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **settings: Any) -> requests.Response:
        request.url = self._url + request.path_url
        return super().send(request, *args, **settings)


@pytest.fixture
def org() -> SampleOrg:
    return SampleOrg(Clock.at(NOON))


@pytest.fixture
def running(org: SampleOrg) -> Iterator[Running]:
    with serve(org) as running:
        yield running
        assert running.failures == []


@pytest.fixture
def session(running: Running) -> Iterator[requests.Session]:
    """Give a session for simple-salesforce."""
    with requests.Session() as session:
        session.mount("https://", Plain(running.url))
        yield session


@pytest.fixture
def sf(running: Running, session: requests.Session) -> Salesforce:
    return Salesforce(instance="sample.my.salesforce.com", session_id=running.token(), session=session, version="62.0")


Get = Callable[..., requests.Response]


@pytest.fixture
def get(running: Running) -> Iterator[Get]:
    """Ask the API without any client library: `get("/query", q="SELECT ...")`."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {running.token()}"

        def ask(path: str, headers: dict[str, str] | None = None, **parameters: Any) -> requests.Response:
            address = f"{running.url}/services/data/v62.0{path}"
            return session.get(address, params=parameters, headers=headers, timeout=30)

        yield ask
