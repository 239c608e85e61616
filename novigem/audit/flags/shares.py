"""Too large a share of what somebody did is of one kind: without a text, or made by software."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import floor, log2
from typing import NamedTuple

from novigem.audit.flags.detector import MOST_NAMED, Background, Finding, counted, finding
from novigem.audit.flags.matches import Deed
from novigem.audit.flags.occasions import Occasion
from novigem.audit.flags.statistics import binomial_tail
from novigem.model.change import Change


@dataclass
class _Person:
    deeds: int = 0
    paid: int = 0
    marked: int = 0
    points: int = 0
    last: int = 0
    shown: list[Deed] = field(default_factory=list)


class Mark(NamedTuple):
    """What makes a deed one of the kind: None where it cannot be told, and the deed then counts for nobody."""

    detector: str
    weight: int
    least: int
    share: float
    is_marked: Callable[[Background, Change], bool | None]
    words: str


class ShareWatch:
    """State is two counts for each person, and the first of the marked deeds."""

    def __init__(self, background: Background, mark: Mark) -> None:
        self._background = background
        self._mark = mark
        self._people: dict[str, _Person] = {}

    def see(self, occasion: Occasion) -> None:
        """Learn what happened next."""
        if not occasion.deeds or occasion.change is None:
            return
        is_marked = self._mark.is_marked(self._background, occasion.change)
        if is_marked is None:
            return
        for deed in occasion.news:
            person = self._people.setdefault(deed.entry.user, _Person())
            person.deeds += 1
            person.paid += deed.is_paid
            if is_marked:
                person.marked += 1
                person.points += deed.entry.points
                person.last = deed.entry.occurred
                if len(person.shown) < MOST_NAMED:
                    person.shown.append(deed)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for everybody whose share is large, and far above that of all others."""
        every = sum(person.deeds for person in self._people.values())
        marked = sum(person.marked for person in self._people.values())
        for user, person in self._people.items():
            if person.marked < self._mark.least or person.marked < self._mark.share * person.deeds:
                continue
            # One hit in two tries more: where nobody else was seen, every second award may be so.
            usual = (marked - person.marked + 1) / (every - person.deeds + 2)
            chance = binomial_tail(person.marked, person.deeds, usual) * len(self._people)
            if chance <= self._background.settings.alarm_chance:
                yield self._told(user, person, (marked - person.marked) / max(1, every - person.deeds))

    def _told(self, user: str, person: _Person, usual: float) -> Finding:
        ratio = person.marked / self._mark.least
        every = counted(person.deeds, person.paid)
        told = finding(
            self._mark.detector,
            self._background,
            user,
            person.shown,
            evidence=f"{person.marked} of {every} {self._mark.words}; of all others' {usual:.0%}",
            ratio=ratio,
            weight=self._mark.weight,
            # One judgement holds until there is twice as much.
            what=[f"about {2 ** floor(log2(ratio))} times"],
        )
        return told._replace(points=person.points, moments=(told.moments[0], person.last))


def empty_subject(background: Background) -> ShareWatch:
    """Start `empty-subject`."""
    settings = background.settings
    words = "are for a task without subject and description"
    mark = Mark("empty-subject", 25, settings.empty_awards, settings.empty_share, _is_empty, words)
    return ShareWatch(background, mark)


def _is_empty(background: Background, change: Change) -> bool | None:
    del background
    if change.object != "Task" or "Subject" not in change.new:
        return None
    return not any(str(change.new.get(name) or "").strip() for name in ("Subject", "Description"))


def integration_user(background: Background) -> ShareWatch:
    """Start `integration-user`."""
    settings = background.settings
    words = "come from edits that software made, not a person"
    mark = Mark("integration-user", 40, settings.software_awards, settings.software_share, _by_software, words)
    return ShareWatch(background, mark)


def _by_software(background: Background, change: Change) -> bool | None:
    # The last of several writers may be a flow that touched the record after the person did.
    if change.by is None or change.confidence == "last_writer":
        return None
    return background.is_software(change.by)
