"""The first steps: help, version, init, demo, playbooks, check, convert."""

import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest

from novigem import __version__, load_program
from novigem.cli.main import COMMANDS
from novigem.program.playbooks import list_playbooks
from novigem_sandbox.demo.story import play
from tests.golden.cli.world import novigem

NAMES = [name for section in COMMANDS.values() for name in section]
GROUPS = {
    "playbook": ("list", "show", "copy"),
    "org": ("serve",),
    "appeal": ("open", "list", "show"),
    "flags": ("dismiss", "confirm"),
    "program": ("history", "show"),
    "display": ("link", "links", "end", "embed"),
    "token": ("new", "list", "revoke"),
    "privacy": ("opt-out", "opt-in", "list", "status", "erase", "export"),
}
LATER = ("backtest", "segments", "plays", "scorecard")


def test_the_help_lists_every_command(tmp_path: Path) -> None:
    shown = novigem(tmp_path, "--help").out
    for section, commands in COMMANDS.items():
        assert f"{section}:" in shown
        assert all(f"  {name} " in shown for name in commands)


def test_called_without_anything_the_help_is_shown(tmp_path: Path) -> None:
    answer = novigem(tmp_path)
    assert (answer.code, "first" in answer.out.lower()) == (0, True)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_a_help_with_an_example(name: str, tmp_path: Path) -> None:
    shown = novigem(tmp_path, name, "-h").out
    if name in GROUPS:
        shown = "".join(novigem(tmp_path, name, one, "--help").out for one in GROUPS[name])
    assert f"  novigem {name}" in shown.split("Example")[-1]


@pytest.mark.parametrize("name", LATER)
def test_commands_of_later_releases_are_not_pretended(name: str, tmp_path: Path) -> None:
    assert novigem(tmp_path, name).code == 2


def test_the_version_says_what_it_runs_on(tmp_path: Path) -> None:
    assert novigem(tmp_path, "--version").out == f"novigem {__version__}\n"
    lines = novigem(tmp_path, "version").out.splitlines()
    assert lines[0] == f"novigem {__version__}"
    assert [line.split()[0] for line in lines[1:]] == ["Python", "SQLAlchemy"]


def test_a_new_folder_works_at_once(tmp_path: Path) -> None:
    made = novigem(tmp_path, "init", "team")
    team = tmp_path / "team"
    assert made.code == 0
    assert {one.name for one in team.iterdir()} == {"program.yaml", "novigem.toml", "changes.jsonl"}
    for command in [line.strip().removeprefix("Next: ") for line in made.out.splitlines() if "novigem " in line]:
        assert novigem(team, *command.split()[1:]).code == 0, command
    assert json.loads(novigem(team, "board", "--json").out)["rows"]


def test_init_touches_nothing_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "program.yaml").write_text("mine", encoding="utf-8")
    answer = novigem(tmp_path, "init")
    assert (answer.code, "exists already" in answer.err) == (2, True)
    assert [one.name for one in tmp_path.iterdir()] == ["program.yaml"]
    assert (tmp_path / "program.yaml").read_text(encoding="utf-8") == "mine"


def test_init_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "team").write_text("", encoding="utf-8")
    assert novigem(tmp_path, "init", "team").code == 2
    assert novigem(tmp_path, "init", "team/inside").code == 2


def test_the_demo_tells_the_story_and_what_to_try_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Fewer syncs tell the same story sooner; `tests/sandbox/demo` plays all of them.
    monkeypatch.setattr("novigem.cli.demo.play", partial(play, every=timedelta(days=3)))
    told = novigem(tmp_path, "demo")
    assert told.code == 0
    chapters = ("What happened", "Where everybody stands", "Who won what", "Why a record earned points")
    assert [told.out.index(one) for one in chapters] == sorted(told.out.index(one) for one in chapters)
    steps = told.out.split("Look around:")[1].split("\n\n")[0].split("\n")
    assert steps[0].strip() == "cd demo"
    assert {step.split()[1] for step in steps[1:]} >= {"board", "explain", "status", "doctor"}
    for step in steps[1:]:
        assert novigem(tmp_path / "demo", *step.split()[1:]).code == 0, step
    assert "novigem org serve --live" in told.out
    again = novigem(tmp_path, "demo", "demo")
    assert (again.code, "Nothing new from Salesforce" in again.out) == (0, True)


def test_playbooks_are_listed_shown_and_copied(tmp_path: Path) -> None:
    listed = json.loads(novigem(tmp_path, "playbook", "list", "--json").out)
    assert [one["name"] for one in listed] == [one.name for one in list_playbooks()]
    name = listed[0]["name"]
    shown = novigem(tmp_path, "playbook", "show", name).out
    assert novigem(tmp_path, "playbook", "copy", name).code == 0
    assert (tmp_path / f"{name}.yaml").read_text(encoding="utf-8") == shown
    copied = novigem(tmp_path, "playbook", "copy", name, "season.yaml", "--starts", "2027-01-04")
    assert copied.code == 0
    assert load_program(tmp_path / "season.yaml").starts == date(2027, 1, 4)
    assert novigem(tmp_path, "playbook", "copy", name, "season.yaml").code == 2
    assert novigem(tmp_path, "check", "season.yaml").code == 0


def test_advice_alone_ends_with_0_and_a_mistake_with_2(season: Path) -> None:
    advised = novigem(season, "check", "spring.yaml")
    assert (advised.code, "warning[NV906]" in advised.out) == (0, True)
    wrong = novigem(season, "check", "spring.yaml", "wrong.yaml")
    assert (wrong.code, "error[NV201]" in wrong.out, "Next:" in wrong.out) == (2, True, False)


def test_a_check_goes_on_after_a_file_that_cannot_be_read(season: Path) -> None:
    answer = novigem(season, "check", "none.yaml", "spring.yaml")
    assert answer.code == 2
    assert "none.yaml" in answer.err
    assert "Spring season: 3 rules" in answer.out


def test_a_conversion_goes_to_standard_output_and_its_summary_does_not(season: Path) -> None:
    answer = novigem(season, "convert", "export.csv", "--map", "map.yaml")
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert [next(iter(line)) for line in lines[:1]] == ["users"]
    assert [line["kind"] for line in lines[1:]] == ["create", "create", "update"]
    assert "1 row that could not be read" in answer.err


@pytest.mark.parametrize("out", ["export.csv", "map.yaml", "none/out.jsonl", "."])
def test_a_conversion_never_writes_over_its_input_or_nowhere(out: str, season: Path) -> None:
    before = (season / "export.csv").read_bytes(), (season / "map.yaml").read_bytes()
    assert novigem(season, "convert", "export.csv", "--map", "map.yaml", "-o", out).code == 2
    assert ((season / "export.csv").read_bytes(), (season / "map.yaml").read_bytes()) == before
    assert not list(season.glob("*.part"))


def test_a_conversion_replaces_an_older_one(season: Path) -> None:
    for _round in range(2):
        assert novigem(season, "convert", "export.csv", "--map", "map.yaml", "-o", "out.jsonl").code == 0
    assert len((season / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 4
