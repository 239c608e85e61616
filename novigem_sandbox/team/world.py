"""What the invented team has in mind: its records as they stand, and every change made to them, in order of time."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any, Final

from novigem.model.change import Change, ChangeKind, id18

Values = dict[str, Any]

_PREFIXES: Final = {"Account": "001", "Opportunity": "006", "Task": "00T", "Event": "00U", "Case": "500"}


@dataclass
class Record:
    """A record as it stands; `values` holds every field that is told."""

    id: str
    object: str
    values: Values
    deleted: bool = False

    @property
    def owner(self) -> str:
        """The id of the user or queue that owns it."""
        return str(self.values["OwnerId"])

    @property
    def account(self) -> str | None:
        """The id of the account it belongs to, if any."""
        return self.values.get("AccountId")


class World:
    """The records, and the changes so far. Changes must be made in order of time."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.changes: list[Change] = []
        self._records: dict[str, list[Record]] = {name: [] for name in _PREFIXES}
        self._numbers: Counter[str] = Counter()
        self._last: datetime | None = None
        self._seq = 0

    def chance(self, share: float) -> bool:
        """Draw whether something happens that happens in this share of cases."""
        return self.random.random() < share

    def stands(self, name: str, values: Values) -> Record:
        """Add a record that was there before the first change."""
        self._numbers[name] += 1
        record = Record(id18(f"{_PREFIXES[name]}Hs0000{self._numbers[name]:06d}"), name, dict(values))
        self._records[name].append(record)
        return record

    def standing(self) -> tuple[Record, ...]:
        """Give a copy of every record as it is now, in the order of their making."""
        return tuple(replace(one, values=dict(one.values)) for records in self._records.values() for one in records)

    def create(self, name: str, values: Values, at: datetime, by: str) -> Record:
        """Create a record."""
        record = self.stands(name, values | {"CreatedById": by})
        self._write(record, "create", at, by, old=None)
        return record

    def update(self, record: Record, values: Values, at: datetime, by: str) -> None:
        """Edit a record; nothing is written where nothing differs."""
        old = {field: record.values.get(field) for field, new in values.items() if record.values.get(field) != new}
        if old:
            record.values.update(values)
            self._write(record, "update", at, by, old=old)

    def delete(self, record: Record, at: datetime, by: str) -> None:
        """Delete a record."""
        record.deleted = True
        self._write(record, "delete", at, by, old=None)

    def undelete(self, record: Record, at: datetime, by: str) -> None:
        """Bring a deleted record back."""
        record.deleted = False
        self._write(record, "undelete", at, by, old=None)

    def merge(self, loser: Record, winner: Record, at: datetime, by: str) -> None:
        """Merge a record into another; what belonged to it belongs to the winner from now on, without a change."""
        loser.deleted = True
        self._write(loser, "merge", at, by, old=None, into=winner.id)
        for records in self._records.values():
            for record in records:
                if record.account == loser.id:
                    record.values["AccountId"] = winner.id

    def owned(self, name: str, owner: str) -> list[Record]:
        """Give what somebody owns of an object, oldest first."""
        return [record for record in self._records[name] if record.owner == owner and not record.deleted]

    def deleted(self, name: str) -> list[Record]:
        """Give the deleted records of an object."""
        return [record for record in self._records[name] if record.deleted]

    def _write(
        self, record: Record, kind: ChangeKind, at: datetime, by: str, *, old: Values | None, into: str | None = None
    ) -> None:
        # Edits of one second keep their order by number.
        self._seq = self._seq + 1 if at == self._last else 0
        self._last = at
        change = Change(record.object, record.id, kind, at, dict(record.values), old, by=by, seq=self._seq, into=into)
        self.changes.append(change)
