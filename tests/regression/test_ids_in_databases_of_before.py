"""A database in which one thing was counted twice, under both forms of its id, counts it once from the upgrade on."""

import sqlite3
from pathlib import Path

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.ledger.sql.store import open_store
from novigem.testing import make_change, make_id, make_program

GOAL = {"type": "timebound", "goal": {"distinct": "AccountId", "target": 3}}
ACCOUNT, OTHER = make_id("001", 1), make_id("001", 2)


LATER_TABLES = (
    "novigem_api_token",
    "novigem_binding",
    "novigem_display_link",
    "novigem_display_use",
    "novigem_join",
    "novigem_pause",
    "novigem_revision",
    "novigem_session",
    "novigem_sign_in_link",
    "novigem_preference",
)
# What later versions of the schema added to tables that were there.
LATER_COLUMNS = (
    ("novigem_person", "role_id"),
    ("novigem_assignment", "role_id"),
    ("novigem_person", "timezone"),
    ("novigem_assignment", "timezone"),
    ("novigem_ledger", "also"),
)


def set_back(path: Path) -> None:
    """Make of a database what the version before would have made of the same changes."""
    connection = sqlite3.connect(path)
    with connection:
        found = connection.execute('SELECT scope, "user" FROM novigem_item WHERE item = ?', [ACCOUNT])
        scope, user = found.fetchone()
        connection.execute("UPDATE novigem_item SET count = 1 WHERE item = ?", [ACCOUNT])
        for short in (ACCOUNT[:15], OTHER[:15]):
            connection.execute("INSERT INTO novigem_item VALUES (?, ?, ?, 1)", [scope, user, short])
        connection.execute("DELETE FROM novigem_item WHERE item = ?", [OTHER])
        connection.execute("UPDATE novigem_progress SET value = 3000000")
        connection.execute("DROP TABLE novigem_reference")
        connection.execute("DROP INDEX novigem_change_merge_idx")
        connection.execute("DROP INDEX novigem_person_manager_idx")
        for table in LATER_TABLES:
            connection.execute(f"DROP TABLE {table}")
        for table, column in LATER_COLUMNS:
            connection.execute("DROP INDEX IF EXISTS novigem_assignment_timezone_idx")
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("UPDATE novigem_schema SET version_num = '0012'")
    connection.close()


def test_what_was_counted_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "before.db"
    rule = {"challenge": "challenge-1", "on_undo": "reverse"}
    program = make_program(rule, challenges=[GOAL], starts="2026-01-05", weeks=2)
    forms = (ACCOUNT, ACCOUNT[:15], OTHER[:15])
    store = open_store(f"sqlite:///{path}")
    Engine(store, [program]).apply([make_change(record=n, AccountId=form) for n, form in enumerate(forms, 1)])
    store.close()
    set_back(path)
    store = open_store(f"sqlite:///{path}")
    assert [row.value for row in store.progress_rows()] == [2_000_000]
    assert store.records_naming([ACCOUNT, OTHER]) == {make_id("006", n) for n in (1, 2, 3)}
    Engine(store, [program]).apply([make_change(record=4, AccountId=OTHER)])
    assert [row.value for row in store.progress_rows()] == [2_000_000]
    assert not [found for _name, found in examine(store, {program.program: program}) if found]
    store.close()
