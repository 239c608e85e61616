"""`novigem run`: changes from a file, or from a pipe, into the store."""

import sys
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.progress import DownloadColumn, Progress

from novigem.cli.context import settings_from, writing
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, progress_bars, screen_of, show, with_what_stays, write
from novigem.cli.programs import load_all, ready_engine
from novigem.engine.engine import Engine, utc_now
from novigem.engine.manual import Manual
from novigem.engine.report import RunReport
from novigem.errors import InputError, NovigemError
from novigem.feed import JsonLinesSource
from novigem.feed.source import Page, Rejected
from novigem.model.change import to_micros
from novigem.model.closing import Closing
from novigem.queries.names import names_astray
from novigem.queries.visibility import DisplayNames
from novigem.views.cast import Cast
from novigem.views.json.answers import run_answer
from novigem.views.json.closings import closed_answer
from novigem.views.tables import json_text
from novigem.views.terminal.closings import closed_note
from novigem.views.terminal.layout import screen
from novigem.views.terminal.names import names_answer, names_part
from novigem.views.terminal.run import nothing_new_screen, run_screen
from novigem.views.words import clean

_MOST_ASIDE = 5


def run(
    programs: Annotated[list[Path], typer.Argument(metavar="PROGRAM…", help="One or more program files.")],
    *,
    source: Annotated[str, typer.Option("--from", metavar="FILE", help="Changes as JSON lines; - is standard input.")],
    again: Annotated[bool, typer.Option("--again", help="Read the file from its beginning once more.")] = False,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="Take changes dated ahead of now too: a season that is only played out.")
    ] = False,
    batch: Annotated[int | None, typer.Option("--batch", metavar="N", help="Lines per transaction; 10000.")] = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Feed changes to programs: points, progress, bonuses and badges, all from one file of changes.

    Running it again is safe: what was read before is skipped, and nothing pays twice. A change dated more than a day
    ahead of now cannot have happened: it is put aside, and read with --again when it has.
    """
    settings = settings_from(db=db, batch=batch)
    loaded = load_all(programs)
    _must_be_there(source)
    clock = None if ahead else utc_now
    changes = JsonLinesSource(sys.stdin.buffer if source == "-" else source, page_size=settings.batch, clock=clock)
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
        bound, astray = engine.compiled.programs, names_astray(store, engine.programs, registry=engine.registry)
        display_names = DisplayNames(store, bound)
        closed = [display_names.closing(one) for one in closed]
        cast = Cast(bound, display_names.people)
    if as_json:
        write(
            [
                json_text(
                    run_answer(report, watch.put_aside)
                    | {"closed": closed_answer(closed, cast), "names": names_answer(astray)}
                )
            ]
        )
        return
    if not (report.new_changes or report.rejected or report.wrote):
        is_empty = not report.changes and (watch.pages > 0 or source == "-" or Path(source).stat().st_size == 0)
        show(nothing_new_screen(shown, report, is_empty=is_empty, people=watch.people))
    else:
        show(run_screen(report, watch.put_aside, bound, shown, screen_of(console())))
    if astray:
        show(screen([names_part(astray)]))
    if closed:
        show(closed_note(closed, cast, screen_of(console())))


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
    return Manual(engine).close_due(fresh=watch.fresh if report.new_changes else None)


class _Watch:
    """Follows a run: the report so far, the first lines put aside, and the bar on a terminal."""

    def __init__(self) -> None:
        self.report = RunReport()
        self.pages = 0
        self.people = 0
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
        self.people += len(page.people)
        self.put_aside += page.rejected[: _MOST_ASIDE - len(self.put_aside)]
        moments = [to_micros(change.at) for change in page.changes]
        self.fresh = min([*moments, *(() if self.fresh is None else (self.fresh,))], default=None)
        if self.bar is not None:
            rate = report.changes / max(monotonic() - self.started, 0.001)
            told = f"{report.changes:,} changes  {rate:,.0f}/s"
            self.bar.update(self.bar.task_ids[0], completed=page.done, total=page.total, told=told)


command = new_command(
    run,
    [
        "novigem run account-expansion.yaml --from changes.jsonl",
        "novigem convert export.csv --map map.yaml | novigem run program.yaml --from -",
    ],
)
