"""Ranking inside the database: the order of totals, and `ranks above`, as SQL expressions and questions."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from novigem.ledger.sql.tables import person, tier, total
from novigem.ledger.store import EVERYBODY, Who
from novigem.model.entry import TierKey, Total
from novigem.model.program import TieBreak
from novigem.model.ranking import sort_key, tier_key

# Each step's column, and whether the larger value stands higher.
_STEPS: dict[TieBreak, tuple[ColumnElement[int], bool]] = {
    "first_to_reach": (total.c.reached, False),
    "distinct_accounts": (total.c.accounts, True),
    "fewer_awards": (total.c.entries, False),
}
# So many who are left out of a ranking are taken off what is counted by places; more are left out row by row.
_FEW = 100
_POINTS: tuple[ColumnElement[int], bool] = (total.c.points, True)


def count_above(connection: Connection, one: Total, ties: Sequence[TieBreak], who: Who, *, distinct: bool) -> int:
    """Count the totals that rank above one; see `novigem.ledger.reader.Reader.count_above`."""
    if who._replace(excluded=frozenset()).everybody and len(who.excluded) <= _FEW:
        count = _count_by_tiers(connection, one, ties, distinct=distinct)
        if count is not None:
            return count - _excluded_above(connection, one, ties, who.excluded, distinct=distinct)
    steps = above_by_step(one, ties)
    return _count_rows(connection, steps, one.book, ties if distinct else None, who)


def _excluded_above(
    connection: Connection, one: Total, ties: Sequence[TieBreak], excluded: Collection[str], *, distinct: bool
) -> int:
    """Count the few above a total who are not ranked; with `distinct`, the places that nobody else has."""
    if not excluded:
        return 0
    own = sort_key(one, ties)
    found = connection.execute(select(total).where(total.c.book == one.book, total.c.user.in_(excluded)))
    above_it = [row for row in (Total(*each) for each in found) if sort_key(row, ties) < own]
    if not distinct:
        return len(above_it)
    places = Counter(tier_key(row, ties) for row in above_it)
    return sum(_people_at(connection, key) == number for key, number in places.items())


def _people_at(connection: Connection, key: TierKey) -> int | None:
    where = [tier.c[name] == value for name, value in key._asdict().items()]
    return connection.execute(select(tier.c.people).where(*where)).scalar()


def _count_rows(
    connection: Connection,
    steps: Sequence[ColumnElement[bool]],
    book: str,
    distinct_by: Sequence[TieBreak] | None,
    who: Who,
) -> int:
    """Count rows range by range of the rank index: it takes as long as there are people in them."""
    count = 0
    for step in steps:
        query: Select[Any] = ranked(book, who).where(step).with_only_columns(literal_column("1"))
        if distinct_by is not None:
            query = query.group_by(*order_by(distinct_by, with_user=False, plain=True))
        count += connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    return count


def _count_by_tiers(connection: Connection, one: Total, ties: Sequence[TieBreak], *, distinct: bool) -> int | None:
    """Count by places instead of people: those with more points, then the few with the same.

    None where no places are kept. One statement: on PostgreSQL each way there and back counts.
    """
    found = connection.execute(counts_above(one, ties, distinct=distinct)).one()
    is_kept, as_many, shared, people, places = found
    if is_kept is None:
        return None
    if distinct and not ties:
        return int(places)
    # Each place counts once, so whoever shares one with somebody is taken off again.
    return int(people) + int(as_many) - int(shared)


def neighbours(connection: Connection, one: Total, ties: Sequence[TieBreak], each_side: int, who: Who) -> list[Total]:
    """Give the totals around one, and itself."""
    if connection.execute(ranked(one.book, who).where(total.c.user == one.user)).first() is None:
        return []
    before = above(one, ties, or_equal=True)
    higher = ranked(one.book, who).where(before).order_by(*order_by(ties, reverse=True)).limit(each_side)
    after = above(one, ties, or_equal=True, below=True)
    lower = ranked(one.book, who).where(after).order_by(*order_by(ties)).limit(each_side)
    upwards = [Total(*row) for row in connection.execute(higher)]
    return [*reversed(upwards), one, *(Total(*row) for row in connection.execute(lower))]


def ranked(book: str, who: Who) -> Select[Any]:
    """Select the totals of a book, of the people that a board ranks."""
    query = select(total).where(total.c.book == book)
    if who.excluded:
        query = query.where(total.c.user.not_in(who.excluded))
    if who.roles or who.managers or who.users:
        of_role = or_(person.c.role.in_(who.roles), person.c.role_id.in_(who.roles))
        told = or_(of_role, person.c.manager.in_(who.managers))
        alone = and_(told, total.c.user.not_in(who.joined)) if who.joined else told
        member = or_(alone, total.c.user.in_(who.users))
        query = query.outerjoin(person, person.c.id == total.c.user).where(member)
    return query


def lowest(book: str) -> Select[Any]:
    """Select the fewest points in a book: the last row of the rank index."""
    return select(total.c.points).where(total.c.book == book).order_by(total.c.points.asc()).limit(1)


def inactive(book: str) -> Select[Any]:
    """Select who has a total in a book and was last told inactive: few people are, so they are looked up one by one."""
    has_total = exists().where(total.c.book == book, total.c.user == person.c.id)
    return select(person.c.id).where(person.c.active == false(), has_total)


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


def counts_above(total_: Total, ties: Sequence[TieBreak], *, distinct: bool) -> Select[Any]:
    """Select all that tells how many rank above a total, in one row.

    The columns: whether places are kept (NULL: they are not), how many with the same points stand higher, how many of
    those above share a place with somebody counted before them, and how many people have more points, in how many
    places.
    """
    columns = tier.c
    chain = ",".join(ties if distinct else ())
    kept: Select[Any] = select(columns.people).where(columns.book == total_.book, columns.chain == chain).limit(1)
    _more_points, *steps = above_by_step(total_, ties)
    same_points = and_(total.c.points == total_.points, or_(false(), *steps))
    same = ranked(total_.book, EVERYBODY).where(same_points).with_only_columns(literal_column("1")).subquery()
    nobody: Select[Any] = select(literal(0))
    equals = select(func.count()).select_from(same) if steps else nobody
    sharing = sharing_above(tier_key(total_, ties)) if distinct and ties else nobody
    more = tiers_above(tier_key(total_, ())).subquery()
    return select(*(one.scalar_subquery() for one in (kept, equals, sharing)), *more.c)


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
