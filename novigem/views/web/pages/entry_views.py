"""Entries and conditions as pages show them: what a line was for, what became of it, what a condition found."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from novigem.model.entry import Entry, EntryKind
from novigem.model.periods import local_day
from novigem.model.program import Program
from novigem.queries.explain import ConditionAnswer
from novigem.queries.statement import StatementLine
from novigem.views.corrections import Correction, correction_of
from novigem.views.rule_words import condition_words
from novigem.views.terminal.explain import value_text
from novigem.views.terminal.progress import period_words
from novigem.views.translating import N_


@dataclass(frozen=True)
class EntryView:
    """A line of the ledger in words. `name` is the rule, the challenge of a bonus, or what a correction takes back."""

    entry: Entry
    kind: str
    name: str
    reason: str
    challenges: tuple[str, ...]
    correction: Correction | None
    line: StatementLine
    day: Any
    for_day: Any


@dataclass(frozen=True)
class ConditionView:
    """A condition: what it asked for, what it found, and how that stands: yes, no or unknown.

    `lead` says how its group goes with the others, at the first of a group. `counts` is False where it made no
    difference: another group held.
    """

    result: str
    wanted: str
    old: str | None
    new: str | None
    lead: str
    counts: bool


def entry_view(line: StatementLine, program: Program, now: int) -> EntryView:
    """Give a line of a statement for a page."""
    entry = line.entry
    about = line.takes_back or entry
    rule = next((one for one in program.rules if one.id == about.rule), None)
    correction = None
    if entry.kind is EntryKind.REVERSAL:
        is_open = now < program.window.end
        correction = correction_of(entry, line.takes_back, rule, is_again=line.again is not None, is_open=is_open)
    written, counts_for = (local_day(at, program.zone) for at in (entry.recorded, entry.occurred))
    is_dated = entry.kind is EntryKind.ADJUSTMENT and written != counts_for
    return EntryView(
        entry=entry,
        kind=str(entry.kind),
        name=_name(about, program),
        reason=entry.reason or "",
        challenges=tuple(challenge_names(entry, program)),
        correction=correction,
        line=line,
        day=written if entry.kind in (EntryKind.REVERSAL, EntryKind.ADJUSTMENT) else counts_for,
        for_day=counts_for if is_dated else None,
    )


def _name(entry: Entry, program: Program) -> str:
    if entry.kind is EntryKind.BONUS:
        names = {one.id: one.name for one in program.challenges}
        name = names.get(entry.challenge or "", entry.challenge or "")
        return f"{name}, {period_words(entry.period)}" if entry.period else name
    if entry.kind is EntryKind.ADJUSTMENT:
        return entry.reason or ""
    rules = {one.id: one.label for one in program.rules}
    return rules.get(entry.rule or "", entry.rule or "")


def challenge_names(entry: Entry, program: Program) -> list[str]:
    """Give the names of all challenges that an entry counts for, in the order of its rule."""
    names = {one.id: one.name for one in program.challenges}
    return [names.get(one, one) for one in entry.challenges]


def condition_views(conditions: Sequence[ConditionAnswer]) -> list[ConditionView]:
    """Give the conditions of a rule for a page: one group of them has to hold, and all conditions in it."""
    groups = [list(group) for _number, group in groupby(conditions, key=lambda one: one.group)]
    holding = [all(one.result for one in group) for group in groups]
    return [
        _condition_view(one, _lead(place, number, len(groups)), counts=holding[number] or not any(holding))
        for number, group in enumerate(groups)
        for place, one in enumerate(group)
    ]


def _lead(place: int, number: int, groups: int) -> str:
    if place or groups == 1:
        return ""
    return N_("or") if number else N_("either")


def _condition_view(one: ConditionAnswer, lead: str, *, counts: bool) -> ConditionView:
    changed = one.old_known and one.old != one.new
    return ConditionView(
        result={True: "yes", False: "no", None: "unknown"}[one.result],
        wanted=condition_words(one.field, one.operator, one.expected),
        old=value_text(one.old) if changed else None,
        new=value_text(one.new) if one.new_known else None,
        lead=lead,
        counts=counts,
    )
