"""Shares of a target: never rounded up, exact where they are compared, and told apart by time only where asked."""

from fractions import Fraction

import pytest

from novigem.leaderboards.percent import percent_text, rank_by_percent, share
from novigem.model.entry import Progress


def row(user: str, value: int, target: int, last: int = 1) -> Progress:
    return Progress("test", "challenge-1", "", user, value, target, 1, 1, last)


@pytest.mark.parametrize(
    ("value", "target", "text"),
    [
        (0, 3, "0%"),
        (1, 3, "33.3%"),
        (2, 3, "66.6%"),
        (9997, 10_000, "99.9%"),
        (9_999_999, 10_000_000, "99.9%"),
        (1, 1, "100%"),
        (1001, 1000, "100.1%"),
        (21, 200, "10.5%"),
        (12_345, 10, "123,450%"),
        (12_345, 1000, "1,234.5%"),
    ],
)
def test_a_percentage_is_cut_to_one_decimal_and_shows_it_only_where_there_is_one(
    value: int, target: int, text: str
) -> None:
    assert percent_text(value, target) == text


def ranked(rows: list[Progress], *ties: str, style: str = "dense") -> list[tuple[int, str, str | None]]:
    return [(one.rank, one.progress.user, one.tie) for one in rank_by_percent(rows, style, ties)]


def test_shares_are_compared_exactly_whatever_the_targets() -> None:
    third, same, less = row("a", 1, 3), row("b", 333_333, 999_999), row("c", 333_333_333, 1_000_000_000)
    assert share(third) == share(same) == Fraction(1, 3)
    assert ranked([less, same, third]) == [(1, "a", None), (1, "b", None), (2, "c", None)]


def test_who_got_there_first_stands_higher_only_where_the_board_says_so() -> None:
    late, early, together, behind = row("a", 2, 4, 9), row("b", 1, 2, 5), row("c", 3, 6, 9), row("d", 1, 4, 1)
    rows = [behind, together, early, late]
    assert ranked(rows) == [(1, "a", None), (1, "b", None), (1, "c", None), (2, "d", None)]
    timed = ranked(rows, "first_to_reach")
    assert timed == [(1, "b", None), (2, "a", "first_to_reach"), (2, "c", None), (3, "d", None)]
    assert [one[0] for one in ranked(rows, "first_to_reach", style="competition")] == [1, 2, 2, 4]
    assert [one[0] for one in ranked(rows, style="ordinal")] == [1, 1, 1, 4]


def test_who_has_no_target_is_left_out_and_who_has_done_nothing_is_not() -> None:
    assert ranked([row("away", 0, 0), row("idle", 0, 1), row("least", 1, 10**12)]) == [
        (1, "least", None),
        (2, "idle", None),
    ]


def test_where_few_is_better_the_smallest_share_of_what_is_allowed_comes_first() -> None:
    none, half, over = row("a", 0, 2), row("b", 2, 4), row("c", 3, 2)
    found = rank_by_percent([over, half, none, row("d", 1, 2), row("away", 0, 0)], "dense", (), few=True)
    assert [(one.rank, one.progress.user) for one in found] == [(1, "a"), (2, "b"), (2, "d"), (3, "c")]
