"""A page that a browser has already is not made again, and one that would look otherwise is."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from starlette.testclient import TestClient

from novigem.access.roles import Role
from novigem.engine.bookkeeping import keep_listing, keep_position
from novigem.engine.closing.windows import windows
from novigem.engine.engine import Engine
from novigem.engine.erasure import erase_person
from novigem.engine.manual import Manual
from novigem.engine.pausing import pause_program
from novigem.errors import NovigemError
from novigem.feed.salesforce.cursor import FEEDS, ObjectCursor
from novigem.feed.source import Page
from novigem.model.change import to_micros
from novigem.planning.joins import JoinWish, decide_join
from novigem.testing import make_id, make_person, make_program
from novigem.views.web import tags
from tests.bed.pages import client, reader
from tests.bed.team_site import WEDNESDAY, TeamSite, team_program

ANN, BEN = make_id("005", 1), make_id("005", 2)


@pytest.fixture
def team(tmp_path: Path) -> TeamSite:
    return TeamSite(tmp_path)


@pytest.fixture
def browser(team: TeamSite) -> Iterator[TestClient]:
    with client(team.site) as one:
        yield one


def _tag(browser: TestClient, address: str = "/boards/team", **headers: str) -> str:
    return str(browser.get(address, headers=headers).headers["etag"])


def test_the_same_page_is_answered_without_reading_the_board(team: TeamSite, browser: TestClient) -> None:
    tag = _tag(browser)
    asked: list[str] = []
    event.listen(team.db, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    answer = browser.get("/boards/team", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.text, answer.headers["etag"]) == (304, "", tag)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert not [sql for sql in asked if "novigem_total" in sql]
    assert tag.startswith('W/"')


def test_one_of_several_tags_is_enough(browser: TestClient) -> None:
    assert browser.get("/boards/team", headers={"If-None-Match": f'"other", {_tag(browser)}'}).status_code == 304
    assert browser.get("/boards/team", headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_what_is_not_here_bears_no_tag(browser: TestClient) -> None:
    assert "etag" not in browser.get("/boards/none").headers


@pytest.mark.parametrize("address", ["/operator", "/settings"])
def test_what_is_written_beside_the_ledger_is_never_kept(team: TeamSite, browser: TestClient, address: str) -> None:
    team.look_as(reader(None, Role.OPERATOR))
    assert "etag" not in browser.get(address).headers


def _close(team: TeamSite) -> None:
    window = next(one for one in windows(team.program, team.store, to_micros(team.now)) if one.kind == "board")
    Manual(team.engine).close_early(window, reason="enough")


def _new_version(team: TeamSite) -> None:
    Engine(team.store, [team_program({"points": 20})], clock=lambda: team.now).apply([])


def _rename(team: TeamSite) -> None:
    team.engine.apply(Page((), people=(make_person(1, name="Anna Abel"),)))


_WISH = JoinWish(BEN, ANN, author="Lea", reason="one person")


def _read_on(team: TeamSite) -> None:
    team.record += 1
    keep_position(team.store, f"{FEEDS}00D/Opportunity", ObjectCursor(0, covered=team.record).encode())


WRITES: dict[str, Callable[[TeamSite], Any]] = {
    "a point": lambda team: team.win(4),
    "an adjustment": lambda team: Manual(team.engine).adjust("test", BEN, 3, reason="helped"),
    "opting out": lambda team: keep_listing(team.store, ANN, to_micros(team.now)),
    "a new name": _rename,
    "closing": _close,
    "a pause": lambda team: pause_program(team.store, "test", reason="moving", now=team.now),
    "a join": lambda team: decide_join(team.store, _WISH, now=team.now),
    "a new version": _new_version,
    "an erasure": lambda team: erase_person(team.store, ANN, reason="asked for"),
    "a position": _read_on,
}


@pytest.mark.parametrize("write", WRITES)
def test_what_is_written_changes_the_tag(team: TeamSite, browser: TestClient, write: str) -> None:
    tag = _tag(browser)
    WRITES[write](team)
    assert _tag(browser) != tag


def test_who_looks_changes_the_tag(team: TeamSite, browser: TestClient) -> None:
    seen = [_tag(browser)]
    for who in (reader(ANN), reader(BEN), reader(BEN, Role.LEADER), reader(BEN, reports=[ANN])):
        team.look_as(who)
        seen.append(_tag(browser))
    assert len(set(seen)) == len(seen)


def test_how_it_is_asked_for_changes_the_tag(browser: TestClient) -> None:
    seen = [
        _tag(browser),
        _tag(browser, **{"Accept-Language": "de"}),
        _tag(browser, **{"HX-Request": "true"}),
        _tag(browser, Cookie="novigem_as=one"),
        _tag(browser, "/boards/team?period=all"),
    ]
    assert len(set(seen)) == len(seen)


def test_time_changes_the_tag(team: TeamSite, browser: TestClient) -> None:
    seen = [_tag(browser)]
    for later in (timedelta(minutes=15), timedelta(days=7), timedelta(weeks=12)):
        team.now = WEDNESDAY + later
        seen.append(_tag(browser))
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(("address", "steps"), [("/boards/team", 1), ("/", 3)])
def test_a_board_is_the_same_within_a_quarter_of_an_hour(
    team: TeamSite, browser: TestClient, address: str, steps: int
) -> None:
    quarter = WEDNESDAY.replace(minute=15, second=0, microsecond=0)
    seen = set()
    for minutes in (0, 1, 14):
        team.now = quarter + timedelta(minutes=minutes)
        seen.add(_tag(browser, address))
    assert len(seen) == steps


def test_a_pause_begins_within_a_minute(team: TeamSite, browser: TestClient) -> None:
    pause_program(team.store, "test", reason="moving", now=team.now, since=WEDNESDAY + timedelta(seconds=30))
    tag = _tag(browser)
    team.now = WEDNESDAY + timedelta(seconds=31)
    assert _tag(browser) != tag


def test_where_points_are_held_a_second_counts(tmp_path: Path) -> None:
    team = TeamSite(tmp_path, team_program({"vest_after": 3, "on_undo": "reverse"}))
    with client(team.site) as browser:
        tag = _tag(browser)
        team.now = WEDNESDAY + timedelta(seconds=1)
        assert _tag(browser) != tag


def test_another_build_changes_the_tag(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = _tag(browser)
    monkeypatch.setattr(tags, "build", lambda: "another")
    assert _tag(browser) != tag


_READERS = (reader(None), reader(ANN), reader(BEN, Role.LEADER))
_STEPS = st.one_of(
    st.sampled_from(sorted(WRITES)),
    st.sampled_from(_READERS),
    st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=40)),
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(_STEPS, min_size=1, max_size=6))
def test_two_pages_of_one_tag_are_the_same_page(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    team = TeamSite(tmp_path_factory.mktemp("team"))
    pages: dict[tuple[str, str], str] = {}
    with client(team.site) as browser:
        for step in (None, *steps):
            if isinstance(step, timedelta):
                team.now += step
            elif isinstance(step, str):
                with suppress(NovigemError):  # such as a second pause
                    WRITES[step](team)
            elif step is not None:
                team.look_as(step)
            for address in ("/boards/team", "/boards/team?period=program"):
                answer = browser.get(address)
                tag = answer.headers["etag"]
                assert pages.setdefault((address, tag), answer.text) == answer.text


def test_pseudonyms_are_the_same_on_every_visit(tmp_path: Path) -> None:
    board = {"id": "team", "name": "The team", "names": "pseudonym"}
    team = TeamSite(tmp_path, make_program(starts="2026-01-05", weeks=8, leaderboards=[board]))
    with client(team.site) as browser:
        first, second = browser.get("/boards/team"), browser.get("/boards/team")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.text == second.text
