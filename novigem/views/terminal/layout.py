"""The parts every screen is made of: titles, quiet lines, columns, next steps."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from novigem.views.words import clean

TITLE = "bold"
QUIET = "dim"
GOOD = "green"
BAD = "red"
UNSURE = "yellow"
HERE = "bold cyan"

# The colours of badges, and of the first three places.
COLOURS = {
    "gold": "color(220)",
    "silver": "color(250)",
    "bronze": "color(172)",
    "ruby": "color(160)",
    "emerald": "color(34)",
}


def sign_style(points: int) -> str:
    """Give the style of points that were added or taken; quiet for none."""
    if points == 0:
        return QUIET
    return GOOD if points > 0 else BAD


def title(name: str, *lines: Sequence[str], separator: str = "·") -> Group:
    """Give the head of a screen: its name, and below it lines of what it is about; empty parts are left out."""
    told = [f" {separator} ".join(clean(one) for one in line if one) for line in lines]
    return Group(Text(clean(name), style=TITLE), *(Text(line, style=QUIET) for line in told if line))


def text(value: str, style: str = "") -> Text:
    """Give a text from anywhere, cleaned, never read as markup."""
    return Text(clean(value), style=style)


def quiet(value: str) -> Text:
    """Give a line that is there for those who look for it."""
    return Text(clean(value), style=QUIET)


def columns(*heads: tuple[str, str]) -> Table:
    """Give an empty table; each head is a name and how it is set: `left`, `right`, `fill` (cut off when too long)."""
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style=QUIET, padding=(0, 1), collapse_padding=True
    )
    for name, how in heads:
        if how == "fill":
            table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=8)
        elif how == "wrap":
            table.add_column(name, overflow="fold", min_width=12)
        else:
            table.add_column(name, no_wrap=True, justify="right" if how == "right" else "left")
    return table


def plain_columns(*heads: str, gap: int = 2) -> Table:
    """Give a table without heads or lines, for parts of a screen; each head says how a column is set."""
    table = columns(*(("", how) for how in heads))
    table.show_header = False
    table.box = None
    table.padding = (0, gap, 0, 0)
    return table


def next_step(*commands: str, label: str = "Next:") -> Text:
    """Give the commands to type next."""
    result = Text.assemble((f"{label} ", QUIET))
    result.append((f"\n{' ' * (len(label) + 1)}").join(commands), style="bold")
    return result


def screen(parts: Sequence[RenderableType | None]) -> Group:
    """Put parts below each other, a blank line between two; None leaves a part out."""
    shown: list[RenderableType] = []
    for part in parts:
        if part is None:
            continue
        if shown:
            shown.append(Text(""))
        shown.append(part)
    return Group(*shown)


def indented(part: RenderableType, by: int = 2) -> Padding:
    """Give a part set in from the left."""
    return Padding(part, (0, 0, 0, by))
