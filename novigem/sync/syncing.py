"""One sync: take the lease of each object, read it page by page, commit each page whole, and say how it went."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from uuid import uuid4

from novigem.engine.bookkeeping import keep_report
from novigem.engine.engine import Engine
from novigem.engine.manual import Manual
from novigem.engine.report import RunReport
from novigem.errors import NovigemError, StoreError, WorldError
from novigem.feed.salesforce.cursor import FEEDS, read_cursor
from novigem.feed.salesforce.intake import Intake, PollOptions, Tally
from novigem.feed.salesforce.org import FieldGone, Org
from novigem.feed.salesforce.people import OBJECT as USER
from novigem.feed.salesforce.people import PeopleSource
from novigem.feed.salesforce.poller import Poller
from novigem.feed.salesforce.schema import ObjectSchema
from novigem.feed.source import ChangeSource, Page
from novigem.model.change import Change, to_micros
from novigem.model.periods import SECOND
from novigem.model.snapshot import LEASE_SECONDS, Lease, Stream
from novigem.program.watched import watched_fields
from novigem.sync.plan import lost_alarm, people_alarms, plan_object, plan_sync, refuse_other_org
from novigem.sync.report import ObjectReport, SyncReport, read_report

# Tells this process from earlier ones that had its number.
_LIFE = uuid4().hex[:8]

SyncObserver = Callable[[ObjectReport, Page], None]
_Read = Callable[[ObjectReport, RunReport], None]


def new_owner() -> str:
    """Give a name for a process that takes leases: the host and the process, and a part that never comes back."""
    return f"{socket.gethostname()}/{os.getpid()}/{_LIFE}-{uuid4().hex[:8]}"


def _has_died(owner: str) -> bool:
    """Tell whether an owner was a process of this machine that runs no more; False where that cannot be known."""
    place, _, life = owner.rpartition("/")
    host, _, rest = place.rpartition("/")
    if host != socket.gethostname() or not rest.isdecimal() or os.name != "posix":
        return False
    if int(rest) == os.getpid():
        # In a container every process that syncs has the same number, and nobody else has it while we live.
        return not life.startswith(f"{_LIFE}-")
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


class Sync:
    """Brings an org's changes into the engine's store; `run` may be called as often as one likes.

    `options` say how objects are read. `stop` ends a run after the page in hand. `observer` follows the pages.
    `confirm` may name the writer of a change where it knows better than a poll. Several
    syncs may run against one database: each object is read by one of them at a time.
    """

    def __init__(
        self,
        engine: Engine,
        org: Org,
        *,
        options: PollOptions | None = None,
        owner: str | None = None,
        stop: Event | None = None,
        observer: SyncObserver | None = None,
        confirm: Callable[[Change], Change] | None = None,
    ) -> None:
        self._engine = engine
        self._store = engine.store
        self._org = org
        self._options = options or PollOptions()
        self._owner = owner or new_owner()
        self._stop = stop or Event()
        self._observer = observer
        self._confirm = confirm

    def run(self) -> SyncReport:
        """Read every object that the programs watch, once.

        Raises OrgError when the org is another one than before or a program watches what cannot be watched: nothing
        is read then. Raises StoreError when the database fails. Whatever else goes wrong with an object is among the
        report's `errors`, what was committed stays, and the next run goes on from there.
        """
        report = SyncReport(self._org.id)
        positions = self._store.positions(FEEDS)
        refuse_other_org(self._org.id, positions)
        plan = plan_sync(self._org, self._engine.programs.values(), positions, registry=self._engine.registry)
        tasks: list[tuple[str, _Read]] = [(USER, self._read_people)]
        tasks += [(schema.object, self._reader_of(schema)) for schema in plan.schemas]
        for name, read in tasks:
            if self._stop.is_set():
                break
            told = ObjectReport(name, started=to_micros(self._org.now()), alarms=list(plan.alarms.get(name, ())))
            report.objects.append(told)
            error = self._one(told, report.run, read)
            if error is not None:
                report.errors.append(error)
            if isinstance(error, WorldError) and not isinstance(error, FieldGone):
                # The limit, the session or the network: the next object would meet the same.
                break
        if not (report.errors or report.held or self._stop.is_set()):
            report.closed = Manual(self._engine).close_due()
        return report

    def _one(self, told: ObjectReport, run: RunReport, read: _Read) -> NovigemError | None:
        """Read one object and keep its report. Gives what went wrong; raises StoreError when the database did."""
        calls = self._org.calls
        failure: NovigemError | None = None
        try:
            read(told, run)
        except StoreError:
            raise
        except NovigemError as error:
            failure = error
            told.error = str(error)
        told.calls = self._org.calls - calls
        told.finished = to_micros(self._org.now())
        self._keep(told)
        return failure

    def _keep(self, told: ObjectReport) -> None:
        feed = Stream(self._org.id, told.object).feed
        position = self._store.position(feed)
        if position is not None:
            cursor = read_cursor(position)
            told.covered, told.is_filled = cursor.covered, cursor.is_filled or told.object == USER
            told.lag_seconds = max(0.0, (told.finished - cursor.covered) / SECOND)
        if told.held_by is not None:
            return  # the report of the process at work is the one to keep
        before = self._store.reports().get(feed)
        if told.error is None:
            told.last_success = told.finished
        elif before is not None:
            told.last_success = read_report(before).last_success
        keep_report(self._store, feed, told.encode())

    def _read_people(self, told: ObjectReport, run: RunReport) -> None:
        with self._lease(told) as lease:
            if lease is not None:
                source = PeopleSource(
                    self._org,
                    overlap_seconds=self._options.overlap_seconds,
                    lease=lease,
                    known=self._store.people,
                )
                try:
                    self._feed(told, run, source)
                finally:
                    told.alarms += people_alarms(source.hidden, self._engine.programs.values())
                told.rows = told.people + told.rejected

    def _reader_of(self, schema: ObjectSchema) -> _Read:
        def read(told: ObjectReport, run: RunReport) -> None:
            with self._lease(told) as lease:
                if lease is None:
                    return
                try:
                    self._read_object(told, run, schema, lease)
                except FieldGone:
                    # Somebody took a field away since the describe we know: ask again, and go on without it.
                    self._read_object(told, run, self._schema_anew(told), lease)

        return read

    def _read_object(self, told: ObjectReport, run: RunReport, schema: ObjectSchema, lease: Lease) -> None:
        tally = Tally()
        intake = Intake(self._org, self._store, schema, lease, self._options, tally)
        try:
            self._feed(told, run, Poller(intake))
        finally:
            for name in ("rows", "pages", "restarts", "repaired", "purged"):
                setattr(told, name, getattr(told, name) + getattr(tally, name))
            told.alarms += tally.alarms
            if tally.returned:
                told.alarms.append(
                    f"records of {told.object} that counted as gone for good: {tally.returned} are back; they had been "
                    "out of the sync's sight, or Salesforce restored them; they do not count as new"
                )

    def _schema_anew(self, told: ObjectReport) -> ObjectSchema:
        watched = watched_fields(self._engine.programs.values(), self._engine.registry)[told.object]
        schema, problems = plan_object(self._org, told.object, watched, fresh=True)
        told.alarms += [lost_alarm(one) for one in problems]
        return schema._replace(lost=frozenset(one.field for one in problems))

    def _feed(self, told: ObjectReport, run: RunReport, source: ChangeSource) -> None:
        for page in source.pages(self._store.position(source.name)):
            if self._confirm is not None:
                page = page._replace(changes=[self._confirm(change) for change in page.changes])  # noqa: PLW2901 - the same page, better known
            done = self._engine.apply(page, feed=source.name)
            told.add(done)
            told.people += len(page.people)
            run.add(done)
            if self._observer is not None:
                self._observer(told, page)
            if self._stop.is_set():
                return

    @contextmanager
    def _lease(self, told: ObjectReport) -> Iterator[Lease | None]:
        name = Stream(self._org.id, told.object).feed
        lease = self._store.acquire_lease(name, self._owner, LEASE_SECONDS)
        if lease is None:
            holder = next((one for one in self._store.leases() if one.name == name), None)
            if holder is not None and _has_died(holder.owner):
                # Nobody waits for a process that was killed; its fence keeps it from writing should we be wrong.
                self._store.release_lease(holder)
            lease = self._store.acquire_lease(name, self._owner, LEASE_SECONDS)
            told.held_by = None if lease else holder.owner if holder else "another process"
        try:
            yield lease
        finally:
            if lease is not None:
                self._store.release_lease(lease)
