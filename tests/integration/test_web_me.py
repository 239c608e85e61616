"""Me as a page: the next steps first, then the place, the weeks, the badges, and what did not pay."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from novigem.access.roles import Reader, Role
from novigem.testing import make_id, make_person
from novigem.views.web.no_login import NoLogin
from tests.bed.pages import MIDSEASON, client, demo_database, demo_site, reader
from tests.bed.small_site import ANN, BEN, FOLLOW_UP, PEOPLE, SmallSite, done, program, task

LONG = "Å" * 10_000
HARD_NAMES = ("<script>alert(1)</script>", "شروق الشمس", "Zoë 👩‍🚀", LONG)


def test_the_next_steps_stand_before_the_place(tmp_path: Path) -> None:
    site = SmallSite(
        tmp_path, program(), [task(1), done(1), task(2, 2), done(2, 2), task(3, ActivityDate="2026-01-16")]
    )
    status, html = site.get("/", ANN)
    assert status == 200
    assert html.index("Complete Call 3") < html.index("Team board") < html.index("as a table")
    assert "+5" in html
    assert "by Fri, Jan 16" in html
    assert f'href="/records/{make_id("00T", 3)}"' in html


def test_the_place_says_how_far_it_is_to_the_next(tmp_path: Path) -> None:
    ann = [one for n in (1, 2, 3) for one in (task(n), done(n))]
    site = SmallSite(tmp_path, program(), [*ann, task(9, 2), done(9, 2)])
    _status, html = site.get("/", BEN)
    assert "2nd" in html
    assert "10 to 1st" in html
    assert "in front" in site.get("/", ANN)[1]


def test_percent_and_team_boards_tell_a_place_too(tmp_path: Path) -> None:
    goal = {"goal": {"count": "rules", "target": 4}, "type": "timebound", "name": "Four"}
    made = program(
        FOLLOW_UP | {"challenge": "challenge-1"},
        challenges=[goal],
        teams=[
            {"id": "north", "name": "North", "members": [ANN]},
            {"id": "south", "name": "South", "members": [BEN]},
        ],
        leaderboards=[
            {"name": "Towards four", "by": "percent", "scope": {"challenge": "challenge-1"}},
            {"name": "Teams", "scope": "teams"},
        ],
    )
    ann = [one for n in (1, 2, 3) for one in (task(n), done(n))]
    _status, html = SmallSite(tmp_path, made, [*ann, task(9, 2), done(9, 2)]).get("/", BEN)
    assert "25%" in html
    assert "50% to 1st" in html
    assert "South" in html
    assert "10 to 1st" in html


def test_what_did_not_pay_opens_its_record(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1, Type="Call"), done(1, Type="Call")])
    _status, html = site.get("/", ANN)
    assert "Did not pay: 1" in html
    assert f'href="/records/{make_id("00T", 1)}"' in html.split("did-not-pay")[1]
    assert "Did not pay" not in site.get("/", BEN)[1]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        pytest.param(datetime(2026, 1, 2, tzinfo=UTC), "begins on Jan 5, 2026", id="before"),
        pytest.param(datetime(2026, 1, 14, tzinfo=UTC), "new work will appear here", id="nothing to do"),
        pytest.param(datetime(2026, 3, 1, tzinfo=UTC), "ended on Feb 15, 2026", id="after"),
    ],
)
def test_an_empty_page_says_what_will_be_there(tmp_path: Path, now: datetime, told: str) -> None:
    status, html = SmallSite(tmp_path, program(), []).get("/", ANN, now)
    assert status == 200
    assert told.casefold() in html.casefold()


def test_without_a_program_the_page_says_whom_to_ask(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(status="shadow"), [task(1)])
    status, html = site.get("/", ANN)
    assert status == 200
    assert "There is no program yet" in html
    assert "Call 1" not in html


def test_whoever_opted_out_sees_their_own_page_and_is_told_so(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1), done(1)])
    site.opt_out(ANN)
    status, html = site.get("/", ANN)
    assert status == 200
    assert "named to nobody" in html


def test_whoever_is_nobody_of_the_team_is_shown_the_way(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1), done(1)])
    status, html = site.get("/", reader(None))
    assert status == 200
    assert "To the boards" in html
    assert "Ann Lee" not in html


def test_whoever_runs_it_is_sent_to_their_own_page(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(), [task(1), done(1)])
    operator = Reader(user=None, roles=frozenset((Role.OPERATOR,)))
    status, html = site.get("/", operator)
    assert status == 200
    assert 'href="/operator"' in html
    assert "To the boards" not in html


def test_whoever_does_not_take_part_is_told_so(tmp_path: Path) -> None:
    site = SmallSite(tmp_path, program(participants={"users": [BEN]}), [task(1), task(2, 2), done(2, 2)])
    assert "You do not take part" in site.get("/", ANN)[1]
    assert "You do not take part" not in site.get("/", BEN)[1]


def test_without_login_one_chooses_whom_to_look_as(tmp_path: Path) -> None:
    site = demo_site(demo_database(tmp_path), None, MIDSEASON)
    site.sign_in = NoLogin()
    with client(site) as browser:
        assert "Jonas Lindqvist" in browser.get("/").text
        jonas = "005Hs0000000104IAA"
        answer = browser.post("/sign-in/as", data={"user": jonas}, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303
        html = browser.get("/").text
    assert "Still pays" in html
    assert "+8" in html


@pytest.mark.parametrize("name", HARD_NAMES, ids=["script", "right to left", "emoji", "long"])
def test_hard_names_are_shown_whole_and_safe(tmp_path: Path, name: str) -> None:
    made = program(FOLLOW_UP | {"name": name[:200]})
    people = (make_person(1, name=name), *PEOPLE[1:])
    site = SmallSite(tmp_path, made, [task(1, Subject=name), task(2), done(2)], people)
    for address in ("/", f"/people/{ANN}", f"/people/{ANN}/statement", "/entries/1", f"/records/{make_id('00T', 1)}"):
        status, html = site.get(address, ANN)
        body = html.split("</head>")[1]
        assert status == 200, address
        assert "<script>" not in body
        assert name.replace("<", "&lt;").replace(">", "&gt;") in body, address
