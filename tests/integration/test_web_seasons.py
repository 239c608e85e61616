"""The archive as a page: who won, whether it is final, and what came after the seal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from novigem import Engine
from novigem.access.roles import Role
from novigem.engine.bookkeeping import keep_listing
from novigem.engine.manual import Manual
from novigem.feed.source import Page
from novigem.ledger.sql.store import open_store
from novigem.testing import make_change, make_id, make_person, make_program
from tests.bed.pages import AFTERWARDS, LooksAs, client, demo_site, reader
from tests.bed.web_text import words_of

_ANA, _BEN = make_id("005", 1), make_id("005", 2)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[TestClient, LooksAs, Path]]:
    """Give the pages of a season that was closed with Ana before Ben; afterwards two deals of Ben's arrived."""
    database = tmp_path / "season.db"
    store = open_store(f"sqlite:///{database}")
    program = make_program(
        {"challenge": "challenge-1"}, challenges=[{}], leaderboards=[{}], starts="2026-01-05", weeks=1
    )
    engine = Engine(store, [program])
    people = (make_person(1, name="Ana <script>"), make_person(2, name="Ben"))
    first = [make_change(record=one, owner=1 if one < 3 else 2, at="2026-01-06T12:00:00Z") for one in (1, 2, 3)]
    engine.apply(Page(tuple(first), people=people))
    Manual(engine).close_due()
    engine.apply([make_change(record=one, owner=2, at="2026-01-07T12:00:00Z") for one in (4, 5)])
    store.close()
    pages = demo_site(database, reader(_ANA), AFTERWARDS)
    with client(pages) as browser:
        assert isinstance(pages.sign_in, LooksAs)
        yield browser, pages.sign_in, database


def test_a_season_says_who_won_with_the_hash(site: tuple[TestClient, LooksAs, Path]) -> None:
    html = site[0].get("/seasons").text
    words = words_of(html)
    assert "Ana <script> final 2 50" in words
    assert "<script>" not in html.partition("</head>")[2]
    assert "1. Ana <script> 20 2. Ben 10" in words
    assert "2 of 2 completed it." in words
    assert "SHA-256" in words


def test_what_came_after_the_seal_is_told_with_whom_it_would_move(site: tuple[TestClient, LooksAs, Path]) -> None:
    browser, who, _database = site
    words = words_of(browser.get("/seasons?season=test").text)
    assert "Ben : rank 1 with 30 points instead of rank 2 with 10 points" in words
    # Single entries of a colleague are nobody's business but their own, their manager's and a leader's.
    assert "+10 Ben" not in words
    who.current = reader(None, Role.LEADER)
    assert "+10 Ben" in words_of(browser.get("/seasons").text)


def test_whoever_opted_out_won_unnamed(site: tuple[TestClient, LooksAs, Path]) -> None:
    browser, who, database = site
    store = open_store(f"sqlite:///{database}")
    keep_listing(store, _ANA, 1)
    store.close()
    who.current = reader(_BEN, Role.LEADER)
    html = browser.get("/seasons").text
    assert "Ana" not in html
    assert _ANA not in html


def test_a_board_that_is_closed_leads_to_what_came_later(site: tuple[TestClient, LooksAs, Path]) -> None:
    html = site[0].get("/boards/board-1").text
    assert 'href="/seasons?season=test#late"' in html
    assert "2 entries arrived after it was closed." in words_of(html)


def test_a_season_that_is_none_is_not_here(site: tuple[TestClient, LooksAs, Path]) -> None:
    assert site[0].get("/seasons?season=other").status_code == 404


def test_no_season_is_a_step(tmp_path: Path) -> None:
    with client(demo_site(tmp_path / "empty.db", reader(None))) as browser:
        answer = browser.get("/seasons")
    assert answer.status_code == 200
    assert "No season has begun yet." in words_of(answer.text)
