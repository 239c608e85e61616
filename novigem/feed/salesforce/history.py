"""Field history: the steps between two states of a record that a poll sees as one, with their moments and authors.

Where the rows of history lead from our copy to the record as it is, each step becomes a change of its own and `by` is
exact. Where they do not (a field is not tracked, a row is missing), the change stays as the comparison found it. Task
and Event have no history object.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from novigem.feed.csv.ids import looks_like_id
from novigem.feed.salesforce import soql
from novigem.feed.salesforce.compare import Comparison
from novigem.feed.salesforce.org import Org, all_rows
from novigem.feed.salesforce.records import Record
from novigem.feed.salesforce.schema import ObjectSchema, WatchedField
from novigem.feed.salesforce.values import micros
from novigem.model.change import Change, from_micros
from novigem.model.ids import whole_id
from novigem.model.redaction import NO_REDACTION, Redactor
from novigem.model.snapshot import Snapshot

Edited = tuple[Record, Snapshot | None, Comparison]
Values = Mapping[str, Any]


class Step(NamedTuple):
    """What one person did at one moment: per field the value before and after."""

    at: int
    by: str | None
    edits: dict[str, tuple[Any, Any]]


def may_hide_steps(record: Record, copy: Snapshot | None, outcome: Comparison) -> bool:
    """Tell whether history may know more of a row than the comparison: edits put together, or taken back again."""
    if copy is None:
        return len(outcome.changes) > 1
    return bool(outcome.changes) or (copy.state == "live" and record.modified != copy.modified)


class HistoryReader:
    """Reads the history of edited records and makes their changes finer."""

    def __init__(self, org: Org, schema: ObjectSchema, redactor: Redactor = NO_REDACTION) -> None:
        self._org = org
        self._schema = schema
        self._redactor = redactor
        self._fields = {field.path: field for field in schema.fields if field.is_compared}

    def refine(self, edited: Sequence[Edited]) -> Iterator[Comparison]:
        """Give the outcome of each edited record, with a change for every step that history tells of."""
        for start in range(0, len(edited), soql.IDS_AT_A_TIME):
            part = edited[start : start + soql.IDS_AT_A_TIME]
            steps = self._steps(part)
            for record, copy, outcome in part:
                yield self._refined(record, copy, outcome, steps.get(record.id, ()))

    def _steps(self, edited: Sequence[Edited]) -> dict[str, list[Step]]:
        since = min(record.created if copy is None else copy.modified for record, copy, _ in edited)
        ids = sorted({record.id for record, _, _ in edited})
        steps: dict[str, list[Step]] = defaultdict(list)
        for row in all_rows(self._org, soql.history_rows(self._schema, ids, since)):
            self._add(
                self._redactor.value(row) if self._redactor else row,
                steps[whole_id(row[self._schema.history_parent or ""])],
            )
        return steps

    def _add(self, row: Mapping[str, Any], steps: list[Step]) -> None:
        field = self._field(row["Field"])
        if field is None:
            return
        try:
            edit = _value(row["OldValue"], field), _value(row["NewValue"], field)
        except (TypeError, ValueError):
            return  # lookups have a second row with names; hidden values come as nothing we could read
        at, by = micros(row["CreatedDate"]), whole_id(row["CreatedById"]) if row["CreatedById"] else None
        last = steps[-1] if steps else None
        if last is not None and (last.at, last.by) == (at, by) and field.path not in last.edits:
            last.edits[field.path] = edit
        else:
            steps.append(Step(at, by, {field.path: edit}))

    def _field(self, name: str) -> WatchedField | None:
        return self._fields.get(name) or self._fields.get(self._schema.relationships.get(name, ""))

    def _refined(self, record: Record, copy: Snapshot | None, outcome: Comparison, steps: Sequence[Step]) -> Comparison:
        if copy is not None and not outcome.changes:
            # There and back between two polls: the same content, and yet somebody did something, twice.
            outcome = outcome._replace(changes=(self._taken_back(record, copy),))
            refined = self._with_steps(record, copy, outcome, steps)
            return refined if refined is not outcome else outcome._replace(changes=())
        return self._with_steps(record, copy, outcome, steps)

    def _taken_back(self, record: Record, copy: Snapshot) -> Change:
        at, number = from_micros(record.modified), copy.rev + 1
        return Change(self._schema.object, record.id, "update", at, record.values, {}, record.modifier, number)

    def _with_steps(
        self, record: Record, copy: Snapshot | None, outcome: Comparison, steps: Sequence[Step]
    ) -> Comparison:
        position = next((n for n, one in enumerate(outcome.changes) if one.kind == "update"), None)
        if position is None or outcome.snapshot is None:
            return outcome
        until = [step for step in steps if step.at <= record.modified]
        if copy is None:
            path = _from_creation(record, until)
        elif outcome.changes[position].old is None:
            return outcome
        else:
            path = _from_copy(record, copy, until)
        if path is None:
            return outcome
        first, walked = path
        told = list(outcome.changes[:position])
        if told and told[-1].kind == "create":
            told[-1] = msgspec.structs.replace(told[-1], new=dict(first))
        told += self._changes(outcome.changes[position], first, walked, record)
        told += outcome.changes[position + 1 :]
        start = outcome.changes[0].seq
        changes = tuple(msgspec.structs.replace(one, seq=start + n) for n, one in enumerate(told))
        return Comparison(changes, msgspec.structs.replace(outcome.snapshot, rev=changes[-1].seq))

    def _changes(self, whole: Change, first: Values, steps: Sequence[Step], record: Record) -> Iterator[Change]:
        """Yield a change per step, and one more for what history does not track."""
        values = dict(first)
        for step in steps:
            values |= {path: new for path, (_, new) in step.edits.items()}
            is_last = step is steps[-1] and (step.at, step.by) == (record.modified, record.modifier)
            old = {path: before for path, (before, _) in step.edits.items()}
            if is_last:
                # One edit touches tracked and other fields alike.
                old |= {path: values[path] for path in self._differing(values, record.values)}
                values = dict(record.values)
            yield msgspec.structs.replace(
                whole,
                at=from_micros(step.at),
                by=step.by,
                new=dict(record.values) if is_last else self._at_the_time(values, first, record.values),
                old=old,
                confidence="exact" if step.by else None,
            )
        rest = self._differing(values, record.values)
        if rest:
            yield msgspec.structs.replace(whole, old={path: values[path] for path in rest})

    def _differing(self, values: Values, now: Values) -> list[str]:
        return [path for path in self._fields if values.get(path) != now[path]]

    def _at_the_time(self, values: Values, first: Values, now: Values) -> dict[str, Any]:
        """Give the values after a step; a parent's are left out where the record had yet another parent."""
        told = dict(values)
        for field in self._schema.fields:
            if field.lookup is not None and values[field.lookup] != first[field.lookup]:
                told.pop(field.path, None)
                if values[field.lookup] == now[field.lookup]:
                    told[field.path] = now[field.path]
        return told


def _from_copy(record: Record, copy: Snapshot, steps: Sequence[Step]) -> tuple[Values, Sequence[Step]] | None:
    """Give the values we had and the steps from there, or None where history does not lead to the record."""
    values = msgspec.json.decode(copy.values)
    if values.keys() != record.values.keys():
        return None
    sure = [step for step in steps if step.at > copy.modified]
    # Of the steps in the very second of our copy some may be in it already: as few as needed are taken again.
    unsure = [step for step in steps if step.at == copy.modified]
    for first in range(len(unsure), -1, -1):
        path = [*unsure[first:], *sure]
        if path and _leads(values, path, record.values):
            return values, path
    return None


def _from_creation(record: Record, steps: Sequence[Step]) -> tuple[Values, Sequence[Step]] | None:
    """Give the values at creation, found by going back, and the steps since."""
    values = dict(record.values)
    for step in reversed(steps):
        values |= {path: old for path, (old, _) in step.edits.items()}
    return (values, steps) if steps and _leads(values, steps, record.values) else None


def _leads(values: Values, steps: Sequence[Step], end: Values) -> bool:
    """Tell whether each step begins where the one before ended, and the tracked fields end as the record has them."""
    now = dict(values)
    for step in steps:
        if any(path not in now or now[path] != old for path, (old, _) in step.edits.items()):
            return False
        now |= {path: new for path, (_, new) in step.edits.items()}
    tracked = {path for step in steps for path in step.edits}
    return all(now[path] == end[path] for path in tracked)


def _value(value: Any, field: WatchedField) -> Any:
    if value is None or value == "":
        return None
    if field.steps[-1].endswith("Id") and not looks_like_id(str(value)):
        raise ValueError(f"{value!r} is the name of what a lookup leads to")
    return value if field.convert is None else field.convert(value)
