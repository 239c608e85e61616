"""The laws of teams: what a team has is what its members did while they were members, whatever came in which order.

The reference goes by a plain list of who was where when; the engine is told of it piece by piece, in any order.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.doctor import examine
from novigem.engine import Engine
from novigem.feed.source import Page
from novigem.leaderboards.books import standing_entries
from novigem.ledger.store import RowFilter, Store
from novigem.model.change import Change, from_micros, to_micros
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries import Queries
from novigem.testing import make_change, make_id, make_person, make_program
from tests.property.runs import FRESH, state
from tests.property.strategies_engine import Digits

FIRST = date(2026, 3, 2)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
USERS = tuple(make_id("005", n) for n in range(1, 5))
BOSS = make_id("005", 9)
# When roles and managers change, as they are told: in the middle of a week, and at the border of one.
TOLD = (MONDAY + timedelta(days=3, hours=10), MONDAY + timedelta(days=7))
ROLES = ("North", "South", None)
CREDITS = ("each", "who_contributed", "nobody")
PERIODS = ("program", "week", "month", "all")


class World(NamedTuple):
    """A program with teams, what happened, and who is told of when."""

    program: Program
    changes: list[Change]
    told: list[tuple[datetime, Person]]


def _program(digits: Digits) -> Program:
    goal: dict[str, Any] = digits.pick(({"count": "rules"}, {"points": "rules"}, {"sum": "Amount"}, {"distinct": "Name"}))
    listed = (
        "u1@acme.example",
        {"user": USERS[1], "from": FIRST + timedelta(days=digits.pick((1, 3, 7))), "to": FIRST + timedelta(days=9)},
        {"user": USERS[1], "from": FIRST + timedelta(days=11)},
    )
    return make_program(
        {
            "object": "Opportunity",
            "when": {"StageName": {"equals": "Won"}},
            "points": 3,
            "challenge": "wins",
            "once_per": digits.pick(("record", "change")),
            "on_undo": digits.pick(("keep", "reverse")),
        },
        {"object": "Task", "points": 2},
        timezone=digits.pick(("UTC", "America/New_York")),
        starts=FIRST,
        weeks=3,
        teams=(
            {"id": "listed", "name": "Listed", "members": listed},
            {"id": "north", "name": "North", "role": ("North",)},
            {"id": "led", "name": "Led", "manager": "boss@acme.example"},
        ),
        challenges=(
            {
                "id": "wins",
                "name": "Wins",
                "type": digits.pick(("one-time", "recurring")),
                "goal": {**goal, "target": 100},
                "team_goal": {"target": digits.pick((1, 2, 4)), "credit": digits.pick(CREDITS), "bonus": 10, "badge": "b"},
            }
            | {},
        ),
        badges=({"id": "b", "name": "B"},),
        leaderboards=tuple({"id": one, "name": one, "scope": "teams", "period": one} for one in PERIODS),
    )
