"""`novigem check`: everything that is wrong with program files, at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from novigem.cli.options import JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.errors import ProgramError
from novigem.model.program import Program
from novigem.program import Diagnostic, check_program
from novigem.views.findings import finding_view, fine_view, refused_view, summary_view
from novigem.views.tables import json_text

_WRONG = 2


def check(
    programs: Annotated[list[Path], typer.Argument(metavar="PROGRAM…", help="One or more program files.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Check program files: every mistake with its place and the next step, and advice on the design.

    Mistakes end with exit code 2; advice alone does not.
    """
    findings: list[Diagnostic] = []
    good: list[tuple[Path, Program]] = []
    refused: list[ProgramError] = []
    for path in dict.fromkeys(programs):
        try:
            program, found = check_program(path)
        except ProgramError as error:
            refused.append(error)
            continue
        findings += found
        if program is not None:
            good.append((path, program))
    refused += _same_ids(good)
    if as_json:
        write([json_text({"diagnostics": [one.as_dict() for one in findings]})])
    else:
        _show(findings, good)
    for one in refused:
        show(refused_view(one.message, one.hint), to_errors=True)
    if refused or any(finding.severity == "error" for finding in findings):
        raise typer.Exit(_WRONG)


def _same_ids(good: Sequence[tuple[Path, Program]]) -> list[ProgramError]:
    first: dict[str, Path] = {}
    errors = []
    for path, program in good:
        other = first.setdefault(program.program, path)
        if other is not path:
            message = f"{path} and {other} have the same program id {program.program!r}"
            errors.append(ProgramError(message, hint="give each program file its own `program:` id"))
    return errors


def _show(findings: Sequence[Diagnostic], good: Sequence[tuple[Path, Program]]) -> None:
    target = screen_of(console())
    for one in findings:
        show(finding_view(one))
        show(Text(""))
    for path, program in good:
        show(fine_view(str(path), program, target))
        show(Text(""))
    show(summary_view(findings, [str(path) for path, _program in good]))


command = new_command(check, ["novigem check account-expansion.yaml", "novigem check programs/*.yaml --json"])
