"""The files that ship: listed, read, copied."""

from datetime import date
from pathlib import Path

import pytest

from novigem.errors import InputError, UnknownName
from novigem.program import check_program, load_program
from novigem.program.playbooks import copy_playbook, list_playbooks, read_playbook, shipped

NAMES = ["account-expansion", "renewal-readiness", "save-manager-time", "stage-hygiene"]


def test_the_playbooks_are_listed_with_a_title_and_one_line() -> None:
    playbooks = list_playbooks()
    assert [playbook.name for playbook in playbooks] == NAMES
    assert playbooks[0].title == "Drive Account Expansion"
    for playbook in playbooks:
        assert playbook.description.endswith(", for six weeks.")
        assert "\n" not in playbook.description


@pytest.mark.parametrize("name", NAMES)
def test_a_playbook_is_a_clean_program_that_editors_can_check(name: str) -> None:
    text = read_playbook(name)
    assert text.startswith("# yaml-language-server: $schema=../schema/program.schema.json\n")
    program, findings = check_program(text, f"{name}.yaml")
    assert findings == []
    assert program is not None
    assert (program.program, program.starts, program.weeks) == (name, date(2026, 1, 5), 6)
    assert max(len(line) for line in text.splitlines()) <= 120


@pytest.mark.parametrize("name", NAMES)
def test_a_playbook_rewards_behaviour_and_not_revenue(name: str) -> None:
    program = load_program(str(shipped("programs", f"{name}.yaml")))
    assert all(challenge.goal.sum is None for challenge in program.challenges)
    assert not any(
        "Amount" in condition.field for rule in program.rules for group in rule.groups for condition in group
    )
    assert all(1 <= sum(rule.challenge == one.id for rule in program.rules) <= 3 for one in program.challenges)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("renewal", "did you mean renewal-readiness?"),
        ("Account-Expansion", "did you mean account-expansion?"),
        ("zzz", "there are: account-expansion, renewal-readiness, save-manager-time, stage-hygiene"),
        (
            "../schema/program.schema",
            "there are: account-expansion, renewal-readiness, save-manager-time, stage-hygiene",
        ),
    ],
)
def test_an_unknown_playbook_is_told_with_a_guess(asked: str, hint: str) -> None:
    with pytest.raises(UnknownName) as caught:
        read_playbook(asked)
    assert caught.value.hint == hint


def test_a_copy_is_the_playbook_itself(tmp_path: Path) -> None:
    path = copy_playbook("stage-hygiene", tmp_path / "ours.yaml")
    assert path == tmp_path / "ours.yaml"
    assert path.read_text(encoding="utf-8") == read_playbook("stage-hygiene")


def test_a_copy_into_a_folder_keeps_its_name(tmp_path: Path) -> None:
    assert copy_playbook("stage-hygiene", tmp_path) == tmp_path / "stage-hygiene.yaml"


@pytest.mark.parametrize("name", NAMES)
def test_a_copy_may_start_on_another_day_and_differs_in_that_line_only(name: str, tmp_path: Path) -> None:
    path = copy_playbook(name, tmp_path / "ours.yaml", starts=date(2027, 3, 1))
    before, after = read_playbook(name).splitlines(), path.read_text(encoding="utf-8").splitlines()
    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
        ("starts: 2026-01-05", "starts: 2027-03-01")
    ]
    assert load_program(path).last_day == date(2027, 4, 11)


def test_a_copy_never_writes_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="exists already"):
        copy_playbook("stage-hygiene", path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_copy_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder"):
        copy_playbook("stage-hygiene", tmp_path / "none" / "ours.yaml")


def test_the_schema_and_the_mappings_ship_too() -> None:
    assert shipped("schema", "program.schema.json").is_file()
    assert any(entry.name.endswith(".yaml") for entry in shipped("mappings").iterdir())
