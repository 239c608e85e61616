"""Points and badges by hand, and the doctor that proves every figure."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.golden.cli.world import ANN, novigem


def test_points_are_added_and_taken_away(season: Path) -> None:
    added = novigem(season, "adjust", "ann@example.com", "10", "--reason", "helped a colleague", "--author", "Dana")
    assert added.out.startswith("Ann Example: +10 points, now 70 (ledger entry 13)")
    taken = novigem(season, "adjust", "Ann Example", "-5", "--reason", "logged twice")
    assert taken.out.startswith("Ann Example: -5 points, now 65 (ledger entry 14)")
    lines = [json.loads(line) for line in novigem(season, "ledger", "--json", "--last", "2").out.splitlines()]
    assert [(one["kind"], one["points"], one["reason"]) for one in lines] == [
        ("adjustment", 10, "helped a colleague"),
        ("adjustment", -5, "logged twice"),
    ]
    assert "by hand (Dana): helped a" in novigem(season, "ledger", "--last", "2").out
    assert novigem(season, "doctor").code == 0


@pytest.mark.parametrize("points", ["-5", "\N{MINUS SIGN}5"])
def test_a_minus_is_a_minus_wherever_it_stands(points: str, season: Path) -> None:
    assert novigem(season, "adjust", "--reason", "a test", "ann@example.com", points, "--json").code == 0
    assert novigem(season, "adjust", "ann@example.com", points, "--reason=a test").code == 0
    assert json.loads(novigem(season, "board", "--json", "--period", "all").out)["rows"][0]["points"] == 50


def test_a_season_that_is_over_says_where_the_correction_counts(season: Path) -> None:
    answer = novigem(season, "adjust", "ann@example.com", "10", "--reason", "late thanks")
    assert "counts for its last day, Mar 31, 2024" in answer.out
    rows = json.loads(novigem(season, "board", "--json").out)["rows"]
    assert {row["name"]: row["points"] for row in rows}["Ann Example"] == 70


def test_the_author_may_stand_in_the_settings(season: Path) -> None:
    novigem(season, "adjust", "ann@example.com", "1", "--reason", "a test", NOVIGEM_AUTHOR="Dana Velasco")
    assert "by hand (Dana Velasco): a" in novigem(season, "ledger", "--last", "1").out


def test_an_adjustment_moves_no_challenge(season: Path) -> None:
    before = novigem(season, "progress", "--json").out
    novigem(season, "adjust", "ann@example.com", "10", "--reason", "a test")
    assert novigem(season, "progress", "--json").out == before


def test_a_badge_is_given_once(season: Path) -> None:
    first = novigem(season, "award", "helper", "ann@example.com", "--reason", "the template")
    again = novigem(season, "award", "helper", "ann@example.com")
    assert first.out.startswith("Ann Example now holds Helper.")
    assert again.out.startswith("Ann Example holds Helper already.")
    held = [one for one in json.loads(novigem(season, "badges", "--json").out) if one["badge"] == "helper"]
    assert [(one["user"], one["challenge"], one["period"]) for one in held] == [(ANN, None, None)]
    assert "given by hand: the template" in novigem(season, "badges").out


def test_a_misspelt_badge_is_guessed(season: Path) -> None:
    answer = novigem(season, "award", "helpr", "ann@example.com")
    assert (answer.code, "did you mean `helper`?" in answer.err) == (2, True)


def test_the_doctor_names_the_figure_that_differs_and_repairs_it(season: Path) -> None:
    with sqlite3.connect(season / "novigem.db") as connection:
        connection.execute("UPDATE novigem_total SET points = points + 7 WHERE book LIKE '%:all' AND points = 60")
    connection.close()
    found = novigem(season, "doctor")
    assert found.code == 1
    assert "totals" in found.out
    assert "Next: novigem doctor --repair" in found.out
    checks = json.loads(novigem(season, "doctor", "--json").out)["checks"]
    assert [one["check"] for one in checks if not one["ok"]] == ["totals"]
    assert checks[1]["problems"][0]["program"] == "spring"
    repaired = novigem(season, "doctor", "--repair")
    assert (repaired.code, "written anew" in repaired.out) == (0, True)
    assert "Repaired 20" in repaired.out
    assert novigem(season, "doctor").code == 0
    # What was repaired stays known, and what agrees is no repair.
    for command in (("doctor", "--json"), ("doctor", "--repair", "--json")):
        (noted,) = json.loads(novigem(season, *command).out)["repairs"]
        assert (noted["program"], noted["figures"]) == ("spring", len(checks[1]["problems"]))


def test_the_doctor_does_not_make_sums_agree_with_a_ledger_that_was_changed(season: Path) -> None:
    with sqlite3.connect(season / "novigem.db") as connection:
        connection.execute("DROP TRIGGER novigem_ledger_no_update")
        connection.execute("UPDATE novigem_ledger SET points = points + 7 WHERE entry = 3")
    connection.close()
    before = json.loads(novigem(season, "doctor", "--json").out)["checks"]
    repaired = novigem(season, "doctor", "--repair", "--json")
    answer = json.loads(repaired.out)
    assert (repaired.code, answer["checks"], answer["repaired"]["written_anew"]) == (1, before, False)
    assert "repairs" not in answer
    told = novigem(season, "doctor", "--repair")
    assert (told.code, "Not written anew" in told.out) == (1, True)


def test_the_doctor_knows_no_repair_for_progress(season: Path) -> None:
    with sqlite3.connect(season / "novigem.db") as connection:
        connection.execute("UPDATE novigem_progress SET value = value + 1")
    connection.close()
    found = novigem(season, "doctor")
    assert found.code == 1
    assert "--repair" not in found.out
    assert "report this" in found.out


def test_the_doctor_takes_an_edit_of_the_program_for_what_it_is(season: Path) -> None:
    text = (season / "spring.yaml").read_text(encoding="utf-8")
    assert "points: 5" in text
    (season / "spring.yaml").write_text(text.replace("points: 5", "points: 6"), encoding="utf-8")
    assert novigem(season, "run", "spring.yaml", "--from", "changes.jsonl").code == 2
    assert novigem(season, "apply", "spring.yaml", "--rescore", "--yes").code == 0
    assert novigem(season, "doctor").code == 0
    (season / "spring.yaml").write_text(text, encoding="utf-8")
    assert novigem(season, "apply", "spring.yaml", "--rescore", "--yes").code == 0
    assert novigem(season, "run", "spring.yaml", "--from", "changes.jsonl").code == 0
    board = json.loads(novigem(season, "board", "--json").out)
    assert novigem(season, "doctor").code == 0
    assert board["rows"]
