"""Working time: which days are working days in a program, and for one person by the person's own terms.

The keys of the program file stand here beside what they mean. Pure; the public holidays of a country come from the
`holidays` package, which is loaded when a program first names a country.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, Strict

from novigem.model.base import Identifier, Model, as_tuple

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Target = Annotated[Annotated[int, Strict()] | Annotated[float, Strict()], Field(gt=0, le=1_000_000_000)]
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ONE_DAY: Final = timedelta(days=1)
#: A day is counted in halves.
_WHOLE: Final = 2
#: The most days that one entry of a list of days may hold.
LONGEST_DAYS_OFF: Final = 1000


class Holidays(Model):
    """The public holidays of a country, or of a part of it."""

    country: str = Field(min_length=2, max_length=60, description="ISO code of two letters, such as US or DE")
    subdivision: str | None = Field(
        default=None, min_length=1, max_length=60, description="a state or region of it, such as NY or BY"
    )


class Days(Model):
    """Some days, the first and the last included."""

    from_: date = Field(alias="from", description="first day")
    to: date = Field(description="last day")


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, (date, dict, Days)) else as_tuple(value)


CompanyDays = Annotated[tuple[date | Days, ...], BeforeValidator(_one_or_many)]


class WorkingTime(Model):
    """Which days are working days."""

    weekend: Annotated[tuple[Weekday, ...], BeforeValidator(as_tuple)] = Field(
        default=("saturday", "sunday"), max_length=6, description="the days of the week nobody works on"
    )
    holidays: Holidays | None = Field(default=None, description="public holidays nobody works on")
    days_off: CompanyDays = Field(
        default=(), max_length=1000, description="days the company is closed, as `[2026-12-24, 2026-12-31]`"
    )
    half_days: CompanyDays = Field(
        default=(), max_length=1000, description="days worked half; they count half in fair targets"
    )
    work_days: CompanyDays = Field(
        default=(), max_length=1000, description="weekends and holidays worked on all the same, as `[2026-02-14]`"
    )


class Leave(Model):
    """Days off of one person, the first and the last included."""

    from_: date = Field(alias="from", description="first day off")
    to: date = Field(description="last day off")
    half: bool = Field(default=False, description="half of each of these days: it counts half, and is a working day")


class PersonTerms(Model):
    """What holds for one person: working hours, days off, and targets of the person's own."""

    user: str = Field(min_length=1, max_length=200, description="id or e-mail")
    timezone: str | None = Field(
        default=None, description="the person's own, as an IANA name; what Salesforce tells if left out"
    )
    part_time: int = Field(default=100, ge=1, le=100, description="percentage of full working hours")
    leave: Annotated[tuple[Leave, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="days off, as `{from: 2026-01-12, to: 2026-01-16}`"
    )
    holidays: Holidays | None = Field(default=None, description="in place of the program's")
    targets: dict[Identifier, Target] = Field(
        default_factory=dict, description="challenge and target, as `{expansion-signals: 6}`"
    )


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """Give the public holidays of a year, of a country and a part of it that `novigem check` has found to be known."""
    # A tenth of a second to load: only programs that name a country pay for it.
    from holidays import country_holidays  # noqa: PLC0415

    return frozenset(country_holidays(country, subdiv=subdivision, years=year))


@lru_cache(maxsize=4096)
def made_up_days(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """Give the weekend days of a year on which a country works in exchange for days off."""
    from holidays import country_holidays  # noqa: PLC0415

    # Those around New Year are told with the year whose days off they make up for.
    known = country_holidays(country, subdiv=subdivision, years={year, min(year + 1, date.max.year)})
    return frozenset(day for day in getattr(known, "weekend_workdays", ()) if day.year == year)


class WorkingDays:
    """The working days of a program; with the terms of a person, those of the person (None: the program's own)."""

    def __init__(self, time: WorkingTime) -> None:
        self._weekend = frozenset(WEEKDAYS.index(name) for name in time.weekend)
        self._holidays = time.holidays
        self._off, self._half, self._work = (_listed(one) for one in (time.days_off, time.half_days, time.work_days))

    def is_working_day(self, day: date, terms: PersonTerms | None = None) -> bool:
        """Tell whether any part of a day is worked: neither weekend nor holiday, nor a whole day off."""
        return self._work_on(day, terms) > 0

    def next_working_day(self, day: date, terms: PersonTerms | None = None) -> date | None:
        """Give the first working day after a day; None where the calendar ends before."""
        return self._nearest(day, terms, _ONE_DAY)

    def previous_working_day(self, day: date, terms: PersonTerms | None = None) -> date | None:
        """Give the last working day before a day; None where the calendar begins after."""
        return self._nearest(day, terms, -_ONE_DAY)

    def working_days(self, first: date, last: date, terms: PersonTerms | None = None) -> Fraction:
        """Count the working days from the first to the last day, both included; half days are halves."""
        return Fraction(sum(self._work_on(day, terms) for day in _days(first, last)), _WHOLE)

    def _work_on(self, day: date, terms: PersonTerms | None) -> int:
        """Give how many halves of a day are worked."""
        if self._is_day_off(day, terms) or self._leave(day, terms) is not None:
            return 0
        away = (day in self._half) + self._is_half_leave(day, terms)
        return max(0, _WHOLE - away)

    def _is_day_off(self, day: date, terms: PersonTerms | None) -> bool:
        if day in self._off:
            return True
        if day in self._work:
            return False
        kept = self._holidays if terms is None or terms.holidays is None else terms.holidays
        if day.weekday() in self._weekend:
            return kept is None or day not in made_up_days(kept.country, kept.subdivision, day.year)
        return kept is not None and day in public_holidays(kept.country, kept.subdivision, day.year)

    def _leave(self, day: date, terms: PersonTerms | None) -> Leave | None:
        """Give the leave that takes a whole day."""
        if terms is None:
            return None
        return next((one for one in terms.leave if one.from_ <= day <= one.to and not one.half), None)

    def _is_half_leave(self, day: date, terms: PersonTerms | None) -> bool:
        return terms is not None and any(one.half and one.from_ <= day <= one.to for one in terms.leave)

    def _nearest(self, day: date, terms: PersonTerms | None, step: timedelta) -> date | None:
        try:
            day += step
            while True:
                leave = self._leave(day, terms)
                if leave is not None:
                    # A leave may last for years: it is passed in one step.
                    day = (leave.to if step > timedelta(0) else leave.from_) + step
                elif not self._work_on(day, terms):
                    day += step
                else:
                    return day
        except OverflowError:
            return None


def _listed(given: Iterable[date | Days]) -> frozenset[date]:
    return frozenset(day for one in given for day in spread(one))


def spread(one: date | Days) -> Iterator[date]:
    """Yield the days that an entry of a list of days names, as far as such a list reaches."""
    if isinstance(one, date):
        yield one
    else:
        yield from islice(_days(one.from_, one.to), LONGEST_DAYS_OFF)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
