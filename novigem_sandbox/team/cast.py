"""The people: twelve with names and habits of their own, or a team of any size; managers, software and a queue.

All are invented. What tells the twelve apart is how much they do in each of the six weeks, and of what.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.ids import id18
from novigem.model.people import Person
from novigem_sandbox.team.profiles import Profile

ROLE: Final = "Customer Success Manager"
ZONE: Final = ZoneInfo("America/New_York")
_DIRECTOR: Final = "Customer Success Director"
_FIRST_MEMBER: Final = 101
_PACES: Final = (0.75, 1.3)

FIRST_NAMES: Final = (
    "Abena", "Bogdan", "Carmen", "Dilnoza", "Emeka", "Farida", "Goran", "Hyejin", "Imani", "Jaromir",
    "Katalin", "Luca", "Marisol", "Nikhil", "Oksana", "Pedro", "Quynh", "Rashid", "Saoirse", "Tevita",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adeyemi", "Bjornstad", "Cervantes", "Dimitrov", "Escobedo", "Fitzalan", "Gallagher", "Hashimoto",
    "Ivanova", "Jankowski", "Kowalczyk", "Laurent", "Moreau",
)  # fmt: skip


class Member(NamedTuple):
    """One customer success manager. `pace` weighs all of the profile; `accounts` is how many customers there are."""

    person: Person
    profile: Profile
    zone: ZoneInfo
    pace: float
    accounts: int

    @property
    def id(self) -> str:
        """The id of the user."""
        return self.person.id

    @property
    def name(self) -> str:
        """The name of the user."""
        return self.person.name or self.id


class Team(NamedTuple):
    """Everybody: members, who leads them, the software that logs in, and the queue for what nobody owns yet."""

    members: tuple[Member, ...]
    managers: tuple[Person, ...]
    integration: Person
    queue: str

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who can own or edit a record, the queue aside."""
        return (self.integration, *self.managers, *(member.person for member in self.members))

    @property
    def cheaters(self) -> dict[str, str]:
        """The cheats, by the id of the member."""
        return {one.id: one.profile.cheat for one in self.members if one.profile.cheat is not None}


def _person(user: str, name: str, role: str, mailbox: str, manager: str | None = None) -> Person:
    return Person(user, name, f"{mailbox.lower().replace(' ', '.')}@example.com", role=role, manager=manager)


def _integration(tag: str) -> Person:
    return _person(id18(f"005{tag}0000000001"), "Integration User", "Integration", "integration")


_MANAGERS: Final = tuple(
    _person(id18(f"005Hs{number:010d}"), name, _DIRECTOR, name)
    for number, name in ((11, "Ingrid Solheim-Park"), (12, "Darnell Whitlock"))
)
# They leave alone what they opened by mistake, which is the last of it.
_HABITS: Final = Profile(
    "named", unnamed=0.0, reopens=0.08, recloses=0.0, clears_steps=0.1, moves_dates=0.07, most_open=200
)
_STEADY: Final = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
_EVEN: Final = (0.9, 1.0, 0.9, 1.1, 1.0, 0.9)
_SPRINTER: Final = (1.8, 1.6, 1.1, 0.6, 0.4, 0.3)
_LATE: Final = (0.2, 0.3, 0.5, 0.9, 1.6, 1.9)
_QUIET: Final = (0.4, 0.3, 0.3, 0.4, 0.3, 0.3)
_AWAY_IN_WEEK_3: Final = (1.1, 1.2, 0.0, 1.0, 1.1, 1.0)
_STARTS_IN_WEEK_2: Final = (0.0, 0.5, 0.7, 0.9, 1.0, 1.1)


def _named(number: int, name: str, weeks: tuple[float, ...], accounts: int, **own: Any) -> Member:
    manager = _MANAGERS[number % len(_MANAGERS)].id
    person = _person(id18(f"005Hs{_FIRST_MEMBER + number:010d}"), name, ROLE, name, manager)
    return Member(person, _HABITS._replace(weeks=weeks, **own), ZONE, 1.0, accounts)


#: The team of the demo and of the org that `novigem org serve` serves.
TWELVE: Final = Team(
    (
        _named(0, "Amara Oyelaran", _STEADY, 7, signals=1.3, follow_ups=1.2, risks=1.4),
        _named(1, "Mateo Riquelme", _SPRINTER, 6, signals=1.4, follow_ups=1.1),
        _named(2, "Priya Ramanathan", _EVEN, 7, signals=0.8, follow_ups=1.5, risks=1.1),
        _named(3, "Jonas Lindqvist", _LATE, 6, signals=1.2),
        _named(4, "Leila Benhaddou", _STEADY, 8, signals=0.7, follow_ups=0.8, risks=1.9),
        _named(5, "Kenji Morikawa", _EVEN, 6, finishes=0.15),
        _named(6, "Sofia Almendra", _AWAY_IN_WEEK_3, 6, signals=1.1, follow_ups=1.1, risks=0.9),
        _named(7, "Tomasz Zielak", _STARTS_IN_WEEK_2, 3, signals=0.9, risks=0.8),
        _named(8, "Grace Wanjala", _EVEN, 7, signals=1.9, follow_ups=0.6, risks=0.5),
        _named(9, "Hana Dvorska", _QUIET, 5, signals=0.6),
        _named(10, "Chidi Eze-Larsen", _STEADY, 6, signals=0.9, follow_ups=0.9, risks=0.8),
        _named(11, "Noemi Castellan", _SPRINTER, 5, signals=0.7, follow_ups=1.4, risks=1.2),
    ),
    _MANAGERS,
    _integration("Hs"),
    id18("00GHs0000000001"),
)
#: Completes work in one go, on two evenings of the six weeks.
SAVES_UP: Final = TWELVE.members[5]
AWAY: Final = TWELVE.members[6]
NEW_HIRE: Final = TWELVE.members[7]


def make_team(random: Random, profiles: Sequence[Profile], zones: Sequence[ZoneInfo]) -> Team:
    """Invent a team, one member for each profile, spread over some zones."""
    manager = _person(id18("005Sm0000000002"), "Wilhelmina Achterberg", "CS Director", "manager")
    members = tuple(_members(random, profiles, zones, manager.id))
    return Team(members, (manager,), _integration("Sm"), id18("00GSm0000000001"))


def _members(random: Random, profiles: Sequence[Profile], zones: Sequence[ZoneInfo], manager: str) -> Iterator[Member]:
    for number, profile in enumerate(profiles):
        last = LAST_NAMES[(number * 7 + number // len(FIRST_NAMES)) % len(LAST_NAMES)]
        name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {last}"
        user = id18(f"005Sm{_FIRST_MEMBER + number:010d}")
        person = _person(user, name, ROLE, f"{name}.{user[12:15]}", manager)
        yield Member(person, profile, random.choice(zones), random.uniform(*_PACES), random.randint(5, 10))
