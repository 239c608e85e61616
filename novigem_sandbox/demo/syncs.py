"""The six weeks as a sync sees them: the org is served on loopback, and read over HTTP every few hours of its time.

Every moment is one of the org's clock, so the same seed gives the same ledger, whatever this machine does meanwhile.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Final, NamedTuple

from pydantic import SecretStr

from novigem.engine.engine import Engine
from novigem.errors import WorldError
from novigem.feed.salesforce.client import connect
from novigem.feed.salesforce.cursor import read_cursor
from novigem.feed.salesforce.settings import OrgSettings, ReadyToken
from novigem.ledger.store import Store
from novigem.model.change import from_micros
from novigem.model.program import Program
from novigem.model.snapshot import Stream
from novigem.sync import Sync, SyncReport
from novigem_sandbox.demo.at_work import TeamAtWork
from novigem_sandbox.org import Running, serve
from novigem_sandbox.team.cast import ZONE
from novigem_sandbox.team.six_weeks import DAYS, FIRST_DAY, Invented

#: Usual time between two syncs. Seldom enough for a short demo, often enough that few edits hide behind later ones.
EVERY: Final = timedelta(hours=6)
# Two minutes past the hour: one sync a day falls into the nightly job, whose rows are stamped and not yet to be seen.
_FIRST: Final = datetime.combine(FIRST_DAY - timedelta(days=1), time(22, 2), ZONE)
# A connection takes the org's clock to run like its own, so after a leap the people are read up to the sync before:
# the last leap is a short one.
_LAST: Final = datetime.combine(FIRST_DAY + timedelta(days=DAYS - 1), time(22, 8), ZONE)
# The session is to live as long as the season.
_SESSION_SECONDS: Final = 100 * 86_400
_SUMS: Final = (
    "rows", "pages", "people", "changes", "entries", "points", "bonuses", "badges", "corrections", "unknown", "blocked",
    "rejected", "repaired", "purged", "restarts", "calls",
)  # fmt: skip

#: Follows what is done: the syncs done and those there will be.
Follower = Callable[[int, int], None]


class SyncsDone(NamedTuple):
    """How many syncs there were, and what they came to in sum."""

    number: int
    report: SyncReport


def sync_six_weeks(
    store: Store, program: Program, invented: Invented, *, every: timedelta = EVERY, follower: Follower | None = None
) -> SyncsDone:
    """Let the team work for six weeks and sync its org into a store.

    The first sync, on the evening before, only learns what there is. What an earlier call has read into this store is
    not read again: after a whole season, only the last sync is run once more. Raises StoreError, and WorldError where
    another process is at work on the store.
    """
    team = TeamAtWork(invented, _FIRST)
    team.org.sessions.life_seconds = _SESSION_SECONDS
    read_until = _read_until(store, team.org.id, program)
    moments = [one for one in _moments(every) if one > read_until or one == _LAST]
    team.until(moments[0])
    total = SyncReport(team.org.id)
    with serve(team.org) as running, connect(_settings(running)) as org:
        sync = Sync(Engine(store, [program], clock=team.org.clock.now), org)
        for number, moment in enumerate(moments, start=1):
            team.until(moment)
            _add(total, _whole(sync.run()))
            if follower is not None:
                follower(number, len(moments))
    return SyncsDone(len(moments), total)


def _settings(running: Running) -> OrgSettings:
    return OrgSettings(ReadyToken(running.url, SecretStr(running.token())))


def _moments(every: timedelta) -> Iterator[datetime]:
    moment = _FIRST
    while moment < _LAST:
        yield moment
        moment += every
    yield _LAST


def _read_until(store: Store, org: str, program: Program) -> datetime:
    """Give the moment up to which every object of the program has been read."""
    positions = [store.position(Stream(org, rule.object).feed) for rule in program.rules]
    return from_micros(min(0 if one is None else read_cursor(one).covered for one in positions))


def _whole(report: SyncReport) -> SyncReport:
    """Give a report back that holds no surprise: on this machine nothing but another process can be in the way."""
    for error in report.errors:
        raise error
    if report.held:
        raise WorldError("another process is playing the demo in this folder", hint="wait for it, or give a new folder")
    return report


def _add(total: SyncReport, report: SyncReport) -> None:
    total.run.add(report.run)
    known = {one.object: one for one in total.objects}
    for told in report.objects:
        if told.object not in known:
            total.objects.append(told)
            continue
        before = known[told.object]
        for name in _SUMS:
            setattr(before, name, getattr(before, name) + getattr(told, name))
        before.alarms += told.alarms
        before.covered, before.lag_seconds, before.finished = told.covered, told.lag_seconds, told.finished
