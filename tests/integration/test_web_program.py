"""The program as a page: in plain words for everybody, and for leaders whether it works."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from novigem import Engine
from novigem.access.roles import Role
from novigem.feed.source import Page
from novigem.ledger.sql.store import open_store
from novigem.testing import make_change, make_id, make_person, make_program
from tests.bed.pages import MIDSEASON, LooksAs, client, demo_site, reader
from tests.bed.web_text import words_of

_ADDRESS = "/programs/test"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[TestClient, LooksAs]]:
    """Give the pages of a program with two versions, of which the second names somebody else, and who looks."""
    database = tmp_path / "program.db"
    store = open_store(f"sqlite:///{database}")
    people = tuple(make_person(one, name=name, email=f"p{one}@example.com") for one, name in ((1, "Ana"), (2, "Ben")))
    first = make_program({"name": "Deal found"}, description="<script>alert(1)</script>", participants={"users": []})
    second = make_program(
        {"name": "Deal found", "points": 12},
        description="<script>alert(1)</script>",
        participants={"users": ["p1@example.com", make_id("005", 2)]},
    )
    Engine(store, [first]).apply(Page((make_change(),), people=people))
    Engine(store, [second]).apply([make_change(record=2, at="2026-01-08T12:00:00Z")])
    store.close()
    pages = demo_site(database, reader(make_id("005", 1)), MIDSEASON)
    with client(pages) as browser:
        assert isinstance(pages.sign_in, LooksAs)
        yield browser, pages.sign_in


def test_everybody_reads_what_pays_in_plain_words(site: tuple[TestClient, LooksAs]) -> None:
    answer = site[0].get(_ADDRESS)
    assert "12 points to the owner of the record, for a new opportunity." in words_of(answer.text)
    assert "<script>alert" not in answer.text
    assert 'id="rule-rule-1"' in answer.text


def test_versions_tell_what_changed_and_name_nobody(site: tuple[TestClient, LooksAs]) -> None:
    browser, who = site
    for one in (reader(make_id("005", 1)), reader(None, Role.LEADER)):
        who.current = one
        html = browser.get(_ADDRESS).text
        assert "rule rule-1: points 10 -> 12" in words_of(html)
        assert "1 change about people" in words_of(html)
        assert "@example.com" not in html


def test_only_leaders_see_whether_it_works(site: tuple[TestClient, LooksAs]) -> None:
    browser, who = site
    assert "Is it working" not in browser.get(f"{_ADDRESS}?look=log").text
    who.current = reader(None, Role.LEADER)
    words = words_of(browser.get(_ADDRESS).text)
    assert "1 of 2 who take part have earned points" in words
    assert "100% of all points are those of one person" in words
    assert "Take part and have earned nothing yet Ben" in words
    assert "Nothing waits for judgement." in words_of(browser.get(f"{_ADDRESS}?look=log").text)


def test_one_program_is_shown_at_once_and_none_other_exists(site: tuple[TestClient, LooksAs]) -> None:
    browser, _who = site
    answer = browser.get("/programs")
    assert (answer.status_code, answer.headers["location"]) == (303, _ADDRESS)
    assert browser.get("/programs/other").status_code == 404


def test_a_shadow_season_is_shown_to_its_leader_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'shadow.db'}")
    Engine(store, [make_program(status="shadow", starts="2026-01-05", weeks=6)]).apply([make_change()])
    store.close()
    for who, status in ((reader(make_id("005", 1)), 404), (reader(None, Role.LEADER), 200)):
        with client(demo_site(tmp_path / "shadow.db", who, MIDSEASON)) as browser:
            assert browser.get(_ADDRESS).status_code == status
