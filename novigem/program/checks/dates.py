"""Time zones, dates and cadences that must agree."""

from datetime import date

from novigem.model.zones import ZoneFault, is_offset, zone_finding
from novigem.program.document import Path
from novigem.program.draft import Draft
from novigem.program.words import quoted

_ZONE_CODES = {
    ZoneFault.UNKNOWN: "NV304",
    ZoneFault.OF_NO_PLACE: "NV317",
    ZoneFault.FIXED: "NV318",
    ZoneFault.OLD: "NV319",
}
_EXAMPLES = "use an IANA name, such as America/New_York or Europe/Berlin"


def timezone_exists(draft: Draft) -> None:
    """Refuse a time zone that is not an IANA name, or not of a place; tell of one that knows no summer time."""
    if draft.head.knows("timezone"):
        _note_zone(draft, ("timezone",), draft.head.value.timezone)
    for part in draft.people:
        if part.value.timezone is None or not part.knows("timezone"):
            continue
        _note_zone(draft, part.at("timezone"), part.value.timezone)
        if draft.head.knows("own_timezones") and not draft.head.value.counts_own_days:
            message = "the program has one clock for all: `own_timezones` is false"
            draft.note_key(part.at("timezone"), "NV328", message, "remove the one or the other")


def _note_zone(draft: Draft, path: Path, name: str) -> None:
    found = zone_finding(name)
    if found is None:
        return
    message = found.message or f"there is no time zone {quoted(name)}"
    if found.works:
        hint = f"write the place whose clocks are meant, such as {found.meant}"
    elif found.meant:
        hint = f"did you mean `{found.meant}`?"
    else:
        hint = _EXAMPLES
        if is_offset(name):
            hint = f"a distance from UTC knows no summer time; {hint}"
    draft.note(path, _ZONE_CODES[found.fault], message, hint)


def program_ends_once_and_after_it_starts(draft: Draft) -> None:
    """Refuse `ends` beside `weeks`, weeks that begin nowhere, and an end before the start."""
    head = draft.head.value
    if head.ends is not None and head.weeks is not None and draft.head.knows("ends", "weeks"):
        draft.note(("weeks",), "NV311", "both `ends` and `weeks` say when the program ends", "keep one of the two")
    if head.weeks is not None and head.starts is None and draft.head.knows("weeks", "starts"):
        draft.note(("weeks",), "NV308", "`weeks` needs the day it counts from", "add `starts: 2026-01-05`")
    if draft.head.knows("starts", "ends"):
        _in_order(draft, (), head.starts, head.ends)


def _in_order(draft: Draft, path: tuple[str | int, ...], starts: date | None, ends: date | None) -> None:
    if starts is not None and ends is not None and ends < starts:
        message = f"it ends on {ends}, before it starts on {starts}"
        draft.note((*path, "ends"), "NV307", message, "`ends` is the last day that counts")


def cadence_belongs_to_recurring(draft: Draft) -> None:
    """Refuse a recurring challenge without a cadence, and any other with one."""
    for part in draft.challenges:
        kind, cadence = part.value.type, part.value.cadence
        if not part.knows("type", "cadence"):
            continue
        if kind != "recurring" and part.value.cut_periods is not None and part.knows("cut_periods"):
            message = f"a {kind} challenge has no periods that could be cut"
            draft.note_key(part.at("cut_periods"), "NV329", message, "remove it, or make it `type: recurring`")
        if kind == "recurring" and cadence is None:
            hint = "add `cadence: weekly`, `monthly` or `quarterly`"
            draft.note(part.at("type"), "NV309", "a recurring challenge needs a cadence", hint)
        if kind != "recurring" and cadence is not None:
            hint = "remove `cadence`, or make it `type: recurring`"
            draft.note(part.at("cadence"), "NV309", f"a {kind} challenge has no cadence", hint)


def challenges_end_after_they_start(draft: Draft) -> None:
    """Refuse a challenge that ends before it starts."""
    for part in draft.challenges:
        if part.knows("starts", "ends"):
            _in_order(draft, part.path, part.value.starts, part.value.ends)


def timebound_challenges_have_dates(draft: Draft) -> None:
    """Refuse a timebound challenge without both dates, its own or the program's."""
    for part in draft.challenges:
        if part.value.type != "timebound" or not part.knows("type", "starts", "ends") or not draft.dates_known:
            continue
        lacks = [
            name for name, day in (("starts", draft.first_day(part)), ("ends", draft.last_day(part))) if day is None
        ]
        if lacks:
            words = " and ".join(f"`{name}`" for name in lacks)
            hint = "give the dates here, or give the program `starts` and `weeks`"
            draft.note(part.at("type"), "NV308", f"a timebound challenge needs {words}", hint)


def challenges_lie_inside_the_program(draft: Draft) -> None:
    """Refuse dates outside the program's, because no rule pays there."""
    if not draft.dates_known:
        return
    first, last = draft.head.value.starts, draft.head.value.last_day
    if first is not None and last is not None and last < first:
        return
    for part in draft.challenges:
        for name in ("starts", "ends"):
            day = getattr(part.value, name)
            if day is None or not part.knows(name):
                continue
            if first is not None and day < first:
                message = f"{day} lies before the program, which starts on {first}"
                draft.note(part.at(name), "NV310", message, "nothing counts outside the program's dates")
            if last is not None and day > last:
                message = f"{day} lies after the program, which ends on {last}"
                draft.note(part.at(name), "NV310", message, "nothing counts outside the program's dates")
