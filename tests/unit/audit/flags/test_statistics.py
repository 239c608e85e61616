"""The tests behind statistical flags: exact where exactness can be had, and careful elsewhere."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novigem.audit.flags.statistics import binomial_tail, median, uneven_tail, unevenness


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 19))
def test_the_binomial_tail_is_exact(hits: int, tries: int, twentieths: int) -> None:
    share = Fraction(twentieths, 20)
    exact = sum(comb(tries, n) * share**n * (1 - share) ** (tries - n) for n in range(hits, tries + 1))
    assert binomial_tail(hits, tries, float(share)) == pytest.approx(float(exact), abs=1e-12, rel=1e-9)


@given(st.integers(0, 40), st.integers(0, 200), st.floats(0.01, 0.99), st.floats(1, 10))
def test_uneven_counts_never_look_less_likely_than_they_are(
    hits: int, more: int, share: float, clusters: float
) -> None:
    tail = uneven_tail(hits, hits + more, share, clusters)
    assert 0 <= tail <= 1
    if hits > (hits + more) * share:
        assert tail >= binomial_tail(hits, hits + more, share) - 1e-12


def test_certain_and_impossible_shares_have_their_answers() -> None:
    assert (binomial_tail(0, 5, 0.0), binomial_tail(1, 5, 0.0), binomial_tail(5, 5, 1.0)) == (1.0, 0.0, 1.0)


def test_unevenness_is_one_for_equal_days_and_grows_with_bursts() -> None:
    assert unevenness([2, 2, 2, 2]) == unevenness([]) == unevenness([7]) == unevenness([0, 0]) == 1.0
    assert unevenness([0, 0, 0, 8]) == 8.0


def test_the_median_is_one_of_the_values() -> None:
    assert (median([3.0, 1.0]), median([2, 9, 4]), median([])) == (1.0, 4, 0.0)
