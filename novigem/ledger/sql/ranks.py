"""Ranking inside the database: the order of totals, and `ranks above`, as SQL expressions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from novigem.ledger.sql.tables import person, tier, total
from novigem.ledger.store import Who
from novigem.model.entry import TierKey, Total
from novigem.model.program import TieBreak

# Each step's column, and whether the larger value stands higher.
_STEPS: dict[TieBreak, tuple[ColumnElement[int], bool]] = {
    "first_to_reach": (total.c.reached, False),
    "distinct_accounts": (total.c.accounts, True),
    "fewer_awards": (total.c.entries, False),
}
_POINTS: tuple[ColumnElement[int], bool] = (total.c.points, True)


def ranked(book: str, who: Who) -> Select[Any]:
    """Select the totals of a book, of the people that a board ranks."""
    query = select(total).where(total.c.book == book)
    if who.excluded:
        query = query.where(total.c.user.not_in(who.excluded))
    if who.roles or who.managers or who.users:
        member = or_(person.c.role.in_(who.roles), person.c.manager.in_(who.managers), total.c.user.in_(who.users))
        query = query.outerjoin(person, person.c.id == total.c.user).where(member)
    return query


def order_by(
    ties: Sequence[TieBreak], *, reverse: bool = False, with_user: bool = True, plain: bool = False
) -> list[Any]:
    """Give the columns in ranking order; `plain` without a direction, `reverse` from the last place up."""
    chain = [_POINTS, *(_STEPS[step] for step in ties)]
    if plain:
        return [column for column, _larger in chain]
    columns = [column.desc() if larger is not reverse else column.asc() for column, larger in chain]
    if with_user:
        columns.append(total.c.user.desc() if reverse else total.c.user.asc())
    return columns


def above(one: Total, ties: Sequence[TieBreak], *, or_equal: bool = False, below: bool = False) -> ColumnElement[bool]:
    """Give the condition that a row ranks above a total (`below`: under it).

    With `or_equal`, equals are told apart by user id, so that lists around somebody do not repeat or skip anybody.
    """
    return or_(false(), *above_by_step(one, ties, or_equal=or_equal, below=below))


def above_by_step(
    one: Total, ties: Sequence[TieBreak], *, or_equal: bool = False, below: bool = False
) -> list[ColumnElement[bool]]:
    """Give the same as one condition per step, no two of which hold for one row: each is a range of the rank index."""
    chain = [
        (column, getattr(one, column.name), larger) for column, larger in (_POINTS, *(_STEPS[step] for step in ties))
    ]
    if or_equal:
        chain.append((total.c.user, one.user, False))
    equal: list[ColumnElement[bool]] = []
    parts: list[ColumnElement[bool]] = []
    for column, value, larger in chain:
        higher = column > value if larger is not below else column < value
        parts.append(and_(*equal, higher))
        equal.append(column == value)
    return parts


def tiers_above(key: TierKey) -> Select[Any]:
    """Select how many people have more points, and how many places they take among themselves."""
    columns = tier.c
    query = select(func.coalesce(func.sum(columns.people), 0), func.count())
    return query.where(columns.book == key.book, columns.chain == key.chain, columns.points < key.points)


def sharing_above(key: TierKey) -> Select[Any]:
    """Select how many people above a place share theirs with somebody counted before them."""
    columns = tier.c
    equal: list[ColumnElement[bool]] = []
    parts: list[ColumnElement[bool]] = []
    for name in ("points", "first", "second", "third"):
        value = getattr(key, name)
        parts.append(and_(*equal, columns[name] < value))
        equal.append(columns[name] == value)
    query = select(func.coalesce(func.sum(columns.people - 1), 0))
    return query.where(columns.book == key.book, columns.chain == key.chain, columns.people > 1, or_(*parts))
