"""Which counter counts which kind of figure.

    review_counting.py    what all of them share
    review_counts.py      count
    review_rates.py       rate
    review_coverage.py    coverage
    review_influence.py   influence

Each counter sees every change of its objects once, in order of time, and keeps a few values a record. What is not known
is counted as that, with a reason.
"""

from collections.abc import Iterable
from typing import Final

from novigem.model.program import Figure
from novigem.queries.review_counting import FigureCounter, Given
from novigem.queries.review_counts import CountCounter
from novigem.queries.review_coverage import CoverageCounter
from novigem.queries.review_influence import InfluenceCounter
from novigem.queries.review_rates import RateCounter

_KINDS: Final[dict[str, type[FigureCounter]]] = {
    "count": CountCounter,
    "rate": RateCounter,
    "coverage": CoverageCounter,
    "influence": InfluenceCounter,
}


def counters_of(figures: Iterable[Figure], given: Given) -> list[FigureCounter]:
    """Give a counter for each figure."""
    return [_KINDS[one.kind](number, one, given) for number, one in enumerate(figures)]
