"""Where the records of an office stand: all that ever were, or those alone with which there is something to do."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from novigem_sandbox.team.records import Record

_TASK: Final = "Task"
_KEPT: Final = frozenset({"Account", "Opportunity", "Task", "Case"})
_KEPT_WHEN_DONE: Final = 8
_PICKED_WHEN_DONE: Final = 5


class Shelves(Protocol):
    """What an office and the people at work in it ask of the shelves."""

    def put(self, record: Record) -> None:
        """Put a record where it belongs as it stands."""

    def take(self, record: Record) -> None:
        """Take a record out, before it changes."""

    def open(self, name: str, owner: str) -> Sequence[Record]:
        """Give the open records of an object that somebody owns."""

    def done(self, owner: str) -> Sequence[Record]:
        """Give the newest of somebody's tasks that are done."""

    def deleted(self, owner: str) -> Sequence[Record]:
        """Give the newest of somebody's tasks that were deleted."""

    def belonging(self, account: Record) -> Sequence[Record]:
        """Give the records that belong to an account."""


class Archive:
    """Keeps everything, in the order of its making: for a season that is told whole."""

    def __init__(self) -> None:
        self._records: dict[str, dict[str, Record]] = {}

    def put(self, record: Record) -> None:
        """Add a record, once."""
        self._records.setdefault(record.object, {})[record.id] = record

    def take(self, record: Record) -> None:
        """Do nothing: a record stays in its place."""

    def owned(self, name: str, owner: str) -> list[Record]:
        """Give what somebody owns of an object, open or not, oldest first."""
        return [one for one in self._records.get(name, {}).values() if one.owner == owner and not one.deleted]

    def open(self, name: str, owner: str) -> list[Record]:
        """Give the open records of an object that somebody owns, oldest first."""
        return [one for one in self.owned(name, owner) if one.is_open]

    def done(self, owner: str) -> list[Record]:
        """Give the youngest of somebody's tasks that are done."""
        return [one for one in self.owned(_TASK, owner) if not one.is_open][-_PICKED_WHEN_DONE:]

    def deleted(self, owner: str) -> list[Record]:
        """Give all of somebody's deleted tasks, oldest first."""
        return [one for one in self._records.get(_TASK, {}).values() if one.owner == owner and one.deleted]

    def belonging(self, account: Record) -> list[Record]:
        """Give the records that belong to an account, deleted ones too."""
        return [one for each in self._records.values() for one in each.values() if one.account == account.id]

    def copies(self) -> tuple[Record, ...]:
        """Give a copy of every record as it is now, object by object."""
        return tuple(replace(one, values=dict(one.values)) for each in self._records.values() for one in each.values())


class OpenWork:
    """Keeps what is open, last touched last, and the newest few tasks that are done or deleted; forgets the rest.

    So memory holds the same however long a team goes on.
    """

    def __init__(self) -> None:
        self._open: defaultdict[tuple[str, str], list[Record]] = defaultdict(list)
        self._done: defaultdict[str, deque[Record]] = defaultdict(lambda: deque(maxlen=_KEPT_WHEN_DONE))
        self._deleted: defaultdict[str, deque[Record]] = defaultdict(lambda: deque(maxlen=_KEPT_WHEN_DONE))

    def __len__(self) -> int:
        """Count what is kept."""
        shelves = (*self._open.values(), *self._done.values(), *self._deleted.values())
        return sum(map(len, shelves))

    def put(self, record: Record) -> None:
        """Put a record where it belongs, if it is one to keep."""
        shelf = self._shelf(record)
        if shelf is not None:
            shelf.append(record)

    def take(self, record: Record) -> None:
        """Take a record out, unless it was forgotten."""
        shelf = self._shelf(record)
        if shelf is not None and record in shelf:
            shelf.remove(record)

    def _shelf(self, record: Record) -> list[Record] | deque[Record] | None:
        if record.is_open and not record.deleted:
            return self._open[record.object, record.owner] if record.object in _KEPT else None
        if record.object != _TASK:
            return None
        return (self._deleted if record.deleted else self._done)[record.owner]

    def open(self, name: str, owner: str) -> list[Record]:
        """Give the open records of an object that somebody owns; not to be kept while they are edited."""
        return self._open[name, owner]

    def done(self, owner: str) -> Sequence[Record]:
        """Give somebody's newest tasks that are done."""
        return self._done[owner]

    def deleted(self, owner: str) -> Sequence[Record]:
        """Give somebody's newest tasks that were deleted."""
        return self._deleted[owner]

    def belonging(self, account: Record) -> list[Record]:
        """Give the open records of an account that its owner has."""
        kept = (one for name in sorted(_KEPT) for one in self._open[name, account.owner])
        return [one for one in kept if one.account == account.id]
