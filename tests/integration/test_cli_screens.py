"""The screens: word for word at a fixed width, and readable without colour, without Unicode and with hostile names."""

import re
from pathlib import Path

import pytest

from tests.golden.cli.scenes import FOLDER, REFRESH, SCENES, drawn
from tests.golden.cli.world import novigem, novigem_process

ESCAPE = "\x1b"


@pytest.mark.parametrize("name", SCENES)
def test_a_screen_says_exactly_what_is_expected(name: str, fed_once: Path) -> None:
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert drawn(fed_once, SCENES[name]) == expected, f"refresh with: {REFRESH}"


def test_no_golden_screen_is_left_behind() -> None:
    assert {one.stem for one in FOLDER.glob("*.txt")} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_no_screen_is_wider_than_the_terminal_or_ends_in_blanks(name: str) -> None:
    scene = SCENES[name]
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("--- error stream")[0]
    for line in text.splitlines()[1:]:
        assert line == line.rstrip()
        # The lines of a program file are never folded, and CSV and Markdown have no width.
        if not re.match(r"\s*\d* \|", line) and scene.arguments[-1] not in ("--csv", "--markdown"):
            assert len(line) <= scene.width


@pytest.mark.parametrize("command", ["board", "badges"])
def test_a_terminal_without_unicode_is_shown_plain_signs(command: str, fed_once: Path) -> None:
    done = novigem_process(fed_once, command, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "Ann Example" in done.stdout


@pytest.mark.parametrize("command", ["board", "progress", "badges", "ledger"])
def test_colours_are_for_terminals_only(command: str, fed_once: Path) -> None:
    plain = novigem(fed_once, command)
    coloured = novigem(fed_once, command, FORCE_COLOR="1", NO_COLOR="", TERM="xterm-256color")
    assert ESCAPE not in plain.out
    assert ESCAPE in coloured.out


@pytest.mark.parametrize("form", [(), ("--csv",), ("--markdown",)])
@pytest.mark.parametrize("command", ["board", "progress", "badges", "ledger"])
def test_no_text_from_salesforce_steers_the_terminal(command: str, form: tuple[str, ...], fed_once: Path) -> None:
    answer = novigem(fed_once, command, *form)
    assert answer.code == 0
    assert ESCAPE not in answer.out


def test_markup_in_a_name_is_shown_as_it_is(fed_once: Path) -> None:
    assert "[red]Cid[/red]" in novigem(fed_once, "board").out


@pytest.mark.parametrize("width", [20, 60, 200])
@pytest.mark.parametrize(
    "command", [("board",), ("progress",), ("badges",), ("ledger",), ("explain", "006T00000000001")]
)
def test_every_screen_can_be_drawn_at_every_width(command: tuple[str, ...], width: int, fed_once: Path) -> None:
    answer = novigem(fed_once, *command, width=width)
    assert answer.code == 0
    assert "Ann" in answer.out or width == 20
