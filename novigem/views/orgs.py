"""The screens and answers about an org: which one it is, and how our copies of its records compare with it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.text import Text

from novigem.feed.salesforce.facts import Organisation
from novigem.views.terminal import QUIET, UNSURE
from novigem.views.text import Screen, clean, counted

_SANDBOX = {True: "sandbox", False: "production", None: "sandbox or not: not told"}
_SEES_ALL = {
    True: "its user sees all records (View All Data)",
    False: "its user lacks View All Data: records it cannot see earn nothing, and look deleted when they are hidden",
    None: "the org does not tell whether its user has View All Data, which a sync needs",
}


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
