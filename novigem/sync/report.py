"""What a sync did: per object and in sum, as the command prints it and as the store keeps the latest."""

from collections.abc import Iterator
from typing import Any

import msgspec

from novigem.engine.report import RunReport
from novigem.errors import NovigemError
from novigem.feed.salesforce.people import OBJECT as PEOPLE
from novigem.model.closing import Closing


class ObjectReport(msgspec.Struct):
    """One object in one sync. Moments are microseconds since 1970 UTC; `lag_seconds` is how old the watermark is.

    `rows` were read, most of them seen before; `changes` are what the comparison found. `corrections_by_cause` counts
    the entries that were taken back by why, `unknown` the rules that could not be decided, `rejected` rows put aside,
    `repaired` records that a sweep had to put right. `people` were told of. `held_by` names the process that is at work
    on the object, `error` why this sync did not get to its end.
    """

    object: str
    started: int
    finished: int = 0
    rows: int = 0
    pages: int = 0
    people: int = 0
    changes: int = 0
    entries: int = 0
    points: int = 0
    bonuses: int = 0
    badges: int = 0
    corrections: int = 0
    unknown: int = 0
    blocked: int = 0
    rejected: int = 0
    repaired: int = 0
    purged: int = 0
    restarts: int = 0
    calls: int = 0
    covered: int | None = None
    lag_seconds: float | None = None
    is_filled: bool = True
    alarms: list[str] = []
    held_by: str | None = None
    error: str | None = None
    last_success: int | None = None
    corrections_by_cause: dict[str, int] = {}

    def add(self, run: RunReport) -> None:
        """Add what the engine made of a page."""
        for name in ("changes", "entries", "points", "bonuses", "badges", "corrections", "rejected"):
            setattr(self, name, getattr(self, name) + getattr(run, name))
        for cause, number in run.causes.items():
            self.corrections_by_cause[cause] = self.corrections_by_cause.get(cause, 0) + number
        self.unknown += run.unknown.total()
        self.blocked += run.blocked.total()

    def encode(self) -> str:
        """Give the text that the store keeps."""
        return msgspec.json.encode(self).decode()


def read_report(text: str) -> ObjectReport:
    """Read a kept report."""
    return msgspec.json.decode(text, type=ObjectReport)


class SyncReport:
    """One sync. `errors` holds what went wrong, in order; all that could be done besides has been done.

    `run` is what the engine made of all objects; `closed` are the standings that became final after it.
    """

    def __init__(self, org: str) -> None:
        self.org = org
        self.objects: list[ObjectReport] = []
        self.run = RunReport()
        self.errors: list[NovigemError] = []
        self.closed: list[Closing] = []

    @property
    def held(self) -> list[ObjectReport]:
        """The objects that another process is at work on."""
        return [one for one in self.objects if one.held_by is not None]

    @property
    def is_held(self) -> bool:
        """Tell whether others are at work on every object whose changes were wanted; people are read besides."""
        wanted = [one for one in self.objects if one.object != PEOPLE]
        return bool(wanted) and all(one.held_by is not None for one in wanted)

    @property
    def alarms(self) -> Iterator[str]:
        """Everything that a person should look at."""
        return (alarm for one in self.objects for alarm in one.alarms)

    def sum(self, name: str) -> Any:
        """Add up one number over all objects."""
        return sum(getattr(one, name) for one in self.objects)
