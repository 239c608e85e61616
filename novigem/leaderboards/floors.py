"""Nothing below zero: what a board ranks where the program does not allow a negative balance."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from novigem.model.entry import Total
from novigem.model.program import Program


def floored(program: Program, totals: Iterable[Total]) -> Iterator[Total]:
    """Yield totals as boards rank them: a balance below zero counts as 0, unless the program allows it.

    The ledger keeps it: an award and what takes it back come to nothing, whatever was taken by hand in between.
    """
    for total in totals:
        is_below = total.points < 0 and not program.allow_negative_balance
        yield replace(total, points=0) if is_below else total
