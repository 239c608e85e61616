"""Takes every page as a picture; `scripts/screenshots` says how."""

import argparse
import itertools
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser

from novigem.access.roles import Role
from novigem.views.web.app import create_app
from tests.bed.browser import chromium, served
from tests.bed.pages import MIDSEASON, demo_site, reader
from tests.bed.seasons import PRIYA, SEASONS
from tests.browser.discovery import Place, is_page, is_to_come, places
from tests.browser.parts import ROUTE

_SIZES = {"phone": (390, 844), "tablet": (820, 1180), "desk": (1440, 900), "wall": (1920, 1080)}
#: The desk at 200 %: half as wide, and drawn twice as fine.
_ZOOMED = {"desk-200": (720, 450)}
#: What each picture is taken with: the size, and options of a Playwright context; `dir` is put on the page.
LOOKS: dict[str, dict[str, Any]] = {
    f"{size}-{scheme}": {"size": size, "color_scheme": scheme}
    for size, scheme in itertools.product(_SIZES, ("light", "dark"))
} | {
    "phone-rtl": {"size": "phone", "dir": "rtl"},
    "desk-rtl": {"size": "desk", "dir": "rtl"},
    "desk-200": {"size": "desk-200", "device_scale_factor": 2},
    "phone-forced": {"size": "phone", "forced_colors": "active"},
    "desk-forced": {"size": "desk", "forced_colors": "active"},
}
#: Looks of the seasons that are hard to show; the demo has all.
_FEW = ("phone-light", "desk-light")


def main(arguments: list[str]) -> None:
    """Take the pictures."""
    wanted = argparse.ArgumentParser(prog="scripts/screenshots")
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--pages", type=_words, default=None)
    wanted.add_argument("--looks", type=_words, default=None)
    wanted.add_argument("--seasons", type=_words, default=list(SEASONS))
    asked = wanted.parse_args(arguments)
    with chromium() as browser:
        for season in asked.seasons:
            looks = asked.looks or (LOOKS if season == "demo" else _FEW)
            _season(browser, season, asked.folder / season, asked.pages, looks)


def _season(browser: Browser, season: str, folder: Path, names: list[str] | None, looks: Iterable[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    everything = reader(PRIYA, Role.MANAGER, Role.LEADER, Role.ADMIN, Role.OPERATOR)
    with TemporaryDirectory() as made:
        site = demo_site(SEASONS[season](Path(made)), everything, MIDSEASON)
        app = create_app(site)
        app.router.routes.insert(0, ROUTE)
        with served(app) as origin:
            pages = [*places(), *([Place("parts", "/parts")] if season == "demo" else [])]
            for place in pages:
                if (names is None or place.name in names) and is_page(origin, place):
                    _page(browser, origin, place, folder, looks)
        site.engine.dispose()


def _page(browser: Browser, origin: str, place: Place, folder: Path, looks: Iterable[str]) -> None:
    for look in looks:
        options = dict(LOOKS[look])
        width, height = (_SIZES | _ZOOMED)[options.pop("size")]
        direction = options.pop("dir", "")
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB", **options)
        page = context.new_page()
        page.goto(origin + place.address)
        if is_to_come(page.locator("body").inner_text()):
            print(f"{place.name} is not built yet")
            context.close()
            return
        if direction:
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        page.screenshot(path=folder / f"{place.name}-{look}.png", full_page=True)
        context.close()
    print(f"{folder.name}/{place.name}")


def _words(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    main(sys.argv[1:])
