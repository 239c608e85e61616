"""Working time, and what holds for single persons: countries there are, everybody once, targets of challenges."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

from novigem.model.guesses import advise, closest, guess
from novigem.model.people import known_as
from novigem.model.working_time import Holidays
from novigem.program.document import Path
from novigem.program.draft import Draft
from novigem.program.words import quoted

_LONGEST_CODE = 3
# The days of such a stretch are counted one by one.
LONGEST_FAIR_DAYS = 3660


def holidays_are_known(draft: Draft) -> None:
    """Refuse a country, or a part of it, whose public holidays are not known."""
    for path, kept in holidays_of(draft):
        if kept.country not in countries():
            meant = _country_named(kept.country)
            hint = f"did you mean `{meant}`?" if meant else "write the ISO code of two letters, such as US or DE"
            message = f"the public holidays of {quoted(kept.country)} are not known"
            draft.note((*path, "country"), "NV320", message, hint)
        elif kept.subdivision is not None and kept.subdivision not in parts_of(kept.country):
            parts = parts_of(kept.country)
            meant = _part_named(kept.country, kept.subdivision)
            hint = f"did you mean `{meant}`?" if meant else advise(kept.subdivision, parts, intro="it has")
            message = f"{kept.country} has no part {quoted(kept.subdivision)} with holidays of its own"
            draft.note((*path, "subdivision"), "NV321", message, hint or "remove `subdivision`: the country has none")


def holidays_of(draft: Draft) -> Iterator[tuple[Path, Holidays]]:
    """Yield the holidays that a program names, and where: its own, and those of people."""
    time = draft.head.value.working_time
    if time.holidays is not None and draft.head.knows("working_time"):
        yield ("working_time", "holidays"), time.holidays
    for part in draft.people:
        if part.value.holidays is not None and part.knows("holidays"):
            yield part.at("holidays"), part.value.holidays


# The package is loaded only for a program that names a country.
@cache
def countries() -> dict[str, tuple[str, ...]]:
    """Give every country's code, with the names that people may write for it."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    return {codes[1]: (name, *codes) for name, codes in COUNTRIES.items() if len(codes[1]) == 2}  # noqa: PLR2004 - ISO


def _country_named(text: str) -> str | None:
    names = {_letters(name): code for code, names in countries().items() for name in names}
    word = _letters(text)
    # Names may be misspelt; a code that is nearly another one says nothing.
    meant = closest(word, names, cutoff=0.8) if len(word) > _LONGEST_CODE else word
    return names.get(meant or "")


def _letters(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


@cache
def parts_of(country: str) -> tuple[str, ...]:
    """Give the parts of a country of which holidays are known."""
    from holidays import country_holidays  # noqa: PLC0415

    return tuple(country_holidays(country).subdivisions)


def _part_named(country: str, text: str) -> str | None:
    from holidays import country_holidays  # noqa: PLC0415

    names: dict[str, str] = {code: code for code in parts_of(country)}
    names |= getattr(country_holidays(country), "subdivisions_aliases", {})
    found = guess(text, names)
    return None if found is None else names[found]


def everybody_stands_once(draft: Draft) -> None:
    """Refuse a person whose terms are given twice."""
    first: dict[str, Path] = {}
    for part in draft.people:
        if not part.knows("user"):
            continue
        name = known_as(part.value.user)
        earlier = first.setdefault(name, part.at("user"))
        if earlier != part.at("user"):
            line = draft.document.spot(earlier).line
            message = f"{quoted(part.value.user)} stands in line {line} already"
            draft.note(part.at("user"), "NV322", message, "put what holds for one person in one entry")


def leave_ends_after_it_starts(draft: Draft) -> None:
    """Refuse leave that ends before it starts."""
    for part in draft.people:
        for number, leave in enumerate(part.value.leave if part.knows("leave") else ()):
            if leave.to < leave.from_:
                message = f"it ends on {leave.to}, before it starts on {leave.from_}"
                draft.note(part.at("leave", number, "to"), "NV307", message, "`to` is the last day off")


def targets_are_of_challenges(draft: Draft) -> None:
    """Refuse a person's target for a challenge that the file does not declare."""
    for part in draft.people:
        for name in part.value.targets if part.knows("targets") else ():
            if name not in draft.challenge_ids and "challenges" not in draft.unreadable:
                hint = advise(name, draft.challenge_ids, intro="challenges") or "declare it under `challenges`"
                message = f'there is no challenge "{name}" in this program'
                draft.note_key(part.at("targets", name), "NV323", message, hint)


def fair_challenges_have_an_end(draft: Draft) -> None:
    """Refuse a fair challenge without dates, since its working days cannot be counted."""
    for part in draft.challenges:
        if not part.value.fair or not part.knows("fair", "type", "starts", "ends") or not draft.dates_known:
            continue
        first, last = draft.first_day(part), draft.last_day(part)
        is_long = first is not None and last is not None and last - first > timedelta(days=LONGEST_FAIR_DAYS)
        if part.value.type == "recurring" or (first is not None and last is not None and not is_long):
            continue
        message = "the working days of a fair challenge are counted, and this one is open without end"
        if is_long:
            message = f"the working days of a fair challenge are counted, up to {LONGEST_FAIR_DAYS:,} days"
        hint = "give the challenge or the program `starts` and `ends`, or make the challenge recurring"
        draft.note(part.at("fair"), "NV410", message, hint)
