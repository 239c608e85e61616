"""The design itself: colours that can be read, bars that are seen, motion that can be switched off."""

import re
from itertools import product
from pathlib import Path

import pytest

from novigem.views.web import render
from tests.browser.conftest import Open

_CSS = Path(render.__file__).parent / "static" / "novigem.css"
_PAPERS = ("paper", "paper-raised", "paper-sunken")
#: Text on what lies behind it, and the least contrast of it.
_TEXTS = [
    *((text, paper, 4.5) for text, paper in product(("ink", "ink-soft", "accent", "good", "bad", "unsure"), _PAPERS)),
    ("ink", "accent-soft", 7),
    *((text, "accent-soft", 4.5) for text in ("ink-soft", "accent")),
    ("on-accent", "accent", 4.5),
    ("good", "good-soft", 4.5),
    ("bad", "bad-soft", 4.5),
    ("unsure", "unsure-soft", 4.5),
    ("ink", "unsure-soft", 7),
    *(("ink", paper, 7) for paper in _PAPERS),
    ("ink-soft", "paper", 5),
    # What is no text, and tells something.
    *(("line-strong", paper, 3) for paper in _PAPERS[:2]),
    *(("on-badge", badge, 3) for badge in ("gold", "silver", "bronze", "ruby", "emerald")),
    ("accent", "bar-rest", 3),
]
#: The contrast that WCAG measures, between two colours as the browser paints them.
_CONTRAST = """([text, paper]) => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const probe = document.body.appendChild(document.createElement("i"));
  const light = name => {
    probe.style.color = `var(--${name})`;
    brush.fillStyle = getComputedStyle(probe).color;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [light(text), light(paper)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_can_be_read(open_page: Open, scheme: str) -> None:
    page = open_page("/parts", color_scheme=scheme)
    found = {(text, paper): page.evaluate(_CONTRAST, [text, paper]) for text, paper, _least in _TEXTS}
    poor = {
        f"{text} on {paper}": round(found[text, paper], 2)
        for text, paper, least in _TEXTS
        if found[text, paper] < least
    }
    assert poor == {}


def test_somebody_s_choice_of_light_or_dark_holds(open_page: Open) -> None:
    page = open_page("/parts", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = page.evaluate(paper)
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert (page.evaluate(paper), dark == light) == (light, False)


def test_bars_are_seen_in_forced_colours(open_page: Open) -> None:
    page = open_page("/parts", forced_colors="active")
    drawn = page.evaluate(_BARS)
    assert drawn
    assert all(done != rest for done, rest in drawn)


_BARS = """() => [...document.querySelectorAll(".bar")].map(
  bar => [".bar-done", ".bar-rest"].map(part => getComputedStyle(bar.querySelector(part)).fill))"""
_MOTION = "document.getAnimations().length"


def test_points_that_arrive_move_once(open_page: Open) -> None:
    page = open_page("/parts")
    page.evaluate("document.querySelector('.board .mine').classList.add('arrived')")
    assert page.evaluate(_MOTION) > 0
    page.wait_for_timeout(500)
    assert page.evaluate(_MOTION) == 0


@pytest.mark.parametrize("by", ["system", "settings"])
def test_nothing_moves_where_somebody_wants_it_so(open_page: Open, by: str) -> None:
    page = open_page("/parts", reduced_motion="reduce" if by == "system" else "no-preference")
    if by == "settings":
        page.evaluate("document.documentElement.dataset.motion = 'off'")
    page.evaluate("document.querySelector('.board .mine').classList.add('arrived')")
    assert page.evaluate(_MOTION) == 0


def test_directions_are_logical() -> None:
    """Right-to-left comes from the direction alone: only a rule that names the direction may name a side."""
    sided = re.compile(r"(margin|padding|border)-(left|right)|[{; ](left|right):|text-align: (left|right)|float:")
    lines = _CSS.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if sided.search(line) and '[dir="rtl"]' not in line] == []


def test_it_prints_dark_on_white(open_page: Open) -> None:
    page = open_page("/parts", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in ("rgb(255, 255, 255)", "white")
    assert not page.locator(".top").is_visible()
