"""A coverage: records by the last day that is early enough, `by_days` before their date as the period ends.

What counts is a note made in time, by the date as it stood when it was made.
"""

from datetime import timedelta
from typing import Any, Literal

from novigem.model.change import Change
from novigem.model.program import Figure
from novigem.queries.review_counting import (
    LOOKED_AT,
    MOVED,
    NO_DATE,
    NO_FIELDS,
    NO_OWNER,
    NOT_NOTED,
    NOTED_LATE,
    OUTSIDE,
    FigureCounter,
    Given,
)
from novigem.queries.review_states import Track
from novigem.queries.review_types import Case, Stretch
from novigem.rules.operators import as_day


class _Noted:
    """What is kept of a record with a date: how many days before it the risk was noted, or looked for, at best."""

    __slots__ = ("judged", "looked", "moved", "noted")

    def __init__(self) -> None:
        self.noted: int | None = None
        self.looked: int | None = None
        self.moved = False
        self.judged = 0


class CoverageCounter(FigureCounter):
    """Records with a date: whether a risk was noted early enough, by the date as it then stood."""

    def __init__(self, number: int, figure: Figure, given: Given) -> None:
        super().__init__(number, figure, given)
        self._done = self.fields.test(figure.done_groups)
        self._looked = self.fields.test(figure.looked_at_groups) if figure.looked_at_groups else None
        self._due = str(figure.due)
        self._asked = {one.field for group in (*figure.done_groups, *figure.looked_at_groups) for one in group}

    def pass_to(self, track: Track, at: int) -> None:
        """Judge a record at the end of each period that has ended by then."""
        noted = self._of(track, at)
        while noted.judged < len(self.given.stretches):
            stretch = self.given.stretches[noted.judged]
            if stretch.end > at:
                return
            noted.judged += 1
            if track.created is None or track.created < stretch.end:
                self._judge(track, noted, stretch)

    def _of(self, track: Track, at: int) -> _Noted:
        if track.notes is None:
            track.notes = {}
        noted = track.notes.get(self.number)
        if noted is None:
            noted = track.notes[self.number] = _Noted()
            if track.created is None:
                # It stood so when the log begins, and may have for long: then is the least that can be said.
                self._see(noted, track.values, track.values, self.given.since.get(self.figure.object, at))
        found: _Noted = noted
        return found

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Note when a risk was written down, and by which date."""
        noted = self._of(track, at)
        if change.kind not in ("create", "update"):
            return
        if before is None:
            self._see(noted, track.values, track.values, at)
            return
        fields = self.fields
        if any(fields.value(before, one) != fields.value(track.values, one) for one in self._asked):
            # By the date as it stood before the edit: whoever moves it in the same edit is no earlier.
            self._see(noted, track.values, before, at)
        if fields.value(before, self._due) != fields.value(track.values, self._due):
            noted.moved = True

    def _see(self, noted: _Noted, values: tuple[Any, ...], dated: tuple[Any, ...], at: int) -> None:
        day = as_day(self.fields.value(dated, self._due), self.given.zone)
        if day is None:
            return
        ahead = (day - self.day(at)).days
        if self._done(values, at):
            noted.noted = ahead if noted.noted is None else max(noted.noted, ahead)
        elif self._looked is not None and self._looked(values, at):
            noted.looked = ahead if noted.looked is None else max(noted.looked, ahead)

    def _judge(self, track: Track, noted: _Noted, stretch: Stretch) -> None:
        lead = timedelta(days=self.figure.days)
        value = self.value(track, self._due)
        day = as_day(value, self.given.zone)
        fits = self.holds(track.values, stretch.end)
        if track.gone or fits is False or value is None:
            return
        if day is not None and not stretch.first <= day - lead <= stretch.last:
            return
        whose = self.whose(track, stretch.end)
        if whose is False:
            self.count_beside(stretch, OUTSIDE)
            return
        done = self._done(track.values, stretch.end)
        if day is None or fits is None or whose is None or (done is None and noted.noted is None):
            unknown = NO_DATE if day is None else NO_OWNER if whose is None else NO_FIELDS
            self.add(stretch, Case(track.id, stretch.last if day is None else day - lead, "unknown", unknown))
            return
        reason = self._why_not(noted)
        notes = (MOVED,) if noted.moved else ()
        verdict: Literal["yes", "no"] = "yes" if reason is None else "no"
        for one in (*notes, *(() if reason in (None, NOT_NOTED) else (str(reason),))):
            self.count_beside(stretch, one)
        self.add(stretch, Case(track.id, day - lead, verdict, reason, notes=notes))

    def _why_not(self, noted: _Noted) -> str | None:
        if noted.noted is not None and noted.noted >= self.figure.days:
            return None
        if noted.looked is not None and noted.looked >= self.figure.days:
            return LOOKED_AT
        return NOT_NOTED if noted.noted is None else NOTED_LATE
