"""`novigem sync`: changes straight from Salesforce into the store, once or every few minutes."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.progress import MofNCompleteColumn, Progress, TaskID

from novigem.cli.connecting import TargetOrgOption, org_settings
from novigem.cli.context import settings_from, writing
from novigem.cli.options import DbOption, JsonOption, new_command
from novigem.cli.output import console, progress_bars, screen_of, show, with_what_stays, write
from novigem.cli.programs import load_all, ready_engine
from novigem.cli.service import Service, run_for_good
from novigem.engine.engine import Engine
from novigem.errors import InputError, NovigemError, WorldError
from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.cursor import FEEDS, read_cursor
from novigem.feed.salesforce.intake import PollOptions
from novigem.feed.source import Page, Rejected
from novigem.ledger.store import Store
from novigem.model.change import from_micros
from novigem.model.snapshot import LEASE_SECONDS, Stream
from novigem.queries.names import names_astray
from novigem.queries.visibility import DisplayNames
from novigem.sync import ObjectReport, Sync, SyncReport
from novigem.sync.service.logs import Form
from novigem.views.cast import Cast
from novigem.views.json.closings import closed_answer
from novigem.views.tables import json_text
from novigem.views.terminal.closings import closed_note
from novigem.views.terminal.layout import screen
from novigem.views.terminal.names import names_answer, names_part
from novigem.views.terminal.sync import holder_text, sync_answer, sync_screen
from novigem.views.words import clean, counted

_MOST_ASIDE = 5


def sync(
    programs: Annotated[list[Path], typer.Argument(metavar="PROGRAM…", help="One or more program files.")],
    *,
    every: Annotated[
        str | None, typer.Option("--every", metavar="TIME", help="Go on for good, every 30s, 5m, 1h; once if left out.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Sync once, whatever the settings say.")] = False,
    target_org: TargetOrgOption = None,
    history: Annotated[
        bool | None, typer.Option("--history/--no-history", help="Read field history, for every step and its author.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="SHARE", help="Stop at this share of the org's API calls; 0.8.")
    ] = None,
    allow_purge: Annotated[
        bool, typer.Option("--allow-purge", help="Take many records that are gone for deleted; see the alarm.")
    ] = False,
    reread: Annotated[
        bool, typer.Option("--reread", help="Read every record anew, and put right what differs; see doctor --org.")
    ] = False,
    log: Annotated[Form | None, typer.Option("--log", help="With --every: how the log is written; text.")] = None,
    listen: Annotated[
        bool, typer.Option("--listen", help="With --every: let Change Data Capture wake the sync; needs the extra cdc.")
    ] = False,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port", metavar="PORT", min=0, max=65535, help="With --every: /healthz and /metrics, on loopback."
        ),
    ] = None,
    db: DbOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring changes straight from Salesforce to programs: points, progress, bonuses and badges.

    The first sync only learns what there is; what changes after it counts. Running it again is safe: nothing is lost,
    and nothing pays twice.
    """
    settings = settings_from(db=db, every=every, history=history)
    seconds = None if once else settings.every
    _refuse_mixed(seconds, as_json=as_json, log=log, metrics_port=metrics_port, listen=listen, reread=reread)
    loaded = load_all(programs)
    connection = org_settings(target_org, budget)
    options = PollOptions(with_history=settings.history, allow_purge=allow_purge, reread=reread)
    if seconds is not None:
        service = Service(settings.db, connection, options, seconds, log or "text", metrics_port, listen)
        run_for_good(service, loaded, programs)
        return
    with _stoppable(), connect(connection) as org, writing(settings) as store:
        _once(ready_engine(store, loaded, programs), org, options, as_json=as_json, paths=programs)


def _refuse_mixed(
    every: int | None, *, as_json: bool, log: Form | None, metrics_port: int | None, listen: bool, reread: bool
) -> None:
    if every is not None and reread:
        raise InputError("--reread is for one sync, and --every would read everything each time", hint="add --once")
    if every is not None and as_json:
        raise InputError(
            "--json is the answer of one sync, and --every never answers", hint="add --once, or use --log json"
        )
    if every is None and (log is not None or metrics_port is not None or listen):
        raise InputError("--log, --metrics-port and --listen need --every", hint="add --every 5m, or leave them out")


def _once(engine: Engine, org: SalesforceOrg, options: PollOptions, *, as_json: bool, paths: Sequence[Path]) -> None:
    watch = _Watch()
    known = _filled(engine.store)
    try:
        with progress_bars(MofNCompleteColumn()) as watch.bars:
            report = Sync(engine, org, options=options, observer=watch).run()
    except NovigemError as error:
        raise with_what_stays(error, watch.changes) from error
    bound, astray = engine.compiled.programs, names_astray(engine.store, engine.programs, registry=engine.registry)
    display_names = DisplayNames(engine.store, bound)
    closed, cast = [display_names.closing(one) for one in report.closed], Cast(bound, display_names.people)
    if as_json:
        told = {"closed": closed_answer(closed, cast), "names": names_answer(astray)}
        write([json_text(sync_answer(report, watch.put_aside, org.usage) | told)])
    elif not report.is_held:
        filled = {
            one: engine.store.snapshot_count(Stream(org.id, one)) for one in sorted(_filled(engine.store) - known)
        }
        view = sync_screen(
            report,
            dict(bound),
            screen_of(console()),
            put_aside=watch.put_aside,
            usage=org.usage,
            filled=filled,
            steps=_steps(report, paths, is_first=bool(filled)),
        )
        show(view)
        if astray:
            show(screen([names_part(astray)]))
        if closed:
            show(closed_note(closed, cast, screen_of(console())))
    if report.errors:
        raise with_what_stays(report.errors[0], report.run.changes)
    if report.is_held:
        _refuse_held(report.held, engine.store)


def _filled(store: Store) -> set[str]:
    """Give the objects that have been read whole by now."""
    return {
        feed.rpartition("/")[2] for feed, position in store.positions(FEEDS).items() if read_cursor(position).is_filled
    }


def _steps(report: SyncReport, paths: Sequence[Path], *, is_first: bool) -> list[str]:
    if report.errors:
        return []
    if is_first:
        named = " ".join(clean(str(path)) for path in paths)
        return [f"novigem sync {named} --every 5m", "novigem status"]
    return ["novigem board"] if report.run.entries else ["novigem status"]


def _refuse_held(held: Sequence[ObjectReport], store: Store) -> NoReturn:
    """Say who is at work. Raises WorldError."""
    wanted = [one for one in held if one.held_by is not None]
    owner = wanted[0].held_by or ""
    until = next((one.until for one in store.leases() if one.owner == owner), None)
    seen = (
        "" if until is None else f", last seen {from_micros(until - round(LEASE_SECONDS * 1e6)):%Y-%m-%d %H:%M:%S} UTC"
    )
    keeps = ", ".join(one.object for one in wanted)
    raise WorldError(
        f"another sync is at work: {holder_text(owner)}{seen}; it keeps {keeps}",
        hint="what it reads is in the same database; see: novigem status",
    )


class _Watch:
    """Follows a sync: what is committed, the first rows put aside, and the bars on a terminal."""

    def __init__(self) -> None:
        self.put_aside: list[Rejected] = []
        self.bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._changes: dict[str, int] = {}

    @property
    def changes(self) -> int:
        """The changes committed so far."""
        return sum(self._changes.values())

    def __call__(self, told: ObjectReport, page: Page) -> None:
        self._changes[told.object] = told.changes
        self.put_aside += page.rejected[: _MOST_ASIDE - len(self.put_aside)]
        if self.bars is None:
            return
        if told.object not in self._tasks:
            self._tasks[told.object] = self.bars.add_task(clean(told.object), total=None, told="")
        changes = counted(told.changes, "change") if told.changes else ""
        self.bars.update(self._tasks[told.object], completed=page.done, total=page.total, told=changes)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let a supervisor's SIGTERM end a sync as Ctrl-C does: the page in hand is undone, and leases are given back."""
    if current_thread() is not main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


command = new_command(
    sync,
    [
        "novigem sync account-expansion.yaml",
        "novigem sync account-expansion.yaml --every 5m --target-org my-org",
    ],
)
