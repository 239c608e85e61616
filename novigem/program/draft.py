"""A program as far as it could be understood: what the cross-checks look at, mistakes and all.

A part with a mistake stays in the draft with what is known of it, so that one mistake never hides another.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from novigem.model.guesses import guess
from novigem.model.program import Badge, Challenge, Leaderboard, Program, Rule
from novigem.model.review import Figure
from novigem.model.teams import Team
from novigem.model.working_time import PersonTerms
from novigem.program.document import Document, Path
from novigem.rules.operators import Registry

T = TypeVar("T")


class Placed(NamedTuple):
    """A condition and where it stands."""

    path: Path
    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Part(Generic[T]):
    """One part of a program, and which of its keys are wrong and hold a stand-in."""

    path: Path
    value: T
    broken: frozenset[str] = frozenset()
    groups: tuple[tuple[Placed, ...], ...] = ()

    def knows(self, *keys: str) -> bool:
        """Whether none of the keys is broken."""
        return self.broken.isdisjoint(keys)

    def at(self, *steps: str | int) -> Path:
        """Give the path of something inside the part."""
        return (*self.path, *steps)


@dataclass(frozen=True)
class Draft:
    """All parts of a program, valid or repaired, with the registry they are held against."""

    document: Document
    registry: Registry
    head: Part[Program]
    rules: tuple[Part[Rule], ...] = ()
    challenges: tuple[Part[Challenge], ...] = ()
    badges: tuple[Part[Badge], ...] = ()
    boards: tuple[Part[Leaderboard], ...] = ()
    # Lists that hold something we could not read at all: nothing may be said about what they lack.
    unreadable: frozenset[str] = field(default_factory=frozenset)
    people: tuple[Part[PersonTerms], ...] = ()
    teams: tuple[Part[Team], ...] = ()
    figures: tuple[Part[Figure], ...] = ()
    #: What figures ask of records: a part for each key with conditions, whose value names the object.
    figure_conditions: tuple[Part[Any], ...] = ()

    def note(self, path: Path, code: str, message: str, hint: str | None = None) -> None:
        """Note a finding about a value."""
        self.document.at_value(path, code, message, hint)

    def note_key(self, path: Path, code: str, message: str, hint: str | None = None) -> None:
        """Note a finding about a key."""
        self.document.at_key(path, code, message, hint)

    @property
    def named(self) -> tuple[tuple[str, tuple[Part[Any], ...]], ...]:
        """The lists whose parts have ids, each with the word for a part of it."""
        return (
            ("rule", self.rules),
            ("challenge", self.challenges),
            ("badge", self.badges),
            ("leaderboard", self.boards),
            ("team", self.teams),
            ("figure", self.figures),
        )

    @cached_property
    def challenge_ids(self) -> tuple[str, ...]:
        """Every id that a challenge declares."""
        return tuple(part.value.id for part in self.challenges if part.knows("id"))

    @cached_property
    def badge_ids(self) -> tuple[str, ...]:
        """Every id that a badge declares."""
        return tuple(part.value.id for part in self.badges if part.knows("id"))

    @cached_property
    def links(self) -> dict[str, tuple[Part[Rule], ...]]:
        """The active rules of each challenge. A misspelt link counts for the challenge that was meant."""
        found: dict[str, list[Part[Rule]]] = {name: [] for name in self.challenge_ids}
        for part in self.active_rules():
            for wanted in dict.fromkeys(part.value.challenges) if part.knows("challenge") else ():
                meant = wanted if wanted in found else guess(wanted, found)
                if meant is not None:
                    found[meant].append(part)
        return {name: tuple(parts) for name, parts in found.items()}

    @property
    def links_known(self) -> bool:
        """Whether every rule's link leads to a challenge, or to the one that was meant."""
        wanted = {name for part in self.rules for name in part.value.challenges} - {*self.challenge_ids}
        readable = "rules" not in self.unreadable and all(part.knows("challenge") for part in self.rules)
        return readable and all(guess(name, self.challenge_ids) for name in wanted)

    def active_rules(self) -> Iterator[Part[Rule]]:
        """Yield the rules that are not switched off."""
        return (part for part in self.rules if part.value.status == "active")

    @property
    def dates_known(self) -> bool:
        """Whether the program's own dates could be read."""
        return self.head.knows("starts", "ends", "weeks")

    def first_day(self, part: Part[Challenge]) -> date | None:
        """Give the first day of a challenge; the program's where it has none."""
        return part.value.starts or self.head.value.starts

    def last_day(self, part: Part[Challenge]) -> date | None:
        """Give the last day of a challenge; the program's where it has none."""
        return part.value.ends or self.head.value.last_day

    def days(self, part: Part[Challenge]) -> int | None:
        """Give how many days a challenge is open; None where it is open-ended or its dates are wrong."""
        if not part.knows("starts", "ends") or not self.dates_known:
            return None
        first, last = self.first_day(part), self.last_day(part)
        return None if first is None or last is None else max(0, (last - first + timedelta(days=1)).days)
