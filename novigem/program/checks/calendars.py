"""Calendars that say less than is meant: holidays of parts of a country, days of the company, periods that are cut."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Final

from novigem.challenges.lifecycle import cadence_of
from novigem.challenges.targets import challenge_days, share_inside
from novigem.model.program import Challenge, Program
from novigem.model.working_time import LONGEST_DAYS_OFF, Days, Holidays, WorkingDays, public_holidays, spread
from novigem.model.zones import is_time
from novigem.program.checks.people import countries, holidays_of, parts_of
from novigem.program.document import Path
from novigem.program.draft import Draft

_LISTS: Final = ("days_off", "half_days", "work_days")
# Whether the parts of a country differ is asked of this year where the program has no first day.
_SOME_YEAR: Final = 2026
_MOST_NAMED: Final = 8
_LONGEST_DAYS: Final = 3660


def company_days_are_in_order(draft: Draft) -> None:
    """Refuse days of the company that end before they begin, and a day that is two things at once."""
    if not draft.head.knows("working_time"):
        return
    time, where = draft.head.value.working_time, dict[date, str]()
    for name in _LISTS:
        for number, one in enumerate(getattr(time, name)):
            path: Path = ("working_time", name, number)
            if isinstance(one, Days) and (one.from_ == date.min or one.to == date.max):
                continue  # what stands in for a day that is missing
            if isinstance(one, Days) and not timedelta(0) <= one.to - one.from_ < timedelta(days=LONGEST_DAYS_OFF):
                _note_stretch(draft, path, one)
                continue
            twice = next((day for day in spread(one) if where.get(day, name) != name), None)
            if twice is not None:
                message = f"{twice} stands in `{where[twice]}` already"
                draft.note(
                    path, "NV327", message, "a day is a day off, a half day or a working day: keep one of the two"
                )
            where |= dict.fromkeys(spread(one), name)


def _note_stretch(draft: Draft, path: Path, one: Days) -> None:
    if one.to < one.from_:
        message = f"it ends on {one.to}, before it starts on {one.from_}"
        draft.note((*path, "to"), "NV307", message, "`to` is the last day")
    else:
        message = f"{one.from_} to {one.to} are more than {LONGEST_DAYS_OFF:,} days"
        draft.note((*path, "to"), "NV205", message, "name a shorter stretch, or a `weekend`")


def parts_have_holidays_of_their_own(draft: Draft) -> None:
    """Ask for the part of a country of which every part is off on days that the list of the whole country lacks."""
    for path, kept in holidays_of(draft):
        if kept.country not in countries() or kept.subdivision is not None or not _is_divided(kept.country):
            continue
        days = _days_of_parts(draft.head.value, kept.country) if draft.dates_known else {}
        if not days:
            continue
        first = min(days)
        off = ", ".join(days[first][:_MOST_NAMED]) + (" ..." if len(days[first]) > _MOST_NAMED else "")
        more = f", and {len(days) - 1} more such days in this program" if len(days) > 1 else ""
        message = f"{kept.country} has public holidays that are only those of its parts: {first} in {off}{more}"
        parts = parts_of(kept.country)
        listed = ", ".join(parts[:25]) + (" ..." if len(parts) > 25 else "")  # noqa: PLR2004 - as many as are read
        hint = f"add `subdivision:` with one of {listed}\npeople elsewhere have `holidays` of their own under `people`"
        draft.note((*path, "country"), "NV916", message, hint)


@cache
def _is_divided(country: str) -> bool:
    """Tell whether every part of a country has holidays that the list of the whole country lacks."""
    known, parts = public_holidays(country, None, _SOME_YEAR), parts_of(country)
    return bool(parts) and all(public_holidays(country, one, _SOME_YEAR) - known for one in parts)


def _days_of_parts(program: Program, country: str) -> Mapping[date, list[str]]:
    """Give the working days of a program on which only parts of a country are off, in order, each with the parts."""
    first = program.starts or date(_SOME_YEAR, 1, 1)
    last = program.last_day or first + timedelta(days=365)
    if not timedelta(0) <= last - first <= timedelta(days=_LONGEST_DAYS):
        return {}
    days = WorkingDays(program.working_time.model_copy(update={"holidays": Holidays(country=country)}))
    found: dict[date, list[str]] = {}
    for part in parts_of(country):
        off = {day for year in range(first.year, last.year + 1) for day in public_holidays(country, part, year)}
        for day in off:
            if first <= day <= last and days.is_working_day(day):
                found.setdefault(day, []).append(part)
    return found


def cut_periods_ask_for_less(draft: Draft) -> None:
    """Tell of periods that the dates cut, where as much is asked for in them as in a whole one."""
    if not draft.head.knows("timezone", "week_start", "year_start") or not is_time(draft.head.value.timezone):
        return
    for part in draft.challenges:
        known = part.knows("type", "cadence", "starts", "ends", "fair", "cut_periods") and draft.dates_known
        challenge = part.value
        if not known or challenge.cut_periods is not None or challenge.fair or challenge.goal.target == 1:
            continue
        cut = list(_cut_periods(draft.head.value, challenge))
        if cut:
            message = f"as much is asked for in {' and in '.join(cut)}"
            hint = "add `cut_periods: scaled`, or begin and end with a whole period"
            draft.note(part.at("cadence"), "NV917", message, hint)


def _cut_periods(program: Program, challenge: Challenge) -> Iterator[str]:
    """Yield in words the first and the last period of a recurring challenge that have fewer working days."""
    cadence, open_days = cadence_of(challenge), challenge_days(program, challenge, "")
    ends = [day for day in (challenge.starts or program.starts, challenge.ends or program.last_day) if day is not None]
    if cadence is None or (open_days is None and len(ends) > 1):
        return
    days = WorkingDays(program.working_time)
    for label in dict.fromkeys(program.calendar.label_of_day(cadence, day) for day in ends):
        inside = challenge_days(program, challenge, label)
        if inside is not None and share_inside(program, challenge, days, label) < 1:
            yield f"the {label.partition(':')[0]} that is cut to {inside[0]} to {inside[1]}"
