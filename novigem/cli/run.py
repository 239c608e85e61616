"""`novigem run`: changes from a file, or from a pipe, into the store."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.progress import DownloadColumn, Progress

from novigem.cli.context import settings_from, writing
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, progress_bars, screen_of, show, with_what_stays, write
from novigem.engine.engine import Engine, RunReport
from novigem.errors import InputError, NovigemError, ProgramError
from novigem.feed import JsonLinesSource
from novigem.feed.source import Page, Rejected
from novigem.ledger.store import Store
from novigem.model.change import to_micros
from novigem.model.closing import Closing
from novigem.model.program import Program
from novigem.planning.apply import refuse_changed
from novigem.program import check_program
from novigem.program.diagnostics import Diagnostic
from novigem.queries.visibility import DisplayNames
from novigem.views.cast import Cast
from novigem.views.json.answers import run_answer
from novigem.views.json.closings import closed_answer
from novigem.views.tables import json_text
from novigem.views.terminal.check import in_words
from novigem.views.terminal.closings import closed_note
from novigem.views.terminal.errors import error_text
from novigem.views.terminal.run import nothing_new_screen, run_screen
from novigem.views.words import clean, counted

_MOST_ASIDE = 5

# So many new containers bring about a look for garbage.
_SELDOM = 100_000


def run(
    programs: Annotated[list[Path], typer.Argument(metavar="PROGRAM…", help="One or more program files.")],
    *,
    source: Annotated[str, typer.Option("--from", metavar="FILE", help="Changes as JSON lines; - is standard input.")],
    again: Annotated[bool, typer.Option("--again", help="Read the file from its beginning once more.")] = False,
    batch: Annotated[int | None, typer.Option("--batch", metavar="N", help="Lines per transaction; 10000.")] = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Feed changes to programs: points, progress, bonuses and badges, all from one file of changes.

    Running it again is safe: what was read before is skipped, and nothing pays twice.
    """
    settings = settings_from(db=db, batch=batch)
    loaded = load_all(programs)
    _must_be_there(source)
    changes = JsonLinesSource(sys.stdin.buffer if source == "-" else source, page_size=settings.batch)
    shown = "standard input" if source == "-" else Path(source).name
    watch = _Watch()
    with writing(settings) as store:
        engine = ready_engine(store, loaded, programs)
        try:
            with progress_bars(DownloadColumn()) as bar:
                watch.show_on(bar, shown)
                report = engine.run(changes, again=again, observer=watch)
            closed = _closed(engine, report, watch)
        except NovigemError as error:
            raise with_what_stays(error, watch.report.changes) from error
        display_names = DisplayNames(store, engine.programs)
        closed = [display_names.closing(one) for one in closed]
        cast = Cast(engine.programs, display_names.people)
    if as_json:
        write([json_text(run_answer(report, watch.put_aside) | {"closed": closed_answer(closed, cast)})])
        return
    by_id = {program.program: program for program in loaded}
    if not report.new_changes and not report.rejected:
        is_empty = not report.changes and (watch.pages > 0 or source == "-" or Path(source).stat().st_size == 0)
        show(nothing_new_screen(shown, report, is_empty=is_empty))
    else:
        show(run_screen(report, watch.put_aside, by_id, shown, screen_of(console())))
    if closed:
        show(closed_note(closed, cast, screen_of(console())))


def load_all(paths: Sequence[Path]) -> list[Program]:
    """Load program files. Raises ProgramError with the findings of all of them."""
    loaded: list[Program] = []
    errors: list[Diagnostic] = []
    unreadable: list[ProgramError] = []
    for path in dict.fromkeys(paths):
        try:
            program, findings = check_program(path)
        except ProgramError as error:
            unreadable.append(error)
            continue
        errors += [one for one in findings if one.severity == "error"]
        if program is not None:
            loaded.append(program)
    if len(unreadable) == 1 and not errors:
        raise unreadable[0]
    if unreadable or errors:
        told = "\n\n".join([*(error_text(one) for one in unreadable), *(in_words(one).render() for one in errors)])
        mistakes = counted(len(errors) + len(unreadable), "mistake")
        raise ProgramError(
            f"{mistakes} to correct before a run\n\n{told}\n", errors, hint="nothing was read or written"
        )
    return loaded


def _must_be_there(source: str) -> None:
    """Raise InputError for a file that cannot be, before a database is made for it."""
    path = Path(source)
    if source == "-" or (path.exists() and not path.is_dir()):
        return
    if path.is_dir():
        raise InputError(f"{source} is a folder", hint="give one file of JSON lines")
    raise InputError(f"there is no file {source}", hint="check the path, or give - to read standard input")


def _closed(engine: Engine, report: RunReport, watch: "_Watch") -> list[Closing]:
    """Close what is due, but not over lines that could not be read."""
    if report.rejected:
        return []
    # What this file has just told of stays open: the next file may tell more of the same time.
    return engine.close_due(fresh=watch.fresh if report.new_changes else None)


class _Watch:
    """Follows a run: the report so far, the first lines put aside, and the bar on a terminal."""

    def __init__(self) -> None:
        self.report = RunReport()
        self.pages = 0
        self.put_aside: list[Rejected] = []
        self.bar: Progress | None = None
        self.started = monotonic()
        self.fresh: int | None = None

    def show_on(self, bar: Progress | None, shown: str) -> None:
        """Show on a bar how the reading of a source goes."""
        self.bar = bar
        if bar is not None:
            bar.add_task(clean(shown), total=None, told="")

    def __call__(self, page: Page, report: RunReport) -> None:
        self.report = report
        self.pages += 1
        self.put_aside += page.rejected[: _MOST_ASIDE - len(self.put_aside)]
        moments = [to_micros(change.at) for change in page.changes]
        self.fresh = min([*moments, *(() if self.fresh is None else (self.fresh,))], default=None)
        if self.bar is not None:
            rate = report.changes / max(monotonic() - self.started, 0.001)
            told = f"{report.changes:,} changes  {rate:,.0f}/s"
            self.bar.update(self.bar.task_ids[0], completed=page.done, total=page.total, told=told)


def calm_the_collector() -> None:
    """Let the garbage collector look seldom, and pass over what is loaded by now: it stays until the command ends.

    A page of changes makes some hundred thousand small values, nearly all of them gone with the page without the
    collector's help. It would look through them, and all libraries with them, a few hundred times: a tenth of a run.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])


def ready_engine(store: Store, programs: Sequence[Program], paths: Sequence[Path]) -> Engine:
    """Give the engine of a command that scores. Raises InputError for a program that has to be applied first."""
    # Two files of one program are refused before anything is looked up.
    calm_the_collector()
    engine = Engine(store, programs, accept_changes=False)
    files = {one.program: clean(str(path)) for one, path in zip(programs, dict.fromkeys(paths), strict=True)}
    refuse_changed(store, programs, files, engine.registry)
    return engine


command = new_command(
    run,
    [
        "novigem run account-expansion.yaml --from changes.jsonl",
        "novigem convert export.csv --map map.yaml | novigem run program.yaml --from -",
    ],
)
