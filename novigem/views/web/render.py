"""Rendering: templates with what every page needs, and numbers and moments in the reader's locale."""

import gettext
from datetime import date, datetime, tzinfo
from fractions import Fraction
from functools import cache
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
        return format_decimal(value, locale=self._locale, format="#,##0.##")

    def points(self, value: int) -> str:
        """Give points with their sign."""
        return format_decimal(value, locale=self._locale, format="+#,##0;-#,##0") if value else "0"

    def percent(self, share: float) -> str:
        """Give a share of 0 to 1 as whole percent."""
        return format_percent(share, locale=self._locale)

    def day(self, value: date) -> str:
        """Give a day with its year."""
        return format_date(value, "medium", locale=self._locale)

    def short_day(self, value: date) -> str:
        """Give a day without its year."""
        return format_skeleton("MMMd", value, locale=self._locale)

    def weekday(self, value: date) -> str:
        """Give a day with its day of the week, without its year."""
        return format_skeleton("MMMEd", value, locale=self._locale)

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
        found = from_micros(value) if isinstance(value, int) else value
        here = found.astimezone(self._zone)
        return f"{format_date(here, 'medium', locale=self._locale)}, {format_time(here, 'short', locale=self._locale)}"

    def clock(self, value: datetime | int) -> str:
        """Give the time of day of a moment, in the reader's zone."""
        found = from_micros(value) if isinstance(value, int) else value
        return format_time(found.astimezone(self._zone), "short", locale=self._locale)

    def span(self, first: date, last: date) -> str:
        """Give a stretch of days, both included, with its year."""
        return str(format_interval(first, last, "yMMMd", locale=self._locale))

    def share(self, value: Fraction) -> str:
        """Give a share as percent with one decimal where it needs one, never rounded up: 99.97 is not yet 100."""
        return format_percent(floor(value * 1000) / 1000, locale=self._locale, format="#,##0.#%")

    def day_of(self, value: datetime | int) -> date:
        """Give the day of a moment, in the reader's zone."""
        found = from_micros(value) if isinstance(value, int) else value
        return found.astimezone(self._zone).date()


def _url(visit: Visit) -> Any:
    """Give the function that makes addresses, under whatever the application is mounted at."""

    def url(name: str, /, **parts: Any) -> str:
        query = {key: value for key, value in parts.pop("query", {}).items() if value is not None}
        made = visit.request.url_for(name, **parts)
        return f"{made.path}?{urlencode(query)}" if query else made.path

    return url
