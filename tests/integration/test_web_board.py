"""The board as a page."""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from html import unescape
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from novigem import Engine
from novigem.access.roles import Reader, Role
from novigem.feed.source import Page
from novigem.ledger.sql.store import open_store
from novigem.testing import make_change, make_id, make_person, make_program
from tests.bed.pages import AFTERWARDS, MIDSEASON, client, demo_database, demo_site, reader

_PRIYA = "005Hs0000000103IAA"
_JONAS = "005Hs0000000104IAA"
_NOW = datetime(2026, 1, 7, 18, tzinfo=UTC)
#: Whoever opens pages: the address, who looks, and when.
Opens = Callable[..., TestClient]


def _page(folder: Path, address: str, who: Reader | None, now: datetime = AFTERWARDS) -> tuple[int, str]:
    with client(demo_site(demo_database(folder), who, now)) as browser:
        answer = browser.get(address)
        return answer.status_code, answer.text


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Give a way to open the pages of a store that a test fills: who looks, people by number, options of a program."""
    database = tmp_path / "board.db"
    with ExitStack() as stack:

        def open_as(who: Reader, awards: dict[int, int], names: dict[int, str], **options: object) -> TestClient:
            store = open_store(f"sqlite:///{database}")
            people = tuple(make_person(one, name=names.get(one, f"Person {one}")) for one in awards)
            engine = Engine(store, [make_program({"points": 1}, **options)])
            changes = tuple(
                make_change(record=10_000 * user + number, owner=user, at=f"2026-01-06T10:00:{user % 60:02}Z")
                for user, many in awards.items()
                for number in range(many)
            )
            engine.apply(Page(changes, people=people))
            store.close()
            return stack.enter_context(client(demo_site(database, who, _NOW)))

        yield open_as


def _rows(html: str) -> list[tuple[str, str, str]]:
    """Give rank, name and points of each row; a gap as three dots."""
    found = []
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", html.partition("<tbody>")[2], re.DOTALL):
        cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        texts = [" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in cells]
        found.append(("...", "...", "...") if "gap" in row or len(texts) == 1 else (texts[0], texts[1], texts[2]))
    return found


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


def test_a_board_says_where_one_stands_and_how_far_the_next_is(tmp_path: Path) -> None:
    _status, html = _page(tmp_path, "/boards/cs-team", reader(_JONAS), MIDSEASON)
    place = re.search(r'<p class="own-place">(.*?)</p>', html, re.DOTALL)
    assert place is not None
    words = " ".join(re.sub(r"<[^>]*>", " ", place[1]).split())
    assert words == "5 your rank 20 points 13 points to rank 4"


def test_filters_stay_in_the_address(tmp_path: Path) -> None:
    _status, html = _page(tmp_path, "/boards/cs-team?period=week:2026-01-14&as_of=120", reader(_JONAS), MIDSEASON)
    assert "as it stood at entry 120" in html
    assert "Jan 12\u2009\u2013\u200918, 2026" in unescape(html)
    assert "period=week%3A2026-01-05&amp;as_of=120" in html
    assert "period=week%3A2026-01-19&amp;as_of=120" in html
    assert '<input type="hidden" name="as_of" value="120">' in html


@pytest.mark.parametrize(
    "query", ["period=fortnight", "period=week:yesterday", "as_of=999999", "as_of=soon", "start=0", "start=x"]
)
def test_what_an_address_cannot_mean_is_said_in_words(tmp_path: Path, query: str) -> None:
    status, html = _page(tmp_path, f"/boards/cs-team?{query}", reader(_JONAS))
    assert status == 400
    assert "Next:" in html


def test_a_final_board_carries_its_hash(tmp_path: Path) -> None:
    _status, html = _page(tmp_path, "/boards/cs-week?period=week:2026-01-07", reader(_JONAS))
    assert re.search(r"<code>[0-9a-f]{64}</code>", html)
    assert "final" in html


def test_a_colleague_is_a_door_to_the_person_and_oneself_to_every_point(tmp_path: Path) -> None:
    _status, html = _page(tmp_path, "/boards/cs-team?period=program", reader(_JONAS))
    assert f'href="/people/{_JONAS}/statement"' in html
    assert f'href="/people/{_PRIYA}"' in html
    assert f'href="/people/{_PRIYA}/statement"' not in html


def test_a_leader_may_see_every_point(tmp_path: Path) -> None:
    _status, html = _page(tmp_path, "/boards/cs-team?period=program", reader(None, Role.LEADER))
    assert f'href="/people/{_PRIYA}/statement"' in html


def test_the_rows_alone_are_a_piece_of_the_page(tmp_path: Path) -> None:
    with client(demo_site(demo_database(tmp_path), reader(_JONAS))) as browser:
        whole = browser.get("/boards/cs-team?period=program").text
        rows = browser.get("/boards/cs-team/rows?period=program").text
    assert "<html" not in rows
    assert rows.strip() in whole


def test_the_table_is_a_file_for_a_spreadsheet(tmp_path: Path) -> None:
    with client(demo_site(demo_database(tmp_path), reader(_JONAS))) as browser:
        answer = browser.get("/boards/cs-team?period=program&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="cs-team.csv"'
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert (rows[0]["rank"], rows[0]["name"], rows[0]["user"]) == ("1", "Priya Ramanathan", _PRIYA)


_TWENTY = {user: 21 - user for user in range(1, 21)}


def test_below_the_middle_the_page_opens_at_the_own_place_and_nobody_is_last(opens: Opens) -> None:
    browser = opens(reader(make_id("005", 14)), _TWENTY, {}, leaderboards=[{}])
    found = _rows(browser.get("/boards/board-1").text)
    assert [rank for rank, _name, _points in found] == [
        *("1", "2", "3", "..."),
        *("9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19"),
    ]
    assert found[9][1] == "Person 14 you"


def test_above_the_middle_it_opens_at_the_first_place(opens: Opens) -> None:
    browser = opens(reader(make_id("005", 9)), _TWENTY, {}, leaderboards=[{}])
    assert [rank for rank, _name, _points in _rows(browser.get("/boards/board-1").text)] == [
        str(one) for one in range(1, 21)
    ]


def test_a_small_gap_is_filled(opens: Opens) -> None:
    browser = opens(reader(make_id("005", 11)), _TWENTY, {}, leaderboards=[{}])
    ranks = [rank for rank, _name, _points in _rows(browser.get("/boards/board-1").text)]
    assert ranks == [str(one) for one in range(1, 17)]


def test_a_long_board_has_pages_that_cut_no_equals_and_the_own_row_on_each(opens: Opens) -> None:
    awards = {user: 60 - user for user in range(1, 25)} | dict.fromkeys(range(25, 31), 30)
    awards |= {user: 60 - user for user in range(31, 56)}
    browser = opens(reader(make_id("005", 2)), awards, {}, leaderboards=[{"ranking": "competition"}])
    first = browser.get("/boards/board-1").text
    assert [rank for rank, _name, _points in _rows(first)] == [*map(str, range(1, 25)), *["25"] * 6]
    following = re.search(r'<a rel="next" href="([^"]*)"', first)
    assert following is not None
    second = browser.get(unescape(following[1])).text
    assert [row[0] for row in _rows(second)] == [*map(str, range(31, 56)), "...", "2"]
    assert _rows(second)[-1] == ("2", "Person 2 you", "58")
    assert 'rel="next"' not in second
    assert 'rel="prev"' in second


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "x" * 10_000, "\u202eevil", "مها البلوشي", "👩‍👩‍👧‍👦 Familie", "=1+1", "'; DROP--"],
)
def test_names_of_every_kind_stand_for_themselves(opens: Opens, name: str) -> None:
    browser = opens(reader(None), {1: 2}, {1: name}, leaderboards=[{}])
    html = browser.get("/boards/board-1").text
    assert "<script>alert" not in html
    assert "\u202e" not in html
    shown = unescape(re.findall(r"<bdi>(.*?)</bdi>", html.partition("<tbody>")[2])[0])
    assert shown == name.replace("\u202e", "")
    line = list(csv.reader(StringIO(browser.get("/boards/board-1?format=csv").text)))[1]
    assert line[1] == (f"'{shown}" if name.startswith("=") else shown)


@pytest.mark.parametrize("names", ["initials", "pseudonym"])
def test_a_board_that_holds_names_back_gives_no_link_and_no_id(opens: Opens, names: str) -> None:
    board = {"names": names}
    browser = opens(
        reader(make_id("005", 2), Role.LEADER), {1: 3, 2: 2, 3: 1}, {1: "Ada Lovelace"}, leaderboards=[board]
    )
    for address in ("/boards/board-1", "/boards/board-1/rows", "/boards/board-1?format=csv"):
        text = browser.get(address).text
        assert "Ada" not in text
        assert make_id("005", 1) not in text
        assert make_id("005", 3) not in text
    html = browser.get("/boards/board-1").text
    assert f"/people/{make_id('005', 2)}/statement" in html


def test_a_page_asks_as_little_of_many_people_as_of_few(opens: Opens) -> None:
    """Neither statements nor rows grow with the board: only what is shown is read."""
    few = _reads(opens(reader(make_id("005", 3)), dict.fromkeys(range(1, 31), 1), {}, leaderboards=[{}]))
    many = _reads(
        opens(reader(make_id("005", 3)), {user: 1 + user % 3 for user in range(1, 151)}, {}, leaderboards=[{}])
    )
    assert few
    assert len(many) <= len(few) + 2


def _reads(browser: TestClient) -> list[str]:
    """Give the statements of a page; the second time, when nothing is set up any more."""
    app = browser.app
    engine = app.state.site.engine  # type: ignore[attr-defined]  # Starlette's own
    browser.get("/boards/board-1")
    found: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: found.append(told[2]))
    assert browser.get("/boards/board-1").status_code == 200
    return found


def test_nobody_yet_is_a_step_and_one_person_is_no_last(opens: Opens) -> None:
    browser = opens(reader(make_id("005", 1)), {1: 1}, {}, leaderboards=[{}])
    html = browser.get("/boards/board-1").text
    assert _rows(html) == [("1", "Person 1 you", "1")]
    assert "nobody is ahead of you" in html
    empty = browser.get("/boards/board-1?period=week:2026-01-12").text
    assert "Everybody appears here with the first award." in empty
    assert 'href="/programs/program"' in empty or "See what pays" in empty
