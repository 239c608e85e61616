"""Closing on time though nothing happens: a job beside the sync, and the line of the log that tells of it."""

import logging
from collections.abc import Callable, Iterable
from operator import attrgetter

from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.errors import NovigemError
from novigem.model.closing import Closing
from novigem.sync.service.logs import log_event

#: How often, in seconds, a service looks for what has become due.
EVERY_SECONDS = 900


def closing_job(
    engine: Engine, log: logging.Logger, next_step: Callable[[NovigemError], str | None] = attrgetter("hint")
) -> Callable[[], None]:
    """Give the job that closes what is due and logs it; one that fails is tried again the next time.

    `next_step` words what to do about an error, for whoever reads the log.
    """

    def run() -> None:
        try:
            closed = Manual(engine).close_due()
        except NovigemError as error:
            log_event(log, logging.WARNING, "closing failed", error=error.message, hint=next_step(error))
        else:
            tell_closed(log, closed)

    return run


def tell_closed(log: logging.Logger, closed: Iterable[Closing]) -> None:
    """Log each of some closings."""
    for one in closed:
        log_event(
            log,
            logging.INFO,
            "closed",
            program=one.program,
            **{one.kind: one.id},
            period=one.period,
            as_of=one.as_of,
            digest=one.digest,
        )
