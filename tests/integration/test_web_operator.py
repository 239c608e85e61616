"""Is the sync alive: for operators in figures, for machines in one word, for nobody else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from novigem.access.roles import Role
from novigem.engine.bookkeeping import keep_position, keep_report
from novigem.feed.salesforce.cursor import FEEDS, ObjectCursor
from novigem.model.change import to_micros
from novigem.sync.report import ObjectReport
from tests.bed.pages import client, reader
from tests.bed.team_site import TeamSite

FEED = f"{FEEDS}00D000000000001/Opportunity"


@pytest.fixture
def team(tmp_path: Path) -> TeamSite:
    made = TeamSite(tmp_path)
    made.look_as(reader(None, Role.OPERATOR))
    return made


@pytest.fixture
def browser(team: TeamSite) -> Iterator[TestClient]:
    with client(team.site) as one:
        yield one


def _synced(team: TeamSite, minutes: int, **more: object) -> None:
    now = to_micros(team.now)
    keep_position(team.store, FEED, ObjectCursor(0, covered=now - minutes * 60_000_000, is_filled=True).encode())
    report = ObjectReport("Opportunity", now, now, calls=7, rows=1234, **more)  # type: ignore[arg-type]
    keep_report(team.store, FEED, report.encode())


def test_without_a_sync_it_says_what_to_do(browser: TestClient) -> None:
    html = browser.get("/operator").text
    assert "No sync has been here yet." in html
    assert "novigem sync PROGRAM --every 5m" in html


def test_a_sync_that_is_alive_shows_lag_and_calls(team: TeamSite, browser: TestClient) -> None:
    _synced(team, 4)
    html = browser.get("/operator").text
    assert "The sync is alive." in html
    assert ">4 min<" in html
    assert ">1,234<" in html
    assert "sealed up to entry 10" in html


def test_a_sync_that_is_behind_or_failed_says_so_first(team: TeamSite, browser: TestClient) -> None:
    _synced(team, 60 * 5)
    assert "The sync is behind." in browser.get("/operator").text
    _synced(team, 4, error="no answer from <b>the org</b>")
    html = browser.get("/operator").text
    assert "The sync needs a look." in html
    assert "&lt;b&gt;the org" in html


@pytest.mark.parametrize("role", [Role.CSM, Role.MANAGER, Role.LEADER])
def test_who_is_no_operator_finds_nothing(team: TeamSite, browser: TestClient, role: Role) -> None:
    team.look_as(reader(None, role))
    assert browser.get("/operator").status_code == 404


def test_a_machine_is_told_one_word_without_signing_in(
    team: TeamSite, browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.look_as(None)
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    monkeypatch.setattr(type(team.site), "snapshot", _away)
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})


def _away(_site: object) -> None:
    raise OSError("the disk is gone")
