"""People at work in an org, a program that pays them, and what it must have paid: from the records of the org alone.

Two of its rules pay for what every sync must see, whenever it looks: that a record was made, and that it was won, which
is the last thing that happens to it. A third pays for each edit that was seen; those carry values that no two share.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from novigem.ledger.sql.store import open_store
from novigem.ledger.store import Store
from novigem.model.change import Change
from novigem.model.snapshot import Stream
from novigem_sandbox.org import Clock, SampleOrg, Transaction, faults, serve
from novigem_sandbox.org.clock import moment_of
from novigem_sandbox.org.errors import Refusal
from tests.bed.forked import Forked, Run

START = datetime(2026, 1, 7, 12, tzinfo=UTC)
WON = "Closed Won"
PROGRAM = """\
program: killed
name: Killed
starts: 2026-01-05
weeks: 6
rules:
  - {id: made, object: Opportunity, trigger: create, points: 10, challenge: weekly}
  - {id: won, object: Opportunity, trigger: update, points: 5, when: [StageName: {equals: Closed Won}]}
  - {id: moved, object: Opportunity, trigger: update, points: 1, once_per: change, when: [NextStep: {isChanged: true}]}
challenges:
  - {id: weekly, name: Weekly, type: recurring, cadence: weekly, goal: {count: rules, target: 5},
     completion: {bonus: 20, badge: steady}}
badges:
  - {id: steady, name: Steady}
leaderboards:
  - {id: board, name: Board}
"""
SYNC = ("sync", "program.yaml")
Fact = tuple[str, str, int, str, datetime]


class Editing:
    """People at work in an org. Whenever somebody asks it something, they go on: a slow machine sees no more of it."""

    def __init__(self, org: SampleOrg, users: list[str], records: list[str]) -> None:
        self._org, self._users = org, users
        self._open = records
        self._chance = Random(5)
        self._late: list[tuple[Transaction, datetime]] = []
        self._lock = threading.Lock()
        self._steps = 0

    def go_on(self) -> None:
        """Do some steps: each moves the org's clock, and edits a record."""
        with self._lock:
            for _ in range(3):
                self._step()

    def stop(self) -> None:
        """Commit whatever is open."""
        with self._lock:
            self._commit(everything=True)

    def _step(self) -> None:
        self._steps += 1
        # Nothing is won in the second in which it was made: that would be seen as a record that was made so.
        self._org.clock.advance(self._chance.choice((1, 2, 15)))
        self._commit()
        user, what = self._chance.choice(self._users), self._chance.random()
        if what < 0.15 or len(self._open) < 5:
            values = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-03-01", "OwnerId": user}
            self._open.append(self._org.create("Opportunity", values, user=user))
            return
        record = self._chance.choice(self._open)
        with suppress(Refusal):  # locked by one that commits late
            if what < 0.25:
                self._org.update(record, StageName=WON, user=user)
                self._open.remove(record)
            elif what < 0.28:
                self._org.delete(record, user=user)
                self._open.remove(record)
            elif what < 0.4:
                transaction = self._org.begin(user)
                # Open before anything can be refused, so that it is ended in any case.
                self._late.append((transaction, self._org.clock.now() + timedelta(seconds=240)))
                transaction.update(record, NextStep=f"late {self._steps}")
            else:
                self._org.update(record, NextStep=f"step {self._steps}", user=user)
                self._org.clock.advance(0.3)
                self._org.update(record, NextStep=f"at once {self._steps}", user=user)

    def _commit(self, *, everything: bool = False) -> None:
        now = self._org.clock.now()
        for one in [one for one in self._late if everything or one[1] <= now]:
            self._late.remove(one)
            one[0].commit()


class Season:
    """The org, a database, and the command that syncs one into the other."""

    def __init__(self, folder: Path, url: str) -> None:
        (folder / "program.yaml").write_text(PROGRAM, encoding="utf-8")
        self.folder, self.url = folder, url
        self.org = SampleOrg(Clock.at(START))
        self.org.sessions.life_seconds = 10**8
        self.users = [self.org.add_user(name) for name in ("Ann Bell", "Bob Cole")]
        self.seeds = [self._seed(n) for n in range(20)]
        self.org.clock.advance(60)
        self._chance = Random(17)
        self._environment: dict[str, str] = {}
        self._editing: Editing | None = None

    def _seed(self, number: int) -> str:
        values = {"Name": f"Deal {number}", "StageName": "Prospecting", "CloseDate": "2026-03-01"}
        return self.org.create("Opportunity", values, OwnerId=self.users[number % 2])

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the org while the block runs."""
        with serve(self.org) as running:
            self._environment = {
                "NOVIGEM_DB": self.url,
                "NOVIGEM_SF_INSTANCE_URL": running.url,
                "NOVIGEM_SF_ACCESS_TOKEN": running.token(),
            }
            yield
        assert running.failures == []

    def start(self, forked: Forked, *arguments: str) -> Run:
        """Start the command."""
        return forked.start(self.folder, self._environment, *arguments)

    def run(self, forked: Forked, *arguments: str) -> str:
        """Run the command to its good end, and give what it prints."""
        run = self.start(forked, *arguments)
        assert run.wait() == 0, run.output
        return run.output

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let people work while the block runs."""
        self._editing = Editing(self.org, self.users, list(self.seeds))
        yield
        self._editing.stop()
        self._editing = None

    def calm(self) -> None:
        """Switch off all that tests have switched on; pages are small, and people work if they do."""
        self.org.faults.clear()
        self.org.faults.add(faults.small_pages(4), "/query", times=None)
        if self._editing is not None:
            self.org.faults.add(faults.calling(self._editing.go_on), "/services/data", times=None)

    def killed(self, forked: Forked, *, path: str = "/services/data", at: int, after: float) -> bool:
        """Sync, and kill it some seconds after a request; tell whether that came before its end."""
        run: list[Run] = []
        started = threading.Event()
        timers: list[threading.Timer] = []

        def strike() -> None:
            assert started.wait(60)
            timers.append(threading.Timer(after, run[0].kill))
            timers[0].start()

        self.calm()
        self.org.faults.add(faults.calling(strike), path, at=at)
        run.append(self.start(forked, *SYNC))
        started.set()
        code = run[0].wait()
        for timer in timers:
            timer.join()
        assert code in {0, -9}, run[0].output
        return code == -9

    def killed_at_random(self, forked: Forked) -> bool:
        return self.killed(forked, at=self._chance.randint(3, 24), after=self._chance.uniform(0, 0.04))

    def due(self) -> Counter[Fact]:
        """Give what must have been paid, from the records of the org alone."""
        facts: Counter[Fact] = Counter()
        for row in self.org.records("Opportunity"):
            if row["Id"] not in self.seeds:
                facts["made", row["OwnerId"], 10, row["Id"], moment_of(row["CreatedDate"])] += 1
            if row["StageName"] == WON:
                facts["won", row["OwnerId"], 5, row["Id"], moment_of(row["LastModifiedDate"])] += 1
        return facts

    def paid(self, store: Store) -> Counter[Fact]:
        moments = ((one, datetime.fromtimestamp(one.occurred / 1e6, tz=UTC)) for one in store.entries())
        return Counter(
            (one.rule or "", one.user, one.points, one.record or "", at)
            for one, at in moments
            if one.rule in {"made", "won"}
        )

    def check(self) -> None:
        """See that the database at rest tells what the org knows."""
        with closing(open_store(self.url)) as store:
            assert self.paid(store) == self.due()
            stories: dict[str, list[Change]] = {}
            for _logged, change in store.changes():
                stories.setdefault(change.id, []).append(change)
            for changes in stories.values():
                _check_story(sorted(changes, key=lambda one: one.seq))
            copies = {one.id: one for one in store.every_snapshot(Stream(self.org.id, "Opportunity"))}
            rows = {row["Id"]: row for row in self.org.records("Opportunity")}
            assert copies.keys() == rows.keys()
            for record, row in rows.items():
                told = stories[record][-1].new if record in stories else None
                assert told is None or (told["StageName"], told["NextStep"]) == (row["StageName"], row["NextStep"])
                assert (copies[record].state == "deleted") == row["IsDeleted"]


def _check_story(changes: list[Change]) -> None:
    """See that every change begins where the one before ended, and that no edit is told twice."""
    assert [one.seq for one in changes] == list(range(1, len(changes) + 1))
    values: dict[str, Any] = {}
    for one in changes:
        for field, value in (one.old or {}).items():
            assert values.get(field, value) == value
            assert one.new[field] != value
        values = dict(one.new)
    steps = [one.new["NextStep"] for one in changes if one.old and "NextStep" in one.old]
    assert len(set(steps)) == len(steps)
