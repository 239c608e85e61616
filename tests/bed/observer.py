"""The observer: what a run that saw every observable change once would have made of the rows that were served.

Written anew and plainly, beside the feed's own comparison: it keeps every state of every record in a list and looks at
neighbours. It knows nothing of snapshots, reads, cursors or stores.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from novigem.model.change import Change, ChangeKind

#: Fields that are compared, per object; others are read along.
Compared = Mapping[str, tuple[str, ...]]
#: Kind, moment, author, values after, values before, winner of a merge.
Told = tuple[ChangeKind, str, str | None, dict[str, Any], dict[str, Any] | None, str | None]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Observer:
    """Collects the states that were served and committed, and tells the changes between them."""

    def __init__(self, compared: Compared) -> None:
        self._compared = compared
        self._starts: dict[str, datetime] = {}
        self._states: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        self._silent: set[tuple[str, str]] = set()

    def take(self, rows: Iterable[Mapping[str, Any]], *, feed_start: datetime, first_read: bool) -> None:
        """Take rows in the order in which they were served."""
        for row in rows:
            self._starts.setdefault(row["attributes"]["type"], feed_start)
            key = (row["attributes"]["type"], row["Id"])
            states = self._states[key]
            if not states and first_read:
                self._silent.add(key)
            if not states or row["SystemModstamp"] >= states[-1]["SystemModstamp"]:
                states.append(row)

    def changes(self) -> list[Change]:
        """Give every change that the states tell of."""
        told: list[Change] = []
        for (name, record_id), states in self._states.items():
            life = self._life(name, states, is_silent=(name, record_id) in self._silent)
            for number, (kind, at, by, new, old, into) in enumerate(life, start=1):
                told.append(Change(name, record_id, kind, moment(at), new, old, by, number, into))
        return told

    def _life(self, name: str, states: list[Mapping[str, Any]], *, is_silent: bool) -> Iterator[Told]:
        yield from self._beginning(name, states[0], is_silent=is_silent)
        for before, after in pairwise(states):
            yield from self._between(name, before, after)

    def _beginning(self, name: str, row: Mapping[str, Any], *, is_silent: bool) -> Iterator[Told]:
        start, values = self._starts[name], self._values(name, row)
        if moment(row["CreatedDate"]) >= start:
            yield "create", row["CreatedDate"], row["CreatedById"], values, None, None
            if row["LastModifiedDate"] > row["CreatedDate"]:
                yield "update", row["LastModifiedDate"], row["LastModifiedById"], values, None, None
            if row["IsDeleted"]:
                yield _end(row, values)
        elif is_silent and moment(row["LastModifiedDate"]) >= start and not row["IsDeleted"]:
            yield "update", row["LastModifiedDate"], row["LastModifiedById"], values, None, None

    def _between(self, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Told]:
        was, now = self._values(name, before), self._values(name, after)
        old = {field: was[field] for field in was if was[field] != now[field]}
        by, stamp = after["LastModifiedById"], after["SystemModstamp"]
        if before["IsDeleted"] and not after["IsDeleted"]:
            yield "undelete", stamp, by, was, {}, None
        if old and not (before["IsDeleted"] and after["IsDeleted"]):
            if after["LastModifiedDate"] == before["LastModifiedDate"] and stamp != before["SystemModstamp"]:
                yield "system_update", stamp, None, now, old, None
            else:
                yield "update", after["LastModifiedDate"], by, now, old, None
        if after["IsDeleted"] and not before["IsDeleted"]:
            yield _end(after, now)

    def _values(self, name: str, row: Mapping[str, Any]) -> dict[str, Any]:
        return {field: row[field] for field in self._compared[name]}


def _end(row: Mapping[str, Any], values: dict[str, Any]) -> Told:
    into = row.get("MasterRecordId")
    return "merge" if into else "delete", row["SystemModstamp"], row["LastModifiedById"], values, {}, into


def told(changes: Iterable[Change]) -> dict[str, list[tuple[Any, ...]]]:
    """Give the story of each record. What a purge ended was never served, so its end is left out."""
    stories: dict[str, list[tuple[Any, ...]]] = {}
    for one in sorted(changes, key=lambda one: (one.id, one.seq)):
        if one.kind != "delete" or one.by is not None:
            stories.setdefault(one.id, []).append((one.kind, one.at, one.by, one.old, one.into, one.seq))
    return stories
