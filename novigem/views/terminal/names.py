"""Names in a program that lead elsewhere than to what they mean, for a screen and for a script."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.engine.binding import NameFinding
from novigem.views.terminal.layout import QUIET, UNSURE, indented, plain_columns, text


def names_part(found: Sequence[NameFinding]) -> RenderableType | None:
    """Draw the names that somebody should look at; None where all lead where they should."""
    if not found:
        return None
    table = plain_columns("left", "wrap")
    for one in found:
        table.add_row(text(one.named.name), text(f"({one.named.where}) {one.told}", QUIET))
    return Group(
        Text("Names in the program that lead elsewhere by now; no point moves by it:", style=UNSURE), indented(table)
    )


def names_answer(found: Sequence[NameFinding]) -> list[dict[str, Any]]:
    """Give the names that somebody should look at, for a script."""
    return [
        {
            "program": one.program,
            "name": one.named.name,
            "kind": one.named.kind,
            "where": one.named.where,
            "means": one.means or None,
            "now": list(one.now),
            "told": one.told,
        }
        for one in found
    ]
