"""What the regression tests play on: a database file, a file of changes, and what is left afterwards."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from novigem.engine.engine import Engine
from novigem.engine.posting.rebuild import derive
from novigem.engine.report import RunReport
from novigem.feed.jsonl.source import JsonLinesSource, write_changes
from novigem.leaderboards.rollups import Rollups, standing_entries
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.sql.store import SqlStore
from novigem.model.change import Change
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.queries import Board, Queries
from novigem.testing import make_change, make_id

ANNA, BEN, CARL = (make_id("005", n) for n in (1, 2, 3))
NOW = datetime(2026, 6, 1, tzinfo=UTC)
WEEKLY = {"id": "weekly", "type": "recurring", "cadence": "weekly"}
COMPLETED = {"Status": {"isChanged": True, "equals": "Completed"}}
COMPLETING = {"object": "Task", "trigger": "update", "when": COMPLETED, "on_undo": "reverse"}
_STATES = ("Not Started", "Completed")


class Bed:
    """A store, and a folder in which each delivery is a file."""

    def __init__(self, store: SqlStore, folder: Path) -> None:
        self.store = store
        self._folder = folder
        self._deliveries = 0

    def play(
        self,
        program: Program,
        *changes: Change,
        people: Sequence[Person] = (),
        page_size: int = 1000,
        clock: Callable[[], datetime] = lambda: NOW,
    ) -> RunReport:
        """Write changes into a file of their own and run the program on it."""
        self._deliveries += 1
        path = self._folder / f"delivery-{self._deliveries}.jsonl"
        with path.open("wb") as stream:
            write_changes(changes, people, stream)
        source = JsonLinesSource(path, page_size=page_size)
        report = Engine(self.store, [program], clock=clock).run(source)
        assert report.rejected == 0
        return report

    def standing(self) -> list[Entry]:
        """Give the entries that stand, in ledger order."""
        return standing_entries(self.store.entries())

    def points(self) -> dict[str, int]:
        """Add up the ledger by user, line by line; who comes to nothing is left out."""
        sums: dict[str, int] = {}
        for entry in self.store.entries():
            sums[entry.user] = sums.get(entry.user, 0) + entry.points
        return {user: points for user, points in sums.items() if points}

    def paid(self) -> list[tuple[str, str, int]]:
        """Give who has points for which record, as it stands."""
        return sorted((one.user, one.record or "", one.points) for one in self.standing())

    def board(self, board: str | None = None, **options: Any) -> Board:
        """Read a board."""
        return Queries(self.store, now=NOW).board(board, **options)

    def kept(self) -> tuple[Any, ...]:
        """Give all that was written but the moment of writing."""
        entries = [
            (one.number, one.key, one.generation, one.kind, one.user, one.points, one.period, one.occurred)
            for one in self.store.entries()
        ]
        totals = [(one.book, one.user, one.points, one.entries) for one in self.store.rollup_totals("")]
        return entries, totals, self.store.progress_rows(), self.store.badges()


BedMaker = Callable[[], Bed]


def task(step: int, *, done: bool, record: int = 1, **told: Any) -> Change:
    """Give the edit of a task on a day of January 2026 that completes or reopens it."""
    before, after = _STATES if done else _STATES[::-1]
    values = {"object": "Task", "record": record, "at": f"2026-01-{step:02d}T12:00:00Z"} | told
    return make_change("update", old={"Status": before}, Status=after, **values)


def weeks(bed: Bed) -> dict[str, int]:
    """Give the totals of everybody by week."""
    found: dict[str, int] = {}
    for one in bed.store.rollup_totals("test:*:week"):
        label = one.book.removeprefix("test:*:")
        found[label] = found.get(label, 0) + one.points
    return found


def fed(program: Program, *pages: Sequence[Change]) -> tuple[MemoryStore, list[tuple[float, int, bool]]]:
    """Feed pages to a store in memory; give the value, the number of awards, and whether it holds, of each row."""
    store = MemoryStore()
    engine = Engine(store, [program])
    for page in pages:
        engine.apply(page)
    check_derived(store, program)
    rows = [(row.value / GOAL_UNIT, row.entries, row.completed is not None) for row in store.progress_rows()]
    return store, rows


def check_derived(store: MemoryStore, program: Program) -> None:
    """Hold progress and badges to what the ledger alone says."""
    rows, badges = [], []
    for user in store.users(program.program):
        found = derive(program, Rollups(program), user, [one for one in store.entries() if one.user == user])
        rows += found.progress
        badges += found.badges
    assert sorted(rows, key=str) == sorted(store.progress_rows(), key=str)
    assert sorted(badges, key=str) == sorted(store.badges(), key=str)
