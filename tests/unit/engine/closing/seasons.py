"""A small season for the tests of closing: two weeks of January 2026 in UTC, a clock that tests set, and moments."""

from datetime import UTC, datetime, timedelta
from typing import Any

from novigem.engine.closing.states import WindowState, states
from novigem.engine.closing.windows import Window
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.ledger.store import Store
from novigem.model.change import Change, to_micros
from novigem.model.program import Program
from novigem.model.snapshot import Stream
from novigem.queries.queries import Board, Queries
from novigem.testing import make_change, make_id, make_program

END = datetime(2026, 1, 19, tzinfo=UTC)
GRACE = timedelta(days=3)
ORG = make_id("00D", 1)


def season(**keys: Any) -> Program:
    """Give a program of two weeks with a one-time challenge, a weekly one, a board and a weekly board."""
    given: dict[str, Any] = {"starts": "2026-01-05", "weeks": 2} | keys
    return make_program(
        {"id": "signal", "challenge": "signals", "points": 10},
        {"id": "task", "object": "Task", "challenge": "weekly", "points": 5},
        challenges=[
            {"id": "signals", "goal": {"count": "rules", "target": 2}, "completion": {"bonus": 20, "badge": "scout"}},
            {
                "id": "weekly",
                "type": "recurring",
                "cadence": "weekly",
                "goal": {"count": "rules", "target": 2},
                "completion": {"bonus": 7},
            },
        ],
        badges=[{"id": "scout"}],
        leaderboards=[
            {"id": "team", "name": "Team board", "ties": ["first_to_reach"]},
            {"id": "week", "period": "week"},
        ],
        **given,
    )


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Bed:
    """A store with a season in it."""

    def __init__(self, store: Store, program: Program | None = None, now: datetime = END) -> None:
        self.store = store
        self.program = program or season()
        self.clock = Clock(now)
        self.engine = Engine(store, [self.program], clock=self.clock)

    def feed(self, *changes: Change) -> None:
        """Take in changes, or only the program where there are none."""
        self.engine.apply(changes)

    def close_all(self, after: timedelta = timedelta(0)) -> list[str]:
        """Close what is due some time after the season's grace period, and give what was."""
        self.clock.now = END + GRACE + after
        return [named(one.kind, one.id, one.period) for one in Manual(self.engine).close_due()]

    def board(self, name: str = "team", **options: Any) -> Board:
        """Read a board at the clock's moment."""
        return Queries(self.store, now=self.clock.now).board(name, program_id=self.program.program, **options)

    def states(self) -> dict[str, WindowState]:
        """Give how every window stands."""
        found = states(self.program, self.store, to_micros(self.clock.now))
        return {named(one.window.kind, one.window.id, one.window.period): one for one in found}

    def window(self, name: str) -> Window:
        """Give a window by the name that `states` has it under."""
        return self.states()[name].window

    def read_to(self, moment: datetime, *objects: str) -> None:
        """Let a sync have read objects of an org up to a moment."""
        cursor = ObjectCursor(feed_start=0, covered=to_micros(moment), is_filled=True)
        with self.store.begin() as transaction:
            for name in objects:
                transaction.save_position(Stream(ORG, name).feed, cursor.encode())


def named(kind: str, name: str, period: str) -> str:
    """Give the short name of a window."""
    return f"{kind} {name} {period}".strip()


EVERYTHING = [
    "challenge signals",
    "challenge weekly week:2026-01-05",
    "challenge weekly week:2026-01-12",
    "board team program",
    "board week week:2026-01-05",
    "board week week:2026-01-12",
]


def signal(record: int, owner: int = 1, at: str = "2026-01-07T12:00:00Z") -> Change:
    """Give a new opportunity: 10 points."""
    return make_change(record=record, owner=owner, at=at)


def task(record: int, owner: int = 1, at: str = "2026-01-07T12:00:00Z") -> Change:
    """Give a new task: 5 points in the weekly challenge."""
    return make_change(object="Task", record=record, owner=owner, at=at)
