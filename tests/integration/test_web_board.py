"""The board as a page."""

from datetime import datetime
from pathlib import Path

import pytest

from novigem.access.roles import Reader
from tests.bed.pages import AFTERWARDS, MIDSEASON, client, demo_database, demo_site, reader

_PRIYA = "005Hs0000000004IAA"


def _page(folder: Path, address: str, who: Reader | None, now: datetime = AFTERWARDS) -> tuple[int, str]:
    with client(demo_site(demo_database(folder), who, now)) as browser:
        answer = browser.get(address)
        return answer.status_code, answer.text


def test_a_board_shows_its_rows(tmp_path: Path) -> None:
    status, html = _page(tmp_path, "/boards/cs-team", reader(None))
    assert status == 200
    assert "Customer success leaderboard" in html
    assert "Priya Ramanathan" in html


def test_while_the_season_runs_a_board_shows_this_week(tmp_path: Path) -> None:
    _status, html = _page(tmp_path, "/boards/cs-team", reader(None), MIDSEASON)
    assert '<option value="week" selected>' in html


@pytest.mark.parametrize("address", ["/boards/none", "/boards/cs-team%00", "/boards/<script>"])
def test_a_board_that_does_not_exist_is_said_to_be_none(tmp_path: Path, address: str) -> None:
    status, html = _page(tmp_path, address, reader(None))
    assert status == 404
    assert "<script>" not in html.split("</head>")[1]


def test_whoever_is_not_signed_in_sees_nothing(tmp_path: Path) -> None:
    status, html = _page(tmp_path, "/boards/cs-team", None)
    assert (status, html) == (303, "")
