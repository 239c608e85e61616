"""Clocks: in whose time zone the days of somebody are counted. Pure: what is known of people is asked of a reader.

The days of boards are the program's. What one person does counts on the day that the person's own clock shows: for
streaks, limits, `once_per`, the periods of challenges, and the first and last day of all of these.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from novigem.model.change import to_micros
from novigem.model.joins import Joins
from novigem.model.people import Person, known_as
from novigem.model.periods import HOUR, Cadence, Calendar, Period, local_day, start_of_day
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.model.roster import Assignment
from novigem.model.zones import is_own_zone

#: No two clocks on earth show times that are further apart than this.
FURTHEST_APART: Final = 27 * HOUR
# Every zone has a noon on every day it has, whatever its clock changes do around midnight.
_NOON: Final = time(12)


def with_own_days(program: Program, span: Period) -> Period:
    """Give the stretch in which what counts in a period of a board may have happened.

    The first and the last day of a program are everybody's own, so at its edges some of that lies outside.
    """
    window = program.window
    if not program.counts_own_days:
        return span
    start, end = span.start, span.end
    if ALWAYS_START < start <= window.start:
        start -= FURTHEST_APART
    if window.end <= end < ALWAYS_END:
        end += FURTHEST_APART
    return Period(span.label, start, end)


def over_everywhere(program: Program, end: int, zones: Collection[str]) -> int:
    """Give the moment from which on the day that ends at a moment in a program is over in all of some zones too."""
    if end >= ALWAYS_END or not program.counts_own_days:
        return end
    named = {one.timezone for one in program.people if one.timezone is not None and is_own_zone(one.timezone)}
    following = local_day(end, program.zone)
    if start_of_day(following, program.zone) != end:
        return end
    own = (start_of_day(following, ZoneInfo(name)) for name in {*zones, *named} if is_own_zone(name))
    return max([end, *own])


class ZoneReader(Protocol):
    """Where it is kept what was told of people."""

    def timezones(self) -> list[str]:
        """Give the names of all time zones that were told of somebody."""

    def assignments(self, users: Collection[str]) -> list[Assignment]:
        """Give what was told of some users, by user and moment."""

    def people(self, users: Collection[str]) -> Mapping[str, Person]:
        """Give what is known of some people, by id."""

    def joins(self) -> Joins:
        """Give which users are one person."""


class Zones:
    """The time zones that were told of people, read when somebody's day is asked for and kept until `open`."""

    def __init__(self, reader: ZoneReader | None = None) -> None:
        self._reader: ZoneReader | None = None
        #: Whether any time zone was ever told.
        self.are_told = False
        #: Rises whenever what was read may have changed.
        self.reading = 0
        self._told: dict[str, tuple[tuple[int, str], ...]] = {}
        if reader is not None:
            self.open(reader)

    def open(self, reader: ZoneReader) -> None:
        """Read from a transaction, or a store, from now on; forget what was read before."""
        self._reader = reader
        self.reading += 1
        self._told.clear()
        self.are_told = self.are_told or bool(reader.timezones())

    def told_of(self, user: str) -> Sequence[tuple[int, str]]:
        """Give the zones of a person, each with the moment from which on it holds."""
        if user not in self._told:
            self._told[user] = self._read(user) if self.are_told else ()
        return self._told[user]

    def names_of(self, user: str) -> Collection[str]:
        """Give what a program may call a person by."""
        person = None if self._reader is None else self._reader.people([user]).get(user)
        return (user,) if person is None else person.known_by

    def _read(self, user: str) -> tuple[tuple[int, str], ...]:
        if self._reader is None:
            return ()
        group = self._reader.joins().group(user)
        rows = self._reader.assignments(group)
        for one in (user, *group):
            # Of a person with several users, the clock of the person's own counts where it is known.
            found = [(row.since, row.timezone) for row in rows if row.user == one]
            told = tuple((since, name) for since, name in found if name is not None and is_own_zone(name))
            if told:
                return told
        return ()


class Clocks:
    """By which clock the days of each person are counted in a program; false where all go by the program's."""

    def __init__(self, program: Program, zones: Zones | None = None) -> None:
        self._program = program
        self._zones = zones or Zones()
        self._is_own = program.counts_own_days
        given = program.people if self._is_own else ()
        self._named = {known_as(one.user): one.timezone for one in given if one.timezone is not None}
        self._of: dict[str, tuple[tuple[int, str], ...]] = {}
        self._reading = -1
        self._calendars: dict[str, Calendar] = {}
        self._noons: dict[str, int] = {}

    def __bool__(self) -> bool:
        """Tell whether somebody may have another clock than the program's."""
        return self._is_own and (bool(self._named) or self._zones.are_told)

    def zone(self, user: str, at: int) -> str:
        """Give the name of the zone by whose clock a moment counts for somebody (microseconds since 1970 UTC)."""
        if not self:
            return self._program.timezone
        if self._reading != self._zones.reading:
            self._of.clear()
            self._reading = self._zones.reading
        if user not in self._of:
            self._of[user] = self._spans(user)
        spans = self._of[user]
        return next((name for since, name in reversed(spans) if since <= at), self._program.timezone)

    def counted(self, user: str, at: int) -> int:
        """Give the moment at which something counts in the program's calendar that somebody did.

        The same moment where the person goes by the program's clock; else noon of the day that the person's own shows.
        """
        if not self:
            return at
        name = self.zone(user, at)
        if name == self._program.timezone:
            return at
        calendar = self._calendars.get(name)
        if calendar is None:
            calendar = self._calendars[name] = Calendar(ZoneInfo(name))
        day = calendar.period(Cadence.DAILY, at).label
        if day not in self._noons:
            shown = date.fromisoformat(day.removeprefix("day:"))
            self._noons[day] = to_micros(datetime.combine(shown, _NOON, self._program.zone).astimezone(UTC))
        return self._noons[day]

    def _spans(self, user: str) -> tuple[tuple[int, str], ...]:
        if self._named:
            # What the file says wins; an address in it is bound to an id, or is still that of somebody.
            names = (user,) if user in self._named else self._zones.names_of(user)
            named = next((self._named[name] for name in names if name in self._named), None)
            if named is not None:
                return ((ALWAYS_START, named),)
        return tuple(self._zones.told_of(user))
