# ruff: noqa: INP001 - a script beside the pictures that it takes, not a package
"""Takes the pictures of the pages that the README and the docs show, from the demo's season and always alike.

Refresh: python docs/images/pages.py; it needs Debian's Chromium. Fonts are those of the machine, so that another
machine's pictures differ by a hair: it is no part of scripts/refresh.
"""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from playwright.sync_api import Browser

from novigem.views.web.app import create_app
from tests.bed.browser import chromium, served
from tests.bed.pages import MIDSEASON, demo_database, demo_site, reader
from tests.browser.discovery import is_to_come

FOLDER = Path(__file__).parent
#: In the middle of the team, one point behind the next.
JONAS = "005Hs0000000104IAA"


class Picture(NamedTuple):
    """A page as a picture: its file, its address, its size, and options of a Playwright context."""

    name: str
    address: str
    size: tuple[int, int]
    options: dict[str, Any]


#: Points are drawn twice as fine as a screen of yesterday has them.
FINE = {"device_scale_factor": 2}
PICTURES = (
    Picture("page-board", "/boards/cs-team?period=program", (1080, 860), FINE),
    Picture("page-me", "/", (390, 844), FINE),
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
    """Take all of them, as Jonas sees the pages in the fourth week."""
    jonas = replace(reader(JONAS), name="Jonas Lindqvist")
    with TemporaryDirectory() as folder:
        site = demo_site(demo_database(Path(folder)), jonas, MIDSEASON)
        with served(create_app(site)) as origin, chromium() as browser:
            for picture in PICTURES:
                if not take(browser, origin, picture):
                    sys.stderr.write(f"{picture.address} is not built yet\n")
        site.engine.dispose()


if __name__ == "__main__":
    main()
