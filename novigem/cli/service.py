"""`novigem sync --every`: the sync as a process that runs until it is told to stop, under systemd or in a container."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import typer
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from novigem import __version__
from novigem.cli.programs import ready_engine
from novigem.engine.engine import Engine
from novigem.errors import NovigemError, OrgError
from novigem.feed.salesforce.client import connect
from novigem.feed.salesforce.intake import PollOptions
from novigem.feed.salesforce.login import sign_in
from novigem.feed.salesforce.org import Org
from novigem.feed.salesforce.settings import OrgSettings, is_loopback, is_salesforce
from novigem.feed.salesforce.transport import Patience, Transport, new_session
from novigem.ledger.sql.store import open_store
from novigem.model.program import Program
from novigem.program.watched import watched_fields
from novigem.sync import Sync
from novigem.sync.service.closing import EVERY_SECONDS, closing_job
from novigem.sync.service.health import serving
from novigem.sync.service.logs import Form, log_event, logging_to
from novigem.sync.service.rounds import Rounds, Surroundings
from novigem.sync.service.schedule import Bell, Job, every, run_jobs
from novigem.sync.syncing import SyncObserver
from novigem.views.terminal.errors import error_text, next_step

if TYPE_CHECKING:
    from novigem.sync.service.listening import Listening

_SYNC = "sync"
_CLOSING = "closing"
# Shorter ones would hide every word that has them in it.
_SHORTEST_SECRET = 4


class Service(NamedTuple):
    """What a sync that runs for good is started with; `every` in seconds."""

    db: str
    connection: OrgSettings
    options: PollOptions
    every: int
    form: Form
    metrics_port: int | None
    listen: bool = False


def run_for_good(service: Service, programs: Sequence[Program], paths: Sequence[Path]) -> None:
    """Sync until SIGTERM or SIGINT. Raises typer.Exit with the exit code of whatever no later run would mend."""
    with logging_to(sys.stderr, service.form, list(_secrets(service))) as log:
        try:
            _run(service, programs, paths, log)
        except NovigemError as error:
            step = next_step(error)
            log_event(log, logging.ERROR, "ended", error=error.message, hint=step, exit_code=error.exit_code)
            raise typer.Exit(error.exit_code) from None
        except Exception:
            log.exception("ended by a mistake of ours: please report it", extra={"fields": {"exit_code": 1}})
            raise typer.Exit(1) from None


def _run(service: Service, programs: Sequence[Program], paths: Sequence[Path], log: logging.Logger) -> None:
    around = Surroundings(log, Event(), next_step=next_step)
    with ExitStack() as stack:
        store = open_store(service.db)
        stack.callback(store.close)
        engine = ready_engine(store, programs, paths)
        bell = Bell()
        ear = stack.enter_context(_listening(engine, bell, around)) if service.listen else None
        rounds = _rounds(service, engine, around, ear)
        stack.callback(rounds.close)
        port = None
        if service.metrics_port is not None:
            port = stack.enter_context(serving(service.metrics_port, rounds.health, rounds.figures))
        log_event(
            log,
            logging.INFO,
            "started",
            version=__version__,
            programs=",".join(program.program for program in programs),
            every_seconds=service.every,
            metrics_port=port,
        )
        run = rounds if ear is None else partial(ear.during, rounds, lambda: rounds.outcome == "done")
        # What else has its hours (a digest) is one more line here.
        jobs = (
            Job(_SYNC, every(service.every), run, at_once=True),
            Job(_CLOSING, every(EVERY_SECONDS), closing_job(engine, log, next_step)),
        )
        run_jobs(jobs, around.stop, log, bell)


def _listening(engine: Engine, bell: Bell, around: Surroundings) -> "Listening":
    # Only who listens needs the extra.
    from novigem.sync.service.listening import Listening  # noqa: PLC0415

    objects = watched_fields(engine.programs.values(), engine.registry)
    return Listening(engine.store, objects, bell=bell, job=_SYNC, log=around.log, clock=around.clock, told=error_text)


def _rounds(service: Service, engine: Engine, around: Surroundings, ear: "Listening | None") -> Rounds:
    def new_sync(org: Org, observer: SyncObserver) -> Sync:
        if ear is not None:
            ear.begin(org.id, partial(_credentials, service.connection, org.id))
            if not ear.places:
                # What was edited before the first notice is told together with what comes behind it.
                ear.writers.lose()
        confirm = None if ear is None else ear.writers.confirm
        return Sync(engine, org, options=service.options, stop=around.stop, observer=observer, confirm=confirm)

    return Rounds(
        lambda: connect(service.connection, stop=around.stop),
        new_sync,
        every=service.every,
        share=service.connection.budget_share,
        around=around,
    )


def _credentials(settings: OrgSettings, org: str) -> tuple[str, str, str]:
    """Sign in anew, for the bus."""
    transport = Transport(Patience())
    with new_session(transport) as session:
        token = sign_in(settings.sign_in, session, transport)
    if is_loopback(urlsplit(token.instance_url).hostname):
        # The bus is Salesforce's own; a session of another server is none of its business.
        raise OrgError("an org on this machine has no Change Data Capture", hint="leave --listen out")
    if not is_salesforce(urlsplit(token.instance_url).hostname):
        raise OrgError(
            f"{urlsplit(token.instance_url).hostname} is no host of Salesforce's, and its session is not sent to"
            " Salesforce's bus",
            hint="leave --listen out, or give the org's My Domain",
        )
    return token.access_token.get_secret_value(), token.instance_url, org


def _secrets(service: Service) -> Iterator[str]:
    """Yield what must never stand in a log."""
    found = [one.get_secret_value() for one in vars(service.connection.sign_in).values() if isinstance(one, SecretStr)]
    with suppress(ArgumentError):  # opening it says what is wrong
        found.append(str(make_url(service.db).password or ""))
    yield from (one for one in found if len(one) >= _SHORTEST_SECRET)
