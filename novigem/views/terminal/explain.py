"""The screen of `explain`: every rule's verdict on every change of a record, condition by condition."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from novigem.model.change import to_micros
from novigem.model.people import Person
from novigem.model.program import Program, Within
from novigem.queries.explain import ConditionAnswer, RuleAnswer
from novigem.views.terminal.challenges import several_words
from novigem.views.terminal.layout import BAD, GOOD, QUIET, UNSURE, indented, plain_columns, screen, text, title
from novigem.views.words import Glyphs, Screen, clean, counted, moment_text, points_text, signed_points

_STYLES = {"paid": GOOD, "no": QUIET, "unknown": UNSURE, "blocked": UNSURE}
_TRIGGERS = {
    "create": "looks at new records only",
    "update": "looks at edits only",
    "create or update": "looks at new records and at edits",
}
#: What to write where work that is born done should pay.
PAYS_FROM_THE_START = "write `trigger: create or update` in the rule to pay for it"
_KINDS = {
    "create": "created",
    "update": "edited",
    "delete": "deleted",
    "undelete": "restored",
    "merge": "merged away",
    "system_update": "changed by the org itself",
}
_LONGEST_VALUE = 60


def explain_screen(
    record: str,
    answers: Sequence[RuleAnswer],
    programs: Mapping[str, Program],
    people: Mapping[str, Person],
    target: Screen,
) -> RenderableType:
    """Draw a block per change of a record, a verdict per rule."""
    changes = [list(block) for _moment, block in groupby(answers, key=lambda one: (one.at, one.kind, one.by))]
    paid = [one for one in answers if one.verdict == "paid"]
    total = sum(one.points or 0 for one in paid)
    zones = sorted({programs[one.program].timezone for one in answers})
    head = title(
        f"{answers[0].object} {record}",
        [
            counted(len(changes), "change"),
            signed_points(total) if paid else "no points",
            f"times in {', '.join(zones)}",
        ],
        separator=target.glyphs.point,
    )
    return screen([head, *(_change(block, programs, people, target) for block in changes)])


def _change(
    block: Sequence[RuleAnswer], programs: Mapping[str, Program], people: Mapping[str, Person], target: Screen
) -> Group:
    first = block[0]
    when = moment_text(to_micros(first.at), programs[first.program].zone)
    # Of several edits between two looks at the org, only the last one's author is known.
    last = "last " if (first.kind, first.confidence) == ("update", "last_writer") else ""
    head = Text(f"{when}  {last}{_KINDS.get(first.kind, first.kind)}", style="bold")
    if first.by:
        head.append(f" by {clean(people[first.by].label)}", style="")
    if first.as_first_seen:
        head.append("; edited before it was first seen: values as they were then", style=QUIET)
    verdicts = [_verdict(answer, programs[answer.program], people, target.glyphs) for answer in block]
    return Group(head, *(indented(one) for one in verdicts))


def _verdict(answer: RuleAnswer, program: Program, people: Mapping[str, Person], glyphs: Glyphs) -> Group:
    rule = next((one for one in program.rules if one.id == answer.rule), None)
    name = clean(rule.label if rule else answer.rule)
    if rule is not None and answer.verdict == "no" and answer.kind not in rule.kinds:
        # Such a rule never came to look at the values, so neither does the screen.
        told = Text(f"{glyphs.point} {name}  {_TRIGGERS[rule.trigger]}", style=QUIET)
        if answer.made_so is None:
            return Group(told)
        told.append(f"; {made_text(answer.made_so)}", style=f"not {QUIET} {UNSURE}")
        return Group(told, indented(Text(PAYS_FROM_THE_START, style=QUIET)))
    style = _STYLES[answer.verdict]
    signs = {"paid": glyphs.yes, "no": glyphs.no, "unknown": glyphs.unknown, "blocked": glyphs.blocked}
    told = Text(name, style="" if answer.verdict == "no" else "bold")
    told.append(f"  {_outcome(answer, people)}", style=f"not bold {style}")
    for part in several_words(answer.challenges, program) if answer.verdict != "no" else ():
        told.append(f" {glyphs.point} {part}", style=f"not bold {QUIET}")
    head = plain_columns("left", "wrap", gap=1)
    head.add_row(Text(signs[answer.verdict], style=style), told)
    return Group(head, *([indented(_conditions(answer.conditions, glyphs))] if answer.conditions else []))


def _outcome(answer: RuleAnswer, people: Mapping[str, Person]) -> str:
    if answer.verdict == "paid":
        who = people[answer.user].label if answer.user else ""
        why = f" ({clean(answer.reason)})" if answer.reason else ""
        return f"paid {points_text(answer.points or 0)} to {clean(who)}, ledger entry {answer.entry}{_day(answer)}{why}"
    if answer.verdict == "blocked":
        return f"held, not paid: {clean((answer.reason or '').removeprefix('duplicate: '))}{_day(answer)}"
    outcome = "not decided" if answer.verdict == "unknown" else "no"
    # The conditions below say what the reason would say again, unless they all hold.
    return f"{outcome}: {answer.reason}" if _all_hold(answer.conditions) else outcome


def _all_hold(conditions: Sequence[ConditionAnswer]) -> bool:
    failing = {one.group for one in conditions if not one.result}
    return any(one.group not in failing for one in conditions)


def made_text(one: ConditionAnswer) -> str:
    """Say what a record was made with, where a rule waits for an edit that leads there."""
    return f"was created with {clean(one.field)} {value_text(one.new)}"


def _day(answer: RuleAnswer) -> str:
    """Say on which day it counts, where that is another clock's than the one of the times above."""
    if answer.counted_on is None:
        return ""
    day, zone = answer.counted_on
    return f", on {day:%A} {day.day} {day:%B} in {zone}"


def _conditions(conditions: Sequence[ConditionAnswer], glyphs: Glyphs) -> RichTable:
    table = plain_columns("left", "left", "wrap", "wrap")
    groups = max(one.group for one in conditions)
    signs = {True: (glyphs.yes, GOOD), False: (glyphs.no, BAD), None: (glyphs.unknown, UNSURE)}
    group = 0
    for one in conditions:
        sign, style = signs[one.result]
        lead = ("either" if one.group == 1 else "or") if groups > 1 and one.group != group else ""
        group = one.group
        wanted = Text(clean(one.field))
        wanted.append(f" {clean(wanted_text(one))}", style="bold")
        table.add_row(Text(lead, style=QUIET), Text(sign, style=style), wanted, text(found_text(one), QUIET))
    return table


def wanted_text(one: ConditionAnswer) -> str:
    """Say what a condition asked for, without the field."""
    if one.expected is True and one.operator.startswith("is"):
        return one.operator
    return f"{one.operator} {value_text(one.expected)}"


def found_text(one: ConditionAnswer) -> str:
    """Say what a condition found."""
    if not one.new_known:
        return "not told by this change"
    new = value_text(one.new)
    if not one.old_known:
        return f"is {new}; what it was is not known" if one.result is None else f"is {new}"
    return f"is {new}, unchanged" if one.old == one.new else f"was {value_text(one.old)}, is {new}"


def value_text(value: Any) -> str:
    """Give a value as a person would say it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Within):
        return _days(value)
    if isinstance(value, list | tuple):
        return " | ".join(value_text(one) for one in value)
    shown = clean(str(value))
    return shown if len(shown) <= _LONGEST_VALUE else shown[: _LONGEST_VALUE - 3] + "..."


def _days(value: Within) -> str:
    if value.to_days is None:
        return f"{value.from_days} days ahead or more"
    if value.from_days is None:
        return f"{value.to_days} days ahead at most"
    return f"{value.from_days} to {value.to_days} days ahead"
