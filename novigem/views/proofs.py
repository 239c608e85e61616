"""The screen of the doctor: each proof, and the figures that differ."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.doctor import Problem
from novigem.views.terminal import BAD, GOOD, QUIET, columns, indented, plain_columns, text
from novigem.views.text import Screen, counted, number_text

_PROOFS = {
    "ledger": "numbered without a gap; corrections take back what they name",
    "totals": "the points on every board are the sum of the ledger",
    "progress": "progress in every challenge follows from the ledger",
    "completions": "bonuses and badges belong to completions, one to each",
    "replay": "all changes, scored again from the first, give the same ledger",
    "copies": "copies of Salesforce records follow from the changes",
    "closings": "final standings are as their hash says, and as the ledger stood",
}
_MOST_SHOWN = 10


def check_screen(name: str, problems: Sequence[Problem], target: Screen) -> RenderableType:
    """Draw one proof: a tick, or a cross and the figures."""
    sign, style = (target.glyphs.no, BAD) if problems else (target.glyphs.yes, GOOD)
    told = Text(_PROOFS.get(name, ""), style=QUIET)
    if problems:
        told = Text(counted(len(problems), "figure differs", "figures differ"), style=style)
    head = plain_columns("left", "left", "wrap")
    head.add_row(Text(sign, style=style), Text(name.ljust(11), style="bold"), told)
    if not problems:
        return head
    table = columns(("Program", "left"), ("What", "wrap"), ("Kept", "left"), ("Proved", "left"))
    for one in problems[:_MOST_SHOWN]:
        table.add_row(text(one.program), text(one.what), text(one.kept, BAD), text(one.proved, GOOD))
    parts: list[RenderableType] = [head, indented(table)]
    if len(problems) > _MOST_SHOWN:
        more = f"{target.glyphs.more} and {number_text(len(problems) - _MOST_SHOWN)} more (--json lists all)"
        parts.append(indented(Text(more, style=QUIET)))
    return Group(*parts)
