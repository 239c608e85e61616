"""What is kept from request to request: pages that were made, what was read of a moment, and threads that answer."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, create_engine, event
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.testclient import TestClient

from novigem.access.roles import Role
from novigem.errors import NovigemError
from novigem.ledger.sql.kept import Moments
from novigem.ledger.sql.sign_ins import Link, Session
from novigem.ledger.sql.store import SqlStore
from novigem.ledger.types import Who
from novigem.model.change import to_micros
from novigem.model.entry import Total
from novigem.views.web.answers import Answers
from novigem.views.web.site import Site, threads_for
from tests.bed.pages import LooksAs, client, reader
from tests.bed.team_site import TeamSite
from tests.integration.test_web_tags import ANN, BEN, WRITES

BOARD, HOME = "/boards/team", "/"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[TeamSite]:
    made = TeamSite(tmp_path, who=LooksAs(reader(ANN)))
    yield made
    made.db.dispose()


@pytest.fixture
def browser(team: TeamSite) -> Iterator[TestClient]:
    with client(team.site) as one:
        yield one


@pytest.mark.parametrize("address", [BOARD, HOME])
def test_a_page_of_the_same_tag_costs_the_tag_alone(team: TeamSite, browser: TestClient, address: str) -> None:
    first = browser.get(address)
    asked: list[str] = []
    event.listen(team.db, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    again = browser.get(address)
    assert (again.status_code, again.text) == (200, first.text)
    assert again.headers == first.headers
    assert len(asked) <= 4
    assert len(team.site.answers) == 1


@pytest.mark.parametrize("address", [BOARD, HOME])
@pytest.mark.parametrize("write", WRITES)
def test_after_a_write_nothing_is_given_that_was_kept(
    team: TeamSite, browser: TestClient, write: str, address: str
) -> None:
    browser.get(address)
    WRITES[write](team)
    assert browser.get(address).text == _made_anew(team, address)


def _made_anew(team: TeamSite, address: str) -> str:
    """Give a page as a site shows it that has kept nothing."""
    site = Site(team.db, team.who, clock=lambda: team.now)
    return str(TestClient(_app(site), follow_redirects=False).get(address).text)


def _app(site: Site) -> Any:
    from novigem.views.web.app import create_app  # noqa: PLC0415 - beside the fixtures that make their own

    return create_app(site)


_STEPS = (*WRITES, reader(ANN), reader(BEN, Role.LEADER), reader(None))


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from(_STEPS), min_size=1, max_size=5))
def test_what_is_kept_shows_what_is_read_anew(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    team = TeamSite(tmp_path_factory.mktemp("team"))
    with client(team.site) as browser:
        for step in steps:
            if isinstance(step, str):
                with suppress(NovigemError):  # such as a second pause
                    WRITES[step](team)
            else:
                team.look_as(step)
            for address in (BOARD, "/boards/team?period=program", HOME):
                assert browser.get(address).text == _made_anew(team, address)


def test_a_restored_database_is_read_anew(team: TeamSite) -> None:
    """A restored database counts on from an older revision, so it comes to the same one again."""
    before = Path(team.folder, "before.db")
    with team.site.snapshot() as store:  # the first one makes the secrets
        store.moment()
    with team.db.connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{before}'")
    team.win(4, 9)
    with team.site.snapshot() as store:
        seen, most = store.moment(), store.top("test:*:all", (), 1)
    team.db.dispose()
    for end in ("", "-wal", "-shm"):
        Path(team.folder, f"team.db{end}").unlink(missing_ok=True)
    before.rename(team.folder / "team.db")
    team.record += 20
    team.win(3, 1)
    with team.site.snapshot() as store:
        assert store.moment().revision == seen.revision
        assert store.moment() != seen
        assert store.top("test:*:all", (), 1) == SqlStore(team.db).top("test:*:all", (), 1) != most or not most


def test_a_snapshot_goes_on_seeing_its_moment(team: TeamSite) -> None:
    with team.site.snapshot() as old:
        count = old.entry_count()
        team.win(1)
        with team.site.snapshot() as new:
            assert new.entry_count() == count + 1
            assert new.people([ANN]) == old.people([ANN])
        assert (old.entry_count(), len(list(old.entries()))) == (count, count)


def test_what_a_reader_does_with_a_list_is_nobody_elses(team: TeamSite) -> None:
    with team.site.snapshot() as store:
        store.programs().clear()
        store.opted_out()["somebody"] = 1
        store.people([ANN]).clear()
    with team.site.snapshot() as store:
        assert [one.program for one in store.programs()] == ["test"]
        assert store.opted_out() == {}
        assert list(store.people([ANN, "nobody"])) == [ANN]


def test_two_threads_get_the_same(team: TeamSite, browser: TestClient) -> None:
    def look(number: int) -> str:
        if number % 10 == 0:
            team.win(2)
        with team.site.snapshot() as store:
            rows = store.top("test:*:all", (), 10)
            assert sum(one.entries for one in rows) == store.entry_count() == len(list(store.entries()))
        return str(browser.get(BOARD).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(look, range(40))) == {"200"}


def test_what_was_read_is_bounded() -> None:
    moments = Moments(most=2, most_answers=10)
    for moment in range(5):
        answers = moments.of(moment)
        for question in range(25):
            moments.keep(answers, question, "answer")
            assert len(answers) <= 10
    assert len(moments) <= 20


def test_answers_are_bounded_by_their_bytes() -> None:
    answers = Answers(most_bytes=1_000, largest=400)
    for number in range(50):
        answers.keep(str(number), HTMLResponse("x" * 300))
    assert (answers.size, len(answers)) == (900, 3)
    assert answers.find("46") is None
    assert answers.find("49") is not None
    answers.keep("large", HTMLResponse("x" * 401))
    assert answers.find("large") is None


def test_what_is_done_to_an_answer_is_done_to_no_other() -> None:
    answers = Answers()
    answers.keep("one", HTMLResponse("text", headers={"X-One": "1"}))
    for _ in range(2):
        found = answers.find("one")
        assert found is not None
        assert "x-two" not in found.headers
        found.headers["X-Two"] = "2"


def _with_cookie() -> Response:
    answer = HTMLResponse("text")
    answer.set_cookie("name", "value")
    return answer


@pytest.mark.parametrize(
    "answer",
    [_with_cookie(), HTMLResponse("no", status_code=404), StreamingResponse(iter(["a"]))],
    ids=["cookie", "not found", "in parts"],
)
def test_some_answers_are_not_kept(answer: Response) -> None:
    answers = Answers()
    answers.keep("one", answer)
    assert answers.find("one") is None


@pytest.mark.parametrize("address", ["/operator", "/settings"])
def test_pages_without_a_tag_are_not_kept(team: TeamSite, browser: TestClient, address: str) -> None:
    team.look_as(reader(ANN, Role.OPERATOR))
    browser.get(address)
    assert len(team.site.answers) == 0


@pytest.mark.parametrize(("size", "overflow", "threads"), [(5, 10, 7), (2, 0, 1), (1, 0, 1), (200, 0, 40), (5, -1, 40)])
def test_threads_are_half_of_what_the_pool_lends(tmp_path: Path, size: int, overflow: int, threads: int) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}", pool_size=size, max_overflow=overflow)
    assert threads_for(engine) == threads
    engine.dispose()


def test_a_pool_without_a_bound_has_the_most_threads(tmp_path: Path) -> None:
    assert threads_for(create_engine(f"sqlite:///{tmp_path / 'x.db'}", poolclass=NullPool)) == 40


def test_pages_that_write_do_not_wait_for_each_other(tmp_path: Path) -> None:
    """Each reads on one connection while it takes another; with more threads than that the pool runs dry."""
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}", pool_size=4, max_overflow=0, pool_timeout=2)
    SqlStore(engine).entry_count()
    site = Site(engine, LooksAs(reader(None)))

    def write(_number: int) -> None:
        with site.snapshot() as store:
            store.revision()
            site.sign_in.reader(None, store)  # type: ignore[arg-type]  # of a test
            with engine.connect() as second:
                second.exec_driver_sql("SELECT 1")

    async def many() -> None:
        import anyio  # noqa: PLC0415 - of this test

        async with anyio.create_task_group() as group:
            for number in range(30):
                group.start_soon(site.in_thread, write, number)

    import asyncio  # noqa: PLC0415 - of this test

    asyncio.run(many())
    engine.dispose()


def test_signing_in_wakes_no_page_and_a_preference_does(team: TeamSite, browser: TestClient) -> None:
    rows, now = team.store.sign_ins(), to_micros(team.now)
    browser.get(BOARD)
    revision, tag = team.store.revision(), browser.get(BOARD).headers["etag"]
    rows.open(Session(b"a", ANN, ANN, "mail", now, now, now + 1_000_000, None, "x"))
    rows.make_link(Link(b"b", ANN, "ann@x", now, now + 1_000_000))
    rows.use_link(b"b", now)
    rows.use_once(b"c", now, now + 1_000_000)
    rows.note_seen(b"a", now + 1)
    rows.end(b"a", None, now)
    rows.end_all([ANN], now)
    assert (team.store.revision(), browser.get(BOARD).headers["etag"]) == (revision, tag)
    rows.prefer(ANN, {"language": "de"})
    assert browser.get(BOARD).headers["etag"] != tag


def test_counts_of_different_people_are_kept_apart(team: TeamSite) -> None:
    with team.site.snapshot() as store:
        rows = store.top("test:*:all", (), 10)
        first, last = rows[0], rows[-1]
        assert isinstance(first, Total)
        for _ in range(2):
            assert store.count_above(first, (), distinct=True) == 0
            assert store.count_above(last, (), distinct=True) == len(rows) - 1
            assert store.count_above(last, (), Who(excluded=frozenset((first.user,))), distinct=True) == len(rows) - 2
