"""`novigem targets`, boards by percent and badges in steps, as somebody at the keyboard meets them."""

import json
from pathlib import Path

import pytest

from novigem.program import check_program
from tests.golden.cli.world import ANN, PROGRAM, novigem

SUMMER = PROGRAM.replace("program: spring", "program: summer").replace("2024-03-04", "2024-04-01")
BOARD = "  - {id: effort, name: Effort, by: percent, scope: {challenge: signals}}\n"
BADGE = "  - {id: once, name: Once, earned_by: {count: rules, target: 1}, expires_after_days: 7}\n"
EFFORT = PROGRAM.replace("leaderboards:\n", f"leaderboards:\n{BOARD}").replace("badges:\n", f"badges:\n{BADGE}")


@pytest.fixture
def summer(season: Path) -> Path:
    (season / "summer.yaml").write_text(SUMMER, encoding="utf-8")
    return season


@pytest.mark.parametrize("more", [(), ("--from", "changes.jsonl")])
def test_the_section_to_paste_is_good_yaml_whatever_people_are_called(summer: Path, more: tuple[str, ...]) -> None:
    done = novigem(summer, "targets", "summer.yaml", "--weeks", "4", *more)
    assert (done.code, "\x1b" in done.out) == (0, False)
    program, findings = check_program(done.out + SUMMER, name="pasted.yaml")
    assert [one for one in findings if one.severity == "error"] == []
    assert program is not None
    assert {one.user for one in program.people} >= {"ann@example.com"}
    assert "dee@example.com" not in done.out


def test_targets_in_json_say_what_they_rest_on(summer: Path) -> None:
    done = novigem(summer, "targets", "summer.yaml", "--weeks", "4", "--json")
    answer = json.loads(done.out)
    ann = next(one for one in answer["people"] if one["user"] == ANN)
    assert (answer["program"], answer["by"], answer["since"]) == ("summer", "past", "2024-03-04")
    assert ann["targets"]["signals"]["rests_on"] >= 1


@pytest.mark.parametrize("factor", ["0", "-1", "nan", "many", "1e9"])
def test_a_factor_that_is_none_is_told(summer: Path, factor: str) -> None:
    done = novigem(summer, "targets", "summer.yaml", f"--factor={factor}")
    assert done.code == 2
    assert "is not a number above 0" in done.err


def test_lines_of_the_past_that_cannot_be_read_are_counted(summer: Path) -> None:
    with (summer / "changes.jsonl").open("a", encoding="utf-8") as file:
        file.write("{half a line\n")
    done = novigem(summer, "targets", "summer.yaml", "--from", "changes.jsonl")
    assert done.code == 0
    assert "could not be read" in done.err


def test_a_board_by_percent_and_an_expired_badge_answer_in_every_format(season: Path) -> None:
    (season / "spring.yaml").write_text(EFFORT, encoding="utf-8")
    assert novigem(season, "apply", "spring.yaml", "--rescore", "--yes").code == 0
    board = json.loads(novigem(season, "board", "effort", "--json").out)
    assert (board["by"], board["absent"]) == ("percent", [])
    first = board["rows"][0]
    assert (first["rank"], first["percent"], first["points"]) == (1, 100.0, None)
    csv = novigem(season, "board", "effort", "--csv").out
    assert csv.startswith("rank,name,percent,value,target,awards,tie,user,left\n")
    assert "| percent |" in novigem(season, "board", "effort", "--markdown").out
    assert "100%" in novigem(season, "board", "effort").out
    held = [one for one in json.loads(novigem(season, "badges", "--json").out) if one["badge"] == "once"]
    assert held
    assert all((one["tier"], one["challenge"], one["expired"]) == (None, None, True) for one in held)
    assert "1 award, expired on" in novigem(season, "badges").out
    assert "Once" not in novigem(season, "progress").out
    assert "Once" in novigem(season, "progress", "--challenge", "badge/once").out
    assert novigem(season, "doctor").code == 0


def test_a_board_by_percent_of_a_whole_challenge_has_no_weeks(season: Path) -> None:
    (season / "spring.yaml").write_text(EFFORT, encoding="utf-8")
    novigem(season, "apply", "spring.yaml", "--rescore", "--yes")
    done = novigem(season, "board", "effort", "--period", "week")
    assert (done.code, "leave --period out" in done.err) == (2, True)
