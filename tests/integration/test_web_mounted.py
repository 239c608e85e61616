"""The pages and the API in somebody else's application: under an address of theirs, without a start of their own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

import novigem.web
from novigem.ledger.sql.store import SqlStore
from novigem.web import Reader, Role, Site, create_app
from tests.bed.pages import demo_database

AT = "/crm/points"
_LINK = re.compile(r'(?:href|src|action|hx-get)="([^"#]+)')


class OwnSignIn:
    """Knows who is signed in to the other application."""

    def reader(self, request: HTTPConnection, _store: SqlStore) -> Reader | None:
        """Give who looks."""
        user = request.headers.get("x-own-user")
        return None if user is None else Reader(user=user, roles=frozenset(Role))


@pytest.fixture(scope="module")
def mounted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give a client of the other application. It is not entered, so nothing is started."""
    engine = create_engine(f"sqlite:///{demo_database(tmp_path_factory.mktemp('mounted'))}")
    app = FastAPI()
    app.mount(AT, create_app(Site(engine, OwnSignIn(), brand="Acme points")))
    yield TestClient(app, follow_redirects=False, headers={"x-own-user": "005Hs0000000101IAA"})
    engine.dispose()


def test_public_names_are_these() -> None:
    assert novigem.web.__all__ == ["Reader", "Role", "Scope", "SignIn", "Site", "create_app"]
    assert all(getattr(novigem.web, name) is not None for name in novigem.web.__all__)


def test_every_link_leads_on_under_the_address_where_it_is_mounted(mounted: TestClient) -> None:
    found, waiting = set[str](), [f"{AT}/", f"{AT}/boards/cs-team", f"{AT}/sign-in"]
    while waiting and len(found) < 150:
        address = waiting.pop()
        if address in found:
            continue
        found.add(address)
        answer = mounted.get(address)
        # A form is answered where it is sent.
        assert answer.status_code in {200, 303, 404, 405}, address
        # Whatever is not ours lacks our headers.
        assert answer.headers.get("x-content-type-options") == "nosniff", address
        if answer.status_code == 303:
            waiting.append(answer.headers["location"])
        elif answer.headers["content-type"].startswith("text/html"):
            links = [one for one in _LINK.findall(answer.text) if not one.startswith(("?", "mailto:"))]
            assert [one for one in links if not one.startswith(f"{AT}/")] == [], address
            waiting += [one.replace("&amp;", "&") for one in links]
    assert f"{AT}/static/novigem.css" in found
    assert len(found) > 5


def test_a_redirect_stays_where_it_is_mounted(mounted: TestClient) -> None:
    assert mounted.get(f"{AT}/boards").headers["location"] == f"{AT}/boards/cs-team"


def test_whoever_is_not_signed_in_there_sees_the_sign_in_page(mounted: TestClient) -> None:
    stranger = TestClient(mounted.app, follow_redirects=False)
    assert stranger.get(f"{AT}/boards/cs-team").headers["location"].startswith(f"{AT}/sign-in")
    assert stranger.get(f"{AT}/api/v1/boards").status_code == 401


def test_the_api_answers_and_says_where_it_is(mounted: TestClient) -> None:
    assert mounted.get(f"{AT}/api/v1/boards/cs-team").json()["board"] == "cs-team"
    assert mounted.get(f"{AT}/api/v1/people/me").json()["user"] == "005Hs0000000101IAA"
    told = mounted.get(f"{AT}/api/v1/openapi.json").json()
    assert told["servers"] == [{"url": f"{AT}/api"}]
    # The other application describes its own alone.
    assert mounted.get("/openapi.json").json()["paths"] == {}


def test_an_empty_database_of_the_other_application_gets_its_tables(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'own.db'}")
    app = FastAPI()
    app.mount(AT, create_app(Site(engine, OwnSignIn())))
    client = TestClient(app, headers={"x-own-user": "005Hs0000000101IAA"})
    assert client.get(f"{AT}/api/v1/boards").json() == []
    engine.dispose()
