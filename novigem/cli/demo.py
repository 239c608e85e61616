"""`novigem demo`: a whole season on an invented team."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from novigem.cli.options import new_command
from novigem.cli.output import console, screen_of, show
from novigem.demo.story import Story, play
from novigem.explain import RuleAnswer, explain_record
from novigem.ledger.store import RowFilter
from novigem.queries import Queries
from novigem.views.medals import badges_screen
from novigem.views.report import run_screen
from novigem.views.standings import board_screen
from novigem.views.terminal import QUIET, next_step, quiet, screen
from novigem.views.text import Screen, clean
from novigem.views.verdicts import explain_screen

_CHANGES_EXPLAINED = 2


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where its files go; `demo` in this folder if left out.")
    ] = Path("demo"),
) -> None:
    """Play a whole season: an invented team, six weeks of changes, and what came of them.

    Everything is kept in one folder, to look at with the other commands. Playing it again changes nothing.
    """
    story = play(folder)
    try:
        show(_told(story, screen_of(console())))
    finally:
        story.store.close()


def _told(story: Story, target: Screen) -> RenderableType:
    """Tell the season: what was read, who stands where, who won what, and why one record paid."""
    programs = {story.program.program: story.program}
    queries = Queries(story.store, now=datetime.now(UTC))
    board = queries.board(story.board, program_id=story.program.program)
    awards = queries.badges(RowFilter(program=story.program.program))
    answers = explain_record(story.store, [story.program], story.record)
    named = {who for one in answers for who in (one.user, one.by) if who}
    people = queries.people(named | {one.user for one in awards})
    return screen(
        [
            _chapter("What happened", "Six weeks of an invented team's changes, as Salesforce would tell them."),
            run_screen(story.report, (), programs, story.changes_file.name, target, is_last=False),
            _chapter("Where everybody stands", "novigem board"),
            board_screen(board, story.program, target),
            _chapter("Who won what", "novigem badges"),
            badges_screen(awards, programs, people, target),
            _chapter("Why a record earned points, or did not", f"novigem explain {story.record}"),
            explain_screen(story.record, _first_changes(answers), programs, people, target),
            next_step(*_steps(story), label="Look around:"),
        ]
    )


def _first_changes(answers: Sequence[RuleAnswer]) -> list[RuleAnswer]:
    moments = sorted({one.at for one in answers})[:_CHANGES_EXPLAINED]
    return [one for one in answers if one.at in moments]


def _steps(story: Story) -> list[str]:
    where = min(os.path.relpath(story.folder), str(story.folder), key=len)
    return [
        f"cd {clean(where)}",
        "novigem board cs-week",
        "novigem progress",
        f"novigem explain {story.record}",
        "novigem doctor",
    ]


def _chapter(name: str, about: str) -> RenderableType:
    head = Rule(Text(name, style="bold"), align="left", style=QUIET)
    return Group(head, quiet(about))


command = new_command(demo, ["novigem demo", "novigem demo tour"])
