"""Date literals such as TODAY and LAST_N_DAYS:7, as days of the organisation's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from novigem_sandbox.org.clock import stamp_text

_LONGEST_DAYS = 100_000


def days_of(span: str, count: int, now: datetime, time_zone: str) -> tuple[date, date]:
    """Give the first day of a span and the first day after it. Weeks begin on Sunday, as in an American org."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    one = timedelta(days=1)
    week = today - timedelta(days=(today.weekday() + 1) % 7)
    month = today.replace(day=1)
    next_month = (month + timedelta(days=32)).replace(day=1)
    far = timedelta(days=min(count, _LONGEST_DAYS))
    return {
        "today": (today, today + one),
        "yesterday": (today - one, today),
        "tomorrow": (today + one, today + one + one),
        "this_week": (week, week + 7 * one),
        "last_week": (week - 7 * one, week),
        "this_month": (month, next_month),
        "last_month": ((month - one).replace(day=1), month),
        "this_year": (today.replace(month=1, day=1), today.replace(year=today.year + 1, month=1, day=1)),
        "last_n_days": (today - far, today + one),
        "next_n_days": (today + one, today + one + far),
    }[span]


def midnight(day: date, time_zone: str) -> str:
    """Give the stamp of the first moment of a day in a time zone."""
    return stamp_text(datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC))
