"""Ranking by percent: who came furthest towards their own target, so that part-timers and full-timers can compare."""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from novigem.leaderboards.ranking import RankStyle, number_of
from novigem.model.entry import Progress
from novigem.model.program import TieBreak


class PercentStanding(NamedTuple):
    """One row of a ranking by percent. `tie` names the step that put it below its equal above it, if one did."""

    rank: int
    progress: Progress
    tie: TieBreak | None = None


def share(progress: Progress) -> Fraction:
    """Give how much of the target is reached, exactly; 1 is all of it."""
    return Fraction(progress.value, progress.target)


def reached_at(progress: Progress) -> int:
    """Give the moment from which on somebody was as far as they are; of rows closed before it was kept, the last."""
    return progress.last if progress.reached is None else progress.reached


def percent_text(value: int, target: int) -> str:
    """Give a percentage with one decimal where it needs one, never rounded up: 99.97 is not yet 100."""
    tenths = 1000 * value // target
    return f"{tenths // 10:,}%" if tenths % 10 == 0 else f"{tenths // 10:,}.{tenths % 10}%"


def rank_by_percent(
    rows: Iterable[Progress], style: RankStyle, ties: Iterable[TieBreak], *, few: bool = False
) -> list[PercentStanding]:
    """Rank progress by the share of the target, the first place first; rows without a target are left out.

    With `first_to_reach` equals stand in the order in which they got there; without it they share a rank. With `few`
    the smallest share comes first.
    """
    is_timed, sign = "first_to_reach" in ties, 1 if few else -1
    ranked = sorted(
        (row for row in rows if row.target > 0),
        key=lambda row: (sign * share(row), reached_at(row) if is_timed else 0, row.user),
    )
    standings: list[PercentStanding] = []
    for position, row in enumerate(ranked, start=1):
        above = standings[-1] if standings else None
        same = above is not None and share(above.progress) == share(row)
        is_later = above is not None and is_timed and reached_at(above.progress) != reached_at(row)
        tie: TieBreak | None = "first_to_reach" if same and is_later else None
        number = number_of(style, position, above=above and above.rank, is_equal=same and tie is None)
        standings.append(PercentStanding(number, row, tie))
    return standings
