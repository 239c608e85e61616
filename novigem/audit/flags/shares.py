"""Too large a share of what somebody did is of one kind: without a text, or made by software."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import floor, log2
from typing import NamedTuple

from novigem.audit.flags.activity import Activity
from novigem.audit.flags.detector import MOST_NAMED, Background, Finding, counted, finding
from novigem.audit.flags.matches import RuleMatch
from novigem.audit.flags.statistics import binomial_tail
from novigem.model.change import Change


@dataclass
class _Person:
    rule_matches: int = 0
    paid: int = 0
    marked: int = 0
    points: int = 0
    last: int = 0
    shown: list[RuleMatch] = field(default_factory=list)


class Pattern(NamedTuple):
    """What makes a rule match one of the kind: None where it cannot be told; it then counts for nobody."""

    detector: str
    weight: int
    least: int
    share: float
    is_marked: Callable[[Background, Change], bool | None]
    words: str


class ShareWatch:
    """State is two counts for each person, and the first of the marked rule matches."""

    def __init__(self, background: Background, pattern: Pattern) -> None:
        self._background = background
        self._pattern = pattern
        self._people: dict[str, _Person] = {}

    def see(self, activity: Activity) -> None:
        """Learn what happened next."""
        if not activity.rule_matches or activity.change is None:
            return
        is_marked = self._pattern.is_marked(self._background, activity.change)
        if is_marked is None:
            return
        for rule_match in activity.news:
            person = self._people.setdefault(rule_match.entry.user, _Person())
            person.rule_matches += 1
            person.paid += rule_match.is_paid
            if is_marked:
                person.marked += 1
                person.points += rule_match.entry.points
                person.last = rule_match.entry.occurred
                if len(person.shown) < MOST_NAMED:
                    person.shown.append(rule_match)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for everybody whose share is large, and far above that of all others."""
        every = sum(person.rule_matches for person in self._people.values())
        marked = sum(person.marked for person in self._people.values())
        for user, person in self._people.items():
            if person.marked < self._pattern.least or person.marked < self._pattern.share * person.rule_matches:
                continue
            # One hit in two tries more: where nobody else was seen, every second award may be so.
            usual = (marked - person.marked + 1) / (every - person.rule_matches + 2)
            chance = binomial_tail(person.marked, person.rule_matches, usual) * len(self._people)
            if chance <= self._background.settings.alarm_chance:
                yield self._told(user, person, (marked - person.marked) / max(1, every - person.rule_matches))

    def _told(self, user: str, person: _Person, usual: float) -> Finding:
        ratio = person.marked / self._pattern.least
        every = counted(person.rule_matches, person.paid)
        told = finding(
            self._pattern.detector,
            self._background,
            user,
            person.shown,
            evidence=f"{person.marked} of {every} {self._pattern.words}; of all others' {usual:.0%}",
            ratio=ratio,
            weight=self._pattern.weight,
            # One judgement holds until there is twice as much.
            what=[f"about {2 ** floor(log2(ratio))} times"],
        )
        return told._replace(points=person.points, moments=(told.moments[0], person.last))


def empty_subject(background: Background) -> ShareWatch:
    """Start `empty-subject`."""
    settings = background.settings
    words = "are for a task without subject and description"
    pattern = Pattern("empty-subject", 25, settings.empty_awards, settings.empty_share, _is_empty, words)
    return ShareWatch(background, pattern)


def _is_empty(background: Background, change: Change) -> bool | None:
    del background
    if change.object != "Task" or "Subject" not in change.new:
        return None
    return not any(str(change.new.get(name) or "").strip() for name in ("Subject", "Description"))


def integration_user(background: Background) -> ShareWatch:
    """Start `integration-user`."""
    settings = background.settings
    words = "come from edits that software made, not a person"
    pattern = Pattern("integration-user", 40, settings.software_awards, settings.software_share, _by_software, words)
    return ShareWatch(background, pattern)


def _by_software(background: Background, change: Change) -> bool | None:
    # The last of several writers may be a flow that touched the record after the person did.
    if change.by is None or change.confidence == "last_writer":
        return None
    return background.is_software(change.by)
