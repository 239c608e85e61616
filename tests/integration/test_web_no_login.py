"""Without login, on this machine alone: as whom somebody looks, and which names of the machine are answered to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from novigem.cli.main import main
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.testing import make_id, make_person
from novigem.views.web.app import create_app
from novigem.views.web.no_login import NoLogin
from novigem.views.web.signing.settings import WebSettings
from novigem.views.web.site import Site

HEADERS = {"host": "127.0.0.1:8400", "origin": "http://127.0.0.1:8400"}


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    engine = open_engine(f"sqlite:///{tmp_path / 'novigem.db'}")
    with SqlStore(engine).begin() as transaction:
        transaction.save_people([make_person(1, name="Ann Lee"), make_person(2, name="Eve Gone", active=False)])
    site = Site(engine, NoLogin(), settings=WebSettings(hosts=frozenset()))
    with TestClient(create_app(site), base_url="http://127.0.0.1:8400", follow_redirects=False) as one:
        yield one
    engine.dispose()


def test_one_looks_as_whom_one_chose(browser: TestClient) -> None:
    page = browser.get("/sign-in").text
    assert "Ann Lee" in page
    assert "Eve Gone" not in page
    chosen = browser.post("/sign-in/as", data={"user": make_id("005", 1), "next": "/settings"}, headers=HEADERS)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/settings")
    assert "You are signed in as Ann Lee" in browser.get("/sign-in").text
    assert browser.post("/sign-in/as", data={"user": ""}, headers=HEADERS).status_code == 303
    assert "You are signed in" not in browser.get("/sign-in").text


def test_nobody_unknown_is_looked_as_and_nobody_is_sent_away(browser: TestClient) -> None:
    assert browser.post("/sign-in/as", data={"user": make_id("005", 9)}, headers=HEADERS).status_code == 404
    form = {"user": make_id("005", 1), "next": "//evil.example/"}
    assert browser.post("/sign-in/as", data=form, headers=HEADERS).headers["location"] == "/"


def test_another_site_chooses_nobody(browser: TestClient) -> None:
    form = {"user": make_id("005", 1)}
    foreign = HEADERS | {"origin": "https://evil.example"}
    assert browser.post("/sign-in/as", data=form, headers=foreign).status_code == 403
    assert browser.post("/sign-in/as", data=form, headers=HEADERS | {"sec-fetch-site": "cross-site"}).status_code == 403


def test_a_name_that_was_turned_to_this_machine_gets_nothing(browser: TestClient) -> None:
    """DNS rebinding: the browser believes that it speaks with a site of the web."""
    answer = browser.get("/settings", headers={"host": "rebound.example:8400"})
    assert answer.status_code == 400
    assert browser.get("/settings", headers={"host": "localhost:8400"}).status_code == 200


@pytest.mark.parametrize(
    ("settings", "arguments", "told"),
    [
        ("", [], "nothing says how people sign in"),
        ("", ["--no-login", "--host", "0.0.0.0"], "--no-login would let everybody"),
        ("[web]\nleeders = []", [], "did you mean leaders?"),
        (
            '[web]\nissuer = "https://id.example.com"\nclient_id = "n"',
            ["--host", "0.0.0.0"],
            "under which address browsers reach them",
        ),
        ('[web]\nissuer = "https://id.example.com"\nclient_id = "n"', [], "there is no database"),
    ],
)
def test_what_is_not_set_up_is_said_in_one_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: str, arguments: list[str], told: str
) -> None:
    (tmp_path / "novigem.toml").write_text(settings, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setattr("sys.argv", ["novigem", "serve", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    assert isinstance(ended.value, SystemExit)
    assert ended.value.code == 2
    assert told in " ".join(capsys.readouterr().err.split())
