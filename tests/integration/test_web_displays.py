"""Walls and embeds: what is seen without a session, by whom, and for how long."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from starlette.testclient import TestClient

from novigem.engine.bookkeeping import keep_listing
from novigem.engine.displays import address_of, end_link, make_link, make_token, read_token
from novigem.engine.erasure import erase_person
from novigem.engine.manual import Manual
from novigem.errors import InputError, UnknownName
from novigem.feed.source import Page
from novigem.model.change import to_micros
from novigem.testing import make_change, make_id, make_person, make_program
from novigem.views.web.app import create_app
from novigem.views.web.live.hub import Hub
from tests.bed.listening import listening
from tests.bed.pages import client
from tests.bed.team_site import WEDNESDAY, TeamSite, team_program

ANN, BEN = make_id("005", 1), make_id("005", 2)
ID = re.compile(r"\b00[0-9A-Za-z]{13,16}\b")


@pytest.fixture
def team(tmp_path: Path) -> Iterator[TeamSite]:
    made = TeamSite(tmp_path)
    made.look_as(None)
    yield made
    made.db.dispose()


@pytest.fixture
def browser(team: TeamSite) -> Iterator[TestClient]:
    with client(team.site) as one:
        yield one


def wall(site: TeamSite, team: str | None = None) -> str:
    link = make_link(site.store, site.program, now=site.now, team=team)
    return f"/wall/{address_of(site.store, link)}"


def embed(team: TeamSite, user: str = ANN, **more: int) -> str:
    return f"/embed/{make_token(team.store, user, now=team.now, **more)}"


def test_a_wall_says_who_leads_and_what_happened_without_a_session(team: TeamSite, browser: TestClient) -> None:
    team.win(2, at="2026-01-21T09:00:00Z")
    answer = browser.get(wall(team))
    assert answer.status_code == 200
    assert "Ahead this week" in answer.text
    assert "Just now" in answer.text
    assert answer.text.index("Ben Bond") < answer.text.index("Just now")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


def test_a_wall_holds_no_ids_and_no_links(team: TeamSite, browser: TestClient) -> None:
    html = browser.get(wall(team)).text
    assert ID.findall(html) == []
    assert "<a " not in html.split("<main")[1]


def test_three_facts_at_most_stand_on_a_scene(team: TeamSite, browser: TestClient) -> None:
    scenes = browser.get(wall(team)).text.split('<section class="scene"')[1:]
    assert len(scenes) == 2
    assert [scene.count("<li") for scene in scenes] == [3, 3]


def test_who_opted_out_is_never_named(team: TeamSite, browser: TestClient) -> None:
    address = wall(team)
    assert "Ann Abel" in browser.get(address).text
    keep_listing(team.store, ANN, to_micros(team.now))
    assert "Ann Abel" not in browser.get(address).text


def test_who_was_erased_is_never_named(team: TeamSite, browser: TestClient) -> None:
    link = make_link(team.store, team.program, author="Ann Abel", now=team.now)
    erase_person(team.store, ANN, reason="asked for")
    assert "Ann Abel" not in browser.get(f"/wall/{address_of(team.store, link)}").text
    assert [one.author for one in team.store.display_links()] != ["Ann Abel"]


def test_a_correction_is_one_calm_line_that_names_nobody(tmp_path: Path) -> None:
    team = TeamSite(tmp_path, team_program({"on_undo": "reverse"}))
    team.engine.apply([make_change("delete", record=10, owner=4, at="2026-01-21T09:00:00Z")])
    with client(team.site) as browser:
        news = browser.get(wall(team)).text.split('<section class="scene"')[2]
        assert "A correction: -10 points" in news
        assert news.count("correction") == 2  # its class, and its words


def test_what_was_given_by_hand_is_no_news(team: TeamSite, browser: TestClient) -> None:
    Manual(team.engine).adjust("test", BEN, 777, reason="between us")
    news = browser.get(wall(team)).text.split('<section class="scene"')[2]
    assert "777" not in news
    assert "between us" not in news


def test_pseudonyms_hold_on_a_wall(tmp_path: Path) -> None:
    board = {"id": "team", "name": "The team", "names": "pseudonym"}
    team = TeamSite(tmp_path, team_program(leaderboards=[board]))
    with client(team.site) as browser:
        html = browser.get(wall(team)).text
        assert not [name for name in ("Abel", "Bond", "Chen", "Diaz") if name in html]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "x" * 10_000, "\u202eevil", "\u05e9\u05dc\u05d5\u05dd", "🦊🦊", "=1+1"]
)
def test_hostile_names_are_only_names(team: TeamSite, browser: TestClient, name: str) -> None:
    team.engine.apply(Page((), people=(make_person(1, name=name),)))
    for address in (wall(team), embed(team)):
        answer = browser.get(address)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


def test_a_wall_of_a_team_shows_its_people_alone(tmp_path: Path) -> None:
    teams = [{"id": "north", "name": "North", "members": [ANN]}, {"id": "south", "name": "South", "members": [BEN]}]
    team = TeamSite(tmp_path, team_program(teams=teams))
    with client(team.site) as browser:
        html = browser.get(wall(team, team="south")).text
        assert "Ben Bond" in html
        assert "Ann Abel" not in html


def test_a_team_may_not_be_asked_for_where_names_are_held_back(tmp_path: Path) -> None:
    board = {"id": "team", "name": "The team", "names": "pseudonym"}
    teams = [{"id": "north", "name": "North", "members": [ANN]}]
    team = TeamSite(tmp_path, team_program(leaderboards=[board], teams=teams))
    with pytest.raises(InputError, match="holds names back"):
        make_link(team.store, team.program, team="north", now=team.now)
    team.db.dispose()


def test_what_is_not_there_gets_no_wall(team: TeamSite) -> None:
    with pytest.raises(UnknownName, match="no board"):
        make_link(team.store, team.program, board="none", now=team.now)
    with pytest.raises(UnknownName, match="no team"):
        make_link(team.store, team.program, team="none", now=team.now)
    with pytest.raises(InputError, match="nobody but its leader"):
        make_link(team.store, make_program(status="shadow", starts="2026-01-05", weeks=8), now=team.now)


def test_a_link_that_is_ended_forged_or_cut_is_nothing(team: TeamSite, browser: TestClient) -> None:
    link = make_link(team.store, team.program, now=team.now)
    address = address_of(team.store, link)
    assert browser.get(f"/wall/{address}").status_code == 200
    for other in (link.id, f"{link.id}.", f"{address[:-1]}!", f"{link.id}.é", f"0{address}"):
        assert browser.get(f"/wall/{other}").status_code == 404
        assert browser.get(f"/wall/{other}/stream").status_code == 404
    end_link(team.store, link.id, now=team.now)
    assert browser.get(f"/wall/{address}").status_code == 404
    with pytest.raises(UnknownName):
        end_link(team.store, link.id, now=team.now)


def test_an_open_wall_is_told_and_ends_with_its_link(team: TeamSite) -> None:
    app = create_app(team.site)
    app.state.hub = Hub(team.site, 0.02)
    link = make_link(team.store, team.program, now=team.now)

    async def work() -> None:
        async with listening(app, f"/wall/{address_of(team.store, link)}/stream") as ear:
            team.win(4, 9)
            events = await ear.until(1)
            while "Dee Diaz" not in events[-1]["data"]:
                events = await ear.until(len(events) + 1)
            end_link(team.store, link.id, now=team.now)
            await ear.ended()
            assert ear.events[-1]["event"] == "end"

    asyncio.run(work())


def test_links_and_tokens_leave_kept_pages_as_they_are(team: TeamSite, browser: TestClient) -> None:
    address = wall(team)
    browser.get(address)
    before = team.store.revision()
    browser.get(embed(team))
    end_link(team.store, make_link(team.store, team.program, now=team.now).id, now=team.now)
    assert team.store.revision() == before


def test_an_embed_shows_ones_own_figures_once(team: TeamSite, browser: TestClient) -> None:
    team.site.frame_ancestors = ("https://acme.lightning.force.com",)
    address = embed(team, BEN)
    answer = browser.get(address)
    assert answer.status_code == 200
    assert ">30<" in answer.text
    assert "10 to rank 1" in answer.text
    assert "Ann Abel" not in answer.text
    assert ID.findall(answer.text) == []
    assert "frame-ancestors https://acme.lightning.force.com" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    again = browser.get(address)
    assert again.status_code == 404
    assert ">30<" not in again.text


def test_who_opted_out_sees_their_own_embed(team: TeamSite, browser: TestClient) -> None:
    keep_listing(team.store, BEN, to_micros(team.now))
    assert ">30<" in browser.get(embed(team, BEN)).text


def test_a_token_holds_for_minutes(team: TeamSite, browser: TestClient) -> None:
    address = embed(team, BEN, minutes=5)
    team.now = WEDNESDAY + timedelta(minutes=5)
    assert browser.get(address).status_code == 404
    with pytest.raises(InputError, match="1 to 15 minutes"):
        make_token(team.store, BEN, minutes=16, now=team.now)


def test_a_token_of_somebody_else_is_nothing(team: TeamSite, browser: TestClient) -> None:
    said = jwt.decode(make_token(team.store, ANN, now=team.now), options={"verify_signature": False})
    forged = [
        jwt.encode(said, "x" * 32, algorithm="HS256"),
        jwt.encode(said, None, algorithm="none"),
        "",
        "a.b.c",
        make_token(team.store, make_id("005", 99), now=team.now),
    ]
    for token in forged:
        assert browser.get(f"/embed/{token}").status_code == 404


def test_a_token_that_holds_too_long_is_nothing_though_it_is_signed(team: TeamSite) -> None:
    token = make_token(team.store, ANN, minutes=15, now=team.now + timedelta(days=1))
    assert read_token(team.store, token, now=team.now) is None


def test_a_person_who_left_has_no_embed(team: TeamSite, browser: TestClient) -> None:
    team.engine.apply(Page((), people=(make_person(2, name="Ben Bond", active=False),)))
    assert browser.get(embed(team, BEN)).status_code == 404
