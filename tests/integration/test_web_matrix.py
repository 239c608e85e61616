"""Who may see which page of whom: role by route by whose, walked in full against the table.

Every route is found by itself. A page without a row in the table fails, and so does a page whose address has a part
that this test does not know how to fill in: a new page is looked at here, or the build is red.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from novigem.access.roles import Reader, Role
from novigem.access.table import TABLE, Reach, What, may
from novigem.ledger.sql.store import SqlStore, open_engine
from novigem.ledger.types import EntryFilter
from novigem.testing import make_id
from novigem.views.web.app import create_app, routes
from novigem.views.web.site import Site
from tests.bed.pages import AFTERWARDS, LooksAs, demo_database

_HEADERS = {"sec-fetch-site": "same-origin"}
#: Routes that need no reader: static files, and what signs somebody in.
_OPEN = frozenset(("static", "sign_in", "sign_in_start", "sign_in_callback", "sign_in_mail", "sign_in_link", "look_as"))
#: Found with the pages, though nobody is asked who they are: each has a lock of its own and tests beside it.
_OWN_LOCK = frozenset(("wall", "wall_stream", "embed", "healthz", "verify"))


class World:
    """The demo's season with four people in it: who looks, their report, a colleague, and nobody at all."""

    def __init__(self, engine: Engine) -> None:
        self.looks = LooksAs(None)
        self.app = create_app(Site(engine, self.looks, clock=lambda: AFTERWARDS))
        store = SqlStore(engine)
        earned = sorted({one.user for one in store.entries(EntryFilter(program="account-expansion"))})
        self.own, self.report, self.colleague = earned[:3]
        self.whose = {
            "own": self.own,
            "report": self.report,
            "colleague": self.colleague,
            "unknown": make_id("005", 999_999),
        }
        self.entry = {
            name: next((one for one in store.entries(EntryFilter(user=user))), None)
            for name, user in self.whose.items()
        }
        program = next(iter(store.programs())).program
        self.parts = {
            "board": "cs-team",
            "challenge": "expansion-signals",
            "badge": "expansion-scout",
            "program": program,
        }

    def reader(self, role: Role) -> Reader:
        """Give somebody of one role: admins and operators who are no user of the org, the others on top of a CSM."""
        if role in (Role.ADMIN, Role.OPERATOR):
            return Reader(None, "ops@example.com", frozenset((role,)))
        reports = frozenset((self.report,)) if role is Role.MANAGER else frozenset()
        return Reader(self.own, "", frozenset((Role.CSM, role)), reports)

    def address(self, path: str, whose: str) -> str | None:
        """Give the address of a route about somebody; None where there is none."""
        entry = self.entry[whose]
        parts = self.parts | {
            "user": self.whose[whose],
            "number": str(entry.number) if entry else "999999",
            "record": (entry.record or "") if entry else make_id("006", 999_999),
        }
        for name, value in parts.items():
            path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:int}}", value)
        assert "{" not in path, f"teach this test what stands for the parts of {path}"
        return path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    engine = open_engine(f"sqlite:///{demo_database(tmp_path_factory.mktemp('matrix'))}")
    yield World(engine)
    engine.dispose()


def pages() -> list[Route]:
    """Give every route of a page."""
    found = []
    for one in routes():
        if isinstance(one, Mount):
            assert one.name in {"static", "api"}, f"{one.path} is mounted, and nothing here looks at it"
        elif isinstance(one, Route):
            found.append(one)
    return found


def asked() -> list[Route]:
    """Give the routes that ask who looks, and only show."""
    return [one for one in pages() if one.name not in _OPEN | _OWN_LOCK and "GET" in (one.methods or ())]


def is_stream(route: Route) -> bool:
    return route.path.endswith("/stream")


def about_somebody(route: Route) -> bool:
    return any(part in route.path for part in ("{user}", "{number", "{record}"))


def test_every_page_has_a_row_of_the_table() -> None:
    for route in pages():
        needs = getattr(route.endpoint, "needs", None)
        if route.name not in _OPEN | _OWN_LOCK:
            assert needs in TABLE, (
                f"{route.path} asks nobody's leave: make it with page(), or name it above with its tests"
            )


@pytest.mark.parametrize("route", asked(), ids=lambda route: route.path)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(world: World, route: Route) -> None:
    world.looks.current = None
    address = world.address(route.path, "own")
    assert address is not None
    answer = TestClient(world.app, follow_redirects=False).get(address)
    assert answer.text == ""
    if is_stream(route):
        assert answer.status_code == 401
        return
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", asked(), ids=lambda route: route.path)
def test_each_role_sees_what_the_table_says(world: World, route: Route, role: Role) -> None:
    world.looks.current = reader = world.reader(role)
    needs: What = route.endpoint.needs  # type: ignore[attr-defined]
    browser = TestClient(world.app, follow_redirects=False)
    for whose in world.whose if about_somebody(route) else ("own",):
        address = world.address(route.path, whose)
        assert address is not None
        if is_stream(route) and may(reader, needs):
            continue  # it never ends; its own tests listen to it
        answer = browser.get(address)
        who = world.whose[whose] if about_somebody(route) else None
        allowed = may(reader, needs, who) and whose != "unknown"
        told = f"{role} {address} ({whose}): {answer.status_code}"
        assert answer.status_code in ({200, 303} if allowed else {404}), told


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", [one for one in asked() if about_somebody(one)], ids=lambda route: route.path)
def test_a_guessed_address_says_no_more_than_one_of_nobody(world: World, route: Route, role: Role) -> None:
    """Equal in every byte, so that nothing tells whether somebody, an entry or a record exists."""
    world.looks.current = reader = world.reader(role)
    needs: What = route.endpoint.needs  # type: ignore[attr-defined]
    if may(reader, needs, world.colleague):
        return
    browser = TestClient(world.app, follow_redirects=False)
    bodies = {browser.get(str(world.address(route.path, whose))).text for whose in ("colleague", "unknown")}
    assert len(bodies) == 1


@pytest.mark.parametrize("role", Role)
def test_nobody_writes_what_their_role_may_not_see(world: World, role: Role) -> None:
    world.looks.current = reader = world.reader(role)
    browser = TestClient(world.app, follow_redirects=False)
    for route in pages():
        needs = getattr(route.endpoint, "needs", None)
        if needs is None or "POST" not in (route.methods or ()) or may(reader, needs):
            continue
        assert browser.post(str(world.address(route.path, "own")), headers=_HEADERS).status_code == 404, route.path


def test_a_reach_of_ones_own_stops_at_ones_own() -> None:
    """The pages ask again with whose it is: what the table gives for nobody in particular is no leave for everybody."""
    somebodys = {what for what, row in TABLE.items() if {Reach.OWN, Reach.REPORTS} & set(row.values())}
    assert {What.ENTRIES, What.HOME, What.PROGRESS} <= somebodys
