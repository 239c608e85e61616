"""One run after another: what an outage, a limit, another process or a refusal means for the next one."""

import logging
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from operator import attrgetter
from threading import Event
from time import monotonic, time
from typing import Any, NamedTuple

from novigem.errors import InputError, LeaseLost, LimitReached, NovigemError, OrgUnavailable, SchemaError, SessionError
from novigem.feed.salesforce.org import Org
from novigem.feed.source import Page
from novigem.model.closing import Closing
from novigem.sync.report import ObjectReport
from novigem.sync.service.closing import tell_closed
from novigem.sync.service.health import Health
from novigem.sync.service.logs import log_event
from novigem.sync.service.metrics import Figures
from novigem.sync.syncing import Sync, SyncObserver

FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
_HOUR = 3600.0
_DAY = 86_400.0
_JITTER = 0.25
# So many usual runs tell what one costs.
_RUNS_TO_JUDGE = 3
_FIGURES = ("rows", "changes", "entries", "unknown", "rejected", "repaired", "calls")

# Trying these again would not help, and could lock the sync's user out.
_FINAL = (InputError, SessionError, SchemaError)


@dataclass(frozen=True)
class Surroundings:
    """What a series of runs looks at besides the org; tests put their own in.

    `next_step` words what to do about an error, for whoever reads the log.
    """

    log: logging.Logger
    stop: Event = field(default_factory=Event)
    clock: Callable[[], float] = monotonic
    wall: Callable[[], float] = time
    uniform: Callable[[float, float], float] = random.uniform
    next_step: Callable[[NovigemError], str | None] = attrgetter("hint")


class _Run(NamedTuple):
    number: int
    seconds: float
    objects: Sequence[ObjectReport]
    error: NovigemError | None
    outcome: str
    closed: Sequence[Closing] = ()


class Rounds:
    """Calls a sync again and again; each call is one run.

    `connect` is called once, in the first run that succeeds in it; `new_sync` makes the sync of the org it gave.
    `every` is the usual time between runs in seconds, `share` the share of the org's API calls that a sync may use.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Org]],
        new_sync: Callable[[Org, SyncObserver], Sync],
        *,
        every: float,
        share: float,
        around: Surroundings,
    ) -> None:
        self.health = Health(every, around.clock)
        self.figures = Figures()
        self._connect, self._new_sync = connect, new_sync
        self._every, self._share, self._around = every, share, around
        self._connection = ExitStack()
        self._org: Org | None = None
        self._sync: Sync | None = None
        self._seen: dict[str, ObjectReport] = {}
        self._outcome_before: str | None = None
        self._number = self._failures = 0
        self._said: str | None = None
        self._alarms: frozenset[tuple[str, str]] = frozenset()
        self._usual: list[int] = []

    @property
    def outcome(self) -> str | None:
        """How the last run ended: `done`, `held`, `limit`, `failed`, `stopped` or `ended`; None before the first."""
        return self._outcome_before

    def close(self) -> None:
        """Let go of the org."""
        self._connection.close()

    def __call__(self) -> float | None:
        """Do one run. Gives the seconds to wait when it is not the usual time; raises what no later run would mend."""
        run = self._run()
        self._outcome_before = run.outcome
        delay = self._delay(run)
        self._note(run)
        self._tell(run, delay)
        if run.outcome == "ended" and run.error is not None:
            raise run.error
        return delay

    def _run(self) -> _Run:
        self._number += 1
        self._seen.clear()
        began = self._around.clock()
        calls = None if self._org is None else self._org.calls
        errors: list[NovigemError]
        closed: Sequence[Closing] = ()
        try:
            report = self._connected().run()
        except NovigemError as raised:
            # What was read before is committed all the same.
            objects, errors, is_held = list(self._seen.values()), [raised], isinstance(raised, LeaseLost)
        else:
            objects, errors, is_held = report.objects, report.errors, report.is_held
            closed = report.closed
        # Whatever is final decides, wherever it stands.
        error = next((one for one in errors if isinstance(one, _FINAL)), errors[0] if errors else None)
        outcome = self._outcome(error, is_held=is_held)
        if self._org is not None and calls is not None and outcome == "done":
            self._usual.append(self._org.calls - calls)
        return _Run(self._number, self._around.clock() - began, objects, error, outcome, closed)

    def _connected(self) -> Sync:
        if self._sync is None:
            self._org = self._connection.enter_context(self._connect())
            self._sync = self._new_sync(self._org, self._follow)
        return self._sync

    def _follow(self, report: ObjectReport, page: Page) -> None:
        del page
        self._seen[report.object] = report
        self.health.alive()

    def _outcome(self, error: NovigemError | None, *, is_held: bool) -> str:
        if isinstance(error, _FINAL):
            return "ended"
        if self._around.stop.is_set() and (error is None or isinstance(error, OrgUnavailable)):
            return "stopped"
        if is_held:
            return "held"
        if error is not None:
            return "limit" if isinstance(error, LimitReached) else "failed"
        return "done"

    def _delay(self, run: _Run) -> float | None:
        if run.outcome == "failed":
            longer = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(self._failures, 16))
            self._failures += 1
            # So that the syncs of many teams do not come back at once.
            return longer * self._around.uniform(1 - _JITTER, 1 + _JITTER)
        self._failures = 0
        if run.outcome == "limit":
            # Calls come free hour by hour.
            return _HOUR - self._around.wall() % _HOUR + self._around.uniform(0, 60)
        return None

    def _note(self, run: _Run) -> None:
        success = self._around.wall() if run.outcome == "done" else None
        self.figures.ran(run.outcome, run.seconds, run.objects, success=success)
        if self._org is not None:
            self.figures.called(self._org.calls, self._org.usage)
        if run.outcome in {"done", "held"}:
            self.health.well()
        elif run.error is not None:
            self.health.ill(run.error.message)

    def _tell(self, run: _Run, delay: float | None) -> None:
        fields: dict[str, Any] = {"run": run.number, "outcome": run.outcome, "took_seconds": round(run.seconds, 2)}
        fields |= {name: sum(getattr(one, name) for one in run.objects) for name in _FIGURES}
        fields["objects"] = {one.object: _object_fields(one) for one in run.objects}
        if delay is not None:
            fields["again_in_seconds"] = round(delay)
        if run.error is not None and str(run.error) != self._said:
            fields |= {"error": run.error.message, "hint": self._around.next_step(run.error)}
        self._said = None if run.error is None else str(run.error)
        levels = {"failed": logging.WARNING, "limit": logging.WARNING, "ended": logging.ERROR}
        log_event(self._around.log, levels.get(run.outcome, logging.INFO), "sync", **fields)
        tell_closed(self._around.log, run.closed)
        self._warn(run)

    def _warn(self, run: _Run) -> None:
        """Tell, once, of what a person should look at."""
        alarms = {(one.object, alarm): None for one in run.objects for alarm in one.alarms}
        for name, alarm in alarms:
            if (name, alarm) not in self._alarms:
                log_event(self._around.log, logging.WARNING, "alarm", object=name, alarm=alarm)
        if run.objects:
            self._alarms = frozenset(alarms)
        usage = self._org.usage if self._org is not None else None
        if usage is None or len(self._usual) != _RUNS_TO_JUDGE or run.outcome != "done":
            return
        daily = round(sum(self._usual) / len(self._usual) * _DAY / self._every)
        if daily > usage.allowed * self._share:
            log_event(
                self._around.log,
                logging.WARNING,
                "too often",
                calls_a_day=daily,
                allowed=usage.allowed,
                share=self._share,
                hint="give a longer `every`, or watch fewer objects",
            )


def _object_fields(one: ObjectReport) -> dict[str, Any]:
    fields: dict[str, Any] = {name: getattr(one, name) for name in _FIGURES}
    fields["lag_seconds"] = None if one.lag_seconds is None else round(one.lag_seconds)
    return fields | ({} if one.held_by is None else {"held_by": one.held_by})
