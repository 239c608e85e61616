"""Small charts as SVG that stands in a page: Vega-Lite says what is drawn, vl-convert draws it on this machine.

Nothing is loaded from anywhere, and the SVG holds no script, no style and no id. Needs the extra `charts`; without it
there is no chart, and the table beside it says all the same. Colours are the page's own variables, or plain ones.
"""

import json
import re
from functools import lru_cache
from html import escape
from typing import Any, Final, NamedTuple

from novigem.queries.review_types import FigureReview

_WIDTH: Final = 300
_HEIGHT: Final = 56
_NO_CHARTS: Final = "charts need vl-convert-python: pip install 'novigem[charts]'"
_OPENING: Final = re.compile(r"<svg [^>]*>")


class Palette(NamedTuple):
    """Colours of a chart: what counts, all there was, the same before and after the season, and words."""

    good: str
    every: str
    good_beside: str
    words: str


#: The variables of the page's style, so that a brand and a dark page have their own.
PAGE: Final = Palette("var(--ink-soft)", "var(--bar-rest)", "var(--bar)", "var(--ink-soft)")
#: For paper, whose renderer knows no variables in pictures.
PAPER: Final = Palette("#4a5568", "#e8ebf0", "#b6bfcc", "#5b6472")


def missing() -> str | None:
    """Say what is missing to draw charts, and how to get it; None where nothing is."""
    try:
        import vl_convert  # noqa: F401, PLC0415 - an extra
    except ImportError:
        return _NO_CHARTS
    return None


def weeks_chart(figure: FigureReview, label: str, palette: Palette = PAGE) -> str | None:
    """Draw a figure week by week, with `label` for who cannot see it; None where there is nothing to draw, or no way.

    A bar is what counts, out of all there was.
    """
    if not any(one.denominator for one in figure.weeks) or missing() is not None:
        return None
    drawn = _drawn(json.dumps(weeks_spec(figure, palette)))
    opening = (
        f'<svg class="chart" role="img" aria-label="{escape(label)}" focusable="false" viewBox="{_view_box(drawn)}">'
    )
    return _OPENING.sub(lambda _found: opening, drawn, count=1)


def weeks_spec(figure: FigureReview, palette: Palette) -> dict[str, Any]:
    """Give the Vega-Lite specification of a figure week by week."""
    weeks = [
        {
            "week": one.number,
            # Season weeks are counted from 1; those before it go down to -1.
            "name": str(one.number + 1 if one.number >= 0 else one.number),
            "good": one.numerator,
            "every": one.denominator,
            "season": one.period == "during",
        }
        for one in figure.weeks
    ]
    axis = {
        "grid": False,
        "domain": False,
        "ticks": False,
        "title": None,
        "labelColor": palette.words,
        "labelFontSize": 10,
    }
    x = {
        "field": "week",
        "type": "ordinal",
        "axis": axis | {"labelExpr": "datum.value < 0 ? datum.value : datum.value + 1", "labelAngle": 0},
    }
    y = {"type": "quantitative", "axis": None, "scale": {"domainMin": 0}}
    season = {"condition": {"test": "datum.season", "value": palette.good}, "value": palette.good_beside}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": _WIDTH,
        "height": _HEIGHT,
        "padding": {"left": 0, "right": 0, "top": 2, "bottom": 0},
        "background": None,
        "data": {"values": weeks},
        "layer": [
            {"mark": {"type": "bar", "color": palette.every}, "encoding": {"x": x, "y": y | {"field": "every"}}},
            {"mark": {"type": "bar"}, "encoding": {"x": x, "y": y | {"field": "good"}, "color": season}},
        ],
        "config": {"view": {"stroke": None}, "font": "sans-serif", "scale": {"bandPaddingInner": 0.25}},
    }


@lru_cache(maxsize=256)  # the same season is shown again and again
def _drawn(spec: str) -> str:
    import vl_convert  # noqa: PLC0415 - an extra

    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg


def _view_box(svg: str) -> str:
    found = re.search(r'viewBox="([0-9. -]+)"', svg)
    return found.group(1) if found else f"0 0 {_WIDTH} {_HEIGHT}"
