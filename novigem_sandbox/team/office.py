"""The records of a simulated team as they stand, and the changes made to them.

Only what is open is kept: a record that is done, but for the newest few of each owner, is forgotten.
"""

from collections import defaultdict, deque
from datetime import date
from random import Random
from typing import Any, Final

from novigem.model.change import Change, ChangeKind, from_micros, id18
from novigem_sandbox.team import records
from novigem_sandbox.team.world import Record, Values

SECOND: Final = 1_000_000
_PREFIXES: Final = {"Account": "001", "Opportunity": "006", "Task": "00T", "Event": "00U"}
# The letters of these ids never differ, so neither does the suffix that keeps them apart.
_SUFFIXES: Final = {name: id18(f"{prefix}Sm0000000000")[15:] for name, prefix in _PREFIXES.items()}
_KEPT_WHEN_DONE: Final = 8


class Office:
    """Open records by owner. Changes must be made in order of time; `take` gives those since the last call."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.accounts: defaultdict[str, list[Record]] = defaultdict(list)
        self.deals: defaultdict[str, list[Record]] = defaultdict(list)
        self.tasks: defaultdict[str, list[Record]] = defaultdict(list)
        self.done: defaultdict[str, deque[Record]] = defaultdict(lambda: deque(maxlen=_KEPT_WHEN_DONE))
        self._open = {"Account": self.accounts, "Opportunity": self.deals, "Task": self.tasks}
        self._numbers: defaultdict[str, int] = defaultdict(int)
        self._changes: list[Change] = []
        self._last = 0
        self._seq = 0

    def take(self) -> list[Change]:
        """Give the changes made since the last call."""
        changes, self._changes = self._changes, []
        return changes

    def chance(self, share: float) -> bool:
        """Draw whether something happens that happens in this share of cases."""
        return self.random.random() < share

    def pick(self, choices: Any) -> Record | None:
        """Draw one of some records; None where there is none."""
        return self.random.choice(choices) if choices else None

    def stands(self, name: str, values: Values) -> Record:
        """Add a record that was there before the first change."""
        self._numbers[name] += 1
        number = f"{_PREFIXES[name]}Sm{self._numbers[name]:010d}{_SUFFIXES[name]}"
        record = Record(number, name, values)
        if name in self._open:
            self._open[name][record.owner].append(record)
        return record

    def create(self, name: str, values: Values, at: int, by: str) -> Record:
        """Create a record; `at` is in microseconds since 1970 UTC, as everywhere here."""
        record = self.stands(name, values | {"CreatedById": by})
        self._write(record, "create", at, by, None)
        return record

    def update(self, record: Record, values: Values, at: int, by: str) -> None:
        """Edit a record; nothing is written where nothing differs or the record is gone."""
        old = {field: record.values.get(field) for field, new in values.items() if record.values.get(field) != new}
        if old and not record.deleted:
            self._leave(record)
            record.values.update(values)
            self._enter(record)
            self._write(record, "update", at, by, old)

    def delete(self, record: Record, at: int, by: str) -> None:
        """Delete a record."""
        self._leave(record)
        record.deleted = True
        self._write(record, "delete", at, by, None)

    def merge(self, loser: Record, winner: Record, at: int, by: str) -> None:
        """Merge an account into another of the same owner, which gets all that belonged to it, without a change."""
        self._leave(loser)
        loser.deleted = True
        for record in (*self.deals[loser.owner], *self.tasks[loser.owner]):
            if record.account == loser.id:
                record.values["AccountId"] = winner.id
        self._write(loser, "merge", at, by, None, into=winner.id)

    def complete(self, task: Record, at: int, by: str) -> None:
        """Complete a task."""
        self.update(task, records.COMPLETED, at, by)

    def plan(self, owner: str, account: Record | None, at: int, by: str, today: date, **own: Any) -> Record:
        """Plan a task for somebody; `own` are fields other than usual."""
        weight = own.pop("weight", 1.0)
        values = records.work(self.random, account, owner, today, weight=weight)
        return self.create("Task", values | own, at, by)

    def _is_open(self, record: Record) -> bool:
        return not record.values.get("IsClosed")

    def _leave(self, record: Record) -> None:
        shelf = self._open[record.object][record.owner] if self._is_open(record) else self.done[record.owner]
        # A record that was forgotten when it was done stands nowhere.
        if record in shelf:
            shelf.remove(record)

    def _enter(self, record: Record) -> None:
        if self._is_open(record):
            self._open[record.object][record.owner].append(record)
        elif record.object == "Task":
            self.done[record.owner].append(record)

    def _write(
        self, record: Record, kind: ChangeKind, at: int, by: str, old: Values | None, *, into: str | None = None
    ) -> None:
        # Edits of one second keep their order by number.
        self._seq = self._seq + 1 if at == self._last else 0
        self._last = at
        moment = from_micros(at)
        new = dict(record.values)
        change = Change(record.object, record.id, kind, moment, new, old, by=by, seq=self._seq, into=into)
        self._changes.append(change)
