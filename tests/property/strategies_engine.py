"""Small worlds for properties of the engine, tuned so that everything collides.

Three records, four users, two accounts, and moments around every border: weeks, the window of the program, a clock
change. So equal moments, owner changes, late news and unknown old values are the rule rather than the exception.

Every part is drawn as one number and read off digit by digit: a hundred times faster than drawing each choice, and
denser, since Hypothesis likes to repeat itself. A failure still shrinks, to fewer changes and rules.
"""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from novigem.model.change import Change
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.testing import make_id, make_person

ZONES = ("UTC", "America/New_York", "Pacific/Apia", "America/Sao_Paulo")
STARTS, WEEKS = date(2026, 3, 2), 2
USERS = tuple(make_id("005", n) for n in range(1, 5))
QUEUE = make_id("00G", 1)
ACCOUNTS = (make_id("001", 1), make_id("001", 2))
RECORDS = {"Opportunity": tuple(make_id("006", n) for n in (1, 2, 3)), "Task": tuple(make_id("00T", n) for n in (1, 2))}
STAGES = ("Won", "Open", "Lost")
ONCE_PER = (*["change"] * 5, *["record"] * 3, "record and user", "account", "account and week", "day")
TIES = ("first_to_reach", "distinct_accounts", "fewer_awards")

PEOPLE = (
    make_person(1, name="Anna", email="anna@acme.example", role="CSM", manager=4),
    make_person(2, role="CSM"),
    make_person(3, active=False, role="CSM"),
)

# Somebody named by e-mail who works half the days there are, and somebody named by id who is away throughout.
TERMS = (
    {
        "user": "ANNA@acme.example",
        "part_time": 60,
        "leave": ({"from": STARTS + timedelta(days=2), "to": STARTS + timedelta(days=6)},),
        "targets": {"challenge-0": 2},
    },
    {"user": USERS[1][:15], "leave": ({"from": STARTS - timedelta(days=90), "to": STARTS + timedelta(days=90)},)},
)
EARNED = (
    {"id": "points", "name": "Points", "earned_by": {"points": "rules", "target": 6}},
    {
        "id": "awards",
        "name": "Awards",
        "earned_by": {"count": "Opportunity"},
        "tiers": ({"id": "low", "at": 1}, {"id": "high", "at": 3}),
    },
    {"id": "steady", "name": "Steady", "earned_by": {"streak": "working day", "target": 2}},
)
EXPIRING = (
    EARNED[0] | {"earned_by": {"points": "rules", "target": 4}, "expires_after_days": 30},
    EARNED[1] | {"tiers": ({"id": "low", "at": 1}, {"id": "high", "at": 2}), "expires_after_days": 1},
    EARNED[2] | {"expires_after_days": 2},
    {"id": "busy", "name": "Busy", "earned_by": {"count": "rules", "target": 2}, "expires_after_days": 30},
)

_Option = TypeVar("_Option")
_LARGEST = 2**62


class Digits:
    """Reads choices off one number."""

    def __init__(self, number: int) -> None:
        self._number = number

    def pick(self, options: Sequence[_Option]) -> _Option:
        """Take the next digit, in the base that the options need."""
        self._number, index = divmod(self._number, len(options))
        return options[index]


def borders(zone: str) -> tuple[datetime, ...]:
    """Give the first instants of the days on which something begins or ends, and of a clock change, in one zone."""
    days = [STARTS + timedelta(days=n) for n in (1, 0, 7, 14)]
    local = [datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC) for day in days]
    return (*local, datetime(2026, 3, 8, 7, tzinfo=UTC))


BORDERS = {zone: borders(zone) for zone in ZONES}
BESIDE = (timedelta(0), timedelta(microseconds=-1), timedelta(hours=1), timedelta(hours=-1))
FOR_ALL = (*[None] * 6, {"StageName": {"equals": "Won"}}, {"Amount": {"greaterThan": 0}})
FOR_UPDATES = (
    *FOR_ALL,
    {"StageName": {"isChanged": True}},
    {"StageName": {"changedTo": "Won"}},
    {"Amount": {"increasedBy": 1}},
    {"any": [{"StageName": {"notEquals": "Won"}}, {"AccountId": {"isNotBlank": True}}]},
)


def rule(number: int, digits: Digits, challenges: Sequence[str]) -> dict[str, Any]:
    """Read one rule, most often linked to one of the challenges."""
    trigger = digits.pick(["update"] * 4 + ["create"])
    read: dict[str, Any] = {
        "id": f"rule-{number}",
        "object": digits.pick(["Opportunity"] * 6 + ["Task"]),
        "trigger": trigger,
        "points": digits.pick([1, 2, 5]),
        "once_per": digits.pick(ONCE_PER),
        "award_points_to": digits.pick(["Record Owner"] * 6 + ["Last Modified By", "Created By", "Helper__c"]),
        "when": digits.pick(FOR_ALL if trigger == "create" else FOR_UPDATES),
        "challenge": digits.pick([*challenges, *challenges, *challenges, None]),
    }
    if trigger == "update":
        read["trigger"] = digits.pick(["update", "create or update"])
    return {key: value for key, value in read.items() if value is not None}


def challenge(number: int, digits: Digits) -> dict[str, Any]:
    """Read one challenge with a small target, so that it completes, with or without bonus and badge."""
    goal = digits.pick(
        [
            {"count": "rules"},
            {"sum": "Amount"},
            {"points": "rules"},
            {"distinct": "AccountId"},
            {"distinct": "StageName"},
            {"count": "Task"},
            {"streak": "working day"},
            {"streak": "working day", "at_least": 2},
            {"streak": "week"},
            {"streak": "month"},
        ]
    )
    read: dict[str, Any] = {
        "id": f"challenge-{number}",
        "name": f"Challenge {number}",
        "type": digits.pick(["one-time", "recurring"]),
        "goal": goal | {"target": digits.pick([1, 1.5, 2, 3])},
        "completion": digits.pick([*[{"bonus": 50, "badge": "good"}] * 3, {"bonus": 9, "badge": "off"}, {}]),
        "starts": digits.pick([None, None, None, STARTS + timedelta(days=1)]),
        "fair": digits.pick([False, True]),
    }
    if read["type"] == "recurring":
        read["cadence"] = digits.pick(["weekly", "weekly", "monthly"])
    return {key: value for key, value in read.items() if value is not None}


def program(number: int, rules: Sequence[int], challenges: Sequence[int]) -> Program:
    """Read a program over two weeks with a clock change in them."""
    digits = Digits(number)
    goals = [challenge(n, Digits(one)) for n, one in enumerate(challenges)]
    ids = [goal["id"] for goal in goals]
    return Program.model_validate(
        {
            "program": "small",
            "name": "Small",
            "timezone": digits.pick(ZONES),
            "starts": STARTS,
            "weeks": WEEKS,
            "week_start": digits.pick(["monday", "sunday"]),
            "participants": digits.pick(
                [
                    *[{}] * 8,
                    {"exclude": ("ANNA@acme.example",)},
                    {"role": ("CSM",)},
                    {"users": (USERS[0][:15], USERS[3])},
                    {"manager": (USERS[3],)},
                ]
            ),
            "rules": [rule(n, Digits(one), ids) for n, one in enumerate(rules)],
            "challenges": goals,
            "badges": [{"id": "good", "name": "Good"}, {"id": "off", "name": "Off", "status": "inactive"}, *EARNED],
            "working_time": digits.pick([{}, {"weekend": ("sunday",)}, {"weekend": ()}]),
            "people": digits.pick([(), (), TERMS]),
            "leaderboards": [
                {"id": "board", "name": "Board", "ties": (digits.pick(TIES), digits.pick(TIES))},
                *({"id": f"of-{one}", "name": one, "scope": {"challenge": one}, "period": "week"} for one in ids),
            ],
        }
    )


def change(number: int, zone: str) -> Change:
    """Read one create or update of one of a few records; the old values are known, partly known, or unknown."""
    digits = Digits(number)
    kind = digits.pick(["update"] * 4 + ["create"])
    name = digits.pick(["Opportunity"] * 6 + ["Task"])
    amounts = (3, 0.5, 0, -4, None, "many")
    new = {
        "StageName": digits.pick(STAGES),
        "OwnerId": digits.pick([*USERS[:2] * 5, *USERS, QUEUE, None]),
        "AccountId": digits.pick([*ACCOUNTS, None, ...]),
        "Amount": digits.pick([*amounts, ...]),
        "Helper__c": digits.pick([USERS[0], USERS[1][:15], "nobody", ...]),
        "CreatedById": digits.pick([USERS[1], ...]),
    }
    old = {
        "StageName": digits.pick([..., *STAGES]),
        "Amount": digits.pick([..., *amounts]),
        "OwnerId": digits.pick([..., USERS[0]]),
    }
    told = digits.pick([True, True, True, False])
    return Change(
        object=name,
        id=digits.pick(RECORDS[name]),
        kind=kind,
        at=digits.pick([*BORDERS[zone], BORDERS[zone][0]]) + digits.pick(BESIDE),
        new={field: value for field, value in new.items() if value is not ...},
        old={field: value for field, value in old.items() if value is not ...} if kind == "update" and told else None,
        by=digits.pick([*USERS[:2], None]),
        seq=digits.pick([0, 0, 1]),
    )


numbers = st.integers(0, _LARGEST)


def scattered(seed: int, count: int) -> list[int]:
    """Give numbers that look drawn by chance, always the same for one seed; a smaller count gives fewer of them."""
    chance = random.Random(seed)
    return [chance.randrange(_LARGEST) for _number in range(count)]


def programs() -> st.SearchStrategy[Program]:
    """Programs of up to three rules and two challenges."""
    lists = (st.builds(scattered, numbers, st.integers(1, most)) for most in (3, 2))
    return st.builds(program, numbers, *lists)


@st.composite
def worlds(draw: st.DrawFn, *, least: int = 8, most: int = 30) -> tuple[Program, list[Change]]:
    """Draw a program and changes around its borders."""
    drawn = draw(programs())
    return drawn, [
        change(number, drawn.timezone) for number in scattered(draw(numbers), draw(st.integers(least, most)))
    ]


@st.composite
def pages_of(draw: st.DrawFn, items: list[Any]) -> list[list[Any]]:
    """Cut a list into pages of one to five."""
    digits = Digits(draw(numbers))
    pages, start = [], 0
    while start < len(items):
        size = digits.pick([1, 2, 1, 5, 3])
        pages.append(items[start : start + size])
        start += size
    return pages


def everybody() -> list[Person]:
    """Give the people that a header line would tell; the fourth user is told by nobody."""
    return list(PEOPLE)
