"""The sample org's own clock: real time with an offset, or a time set by hand."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache


class Clock:
    """Real time, shifted by an offset; from the first `set` on, a time that only moves by hand."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset
        self._fixed: datetime | None = None

    @classmethod
    def at(cls, moment: datetime) -> "Clock":
        """Make a clock that stands at a moment. `moment` must be aware."""
        clock = cls()
        clock.set(moment)
        return clock

    def now(self) -> datetime:
        """Give the org's time, in UTC, with microseconds."""
        if self._fixed is not None:
            return self._fixed
        return datetime.fromtimestamp(time.time(), tz=UTC) + self.offset

    def set(self, moment: datetime) -> None:
        """Stand at a moment. Raises ValueError for one without a zone."""
        if moment.tzinfo is None:
            raise ValueError("the clock needs a moment with a zone")
        self._fixed = moment.astimezone(UTC)

    def advance(self, seconds: float) -> datetime:
        """Move on by seconds (also part of one) and give the new time; a clock that ran stands still from here on."""
        self._fixed = self.now() + timedelta(seconds=seconds)
        return self._fixed

    def stamp(self) -> str:
        """Give the org's time as it stands in records: whole seconds, as `2024-05-01T12:00:00.000+0000`."""
        return stamp_text(self.now())


def stamp_text(moment: datetime) -> str:
    """Write a moment as Salesforce's JSON does, cut to the second. Such texts sort like the moments they tell."""
    return _stamp_text(int(moment.timestamp()))


@lru_cache(maxsize=4096)
def _stamp_text(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.000+0000"


def moment_of(stamp: str) -> datetime:
    """Read a stamp back, in UTC."""
    return datetime.fromisoformat(stamp).astimezone(UTC)


def http_date(moment: datetime) -> str:
    """Write a moment as the `Date` header does."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
