"""When a moment of the mapping happened at all: what a row must hold for it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from novigem.feed.csv.cells import Local, read_again, value_reader
from novigem.feed.csv.mapping import Excluding, Wanted
from novigem.feed.csv.rows import CsvFile


class Condition(NamedTuple):
    """One column and what it must hold. `holds` raises ValueError for a cell that cannot be read."""

    column: str
    cell: int
    is_met: Callable[[str], bool]

    def holds(self, cells: Sequence[str]) -> bool:
        """Say whether a row holds what is asked for."""
        text = cells[self.cell]
        try:
            return self.is_met(text)
        except ValueError as error:
            return read_again(self.is_met, text, error, f"{self.column}: ")

    def told(self, cells: Sequence[str]) -> str:
        """Say what a row holds instead."""
        return f"{self.column} is {cells[self.cell][:40]!r}"


def conditions(where: dict[str, Wanted], table: CsvFile, local: Local) -> list[Condition]:
    """Make the conditions of a moment ready for the rows of a file."""
    return [Condition(column, table.column(column), _test(wanted, local)) for column, wanted in where.items()]


def _test(wanted: Wanted, local: Local) -> Callable[[str], bool]:
    if isinstance(wanted, bool):
        read = value_reader("boolean", local)
        return lambda text: bool(text) and read(text) is wanted
    if isinstance(wanted, Excluding):
        excluded = frozenset(wanted.not_in)
        return lambda text: text not in excluded
    texts = frozenset(wanted)
    return lambda text: text in texts
