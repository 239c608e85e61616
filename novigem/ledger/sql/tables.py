"""The tables. Every name begins with `novigem_`, so that they can live in a developer's own database.

Moments are whole microseconds since 1970 UTC: exact, sortable, and the same in every database. Tables whose key is
all they are looked up by are clustered on it in SQLite (WITHOUT ROWID), which saves one index write per row.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)

ledger = Table(
    "novigem_ledger",
    metadata,
    Column("entry", BigInteger().with_variant(Integer, "sqlite"), nullable=False, autoincrement=False),
    Column("key_digest", LargeBinary, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("program", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("rule", Text),
    Column("challenge", Text),
    Column("period", Text),
    Column("object", Text),
    Column("record", Text),
    Column("account", Text),
    Column("change", LargeBinary),
    Column("seq", BigInteger, nullable=False),
    Column("goal_value", BigInteger, nullable=False),
    Column("goal_item", Text),
    Column("occurred", BigInteger, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("reverses", BigInteger),
    Column("reason", Text),
    Column("author", Text),
    PrimaryKeyConstraint("entry"),
    # The digest stands for the text of the key: a short binary key costs a third of a text one on every insert.
    UniqueConstraint("key_digest", "generation"),
)
Index("novigem_ledger_user_idx", ledger.c.user, ledger.c.program)
Index("novigem_ledger_record_idx", ledger.c.record)
Index(
    "novigem_ledger_reverses_key",
    ledger.c.reverses,
    unique=True,
    sqlite_where=text("reverses IS NOT NULL"),
    postgresql_where=text("reverses IS NOT NULL"),
)

change = Table(
    "novigem_change",
    metadata,
    Column("at", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("object", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    # The moment comes first, so that a stream in order appends at one end of the index.
    PrimaryKeyConstraint("at", "digest"),
    sqlite_with_rowid=False,
)
Index("novigem_change_record_idx", change.c.record)

progress = Table(
    "novigem_progress",
    metadata,
    Column("program", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("target", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("completed", BigInteger),
    PrimaryKeyConstraint("program", "challenge", "period", "user"),
    sqlite_with_rowid=False,
)
Index("novigem_progress_user_idx", progress.c.user)

item = Table(
    "novigem_item",
    metadata,
    Column("scope", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "user", "item"),
    sqlite_with_rowid=False,
)

badge_award = Table(
    "novigem_badge_award",
    metadata,
    Column("program", Text, nullable=False),
    Column("badge", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("awarded", BigInteger, nullable=False),
    Column("reason", Text),
    Column("author", Text),
    PrimaryKeyConstraint("program", "badge", "user", "challenge", "period"),
    sqlite_with_rowid=False,
)

total = Table(
    "novigem_total",
    metadata,
    Column("book", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("accounts", BigInteger, nullable=False),
    PrimaryKeyConstraint("book", "user"),
    sqlite_with_rowid=False,
)
# All that a ranking may compare, so that counting who stands higher reads the index alone.
Index("novigem_total_rank_idx", total.c.book, total.c.points.desc(), total.c.reached, total.c.accounts, total.c.entries)

person = Table(
    "novigem_person",
    metadata,
    Column("id", Text, nullable=False),
    Column("name", Text),
    Column("email", Text),
    Column("active", Boolean, nullable=False),
    Column("role", Text),
    Column("manager", Text),
    PrimaryKeyConstraint("id"),
    sqlite_with_rowid=False,
)

program = Table(
    "novigem_program",
    metadata,
    Column("program", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    PrimaryKeyConstraint("program", "version"),
)

position = Table(
    "novigem_position",
    metadata,
    Column("feed", Text, nullable=False),
    Column("position", Text, nullable=False),
    PrimaryKeyConstraint("feed"),
)

rejected = Table(
    "novigem_rejected",
    metadata,
    Column("feed", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("seen", BigInteger, nullable=False),
    PrimaryKeyConstraint("feed", "place"),
)
