"""Days and moments that people type, as moments."""

from datetime import UTC, date, datetime, timedelta, tzinfo

from novigem.errors import InputError
from novigem.model.change import to_micros


def moment(text: str, option: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime:
    """Give the moment that a day or an ISO datetime names, in a zone unless it says its own.

    A day begins at its midnight, or with `end_of_day` ends there: a day that is named is wholly included. `option` is
    what people call the text.
    """
    try:
        return _moment(text, zone, end_of_day=end_of_day).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"{option} {text!r} is neither a day nor a moment", hint="write 2026-01-05 or 2026-01-05T14:30"
        ) from error


def micros(text: str | None, option: str, zone: tzinfo, *, end_of_day: bool = False) -> int | None:
    """Give a moment as the store keeps it; None for None."""
    return None if text is None else to_micros(moment(text, option, zone, end_of_day=end_of_day))


def _moment(text: str, zone: tzinfo, *, end_of_day: bool) -> datetime:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=zone)
    chosen = day + timedelta(days=1) if end_of_day else day
    return datetime(chosen.year, chosen.month, chosen.day, tzinfo=zone)
