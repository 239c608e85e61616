"""Things are counted by what they name: an id of 15 characters and one of 18 are one thing."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from novigem.model.entry import GOAL_UNIT
from novigem.model.ids import reference

revision = "0013"
down_revision = "0012"

_SHORT_ID = 15
_item = sa.table("novigem_item", sa.column("scope"), sa.column("user"), sa.column("item"), sa.column("count"))
_progress = sa.table(
    "novigem_progress",
    *(sa.column(name) for name in ("program", "challenge", "period", "user", "value")),
)


# Byte order, whatever the collation of a PostgreSQL database.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_MERGES = "kind IN ('merge', 'undelete')"
# What records name that claims rest on; as far as it was paid, for a claim that pays nothing names nothing yet.
_NAMED = (
    "INSERT INTO novigem_reference (reference, record) "
    "SELECT DISTINCT l.{column}, l.record FROM novigem_ledger AS l JOIN novigem_claim AS c ON c.record = l.record "
    "WHERE l.{column} IS NOT NULL AND length(l.{column}) = 18 "
    "ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    """Count things by what they name, and let records be found by what they name."""
    op.create_table(
        "novigem_reference",
        sa.Column("reference", _TEXT, nullable=False),
        sa.Column("record", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("reference", "record", name="novigem_reference_pk"),
        sqlite_with_rowid=False,
    )
    where = sa.text(_MERGES)
    op.create_index(
        "novigem_change_merge_idx", "novigem_change", ["record"], sqlite_where=where, postgresql_where=where
    )
    for column in ("account", "goal_item"):
        op.execute(_NAMED.format(column=column))
    _count_once()


def _count_once() -> None:
    """Bring counted ids to 18 characters; what was counted in both forms counts once.

    A completion that such a thing led to stays, with its bonus, until its entries are counted anew.
    """
    bind = op.get_bind()
    short = sa.select(_item).where(sa.func.length(_item.c.item) == _SHORT_ID)
    twice: dict[tuple[str, str], int] = defaultdict(int)
    for scope, user, item, count in bind.execute(short).all():
        whole = reference(item)
        if whole == item or ":goal:" not in scope:
            continue
        own = (_item.c.scope == scope) & (_item.c.user == user)
        kept = bind.execute(sa.select(_item.c.count).where(own & (_item.c.item == whole))).scalar()
        if kept is None:
            bind.execute(sa.update(_item).where(own & (_item.c.item == item)).values(item=whole))
            continue
        bind.execute(sa.delete(_item).where(own & (_item.c.item == item)))
        bind.execute(sa.update(_item).where(own & (_item.c.item == whole)).values(count=kept + count))
        twice[scope, user] += count > 0 and kept > 0
    for (scope, user), times in twice.items():
        program, _goal, challenge, period = scope.split(":", 3)
        row = (_progress.c.program == program) & (_progress.c.challenge == challenge)
        row &= (_progress.c.period == period) & (_progress.c.user == user)
        bind.execute(sa.update(_progress).where(row).values(value=_progress.c.value - times * GOAL_UNIT))
