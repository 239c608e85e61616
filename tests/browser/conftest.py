"""Real pages in a real browser: the demo's season, served on loopback to Debian's Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from novigem.access.roles import Role
from novigem.views.web.app import create_app
from novigem.views.web.site import Site
from tests.bed.browser import CHROMIUM, chromium, served
from tests.bed.pages import MIDSEASON, LooksAs, demo_database, demo_site, reader
from tests.bed.seasons import PRIYA
from tests.browser.discovery import Place, is_page
from tests.browser.parts import ROUTE as PARTS
from tests.browser.watching import Watch

#: Whoever may see every page, as somebody who earns points too.
EVERYTHING = reader(PRIYA, Role.MANAGER, Role.LEADER, Role.ADMIN, Role.OPERATOR)
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whatever needs the browser; the hook is told of the tests of other folders too."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give the browser."""
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: apt-get install chromium fonts-noto-core")
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the site of the demo, in the fourth week of its season."""
    made = demo_site(demo_database(tmp_path_factory.mktemp("pages")), EVERYTHING, MIDSEASON)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def origin(site: Site) -> Iterator[str]:
    """Give the address at which the pages are served, with the one that shows every part beside them."""
    app = create_app(site)
    app.router.routes.insert(0, PARTS)
    with served(app) as found:
        yield found


@pytest.fixture
def looks_as(site: Site) -> Iterator[LooksAs]:
    """Give the sign-in, to look as somebody else; afterwards it is whoever may see everything again."""
    sign_in = site.sign_in
    assert isinstance(sign_in, LooksAs)
    yield sign_in
    sign_in.current = EVERYTHING


@pytest.fixture
def watch() -> Watch:
    """Give what is noticed while pages are open."""
    return Watch()


@pytest.fixture
def open_page(browser: Browser, origin: str, watch: Watch) -> Iterator[Open]:
    """Open a page: `open_page("/boards", width=390, color_scheme="dark")`; options are those of a Playwright context.

    A Place that answers with something else than a page, such as a stream, ends the test as skipped.
    """
    contexts = []

    def open_one(place: Place | str, *, width: int = 1280, height: int = 900, **options: Any) -> Page:
        if isinstance(place, Place) and not is_page(origin, place):
            pytest.skip(f"{place.name} is no whole page")
        context = browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        watch.over(page, origin)
        page.goto(origin + (place if isinstance(place, str) else place.address))
        return page

    yield open_one
    for context in contexts:
        context.close()
