"""Naming the challenges of an award: all of them, where there are several."""

from collections.abc import Sequence

from novigem.model.program import Program
from novigem.views.words import clean

_SEVERAL = 2


def several_words(challenges: Sequence[str], program: Program | None) -> list[str]:
    """Say for which challenges something counts, in one part of a line; in none where there is one, or none."""
    if len(challenges) < _SEVERAL:
        return []
    names = {} if program is None else {one.id: clean(one.name) for one in program.challenges}
    *first, last = [names.get(one, one) for one in challenges]
    return [f"counts for {', '.join(first)} and {last}"]
