"""What a detector is given (`Background`, then occasions in order of time) and what it gives (`Finding`)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from novigem.awards import Membership
from novigem.flags.occasions import Occasion
from novigem.flags.settings import FlagSettings
from novigem.model.change import from_micros
from novigem.model.entry import Entry
from novigem.model.judgement import flag_id
from novigem.model.people import Block, Person
from novigem.model.program import Program

SECOND = 1_000_000
_SOFTWARE = re.compile(r"\b(integration|automated process|automation|api user)\b", re.IGNORECASE)
_MOST_SEVERE = 100
#: How many entries and records a finding names; `points` and the evidence tell of all.
MOST_NAMED = 100


class Finding(NamedTuple):
    """Something a person should look at.

    `moments` are the first and the last one, in microseconds since 1970 UTC. `entries` and `records` are those behind
    it (at most `MOST_NAMED`), `points` what they brought. `severity` is 1 to 100: how far beyond the threshold. `about`
    is what the id is made of.
    """

    id: str
    detector: str
    program: str
    user: str
    moments: tuple[int, int]
    entries: tuple[int, ...]
    records: tuple[str, ...]
    points: int
    severity: int
    evidence: str
    about: str = ""


@dataclass
class Background:
    """What detectors may ask of the world: the program, the thresholds, people, and the entries of a record.

    `until` is the moment up to which there was something to see (not included).
    """

    program: Program
    settings: FlagSettings
    until: int
    people: Mapping[str, Person] = field(default_factory=dict)
    entries_of: Callable[[str], Sequence[Entry]] = lambda _record: ()
    _software: dict[str, bool] = field(default_factory=dict)

    def is_software(self, user: str | None) -> bool:
        """Tell whether a login is software: excluded from the program, or called so."""
        if user is None:
            return False
        if user not in self._software:
            person = self.people.get(user)
            excluded = Membership(self.program.participants).block(user, person) is Block.EXCLUDED
            called = f"{person.name} {person.role}" if person is not None else ""
            self._software[user] = excluded or _SOFTWARE.search(called) is not None
        return self._software[user]

    def name(self, user: str) -> str:
        """Give the name of somebody, or the id where no name was told."""
        person = self.people.get(user)
        return user if person is None else person.label

    def moment(self, at: int) -> str:
        """Give a moment in the program's zone, as evidence tells it."""
        return f"{from_micros(at).astimezone(self.program.zone):%a %Y-%m-%d %H:%M}"


class Watch(Protocol):
    """A detector at work on one program."""

    def see(self, occasion: Occasion, /) -> None:
        """Learn what happened next."""

    def findings(self) -> Iterator[Finding]:
        """Yield what should be looked at, once everything has been seen."""


class Detector(NamedTuple):
    """A row of the table: its name, what it looks at, which thresholds it has, and what may be innocent about it."""

    id: str
    title: str
    looks_at: str
    thresholds: tuple[str, ...]
    innocent: str
    start: Callable[[Background], Watch]


def finding(
    detector: str,
    background: Background,
    user: str,
    awards: Sequence[Entry],
    *,
    evidence: str,
    ratio: float,
    weight: int,
    what: Sequence[str] | None = None,
) -> Finding:
    """Make a finding of some awards. `what` names it apart from others of the same person.

    Where it is left out, the dedupe keys of the awards do: one record may earn in two bursts, one fact in one only.

    `ratio` is how many times the threshold was reached, `weight` the severity at the threshold itself.
    """
    # Of one moment, the store and a dry run may have them in another order.
    awards = sorted(awards, key=lambda one: (*one.order, one.key))
    records = tuple(dict.fromkeys(award.record for award in awards if award.record is not None))
    program = background.program.program
    moments = [award.occurred for award in awards]
    own = sorted(award.key for award in awards) if what is None else what
    about = "/".join((detector, program, user, *own))
    return Finding(
        id=flag_id(about),
        detector=detector,
        program=program,
        user=user,
        moments=(min(moments), max(moments)),
        entries=tuple(award.number for award in awards)[:MOST_NAMED],
        records=records[:MOST_NAMED],
        points=sum(award.points for award in awards),
        severity=max(1, min(_MOST_SEVERE, round(weight * ratio**0.7))),
        evidence=evidence,
        about=about,
    )
