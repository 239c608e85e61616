"""Where answers go: a console for people, bytes for programs, a bar while something long goes on."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn

from novigem.errors import NovigemError
from novigem.views.tables import Table, csv_lines, markdown_lines
from novigem.views.words import PLAIN_GLYPHS, Glyphs, Screen, counted


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


@contextmanager
def progress_bars(counter: ProgressColumn) -> Iterator[Progress | None]:
    """Show bars on standard error while the block runs; None where nobody would see them.

    `counter` says how far a bar has come. Each task of the bars has a field `told` for a few words of its own.
    """
    screen = console(to_errors=True)
    if not screen.is_terminal:
        yield None
        return
    parts = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        counter,
        TextColumn("{task.fields[told]}", markup=False),
    )
    with Progress(*parts, TimeElapsedColumn(), console=screen, transient=True) as bars:
        yield bars


def with_what_stays(error: NovigemError, changes: int) -> NovigemError:
    """Let an error say how many changes were committed before it, where there were any."""
    if changes:
        error.add_note(
            f"{counted(changes, 'change')} read before this are committed; the same command goes on from there"
        )
    return error
