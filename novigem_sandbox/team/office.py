"""The records of a team as they stand, and the changes made to them."""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import count
from random import Random
from typing import Any, Final

from novigem.model.change import Change, ChangeKind, from_micros
from novigem.model.ids import id18
from novigem_sandbox.team import records
from novigem_sandbox.team.records import Record, Values
from novigem_sandbox.team.shelves import Shelves

_PREFIXES: Final = {"Account": "001", "Opportunity": "006", "Task": "00T", "Event": "00U", "Case": "500"}

#: Gives the id of the next record of an object.
NewId = Callable[[str], str]


def numbered(tag: str) -> NewId:
    """Give ids in which the two letters of a tag stand before the number."""
    numbers = {name: count(1) for name in _PREFIXES}
    # The letters of these ids never differ, so neither does the suffix that keeps them apart.
    suffixes = {name: id18(f"{prefix}{tag}0000000000")[15:] for name, prefix in _PREFIXES.items()}
    return lambda name: f"{_PREFIXES[name]}{tag}{next(numbers[name]):010d}{suffixes[name]}"


class Office:
    """Records on their shelves. Changes must be made in order of time; `take` gives those since the last call.

    Moments are in microseconds since 1970 UTC.
    """

    def __init__(self, random: Random, shelves: Shelves, new_id: NewId) -> None:
        self.random = random
        self.shelves = shelves
        self._new_id = new_id
        self._changes: list[Change] = []
        self._last = 0
        self._seq = 0

    def take(self) -> list[Change]:
        """Give the changes made since the last call."""
        changes, self._changes = self._changes, []
        return changes

    def chance(self, share: float) -> bool:
        """Draw whether something happens that happens in this share of cases; for what never does, nothing is drawn."""
        return share > 0 and self.random.random() < share

    def pick(self, choices: Sequence[Record]) -> Record | None:
        """Draw one of some records; None where there is none."""
        return self.random.choice(choices) if choices else None

    def stands(self, name: str, values: Values) -> Record:
        """Add a record that was there before the first change."""
        record = Record(self._new_id(name), name, values)
        self.shelves.put(record)
        return record

    def stand_customer(self, name: str, owner: str, today: date) -> None:
        """Add an account with a renewal, and with a deal under way for some."""
        account = self.stands("Account", {"Name": name, "OwnerId": owner})
        self.stands("Opportunity", records.renewal(self.random, account, owner, today))
        if self.chance(0.4):
            self.stands("Opportunity", records.expansion(self.random, account, owner, today))

    def create(self, name: str, values: Values, at: int, by: str) -> Record:
        """Create a record."""
        record = self.stands(name, values | {"CreatedById": by})
        self._write(record, "create", at, by, None)
        return record

    def update(self, record: Record, values: Values, at: int, by: str) -> None:
        """Edit a record; nothing is written where nothing differs or the record is gone."""
        old = {field: record.values.get(field) for field, new in values.items() if record.values.get(field) != new}
        if old and not record.deleted:
            self.shelves.take(record)
            record.values.update(values)
            self.shelves.put(record)
            self._write(record, "update", at, by, old)

    def delete(self, record: Record, at: int, by: str) -> None:
        """Delete a record."""
        self._mark(record, deleted=True)
        self._write(record, "delete", at, by, None)

    def undelete(self, record: Record, at: int, by: str) -> None:
        """Bring a deleted record back."""
        self._mark(record, deleted=False)
        self._write(record, "undelete", at, by, None)

    def merge(self, loser: Record, winner: Record, at: int, by: str) -> None:
        """Merge an account into another of the same owner, which gets all that belonged to it, without a change."""
        for record in self.shelves.belonging(loser):
            record.values["AccountId"] = winner.id
        self._mark(loser, deleted=True)
        self._write(loser, "merge", at, by, None, into=winner.id)

    def complete(self, task: Record, at: int, by: str) -> None:
        """Complete a task."""
        self.update(task, records.COMPLETED, at, by)

    def _mark(self, record: Record, *, deleted: bool) -> None:
        self.shelves.take(record)
        record.deleted = deleted
        self.shelves.put(record)

    def _write(
        self, record: Record, kind: ChangeKind, at: int, by: str, old: Values | None, *, into: str | None = None
    ) -> None:
        # Edits of one second keep their order by number.
        self._seq = self._seq + 1 if at == self._last else 0
        self._last = at
        new: dict[str, Any] = dict(record.values)
        moment = from_micros(at)
        self._changes.append(Change(record.object, record.id, kind, moment, new, old, by=by, seq=self._seq, into=into))
