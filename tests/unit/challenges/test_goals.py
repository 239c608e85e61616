"""What one award adds to a goal, to the last millionth."""

import pytest

from novigem.challenges.goals import Contribution, contribution
from novigem.model.program import Goal

LARGEST = 9 * 10**12


def summed(amount: object) -> tuple[int, str | None]:
    """Give what a record adds to a goal that sums its amounts."""
    found: Contribution = contribution(Goal(sum="Amount", target=1), "Opportunity", 10, {"Amount": amount})
    return found.value, found.item


@pytest.mark.parametrize(
    ("amount", "millionths"),
    [
        # As binary fractions these are a little less than they are written.
        (0.29, 290_000),
        (-0.29, -290_000),
        (1.001, 1_001_000),
        (2.01, 2_010_000),
        (19.99, 19_990_000),
        (0.000001, 1),
        # What is smaller than a millionth is left out, never rounded up.
        (0.0000019, 1),
        (-0.0000019, -1),
    ],
)
def test_a_decimal_adds_exactly_what_is_written(amount: float, millionths: int) -> None:
    assert summed(amount) == (millionths, None)


@pytest.mark.parametrize("amount", [LARGEST, -LARGEST, float(LARGEST), -float(LARGEST)])
def test_the_largest_value_still_counts(amount: float) -> None:
    assert summed(amount) == (int(amount) * 1_000_000, None)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("amount", [LARGEST + 1, LARGEST + 0.01, 1e300, 10**400])
def test_a_value_above_the_largest_adds_nothing_whatever_its_sign(amount: float, sign: int) -> None:
    assert summed(sign * amount) == (0, None)
