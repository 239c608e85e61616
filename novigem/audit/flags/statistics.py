"""The tests of the statistical detectors: exact binomial tails, with counts made smaller where days are uneven."""

from collections.abc import Sequence
from math import ceil, exp, floor, lgamma, log


def binomial_tail(hits: int, tries: int, share: float) -> float:
    """Give the chance of at least so many hits in so many tries, each a hit with this chance."""
    if hits <= 0:
        return 1.0
    if share <= 0 or hits > tries:
        return 0.0
    if share >= 1:
        return 1.0
    yes, no = log(share), log(1 - share)
    every = lgamma(tries + 1)
    terms = (
        every - lgamma(one + 1) - lgamma(tries - one + 1) + one * yes + (tries - one) * no
        for one in range(hits, tries + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))


def uneven_tail(hits: int, tries: int, share: float, unevenness: float) -> float:
    """Give the binomial tail of counts that come in clusters of about `unevenness` (1: each on its own).

    Both counts are divided by it, and rounded so that the answer is rather too large than too small.
    """
    fewer = floor(hits / unevenness)
    return binomial_tail(fewer, max(fewer, ceil(tries / unevenness)), share)


def unevenness(counts: Sequence[int]) -> float:
    """Give the variance of some counts divided by their mean: about 1 where chance alone spreads them; at least 1."""
    total = sum(counts)
    if len(counts) < 2 or total == 0:  # noqa: PLR2004 - one count has no variance
        return 1.0
    mean = total / len(counts)
    variance = sum((one - mean) ** 2 for one in counts) / (len(counts) - 1)
    return max(1.0, variance / mean)


def median(values: Sequence[float]) -> float:
    """Give the middle of some values, the lower of two; 0 of none."""
    return sorted(values)[(len(values) - 1) // 2] if values else 0.0
