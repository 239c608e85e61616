"""Following long work: the bar that shows on a terminal only, and what an error says of the work already done."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn

from novigem.cli.output import console
from novigem.errors import NovigemError
from novigem.views.words import counted


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
        kept = f"{counted(changes, 'change')} read before this are committed; the same command goes on from there"
        error.hint = kept if error.hint is None else f"{error.hint}\n{kept}"
    return error
