"""Chances of goals: challenges that are open to a person, streaks that want to go on, and the next steps of badges.

Rates and goals that ask for few are no chances: what they need is not one more of something.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from novigem.challenges.goals import Measure
from novigem.challenges.lifecycle import cadence_of
from novigem.challenges.streaks import streak_label
from novigem.challenges.tracks import Tracks
from novigem.ledger.store import ItemKey, Store
from novigem.model.clocks import Clocks, Zones
from novigem.model.entry import GOAL_UNIT, Progress, ProgressKey
from novigem.model.periods import Cadence, Period, local_day, start_of_day
from novigem.model.program import ALWAYS_END, Badge, Challenge, Program
from novigem.model.subject import badge_row
from novigem.queries.chance_types import Chance

# A goal is near when a fifth of it is left, or one award.
_NEAR = 5
_MOST_DAYS = 400
_NO_CHANCE = ("rate", "fewest")
_CADENCES = {"week": Cadence.WEEKLY, "month": Cadence.MONTHLY}


class Deadline(NamedTuple):
    """The last day on which something pays by a person's own clock, and the moment at which it ends; None: for ever."""

    last_day: date | None
    until: int | None


class PersonalDays:
    """The days of one person in one program: which one it is, and when a stretch of the program's ends for them."""

    def __init__(self, program: Program, zones: Zones, user: str, now: int) -> None:
        self._program = program
        clocks = Clocks(program, zones)
        #: The moment at which what is done now counts in the program's calendar.
        self.counted = clocks.counted(user, now)
        self.zone = ZoneInfo(clocks.zone(user, now))
        self.today = local_day(now, self.zone)

    def end_of(self, span: Period) -> Deadline:
        """Give when a stretch of the program's days ends for the person."""
        if span.end >= ALWAYS_END:
            return Deadline(None, None)
        last = local_day(span.end - 1, self._program.zone)
        return Deadline(last, start_of_day(last + timedelta(days=1), self.zone))

    def holds(self, span: Period) -> bool:
        """Tell whether a stretch of the program's days holds the person's today."""
        return span.start <= self.counted < span.end


class GoalChances:
    """The goals of one program that are open to one person."""

    def __init__(self, store: Store, tracks: Tracks, days: PersonalDays, user: str) -> None:
        self._store = store
        self._program = tracks.program
        self._days = days
        self._user = user
        self._tracks = tracks
        self._terms = tracks.terms(user, store.people([user]).get(user))

    def found(self) -> Iterator[Chance]:
        """Yield every chance."""
        linked = {name for rule in self._program.rules if rule.status == "active" for name in rule.challenges}
        for challenge in self._program.challenges:
            is_open = challenge.status == "active" and self._days.holds(self._program.challenge_window(challenge))
            if is_open and challenge.id in linked and challenge.goal.measure not in _NO_CHANCE:
                yield from self._of_challenge(challenge)
        for badge in self._program.badges:
            if badge.earned_by is not None and badge.status == "active":
                yield from self._of_badge(badge)

    def _of_challenge(self, challenge: Challenge) -> Iterator[Chance]:
        completion = challenge.completion
        if completion.bonus is None and completion.badge is None:
            return
        window, cadence = self._program.challenge_window(challenge), cadence_of(challenge)
        span = window
        if cadence is not None:
            period = self._program.calendar.period(cadence, self._days.counted)
            span = Period(period.label, period.start, min(period.end, window.end))
        key = ProgressKey(self._program.program, challenge.id, span.label if cadence is not None else "", self._user)
        measure, row = self._tracks.measure(key, self._terms), self._row(key)
        if measure.target == 0 or (row is not None and row.completed is not None):
            return
        plain = Chance(
            "challenge",
            self._program.program,
            completion.bonus or 0,
            *self._days.end_of(span),
            challenge=challenge.id,
            badge=completion.badge,
            target=measure.target,
        )
        yield from self._advance(plain, key, measure, row, window)

    def _of_badge(self, badge: Badge) -> Iterator[Chance]:
        window = self._program.window
        if not self._days.holds(window):
            return
        held = {one.id: one for one in badge.tiers}
        for tier in sorted(held, key=lambda one: held[one].at) or [""]:
            key = ProgressKey(self._program.program, badge_row(badge.id), tier, self._user)
            row, measure = self._row(key), self._tracks.measure(key, self._terms)
            if row is None or row.completed is None:
                plain = Chance(
                    "badge",
                    self._program.program,
                    0,
                    *self._days.end_of(window),
                    badge=badge.id,
                    tier=tier,
                    target=measure.target,
                )
                yield from self._advance(plain, key, measure, row, window)
                return

    def _row(self, key: ProgressKey) -> Progress | None:
        return self._store.progress([key]).get(key)

    def _advance(
        self, plain: Chance, key: ProgressKey, measure: Measure, row: Progress | None, window: Period
    ) -> Iterator[Chance]:
        value = 0 if row is None else row.value
        if measure.streak is not None:
            yield from self._of_streak(plain, key, measure, value, window)
            return
        left = measure.target - value
        is_near = left <= max(GOAL_UNIT, measure.target // _NEAR)
        yield replace(plain, value=value, left=left, is_near=is_near)

    def _of_streak(
        self, plain: Chance, key: ProgressKey, measure: Measure, value: int, window: Period
    ) -> Iterator[Chance]:
        """Yield what the present period of a streak lacks, where its goal can still be reached in time."""
        kind, streak = measure.goal.streak, measure.streak
        if kind is None or streak is None:
            return
        label = streak_label(kind, self._program.calendar, self._days.counted)
        before = streak.before(label)
        counts = self._counts(key, [one for one in (label, before) if one is not None])
        lacking = measure.goal.at_least - counts.get(label, 0)
        if lacking <= 0 or not streak.counts(label):
            # The period counts already, or nobody asks for it.
            return
        run = value if before is not None and counts.get(before, 0) >= measure.goal.at_least else 0
        if measure.target - run > self._periods_left(measure, plain.last_day) * GOAL_UNIT:
            return
        ends = self._days.end_of(self._bounds(label, window))
        yield replace(
            plain,
            kind="streak",
            last_day=ends.last_day,
            until=ends.until,
            value=run,
            left=lacking * GOAL_UNIT,
            is_near=True,
        )

    def _counts(self, key: ProgressKey, labels: list[str]) -> dict[str, int]:
        # The scope in which the engine counts the awards of a period.
        scope = f"{key.program}:goal:{key.challenge}:{key.period}"
        items = self._store.items([ItemKey(scope, key.user, one) for one in labels])
        return {one.item: count for one, count in items.items()}

    def _periods_left(self, measure: Measure, last: date | None) -> int:
        """Count the periods from today's on that can still count; of an endless goal, as many as it takes."""
        kind, streak = measure.goal.streak, measure.streak
        if last is None or kind is None or streak is None:
            return measure.target // GOAL_UNIT + 1
        days = min((last - self._days.today).days, _MOST_DAYS)
        labels = dict.fromkeys(self._label(kind, self._days.today + timedelta(days=n)) for n in range(days + 1))
        return sum(1 for one in labels if streak.counts(one))

    def _label(self, kind: str, day: date) -> str:
        if kind == "working day":
            return f"day:{day}"
        calendar = self._program.calendar
        return calendar.label_of_day(_CADENCES[kind], day)

    def _bounds(self, label: str, window: Period) -> Period:
        if label.startswith("day:"):
            first = last = date.fromisoformat(label.removeprefix("day:"))
        else:
            first, last = self._program.calendar.days_of(label)
        span = self._program.span(label, first, last)
        return Period(label, span.start, min(span.end, window.end))
