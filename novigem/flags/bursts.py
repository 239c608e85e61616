"""Awards too close together: many in one minute, or for records that were completed as soon as they were created."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from novigem.flags.detector import SECOND, Background, Finding, finding
from novigem.flags.occasions import Occasion
from novigem.model.entry import Entry
from novigem.model.periods import local_day

_BULK_WEIGHT, _INSTANT_WEIGHT = 35, 40


class BulkWatch:
    """`bulk-completion`: state is the last minute of each person, and the burst that goes on."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._within = background.settings.bulk_seconds * SECOND
        self._last_minute: dict[tuple[str, str | None], deque[Entry]] = {}
        self._bursts: dict[tuple[str, str | None], list[Entry]] = {}
        self._found: list[Finding] = []

    def see(self, occasion: Occasion) -> None:
        """Learn what happened next; what software did is told apart, by `integration-user`."""
        by = None if occasion.change is None else occasion.change.by
        if self._background.is_software(by):
            return
        for award in occasion.awards:
            self._count((award.user, by), award)

    def _count(self, key: tuple[str, str | None], award: Entry) -> None:
        recent = self._last_minute.setdefault(key, deque())
        while recent and award.occurred - recent[0].occurred >= self._within:
            recent.popleft()
        if not recent and key in self._bursts:
            self._close(key)
        recent.append(award)
        if key in self._bursts:
            self._bursts[key].append(award)
        elif len(recent) >= self._background.settings.bulk_awards:
            self._bursts[key] = list(recent)

    def _close(self, key: tuple[str, str | None]) -> None:
        awards = self._bursts.pop(key)
        user, by = key
        seconds = (awards[-1].occurred - awards[0].occurred) // SECOND
        when = self._background.moment(awards[0].occurred)
        doer = "" if by in (None, user) else f"; the edits were made by {self._background.name(by)}"
        span = "in one second" if seconds == 0 else f"within {seconds} seconds"
        evidence = f"{len(awards)} award{'s' * (len(awards) > 1)} {span}, on {when}{doer}"
        ratio = len(awards) / self._background.settings.bulk_awards
        told = finding(
            "bulk-completion", self._background, user, awards, evidence=evidence, ratio=ratio, weight=_BULK_WEIGHT
        )
        self._found.append(told)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each burst."""
        for key in list(self._bursts):
            self._close(key)
        yield from self._found


@dataclass
class _Day:
    """The awards of one person on one day: how many, and those that came too soon, after so many seconds at most."""

    day: date
    awards: int = 0
    hasty: list[Entry] = field(default_factory=list)
    longest: int = 0


class InstantWatch:
    """`instant-completion`: state is the records of the last seconds, and the awards of one day for each person."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._within = background.settings.instant_seconds * SECOND
        self._created: dict[str, int] = {}
        self._order: deque[str] = deque()
        self._days: dict[str, _Day] = {}
        self._found: list[Finding] = []

    def see(self, occasion: Occasion) -> None:
        """Learn what happened next; a record that software made or completed says nothing of a person."""
        while self._order and occasion.at - self._created[self._order[0]] > self._within:
            del self._created[self._order.popleft()]
        change = occasion.change
        if change is None or self._background.is_software(change.by):
            return
        for award in occasion.awards:
            self._count(award, self._created.get(change.id))
        if change.kind == "create" and change.id not in self._created:
            self._created[change.id] = occasion.at
            self._order.append(change.id)

    def _count(self, award: Entry, created: int | None) -> None:
        day = local_day(award.occurred, self._background.program.zone)
        if award.user not in self._days or self._days[award.user].day != day:
            self._close(award.user)
            self._days[award.user] = _Day(day)
        kept = self._days[award.user]
        kept.awards += 1
        if created is not None:
            kept.hasty.append(award)
            kept.longest = max(kept.longest, (award.occurred - created) // SECOND)

    def _close(self, user: str) -> None:
        kept = self._days.pop(user, None)
        settings = self._background.settings
        if kept is None or len(kept.hasty) < max(settings.instant_awards, settings.instant_share * kept.awards):
            return
        evidence = (
            f"{len(kept.hasty)} of {kept.awards} awards on {kept.day:%a %Y-%m-%d} for records completed within "
            f"{kept.longest} seconds of being created, from {self._background.moment(kept.hasty[0].occurred)[-5:]} on"
        )
        told = finding(
            "instant-completion",
            self._background,
            user,
            kept.hasty,
            evidence=evidence,
            ratio=len(kept.hasty) / settings.instant_awards,
            weight=_INSTANT_WEIGHT,
        )
        self._found.append(told)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each day."""
        for user in list(self._days):
            self._close(user)
        yield from self._found
