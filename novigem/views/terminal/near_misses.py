"""The answer of `explain --near-misses`: what rules were one condition short of, as a screen."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.model.program import Program
from novigem.queries.near_misses import NearMiss, RuleMisses
from novigem.views.terminal.challenges import several_words
from novigem.views.terminal.explain import PAYS_FROM_THE_START, found_text, made_text, wanted_text
from novigem.views.terminal.layout import QUIET, indented, next_step, plain_columns, quiet, screen, text, title
from novigem.views.words import clean, counted

_MOST_ROWS = 8


def near_misses_screen(found: Sequence[RuleMisses], programs: Mapping[str, Program]) -> RenderableType:
    """Draw a block per rule: how often it held, and what it lacked how often, with the first record of each."""
    if not found:
        return screen([text("No change was one condition short of a rule."), _see_rules()])
    told = ["changes on which all conditions of a rule held but one"]
    head = title("Near misses", told)
    first = (*found[0].misses, *found[0].made_so)[0].records[0]
    return screen([head, *(_rule(one, programs) for one in found), next_step(f"novigem explain {first}")])


def _see_rules() -> Text:
    return next_step("novigem check PROGRAM", label="See the rules:")


def _rule(one: RuleMisses, programs: Mapping[str, Program]) -> Group:
    rule = next((rule for rule in programs[one.program].rules if rule.id == one.rule), None)
    held = f"held {_times(one.held)}" if one.held else "never held"
    head = Text(clean(rule.label if rule else one.rule), style="bold")
    lacked = [f"lacked one condition {_times(one.missed)}"] if one.missed else []
    made = sum(miss.count for miss in one.made_so)
    born = [f"looks at edits only, and {counted(made, 'record')} had it when created"] if made else []
    told = [held, *lacked, *born, *several_words(one.challenges, programs[one.program])]
    head.append(f"  {', '.join(told)}", style=f"not bold {QUIET}")
    table = plain_columns("right", "wrap", "wrap", "left")
    for miss in one.misses[:_MOST_ROWS]:
        wanted = Text(clean(miss.condition.field))
        wanted.append(f" {clean(wanted_text(miss.condition))}", style="bold")
        table.add_row(Text(_times(miss.count)), wanted, text(found_text(miss.condition)), text(miss.records[0], QUIET))
    rest = one.others + sum(miss.count for miss in one.misses[_MOST_ROWS:])
    more = [indented(quiet(f"and {_times(rest)} something else was found"))] if rest else []
    return Group(head, *([indented(table)] if one.misses else []), *more, *_made_so(one.made_so))


def _made_so(found: Sequence[NearMiss]) -> list[RenderableType]:
    """Draw what records were created with, where the rule waits for an edit that leads there."""
    if not found:
        return []
    table = plain_columns("right", "wrap", "left")
    for miss in found[:_MOST_ROWS]:
        table.add_row(Text(_times(miss.count)), Text(made_text(miss.condition)), text(miss.records[0], QUIET))
    rest = sum(miss.count for miss in found[_MOST_ROWS:])
    more = [indented(quiet(f"and {_times(rest)} with something else"))] if rest else []
    return [indented(table), *more, indented(Text(PAYS_FROM_THE_START, style=QUIET))]


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, counted(number, "time"))
