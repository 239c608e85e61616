"""`novigem check`: everything that is wrong with program files, at once; with `--org`, against an org too."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from novigem.cli.connecting import TargetOrgOption, connected, org_settings
from novigem.cli.options import JsonOption, new_command
from novigem.cli.output import console, screen_of, show, write
from novigem.errors import ProgramError
from novigem.feed.salesforce.facts import Facts
from novigem.model.program import Program
from novigem.program import Diagnostic
from novigem.program.checks.org import check_against
from novigem.program.load import CheckedFile, open_program
from novigem.views.tables import json_text
from novigem.views.terminal.check import finding_view, fine_view, in_words, refused_view, summary_view
from novigem.views.terminal.errors import next_step
from novigem.views.terminal.orgs import AskedOrg, org_answer, org_view

_WRONG = 2


def check(
    programs: Annotated[list[Path], typer.Argument(metavar="PROGRAM…", help="One or more program files.")],
    *,
    org: Annotated[
        bool, typer.Option("--org", help="Also against the org: objects, fields, values, people. Only reads.")
    ] = False,
    target_org: TargetOrgOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check program files: every mistake with its place and the next step, and advice on the design.

    Mistakes end with exit code 2; advice alone does not.
    """
    opened: list[tuple[Path, CheckedFile]] = []
    refused: list[ProgramError] = []
    for path in dict.fromkeys(programs):
        try:
            opened.append((path, open_program(path)))
        except ProgramError as error:
            refused.append(error)
    asked = _ask(opened, target_org) if (org or target_org is not None) and opened else None
    findings = [one for _path, each in opened for one in each.findings]
    good = [(path, each.program) for path, each in opened if each.program is not None and not each.document.failed]
    refused += _same_ids(good)
    if as_json:
        write([json_text(_answer(findings, asked))])
    else:
        _show(findings, good, asked)
    for one in refused:
        show(refused_view(one.message, next_step(one)), to_errors=True)
    if refused or any(finding.severity == "error" for finding in findings):
        raise typer.Exit(_WRONG)


def _ask(opened: Sequence[tuple[Path, CheckedFile]], target_org: str | None) -> AskedOrg:
    """Hold the programs against the org; what is found is noted in each of them."""
    version = org_settings(target_org).api_version
    with connected(target_org) as connection:
        facts = Facts(connection)
        organisation = facts.organisation()
        for _path, each in opened:
            if each.draft is not None:
                check_against(each.draft, facts)
        return AskedOrg(organisation, connection.host, version, connection.calls, facts.notes)


def _answer(findings: Sequence[Diagnostic], asked: AskedOrg | None) -> dict[str, Any]:
    answer: dict[str, Any] = {"diagnostics": [in_words(one).as_dict() for one in findings]}
    return answer if asked is None else answer | {"org": org_answer(asked)}


def _same_ids(good: Sequence[tuple[Path, Program]]) -> list[ProgramError]:
    first: dict[str, Path] = {}
    errors = []
    for path, program in good:
        other = first.setdefault(program.program, path)
        if other is not path:
            message = f"{path} and {other} have the same program id {program.program!r}"
            errors.append(ProgramError(message, hint="give each program file its own `program:` id"))
    return errors


def _show(findings: Sequence[Diagnostic], good: Sequence[tuple[Path, Program]], asked: AskedOrg | None) -> None:
    target = screen_of(console())
    if asked is not None:
        show(org_view(asked, target))
        show(Text(""))
    for one in findings:
        show(finding_view(in_words(one)))
        show(Text(""))
    for path, program in good:
        show(fine_view(str(path), program, target))
        show(Text(""))
    show(summary_view(findings, [str(path) for path, _program in good], with_org=asked is not None))


command = new_command(
    check,
    ["novigem check account-expansion.yaml", "novigem check programs/*.yaml --json", "novigem check season.yaml --org"],
)
