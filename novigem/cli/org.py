"""`novigem org`: a sample Salesforce org on this machine, to try a sync without a real one."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Annotated

import typer
from rich.text import Text

from novigem.cli.options import new_group
from novigem.cli.output import show
from novigem.errors import WorldError
from novigem.model.ids import id18
from novigem.views.terminal.layout import QUIET, quiet, screen, text
from novigem.views.words import clean, counted
from novigem_sandbox.org import Running, SampleOrg
from novigem_sandbox.org.fault_spec import read_spec, switch_on
from novigem_sandbox.team.furnish import build_team
from novigem_sandbox.team.live import Live

#: A working day: nobody wants to fetch a new token over lunch.
_SESSION_SECONDS = 12 * 3600


def serve(
    *,
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes a free one.")] = 8280,
    records: Annotated[
        int, typer.Option("--records", metavar="N", min=1, max=500_000, help="Opportunities; twice as many tasks.")
    ] = 200,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another number makes other customers.")] = 7,
    live: Annotated[bool, typer.Option("--live", help="Keep the team working.")] = False,
    pace: Annotated[
        float, typer.Option("--pace", metavar="SECONDS", min=0.01, max=3600, help="With --live: between two changes.")
    ] = 1.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault", metavar="SPEC", help="What goes wrong, such as unavailable:/query@2x3; may be repeated."
        ),
    ] = None,
) -> None:
    """Serve an invented team's Salesforce org on this machine, until Ctrl-C.

    Only this machine can reach it. It speaks enough of Salesforce's REST and Bulk APIs for a sync, and forgets
    everything when it stops.
    """
    specs = [read_spec(one) for one in fault or ()]
    # Every start is another org: with one id for all, a store would take its new records for changes of the old ones.
    org = SampleOrg(keep_versions=False, org_id=id18(f"00DNv0{int(time.time()) % 10**9:09d}"))
    org.sessions.life_seconds = _SESSION_SECONDS
    team = build_team(org, opportunities=records, seed=seed)
    for spec in specs:
        switch_on(org.faults, spec)
    with _listening(org, port) as running, Live(team, pace) if live else nullcontext(), _until_told() as told:
        _tell(running, live=live)
        told.wait()
    show(text("Stopped. What was in it is gone."))


@contextmanager
def _listening(org: SampleOrg, port: int) -> Iterator[Running]:
    try:
        running = Running(org, port)
    except OSError as error:
        message = f"cannot listen on port {port}: {error.strerror or error}"
        raise WorldError(message, hint="take a free one: novigem org serve --port 0") from error
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set: both are the usual end here, and no failure."""
    told = threading.Event()

    def tell(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    before = {one: signal.signal(one, tell) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _tell(running: Running, *, live: bool) -> None:
    """Tell where it is, and what to type in another terminal."""
    org = running.org
    counts = ", ".join(
        counted(len(org.table(name).rows), one, many)
        for name, one, many in (
            ("Account", "account", "accounts"),
            ("Opportunity", "opportunity", "opportunities"),
            ("Task", "task", "tasks"),
            ("Lead", "lead", "leads"),
        )
    )
    at_work = "the team is at work" if live else "nobody is at work; --live changes that"
    set_up = [_variable("NOVIGEM_SF_INSTANCE_URL", running.url), _variable("NOVIGEM_SF_ACCESS_TOKEN", running.token())]
    app = [
        _variable("NOVIGEM_SF_LOGIN_URL", running.url),
        _variable("NOVIGEM_SF_CLIENT_ID", org.sessions.client_id),
        _variable("NOVIGEM_SF_CLIENT_SECRET", org.sessions.client_secret),
    ]
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    steps = [f"novigem playbook copy account-expansion season.yaml --starts {monday}", "novigem sync season.yaml"]
    show(
        screen(
            [
                text(f"A sample org is at {running.url}"),
                quiet(f"{counts}; {at_work}. Ctrl-C stops it."),
                _typed("In another terminal, with a session that is open:", set_up),
                _typed("Or as the connected app, which opens its own:", app),
                _typed("Then:", steps),
            ]
        )
    )
    sys.stdout.flush()


def _typed(label: str, lines: Sequence[str]) -> Text:
    """Give lines to copy: a token that is folded would be no token."""
    told = Text(no_wrap=True, overflow="ignore")
    told.append(label, style=QUIET)
    for line in lines:
        told.append(f"\n  {line}", style="bold")
    return told


def _variable(name: str, value: str) -> str:
    assign = f'$env:{name} = "{value}"' if os.name == "nt" else f"export {name}='{value}'"
    return clean(assign)


command = new_group(
    "A sample Salesforce org on this machine.",
    [
        (
            "serve",
            serve,
            [
                "novigem org serve",
                "novigem org serve --live --pace 0.5",
                "novigem org serve --fault unavailable:/query@2x3 --fault small-pages=200x*",
            ],
        )
    ],
)
