"""A small world: an org, a program, a store, and everything that may happen to them, one step after the other."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

from novigem.engine.engine import Engine
from novigem.errors import OrgUnavailable, SessionError
from novigem.feed.salesforce.cursor import read_cursor
from novigem.feed.salesforce.intake import PollOptions
from novigem.feed.salesforce.org import CursorGone, WindowRefused
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.ledger.store import Store
from novigem.model.change import Change, from_micros
from novigem.model.program import Program
from novigem.model.snapshot import Snapshot, Stream
from novigem.sync import Sync
from novigem.sync.report import ObjectReport, SyncReport
from novigem.testing import make_program
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.org import SampleOrg
from novigem_sandbox.org.transaction import Transaction
from tests.bed.direct_org import DirectOrg
from tests.bed.observer import Observer

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
COMPARED = {
    "Opportunity": ("AccountId", "OwnerId", "StageName", "NextStep"),
    "Task": ("AccountId", "OwnerId", "Status"),
    "Lead": ("OwnerId", "Status"),
}
STATES = {
    "Opportunity": ("StageName", ("Prospecting", "Qualification", "Closed Won")),
    "Task": ("Status", ("Not Started", "In Progress", "Completed")),
    "Lead": ("Status", ("Open - Not Contacted", "Working - Contacted", "Closed - Converted")),
}
OBJECTS = tuple(COMPARED)


@cache  # the same for every world, and there are thousands
def program() -> Program:
    """Pay for making, for each move, and once for finishing: all that a lost, doubled or torn change would show in."""
    return make_program(
        {"object": "Opportunity", "trigger": "create", "points": 10},
        {
            "object": "Opportunity",
            "trigger": "update",
            "points": 5,
            "once_per": "change",
            "when": [{"StageName": {"isChanged": True}}],
        },
        {"object": "Opportunity", "trigger": "update", "points": 1, "when": [{"NextStep": {"isNotBlank": True}}]},
        {
            "object": "Task",
            "trigger": "update",
            "points": 3,
            "when": [{"Status": {"isChanged": True, "equals": "Completed"}}],
        },
        {
            "object": "Lead",
            "trigger": "update",
            "points": 2,
            "once_per": "change",
            "when": [{"Status": {"isChanged": True}}],
        },
        starts="2026-01-01",
        ends="2026-12-31",
    )


class Crash(BaseException):
    """The process dies: nothing catches it but the test."""


FAULTS: dict[str, Callable[[], BaseException]] = {
    "crash": Crash,
    "unavailable": lambda: OrgUnavailable("503"),
    "session": lambda: SessionError("401"),
    "cursor": lambda: CursorGone("invalid query locator"),
    "window": lambda: WindowRefused("EXCEEDED_ID_LIMIT"),
}
# Which calls a fault can strike: a cursor only dies while it is read.
_STRIKES = {"cursor": {"query_more"}, "window": {"updated", "deleted"}}


class CrashingStore:
    """A store that dies in the middle of its n-th transaction, once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.left: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    @contextmanager
    def begin(self, *, lock: bool = True) -> Iterator[Any]:
        with self.store.begin(lock=lock) as transaction:
            yield transaction
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    self.left = None
                    raise Crash


class World:
    """Everything that a random history plays on. Steps that make no sense at their moment do nothing."""

    def __init__(
        self,
        store: Store | None = None,
        *,
        options: PollOptions | None = None,
        page_size: int = 3,
        org: SampleOrg | None = None,
    ) -> None:
        self.org = org or SampleOrg(Clock.at(NOON))
        self.clock = self.org.clock
        self.users = [self.org.add_user(f"User {n}") for n in range(3)]
        self.records: list[tuple[str, str]] = []
        self.open: list[Transaction] = []
        self.direct = DirectOrg(self.org, page_size=page_size)
        self.store = CrashingStore(store or MemoryStore())
        # No overlap: what the watermark lets slip is lost, and shows. No transaction is open for as long as the lag.
        self.options = options or PollOptions(overlap_seconds=0, lag_seconds=1300, replication_seconds=60)
        self.program = program()
        self.observer = Observer(COMPARED)

    # What people and the org do.

    def make(self, which: int, state: int, user: int = 0) -> None:
        """Make a record."""
        name = OBJECTS[which % len(OBJECTS)]
        self.records.append((name, self.org.create(name, self._values(name, state, user), user=self.users[user])))

    def _values(self, name: str, state: int, user: int) -> dict[str, Any]:
        field, values = STATES[name]
        told: dict[str, Any] = {field: values[state % len(values)], "OwnerId": self.users[user]}
        required = {
            "Opportunity": {"Name": "Deal", "CloseDate": "2026-03-01"},
            "Lead": {"LastName": "L", "Company": "C"},
        }
        return told | required.get(name, {"Subject": "Call"})

    def edit(self, which: int, state: int, user: int = 0) -> None:
        """Edit a record; a state above the known ones edits another field instead."""
        name, record = self._record(which)
        field, values = STATES[name]
        given: dict[str, Any] = {field: values[state % len(values)]}
        if state >= len(values) and name == "Opportunity":
            given = {"NextStep": f"Step {state}"}
        self._try(lambda: self.org.update(record, given, user=self.users[user]))

    def edit_late(self, which: int, state: int, user: int = 0) -> None:
        """Edit a record in a transaction that commits much later."""
        name, record = self._record(which)
        field, values = STATES[name]
        if len(self.open) < 3:
            transaction = self.org.begin(self.users[user])
            self.open.append(transaction)
            self._try(lambda: transaction.update(record, {field: values[state % len(values)]}))

    def make_late(self, which: int, state: int, user: int = 0) -> None:
        """Make a record in a transaction that commits much later."""
        name = OBJECTS[which % len(OBJECTS)]
        if len(self.open) < 3:
            transaction = self.org.begin(self.users[user])
            self.open.append(transaction)
            self.records.append((name, transaction.create(name, self._values(name, state, user))))

    def commit(self) -> None:
        """Commit the transaction that has been open for longest."""
        if self.open:
            self.open.pop(0).commit()

    def remove(self, which: int) -> None:
        """Put a record into the recycle bin."""
        self._try(lambda: self.org.delete(self._record(which)[1], user=self.users[1]))

    def restore(self, which: int) -> None:
        """Take a record out of the recycle bin."""
        self._try(lambda: self.org.undelete(self._record(which)[1], user=self.users[2]))

    def purge(self, which: int) -> None:
        """Remove a record for good."""
        self._try(lambda: self.org.purge([self._record(which)[1]]))

    def merge(self, which: int, other: int) -> None:
        """Merge a lead into another."""
        leads = [one for name, one in self.records if name == "Lead"]
        if len(leads) > 1:
            winner, loser = leads[which % len(leads)], leads[other % len(leads)]
            if winner != loser:
                self._try(lambda: self.org.merge(winner, [loser], user=self.users[1]))

    def touch(self, which: int) -> None:
        """Move a record's stamp and nothing else."""
        self._try(lambda: self.org.touch([self._record(which)[1]]))

    def rename(self, which: int, state: int) -> None:
        """Rename a picklist value there and back, so that the names stay few."""
        name = OBJECTS[which % len(OBJECTS)]
        field, values = STATES[name]
        value = values[state % len(values)]
        self._try(lambda: self.org.rename_picklist(name, field, value, f"{value}*"))
        self._try(lambda: self.org.rename_picklist(name, field, f"{value}**", value))

    def wait(self, seconds: float) -> None:
        """Let time pass; transactions do not stay open for ever."""
        self.clock.advance(seconds)
        for transaction in list(self.open):
            if (self.clock.now() - transaction.started).total_seconds() > 1200:
                self.open.remove(transaction)
                transaction.commit()

    def _record(self, which: int) -> tuple[str, str]:
        if not self.records:
            self.make(which, 0)
        return self.records[which % len(self.records)]

    @staticmethod
    def _try(action: Callable[[], Any]) -> None:
        # Locked, deleted, not in the bin: an org refuses that too.
        with suppress(Refusal):
            action()

    # What the sync does.

    def sync(self) -> SyncReport:
        """Run the sync to its end."""
        engine = Engine(self.store, [self.program], clock=lambda: NOON)  # type: ignore[arg-type]  # everything else goes through to a store
        sync = Sync(engine, self.direct, options=self.options, owner="test", observer=self._committed)
        try:
            return sync.run()
        finally:
            self.direct.served.clear()

    def sync_with(self, fault: str, after: int) -> None:
        """Run the sync and let a fault strike at its n-th call that it can strike."""
        left = after

        def strike(call: str) -> None:
            nonlocal left
            if call in _STRIKES.get(fault, {call}):
                left -= 1
                if left == -1:
                    struck = FAULTS[fault]()
                    raise struck

        self._struck(strike)

    def sync_while(self, step: Callable[[], None], after: int) -> None:
        """Run the sync and let something happen in the org before its n-th call."""
        left = after

        def meddle(_call: str) -> None:
            nonlocal left
            left -= 1
            if left == -1:
                step()

        self._struck(meddle)

    def sync_and_die_writing(self, after: int) -> None:
        """Run the sync and let the process die before its n-th commit."""
        self.store.left = after
        self._struck(lambda _call: None)
        self.store.left = None

    def _struck(self, before: Callable[[str], None]) -> None:
        self.direct.before = before
        try:
            self.sync()
        except Crash:
            pass
        except (OrgUnavailable, SessionError, CursorGone):
            pass  # struck outside of an object's reading
        finally:
            self.direct.before = lambda _call: None

    def _committed(self, told: ObjectReport, page: Page) -> None:
        rows, self.direct.served[:] = list(self.direct.served), []
        if told.object in COMPARED and page.position is not None:
            cursor = read_cursor(page.position)
            start = from_micros(cursor.feed_start)
            self.observer.take(rows, feed_start=start, first_read=not cursor.is_filled)

    def settle(self) -> None:
        """Let everything open commit, and sync until nothing is left to see."""
        while self.open:
            self.commit()
        for _ in range(2):
            self.wait(400)
            report = self.sync()
            assert not report.errors, report.errors

    # What must be true.

    def snapshots(self, name: str) -> dict[str, Snapshot]:
        return {one.id: one for one in self.store.every_snapshot(Stream(self.org.id, name))}

    def logged(self) -> dict[str, list[Change]]:
        """Give the logged changes of each record, in order of their numbers."""
        found: dict[str, list[Change]] = {}
        for _logged, change in self.store.changes():
            found.setdefault(change.id, []).append(change)
        return {record: sorted(changes, key=lambda one: one.seq) for record, changes in found.items()}

    def check_rest(self) -> None:
        """See that the six invariants of a feed at rest hold."""
        logged = self.logged()
        for name, compared in COMPARED.items():
            kept = self.snapshots(name)
            rows = {row["Id"]: row for row in self.org.records(name)}
            for record, row in rows.items():
                values = json.loads(kept[record].values)
                assert {field: values[field] for field in compared} == {field: row[field] for field in compared}
                assert (kept[record].state == "deleted") == bool(row["IsDeleted"]), (name, record, kept[record])
            for record, copy in kept.items():
                assert record in rows or copy.state != "live", "what is gone is not alive here"
                changes = logged.get(record, [])
                assert [one.seq for one in changes] == list(range(1, copy.rev + 1)), "numbers have no gap"
                if changes:
                    told = {field: changes[-1].new[field] for field in compared}
                    values = json.loads(copy.values)
                    assert told == {field: values[field] for field in compared} or copy.state != "live"
        for changes in logged.values():
            for before, change in zip([None, *changes], changes, strict=False):
                assert change.old != {} or change.kind not in {"update", "system_update"}, "no change without a change"
                for field, value in (change.old or {}).items():
                    assert change.new[field] != value
                    assert before is None or before.new[field] == value, "old is what was new before"
        before = sum(map(len, logged.values()))
        self.sync()
        assert sum(map(len, self.logged().values())) == before, "another look adds nothing"
