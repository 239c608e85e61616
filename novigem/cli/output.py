"""Where answers go: a console for people, bytes for programs."""

import sys
from collections.abc import Iterable

from rich.console import Console, RenderableType

from novigem.views.tables import Table, csv_lines, markdown_lines
from novigem.views.words import PLAIN_GLYPHS, Glyphs, Screen


class _Console(Console):
    """A console that lets the command end quietly when whoever reads it is gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(*, to_errors: bool = False) -> Console:
    """Give a console; text is shown as it is, never read as markup, and nothing is coloured by guess."""
    return _Console(stderr=to_errors, markup=False, highlight=False, emoji=False)


def screen_of(target: Console) -> Screen:
    """Give what a view may use on a console."""
    return Screen(target.width, PLAIN_GLYPHS if target.options.ascii_only else Glyphs())


def show(view: RenderableType, *, to_errors: bool = False) -> None:
    """Show a view to the person."""
    target = console(to_errors=to_errors)
    if target.is_terminal:
        target.print(view, crop=False)
        return
    # In a file or a pipe the blanks that fill a line up are only in the way.
    with target.capture() as captured:
        target.print(view, crop=False)
    target.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def write(lines: Iterable[str]) -> None:
    """Write lines for a program: always UTF-8, whatever the terminal speaks."""
    sys.stdout.flush()
    for line in lines:
        sys.stdout.buffer.write(line.encode("utf-8", errors="replace"))
    sys.stdout.buffer.flush()


def write_table(table: Table, form: str) -> None:
    """Write a table as CSV or Markdown."""
    write(csv_lines(table) if form == "csv" else markdown_lines(table))
