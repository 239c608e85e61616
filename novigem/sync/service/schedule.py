"""Jobs that run until somebody stops the process: each at its own times, never beside itself.

Comes in: a tuple of `Job`s. APScheduler calls them in threads of its own; the main thread waits for signals, and is the
only one that speaks with the scheduler.
"""

import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Condition, Event, current_thread, main_thread
from types import FrameType
from typing import Any, NamedTuple

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from novigem.sync.service.logs import log_event

# How long a look at the queue takes where nothing comes; on some systems signals are seen only in between.
_LOOK_SECONDS = 1.0


class _AtWork:
    """Counts the jobs that run now."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._count = 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_error: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_for_none(self) -> None:
        """Wait until no job runs, in short turns: a signal that comes just before a wait is seen after it."""
        with self._changed:
            while not self._changed.wait_for(lambda: self._count == 0, _LOOK_SECONDS):
                pass


class Job(NamedTuple):
    """Something to do again and again: `trigger` says when, in APScheduler's words, such as `every(300)`.

    `run` gives the seconds after which it wants to run again, or None for the usual time. What it raises ends all jobs.
    With `at_once` it also runs when the scheduler starts.
    """

    name: str
    trigger: Any
    run: Callable[[], float | None]
    at_once: bool = False


class _Later(NamedTuple):
    name: str
    seconds: float


_News = SimpleQueue[_Later | BaseException | None]


class Bell:
    """Wakes jobs before their time, from any thread."""

    def __init__(self) -> None:
        self.news: _News = SimpleQueue()

    def ring(self, job: str, seconds: float) -> None:
        """Ask for a run of a job in so many seconds, instead of its next one."""
        self.news.put(_Later(job, seconds))


def every(seconds: float) -> Any:
    """Give the trigger of a job that runs every so many seconds."""
    return IntervalTrigger(seconds=seconds, timezone=UTC)


def run_jobs(jobs: Sequence[Job], stop: Event, log: logging.Logger, bell: Bell | None = None) -> None:
    """Run jobs until SIGTERM, SIGINT or `stop`; whoever is at work then sees `stop` set and is waited for.

    Whoever has the `bell` may wake a job early.     A second signal ends the process at once. Raises what a job raised.
    """
    news = (bell or Bell()).news
    at_work = _AtWork()
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(max(1, len(jobs)))})
    for job in jobs:
        scheduler.add_job(
            _guarded(job, stop, news, at_work),
            job.trigger,
            id=job.name,
            # A job that was late, or whose turn came while it ran, runs once, however many turns it missed.
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            **({"next_run_time": datetime.now(UTC)} if job.at_once else {}),
        )
    with _signals(news, log):
        scheduler.start()
        try:
            _follow(scheduler, news, stop)
        finally:
            stop.set()
            log_event(log, logging.INFO, "stopping")
            at_work.wait_for_none()
            scheduler.shutdown(wait=True)


def _guarded(job: Job, stop: Event, news: _News, at_work: _AtWork) -> Callable[[], None]:
    def run() -> None:
        with at_work:
            attempt()

    def attempt() -> None:
        if stop.is_set():
            return
        try:
            seconds = job.run()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the process ends
            news.put(error)
            return
        if stop.is_set():
            news.put(None)
        elif seconds is not None:
            news.put(_Later(job.name, seconds))

    return run


def _follow(scheduler: BackgroundScheduler, news: _News, stop: Event) -> None:
    """Do what jobs and signals ask for, until one of them asks for the end."""
    while not stop.is_set():
        try:
            one = news.get(timeout=_LOOK_SECONDS)
        except Empty:
            continue
        if one is None:
            return
        if isinstance(one, BaseException):
            raise one
        # Asked for from here and not by the job: a shutdown waits for jobs while it holds the scheduler's lock.
        scheduler.modify_job(one.name, next_run_time=datetime.now(UTC) + timedelta(seconds=one.seconds))


@contextmanager
def _signals(news: _News, log: logging.Logger) -> Iterator[None]:
    """Turn the first signal into news, and let the second end the process."""
    if current_thread() is not main_thread():
        yield
        return
    seen: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        seen.append(number)
        if len(seen) > 1:
            # The first process of a container has no default action to fall back on.
            os._exit(128 + number)
        # An Event or a log could be locked by the very code that this interrupts; this queue cannot.
        news.put(None)

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if seen:
            log_event(log, logging.INFO, "stopped", signal=signal.Signals(seen[0]).name)
