"""Working time: which days are working days in a program, and for one person by the person's own terms.

The keys of the program file stand here beside what they mean. Pure; the public holidays of a country come from the
`holidays` package, which is loaded when a program first names a country.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import BeforeValidator, Field, Strict

from novigem.model.base import Identifier, Model, as_tuple

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Target = Annotated[Annotated[int, Strict()] | Annotated[float, Strict()], Field(gt=0, le=1_000_000_000)]
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ONE_DAY: Final = timedelta(days=1)


class Holidays(Model):
    """The public holidays of a country, or of a part of it."""

    country: str = Field(min_length=2, max_length=60, description="ISO code of two letters, such as US or DE")
    subdivision: str | None = Field(
        default=None, min_length=1, max_length=60, description="a state or region of it, such as NY or BY"
    )


class WorkingTime(Model):
    """Which days are working days."""

    weekend: Annotated[tuple[Weekday, ...], BeforeValidator(as_tuple)] = Field(
        default=("saturday", "sunday"), max_length=6, description="the days of the week nobody works on"
    )
    holidays: Holidays | None = Field(default=None, description="public holidays nobody works on")


class Leave(Model):
    """Days off of one person, the first and the last included."""

    from_: date = Field(alias="from", description="first day off")
    to: date = Field(description="last day off")


class PersonTerms(Model):
    """What holds for one person: working hours, days off, and targets of the person's own."""

    user: str = Field(min_length=1, max_length=200, description="id or e-mail")
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


class _Away(NamedTuple):
    """A stretch in which nobody works, both days included."""

    from_: date
    to: date


class WorkingDays:
    """The working days of a program; with the terms of a person, those of the person (None: the program's own)."""

    def __init__(self, time: WorkingTime, away: Sequence[tuple[date, date]] = ()) -> None:
        """Take what the program says, and stretches of days, both ends included, in which nobody works."""
        self._weekend = frozenset(WEEKDAYS.index(name) for name in time.weekend)
        self._holidays = time.holidays
        self._away = tuple(_Away(*one) for one in away)

    def is_working_day(self, day: date, terms: PersonTerms | None = None) -> bool:
        """Tell whether a day is neither weekend nor holiday, nor a day off."""
        return not self._is_day_off(day, terms) and self._leave(day, terms) is None

    def next_working_day(self, day: date, terms: PersonTerms | None = None) -> date | None:
        """Give the first working day after a day; None where the calendar ends before."""
        return self._nearest(day, terms, _ONE_DAY)

    def previous_working_day(self, day: date, terms: PersonTerms | None = None) -> date | None:
        """Give the last working day before a day; None where the calendar begins after."""
        return self._nearest(day, terms, -_ONE_DAY)

    def working_days(self, first: date, last: date, terms: PersonTerms | None = None) -> int:
        """Count the working days from the first to the last day, both included."""
        return sum(self.is_working_day(day, terms) for day in _days(first, last))

    def _is_day_off(self, day: date, terms: PersonTerms | None) -> bool:
        if day.weekday() in self._weekend:
            return True
        kept = self._holidays if terms is None or terms.holidays is None else terms.holidays
        return kept is not None and day in public_holidays(kept.country, kept.subdivision, day.year)

    def _leave(self, day: date, terms: PersonTerms | None) -> Leave | _Away | None:
        if terms is None and not self._away:
            return None
        away: Sequence[Leave | _Away] = (*self._away, *(() if terms is None else terms.leave))
        return next((one for one in away if one.from_ <= day <= one.to), None)

    def _nearest(self, day: date, terms: PersonTerms | None, step: timedelta) -> date | None:
        try:
            day += step
            while True:
                leave = self._leave(day, terms)
                if leave is not None:
                    # A leave may last for years: it is passed in one step.
                    day = (leave.to if step > timedelta(0) else leave.from_) + step
                elif self._is_day_off(day, terms):
                    day += step
                else:
                    return day
        except OverflowError:
            return None


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
