"""`novigem playbook`: the programs that ship."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from novigem.cli.options import JsonOption, new_group
from novigem.cli.output import show, write
from novigem.errors import InputError
from novigem.program.playbooks import copy_playbook, list_playbooks, read_playbook
from novigem.views.tables import json_text
from novigem.views.terminal.layout import indented, next_step, quiet, screen, text
from novigem.views.words import clean

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name, as `novigem playbook list` shows it.")]


def list_(*, as_json: JsonOption = False) -> None:
    """List the programs that ship."""
    found = list_playbooks()
    if as_json:
        write([json_text([one._asdict() for one in found])])
        return
    parts = []
    for one in found:
        head = Text(one.name, style="bold")
        head.append(f"  {clean(one.title)}", style="not bold")
        parts.append(Group(head, indented(quiet(one.description))))
    show(screen([*parts, next_step("novigem playbook copy NAME")]))


def show_(name: Name) -> None:
    """Print a program that ships, with its comments."""
    write([read_playbook(name)])


def copy(
    name: Name,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to; NAME.yaml here if left out.")] = None,
    *,
    starts: Annotated[str | None, typer.Option("--starts", metavar="DATE", help="Its first day: 2026-01-05.")] = None,
) -> None:
    """Copy a program that ships, to make it yours."""
    path = copy_playbook(name, file or Path(), _day(starts))
    told = f"{path} is yours now. The comments marked ADAPT say what to look at first."
    show(screen([text(told), next_step(f"novigem check {clean(str(path))}")]))


def _day(given: str | None) -> date | None:
    try:
        return None if given is None else date.fromisoformat(given)
    except ValueError as error:
        raise InputError(f"--starts {given!r} is not a day", hint="write it as 2026-01-05") from error


command = new_group(
    "The programs that ship: list, show, copy.",
    [
        ("list", list_, ["novigem playbook list"]),
        ("show", show_, ["novigem playbook show account-expansion"]),
        ("copy", copy, ["novigem playbook copy account-expansion season.yaml --starts 2026-01-05"]),
    ],
)
