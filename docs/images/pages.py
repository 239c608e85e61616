# ruff: noqa: INP001 - a script beside the pictures that it takes, not a package
"""Takes the pictures of the pages that the README and the docs show, from the demo's season and always alike.

Refresh: scripts/environment's `prepare`, then python docs/images/pages.py; it needs Debian's Chromium. Fonts are those
of the machine, so that another machine's pictures differ by a hair: it is no part of scripts/refresh.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from playwright.sync_api import Browser

from novigem.access.roles import Role
from novigem.views.web.app import create_app
from tests.bed.browser import chromium, served
from tests.bed.pages import MIDSEASON, demo_database, demo_site, reader
from tests.bed.seasons import PRIYA
from tests.browser.discovery import is_to_come

FOLDER = Path(__file__).parent


class Picture(NamedTuple):
    """A page as a picture: its file, its address, its size, and options of a Playwright context."""

    name: str
    address: str
    size: tuple[int, int]
    options: dict[str, Any]


#: Points are drawn twice as fine as a screen of yesterday has them.
FINE = {"device_scale_factor": 2}
PICTURES = (
    Picture("page-board", "/boards/cs-team", (1080, 760), FINE),
    Picture("page-board-dark", "/boards/cs-team", (1080, 760), FINE | {"color_scheme": "dark"}),
    Picture("page-me", "/", (390, 844), FINE),
    Picture("page-me-dark", "/", (390, 844), FINE | {"color_scheme": "dark"}),
    Picture("page-record", "/records/00THs0000000013MAA", (1080, 760), FINE),
)


def take(browser: Browser, origin: str, picture: Picture) -> bool:
    """Take a picture; False where the page is not built yet."""
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="en-GB",
        timezone_id="America/New_York",
        reduced_motion="reduce",
        **picture.options,
    )
    page = context.new_page()
    page.goto(origin + picture.address)
    is_there = not is_to_come(page.locator("body").inner_text())
    if is_there:
        page.screenshot(path=FOLDER / f"{picture.name}.png", animations="disabled", caret="hide")
    context.close()
    return is_there


def main() -> None:
    """Take all of them, as Priya sees the pages in the fourth week."""
    priya = reader(PRIYA, Role.CSM)
    with TemporaryDirectory() as folder:
        site = demo_site(demo_database(Path(folder)), priya, MIDSEASON)
        with served(create_app(site)) as origin, chromium() as browser:
            for picture in PICTURES:
                if not take(browser, origin, picture):
                    sys.stderr.write(f"{picture.address} is not built yet\n")
        site.engine.dispose()


if __name__ == "__main__":
    main()
