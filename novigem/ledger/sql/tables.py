"""The tables. Every name begins with `novigem_`, so that they can live in a developer's own database.

Moments are whole microseconds since 1970 UTC: exact, sortable, and the same in every database. Tables whose key is
all they are looked up by are clustered on it in SQLite (WITHOUT ROWID), which saves one index write per row; not where
rows are wide.
"""
# Longer than 400 lines: one table after another, as plain as a list; whoever reads wants the schema in one place.

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

# Byte order, whatever the collation of a PostgreSQL database: both databases then list equals in one order.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")

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
    Column("key", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("program", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("rule", TEXT),
    Column("challenge", TEXT),
    Column("period", TEXT),
    Column("object", TEXT),
    Column("record", TEXT),
    Column("account", TEXT),
    Column("change", LargeBinary),
    Column("seq", BigInteger, nullable=False),
    Column("goal_value", BigInteger, nullable=False),
    Column("goal_item", TEXT),
    Column("occurred", BigInteger, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("reverses", BigInteger),
    Column("reason", TEXT),
    Column("author", TEXT),
    Column("also", TEXT),
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

#: Says of an entry that it is an adjustment; with the value written out, so that the index is used.
IS_ADJUSTMENT = text("kind = 'adjustment'")
_ADJUSTED = (ledger.c.program, ledger.c.user, ledger.c.occurred)
Index("novigem_ledger_adjustment_idx", *_ADJUSTED, sqlite_where=IS_ADJUSTMENT, postgresql_where=IS_ADJUSTMENT)

change = Table(
    "novigem_change",
    metadata,
    Column("at", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("object", TEXT, nullable=False),
    Column("record", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    # The moment comes first, so that a stream in order appends at one end of the index.
    PrimaryKeyConstraint("at", "digest"),
    sqlite_with_rowid=False,
)
# With the moment: what came after a change of a record is a range of it.
Index("novigem_change_record_idx", change.c.record, change.c.at)
# Whether a thing has been merged into another is asked of every thing that counts: nearly none has.
MERGES = "kind IN ('merge', 'undelete')"
Index("novigem_change_merge_idx", change.c.record, sqlite_where=text(MERGES), postgresql_where=text(MERGES))

claim = Table(
    "novigem_claim",
    metadata,
    Column("fact_digest", LargeBinary, nullable=False),
    Column("change", LargeBinary, nullable=False),
    Column("part", TEXT, nullable=False),
    Column("program", TEXT, nullable=False),
    Column("rule", TEXT, nullable=False),
    Column("record", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("limits", TEXT, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("wins", Boolean, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("why", TEXT, nullable=False),
    Column("draft", LargeBinary, nullable=False),
    PrimaryKeyConstraint("fact_digest", "change", "part"),
)
Index("novigem_claim_record_idx", claim.c.record)
Index("novigem_claim_limits_idx", claim.c.limits, claim.c.user, claim.c.at)

# Which records name a thing that counts, so that what was claimed of them is found when it is merged.
reference = Table(
    "novigem_reference",
    metadata,
    Column("reference", TEXT, nullable=False),
    Column("record", TEXT, nullable=False),
    PrimaryKeyConstraint("reference", "record"),
    sqlite_with_rowid=False,
)

progress = Table(
    "novigem_progress",
    metadata,
    Column("program", TEXT, nullable=False),
    Column("challenge", TEXT, nullable=False),
    Column("period", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("target", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("completed", BigInteger),
    Column("reached", BigInteger),
    PrimaryKeyConstraint("program", "challenge", "period", "user"),
    sqlite_with_rowid=False,
)
Index("novigem_progress_user_idx", progress.c.user)

item = Table(
    "novigem_item",
    metadata,
    Column("scope", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("item", TEXT, nullable=False),
    Column("count", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "user", "item"),
    sqlite_with_rowid=False,
)

badge_award = Table(
    "novigem_badge_award",
    metadata,
    Column("program", TEXT, nullable=False),
    Column("badge", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("challenge", TEXT, nullable=False),
    Column("period", TEXT, nullable=False),
    Column("awarded", BigInteger, nullable=False),
    Column("reason", TEXT),
    Column("author", TEXT),
    PrimaryKeyConstraint("program", "badge", "user", "challenge", "period"),
    sqlite_with_rowid=False,
)

total = Table(
    "novigem_total",
    metadata,
    Column("book", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("accounts", BigInteger, nullable=False),
    PrimaryKeyConstraint("book", "user"),
    sqlite_with_rowid=False,
)
# All that a ranking may compare, so that counting who stands higher reads the index alone: without statistics SQLite
# reads a whole book by its key rather than look rows up.
Index("novigem_total_rank_idx", total.c.book, total.c.points.desc(), total.c.reached, total.c.accounts, total.c.entries)

tier = Table(
    "novigem_tier",
    metadata,
    Column("book", TEXT, nullable=False),
    Column("chain", TEXT, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("second", BigInteger, nullable=False),
    Column("third", BigInteger, nullable=False),
    Column("people", BigInteger, nullable=False),
    PrimaryKeyConstraint("book", "chain", "points", "first", "second", "third"),
    sqlite_with_rowid=False,
)
# Almost nobody shares a place once ties are broken, so the shared places alone are quickly counted.
Index(
    "novigem_tier_shared_idx",
    *(tier.c[name] for name in ("book", "chain", "points", "first", "second", "third", "people")),
    sqlite_where=text("people > 1"),
    postgresql_where=text("people > 1"),
)

person = Table(
    "novigem_person",
    metadata,
    Column("id", TEXT, nullable=False),
    Column("name", TEXT),
    Column("email", TEXT),
    Column("active", Boolean, nullable=False),
    Column("role", TEXT),
    Column("manager", TEXT),
    Column("role_id", TEXT),
    Column("timezone", TEXT),
    PrimaryKeyConstraint("id"),
    sqlite_with_rowid=False,
)
# Whom somebody leads is asked at every page that somebody opens.
Index("novigem_person_manager_idx", person.c.manager)

program = Table(
    "novigem_program",
    metadata,
    Column("program", TEXT, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("text", TEXT, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    PrimaryKeyConstraint("program", "version"),
)

binding = Table(
    "novigem_binding",
    metadata,
    *(Column(name, TEXT, nullable=False) for name in ("program", "kind", "name", "means")),
    Column("bound", BigInteger, nullable=False),
    PrimaryKeyConstraint("program", "kind", "name", "means"),
)

timeline = Table(
    "novigem_timeline",
    metadata,
    Column("program", TEXT, nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("effective", BigInteger, nullable=False),
    Column("how", TEXT, nullable=False),
    Column("author", TEXT),
    Column("reason", TEXT),
    PrimaryKeyConstraint("program", "accepted"),
)

position = Table(
    "novigem_position",
    metadata,
    Column("feed", TEXT, nullable=False),
    Column("position", TEXT, nullable=False),
    PrimaryKeyConstraint("feed"),
)

rejected = Table(
    "novigem_rejected",
    metadata,
    Column("feed", TEXT, nullable=False),
    Column("place", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("raw", TEXT, nullable=False),
    Column("seen", BigInteger, nullable=False),
    PrimaryKeyConstraint("feed", "place"),
)

# Not clustered on its key: of 600,000 rows of 300 to 600 bytes, SQLite writes 2,000 over in 59 ms, and in 63 ms where
# they are clustered (half of the times in 24 and 60 ms).
snapshot = Table(
    "novigem_snapshot",
    metadata,
    Column("org", TEXT, nullable=False),
    Column("object", TEXT, nullable=False),
    Column("id", TEXT, nullable=False),
    Column("values", TEXT, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("stamp", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("state", TEXT, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("missing", BigInteger, nullable=False),
    Column("sweep", BigInteger, nullable=False),
    PrimaryKeyConstraint("org", "object", "id"),
)

lease = Table(
    "novigem_lease",
    metadata,
    Column("name", TEXT, nullable=False),
    # The row of a lease that was given back stays, without an owner: its fence must go on growing.
    Column("owner", TEXT),
    Column("fence", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    PrimaryKeyConstraint("name"),
)

report = Table(
    "novigem_report",
    metadata,
    Column("feed", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    PrimaryKeyConstraint("feed"),
)

journal = Table(
    "novigem_journal",
    metadata,
    Column("batch", BigInteger().with_variant(Integer, "sqlite"), nullable=False, autoincrement=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("checks", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("rows", LargeBinary),
    PrimaryKeyConstraint("batch"),
)

request = Table(
    "novigem_request",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), nullable=False, autoincrement=False),
    Column("kind", TEXT, nullable=False),
    Column("program", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("points", BigInteger),
    Column("entry", BigInteger),
    Column("record", TEXT),
    Column("rule", TEXT),
    Column("appeal", BigInteger),
    Column("text", TEXT, nullable=False),
    Column("author", TEXT),
    Column("opened", BigInteger, nullable=False),
    Column("status", TEXT, nullable=False),
    Column("decided", BigInteger),
    Column("decided_by", TEXT),
    Column("decision", TEXT),
    Column("paid", BigInteger),
    Column("occurred", BigInteger),
    PrimaryKeyConstraint("number"),
)

judgement = Table(
    "novigem_flag",
    metadata,
    *(Column(name, TEXT, nullable=False) for name in ("flag", "program", "detector", "user", "status")),
    Column("reason", TEXT, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("judged", BigInteger, nullable=False),
    # What the id is a digest of, so that it can be made anew when somebody is erased; older rows have none.
    Column("about", TEXT),
    PrimaryKeyConstraint("flag"),
)

# The database refuses to change or remove a row, as in the ledger.
closing = Table(
    "novigem_closing",
    metadata,
    *(Column(name, TEXT, nullable=False) for name in ("program", "kind", "id", "period")),
    Column("ends", BigInteger, nullable=False),
    Column("closed", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("version", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Column("digest", TEXT, nullable=False),
    PrimaryKeyConstraint("program", "kind", "id", "period"),
)

assignment = Table(
    "novigem_assignment",
    metadata,
    Column("user", TEXT, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("role", TEXT),
    Column("manager", TEXT),
    Column("role_id", TEXT),
    Column("timezone", TEXT),
    PrimaryKeyConstraint("user", "since"),
    sqlite_with_rowid=False,
)
# In most databases of files nobody's time zone was told: that is known at once, and so are all there are.
Index(
    "novigem_assignment_timezone_idx",
    assignment.c.timezone,
    sqlite_where=text("timezone IS NOT NULL"),
    postgresql_where=text("timezone IS NOT NULL"),
)

join = Table(
    "novigem_join",
    metadata,
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("user", TEXT, nullable=False),
    # Without one, what was decided of the user before is taken back.
    Column("person", TEXT),
    Column("since", BigInteger, nullable=False),
    Column("moment", BigInteger, nullable=False),
    Column("author", TEXT),
    Column("reason", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    PrimaryKeyConstraint("number"),
)

pause = Table(
    "novigem_pause",
    metadata,
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("program", TEXT, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("moment", BigInteger, nullable=False),
    Column("author", TEXT),
    Column("reason", TEXT),
    PrimaryKeyConstraint("number"),
)

# One row: how many transactions have written.
revision = Table(
    "novigem_revision",
    metadata,
    Column("id", Integer, nullable=False, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("id"),
)

# Only digests of what a browser or a mail holds are kept. Nobody's points depend on these three tables, and no journal
# holds them.
session = Table(
    "novigem_session",
    metadata,
    Column("digest", LargeBinary, nullable=False),
    Column("user", TEXT),
    Column("subject", TEXT, nullable=False),
    Column("provider", TEXT, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Column("agent", TEXT, nullable=False),
    PrimaryKeyConstraint("digest"),
)
Index("novigem_session_user_idx", session.c.user)

sign_in_link = Table(
    "novigem_sign_in_link",
    metadata,
    Column("digest", LargeBinary, nullable=False),
    Column("user", TEXT),
    Column("subject", TEXT, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("used", BigInteger),
    PrimaryKeyConstraint("digest"),
)

# Tokens of the API. What opens anything is kept nowhere: only its digest.
api_token = Table(
    "novigem_api_token",
    metadata,
    Column("digest", LargeBinary, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("scopes", TEXT, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("ends", BigInteger),
    Column("revoked", BigInteger),
    Column("used", BigInteger),
    PrimaryKeyConstraint("digest"),
)

preference = Table(
    "novigem_preference",
    metadata,
    *(Column(name, TEXT, nullable=False) for name in ("user", "name", "value")),
    PrimaryKeyConstraint("user", "name"),
)

privacy = Table(
    "novigem_privacy",
    metadata,
    Column("user", TEXT, nullable=False),
    Column("opted_out", BigInteger, nullable=False),
    PrimaryKeyConstraint("user"),
)

secret = Table(
    "novigem_secret",
    metadata,
    Column("name", TEXT, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("name"),
)

erased = Table(
    "novigem_erased",
    metadata,
    Column("mark", LargeBinary, nullable=False),
    Column("words", Integer, nullable=False),
    Column("user", TEXT, nullable=False),
    PrimaryKeyConstraint("mark"),
)

erasure = Table(
    "novigem_erasure",
    metadata,
    Column("number", Integer, nullable=False, autoincrement=False),
    Column("moment", BigInteger, nullable=False),
    Column("reason", TEXT, nullable=False),
    Column("author", TEXT),
    Column("counts", TEXT, nullable=False),
    # What the journal ended in, before and after it was written anew.
    Column("before", LargeBinary),
    Column("after", LargeBinary),
    # Which final standings were written anew, and their hashes.
    Column("closings", TEXT, nullable=False),
    PrimaryKeyConstraint("number"),
)
