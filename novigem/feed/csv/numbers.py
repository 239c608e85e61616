"""Numbers, money and percentages as people's reports write them, to plain numbers."""

import re
from collections.abc import Callable, Iterator
from math import isfinite
from typing import NamedTuple

from novigem.feed.csv.money import checked, without_currency

Number = int | float

_EXACT_DIGITS = 15
_MINUS = "-\N{MINUS SIGN}"
# A space between groups may be one that does not break, or a narrow one; an apostrophe may be a curved one.
_GROUPS = {"": "", " ": "[ \u00a0\u202f\u2009]", "'": "['\N{RIGHT SINGLE QUOTATION MARK}]", ",": ",", ".": r"\."}
_CONVERTED = re.compile(r"([^()]*[0-9][^()]*)\(([^()]+)\)")
_IN_BRACKETS = re.compile(r"\(([^()]+)\)")
_ANY_DIGITS = re.compile(r"[0-9][0-9.,'\u2019 \u00a0\u202f\u2009]*")
_SEE = "see `decimal` and `thousands` in the mapping"


class Amount(NamedTuple):
    """A text taken apart: its digits with their signs, whether it is below zero, and the currency as written."""

    digits: str
    is_negative: bool
    currency: str | None


class NumberForm:
    """How a file writes numbers: its decimal sign, and the sign between groups of three digits."""

    def __init__(self, decimal: str, thousands: str) -> None:
        self.decimal = decimal
        self.thousands = thousands
        point, group = re.escape(decimal), _GROUPS[thousands]
        grouped = rf"\d{{1,3}}(?:{group}\d{{3}})+|" if group else ""
        self._group = re.compile(group) if group else None
        self._plain = re.compile(
            rf"[+-]?(?:{grouped}\d+)(?:{point}\d*)?(?:[eE][+-]?\d{{1,3}})?|[+-]?{point}\d+", re.ASCII
        )

    def read(self, text: str) -> Number:
        """Give the number of a text. Raises ValueError with a reason."""
        if self._plain.fullmatch(text) is not None:
            return self._number(text)
        amount = amount_of(text)
        if amount is None or self._plain.fullmatch(amount.digits) is None:
            raise ValueError(f"{text[:40]!r} is not a number; {_SEE}{_instead(text, self)}")
        number = self._number(amount.digits)
        return -number if amount.is_negative else number

    def fits(self, text: str) -> bool:
        """Say whether a text is a number in this form."""
        amount = amount_of(text)
        return amount is not None and self._plain.fullmatch(amount.digits) is not None

    def _number(self, text: str) -> Number:
        plain = self._group.sub("", text) if self._group is not None else text
        if plain.lstrip("+-").isdigit() and len(plain) <= _EXACT_DIGITS:
            return int(plain)
        number = float(plain.replace(self.decimal, "."))
        if not isfinite(number):
            raise ValueError(f"{text[:40]!r} is too large a number")
        return number


def amount_of(text: str) -> Amount | None:
    """Take a text apart; None where it is no number, no money and no percentage.

    What a report has converted to another currency stands behind the record's own amount, in brackets; the record's
    own counts. Brackets alone, or a minus behind, are below zero. A percentage is its number: 12.5 % is 12.5, as
    Salesforce keeps it. Raises ValueError for three letters that are no currency.
    """
    text = text.strip()
    converted = _CONVERTED.fullmatch(text)
    if converted is not None:
        other = amount_of(converted[2])
        if other is None or other.currency is None:
            return None
        text = converted[1].strip()
    in_brackets = _IN_BRACKETS.fullmatch(text)
    if in_brackets is not None:
        text = in_brackets[1].strip()
    signs = 1 if in_brackets is not None else 0
    is_percent = text.endswith("%") or text.startswith("%")
    text = text.strip("%").strip() if is_percent and text.count("%") == 1 else text
    text, before = _without_minus(text)
    text, currency = without_currency(text)
    text, after = _without_minus(text.strip())
    signs += before + after
    if signs > 1 or (is_percent and currency is not None) or _ANY_DIGITS.fullmatch(text) is None:
        return None
    return Amount(text, signs == 1, None if currency is None else checked(currency))


def forms_that_fit(text: str) -> Iterator[NumberForm]:
    """Yield every form in which a text is a number, the plainest first."""
    yield from (form for form in _ALL_FORMS if form.fits(text))


def plain_reader(form: NumberForm, told: Callable[[str], None]) -> Callable[[str], Number]:
    """Give the function for numbers of a file whose mapping names no form; `told` hears of those that may be two.

    A point in front of three last digits is the decimal sign by default, and may have been meant otherwise.
    """

    def read(text: str) -> Number:
        if text[-4:-3] == "." and text[-3:].isdigit():
            told(text)
        return form.read(text)

    return read


def _without_minus(text: str) -> tuple[str, int]:
    if text[:1] and text[0] in _MINUS:
        return text[1:].strip(), 1
    if text[-1:] and text[-1] in _MINUS:
        return text[:-1].strip(), 1
    return text.removeprefix("+"), 0


def _instead(text: str, used: NumberForm) -> str:
    """Say which form would read a text, and as what."""
    readings: dict[Number, str] = {}
    for form in forms_that_fit(text):
        keys = [f'`decimal: "{form.decimal}"`'] if form.decimal != used.decimal else []
        keys += [f'`thousands: "{form.thousands}"`'] if form.thousands != used.thousands else []
        readings.setdefault(form.read(text), " and ".join(keys))
    told = [f"with {keys} it would be {number:g}" for number, keys in readings.items() if keys]
    return f"; {', '.join(told)}" if told else ""


_ALL_FORMS = tuple(NumberForm(decimal, thousands) for thousands in _GROUPS for decimal in ".," if decimal != thousands)
