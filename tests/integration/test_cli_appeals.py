"""Appeals, second approvers, statements and seals, as the command shows them."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.golden.appeals.scenes import FOLDER, REFRESH, SCENES, played, prepare
from tests.golden.cli.world import RISKY, novigem


@pytest.fixture(scope="module")
def screens(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Play all scenes once, since they follow each other."""
    return dict(played(tmp_path_factory.mktemp("appeals")))


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """Give a season that wants a second approver above 25 points."""
    prepare(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_says_exactly_what_is_expected(name: str, screens: dict[str, str]) -> None:
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert screens[name] == expected, f"refresh with: {REFRESH}"


def test_no_golden_screen_is_left_behind() -> None:
    assert {one.stem for one in FOLDER.glob("*.txt")} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_no_screen_is_wider_than_the_terminal_or_ends_in_blanks(name: str) -> None:
    scene = SCENES[name]
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("--- error stream")[0]
    for line in text.splitlines()[1:]:
        assert line == line.rstrip()
        assert len(line) <= scene.width or "--json" in scene.arguments


def test_a_request_is_answered_as_json_from_asking_to_paying(strict: Path) -> None:
    given = ("adjust", "bob@example.com", "40", "--reason", "the workshop", "--json")
    asked = json.loads(novigem(strict, *given, NOVIGEM_AUTHOR="Dana Velasco").out)
    assert (asked["number"], asked["status"], asked["points"], asked["author"]) == (1, "open", 40, "Dana Velasco")
    assert json.loads(novigem(strict, "adjust", "--list", "--json").out) == [asked]
    paid = json.loads(novigem(strict, "adjust", "--approve", "1", "--author", "Sam", "--json").out)
    assert (paid["status"], paid["decided_by"], paid["paid"]) == ("approved", "Sam", 13)
    assert json.loads(novigem(strict, "adjust", "--list", "--json").out) == []
    (entry,) = [json.loads(one) for one in novigem(strict, "ledger", "--last", "1", "--json").out.splitlines()]
    assert (entry["entry"], entry["author"]) == (13, "Dana Velasco, approved by Sam")
    assert novigem(strict, "doctor").code == 0


def test_points_are_declined_with_a_reason(strict: Path) -> None:
    novigem(strict, "adjust", "bob@example.com", "30", "--reason", "twice", "--author", "Dana")
    assert "would fall to" in novigem(strict, "adjust", "bob@example.com", "-40", "--reason=x", "--author=D").err
    assert "a reason is missing" in novigem(strict, "adjust", "--decline", "1", "--author", "Sam").err
    declined = novigem(strict, "adjust", "--decline", "1", "--reason", "no", "--author", "Sam")
    assert declined.out.startswith("Request 1 is declined: nothing was paid to =HYPERLINK(1)|Bob.")
    assert "there is no request for points 7" in novigem(strict, "adjust", "--decline", "7", "--reason", "no").err


def test_an_appeal_and_a_statement_are_answered_as_json(strict: Path) -> None:
    given = ("--record", RISKY, "--rule", "risk-documented", "--reason", "it was me", "--json")
    case = json.loads(novigem(strict, "appeal", "open", "cid@example.com", *given).out)
    assert (case["number"], case["kind"], case["record"], case["about"]) == (1, "appeal", RISKY, None)
    assert [one["verdict"] for one in case["verdicts"]] == ["no", "paid", "blocked", "unknown"]
    upheld = json.loads(novigem(strict, "appeal", "uphold", "1", "--reason", "y", "--author", "D", "--json").out)
    assert (upheld["payment"]["points"], upheld["waiting"]) == (10, None)
    statement = json.loads(novigem(strict, "statement", "cid@example.com", "--json").out)
    assert statement["opening"] + sum(one["points"] for one in statement["lines"]) == statement["closing"] == 35
    assert statement["lines"][-1]["why"] == f"by hand (D): appeal 1 about record {RISKY} under risk-documented: y"
    assert [one["number"] for one in statement["appeals"]] == [1]
    waiting = json.loads(novigem(strict, "appeal", "list", "--status", "open", "--json").out)
    assert waiting == []


def test_an_appeal_is_withdrawn(strict: Path) -> None:
    novigem(strict, "appeal", "open", "cid@example.com", "--entry", "10", "--reason", "a slip")
    assert novigem(strict, "appeal", "withdraw", "1").out.startswith(
        "Appeal 1 of [red]Cid[/red] about entry 10 is with"
    )
    assert "there is no appeal 2" in novigem(strict, "appeal", "withdraw", "2").err


def test_the_doctor_shows_a_seal_and_proves_one_that_was_noted(season: Path) -> None:
    first = json.loads(novigem(season, "doctor", "--json").out)["seal"]
    assert (first["batch"], first["entry"], len(first["digest"])) == (1, 12, 64)
    novigem(season, "adjust", "ann@example.com", "5", "--reason", "a test")
    shown = novigem(season, "doctor", "--seal", first["digest"][:16].upper())
    assert shown.code == 0
    assert "The ledger goes on from that seal: entry 12" in shown.out
    answer = json.loads(novigem(season, "doctor", "--seal", first["digest"], "--json").out)
    assert answer["goes_on_from"] == first
    assert answer["seal"]["entry"] == 13
    unknown = novigem(season, "doctor", "--seal", "0" * 64)
    assert (unknown.code, "does not hold that seal" in unknown.out) == (1, True)
    assert novigem(season, "doctor", "--seal", "123").code == 2


def test_the_doctor_names_the_entry_that_somebody_changed_in_the_database(season: Path) -> None:
    with sqlite3.connect(season / "novigem.db") as connection:
        connection.execute("DROP TRIGGER novigem_ledger_no_update")
        connection.execute("UPDATE novigem_ledger SET author = 'nobody' WHERE entry = 7")
    connection.close()
    found = novigem(season, "doctor")
    assert found.code == 1
    assert "entry 7" in found.out
    assert "changed from outside" in found.out
    checks = json.loads(novigem(season, "doctor", "--json").out)["checks"]
    assert [one["problems"] for one in checks if not one["ok"]] == [
        [
            {
                "check": "journal",
                "program": "",
                "what": "entry 7",
                "kept": "altered",
                "proved": "other values were written",
            }
        ]
    ]
