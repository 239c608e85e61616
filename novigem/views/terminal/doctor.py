"""The screen of the doctor: each proof, and the figures that differ."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.audit.doctor.repair import Repaired
from novigem.ledger.journal import JournalRow
from novigem.ledger.row_digests import Repair
from novigem.model.discrepancy import Discrepancy
from novigem.views.terminal.layout import BAD, GOOD, QUIET, columns, indented, plain_columns, text
from novigem.views.words import Screen, clean, counted, fitting, iso_text, moment_text, number_text

_PROOFS = {
    "ledger": "numbered without a gap; corrections take back what they name",
    "totals": "the points on every board are the sum of the ledger",
    "progress": "progress in every challenge follows from the ledger",
    "completions": "bonuses and badges belong to completions, one to each",
    "teams": "what teams have and credit follows from what their members did",
    "replay": "all changes, scored again from the first, give the same ledger",
    "copies": "copies of Salesforce records follow from the changes",
    "journal": "no entry was changed, put in or taken out since it was written",
    "requests": "what was approved was paid, once, and as it was asked for",
    "closings": "final standings are as their hash says, and as the ledger stood",
}
_MOST_SHOWN = 10


def check_screen(name: str, problems: Sequence[Discrepancy], target: Screen) -> RenderableType:
    """Draw one proof: a tick, or a cross and the figures."""
    sign, style = (target.glyphs.no, BAD) if problems else (target.glyphs.yes, GOOD)
    told = Text(_PROOFS.get(name, ""), style=QUIET)
    if problems:
        told = Text(counted(len(problems), "figure differs", "figures differ"), style=style)
    head = plain_columns("left", "left", "wrap")
    head.add_row(Text(sign, style=style), Text(name.ljust(11), style="bold"), told)
    if not problems:
        return head
    return Group(head, _figures(problems, target))


def _figures(problems: Sequence[Discrepancy], target: Screen) -> RenderableType:
    table = columns(("Program", "left"), ("What", "wrap"), ("Kept", "left"), ("Proved", "left"))
    for one in problems[:_MOST_SHOWN]:
        table.add_row(text(one.program), text(one.what), text(one.kept, BAD), text(one.proved, GOOD))
    parts: list[RenderableType] = [indented(table)]
    if len(problems) > _MOST_SHOWN:
        more = f"{target.glyphs.more} and {number_text(len(problems) - _MOST_SHOWN)} more (--json lists all)"
        parts.append(indented(Text(more, style=QUIET)))
    return Group(*parts)


def repair_view(repaired: Repaired, target: Screen) -> RenderableType:
    """Tell which sums differed, and whether they are written anew."""
    if not repaired.found:
        return Text("Every sum agrees with the ledger: nothing is to be repaired.\n", style=QUIET)
    count = counted(len(repaired.found), "figure")
    parts: list[RenderableType] = [_figures(repaired.found, target)]
    if repaired.hindered_by:
        differ = fitting(len(repaired.found), "differs, and so does what it is", "differ, and so does what they are")
        told = f"Not written anew: {count} {differ} worked out from.\n"
        parts += [Text(told, style=BAD)]
    else:
        parts += [Text(f"These are written anew from the ledger ({count}), and the journal notes it.\n", style=QUIET)]
    return Group(*parts)


def repair_answer(repaired: Repaired) -> dict[str, Any]:
    """Give for a script which sums differed, and whether they are written anew."""
    found = [one._asdict() for one in repaired.found]
    return {"written_anew": bool(repaired.found) and not repaired.hindered_by, "problems": found}


def repair_note(repair: Repair, zone: tzinfo) -> Text:
    """Tell of a repair that the journal notes."""
    told = (
        f"Repaired {moment_text(repair.moment, zone)}: {counted(repair.figures, 'figure')} of {clean(repair.program)}"
    )
    return Text(told, style=QUIET)


def repair_note_answer(repair: Repair) -> dict[str, Any]:
    """Give for a script a repair that the journal notes."""
    return {"program": repair.program, "at": iso_text(repair.moment), "figures": repair.figures}


def seal_view(newest: JournalRow, zone: tzinfo) -> Text:
    """Give the seal of the ledger, to note outside of the database."""
    told = f"Seal of entry {newest.last}, written {moment_text(newest.recorded, zone)}:"
    return Text(f"{told}\n{newest.digest.hex()}", style=QUIET)


def sealed_view(found: JournalRow | None, newest: JournalRow | None, zone: tzinfo) -> Text:
    """Say whether the ledger goes on from a seal that was noted."""
    if found is None:
        told = "The ledger does not hold that seal: it was written anew since, or the seal is of another database."
        return Text(told, style=BAD)
    since = (newest.last if newest else found.last) - found.last
    told = f"The ledger goes on from that seal: entry {found.last}, written {moment_text(found.recorded, zone)}"
    return Text(f"{told}; {counted(since, 'entry', 'entries')} since.", style=GOOD)


def seal_answer(row: JournalRow | None) -> dict[str, Any] | None:
    """Give a seal for a script."""
    if row is None:
        return None
    return {"batch": row.batch, "entry": row.last, "recorded_at": iso_text(row.recorded), "digest": row.digest.hex()}
