"""What is asked often is found by a key or an index, however long the ledger grows.

There is no index on when something happened: nearly every stretch that is asked for is a large part of a season, and
SQLite would take such an index where the number of an entry or its user finds far fewer rows.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event

from novigem.ledger.sql.store import SqlStore
from novigem.ledger.store import EntryFilter
from novigem.testing import make_id
from novigem.testing.contract.samples import MONDAY, sample_entry

_WINDOW = {"program": "program", "since": MONDAY, "until": 2 * MONDAY}
_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}
_OWN_KEY = {"sqlite": "USING INTEGER PRIMARY KEY (rowid>", "postgresql": "Index Cond: (entry > "}
_BY_USER = {"sqlite": "novigem_ledger_user_idx (user=", "postgresql": "novigem_ledger_user_idx"}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Give a database of each kind with a few entries in it."""
    kept = f"sqlite:///{tmp_path / 'plans.db'}"
    made = create_engine(kept if request.param == "sqlite" else request.getfixturevalue("postgres").new_database())
    with SqlStore(made).begin() as transaction:
        transaction.append([sample_entry(n, user=make_id("005", n % 40)) for n in range(1, 200)])
    if made.dialect.name == "postgresql":
        # It sees to this by itself in time; SQLite never does.
        with made.begin() as connection:
            connection.exec_driver_sql("ANALYZE")
    yield made
    made.dispose()


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        pytest.param(EntryFilter(**_WINDOW, after=190), _OWN_KEY, id="what is late for a closing"),
        pytest.param(EntryFilter(**_WINDOW, user=make_id("005", 1)), _BY_USER, id="a cut week of a team's member"),
    ],
)
def test_entries_are_found_without_reading_the_ledger(
    engine: Engine, which: EntryFilter, expected: dict[str, str]
) -> None:
    assert expected[engine.dialect.name] in plan(engine, which)


def plan(engine: Engine, which: EntryFilter) -> str:
    """Say how a database goes about reading some entries."""
    asked: list[tuple[str, object]] = []
    event.listen(engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    list(SqlStore(engine).entries(which))
    query, values = next(one for one in reversed(asked) if "FROM novigem_ledger" in one[0])
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # So few rows are read at a glance; what counts is whether there is another way.
            connection.exec_driver_sql("SET enable_seqscan = off")
        return "\n".join(
            str(row[-1]) for row in connection.exec_driver_sql(_EXPLAIN[engine.dialect.name] + query, values)
        )
