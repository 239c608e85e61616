"""From what is written to a moment in UTC: time zones, days without a time, hours that a clock change drops or repeats.

A day alone stands for the mapping's `time` of that day. Where a clock change drops that time, it is the moment of the
change; where it repeats it, the first. A *written* time that does not exist is no moment, and one that is there twice
is two: which is meant, only the mapping can say (`repeated_hour`).
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from novigem.feed.csv.dates import DatePattern, Written

_FIRST_YEAR, _LAST_YEAR = 1700, 4000
_ISO_DAY = len("2026-01-07")
_SERIAL = re.compile(r"[1-9][0-9]{4}(?:[.,][0-9]+)?")
_UTC_NAMES = frozenset(("UTC", "GMT", "Z"))


class Clock(NamedTuple):
    """How local times of a file become moments."""

    zone: ZoneInfo
    time_of_day: time
    repeated_hour: Literal["first", "second"] | None = None


class When(NamedTuple):
    """A moment; `day` where only a day was written, whether a repeated hour was decided, whether it is yet to come."""

    at: datetime
    day: date | None = None
    is_repeated: bool = False
    is_ahead: bool = False


def read_when(text: str, patterns: Sequence[DatePattern], clock: Clock) -> When:
    """Read a moment or a day. Raises ValueError with a reason."""
    written = parsed(text, patterns)
    value = written.value
    if not isinstance(value, datetime):
        return When(datetime.combine(value, clock.time_of_day, clock.zone).astimezone(UTC), value)
    if value.tzinfo is not None:
        return When(value.astimezone(UTC))
    if written.zone is not None:
        return When(_named(value, written.zone, clock, text))
    return _local(value, clock, text)


def read_day(text: str, patterns: Sequence[DatePattern], clock: Clock) -> date:
    """Read a day; of a moment with a zone of its own, its day in the zone of the file. Raises ValueError."""
    value = parsed(text, patterns).value
    if not isinstance(value, datetime):
        return value
    return value.date() if value.tzinfo is None else value.astimezone(clock.zone).date()


def parsed(text: str, patterns: Sequence[DatePattern]) -> Written:
    """Read a text in one of the patterns, or in ISO 8601 where there are none.

    Raises ValueError where none fits, and where two fit and say different things.
    """
    found = {one for one in (_read(text, pattern) for pattern in patterns or (None,)) if one is not None}
    if not found:
        wanted = " or ".join(pattern.text for pattern in patterns)
        wanted = f"written as {wanted}" if wanted else "such as 2026-01-07 or 2026-01-07T15:04:05Z"
        raise ValueError(f"{text[:40]!r} is not a date {wanted}{_serial(text)}")
    if len(found) > 1:
        told = " or ".join(sorted(str(one.value) for one in found))
        raise ValueError(f"{text[:40]!r} may be {told}: the patterns of `date_format` do not agree on it")
    written = found.pop()
    if not _FIRST_YEAR < written.value.year < _LAST_YEAR:
        raise ValueError(f"the year of {text[:40]!r} is outside {_FIRST_YEAR} to {_LAST_YEAR}")
    return written


def _read(text: str, pattern: DatePattern | None) -> Written | None:
    if pattern is not None:
        return pattern.read(text)
    try:
        return Written(date.fromisoformat(text) if len(text) <= _ISO_DAY else datetime.fromisoformat(text))
    except ValueError:
        return None


def _serial(text: str) -> str:
    if _SERIAL.fullmatch(text) is None:
        return ""
    return " (a spreadsheet's number of a day? show the column as dates there, and save again)"


def _named(value: datetime, name: str, clock: Clock, text: str) -> datetime:
    """Give the moment of a local time with the short name of its zone, such as EST."""
    if name.upper() in _UTC_NAMES:
        return value.replace(tzinfo=UTC)
    for fold in (0, 1):
        local = value.replace(tzinfo=clock.zone, fold=fold)
        if (local.tzname() or "").upper() == name.upper():
            return local.astimezone(UTC)
    raise ValueError(
        f"{text[:40]!r}: {name} is not what {clock.zone.key} is called then; short names of zones are many places' own"
    )


def _local(value: datetime, clock: Clock, text: str) -> When:
    first, second = (value.replace(tzinfo=clock.zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before == after or before is None or after is None:
        return When(first.astimezone(UTC))
    if before < after:
        raise ValueError(f"{text[:40]!r} does not exist in {clock.zone.key}: the clock was put forward over it")
    if clock.repeated_hour is None:
        raise ValueError(
            f"{text[:40]!r} is there twice in {clock.zone.key}, where the clock was put back: "
            "say which with `repeated_hour`, first or second, or export with offsets"
        )
    return When((first if clock.repeated_hour == "first" else second).astimezone(UTC), is_repeated=True)
