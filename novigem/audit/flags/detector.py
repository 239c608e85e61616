"""What a detector is given (`Background`, then activity in order of time) and what it gives (`Finding`)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from novigem.audit.flags.activity import Activity
from novigem.audit.flags.matches import RuleMatch
from novigem.audit.flags.settings import FlagSettings
from novigem.model.change import from_micros
from novigem.model.entry import Entry
from novigem.model.judgement import flag_id
from novigem.model.people import Block, Person
from novigem.model.program import Program
from novigem.rules.eligibility import Eligibility

_SOFTWARE = re.compile(r"\b(integration|automated process|automation|api user)\b", re.IGNORECASE)
_MOST_SEVERE = 100
#: How many entries and records a finding names; `points` and the evidence tell of all.
MOST_NAMED = 100


class Finding(NamedTuple):
    """Something a person should look at.

    `moments` are the first and the last one, in microseconds since 1970 UTC. `records` are those behind it, `entries`
    what was paid for them (at most `MOST_NAMED` of each), `points` what they brought: 0 where a limit left nothing.
    `severity` is 1 to 100: how far beyond the threshold. `about` is what the id is made of.
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
            excluded = Eligibility(self.program.participants).block(user, person) is Block.EXCLUDED
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

    def see(self, activity: Activity, /) -> None:
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
    rule_matches: Sequence[RuleMatch],
    *,
    evidence: str,
    ratio: float,
    weight: int,
    what: Sequence[str] | None = None,
) -> Finding:
    """Make a finding of some rule matches. `what` names it apart from others of the same person.

    Where it is left out, the names of the rule matches do: one record may be done in two bursts, one rule match
    belongs to one.

    `ratio` is how many times the threshold was reached, `weight` the severity at the threshold itself.
    """
    # Of one moment, the store and a dry run may have them in another order.
    rule_matches = sorted(rule_matches, key=lambda one: (*one.entry.order, one.entry.key))
    records = tuple(dict.fromkeys(one.entry.record for one in rule_matches if one.entry.record is not None))
    program = background.program.program
    moments = [one.entry.occurred for one in rule_matches]
    own = sorted(one.name for one in rule_matches) if what is None else what
    about = "/".join((detector, program, user, *own))
    return Finding(
        id=flag_id(about),
        detector=detector,
        program=program,
        user=user,
        moments=(min(moments), max(moments)),
        entries=tuple(one.entry.number for one in rule_matches if one.is_paid)[:MOST_NAMED],
        records=records[:MOST_NAMED],
        points=sum(one.entry.points for one in rule_matches),
        severity=max(1, min(_MOST_SEVERE, round(weight * ratio**0.7))),
        evidence=evidence,
        about=about,
    )


def told(rule_matches: Sequence[RuleMatch]) -> str:
    """Say how many rule matches there were: awards, where each was paid."""
    return counted(len(rule_matches), sum(one.is_paid for one in rule_matches))


def counted(rule_matches: int, paid: int) -> str:
    """Say how many rule matches there were, and how many of them were paid."""
    if paid == rule_matches:
        return f"{rule_matches} award{'s' * (rule_matches > 1)}"
    return f"{rule_matches} change{'s' * (rule_matches > 1)} that met a rule ({paid or 'none'} paid)"
