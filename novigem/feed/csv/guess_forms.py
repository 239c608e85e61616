"""How an export writes dates and numbers, as far as its cells prove it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from novigem.feed.csv.dates import DatePattern
from novigem.feed.csv.moments import parsed
from novigem.feed.csv.numbers import NumberForm, amount_of, forms_that_fit

_DAYS = (
    "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%m/%d/%y", "%d/%m/%y",
    "%d.%m.%y", "%d %b %Y", "%b %d, %Y", "%Y%m%d",
)  # fmt: skip
_TIMES = (
    "", " %H:%M", ", %H:%M", " %I:%M %p", ", %I:%M %p", " %H:%M:%S", ", %H:%M:%S", " %I:%M:%S %p", ", %I:%M:%S %p",
    " %H:%M:%S %z", " %H:%M %z",
)  # fmt: skip
_MOST_FORMS = 20_000


class DateForms(NamedTuple):
    """The patterns that read every text of a column, by the order of day and month; none where it is ISO 8601."""

    by_day: dict[str, tuple[str, ...]]
    is_iso: bool
    has_offsets: bool

    def says_the_same(self) -> bool:
        """Whether no question is left."""
        return self.is_iso or len(self.by_day) == 1


def date_forms(texts: Sequence[str]) -> DateForms | None:
    """Give the forms in which all the texts of a column are dates; None where they are none."""
    iso = [_iso(text) for text in texts]
    if texts and all(value is not None for value in iso) and not all(text.isdigit() for text in texts):
        return DateForms({}, is_iso=True, has_offsets=all(isinstance(v, datetime) and v.tzinfo for v in iso))
    found: dict[str, tuple[str, ...]] = {}
    for day in _DAYS:
        rest = list(texts)
        patterns: list[str] = []
        for time in _TIMES:
            pattern = DatePattern(day + time)
            unread = [text for text in rest if pattern.read(text) is None]
            if len(unread) < len(rest):
                patterns.append(day + time)
                rest = unread
        if texts and not rest:
            found[day] = tuple(patterns)
    return DateForms(found, is_iso=False, has_offsets=False) if found else None


def _iso(text: str) -> object:
    try:
        return parsed(text, ()).value
    except ValueError:
        return None


def number_forms(texts: Iterable[str]) -> list[NumberForm] | None:
    """Give the forms in which all texts are numbers, the plainest first; None where some text is none in any."""
    forms: list[NumberForm] | None = None
    for text in texts:
        fitting = [form for form in (forms or list(forms_that_fit(text))) if _fits(form, text)]
        if not fitting:
            return None
        forms = fitting
    return forms


def _fits(form: NumberForm, text: str) -> bool:
    try:
        return form.fits(text)
    except ValueError:
        return False


def readings(forms: Sequence[NumberForm], texts: Sequence[str]) -> list[NumberForm]:
    """Give one form for each different reading of the texts, the plainest first."""
    found: dict[tuple[object, ...], NumberForm] = {}
    for form in forms:
        found.setdefault(tuple(form.read(text) for text in texts[:_MOST_FORMS]), form)
    return list(found.values())


def is_amount(text: str) -> bool:
    """Say whether a text is a number, money or a percentage in any form."""
    try:
        return amount_of(text) is not None
    except ValueError:
        return False
