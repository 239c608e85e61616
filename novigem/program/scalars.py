"""What an unquoted word in YAML means to us, and which words we refuse to guess about.

YAML 1.1 and 1.2 read `on`, `12:30:00` or `0777` differently, so two programs can disagree about the same file. We
accept only what every version reads the same way, and ask for quotes otherwise.
"""

import re
from datetime import date, datetime
from typing import Any, Final, NamedTuple

LONGEST_NUMBER = 18
LONGEST_FLOAT = 340
FIRST_YEAR = 1900
LAST_YEAR = 2999

_FIXED: Final[dict[str, Any]] = {"": None, "null": None, "true": True, "false": False}
_INT = re.compile(r"-?(?:0|[1-9][0-9]*)\Z", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
_ZONE = r"Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?"
_DATETIME = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt ]{_CLOCK}(?:{_ZONE})?\Z", re.ASCII)

_BOOLEAN_WORDS = frozenset({"y", "yes", "on", "n", "no", "off", "true", "false"})
_AMBIGUOUS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"[-+]?[0-9]+(?::[0-9]{1,2})+(?:\.[0-9]*)?\Z"), "a time of day, or a number of seconds"),
    (re.compile(r"[-+]?0[0-9]+\Z"), "a number with a leading zero, or an octal number"),
    (re.compile(r"[-+]?[0-9][0-9_,]*_[0-9_]*(?:\.[0-9_]*)?\Z"), "a number with underscores"),
    (re.compile(r"[-+]?0[xob][0-9a-fA-F_]+\Z"), "a hexadecimal, octal or binary number"),
    (re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)[eE][-+]?[0-9]+\Z"), "a number with an exponent"),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"), "an infinite number or no number at all"),
    (re.compile(r"\+[0-9]+(?:\.[0-9]*)?\Z|[-+]?\.[0-9]+\Z|[-+]?[0-9]+\.\Z|[-+]?0[0-9]+\.[0-9]*\Z"), "a number or text"),
    (re.compile(r"(?:~|Null|NULL)\Z"), "nothing, or text"),
    (re.compile(r"(?:=|<<)\Z"), "a special key of YAML 1.1"),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}.*\Z"),
        "a moment in an unusual form",
    ),
)


class Scalar(NamedTuple):
    """What a word means. `problem` and `hint` say why it is refused; then `value` is its text."""

    value: Any
    code: str | None = None
    problem: str = ""
    hint: str = ""


def resolve(word: str) -> Scalar:
    """Give the meaning of an unquoted word."""
    if word in _FIXED:
        return Scalar(_FIXED[word])
    first = word[0]
    # Most words begin with a letter that no number, date or special word begins with.
    if first in "0123456789+-.":
        return _number_or_date(word)
    if word.lower() in _BOOLEAN_WORDS:
        return _refuse(word, "true or false, or text", "write true or false, or put quotes around it if it is text")
    return _ambiguous(word) if first in "~N=<" else Scalar(word)


def needs_quotes(text: str) -> bool:
    """Tell whether a text, left unquoted, would mean something else or be refused."""
    meaning = resolve(text)
    return meaning.code is not None or meaning.value != text


def _number_or_date(word: str) -> Scalar:
    if _INT.match(word):
        return Scalar(int(word)) if len(word) <= LONGEST_NUMBER else _too_long(word)
    if _FLOAT.match(word):
        return Scalar(float(word)) if len(word) <= LONGEST_FLOAT else _too_long(word)
    if _DATE.match(word):
        return _calendar(word, date)
    if _DATETIME.match(word):
        return _calendar(word, datetime)
    return _ambiguous(word)


def _calendar(word: str, kind: type[date]) -> Scalar:
    try:
        value = kind.fromisoformat(word.upper())
    except ValueError:
        return Scalar(word, "NV111", f"{word} is not a day or time of the calendar", "write dates as 2026-01-31")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        years = f"years run from {FIRST_YEAR} to {LAST_YEAR}"
        return Scalar(word, "NV111", f"{word} lies outside the years we can work with", years)
    return Scalar(value)


def _too_long(word: str) -> Scalar:
    return Scalar(word, "NV111", f"a number of {len(word)} digits is too long", "put quotes around it if it is an id")


def _ambiguous(word: str) -> Scalar:
    for pattern, meaning in _AMBIGUOUS:
        if pattern.match(word):
            return _refuse(word, meaning, f'quote it if it is text: "{word}"')
    return Scalar(word)


def _refuse(word: str, meaning: str, hint: str) -> Scalar:
    return Scalar(word, "NV110", f"`{word}` without quotes can mean {meaning}", hint)
