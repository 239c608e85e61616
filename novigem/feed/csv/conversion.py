"""What a conversion gives: changes in the order of their moments, people, rows set aside, and counts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from novigem.feed.source import Rejected
from novigem.model.change import KIND_ORDER, Change
from novigem.model.people import Person


class Conversion(NamedTuple):
    """The outcome of `convert_csv`.

    `rows` counts the rows of the CSV that could be read as rows; `without_change` those of them that hold no moment
    (all their dates are empty); `repeated` those that stood in the file before, word for word; `kinds` the changes by
    kind. Rows set aside are in `rejected`, with their line; `ahead` are moments that lie ahead of now and have not
    happened. `notes` say what was skipped, found or decided besides.
    """

    changes: Sequence[Change]
    people: Sequence[Person]
    rejected: Sequence[Rejected]
    rows: int
    without_change: int
    repeated: int
    kinds: Mapping[str, int]
    ahead: Sequence[Rejected] = ()
    notes: Sequence[str] = ()

    @property
    def is_unread(self) -> bool:
        """Whether there were rows, and not one of them could be read."""
        return bool(self.rejected) and len(self.rejected) >= self.rows and not self.changes


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Sort changes by moment, then as Salesforce would have made them, then by id: the same for any order of rows."""
    return sorted(changes, key=lambda change: (change.at, change.seq, KIND_ORDER[change.kind], change.id))


def kinds_of(changes: Iterable[Change]) -> dict[str, int]:
    """Count changes by kind, in the order of a record's life."""
    counted = Counter[str](change.kind for change in changes)
    return {kind: counted[kind] for kind in KIND_ORDER if counted[kind]}
