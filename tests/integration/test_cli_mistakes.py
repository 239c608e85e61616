"""Wrong input ends with 2, a failing world with 1; one message, a next step, never a stack trace."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from novigem.errors import StoreError
from novigem.ledger.sql.errors import store_errors
from novigem.ledger.sql.transaction import SqlTransaction
from tests.golden.cli.world import changes_text, novigem

WRONG = {
    "no program": ("run", "none.yaml", "--from", "changes.jsonl"),
    "program is a folder": ("run", "folder", "--from", "changes.jsonl"),
    "program is binary": ("run", "binary", "--from", "changes.jsonl"),
    "no changes": ("run", "spring.yaml", "--from", "none.jsonl"),
    "changes are a folder": ("run", "spring.yaml", "--from", "folder"),
    "changes are binary": ("run", "spring.yaml", "--from", "binary"),
    "no source": ("run", "spring.yaml"),
    "no arguments": ("run",),
    "unknown board": ("board", "nothing"),
    "unknown program": ("board", "--program", "autumn"),
    "unknown user": ("board", "--user", "nobody@example.com"),
    "unknown user id": ("ledger", "--user", "005T00000000099"),
    "unknown challenge": ("progress", "--challenge", "nothing"),
    "unknown rule": ("explain", "006T00000000001", "--rule", "nothing"),
    "unknown record": ("explain", "006T00000000099"),
    "no record": ("explain", "opportunity 17"),
    "bad period": ("board", "--period", "fortnight"),
    "bad day of a period": ("board", "--period", "week:soon"),
    "bad moment": ("ledger", "--since", "yesterday"),
    "moment before all calendars": ("ledger", "--since", "0001-01-01"),
    "day after all calendars": ("ledger", "--until", "9999-12-31"),
    "position to come": ("board", "--as-of", "13"),
    "huge position": ("board", "--as-of", "9" * 40),
    "bad top": ("board", "--top", "0"),
    "bad URL": ("board", "--db", "novigem.db"),
    "unknown database": ("board", "--db", "mysql://localhost/novigem"),
    "no database": ("board", "--db", "sqlite:///none.db"),
    "no folder": ("run", "spring.yaml", "--from", "changes.jsonl", "--db", "sqlite:///none/novigem.db"),
    "database is a folder": ("board", "--db", "sqlite:///folder"),
    "unknown playbook": ("playbook", "show", "nothing"),
    "bad first day": ("playbook", "copy", "account-expansion", "--starts", "soon"),
    "no csv": ("convert", "none.csv", "--map", "map.yaml"),
    "no map": ("convert", "changes.jsonl", "--map", "none.yaml"),
    "bad points": ("adjust", "ann@example.com", "many", "--reason", "a test"),
    "no points": ("adjust", "ann@example.com", "0", "--reason", "a test"),
    "too many points": ("adjust", "ann@example.com", "99999999", "--reason", "a test"),
    "no reason": ("adjust", "ann@example.com", "5", "--reason", " "),
    "reason left out": ("adjust", "ann@example.com", "5"),
    "unknown badge": ("award", "nothing", "ann@example.com"),
    "unknown option": ("board", "--nothing"),
    "too many arguments": ("board", "team", "week"),
}
FAILING = {
    "database is text": ("board", "--db", "sqlite:///changes.jsonl"),
    "database is text, writing": ("run", "spring.yaml", "--from", "changes.jsonl", "--db", "sqlite:///spring.yaml"),
    "database is read-only": (
        "run",
        "spring.yaml",
        "--from",
        "changes.jsonl",
        "--again",
        "--db",
        "sqlite:///file:novigem.db?mode=ro&uri=true",
    ),
    "no server": ("board", "--db", "postgresql://localhost:1/novigem"),
}


@pytest.fixture(autouse=True)
def oddities(season: Path) -> None:
    (season / "folder").mkdir()
    (season / "binary").write_bytes(bytes(range(256)))


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_ends_with_2_and_one_message(name: str, season: Path) -> None:
    answer = novigem(season, *WRONG[name])
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("error: ")
    assert len(answer.err.splitlines()) >= 2, "a message has a next step"
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_world_ends_with_1_and_one_message(name: str, season: Path) -> None:
    answer = novigem(season, *FAILING[name])
    assert answer.code == 1
    assert answer.err.startswith("error: ")
    assert len(answer.err.splitlines()) >= 2, "a message has a next step"
    assert "Traceback" not in answer.err


def test_reading_makes_no_database(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for command in (("board",), ("progress",), ("badges",), ("ledger",), ("doctor",), ("explain", "006T00000000001")):
        assert novigem(empty, *command).code == 2
    assert list(empty.iterdir()) == []


def test_a_read_only_database_can_be_looked_at(season: Path) -> None:
    url = "sqlite:///file:novigem.db?mode=ro&uri=true"
    for command in (("board",), ("progress",), ("badges",), ("ledger",), ("explain", "006T00000000001"), ("doctor",)):
        assert novigem(season, *command, "--db", url).code == 0, command


def test_a_database_of_a_newer_novigem_is_refused(season: Path) -> None:
    with sqlite3.connect(season / "novigem.db") as connection:
        connection.execute("UPDATE novigem_schema SET version_num = '9999'")
    connection.close()
    for command in (("board",), ("run", "spring.yaml", "--from", "changes.jsonl", "--again")):
        answer = novigem(season, *command)
        assert answer.code == 1
        assert "schema version 9999" in answer.err


def test_a_damaged_database_is_told(season: Path) -> None:
    file = season / "novigem.db"
    file.write_bytes(file.read_bytes()[:8192] + b"\xff" * 40_000)
    for leftover in season.glob("novigem.db-*"):
        leftover.unlink()
    answer = novigem(season, "ledger")
    assert answer.code == 1
    assert answer.err.startswith("error: ")


def test_a_failure_between_two_batches_says_what_is_committed(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = SqlTransaction.log_changes
    calls = []

    def failing(self: SqlTransaction, changes: object) -> int:
        calls.append(changes)
        if len(calls) > 2:
            raise StoreError("the disk is full", hint="free some space")
        return saved(self, changes)  # type: ignore[arg-type]

    monkeypatch.setattr(SqlTransaction, "log_changes", failing)
    answer = novigem(fresh, "run", "spring.yaml", "--from", "changes.jsonl", "--batch", "4")
    assert answer.code == 1
    assert answer.err.splitlines() == [
        "error: the disk is full",
        "  free some space",
        "  7 changes read before this are committed; the same command goes on from there",
    ]


def test_our_own_mistakes_ask_to_be_reported(season: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("novigem.queries.queries.Queries.board", broken)
    answer = novigem(season, "board")
    assert answer.code == 1
    assert "please report it" in answer.err
    assert "Traceback" not in answer.err
    assert "Traceback" in novigem(season, "board", NOVIGEM_DEBUG="1").err


def test_a_message_cannot_steer_the_terminal(season: Path) -> None:
    assert "\x1b" not in novigem(season, "board", "\x1b[31mteam").err


def test_a_name_is_not_everybody_elses_business(season: Path) -> None:
    assert "bob@example.com" not in novigem(season, "board", "--user", "zzz").err


def test_changes_are_the_same_text_every_time() -> None:
    assert changes_text() == changes_text()


def test_a_database_on_a_read_only_disk_is_read_by_its_whole_path(season: Path) -> None:
    """SQLite cannot keep its files beside it there, so the URL says that nobody changes it meanwhile."""
    url = f"sqlite:///file:{season / 'novigem.db'}?immutable=1&uri=true"
    before = sorted(one.name for one in season.iterdir())
    assert novigem(season, "board", "--db", url).out == novigem(season, "board").out
    assert sorted(one.name for one in season.iterdir()) == before


def test_a_database_that_cannot_be_opened_says_how_to_read_it_all_the_same() -> None:
    cause = sqlite3.OperationalError("unable to open database file")
    with pytest.raises(StoreError, match="cannot be opened") as caught, store_errors():
        raise OperationalError("", {}, cause)
    assert "immutable=1" in (caught.value.hint or "")
