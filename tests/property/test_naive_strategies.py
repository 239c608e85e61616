"""Ways of polling that others use lose or double changes in the same org, at the same moments, where ours does neither.

If they did not, the org that we test against would be too kind to prove anything. The work is made from a seed: most
transactions commit within three seconds, some after minutes; some records are edited twice within a second; some
values come back; a mass update gives many records one stamp. Everybody polls every 15 seconds. Show the table with
`pytest -s tests/property/test_naive_strategies.py`.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Protocol

import pytest

from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.sync import ObjectReport, Sync
from novigem.testing import make_program
from novigem_sandbox.org import Clock, SampleOrg
from tests.bed.direct_org import DirectOrg

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "salesforce.md"
START = datetime(2026, 1, 7, 12, tzinfo=UTC)
SECONDS = 3 * 3600
EVERY = 15
RECORDS = 700
EDITS = 2400
#: What a poll hands over: record and value, in order.
Handed = Iterator[tuple[str, str]]
_QUERY = "SELECT Id, NextStep, SystemModstamp FROM Opportunity WHERE SystemModstamp {} ORDER BY SystemModstamp, Id"


class Polling(Protocol):
    """A way of polling."""

    def poll(self, org: SampleOrg) -> Handed:
        """Hand over what is taken for changed."""


class Naive:
    """Reads rows from a stamp on. The cursor is the newest stamp seen.

    `is_strict` leaves out the rows that have the stamp itself; `overlap` goes back behind it; `lag` leaves out the
    newest seconds; `key` gives what a row is known by: one that was seen before is passed over.
    """

    def __init__(
        self,
        *,
        is_strict: bool = False,
        overlap: int = 0,
        lag: int = 0,
        key: Callable[[Mapping[str, Any]], object] | None = None,
    ) -> None:
        self._is_strict, self._overlap, self._lag, self._key = is_strict, overlap, lag, key
        self._newest = START
        self._seen: set[object] = set()

    def poll(self, org: SampleOrg) -> Handed:
        start = _literal(self._newest - timedelta(seconds=self._overlap))
        where = f"{'>' if self._is_strict else '>='} {start}"
        if self._lag:
            where += f" AND SystemModstamp <= {_literal(org.clock.now() - timedelta(seconds=self._lag))}"
        for row in org.query(_QUERY.format(where), deleted=True):
            self._newest = max(self._newest, datetime.fromisoformat(row["SystemModstamp"]))
            known = self._key and self._key(row)
            if known is None or known not in self._seen:
                self._seen.add(known)
                yield row["Id"], row["NextStep"]


def _literal(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class Ours:
    """The sync as it is run, with the options it has unless told otherwise."""

    def __init__(self, org: SampleOrg) -> None:
        program = make_program({"trigger": "update", "when": [{"NextStep": {"isChanged": True}}]}, starts="2026-01-01")
        engine = Engine(MemoryStore(), [program], clock=lambda: START)
        self._sync = Sync(engine, DirectOrg(org, page_size=2000), observer=self._committed)
        self._handed: list[tuple[str, str]] = []

    def poll(self, org: SampleOrg) -> Handed:
        del org
        report = self._sync.run()
        assert not report.errors
        handed, self._handed = self._handed, []
        yield from handed

    def _committed(self, _report: ObjectReport, page: Page) -> None:
        self._handed += [(one.id, one.new["NextStep"]) for one in page.changes]


def _by_stamp(row: Mapping[str, Any]) -> object:
    return row["Id"], row["SystemModstamp"]


def _by_content(row: Mapping[str, Any]) -> object:
    return row["Id"], row["NextStep"]


class Account(NamedTuple):
    """How a way of polling fared. `merged` are the states that were over before anybody looked."""

    wrong: int
    delivered: int
    duplicates: int
    merged: int


class Taken:
    """Keeps account of what one of them hands over."""

    def __init__(self, polling: Polling, values: Mapping[str, str]) -> None:
        self._polling = polling
        self._values = dict(values)
        self._delivered = self._duplicates = 0

    def poll(self, org: SampleOrg) -> None:
        for record, value in self._polling.poll(org):
            if self._values[record] == value:
                self._duplicates += 1
            else:
                self._delivered += 1
            self._values[record] = value

    def account(self, org: SampleOrg, edits: int) -> Account:
        wrong = sum(row["NextStep"] != self._values[row["Id"]] for row in org.records("Opportunity"))
        return Account(wrong, self._delivered, self._duplicates, edits - self._delivered)


class Work:
    """What people do, as steps at their moments: a statement, and later its commit."""

    def __init__(self, org: SampleOrg, records: list[str]) -> None:
        self._org, self._records = org, records
        self._random = Random(2)
        self._order = count()
        self._steps: list[tuple[float, int, Callable[[], object]]] = []
        self._busy: set[str] = set()
        self._values: dict[str, str] = dict.fromkeys(records, "first")
        self.edits = 0
        for number in range(EDITS):
            # People move on: a record is worked on for a while, and what was lost by then is not healed by more edits.
            at = number / EDITS * SECONDS
            record = records[int(number / EDITS * (len(records) - 15)) + self._random.randrange(15)]
            self._at(at + self._random.random() * 5, self._edit, record)
        for number in range(1, 12):
            self._at(SECONDS * number / 12, self._mass_update)

    def until(self, second: float) -> None:
        """Do all that is due by then."""
        while self._steps and self._steps[0][0] <= second:
            at, _order, step = heapq.heappop(self._steps)
            self._org.clock.set(START + timedelta(seconds=at))
            step()
        self._org.clock.set(START + timedelta(seconds=second))

    def _at(self, second: float, step: Callable[..., object], *arguments: object) -> None:
        heapq.heappush(self._steps, (second, next(self._order), lambda: step(second, *arguments)))

    def _edit(self, second: float, record: str, value: str | None = None) -> None:
        """Begin to edit a record; whoever finds it locked waits."""
        if record in self._busy:
            self._at(second + 1, self._edit, record, value)
            return
        before = self._values[record]
        value = value or f"step {self.edits}"
        if value == before:
            return
        takes = self._random.uniform(0, 3) if self._random.random() > 0.015 else self._random.uniform(30, 240)
        self._begin(second, {record: value}, takes)
        chance = self._random.random()
        if chance < 0.15:
            # Again, as soon as the first has committed.
            self._at(second + takes + self._random.uniform(0, 0.3), self._edit, record)
        elif chance < 0.3:
            self._at(second + takes + self._random.uniform(20, 60), self._edit, record, before)

    def _mass_update(self, second: float) -> None:
        near = int(second / SECONDS * (len(self._records) - 40))
        free = [one for one in self._records[near : near + 40] if one not in self._busy]
        self._begin(second, dict.fromkeys(free, f"mass {self.edits}"), 2)

    def _begin(self, second: float, values: dict[str, str], takes: float) -> None:
        transaction = self._org.begin()
        for record, value in values.items():
            transaction.update(record, NextStep=value)
        self.edits += len(values)
        self._values |= values
        self._busy |= values.keys()

        def commit(_second: float) -> None:
            transaction.commit()
            self._busy -= values.keys()

        self._at(second + takes, commit)


@cache
def accounts() -> dict[str, Account]:
    """Let everybody poll the same org, and give how they fared."""
    org = SampleOrg(Clock.at(START), keep_versions=False)
    org.clock.advance(-3600)
    made = {"StageName": "Prospecting", "CloseDate": "2026-03-01", "NextStep": "first"}
    records = [org.create("Opportunity", made, Name=f"Deal {n}") for n in range(RECORDS)]
    org.clock.set(START)
    ways: dict[str, Polling] = {
        "newer than the newest": Naive(is_strict=True),
        "from the newest on": Naive(),
        "from the newest on, by id and stamp": Naive(key=_by_stamp),
        "a minute behind": Naive(is_strict=True, lag=60),
        "five minutes behind": Naive(is_strict=True, lag=300),
        "10 s again, by id and stamp": Naive(overlap=10, key=_by_stamp),
        "10 minutes again, by id and stamp": Naive(overlap=600, key=_by_stamp),
        "10 minutes again, by content ever seen": Naive(overlap=600, key=_by_content),
        "ours": Ours(org),
    }
    everybody = {name: Taken(way, dict.fromkeys(records, "first")) for name, way in ways.items()}
    work = Work(org, records)
    for second in range(0, SECONDS + 1200, EVERY):
        work.until(second)
        for one in everybody.values():
            one.poll(org)
    return {name: one.account(org, work.edits) for name, one in everybody.items()}


def table(found: Mapping[str, Account]) -> str:
    """Draw the table, as it stands in the documentation."""
    lines = ["| goes on | wrong at the end | delivered | doubled | merged |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {' | '.join(f'{figure:,}' for figure in one)} |" for name, one in found.items()]
    return "\n".join(lines)


def test_the_page_that_shows_the_table_shows_these_figures() -> None:
    found = accounts()
    print(f"\n{table(found)}")  # noqa: T201 - what the table is for
    text = PAGE.read_text(encoding="utf-8")
    assert table(found) in text
    ours = found["ours"]
    assert f"{ours.delivered + ours.merged:,} edits of {RECORDS} records" in text


def test_ours_has_nothing_wrong_at_the_end_nothing_doubled_and_delivers_the_most() -> None:
    found = accounts()
    ours = found["ours"]
    assert (ours.wrong, ours.duplicates) == (0, 0)
    assert ours.delivered == max(one.delivered for one in found.values())


@pytest.mark.parametrize("name", ["newer than the newest", "from the newest on", "from the newest on, by id and stamp"])
def test_the_newest_stamp_passes_what_commits_late(name: str) -> None:
    assert accounts()[name].wrong > 0


def test_whoever_reads_the_newest_again_doubles_it() -> None:
    assert accounts()["from the newest on"].duplicates > 100


def test_a_short_wait_or_overlap_still_misses_what_takes_longer() -> None:
    assert accounts()["a minute behind"].wrong > 0
    assert accounts()["10 s again, by id and stamp"].wrong > 0


def test_whoever_waits_merges_most_of_what_happens() -> None:
    found = accounts()
    assert found["a minute behind"].delivered < found["ours"].delivered / 1.5
    assert found["five minutes behind"].delivered < found["ours"].delivered / 2
    assert found["five minutes behind"].wrong == 0


def test_an_id_and_a_stamp_do_not_tell_two_edits_in_one_second_apart() -> None:
    found = accounts()
    assert found["10 minutes again, by id and stamp"].wrong > 0
    assert found["10 minutes again, by id and stamp"].delivered < found["ours"].delivered


def test_a_value_that_comes_back_is_new_and_was_seen_all_the_same() -> None:
    assert accounts()["10 minutes again, by content ever seen"].wrong > 10
