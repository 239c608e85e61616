"""Chances on records: open work of a person that one edit would make pay.

The person's records are those that the newest changes of the log name them in, and those of their newest entries. There
is no index of records by owner, and none is needed: what nobody has touched for so long is hardly what comes next. Of
each record the last known values are put together from its changes. Then each rule is held against it: where a single
field fails it, and a value that the rule itself names would make it hold, that edit is tried on the rule as a change of
now.

Nothing is guessed: a field that no change has told, a field that people do not write (a formula, a look-up, an id), and
a condition that needs a number or a date that the rule does not name give no chance.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import msgspec

from novigem.engine.awards import RulePlan, Seen
from novigem.ledger.store import EntryFilter, Store
from novigem.model.change import Change, from_micros
from novigem.model.ids import known_id
from novigem.model.program import Condition
from novigem.queries.chance_pay import Payer
from novigem.rules.interpret import ConditionResult, evaluate
from novigem.rules.operators import MISSING

#: How many of the newest changes of the log are looked through, and how many records of one person are looked at.
NEWEST_CHANGES = 10_000
MOST_RECORDS = 200
_MOST_ENTRIES = 50
# Where any value will do, this one stands for it.
_ANY = "\N{HORIZONTAL ELLIPSIS}"
_LABELS = ("Name", "Subject", "CaseNumber")
_DATES = ("ActivityDate", "CloseDate")
# What Salesforce works out or writes by itself.
_NOT_WRITTEN = frozenset(
    ("IsClosed", "IsWon", "IsDeleted", "IsArchived", "CreatedDate", "LastModifiedDate", "SystemModstamp")
)


class Edit(NamedTuple):
    """One field set to one value; `any_value` tells that another would do as well."""

    field: str
    to: Any
    any_value: bool


@dataclass(frozen=True)
class OpenRecord:
    """A record of a person: its changes so far and its last known values."""

    id: str
    object: str
    past: tuple[Change, ...]
    values: Mapping[str, Any]

    @property
    def label(self) -> str | None:
        """What its own values call it, where they tell."""
        return next((str(self.values[name]) for name in _LABELS if self.values.get(name)), None)

    @property
    def account(self) -> str | None:
        """The id of the account it belongs to."""
        return known_id(self.values.get("AccountId"))

    @property
    def due(self) -> date | None:
        """The date that it names itself."""
        for name in _DATES:
            value = self.values.get(name)
            if isinstance(value, str):
                try:
                    return date.fromisoformat(value[:10])
                except ValueError:
                    continue
        return None

    def edited(self, edit: Edit, user: str, now: int) -> Change:
        """Give the change that an edit by somebody would be."""
        old = {edit.field: self.values[edit.field]}
        return self._update({**self.values, edit.field: edit.to}, old, user, now)

    def left_alone(self, user: str, now: int) -> Change:
        """Give the change that somebody would make by saving it as it is."""
        return self._update(dict(self.values), {}, user, now)

    def _update(self, new: dict[str, Any], old: dict[str, Any], user: str, now: int) -> Change:
        return Change(object=self.object, id=self.id, kind="update", at=from_micros(now), new=new, old=old, by=user)


@dataclass(frozen=True)
class RecordChance:
    """An edit of a record, the plan that it would pay by, the fact that pays once, and the points (None: not sure)."""

    record: OpenRecord
    edit: Edit
    plan: RulePlan
    fact: str
    points: int | None


def open_records(store: Store, users: Collection[str], programs: Collection[str], now: int) -> list[OpenRecord]:
    """Give the records that somebody owns and lately had to do with, the one changed last first.

    `users` are all users of the person. What came after `now` is not looked at.
    """
    wanted = own_records(store, users, programs)
    history: dict[str, list[Seen]] = {record: [] for record in wanted}
    for logged, change in store.changes_of(wanted):
        if logged.at <= now:
            history[change.id].append(Seen(logged.at, logged.digest, change))
    in_event_time = (sorted(seen, key=lambda one: one.order) for seen in history.values())
    standing = (_standing([one.change for one in seen]) for seen in in_event_time)
    return [one for one in standing if one is not None and _owner(one) in users]


def own_records(store: Store, users: Collection[str], programs: Collection[str]) -> list[str]:
    """Give the records that somebody lately had to do with, by all of their users, the one changed last first."""
    found: dict[str, None] = {}
    for user in sorted(users):
        found |= dict.fromkeys(store.lately_naming(user, NEWEST_CHANGES))
    for program in programs:
        for user in sorted(users):
            # An award that was taken back may be earned again, however long ago the record was touched.
            entries = list(store.entries(EntryFilter(program, user)))[-_MOST_ENTRIES:]
            found |= dict.fromkeys(one.record for one in reversed(entries) if one.record is not None)
    return list(found)[:MOST_RECORDS]


def _owner(record: OpenRecord) -> str | None:
    return known_id(record.values.get("OwnerId"))


def _standing(past: Sequence[Change]) -> OpenRecord | None:
    """Give a record as its changes leave it; None where it is no more, or is closed."""
    values: dict[str, Any] = {}
    for change in past:
        values |= change.new
    if not past or past[-1].kind in ("delete", "merge") or values.get("IsClosed") is True:
        return None
    return OpenRecord(past[-1].id, past[-1].object, tuple(past), values)


def record_chances(records: Iterable[OpenRecord], payer: Payer) -> Iterator[RecordChance]:
    """Yield the edits that would pay the person, at most one for each fact of a rule."""
    seen: set[str] = set()
    for record in records:
        for edit, rules in _edits(record, payer).items():
            for award in payer.awards(record.edited(edit, payer.user, payer.now), record.past):
                if award.plan.rule.id in rules and award.fact not in seen:
                    seen.add(award.fact)
                    yield RecordChance(record, edit, award.plan, award.fact, award.points)


def _edits(record: OpenRecord, payer: Payer) -> dict[Edit, set[str]]:
    """Give the edits of one field that would make rules hold, each with the rules for which it was found."""
    found: dict[Edit, set[str]] = {}
    nothing = record.left_alone(payer.user, payer.now)
    for plan in payer.plans:
        rule = plan.rule
        if rule.object != record.object or "update" not in rule.kinds or not plan.is_in_force(payer.now):
            continue
        for group in evaluate(rule, nothing, plan.program.zone, payer.registry).groups:
            edit = _edit_of(group, record)
            if edit is not None:
                found.setdefault(edit, set()).add(rule.id)
    return found


def _edit_of(group: Sequence[ConditionResult], record: OpenRecord) -> Edit | None:
    """Give the edit of the one field that fails a condition group; None where several fail, or nothing is known."""
    fields = {one.condition.field for one in group if one.result is not True}
    if len(fields) != 1:
        return None
    field = next(iter(fields))
    if not _is_written(field) or record.values.get(field, MISSING) is MISSING:
        return None
    current, asked = record.values[field], [one.condition for one in group if one.condition.field == field]
    for condition in asked:
        for value in _named(condition):
            if value != current:
                return Edit(field, value, any_value=False)
    if current in (None, "") and any(_asks_for_any(one) for one in asked):
        return Edit(field, _ANY, any_value=True)
    return None


def _is_written(field: str) -> bool:
    """Tell whether people write a field by hand."""
    return "." not in field and field not in _NOT_WRITTEN and not field.endswith("Id")


def _named(condition: Condition) -> Iterator[Any]:
    """Yield the values that a condition itself names as right, as JSON has them."""
    if condition.operator in ("equals", "changedTo"):
        yield _plain(condition.value)
    elif condition.operator == "in":
        yield from (_plain(one) for one in condition.value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else msgspec.to_builtins(value)


def _asks_for_any(condition: Condition) -> bool:
    return (condition.operator, condition.value) in (("isNotBlank", True), ("isChanged", True), ("isBlank", False))
