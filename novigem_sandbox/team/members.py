"""The people of a simulated season: members with their profiles and zones, a manager, the software, a queue."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.change import id18
from novigem.model.people import Person
from novigem_sandbox.team.cast import ROLE
from novigem_sandbox.team.profiles import Profile

INTEGRATION: Final = Person(id18("005Sm0000000001"), "Integration User", "integration@example.com", role="Integration")
MANAGER: Final = Person(id18("005Sm0000000002"), "Wilhelmina Achterberg", "manager@example.com", role="CS Director")
QUEUE: Final = id18("00GSm0000000001")
_FIRST_MEMBER: Final = 101
_PACES: Final = (0.75, 1.3)

_FIRST: Final = (
    "Abena", "Bogdan", "Carmen", "Dilnoza", "Emeka", "Farida", "Goran", "Hyejin", "Imani", "Jaromir",
    "Katalin", "Luca", "Marisol", "Nikhil", "Oksana", "Pedro", "Quynh", "Rashid", "Saoirse", "Tevita",
)  # fmt: skip
_LAST: Final = (
    "Adeyemi", "Bjornstad", "Cervantes", "Dimitrov", "Escobedo", "Fitzalan", "Gallagher", "Hashimoto",
    "Ivanova", "Jankowski", "Kowalczyk", "Laurent", "Moreau",
)  # fmt: skip


class Member(NamedTuple):
    """One customer success manager. `pace` weighs all of the profile: no two people are alike."""

    id: str
    name: str
    profile: Profile
    zone: ZoneInfo
    pace: float
    accounts: int

    @property
    def person(self) -> Person:
        """The member as Salesforce tells of them."""
        mail = f"{self.name.lower().replace(' ', '.')}.{self.id[12:15]}@example.com"
        return Person(self.id, self.name, mail, role=ROLE, manager=MANAGER.id)


class Team(NamedTuple):
    """Everybody. `cheaters` gives the way in which some of the members cheat, by id."""

    members: tuple[Member, ...]

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody who can own or edit a record, the queue aside."""
        return (INTEGRATION, MANAGER, *(member.person for member in self.members))

    @property
    def cheaters(self) -> dict[str, str]:
        """The cheats, by the id of the member."""
        return {one.id: one.profile.cheat for one in self.members if one.profile.cheat is not None}


def make_team(random: Random, profiles: Sequence[Profile], zones: Sequence[ZoneInfo]) -> Team:
    """Invent a team, one member for each profile, spread over some zones."""
    return Team(tuple(_members(random, profiles, zones)))


def _members(random: Random, profiles: Sequence[Profile], zones: Sequence[ZoneInfo]) -> Iterator[Member]:
    for number, profile in enumerate(profiles):
        name = f"{_FIRST[number % len(_FIRST)]} {_LAST[(number * 7 + number // len(_FIRST)) % len(_LAST)]}"
        user = id18(f"005Sm{_FIRST_MEMBER + number:010d}")
        yield Member(user, name, profile, random.choice(zones), random.uniform(*_PACES), random.randint(5, 10))
