"""A small season to hold every command against, and the way tests call the command.

Two of its people have names that would steer a terminal, a spreadsheet or a page if anybody let them.
"""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from typer.testing import CliRunner

from novigem.cli.main import app
from novigem.model.ids import id18

ANN, BOB, CID, DEE, QUEUE = (
    id18(one) for one in ("005T00000000001", "005T00000000002", "005T00000000003", "005T00000000004", "00GT00000000001")
)
RISKY = id18("006T00000000001")

PROGRAM = """\
program: spring
name: Spring season
timezone: Europe/Berlin
starts: 2024-03-04
weeks: 4
participants: {exclude: [dee@example.com]}
rules:
  - id: signal-logged
    name: Signal logged
    object: Opportunity
    trigger: create
    when: [Type: {equals: Upsell}]
    points: 10
    challenge: signals
  - id: risk-documented
    name: Risk documented
    object: Opportunity
    trigger: update
    when:
      any:
        - Risk__c: {isChanged: true, isNotBlank: true}
        - StageName: {changedTo: At risk}
    points: 10
  - id: follow-up-done
    name: Follow-up done
    object: Task
    trigger: update
    when: [Status: {isChanged: true, equals: Completed}]
    points: 5
    challenge: weekly-follow-up
challenges:
  - id: signals
    name: Three signals
    type: timebound
    goal: {count: rules, target: 3}
    completion: {bonus: 20, badge: scout}
  - id: weekly-follow-up
    name: Two follow-ups a week
    type: recurring
    cadence: weekly
    goal: {count: rules, target: 2}
    completion: {badge: steady}
badges:
  - {id: scout, name: Scout, description: Logged three signals., color: gold}
  - {id: steady, name: Steady, color: bronze, shape: circle}
  - {id: helper, name: Helper, description: For helping others., color: ruby}
leaderboards:
  - {id: team, name: Team board, ties: [first_to_reach]}
  - {id: week, name: This week, period: week}
"""

_PEOPLE = [
    {"Id": ANN, "Name": "Ann Example", "Email": "ann@example.com"},
    {"Id": BOB, "Name": "=HYPERLINK(1)|Bob", "Email": "bob@example.com"},
    {"Id": CID, "Name": "[red]Cid[/red]\u001b[31m", "Email": "cid@example.com"},
    {"Id": DEE, "Name": "Dee Outside", "Email": "dee@example.com"},
]


def _signal(number: int, day: int, owner: str, kind: str = "Upsell") -> dict[str, Any]:
    new = {"OwnerId": owner, "Type": kind, "StageName": "Open", "Risk__c": None, "AccountId": f"001T0000000000{number}"}
    return {
        "object": "Opportunity",
        "id": f"006T0000000000{number}",
        "kind": "create",
        "at": f"2024-03-{day:02}T09:30:00Z",
        "by": owner,
        "new": new,
    }


def _edit(number: int, day: int, owner: str, new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    values = {"OwnerId": owner, "Type": "Upsell"} | new
    change = {
        "object": "Opportunity",
        "id": f"006T0000000000{number}",
        "kind": "update",
        "at": f"2024-03-{day:02}T14:05:00Z",
        "by": owner,
        "new": values,
    }
    return change if old is None else change | {"old": old}


def _done(number: int, day: int, owner: str) -> dict[str, Any]:
    new = {"OwnerId": owner, "Status": "Completed"}
    return {
        "object": "Task",
        "id": f"00TT0000000000{number}",
        "kind": "update",
        "at": f"2024-03-{day:02}T16:00:00Z",
        "new": new,
        "old": {"Status": "Open"},
    }


def changes_text() -> str:
    """Give the file of changes: people, changes, and two lines that cannot be read."""
    risk = {"Risk__c": "Budget [bold]cut[/bold]", "StageName": "Open"}
    lines: list[Any] = [
        {"users": _PEOPLE},
        _signal(1, 4, ANN),
        _signal(2, 5, BOB),
        _signal(3, 6, CID, "New"),
        _signal(4, 7, DEE),
        _signal(5, 8, QUEUE),
        _edit(1, 8, ANN, risk, {"Risk__c": None}),
        _edit(1, 11, ANN, risk | {"Risk__c": "Budget gone"}, {"Risk__c": "Budget [bold]cut[/bold]"}),
        _edit(1, 12, ANN, {"StageName": "Won"}, None),
        _done(1, 5, BOB),
        _done(2, 6, BOB),
        _done(3, 13, BOB),
        _done(4, 14, CID),
        _signal(6, 12, ANN),
        _signal(7, 13, ANN),
        _signal(8, 18, CID),
        _edit(8, 19, CID, risk, {"Risk__c": None}),
    ]
    return "\n".join([*(json.dumps(one) for one in lines), '{"object": "Task"', "no json", ""])


class Answer(NamedTuple):
    """What a command said, and its exit code."""

    out: str
    err: str
    code: int


def write_world(folder: Path) -> None:
    """Write the program and the changes into a folder."""
    (folder / "spring.yaml").write_text(PROGRAM, encoding="utf-8")
    (folder / "changes.jsonl").write_text(changes_text(), encoding="utf-8")


def novigem(
    folder: Path, *arguments: str, given: str | bytes | None = None, width: int = 80, **environment: str
) -> Answer:
    """Call the command inside this process, in a folder, as on a machine without settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NOVIGEM_", "FORCE_"))}
    with (
        mock.patch.dict(os.environ, kept | {"COLUMNS": str(width), "NO_COLOR": "1", **environment}, clear=True),
        contextlib.chdir(folder),
    ):
        done = CliRunner().invoke(app, list(arguments), input=given)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Answer(done.stdout, done.stderr, done.exit_code)


def novigem_process(folder: Path, *arguments: str, **settings: Any) -> "subprocess.CompletedProcess[str]":
    """Call the command in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOVIGEM_")}
    command = [sys.executable, "-m", "novigem.cli.main", *arguments]
    environment = kept | {"COLUMNS": "80"} | settings.pop("env", {})
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False, **settings
    )
