"""Names of time zones: those of places, whose clocks are known, and those that only look like one.

A zone that is no place has no summer time, or is whatever the machine is set to. Pure; read from the zone database.
"""

import re
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple
from zoneinfo import available_timezones

from novigem.model.guesses import guess

_AREAS: Final = frozenset(
    ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
)
#: The time of no place, which everybody means when they write it.
_UNIVERSAL: Final = frozenset(("UTC", "GMT", "Etc/UTC", "Etc/GMT"))
#: What the machine is set to, and what is no time at all.
_OF_THE_MACHINE: Final = frozenset(("localtime", "posixrules", "Factory"))
_IN_PARENTHESES: Final = re.compile(r"\(([A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)\)\s*$")
_OFFSET: Final = re.compile(
    r"(?:(?:UTC|GMT|Z|Etc/GMT|Etc/UTC)?\s*[+-]\s*\d{1,2}(?::?\d{2})?|(?:UTC|GMT)\d{1,2})", re.IGNORECASE
)
_WINDOWS: Final = re.compile(r"(.+?) (?:Standard|Daylight|Summer) Time", re.IGNORECASE)

#: Short names of no place, each with the place that most people mean.
_SHORT: Final = {
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "ET": "America/New_York",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "CT": "America/Chicago",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "MT": "America/Denver",
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "PT": "America/Los_Angeles",
    "AKST": "America/Anchorage",
    "HST": "Pacific/Honolulu",
    "BRT": "America/Sao_Paulo",
    "BST": "Europe/London",
    "IST": "Asia/Kolkata",
    "WEST": "Europe/Lisbon",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "MET": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "MESZ": "Europe/Berlin",
    "EET": "Europe/Helsinki",
    "EEST": "Europe/Helsinki",
    "MSK": "Europe/Moscow",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    "SGT": "Asia/Singapore",
    "HKT": "Asia/Hong_Kong",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
    "AWST": "Australia/Perth",
    "NZST": "Pacific/Auckland",
    "NZDT": "Pacific/Auckland",
}
#: What stands before `Standard Time` in names that Windows and calendars use.
_STANDARD: Final = {
    "eastern": "America/New_York",
    "us eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "us mountain": "America/Phoenix",
    "pacific": "America/Los_Angeles",
    "alaskan": "America/Anchorage",
    "hawaiian": "Pacific/Honolulu",
    "atlantic": "America/Halifax",
    "gmt": "Europe/London",
    "british": "Europe/London",
    "greenwich": "Europe/London",
    "w. europe": "Europe/Berlin",
    "central europe": "Europe/Budapest",
    "central european": "Europe/Warsaw",
    "romance": "Europe/Paris",
    "fle": "Europe/Helsinki",
    "e. south america": "America/Sao_Paulo",
    "india": "Asia/Kolkata",
    "china": "Asia/Shanghai",
    "tokyo": "Asia/Tokyo",
    "japan": "Asia/Tokyo",
    "korea": "Asia/Seoul",
    "singapore": "Asia/Singapore",
    "aus eastern": "Australia/Sydney",
    "australian eastern": "Australia/Sydney",
    "new zealand": "Pacific/Auckland",
    "israel": "Asia/Jerusalem",
    "arabian": "Asia/Dubai",
}
#: A place for each whole hour west of UTC, as examples.
_BY_HOURS_WEST: Final = {
    10: "Pacific/Honolulu",
    9: "America/Anchorage",
    8: "America/Los_Angeles",
    7: "America/Denver",
    6: "America/Chicago",
    5: "America/New_York",
    4: "America/Halifax",
    3: "America/Sao_Paulo",
    0: "Europe/London",
    -1: "Europe/Berlin",
    -2: "Europe/Helsinki",
    -3: "Europe/Istanbul",
    -4: "Asia/Dubai",
    -5: "Asia/Karachi",
    -7: "Asia/Bangkok",
    -8: "Asia/Singapore",
    -9: "Asia/Tokyo",
    -10: "Australia/Sydney",
    -12: "Pacific/Auckland",
}


class ZoneFault(StrEnum):
    """What is wrong with the name of a time zone."""

    UNKNOWN = "unknown"
    OF_NO_PLACE = "of no place"
    FIXED = "fixed"
    OLD = "old"


class ZoneFinding(NamedTuple):
    """What is wrong with a name, in words, and the place that is probably meant (None: nobody knows)."""

    fault: ZoneFault
    message: str
    meant: str | None = None

    @property
    def works(self) -> bool:
        """Whether the name means a time all the same, the same one on every machine."""
        return self.fault in (ZoneFault.FIXED, ZoneFault.OLD)


@cache
def known_zones() -> frozenset[str]:
    """Give every name of the zone database that means the same time on every machine."""
    # The list is read from many files, and programs are read again whenever an earlier version is at work.
    return frozenset(available_timezones()) - _OF_THE_MACHINE


def zone_finding(name: str) -> ZoneFinding | None:
    """Tell what is wrong with the name of a time zone; None for a place, and for UTC."""
    area, slash, _city = name.partition("/")
    if name in known_zones():
        if name in _UNIVERSAL or (slash and area in _AREAS):
            return None
        return _of_no_place(name)
    if name in _OF_THE_MACHINE or area in ("posix", "right"):
        plain = name.removeprefix(f"{area}/")
        meant = plain if area != name and zone_finding(plain) is None else None
        return ZoneFinding(ZoneFault.OF_NO_PLACE, f'"{name}" is the time zone of no place', meant)
    return ZoneFinding(ZoneFault.UNKNOWN, "", _guess(name))


def is_own_zone(name: str | None) -> bool:
    """Tell whether a name that was told of somebody says when the person's days begin."""
    return name is not None and name in known_zones()


def is_time(name: str) -> bool:
    """Tell whether a name means a time, whatever else is to be said of it."""
    return name in known_zones()


def _of_no_place(name: str) -> ZoneFinding:
    hours = _hours_west(name)
    if name in ("EST", "MST", "HST"):
        return ZoneFinding(
            ZoneFault.FIXED, f"{name} knows no summer time: it has the same clock all year", _SHORT[name]
        )
    if name.startswith("Etc/") and hours:
        side = "behind" if hours > 0 else "ahead of"
        message = f"{name} is {abs(hours)} hours {side} UTC all year, without summer time"
        return ZoneFinding(ZoneFault.FIXED, message, _BY_HOURS_WEST.get(hours))
    meant = _places().get(name)
    if meant in _UNIVERSAL:
        return ZoneFinding(ZoneFault.OLD, f"{name} is another name of UTC", "UTC")
    # `EST5EDT` says of itself what it is short for.
    return ZoneFinding(ZoneFault.OLD, f"{name} is an old name", _SHORT.get(re.split(r"\d", name)[0], meant))


def _hours_west(name: str) -> int:
    found = re.fullmatch(r"Etc/GMT([+-]\d{1,2})", name)
    return int(found[1]) if found else 0


@cache
def _places() -> dict[str, str]:
    """Give the names that the zone database has only for the sake of older ones, each with the place it means."""
    text = (files("tzdata") / "zoneinfo" / "tzdata.zi").read_text(encoding="utf-8")
    return {name: place for kind, place, name in (row.split()[:3] for row in text.splitlines() if row[:2] == "L ")}


def _guess(name: str) -> str | None:
    """Give the place that somebody means by a name that no zone has."""
    text = name.strip()
    told = _IN_PARENTHESES.search(text)
    if told is not None and told[1] in known_zones():
        # Salesforce shows `(GMT-05:00) Eastern Standard Time (America/New_York)`.
        return told[1]
    short = _SHORT.get(text.upper())
    if short is not None:
        return short
    windows = _WINDOWS.fullmatch(text)
    if windows is not None and windows[1].casefold() in _STANDARD:
        return _STANDARD[windows[1].casefold()]
    return None if is_offset(text) else _by_letters(text)


def is_offset(text: str) -> bool:
    """Tell whether a text is a distance from UTC, such as `GMT+1` or `+05:30`."""
    return _OFFSET.fullmatch(text.strip()) is not None


def _by_letters(text: str) -> str | None:
    plain = text.replace(" ", "_").casefold()
    zones = {zone.casefold(): zone for zone in known_zones()}
    if plain in zones:
        return zones[plain]
    # The last word of a zone is its city, which is what people write.
    cities = {zone.rsplit("/", 1)[-1].casefold(): zone for zone in sorted(known_zones()) if zone[:4] != "Etc/"}
    if plain.rsplit("/", 1)[-1] in cities:
        return cities[plain.rsplit("/", 1)[-1]]
    return guess(text, sorted(zone for zone in known_zones() if zone[:1] == text[:1].upper()))
