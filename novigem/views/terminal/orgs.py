"""The screens and answers about an org: which one it is, and how our copies of its records compare with it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.feed.salesforce.audit import Audit
from novigem.feed.salesforce.facts import Organisation
from novigem.views.terminal.layout import BAD, GOOD, QUIET, UNSURE, columns, indented, plain_columns, text
from novigem.views.words import Screen, clean, counted, fitting, number_text

_SANDBOX = {True: "sandbox", False: "production", None: "sandbox or not: not told"}
_SEES_ALL = {
    True: "its user sees all records (View All Data)",
    False: "its user lacks View All Data: records it cannot see earn nothing, and look deleted when they are hidden",
    None: "the org does not tell whether its user has View All Data, which a sync needs",
}

_VERDICTS = {
    "missed": "missed",
    "unknown": "no copy",
    "hidden": "not visible",
}
_MOST_SHOWN = 10


class AskedOrg(NamedTuple):
    """An org that was asked: where it is served, how many calls that took, and what it did not tell."""

    organisation: Organisation
    host: str
    version: str
    calls: int
    notes: Sequence[str]


def org_view(asked: AskedOrg, target: Screen) -> Text:
    """Say which org was asked, how, and what it did not tell."""
    one = asked.organisation
    result = Text(clean(one.name or "an org without a name"), style="bold")
    head = (clean(one.id), _SANDBOX[one.is_sandbox], clean(asked.host), f"API {asked.version}")
    told = f" {target.glyphs.point} ".join((*head, counted(asked.calls, "call")))
    result.append(f"\n{told}", style=f"not bold {QUIET}")
    result.append(f"\n{_SEES_ALL[one.sees_all]}", style=f"not bold {QUIET if one.sees_all else UNSURE}")
    for note in asked.notes:
        result.append(f"\n{clean(note)}", style=f"not bold {UNSURE}")
    return result


def org_answer(asked: AskedOrg) -> dict[str, Any]:
    """Give the same for a script."""
    one = asked.organisation
    return {
        "id": one.id,
        "name": one.name,
        "is_sandbox": one.is_sandbox,
        "host": asked.host,
        "api_version": asked.version,
        "sees_all": one.sees_all,
        "calls": asked.calls,
        "notes": list(asked.notes),
    }


def audit_view(audit: Audit, target: Screen) -> RenderableType:
    """Draw how the copies of one object compare with its records: a tick, or a cross and some of them."""
    sign, style = (target.glyphs.no, BAD) if audit.findings else (target.glyphs.yes, GOOD)
    head = plain_columns("left", "left", "wrap")
    told = f" {target.glyphs.point} ".join(_told(audit))
    head.add_row(Text(sign, style=style), text(audit.object.ljust(11), "bold"), Text(told, style=QUIET))
    if not audit.findings:
        return head
    table = columns(("Record", "left"), ("Finding", "left"), ("Copy", "wrap"), ("Org", "wrap"))
    for one in audit.examples[:_MOST_SHOWN]:
        table.add_row(text(one.record), text(_VERDICTS[one.verdict], BAD), text(one.kept), text(one.found))
    parts: list[RenderableType] = [head, indented(table)]
    if audit.findings > _MOST_SHOWN:
        more = f"{target.glyphs.more} and {number_text(audit.findings - _MOST_SHOWN)} more"
        parts.append(indented(Text(more, style=QUIET)))
    return Group(*parts)


def _told(audit: Audit) -> list[str]:
    drawn = f"of {counted(audit.checked, 'record')}{' drawn by lot' if audit.is_sample else ''}"
    told = [f"{number_text(audit.same)} {drawn} {fitting(audit.same, 'agrees', 'agree')}"]
    told += [f"{number_text(audit.coming)} will come with the next sync"] if audit.coming else []
    told += [f"{number_text(audit.missed)} missed"] if audit.missed else []
    told += [f"{number_text(audit.unknown)} without a copy"] if audit.unknown else []
    told += [f"{number_text(audit.hidden)} not visible any more"] if audit.hidden else []
    told += [f"{number_text(audit.rejected)} that could not be read"] if audit.rejected else []
    return told


def audit_answer(audit: Audit) -> dict[str, Any]:
    """Give the same for a script."""
    return {
        "object": audit.object,
        "checked": audit.checked,
        "same": audit.same,
        "coming": audit.coming,
        "missed": audit.missed,
        "unknown": audit.unknown,
        "hidden": audit.hidden,
        "rejected": audit.rejected,
        "sample": audit.is_sample,
        "examples": [one._asdict() for one in audit.examples],
    }
