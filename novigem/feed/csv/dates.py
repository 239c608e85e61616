"""Patterns of dates, in the signs of `strptime`, read strictly and the same on every computer."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = 3
# What Python's own names for a date, a time and both stand for where no other language is set.
_WRITTEN_OUT = {"%c": "%a %b %d %H:%M:%S %Y", "%x": "%m/%d/%y", "%X": "%H:%M:%S"}
_TWO_DIGITS = "mdHIMSV"
_NUMBERS = frozenset("YyGjfu" + _TWO_DIGITS)
_EXPRESSIONS = {
    "Y": "[0-9]{4}",
    "G": "[0-9]{4}",
    "y": "[0-9]{2}",
    "j": "[0-9]{1,3}",
    "f": "[0-9]{1,6}",
    "u": "[1-7]",
    "p": r"[ap]\.?\s?m\.?",
    "z": "Z|[+-][0-9]{2}:?[0-9]{2}",
    "Z": "[A-Z]{1,5}",
    "b": "|".join(name[:_SHORT] for name in _MONTHS),
    "B": "|".join(_MONTHS),
    "a": "|".join(name[:_SHORT] for name in _DAYS),
    "A": "|".join(_DAYS),
} | dict.fromkeys(_TWO_DIGITS, "[0-9]{1,2}")
# Of each line one sign at most: two would say the same thing twice, and might not agree.
_ONE_OF = ("YyG", "mbBjV", "dju", "HI", "aA", "zZ")
# A sign on the left says nothing without one of those on the right.
_NEEDS = (
    ("p", "I", "`%p` (AM or PM) goes with `%I`, the hour of 12; `%H` is the hour of 24 and would leave it unread"),
    ("I", "p", "`%I` is the hour of 12: without `%p` nobody knows whether it is morning; write `%H` for 24 hours"),
    ("M", "HI", "`%M` needs an hour, `%H` or `%I`"),
    ("S", "M", "`%S` needs the minutes, `%M`"),
    ("f", "S", "`%f` needs the seconds, `%S`"),
    ("z", "HI", "`%z` needs a time of day"),
    ("Z", "HI", "`%Z` needs a time of day"),
)
_COMPLETE = ("Ymd", "Ybd", "YBd", "ymd", "ybd", "yBd", "Yj", "yj", "GVu")
# As in POSIX: 69 to 99 are of the last century.
_PIVOT, _THIS_CENTURY, _LAST_CENTURY = 69, 2000, 1900
_NOON = 12


class Written(NamedTuple):
    """What a text says: a day, or a day with a time; `zone` is the zone's short name where one is written."""

    value: date | datetime
    zone: str | None = None


class DatePattern:
    """One way of writing dates. Raises ValueError with a reason for a pattern that cannot say one moment or day."""

    def __init__(self, text: str) -> None:
        self.text = text
        whole = re.sub("%[cxX]", lambda found: _WRITTEN_OUT[found[0]], text)
        self._signs = _checked(whole, text)
        self.has_time = bool(self._signs & {"H", "I"})
        self._expression = re.compile("".join(_parts(whole)), re.IGNORECASE)

    def read(self, text: str) -> Written | None:
        """Give what a text says, None where it is not written so or is no day of the calendar."""
        found = self._expression.fullmatch(text)
        if found is None:
            return None
        told = {sign: value for sign, value in found.groupdict().items() if value is not None}
        try:
            day = _day(told)
            if not self.has_time:
                return Written(day)
            hour = _hour(told)
            micros = int(told.get("f", "0").ljust(6, "0"))
            minute, second = int(told.get("M", 0)), int(told.get("S", 0))
            offset = _offset(told["z"]) if "z" in told else None
            value = datetime(day.year, day.month, day.day, hour, minute, second, micros, tzinfo=offset)
        except ValueError:
            return None
        return Written(value, told.get("Z"))


@lru_cache(maxsize=200)
def date_pattern(text: str) -> DatePattern:
    """Give the pattern of a text; raises ValueError."""
    return DatePattern(text)


def _checked(whole: str, text: str) -> frozenset[str]:
    """Give the signs of a pattern. Raises ValueError where they contradict each other or leave the day open."""
    signs = re.findall("%(.?)", whole.replace("%%", ""), re.DOTALL)
    for sign in signs:
        if sign not in _EXPRESSIONS:
            raise ValueError(f"`{text[:60]}` is not a date format (`%{sign}`); write one such as %m/%d/%Y")
    known = set(signs)
    for sign in sorted(known):
        if signs.count(sign) > 1:
            raise ValueError(f"`%{sign}` stands twice in `{text[:60]}`")
    for group in _ONE_OF:
        both = [sign for sign in signs if sign in group]
        if len(both) > 1:
            raise ValueError(f"`%{both[0]}` and `%{both[1]}` in `{text[:60]}` may contradict each other; leave one out")
    for sign, others, reason in _NEEDS:
        if sign in known and known.isdisjoint(others):
            raise ValueError(f"{reason} (in `{text[:60]}`)")
    if not any(known.issuperset(signs) for signs in _COMPLETE):
        raise ValueError(f"`{text[:60]}` must hold a year, a month and a day, as %m/%d/%Y does")
    return frozenset(known)


def _parts(whole: str) -> Iterator[str]:
    """Yield the regular expression of a pattern, piece by piece."""
    pieces = re.findall(r"%.|\s+|[^%\s]", whole, re.DOTALL)
    for number, piece in enumerate(pieces):
        if piece == "%%":
            yield "%"
        elif piece.startswith("%"):
            sign = piece[1]
            beside = [*pieces[max(number - 1, 0) : number], *pieces[number + 1 : number + 2]]
            # Where two numbers touch, only their full widths tell where the one ends.
            touches = sign in _NUMBERS and any(one[0] == "%" and one[1] in _NUMBERS for one in beside)
            yield f"(?P<{sign}>{_full_width(sign) if touches else _EXPRESSIONS[sign]})"
        else:
            yield r"\s+" if piece.isspace() else re.escape(piece)


def _full_width(sign: str) -> str:
    if sign in _TWO_DIGITS:
        return "[0-9]{2}"
    return "[0-9]{3}" if sign == "j" else _EXPRESSIONS[sign]


def _day(told: dict[str, str]) -> date:
    """Give the day. Raises ValueError where the calendar has none, or where it is another day of the week."""
    if "G" in told:
        return date.fromisocalendar(int(told["G"]), int(told["V"]), int(told["u"]))
    year = int(told["Y"]) if "Y" in told else _year(int(told["y"]))
    if "j" in told:
        day = date(year, 1, 1) + timedelta(int(told["j"]) - 1)
        if day.year != year:
            raise ValueError
    else:
        day = date(year, _month(told), int(told["d"]))
    weekday = told.get("a") or told.get("A")
    if weekday is not None and not _DAYS[day.weekday()].startswith(weekday.lower()):
        raise ValueError
    return day


def _year(short: int) -> int:
    return short + (_LAST_CENTURY if short >= _PIVOT else _THIS_CENTURY)


def _month(told: dict[str, str]) -> int:
    if "m" in told:
        return int(told["m"])
    name = (told.get("b") or told["B"]).lower()
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name))


def _hour(told: dict[str, str]) -> int:
    if "H" in told:
        return int(told["H"])
    hour = int(told["I"])
    if not 1 <= hour <= _NOON:
        raise ValueError
    return hour % _NOON + (_NOON if told["p"][0] in "pP" else 0)


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
