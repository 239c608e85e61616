"""The next step after an error: in the terminal's words where it has some, else as the core has it."""

import pickle
import subprocess
import sys

import pytest

from novigem import check_program
from novigem.cli.output import with_what_stays
from novigem.errors import InputError, ProgramError, StoreError, UnknownName
from novigem.program.diagnostics import Diagnostic
from novigem.views.terminal.check import STEPS, in_words
from novigem.views.terminal.errors import error_text, next_step

SEVERAL = UnknownName("several programs", hint="name one of: a, b", code="several-programs", programs=["a", "b"])
BOARD_OF_TEAMS = """\
program: season
name: Season
teams: [{id: north, name: North, role: [CSM North]}]
rules: [{id: signal, object: Opportunity, trigger: create, points: 5}]
leaderboards: [{id: teams, name: Teams, scope: teams, by: percent}]
"""


def test_a_code_with_a_row_is_worded_with_its_facts() -> None:
    assert next_step(SEVERAL) == "add --program, one of: a, b"
    assert error_text(SEVERAL) == "several programs\n  add --program, one of: a, b"
    assert str(SEVERAL) == "several programs\n  name one of: a, b"


@pytest.mark.parametrize("code", [None, "a-case-that-no-row-words"])
def test_a_case_without_a_row_keeps_its_hint(code: str | None) -> None:
    assert next_step(InputError("it failed", hint="do this", code=code)) == "do this"
    assert next_step(InputError("it failed", code=code)) is None
    assert error_text(InputError("it failed", code=code)) == "it failed"


def test_a_fact_with_braces_is_shown_as_it_is() -> None:
    error = ProgramError("not in use", code="not-in-use", program="season", file="{odd}.yaml")
    assert next_step(error) == "see what it would mean, then make it so: novigem apply {odd}.yaml"


def test_what_was_kept_before_an_error_is_told_after_the_next_step() -> None:
    kept = "2 changes read before this are committed; the same command goes on from there"
    assert next_step(with_what_stays(InputError("no reason", hint="give a reason", code="reason-missing"), 2)) == (
        f'add --reason "why"\n{kept}'
    )
    assert next_step(with_what_stays(StoreError("it failed"), 2)) == kept
    assert next_step(with_what_stays(StoreError("it failed"), 0)) is None


def test_an_error_comes_whole_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(SEVERAL))
    assert (type(error), str(error), error.code, error.facts) == (
        UnknownName,
        str(SEVERAL),
        "several-programs",
        {"programs": ["a", "b"]},
    )


def test_a_finding_is_worded_for_the_terminal() -> None:
    """No row without a finding: this is the one program that has them all."""
    found = {(one.code, one.message): one for one in check_program(BOARD_OF_TEAMS)[1]}
    assert set(STEPS) <= set(found)
    for key, step in STEPS.items():
        assert in_words(found[key]).hint == step
        assert "novigem" not in (found[key].hint or "")


def test_a_finding_without_a_row_stays_as_it_is() -> None:
    one = Diagnostic("a.yaml", 1, 1, "NV102", "the file holds no program", "begin with `program: <id>`")
    assert in_words(one) == one


def test_wording_an_error_loads_neither_rich_nor_the_store() -> None:
    code = (
        "import sys; from novigem.cli.main import told; from novigem.errors import InputError; "
        "told(InputError('it failed', code='reason-missing')); "
        "print(sorted({'rich.console', 'sqlalchemy', 'pydantic', 'yaml', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", 'error: it failed\n  add --reason "why"\n')
