"""The review as a page."""

import re
from pathlib import Path

import pytest

from novigem.access.roles import Reader, Role
from tests.bed.pages import AFTERWARDS, client, demo_database, demo_site, reader

ADDRESS = "/programs/account-expansion/review"
PRIYA = "005Hs0000000004IAA"


def page(folder: Path, who: Reader | None, address: str = ADDRESS) -> tuple[int, str]:
    """Give what somebody sees."""
    with client(demo_site(demo_database(folder), who, AFTERWARDS)) as browser:
        answer = browser.get(address)
        return answer.status_code, answer.text


def test_a_leader_sees_the_figures_what_is_next_and_the_records_behind(tmp_path: Path) -> None:
    status, html = page(tmp_path, reader(PRIYA, Role.LEADER))
    assert status == 200
    assert "Expansion signals logged" in html
    assert "46 of 199" in html
    assert "What we would change next" in html
    assert "cannot be told from the data" in html
    assert "/records/006" in html


def test_a_manager_sees_the_figures_and_no_record(tmp_path: Path) -> None:
    status, html = page(tmp_path, reader(PRIYA, Role.MANAGER))
    assert status == 200
    assert "46 of 199" in html
    assert "/records/" not in html
    assert not re.search(r"\b006Hs[0-9A-Za-z]+", html)


@pytest.mark.parametrize("who", [reader(PRIYA), reader(PRIYA, Role.ADMIN), reader(PRIYA, Role.OPERATOR)])
def test_for_others_it_does_not_exist(tmp_path: Path, who: Reader) -> None:
    status, html = page(tmp_path, who)
    assert status == 404
    assert "signals" not in html


@pytest.mark.parametrize("name", ["none", "<script>", "account-expansion%00"])
def test_a_program_that_does_not_exist_is_said_to_be_none(tmp_path: Path, name: str) -> None:
    status, html = page(tmp_path, reader(None, Role.LEADER), f"/programs/{name}/review")
    assert status == 404
    assert "<script>" not in html.split("</head>")[1]


def test_whoever_is_not_signed_in_sees_nothing(tmp_path: Path) -> None:
    assert page(tmp_path, None) == (303, "")


def test_the_page_keeps_the_policy_of_content(tmp_path: Path) -> None:
    _status, html = page(tmp_path, reader(None, Role.LEADER))
    assert not re.search(r"<[^>]+ style=", html)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
