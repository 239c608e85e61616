"""Far more rule matches on the last working day of a window than somebody's own days before lead one to expect."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from novigem.audit.flags.activity import Activity
from novigem.audit.flags.detector import Background, Finding, finding, told
from novigem.audit.flags.matches import RuleMatch
from novigem.audit.flags.statistics import median, uneven_tail, unevenness
from novigem.model.periods import SECOND, local_day

_WEIGHT = 40
# How busy a day is, is counted in hours in which a person did anything: neither a mass edit nor a glance on Sunday
# makes a working day. One counts as worked with this share of a full day's hours; of four days, three are less full.
_WORKED = 0.3
_FULL_DAY = 0.75
_HOUR = 3600 * SECOND
# The last working day of a window lies in its last days: a holiday in between is possible, a fortnight is not.
_LAST_DAYS = 5


class _Last(NamedTuple):
    """The last stretch of one person in one window, to be tested."""

    user: str
    window: str
    end: date
    rule_matches: list[RuleMatch]
    before: list[int]


class SpikeWatch:
    """`end-spike`: state is a count for each person and day, and the rule matches of the last days of each window."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._zone = background.program.zone
        self._ends = window_ends(background)
        self._last_days = {end - timedelta(days=back) for end in self._ends for back in range(1, _LAST_DAYS + 1)}
        self._counts: dict[str, Counter[date]] = {}
        self._first: dict[str, date] = {}
        self._busy: dict[date, int] = {}
        self._hours: set[tuple[str, int]] = set()
        self._shown: dict[tuple[str, date], list[RuleMatch]] = {}
        self._day_of: tuple[int, int, date] = (0, 0, date.min)

    def see(self, activity: Activity) -> None:
        """Learn what happened next."""
        if not self._ends:
            return
        day = self._day(activity.at)
        by = None if activity.change is None else activity.change.by
        if day not in self._busy:
            self._hours.clear()
        if by is not None and not self._background.is_software(by):
            self._was_busy(by, activity.at, day)
        for rule_match in activity.news:
            user = rule_match.entry.user
            self._was_busy(user, activity.at, day)
            self._counts.setdefault(user, Counter())[day] += 1
            if day in self._last_days:
                self._shown.setdefault((user, day), []).append(rule_match)

    def _was_busy(self, user: str, at: int, day: date) -> None:
        self._first.setdefault(user, day)
        self._hours.add((user, at // _HOUR))
        self._busy[day] = len(self._hours)

    def _day(self, at: int) -> date:
        # Activity come in order, so most are of the day of the one before; an hour never spans a change of day twice.
        start, end, day = self._day_of
        if not start <= at < end:
            day = local_day(at, self._zone)
            quarter = 900_000_000
            start = at - at % quarter
            self._day_of = (start, start + quarter, day)
        return day

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each person and window whose last day chance does not explain."""
        stretches = [one for end, window in sorted(self._ends.items()) for one in self._last_stretches(end, window)]
        usual = median([unevenness(one.before) for one in stretches])
        for one in stretches:
            hits = len(one.rule_matches)
            share = 1 / (len(one.before) + 1)
            clusters = max(usual, unevenness(one.before))
            chance = uneven_tail(hits, hits + sum(one.before), share, clusters) * len(stretches)
            if hits >= self._background.settings.spike_awards and chance <= self._background.settings.alarm_chance:
                yield self._told(one, chance)

    def _last_stretches(self, end: date, window: str) -> Iterator[_Last]:
        worked = self._worked_before(end)
        if not worked or worked[-1] < end - timedelta(days=_LAST_DAYS):
            return
        last = worked[-1]
        for user, counts in self._counts.items():
            before = [counts[day] for day in worked[:-1] if day >= self._first[user]]
            if len(before) < self._background.settings.spike_days:
                continue
            days = (last + timedelta(days=number) for number in range((end - last).days))
            rule_matches = [rule_match for day in days for rule_match in self._shown.get((user, day), ())]
            yield _Last(user, window, end, rule_matches, before)

    def _worked_before(self, end: date) -> list[date]:
        """Give the working days before a day: those on which people were busy for long enough."""
        hours = {day: count for day, count in self._busy.items() if day < end}
        full = sorted(hours.values())[int(_FULL_DAY * (len(hours) - 1))] if hours else 0
        return sorted(day for day, count in hours.items() if count >= _WORKED * full)

    def _told(self, one: _Last, chance: float) -> Finding:
        usual = sum(one.before) / len(one.before)
        evidence = (
            f"{told(one.rule_matches)} on the last working day of {one.window}, where {usual:.1f} a day are usual for "
            f"this person; chance explains that in {_odds(chance)}"
        )
        ratio = len(one.rule_matches) / max(self._background.settings.spike_awards, 3 * usual)
        return finding(
            "end-spike",
            self._background,
            one.user,
            one.rule_matches,
            evidence=evidence,
            ratio=max(1.0, ratio),
            weight=_WEIGHT,
            what=[one.end.isoformat()],
        )


def _odds(chance: float) -> str:
    return f"1 of {min(1_000_000, int(1 / max(chance, 1e-9))):,} looks at a team"


def window_ends(background: Background) -> dict[date, str]:
    """Give the windows that were over when the look ended: the first day after each, and what the window is called."""
    program = background.program
    windows = [(program.window, "the program")]
    windows += [(program.challenge_window(one), one.name) for one in program.challenges if one.type != "recurring"]
    ends: dict[date, str] = {}
    for window, name in windows:
        if window.end <= background.until:
            # Challenges that end with the program are one window.
            ends.setdefault(local_day(window.end, program.zone), name)
    return ends
