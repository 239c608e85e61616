"""Ranking: points first, then the declared tie-break chain, then equals share a rank. Never by id."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Protocol, TypeVar

from novigem.model.entry import Total
from novigem.model.program import TieBreak
from novigem.model.ranking import TIE_STEPS, sort_key

RankStyle = Literal["dense", "competition", "ordinal"]


class Standing(NamedTuple):
    """One row of a ranking. `tie` names the step that put it below its equal in points above it, if one did."""

    rank: int
    total: Total
    tie: TieBreak | None = None


def rank(totals: Iterable[Total], style: RankStyle = "dense", ties: Sequence[TieBreak] = ()) -> list[Standing]:
    """Rank totals from the first place on.

    `dense`: 1, 2, 2, 3. `competition`: 1, 2, 2, 4. `ordinal`: 1, 2, 3, 4, each by its own number as long as the chain
    tells them apart; whom nothing tells apart shares one here too. Equals are listed by user id, which decides nothing.
    Source of the styles: the usual names in sports ranking.
    """
    ordered = sorted(totals, key=lambda total: (*sort_key(total, ties), total.user))
    standings: list[Standing] = []
    for position, total in enumerate(ordered, start=1):
        above = standings[-1] if standings else None
        step = above and deciding_step(above.total, total, ties)
        is_equal = above is not None and step is None and above.total.points == total.points
        number = number_of(style, position, above=above and above.rank, is_equal=is_equal)
        standings.append(Standing(number, total, step))
    return standings


class _Ranked(Protocol):
    @property
    def rank(self) -> int: ...


_Row = TypeVar("_Row", bound=_Ranked)


def first_rows(rows: Sequence[_Row], limit: int | None) -> Sequence[_Row]:
    """Give the first rows, with everybody who shares the last place among them: a list never cuts between equals."""
    if limit is None or limit >= len(rows):
        return rows
    last = rows[limit - 1].rank if limit else None
    end = next((place for place in range(limit, len(rows)) if rows[place].rank != last), len(rows))
    return rows[:end]


def number_of(style: RankStyle, position: int, *, above: int | None, is_equal: bool) -> int:
    """Give the number of a row: `position` counts rows from 1, `above` is the number above it, None on the first.

    `is_equal` says that nothing tells the row from the one above.
    """
    if above is None:
        return position
    if is_equal:
        return above
    return above + 1 if style == "dense" else position


def deciding_step(above: Total, below: Total, ties: Sequence[TieBreak]) -> TieBreak | None:
    """Give the step of the chain that tells two equals in points apart; None if none does, or the points differ."""
    if above.points != below.points:
        return None
    return next((step for step in ties if TIE_STEPS[step](above) != TIE_STEPS[step](below)), None)
