"""Words and signs of every screen: cleaned text, days and moments as people write them, numbers, glyphs.

Comes in: values. Goes out: plain text. Imports only `model`.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from novigem.model.change import from_micros
from novigem.model.entry import GOAL_UNIT

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Zero-width joiners belong to some scripts and names; every other format character can disguise a text.
# A colour, a moved cursor, a window title: ESC [ ... letter, and ESC ] ... BEL.
_TERMINAL_SEQUENCES = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)")
_JOINERS = "\u200c\u200d"


#: Stands behind the names of people who have left.
LEFT = "left"


class Glyphs(NamedTuple):
    """The signs a terminal can show."""

    star: str = "★"
    yes: str = "✓"
    no: str = "✗"
    unknown: str = "?"
    blocked: str = "!"
    badge: str = "◆"
    full: str = "█"
    empty: str = "░"
    point: str = "·"
    dash: str = "\N{EN DASH}"
    more: str = "…"
    here: str = "▸"


PLAIN_GLYPHS = Glyphs("*", "+", "x", "?", "!", "*", "#", ".", "|", "-", "...", ">")


class Screen(NamedTuple):
    """What a view is drawn for: a width in characters and the signs that can be shown."""

    width: int = 80
    glyphs: Glyphs = Glyphs()


def clean(text: str) -> str:
    """Give a text from Salesforce or a file without what steers a terminal; breaks become blanks."""
    if text.isascii() and text.isprintable():
        return text
    kept = []
    for char in _TERMINAL_SEQUENCES.sub("", text):
        category = unicodedata.category(char)
        if char in "\n\r\t" or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif category not in ("Cc", "Cf", "Co", "Cn") or char in _JOINERS:
            kept.append(char)
    return "".join(kept)


def day_text(day: date, *, with_year: bool = True) -> str:
    """Give a day as `Jan 5, 2026`."""
    short = f"{_MONTHS[day.month - 1]} {day.day}"
    return f"{short}, {day.year}" if with_year else short


def span_text(start: datetime | None, end: datetime | None, zone: tzinfo, dash: str = "\N{EN DASH}") -> str:
    """Give a half-open stretch with its last day included: `Jan 5 - Feb 15, 2026`."""
    first = None if start is None else start.astimezone(zone).date()
    last = None if end is None else (end.astimezone(zone) - timedelta(microseconds=1)).date()
    if first is None and last is None:
        return "all time"
    if first is None or last is None:
        return f"since {day_text(first)}" if first is not None else f"until {day_text(last)}" if last else ""
    if first == last:
        return day_text(first)
    return f"{day_text(first, with_year=first.year != last.year)} {dash} {day_text(last)}"


def moment_text(micros: int | None, zone: tzinfo) -> str:
    """Give a moment in a zone, to the minute: `2026-01-07 10:04`; nothing for None."""
    return "" if micros is None else f"{from_micros(micros).astimezone(zone):%Y-%m-%d %H:%M}"


def iso_text(moment: datetime | int | None) -> str | None:
    """Give a moment in ISO 8601 with `Z`, as the JSON answers tell it."""
    if moment is None:
        return None
    value = from_micros(moment) if isinstance(moment, int) else moment.astimezone(UTC)
    return value.isoformat().replace("+00:00", "Z")


def number_text(value: float) -> str:
    """Give a number with thousands set apart, and no decimals where there are none."""
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}"


def goal_number(millionths: int) -> int | float:
    """Give a goal value as a plain number, whole where it is whole."""
    whole, rest = divmod(millionths, GOAL_UNIT)
    return whole if rest == 0 else millionths / GOAL_UNIT


def points_text(points: int) -> str:
    """Give points with their sign, as a line of the ledger has them."""
    return f"{points:+,}"


def with_leaving(name: str, *, left: bool) -> str:
    """Give a name, with a mark where the person has left."""
    return f"{name} ({LEFT})" if left else name


def fitting(number: int, one: str, several: str) -> str:
    """Give the word that fits a number: the first for 1."""
    return one if number == 1 else several


def signed_points(points: int) -> str:
    """Give points with their sign and the word that fits: `+1 point`, `-5 points`."""
    return f"{points_text(points)} {fitting(abs(points), 'point', 'points')}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """Give a number and the word that fits it: `1 change`, `2 changes`."""
    return f"{number:,} {fitting(number, one, several or one + 's')}"


def either(things: Sequence[str]) -> str:
    """Name things of which one is meant, cleaned: "a, b or c"."""
    shown = [clean(one) for one in things]
    return " or ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)


def bar_text(share: float, width: int, glyphs: Glyphs) -> str:
    """Draw a share of 0 to 1 as a bar; only a full share gives a full bar, only nothing an empty one."""
    filled = round(max(0.0, min(1.0, share)) * width)
    if share > 0:
        filled = max(1, filled)
    if share < 1:
        filled = min(width - 1, filled)
    return glyphs.full * filled + glyphs.empty * (width - filled)
