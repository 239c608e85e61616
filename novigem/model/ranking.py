"""The order of totals: what a ranking compares, shared by the pure ranking and by the stores."""

from collections.abc import Callable, Sequence

import msgspec

from novigem.model.entry import TierKey, Total
from novigem.model.program import TieBreak

# What a tie-break step compares, as a number of which the smaller stands higher.
TIE_STEPS: dict[TieBreak, Callable[[Total], int]] = {
    "first_to_reach": lambda total: total.reached,
    "distinct_accounts": lambda total: -total.accounts,
    "fewer_awards": lambda total: total.entries,
}


_WORSE: dict[TieBreak, tuple[str, int]] = {
    "first_to_reach": ("reached", 1),
    "distinct_accounts": ("accounts", -1),
    "fewer_awards": ("entries", 1),
}


def sort_key(total: Total, ties: Sequence[TieBreak]) -> tuple[int, ...]:
    """Give what a ranking compares: higher points first, then each step of the chain."""
    return (-total.points, *(TIE_STEPS[step](total) for step in ties))


def just_below(total: Total, ties: Sequence[TieBreak]) -> Total:
    """Give the figures that would stand right below a total and all its equals: whoever is above them is not below."""
    if not ties:
        return msgspec.structs.replace(total, points=total.points - 1)
    column, worse = _WORSE[ties[-1]]
    return msgspec.structs.replace(total, **{column: getattr(total, column) + worse})


def tier_key(total: Total, ties: Sequence[TieBreak]) -> TierKey:
    """Give the place of a total in its book's ranking under a chain."""
    if not ties:
        return TierKey(total.book, "", -total.points)
    return TierKey(total.book, ",".join(ties), *sort_key(total, ties))
