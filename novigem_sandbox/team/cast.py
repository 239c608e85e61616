"""The people of the demo: a customer success team, its managers, the software that logs in, and a queue.

All are invented. What tells the members apart is how much they do in each of the six weeks, and of what.
"""

from typing import Final, NamedTuple

from novigem.model.change import id18
from novigem.model.people import Person

ROLE: Final = "Customer Success Manager"


class Member(NamedTuple):
    """One customer success manager. `pace` is the share of a usual working day, week by week.

    `signals`, `follow_ups` and `risks` weigh the behaviours that the playbook rewards; `finishing` is the share of
    planned work that gets completed; `accounts` the size of the book. Who `saves_up` completes work in one go.
    """

    id: str
    name: str
    pace: tuple[float, float, float, float, float, float]
    signals: float = 1.0
    follow_ups: float = 1.0
    risks: float = 1.0
    finishing: float = 1.0
    accounts: int = 6
    saves_up: bool = False


def user_id(number: int) -> str:
    """Give the id of the user with a number."""
    return id18(f"005Hs0000{number:06d}")


_STEADY: Final = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
_EVEN: Final = (0.9, 1.0, 0.9, 1.1, 1.0, 0.9)
_SPRINTER: Final = (1.8, 1.6, 1.1, 0.6, 0.4, 0.3)
_LATE: Final = (0.2, 0.3, 0.5, 0.9, 1.6, 1.9)
_QUIET: Final = (0.4, 0.3, 0.3, 0.4, 0.3, 0.3)
_AWAY_IN_WEEK_3: Final = (1.1, 1.2, 0.0, 1.0, 1.1, 1.0)
_STARTS_IN_WEEK_2: Final = (0.0, 0.5, 0.7, 0.9, 1.0, 1.1)

TEAM: Final = (
    Member(user_id(101), "Amara Oyelaran", _STEADY, signals=1.3, follow_ups=1.2, risks=1.4, accounts=7),
    Member(user_id(102), "Mateo Riquelme", _SPRINTER, signals=1.4, follow_ups=1.1, accounts=6),
    Member(user_id(103), "Priya Ramanathan", _EVEN, signals=0.8, follow_ups=1.5, risks=1.1, accounts=7),
    Member(user_id(104), "Jonas Lindqvist", _LATE, signals=1.2, follow_ups=1.0, risks=1.0, accounts=6),
    Member(user_id(105), "Leila Benhaddou", _STEADY, signals=0.7, follow_ups=0.8, risks=1.9, accounts=8),
    Member(user_id(106), "Kenji Morikawa", _EVEN, finishing=0.15, saves_up=True, accounts=6),
    Member(user_id(107), "Sofia Almendra", _AWAY_IN_WEEK_3, signals=1.1, follow_ups=1.1, risks=0.9, accounts=6),
    Member(user_id(108), "Tomasz Zielak", _STARTS_IN_WEEK_2, signals=0.9, follow_ups=1.0, risks=0.8, accounts=3),
    Member(user_id(109), "Grace Wanjala", _EVEN, signals=1.9, follow_ups=0.6, risks=0.5, accounts=7),
    Member(user_id(110), "Hana Dvorska", _QUIET, signals=0.6, accounts=5),
    Member(user_id(111), "Chidi Eze-Larsen", _STEADY, signals=0.9, follow_ups=0.9, risks=0.8, accounts=6),
    Member(user_id(112), "Noemi Castellan", _SPRINTER, signals=0.7, follow_ups=1.4, risks=1.2, accounts=5),
)
AWAY: Final = TEAM[6]
NEW_HIRE: Final = TEAM[7]

MANAGERS: Final = (
    Person(user_id(11), "Ingrid Solheim-Park", "ingrid.solheim-park@example.com", role="Customer Success Director"),
    Person(user_id(12), "Darnell Whitlock", "darnell.whitlock@example.com", role="Customer Success Director"),
)
INTEGRATION: Final = Person(user_id(1), "Integration User", "integration@example.com", role="Integration")
QUEUE: Final = id18("00GHs0000000001")


def people() -> tuple[Person, ...]:
    """Give everybody who can own or edit a record, the queue aside."""
    team = (
        Person(
            member.id,
            member.name,
            f"{member.name.lower().replace(' ', '.')}@example.com",
            role=ROLE,
            manager=MANAGERS[number % len(MANAGERS)].id,
        )
        for number, member in enumerate(TEAM)
    )
    return (INTEGRATION, *MANAGERS, *team)
