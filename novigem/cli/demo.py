"""`novigem demo`: a whole season on an invented team."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.progress import MofNCompleteColumn, Progress
from rich.rule import Rule
from rich.text import Text

from novigem.cli.options import new_command
from novigem.cli.output import console, progress_bars, screen_of, show
from novigem.cli.serve import pages, told
from novigem.cli.serving import listen_nearby, serve_until_told
from novigem.ledger.store import RowFilter
from novigem.queries.queries import Queries
from novigem.views.terminal.badges import badges_screen
from novigem.views.terminal.board import board_screen
from novigem.views.terminal.explain import explain_screen
from novigem.views.terminal.layout import QUIET, next_step, quiet, screen
from novigem.views.terminal.sync import sync_screen
from novigem.views.words import Screen, clean, counted
from novigem_sandbox.demo.story import Story, play
from novigem_sandbox.demo.syncs import Follower

#: Where the pages are, or at the next port that is free.
_PORT = 8400


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where its files go; `demo` in this folder if left out.")
    ] = Path("demo"),
    *,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="End with the web pages of it, until Ctrl-C.")
    ] = False,
) -> None:
    """Play a whole season: an invented team, six weeks in a sample org, the syncs that read it, and what came of them.

    Everything is kept in one folder, to look at with the other commands. Playing it again changes nothing.
    """
    with progress_bars(MofNCompleteColumn()) as bars:
        story = play(folder, follower=_follower(bars))
    try:
        show(_told(story, screen_of(console())))
    finally:
        story.store.close()
    if serve:
        with pages(story.database) as app:
            serve_until_told(app, listen_nearby("127.0.0.1", _PORT), told)


def _follower(bars: Progress | None) -> Follower | None:
    if bars is None:
        return None
    task = bars.add_task("six weeks, one sync after the other", total=None, told="")
    return lambda done, total: bars.update(task, completed=done, total=total)


def _told(story: Story, target: Screen) -> RenderableType:
    """Tell the season: what the syncs read, who stands where, who won what, and why one record paid."""
    programs = {story.program.program: story.program}
    queries = Queries(story.store, now=datetime.now(UTC))
    board = queries.board(story.board, program_id=story.program.program)
    held = queries.holdings(RowFilter(program=story.program.program))
    named = {who for one in story.answers for who in (one.user, one.by) if who}
    people = queries.people(named | {one.award.user for one in held})
    return screen(
        [
            _chapter("What happened", _what_happened(story)),
            sync_screen(story.syncs.report, programs, target),
            _chapter("Where everybody stands", "novigem board"),
            board_screen(board, story.program, target),
            _chapter("Who won what", "novigem badges"),
            badges_screen(held, programs, people, target),
            _chapter("Why a record earned points, or did not", f"novigem explain {story.record}"),
            explain_screen(story.record, story.answers, programs, people, target),
            next_step(*_steps(story), label="Look around:"),
            next_step("novigem serve --no-login", label="The same as web pages, from there:"),
            next_step("novigem org serve --live", label="A live org to sync, with all there is to type:"),
            quiet("Your own org: docs/how-to/connect-salesforce.md"),
        ]
    )


def _what_happened(story: Story) -> str:
    done = story.syncs
    read = f"{counted(done.number, 'sync')} read {counted(done.report.sum('rows'), 'row')} of it"
    if done.number == 1:
        return f"The six weeks of the sample org had been read before; {read}."
    return f"An invented team worked in a sample org for six weeks; {read}, over HTTP as from any org."


def _steps(story: Story) -> list[str]:
    where = min(os.path.relpath(story.folder), str(story.folder), key=len)
    return [
        f"cd {clean(where)}",
        "novigem board cs-week",
        "novigem progress",
        f"novigem explain {story.record}",
        "novigem status",
        "novigem doctor",
    ]


def _chapter(name: str, about: str) -> RenderableType:
    head = Rule(Text(name, style="bold"), align="left", style=QUIET)
    return Group(head, quiet(about))


command = new_command(demo, ["novigem demo", "novigem demo tour", "novigem demo --serve"])
