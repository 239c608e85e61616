"""A rate: records by their first due day, done at its end, of all that had not been deleted by then."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from novigem.model.change import Change
from novigem.model.periods import start_of_day
from novigem.model.program import Figure
from novigem.queries.review_counting import (
    DELETED,
    DONE_LATER,
    FIRST_DAY,
    LOGGED_LATER,
    MOVED,
    NO_FIELDS,
    NO_OWNER,
    NOT_DONE,
    OUTSIDE,
    WITHOUT_DAY,
    FigureCounter,
    Given,
)
from novigem.queries.review_states import Track
from novigem.queries.review_types import Case, PeriodName
from novigem.rules.operators import MISSING, as_day


class _Due:
    """What is kept of a record that is due."""

    __slots__ = ("first", "is_first", "judged", "moved", "stretch")

    def __init__(self) -> None:
        self.first: date | None = None
        self.is_first = True
        self.judged = False
        self.moved = False
        self.stretch: PeriodName | None = None


class RateCounter(FigureCounter):
    """Records by their first due day: whether they were done at its end."""

    def __init__(self, number: int, figure: Figure, given: Given) -> None:
        super().__init__(number, figure, given)
        self._done = self.fields.test(figure.done_groups)
        self._due = str(figure.due)

    def pass_to(self, track: Track, at: int) -> None:
        """Judge a record whose first due day has ended by then."""
        due = self._of(track)
        if due.first is None or due.judged:
            return
        end = start_of_day(due.first + timedelta(days=1), self.given.zone)
        if end <= at:
            due.judged = True
            self._judge(track, due, end)

    def _of(self, track: Track) -> _Due:
        if track.notes is None:
            track.notes = {}
        due = track.notes.get(self.number)
        if due is None:
            due = track.notes[self.number] = _Due()
            if track.created is None:
                # It was there before the log tells of it, so its day may have been moved before.
                due.first, due.is_first = self._day(track.values), False
        found: _Due = due
        return found

    def _day(self, values: tuple[Any, ...]) -> date | None:
        return as_day(self.fields.value(values, self._due), self.given.zone)

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Note the first due day, and whether it was moved."""
        del change
        due = self._of(track)
        day = self._day(track.values)
        if due.first is None:
            due.first = day
            due.is_first = due.is_first and not (before is None and track.as_first_seen)
        elif day != due.first and day is not None:
            due.moved = True
        end = None if due.first is None else start_of_day(due.first + timedelta(days=1), self.given.zone)
        if before is None and end is not None and end <= at:
            # It was written down when its day was over: whether it was done on its day, nobody can tell.
            due.judged = True
            self._judge(track, due, at, is_late=True)

    def _judge(self, track: Track, due: _Due, end: int, *, is_late: bool = False) -> None:
        day = due.first
        stretch = None if day is None else self.stretch_of(day)
        if stretch is None or day is None:
            return
        fits = self.holds(track.values, end)
        whose = self.whose(track, end)
        if fits is False or whose is False:
            if fits and not track.gone:
                self.count_beside(stretch, OUTSIDE)
            return
        if track.gone:
            self.count_beside(stretch, DELETED)
            return
        done = self._done(track.values, end)
        due.stretch = stretch.name
        unknown = None
        if fits is None or done is None:
            unknown = NO_FIELDS
        elif whose is None:
            unknown = NO_OWNER
        elif not due.is_first:
            unknown = FIRST_DAY
        elif is_late and done:
            unknown = LOGGED_LATER
        if unknown is not None:
            self.add(stretch, Case(track.id, day, "unknown", unknown))
        else:
            self.add(stretch, Case(track.id, day, "yes" if done else "no", None if done else NOT_DONE))

    def finish(self, tracks: Mapping[str, Track]) -> None:
        """Count what was moved, what was done after its day, and what has no day."""
        for track in tracks.values():
            self._without_day(track)
        for stretch in self.given.stretches:
            cases = self.cases[stretch.name]
            for record, case in cases.items():
                track = tracks[record]
                notes = []
                if self._of(track).moved:
                    notes.append(MOVED)
                if case.verdict == "no" and not track.gone and self._done(track.values, stretch.end):
                    notes.append(DONE_LATER)
                for one in notes:
                    self.count_beside(stretch, one)
                if notes:
                    cases[record] = case._replace(notes=tuple(notes))

    def _without_day(self, track: Track) -> None:
        stretch = None if track.created is None else self.stretch_at(track.created)
        if stretch is None or track.gone or self._of(track).first is not None:
            return
        if self.holds(track.values, stretch.end) and self.whose(track, stretch.end):
            if self.value(track, self._due) is MISSING:
                self.add(stretch, Case(track.id, self.day(track.created or 0), "unknown", NO_FIELDS))
            else:
                self.count_beside(stretch, WITHOUT_DAY)
