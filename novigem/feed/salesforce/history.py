"""Field history: the steps between two states of a record that a poll sees as one, with their moments and authors.

Where the rows of history lead from our copy to the record as it is, each step becomes a change of its own and `by` is
exact. Where they do not (a row is missing, a field was tracked from some time on), the change stays as the comparison
found it. What no row tells of is told at a step only where `steps.py` knows it. Task and Event have no history object.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from novigem.feed.csv.ids import looks_like_id
from novigem.feed.derived import derived_of
from novigem.feed.salesforce import soql
from novigem.feed.salesforce.compare import Comparison
from novigem.feed.salesforce.definitions import Definitions
from novigem.feed.salesforce.org import Org, all_rows
from novigem.feed.salesforce.records import Record
from novigem.feed.salesforce.schema import ObjectSchema, WatchedField
from novigem.feed.salesforce.steps import Between, Known, Step, Values, before_all, in_order, leads
from novigem.feed.salesforce.values import micros
from novigem.model.change import Change, from_micros, to_micros
from novigem.model.ids import whole_id
from novigem.model.redaction import NO_REDACTION, Redactor
from novigem.model.snapshot import Snapshot

Edited = tuple[Record, Snapshot | None, Comparison]

# A lead that is converted leaves a row of its own name, without values.
_CONVERTED, _IS_CONVERTED = "leadConverted", "IsConverted"


def may_hide_steps(record: Record, copy: Snapshot | None, outcome: Comparison) -> bool:
    """Tell whether history may know more of a row than the comparison: edits put together, or taken back again.

    A record that was made since we last looked may have been edited within the second of its creation: no stamp of it
    would tell.
    """
    if copy is None:
        return bool(outcome.changes) and outcome.changes[0].kind == "create"
    return bool(outcome.changes) or (copy.state == "live" and record.modified != copy.modified)


class HistoryReader:
    """Reads the history of edited records and makes their changes finer."""

    def __init__(
        self,
        org: Org,
        schema: ObjectSchema,
        redactor: Redactor = NO_REDACTION,
        definitions: Definitions | None = None,
    ) -> None:
        self._org = org
        self._definitions = definitions or Definitions(org, schema.object)
        self._schema = schema
        self._redactor = redactor
        self._fields = {field.path: field for field in schema.fields if field.is_compared}
        # A field that nobody watches matters where one that is watched follows from it.
        drivers = {
            driver for path, one in derived_of(schema.object).items() if path in schema.paths for driver in one.drivers
        }
        self._fields |= {one: WatchedField(one, (one,), None, True, None) for one in drivers - self._fields.keys()}  # noqa: FBT003 - it is compared, with its own rows

    def refine(self, edited: Sequence[Edited]) -> Iterator[Comparison]:
        """Give the outcome of each edited record, with a change for every step that history tells of."""
        for start in range(0, len(edited), soql.IDS_AT_A_TIME):
            part = edited[start : start + soql.IDS_AT_A_TIME]
            steps = self._steps(part)
            for record, copy, outcome in part:
                until = [step for step in steps.get(record.id, ()) if step.at <= record.modified]
                yield self._refined(record, copy, outcome, until)

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
            old, new = _value(row["OldValue"], field), _value(row["NewValue"], field)
        except (TypeError, ValueError):
            return  # lookups have a second row with names; hidden values come as nothing we could read
        if row["Field"] == _CONVERTED:
            old, new = False, True
        at, by = micros(row["CreatedDate"]), whole_id(row["CreatedById"]) if row["CreatedById"] else None
        last = steps[-1] if steps else None
        if last is None or (last.at, last.by) != (at, by) or field.path in last.edits:
            last = Step(at, by, {}, set())
            steps.append(last)
        if old is None and new is None:
            last.mute.add(field.path)
        else:
            last.edits[field.path] = old, new

    def _field(self, name: str) -> WatchedField | None:
        if name == _CONVERTED:
            return self._fields.get(_IS_CONVERTED)
        return self._fields.get(name) or self._fields.get(self._schema.relationships.get(name, ""))

    def _refined(self, record: Record, copy: Snapshot | None, outcome: Comparison, steps: Sequence[Step]) -> Comparison:
        if not steps or outcome.snapshot is None:
            return outcome
        if copy is None:
            return self._since_creation(record, outcome, steps)
        changes = outcome.changes or (self._update(record, copy.rev + 1, old={}),)
        position = next((n for n, one in enumerate(changes) if one.kind == "update"), None)
        if position is None or changes[position].old is None:
            return outcome
        begin: Values = msgspec.json.decode(copy.values)
        path = _path_from(begin, copy.modified, steps, record.values)
        if path is None:
            return outcome
        between = self._between(begin, record, path)
        told = [*changes[:position], *_told(changes[position], between), *changes[position + 1 :]]
        return _numbered(outcome, _not_later(told, path[0].at), changes[0].seq)

    def _since_creation(self, record: Record, outcome: Comparison, steps: Sequence[Step]) -> Comparison:
        """Tell a record that was made since we last looked from its beginning."""
        created, *others = outcome.changes
        ends = [one for one in others if one.kind != "update"]
        edited = next((one for one in others if one.kind == "update"), self._update(record, created.seq + 1, old=None))
        path = in_order(steps, before_all(steps, record.values))
        between = self._between(None, record, path)
        if leads({}, path, record.values):
            told = [*_told(msgspec.structs.replace(edited, as_first_seen=False), between), *ends]
            made = msgspec.structs.replace(created, new=between.first, as_first_seen=False)
        else:
            # The rows do not fit together. What moved is known all the same, and was not made as it is now.
            told = [msgspec.structs.replace(edited, as_first_seen=True), *ends]
            made = msgspec.structs.replace(created, new=between.unmoved, as_first_seen=True)
        return _numbered(outcome, [made, *told], created.seq)

    def _between(self, begin: Values | None, record: Record, path: Sequence[Step]) -> Between:
        is_whole = (path[-1].at, path[-1].by) == (record.modified, record.modifier)
        return Between(self._schema, begin, record.values, path, is_whole=is_whole, define=self._definitions.of)

    def _update(self, record: Record, number: int, *, old: dict[str, Any] | None) -> Change:
        """Give an edit that the comparison could not see: taken back, or of the second in which the record was made."""
        at, by = from_micros(record.modified), record.modifier
        confidence: Any = "last_writer" if by else None
        return Change(
            self._schema.object, record.id, "update", at, record.values, old, by, number, confidence=confidence
        )


def _path_from(begin: Values, modified: int, steps: Sequence[Step], end: Values) -> Sequence[Step] | None:
    """Give the steps from the values we had, or None where history does not lead from there to the record."""
    if begin.keys() != end.keys():
        return None
    sure = [step for step in steps if step.at > modified]
    # Of the steps in the very second of our copy some may be in it already: as few as needed are taken again. Where
    # nothing that we watch could tell, they are.
    same_second = [step for step in steps if step.at == modified and not step.edits.keys().isdisjoint(begin)]
    unsure = in_order(same_second, {})
    for first in range(len(unsure), -1, -1):
        path = in_order([*unsure[first:], *sure], begin)
        if path and leads(begin, path, end):
            return path
    return None


def _told(whole: Change, between: Between) -> Iterator[Change]:
    """Yield a change per step in which something watched moved, and one more for what no row tells of."""
    for step, known in between.told():
        if known.is_seen:
            confidence: Any = "exact" if step.by else None
            yield _as_known(whole, known, at=from_micros(step.at), by=step.by, confidence=confidence)
    rest = between.rest()
    if rest.is_seen:
        yield _as_known(whole, rest)


def _as_known(whole: Change, known: Known, **more: Any) -> Change:
    return msgspec.structs.replace(whole, new=known.new, old=known.old, unknown_old=known.unknown_old, **more)


def _not_later(told: Sequence[Change], at: int) -> Iterator[Change]:
    """Let a record come back at the first step after it at the latest: when it did, its last stamp does not tell."""
    for one in told:
        is_late = one.kind == "undelete" and to_micros(one.at) > at
        yield msgspec.structs.replace(one, at=from_micros(at)) if is_late else one


def _numbered(outcome: Comparison, told: Iterator[Change] | Sequence[Change], first: int) -> Comparison:
    changes = tuple(msgspec.structs.replace(one, seq=first + n) for n, one in enumerate(told))
    if not changes or outcome.snapshot is None:
        return outcome._replace(changes=())
    return Comparison(changes, msgspec.structs.replace(outcome.snapshot, rev=changes[-1].seq))


def _value(value: Any, field: WatchedField) -> Any:
    if value is None or value == "":
        return None
    if field.steps[-1].endswith("Id") and not looks_like_id(str(value)):
        raise ValueError(f"{value!r} is the name of what a lookup leads to")
    return value if field.convert is None else field.convert(value)
