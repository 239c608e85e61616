"""Rule matches too close together: many in one minute, or on records completed as soon as they were created."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from novigem.audit.flags.activity import Activity
from novigem.audit.flags.detector import Background, Finding, counted, finding, told
from novigem.audit.flags.matches import RuleMatch
from novigem.model.periods import SECOND, local_day

_BULK_WEIGHT, _INSTANT_WEIGHT = 35, 40


class BulkWatch:
    """`bulk-completion`: state is the last minute of each person, and the burst that goes on."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._within = background.settings.bulk_seconds * SECOND
        self._last_minute: dict[tuple[str, str | None], deque[RuleMatch]] = {}
        self._bursts: dict[tuple[str, str | None], list[RuleMatch]] = {}
        self._found: list[Finding] = []

    def see(self, activity: Activity) -> None:
        """Learn what happened next; what software did is told apart, by `integration-user`."""
        by = None if activity.change is None else activity.change.by
        if self._background.is_software(by):
            return
        for rule_match in activity.news:
            self._count((rule_match.entry.user, by), rule_match)

    def _count(self, key: tuple[str, str | None], rule_match: RuleMatch) -> None:
        recent = self._last_minute.setdefault(key, deque())
        while recent and rule_match.entry.occurred - recent[0].entry.occurred >= self._within:
            recent.popleft()
        if not recent and key in self._bursts:
            self._close(key)
        recent.append(rule_match)
        if key in self._bursts:
            self._bursts[key].append(rule_match)
        elif len(recent) >= self._background.settings.bulk_awards:
            self._bursts[key] = list(recent)

    def _close(self, key: tuple[str, str | None]) -> None:
        rule_matches = self._bursts.pop(key)
        user, by = key
        first, last = rule_matches[0].entry.occurred, rule_matches[-1].entry.occurred
        seconds = (last - first) // SECOND
        doer = "" if by in (None, user) else f"; the edits were made by {self._background.name(by)}"
        span = "in one second" if seconds == 0 else f"within {seconds} seconds"
        evidence = f"{told(rule_matches)} {span}, on {self._background.moment(first)}{doer}"
        ratio = len(rule_matches) / self._background.settings.bulk_awards
        self._found.append(
            finding(
                "bulk-completion",
                self._background,
                user,
                rule_matches,
                evidence=evidence,
                ratio=ratio,
                weight=_BULK_WEIGHT,
            )
        )

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each burst."""
        for key in list(self._bursts):
            self._close(key)
        yield from self._found


@dataclass
class _Day:
    """The rule matches of one person on one day: how many, how many paid, those that came too soon, and how soon."""

    day: date
    rule_matches: int = 0
    paid: int = 0
    hasty: list[RuleMatch] = field(default_factory=list)
    longest: int = 0


class InstantWatch:
    """`instant-completion`: state is the records of the last seconds, and each person's rule matches of one day."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._within = background.settings.instant_seconds * SECOND
        self._created: dict[str, int] = {}
        self._order: deque[str] = deque()
        self._days: dict[str, _Day] = {}
        self._found: list[Finding] = []

    def see(self, activity: Activity) -> None:
        """Learn what happened next; a record that software made or completed says nothing of a person."""
        while self._order and activity.at - self._created[self._order[0]] > self._within:
            del self._created[self._order.popleft()]
        change = activity.change
        if change is None or self._background.is_software(change.by):
            return
        for rule_match in activity.news:
            self._count(rule_match, self._created.get(change.id))
        if change.kind == "create" and change.id not in self._created:
            self._created[change.id] = activity.at
            self._order.append(change.id)

    def _count(self, rule_match: RuleMatch, created: int | None) -> None:
        user, at = rule_match.entry.user, rule_match.entry.occurred
        day = local_day(at, self._background.program.zone)
        if user not in self._days or self._days[user].day != day:
            self._close(user)
            self._days[user] = _Day(day)
        kept = self._days[user]
        kept.rule_matches += 1
        kept.paid += rule_match.is_paid
        if created is not None:
            kept.hasty.append(rule_match)
            kept.longest = max(kept.longest, (at - created) // SECOND)

    def _close(self, user: str) -> None:
        kept = self._days.pop(user, None)
        settings = self._background.settings
        if kept is None or len(kept.hasty) < max(settings.instant_awards, settings.instant_share * kept.rule_matches):
            return
        first = self._background.moment(kept.hasty[0].entry.occurred)[-5:]
        evidence = (
            f"{len(kept.hasty)} of {counted(kept.rule_matches, kept.paid)} on {kept.day:%a %Y-%m-%d} for records "
            f"completed within {kept.longest} seconds of being created, from {first} on"
        )
        ratio = len(kept.hasty) / settings.instant_awards
        self._found.append(
            finding(
                "instant-completion",
                self._background,
                user,
                kept.hasty,
                evidence=evidence,
                ratio=ratio,
                weight=_INSTANT_WEIGHT,
            )
        )

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each day."""
        for user in list(self._days):
            self._close(user)
        yield from self._found
