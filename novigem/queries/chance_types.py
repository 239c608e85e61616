"""What a chance is: something that would still pay a person, and the awards that one edit would earn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

#: What somebody would have to do: edit a record, do what a rule pays for, complete a challenge, go on with a streak,
#: reach the next step of a badge.
ChanceKind = Literal["record", "rule", "challenge", "streak", "badge"]


@dataclass(frozen=True)
class Chance:
    """Something that would still pay a person.

    `points` is what it pays if it is done now, all limits counted; None where that cannot be told. Of a challenge or a
    streak it is the bonus for completing it. `rule`, `challenge`, `badge` and `tier` say what of the program pays.

    Of an edit, `record` is the record, `label` what its own values call it, `field` what to set, and `to` the value;
    `any_value` tells that any will do. `due` is the date that the record itself names.

    Of a goal, `value`, `target` and `left` are in millionths; `left` of a streak are the awards that its present period
    lacks. `last_day` is the last day on which it pays, by the person's own clock, and `until` the moment at which that
    day ends (microseconds since 1970 UTC); None: for ever.
    """

    kind: ChanceKind
    program: str
    points: int | None
    last_day: date | None = None
    until: int | None = None
    is_near: bool = False
    rule: str | None = None
    challenge: str | None = None
    badge: str | None = None
    tier: str = ""
    object: str | None = None
    record: str | None = None
    label: str | None = None
    account: str | None = None
    field: str | None = None
    to: Any = None
    any_value: bool = False
    due: date | None = None
    value: int | None = None
    target: int | None = None
    left: int | None = None

    @property
    def name(self) -> tuple[str, ...]:
        """What of the program pays: chances of one name differ by their record alone."""
        return (self.program, self.kind, self.rule or "", self.challenge or "", self.badge or "", self.tier)

    def day(self, today: date) -> date:
        """Give the day by which it should be done: the record's own where that is still to come, else the last one."""
        if self.due is not None and self.due >= today:
            return self.due if self.last_day is None else min(self.due, self.last_day)
        return self.last_day or date.max


def in_order(chances: Sequence[Chance], today: date) -> list[Chance]:
    """Give chances by the day by which they should be done; of one day, what is near and what pays most first."""

    def order(one: Chance) -> tuple[object, ...]:
        return (one.day(today), not one.is_near, -(one.points or 0), *one.name, one.record or "")

    return sorted(chances, key=order)


def next_steps(chances: Sequence[Chance], number: int) -> list[Chance]:
    """Give the first few chances of those in order: no two of one kind while there is another."""
    seen: set[tuple[str, ...]] = set()
    first: list[Chance] = []
    for one in chances:
        if one.name not in seen:
            seen.add(one.name)
            first.append(one)
    rest = [one for one in chances if one not in first]
    chosen = [*first, *rest][:number]
    return [one for one in chances if one in chosen]
