"""Rendering: templates with what every page needs, and numbers and moments in the reader's locale."""

import gettext
from datetime import date, datetime, tzinfo
from fractions import Fraction
from functools import cache, lru_cache
from io import BytesIO
from math import floor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from novigem.model.change import from_micros
from novigem.views.rule_words import field_words
from novigem.views.web.icons import icon
from novigem.views.web.visit import Visit

_HERE = Path(__file__).parent
#: The languages that the pages speak; English is what the templates are written in.
LOCALES = ("en", "de", "es")


def render(visit: Visit, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Give a page. Values are escaped by the template; texts of its own are translated."""
    words = Words(visit.locale, visit.zone)
    found = environment(visit.locale.language).get_template(template)
    html = found.render(visit=visit, site=visit.site, words=words, url=_url(visit), **values)
    return HTMLResponse(html, status_code=status, headers={"Content-Language": visit.locale.language})


@cache
def environment(language: str) -> Environment:
    """Give the templates in a language: with escaping, and an error for every name that they do not know."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.globals["icon"] = icon
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # of the extension
    return made


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Give the translations of a language, from the text file that translators write."""
    path = _HERE / "locale" / language / "messages.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Words:
    """Numbers, days and moments as a locale and zone write them. Moments come in microseconds since 1970 UTC."""

    def __init__(self, locale: Locale, zone: tzinfo) -> None:
        self._locale = locale
        self._zone = zone

    @property
    def is_right_to_left(self) -> bool:
        """Whether the locale is written from right to left."""
        return self._locale.text_direction == "rtl"

    def number(self, value: float) -> str:
        """Give a number, with two decimals at most."""
        return _decimal(self._locale, value or 0, "#,##0.##")

    def points(self, value: int) -> str:
        """Give points with their sign."""
        return _decimal(self._locale, value, "+#,##0;-#,##0") if value else "0"

    def percent(self, share: float) -> str:
        """Give a share of 0 to 1 as whole percent."""
        return _percent(self._locale, share or 0, None)

    def day(self, value: date) -> str:
        """Give a day with its year."""
        return _day(self._locale, value)

    def short_day(self, value: date) -> str:
        """Give a day without its year."""
        return _skeleton(self._locale, "MMMd", value)

    def weekday(self, value: date) -> str:
        """Give a day with its day of the week, without its year."""
        return _skeleton(self._locale, "MMMEd", value)

    def ordinal(self, value: int) -> str:
        """Give a place as its locale writes it: `5th` in English, `5.` elsewhere."""
        if self._locale.language != "en":
            return f"{value}."
        ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
        return f"{self.number(value)}{ending}"

    def field(self, name: str) -> str:
        """Give the name of a field of a record as words."""
        return field_words(name)

    def moment(self, value: datetime | int | None) -> str:
        """Give a moment to the minute, in the reader's zone; nothing for None."""
        if value is None:
            return ""
        return _moment(self._locale, self._wall(value))

    def clock(self, value: datetime | int) -> str:
        """Give the time of day of a moment, in the reader's zone."""
        return _clock(self._locale, self._wall(value))

    def span(self, first: date, last: date) -> str:
        """Give a stretch of days, both included, with its year."""
        return _span(self._locale, first, last)

    def share(self, value: Fraction) -> str:
        """Give a share as percent with one decimal where it needs one, never rounded up: 99.97 is not yet 100."""
        return _percent(self._locale, floor(value * 1000) / 1000, "#,##0.#%")

    def day_of(self, value: datetime | int) -> date:
        """Give the day of a moment, in the reader's zone."""
        return self._wall(value).date()

    def _wall(self, value: datetime | int) -> datetime:
        """Give what the clock on the reader's wall shows at a moment."""
        found = from_micros(value) if isinstance(value, int) else value
        return found.astimezone(self._zone).replace(tzinfo=None)


# A page writes the same few numbers and days again and again, and Babel reads its patterns anew each time. Moments are
# kept as the clock on the wall shows them: two of one instant in two zones are equal, and are written differently.
_kept = lru_cache(maxsize=4_096, typed=True)


@_kept
def _decimal(locale: Locale, value: float, pattern: str) -> str:
    return format_decimal(value, locale=locale, format=pattern)


@_kept
def _percent(locale: Locale, value: float, pattern: str | None) -> str:
    return format_percent(value, locale=locale, format=pattern)


@_kept
def _day(locale: Locale, value: date) -> str:
    return format_date(value, "medium", locale=locale)


@_kept
def _skeleton(locale: Locale, skeleton: str, value: date) -> str:
    return format_skeleton(skeleton, value, locale=locale)


@_kept
def _moment(locale: Locale, wall: datetime) -> str:
    return f"{format_date(wall, 'medium', locale=locale)}, {format_time(wall, 'short', locale=locale)}"


@_kept
def _clock(locale: Locale, wall: datetime) -> str:
    return format_time(wall, "short", locale=locale)


@_kept
def _span(locale: Locale, first: date, last: date) -> str:
    return str(format_interval(first, last, "yMMMd", locale=locale))


def _url(visit: Visit) -> Any:
    """Give the function that makes addresses, under whatever the application is mounted at."""

    def url(name: str, /, **parts: Any) -> str:
        query = {key: value for key, value in parts.pop("query", {}).items() if value is not None}
        path = visit.address(name, **parts)
        return f"{path}?{urlencode(query)}" if query else path

    return url
