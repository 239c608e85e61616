"""Pages are told what was written: one event a revision, one a second at most, as long as somebody may look."""

import asyncio
import gc
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from novigem.access.roles import Reader, Role
from novigem.engine.bookkeeping import keep_listing
from novigem.ledger.sql.store import SqlStore
from novigem.model.change import to_micros
from novigem.testing import make_id
from novigem.views.web.app import create_app
from novigem.views.web.live.hub import Hub, Scene, Stream
from tests.bed.browser import served
from tests.bed.listening import listening
from tests.bed.pages import reader
from tests.bed.team_site import TeamSite

ANN, DEE = make_id("005", 1), make_id("005", 4)
STREAM = "/boards/team/stream?period=program"
_QUICK = 0.02


class Office:
    """A team and the application that tells of it, with a look every few milliseconds."""

    def __init__(self, folder: Path) -> None:
        self.team = TeamSite(folder)
        self.app = create_app(self.team.site)
        self.hub = self.app.state.hub = Hub(self.team.site, _QUICK)
        with self.team.site.snapshot():
            pass  # the first one makes what is missing

    @property
    def now(self) -> str:
        """The address of the stream for a page that shows what there is now."""
        return f"{STREAM}&seen={self.team.store.revision()}"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.team.db.dispose()


async def _looks(office: Office, number: int = 3) -> None:
    """Wait for the hub to have looked some times."""
    await asyncio.sleep(0)
    goal = office.hub._looked + number
    async with asyncio.timeout(10):
        while office.hub._looked < goal:  # noqa: ASYNC110 - the hub tells nobody that it has looked
            await asyncio.sleep(_QUICK)


def run(work: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(work())


def test_a_point_is_told_with_the_rows(office: Office) -> None:
    async def work() -> None:
        async with listening(office.app, office.now) as ear:
            await _looks(office)
            assert ear.events == []
            office.team.win(4, 9)
            (event,) = await ear.until(1)
            assert event["id"].startswith(f"{office.team.store.revision()}.")
            assert "Dee Diaz" in event["data"]
            assert "<html" not in event["data"]
            await _looks(office)
            assert len(ear.events) == 1

    run(work)


def test_what_was_written_in_between_comes_as_one(office: Office) -> None:
    office.hub = office.app.state.hub = Hub(office.team.site)

    async def work() -> None:
        async with listening(office.app, office.now) as ear:
            loop = asyncio.get_running_loop()
            for _ in range(6):
                office.team.win(1)
            await ear.until(1)
            first = loop.time()
            for _ in range(6):
                office.team.win(1)
            await ear.until(2)
            assert loop.time() - first > 0.8
            assert ">160<" in ear.events[-1]["data"].replace("\n", "")

    run(work)


def test_a_page_that_is_older_is_told_at_once_and_one_that_came_back_is_not(office: Office) -> None:
    async def work() -> None:
        async with listening(office.app, f"{STREAM}&seen=1") as ear:
            (event,) = await ear.until(1)
        async with listening(office.app, office.now, last_event_id=event["id"]) as ear:
            await _looks(office)
            assert ear.events == []

    run(work)


def test_the_rows_are_made_once_for_all_who_see_them_alike(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    plain = Hub._look

    def noting(*arguments: object) -> object:
        look = plain(*arguments)  # type: ignore[arg-type]
        made.extend(look.shown)
        return look

    monkeypatch.setattr(Hub, "_look", noting)

    async def work() -> None:
        async with (
            listening(office.app, office.now, cookie="a=1") as one,
            listening(office.app, office.now, cookie="a=2") as two,
            listening(office.app, office.now, accept_language="de") as three,
        ):
            await _looks(office)
            made.clear()
            office.team.win(1)
            for ear in (one, two, three):
                await ear.until(1)
            assert len(made) == 2
            assert one.events == two.events

    run(work)


def test_only_whose_points_they_are_hears_that_they_came(office: Office) -> None:
    async def work() -> None:
        office.team.look_as(reader(ANN))
        async with listening(office.app, office.now) as ear:
            await _looks(office)
            office.team.win(4)
            await ear.until(1)
            assert [event.get("event") for event in ear.events] == [None]
            office.team.win(1)
            await ear.until(3)
            assert [event.get("event") for event in ear.events] == [None, None, "own"]

    run(work)


def test_who_opted_out_is_in_no_event_for_others(office: Office) -> None:
    async def work() -> None:
        office.team.look_as(reader(DEE))
        async with listening(office.app, office.now) as ear:
            keep_listing(office.team.store, DEE, to_micros(office.team.now))
            (event,) = await ear.until(1)
            assert "Dee Diaz" not in event["data"]
            assert "Ann Abel" in event["data"]

    run(work)


def test_a_stream_ends_with_the_session(office: Office) -> None:
    async def work() -> None:
        async with listening(office.app, office.now) as ear:
            await _looks(office)
            office.team.look_as(None)
            await ear.ended()
            assert ear.events[-1]["event"] == "end"
            assert len(office.hub) == 0

    run(work)


def test_a_stream_ends_when_somebody_may_see_less(office: Office) -> None:
    async def work() -> None:
        office.team.look_as(reader(ANN, Role.LEADER))
        async with listening(office.app, office.now) as ear:
            await _looks(office)
            office.team.look_as(reader(ANN))
            await ear.ended()

    run(work)


def test_who_may_not_look_may_not_listen(office: Office) -> None:
    async def work() -> None:
        async with listening(office.app, "/boards/none/stream") as ear:
            assert ear.status == 404
        office.team.look_as(None)
        async with listening(office.app, office.now) as ear:
            assert ear.status == 401
        assert not office.hub.is_looking

    run(work)


def test_streams_are_bounded_for_the_site(office: Office) -> None:
    office.team.site.most_streams = 1

    async def work() -> None:
        async with (
            listening(office.app, office.now, cookie="a=1"),
            listening(office.app, office.now, cookie="a=2") as second,
        ):
            assert second.status == 503
        async with listening(office.app, office.now, cookie="a=2") as second:
            assert second.status == 200

    run(work)


def test_the_oldest_stream_of_a_session_gives_way_to_the_newest(office: Office) -> None:
    office.team.site.most_streams_of_one = 2

    async def work() -> None:
        async with (
            listening(office.app, office.now, cookie="a=2") as other,
            listening(office.app, office.now, cookie="a=1") as first,
            listening(office.app, office.now, cookie="a=1") as second,
            listening(office.app, office.now, cookie="a=1") as third,
        ):
            await first.ended()
            assert (first.events[-1]["event"], third.status, len(office.hub)) == ("end", 200, 3)
            await _looks(office)
            office.team.win(1)
            for ear in (other, second, third):
                await ear.until(1)
                assert "event" not in ear.events[0]
        assert (len(office.hub), office.hub._of_session) == (0, {})

    run(work)


class _Proxy:
    """Signs in whoever a header names."""

    def reader(self, request: HTTPConnection, store: SqlStore) -> Reader:
        del store
        return reader(request.headers["x-user"])


def test_whom_a_proxy_signs_in_do_not_end_each_other_s_streams(office: Office) -> None:
    """They come from one host, and a browser of theirs need not send a cookie."""
    office.team.site.most_streams_of_one = 1
    office.team.site.sign_in = _Proxy()

    async def work() -> None:
        async with (
            listening(office.app, office.now, x_user=ANN) as one,
            listening(office.app, office.now, x_user=DEE) as two,
        ):
            assert (one.status, two.status, len(office.hub)) == (200, 200, 2)

    run(work)


def test_a_connection_that_closed_is_released_at_once(office: Office) -> None:
    """Visits that follow each other in one browser keep nothing open."""
    with served(office.app) as origin:
        for _ in range(3 * office.team.site.most_streams_of_one):
            with socket.create_connection(("127.0.0.1", int(origin.rpartition(":")[2])), timeout=10) as ear:
                ear.sendall(f"GET {STREAM} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                heard = b""
                while b": here" not in heard:
                    heard += ear.recv(4096)
                assert b" 200 " in heard
        give_up = time.monotonic() + 5
        while len(office.hub) and time.monotonic() < give_up:
            time.sleep(_QUICK)
        assert (len(office.hub), office.hub._of_session) == (0, {})


def test_nobody_looks_while_nobody_listens(office: Office) -> None:
    async def work() -> None:
        assert not office.hub.is_looking
        async with listening(office.app, office.now, cookie="a=1"):
            async with listening(office.app, office.now, cookie="a=2"):
                assert office.hub.is_looking
            assert office.hub.is_looking
        assert not office.hub.is_looking

    run(work)


def test_a_database_that_is_away_comes_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with listening(office.app, office.now) as ear:
            await _looks(office)
            with monkeypatch.context() as patch:
                patch.setattr(type(office.team.site), "snapshot", _away)
                await asyncio.sleep(5 * _QUICK)
            office.team.win(1)
            await ear.until(1)

    run(work)


def _away(_site: object) -> None:
    raise OSError("the disk is gone")


def test_ten_thousand_streams_that_open_and_close_leave_nothing_behind(office: Office) -> None:
    scene = Scene(("one",), lambda _store: "<p>", 60.0)

    async def open_and_close(number: int) -> None:
        for one in range(number):
            following = office.hub.follow(Stream(scene, f"session {one % 7}", None, lambda _store: True, ""))
            await anext(following)
            await following.aclose()
            await asyncio.sleep(0)  # whoever looked hears that nobody listens any more

    async def work() -> None:
        await open_and_close(500)
        gc.collect()
        before = len(gc.get_objects())
        await open_and_close(10_000)
        gc.collect()
        assert len(gc.get_objects()) - before < 500
        assert (len(office.hub), office.hub._of_session, office.hub.is_looking) == (0, {}, False)

    run(work)


def test_a_thousand_who_come_and_go_leave_nothing_behind(office: Office) -> None:
    async def visits(app: Starlette, number: int) -> None:
        address = office.now
        for _ in range(number):
            async with listening(app, address, cookie="comes=1"):
                pass

    async def work() -> None:
        async with listening(office.app, office.now, cookie="stays=1"):
            await _looks(office)
            await visits(office.app, 50)
            gc.collect()
            before = len(gc.get_objects())
            await visits(office.app, 1_000)
            gc.collect()
            assert len(gc.get_objects()) - before < 500
        assert (len(office.hub), office.hub._of_session, office.hub._told) == (0, {}, {})

    run(work)
