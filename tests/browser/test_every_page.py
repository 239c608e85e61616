"""What holds for every page, whoever built it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.discovery import Place, parts_without_example, places
from tests.browser.watching import Watch

PAGES = [*places(), Place("parts", "/parts"), Place("none", "/boards/there-is-none")]
every_page = pytest.mark.parametrize("place", PAGES, ids=str)
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"width": 390, "height": 844},
    "forced": {"forced_colors": "active"},
}


def test_every_page_has_an_example() -> None:
    assert parts_without_example() == set(), "add an example to tests/browser/discovery.py"


@every_page
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_that_keeps_somebody_out(open_page: Open, place: Place, look: str) -> None:
    page = open_page(place, **LOOKS[look])
    assert faults(page) == []


@every_page
def test_nothing_comes_from_elsewhere_and_nothing_is_refused(open_page: Open, watch: Watch, place: Place) -> None:
    page = open_page(place)
    page.wait_for_load_state("load")
    assert (watch.foreign, watch.refused, watch.errors) == ([], [], [])


@every_page
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_no_page_is_wider_than_the_screen(open_page: Open, place: Place, direction: str) -> None:
    page = open_page(place, width=390, height=844)
    page.evaluate("direction => { document.documentElement.dir = direction }", direction)
    widths = {"phone": overflow(page)}
    # A desk of 1,280 or 1,440 pixels at 200 % is one of half its width; so are breakpoints, which follow the zoom.
    for name, width in {"small phone": 320, "zoomed": 640, "zoomed desk": 720, "tablet": 820, "wall": 1920}.items():
        page.set_viewport_size({"width": width, "height": 900})
        widths[name] = overflow(page)
    assert {name: width for name, width in widths.items() if width > 0} == {}


@every_page
def test_a_page_says_what_it_is(open_page: Open, place: Place) -> None:
    page = open_page(place)
    # What is shown within another page has that one's heading.
    assert page.locator("h1").count() == (0 if place.name == "embed" else 1)
    assert page.locator("main").count() == 1
    assert not page.title().startswith(" ·")
    assert page.locator("html").get_attribute("lang") == "en"


@every_page
def test_a_page_can_be_walked_by_keyboard(open_page: Open, place: Place) -> None:
    page = open_page(place)
    reachable = page.evaluate(_REACHABLE)
    stops = [page.evaluate(_STOP)] if page.keyboard.press("Tab") is None else []
    while stops[-1]["at"] != "body" and len(stops) <= reachable + 5:
        page.keyboard.press("Tab")
        stops.append(page.evaluate(_STOP))
    assert stops[-1]["at"] == "body", f"the keyboard does not get out of {stops[-3:]}"
    assert [stop for stop in stops[:-1] if not stop["seen"]] == []


@every_page
def test_a_page_reads_without_scripts(open_page: Open, place: Place) -> None:
    page = open_page(place, java_script_enabled=False)
    assert page.locator("main").inner_text().strip()


def faults(page: Page) -> list[tuple[str, str, list[Any]]]:
    """Give what axe finds serious or critical: the rule, its words, and where."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def overflow(page: Page) -> int:
    """Give how many pixels a page is wider than its screen."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


_REACHABLE = "document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]').length"
#: Where the keyboard is, and whether somebody sees it: an outline, or another sign that the element sets for itself.
_STOP = """() => {
  const now = document.activeElement;
  if (!now || now === document.body) return {at: "body", seen: true};
  const style = getComputedStyle(now), box = now.getBoundingClientRect();
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return {at: now.outerHTML.slice(0, 120), seen: drawn && box.width > 0 && box.height > 0 && box.bottom > 0};
}"""
