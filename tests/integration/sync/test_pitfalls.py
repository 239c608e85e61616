"""What is known to go wrong with feeds out of Salesforce, one test for each."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from novigem.audit.doctor.doctor import examine
from novigem.engine.engine import Engine
from novigem.errors import LimitReached, OrgError
from novigem.feed.salesforce.client import SalesforceOrg, connect
from novigem.feed.salesforce.cursor import ObjectCursor, read_cursor
from novigem.feed.salesforce.intake import PollOptions
from novigem.feed.salesforce.org import CursorGone, Org, QueryPage
from novigem.feed.salesforce.settings import ClientCredentials, OrgSettings
from novigem.feed.salesforce.transport import Patience
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change, to_micros
from novigem.model.program import Program
from novigem.model.snapshot import Stream
from novigem.sync import Sync
from novigem.sync.report import ObjectReport, SyncReport
from novigem.testing import make_program
from novigem_sandbox.org import Clock, SampleOrg, faults, serve
from tests.bed.direct_org import DirectOrg
from tests.bed.observer import told
from tests.bed.world import NOON, World

DEAL, TASK, LEAD = 0, 1, 2
DAY = 86_400
START = datetime(2026, 1, 7, 12, tzinfo=UTC)


def kinds(world: World, record: str) -> list[str]:
    return [one.kind for one in world.logged().get(record, [])]


def points(world: World, record: str) -> int:
    return sum(one.points for one in world.store.entries() if one.record == record)


def last_of(world: World) -> str:
    return world.records[-1][1]


def report_on(report: SyncReport, name: str = "Opportunity") -> ObjectReport:
    assert not report.errors, report.errors
    return next(one for one in report.objects if one.object == name)


def cursor_of(world: World, name: str = "Opportunity") -> ObjectCursor:
    return read_cursor(world.store.position(Stream(world.org.id, name).feed))


def filled(count: int = 1, **settings: Any) -> World:
    """Give a world in which some opportunities were there before anybody watched."""
    world = World(**settings)
    for _ in range(count):
        world.make(DEAL, 0)
    world.wait(400)
    world.sync()
    world.wait(400)
    return world


def sweeping(count: int) -> World:
    """Give a world that compares all ids once a day."""
    return filled(count, options=PollOptions(overlap_seconds=0, lag_seconds=1300, replication_seconds=60, sweep_days=1))


def check_proofs(world: World) -> None:
    """See that the world is at rest, and that all the proofs of the doctor hold."""
    world.check_rest()
    check_doctor(world)


def check_doctor(world: World) -> None:
    """See that all the proofs of the doctor hold, at rest or not."""
    found = [problem for _name, problems in examine(world.store, {"test": world.program}) for problem in problems]
    assert found == []


# --- what a stamp and a value do not say


def test_p2_a_stamp_that_moves_alone_is_no_change() -> None:
    world = filled()
    world.touch(0)
    world.wait(400)
    assert report_on(world.sync()).changes == 0
    check_proofs(world)


def test_p3_a_renamed_picklist_value_pays_nobody() -> None:
    world = filled(3)
    world.org.rename_picklist("Opportunity", "StageName", "Prospecting", "Looking around")
    world.wait(400)
    report = report_on(world.sync())
    assert (report.changes, report.entries) == (3, 0)
    for _name, record in world.records:
        (change,) = world.logged()[record]
        assert (change.kind, change.by) == ("system_update", None)
        assert change.old == {"StageName": "Prospecting"}
    check_proofs(world)


def test_p4_a_formula_is_refused_before_anything_is_read() -> None:
    world = filled()
    world.org.add_formula("Opportunity", "Score__c", lambda record: record["Amount"], type="double")
    world.program = make_program({"trigger": "update", "when": [{"Score__c": {"isChanged": True}}]})
    with pytest.raises(OrgError, match="Score__c is a formula"):
        world.sync()


# --- where the watermark may not go


def test_p10_a_commit_between_any_two_calls_is_told_once() -> None:
    untouched = filled()
    before = untouched.direct.calls
    untouched.sync()
    calls = untouched.direct.calls - before
    assert calls > 5
    for after in range(calls):
        world = filled()
        world.edit_late(0, 1)
        world.wait(400)
        world.sync_while(world.commit, after)
        world.settle()
        (change,) = world.logged()[last_of(world)]
        assert (change.old, change.new["StageName"]) == ({"StageName": "Prospecting"}, "Qualification")
        assert points(world, last_of(world)) == 5
        check_proofs(world)


def test_p10_the_watermark_is_asked_for_before_the_rows() -> None:
    world = filled()
    calls: list[str] = []
    world.direct.before = calls.append
    world.sync()
    # The users come first; then of each object the watermark, the rows, what was deleted.
    assert [one for one in calls if one != "describe"] == ["query", *["updated", "query", "deleted"] * 3]


# --- reading pages


def test_p15_a_cursor_that_dies_on_page_3_of_5_costs_one_more_query() -> None:
    world = filled(10, page_size=2)
    for number in range(10):
        world.edit(number, 1)
        world.wait(5)
    world.wait(400)
    rows = len(world.direct.served)
    struck = Dying(world, at=(2,))
    report = report_on(world.sync())
    assert (report.restarts, report.changes, report.rows) == (1, 10, rows + 10)
    assert struck.asked > 3
    check_proofs(world)


def test_p15_a_row_that_moves_while_its_page_is_read_takes_no_other_along() -> None:
    """A page shows its rows as they are by now. To go on behind a stamp that has moved on would pass over the rest."""
    world = filled(10, page_size=2)
    for number in range(10):
        world.edit(number, 1)
        world.wait(5)
    world.wait(400)

    def meddle(asked: int) -> None:
        if asked == 1:
            # The last row of the second page, and it shows there with the stamp of this moment.
            world.edit(3, 2)

    Dying(world, at=(2,), meddle=meddle)
    assert report_on(world.sync()).restarts == 1
    world.settle()
    for _name, record in world.records:
        assert kinds(world, record)[0] == "update"
    check_proofs(world)


def test_p15_a_late_commit_that_moves_a_row_takes_no_other_along() -> None:
    world = filled(10, page_size=2)
    for number in range(10):
        world.edit(number, 1)
        world.wait(5)
    world.wait(200)
    world.edit_late(3, 2)
    world.wait(200)
    Dying(world, at=(2,), meddle=lambda asked: world.commit() if asked == 1 else None)
    assert report_on(world.sync()).restarts == 1
    world.settle()
    for _name, record in world.records:
        assert kinds(world, record)[0] == "update"
    check_proofs(world)


def test_p16_300_rows_of_one_second_in_pages_of_two_with_cursors_that_die() -> None:
    world = filled(300, page_size=2)
    with world.org.begin(world.users[1]) as mass:
        for _name, record in world.records:
            mass.update(record, StageName="Closed Won")
    world.wait(400)
    Dying(world, at=range(3, 400, 7))
    report = report_on(world.sync())
    assert report.restarts > 15
    assert (report.changes, report.points) == (300, 1500)
    check_proofs(world)


class Dying:
    """Lets the cursor die at some pages behind the first. `meddle` is called before each of them with its number."""

    def __init__(
        self, world: World, at: range | tuple[int, ...], meddle: Callable[[int], object] = lambda _asked: None
    ) -> None:
        self.asked = 0
        self._at, self._meddle = at, meddle
        world.direct.before = self._before

    def _before(self, call: str) -> None:
        if call == "query_more":
            self.asked += 1
            self._meddle(self.asked)
            if self.asked in self._at:
                raise CursorGone("invalid query locator")


# --- deleted, purged, hidden


def test_p24_what_was_purged_without_a_trace_in_the_rows_is_ended() -> None:
    world = filled(2)
    record = world.records[0][1]
    world.remove(0)
    world.purge(0)
    world.wait(400)
    assert report_on(world.sync()).purged == 1
    assert kinds(world, record) == ["delete"]
    assert world.snapshots("Opportunity")[record].state == "purged"
    check_proofs(world)


def test_p26_what_was_deleted_and_restored_between_two_polls_never_ended() -> None:
    world = filled()
    world.remove(0)
    world.wait(5)
    world.restore(0)
    world.wait(400)
    assert world.direct.deleted("Opportunity", NOON, world.clock.now()).records
    report = report_on(world.sync())
    assert (report.changes, kinds(world, last_of(world))) == (0, [])
    check_proofs(world)


def test_p27_an_undelete_pays_no_second_create() -> None:
    world = filled()
    world.make(DEAL, 0)
    world.wait(400)
    world.sync()
    for step in (world.remove, world.restore):
        step(1)
        world.wait(400)
        world.sync()
    assert kinds(world, last_of(world)) == ["create", "delete", "undelete"]
    assert points(world, last_of(world)) == 10
    check_proofs(world)


def test_p28_born_and_dead_between_two_polls_leaves_the_whole_story() -> None:
    world = filled()
    world.make(DEAL, 0)
    world.wait(5)
    world.remove(1)
    world.wait(400)
    world.sync()
    assert [kinds(world, last_of(world))[place] for place in (0, -1)] == ["create", "delete"]
    assert report_on(world.sync()).changes == 0
    check_proofs(world)


def test_p30_many_records_out_of_sight_are_not_taken_for_deleted() -> None:
    world = sweeping(20)
    hidden = [record for _name, record in world.records[:5]]
    world.org.hide_records(hidden)
    for _day in range(3):
        world.wait(DAY)
        (alarm,) = report_on(world.sync()).alarms
        assert "5 of 20 records of Opportunity are not visible any more" in alarm
    world.org.show_records(hidden)
    world.wait(DAY)
    assert report_on(world.sync()).alarms == []
    assert world.logged() == {}
    check_proofs(world)


def test_p30_one_record_out_of_sight_is_looked_for_before_it_counts_as_deleted() -> None:
    world = sweeping(20)
    world.make(DEAL, 0)
    world.wait(400)
    world.sync()
    record = last_of(world)
    world.org.hide_records([record])
    world.wait(DAY)
    world.sync()
    assert kinds(world, record) == ["create"], "one sweep alone ends nothing"
    looked: list[str] = []
    ask = world.direct.query
    world.direct.query = lambda soql, **more: looked.append(soql) or ask(soql, **more)  # type: ignore[method-assign, func-returns-value]  # to listen
    world.wait(DAY)
    assert report_on(world.sync()).purged == 1
    assert [soql for soql in looked if f"Id IN ('{record}')" in soql]
    assert kinds(world, record) == ["create", "delete"]
    world.org.show_records([record])
    world.wait(DAY)
    report = report_on(world.sync())
    assert report.repaired == 1
    assert ["counted as gone for good: 1 are back" in alarm for alarm in report.alarms] == [True]
    assert kinds(world, record) == ["create", "delete", "undelete"]
    assert points(world, record) == 10
    check_proofs(world)


def test_a_purge_that_is_meant_is_taken_for_one_when_somebody_says_so() -> None:
    world = sweeping(10)
    world.org.table("Opportunity").deletions.clear()
    gone = [record for _name, record in world.records[:4]]
    world.org.purge(gone)
    world.org.table("Opportunity").deletions.clear()
    world.wait(DAY)
    assert len(report_on(world.sync()).alarms) == 1
    world.options = PollOptions(overlap_seconds=0, lag_seconds=1300, sweep_days=1, allow_purge=True)
    for _day in range(2):
        world.wait(DAY)
        world.sync()
    assert all(kinds(world, record) == ["delete"] for record in gone)
    check_proofs(world)


def test_p25_after_twenty_days_away_a_purge_is_found_by_the_sweep() -> None:
    world = filled(5)
    record = world.records[0][1]
    world.remove(0)
    world.purge(0)
    world.edit(1, 1)
    world.wait(20 * DAY)
    report = report_on(world.sync())
    assert (report.changes, report.alarms) == (1, [])
    assert kinds(world, record) == [], "out of reach of the list, it was missed once"
    world.wait(DAY + 60)
    world.sync()
    assert kinds(world, record) == ["delete"]
    assert kinds(world, world.records[1][1]) == ["update"]
    check_proofs(world)


# --- copies of one meeting


def syncing(program: Program, org: Org, store: MemoryStore, **options: Any) -> SyncReport:
    return Sync(Engine(store, [program], clock=lambda: START), org, options=PollOptions(**options)).run()


def changes_of(store: MemoryStore) -> list[Change]:
    return [change for _logged, change in store.changes()]


def test_p37_one_meeting_pays_once_however_many_are_invited() -> None:
    sample, store = SampleOrg(Clock.at(START)), MemoryStore()
    program = make_program({"object": "Event", "points": 10}, starts="2026-01-01")
    ann = sample.add_user("Ann Bell")
    direct = DirectOrg(sample)
    syncing(program, direct, store)
    sample.clock.advance(60)
    told_at = {"Subject": "Review", "StartDateTime": START, "OwnerId": ann}
    meeting = sample.create("Event", told_at)
    for _invitee in range(3):
        sample.create("Event", told_at | {"IsChild": True})
    sample.create("Event", told_at | {"IsRecurrence": True})
    sample.create("Event", told_at | {"GroupEventType": "3"})
    occurrences = [sample.create("Event", told_at | {"GroupEventType": "0"}) for _ in range(2)]
    sample.clock.advance(400)
    report = report_on(syncing(program, direct, store), "Event")
    assert (report.changes, report.points) == (3, 30)
    assert {one.id for one in changes_of(store)} == {meeting, *occurrences}


# --- which org


def test_p39_another_org_is_refused_and_nothing_changes() -> None:
    world = filled(3)
    world.edit(0, 1)
    world.wait(400)
    kept = (world.store.positions(""), world.snapshots("Opportunity"))
    world.org.id = "00DNv0000009999EAA"
    calls = world.direct.calls
    with pytest.raises(OrgError, match="holds the changes of the org"):
        world.sync()
    assert world.direct.calls == calls
    world.org.id = next(iter(kept[0])).split("/")[1]
    assert (world.store.positions(""), world.snapshots("Opportunity"), world.logged()) == (*kept, {})


# --- fields that come and go


@pytest.mark.parametrize("when", ["before the sync", "under way"])
def test_p49_a_field_that_goes_out_of_sight_does_not_become_empty_and_p50_is_no_change_when_it_returns(
    when: str,
) -> None:
    world = filled(2)
    world.edit(0, 3)  # NextStep
    world.wait(400)
    world.sync()
    told_before = world.logged()
    if when == "under way":
        world.edit(1, 1)
        # The users, then the watermark of the first object, then its rows.
        world.direct.before = Hiding(world)
    else:
        world.org.hide_field("Opportunity", "NextStep")
        world.edit(1, 1)
    world.wait(400)
    report = report_on(world.sync())
    world.direct.before = lambda _call: None
    assert any("NextStep" in alarm for alarm in report.alarms)
    # The rest goes on; what is not seen did not change.
    assert report.changes == 1
    assert kinds(world, world.records[1][1]) == ["update"]
    assert world.logged()[world.records[0][1]] == told_before[world.records[0][1]]

    world.org.show_field("Opportunity", "NextStep")
    world.wait(400)
    back = report_on(world.sync())
    assert (back.changes, back.alarms) == (0, [])
    world.edit(0, 4)
    world.edit(1, 2)
    world.wait(400)
    assert report_on(world.sync()).changes == 2
    assert world.logged()[world.records[0][1]][-1].old == {"NextStep": "Step 3"}
    check_proofs(world)


class Hiding:
    """Takes a field away once the objects have been described."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, call: str) -> None:
        if call == "updated":
            self._world.org.hide_field("Opportunity", "NextStep")


# --- over HTTP, where that is the point


@contextmanager
def connected(sample: SampleOrg, *, share: float = 0.8) -> Iterator[SalesforceOrg]:
    sample.sessions.life_seconds = 10**8
    with serve(sample) as running:
        secret = SecretStr(sample.sessions.client_secret)
        settings = OrgSettings(ClientCredentials(running.url, sample.sessions.client_id, secret), budget_share=share)
        with connect(settings, patience=Patience(first=0)) as org:
            yield org
    assert running.failures == []


EVERY_KIND = make_program(
    {
        "trigger": "update",
        "when": [
            {name: {"isChanged": True}}
            for name in (
                "Amount", "CloseDate", "Description", "IsPrivate", "Name", "NextStep", "Probability", "StageName",
                "Seen__c", "Seats__c",
            )
        ] + [{"Account.Name": {"isNotBlank": True}}],
    },
    starts="2026-01-01",
)  # fmt: skip


def test_p51_a_bulk_job_and_queries_fill_the_same_copies() -> None:
    sample = SampleOrg(Clock.at(START))
    sample.add_field("Opportunity", "Seen__c", "datetime")
    sample.add_field("Opportunity", "Seats__c", "double")
    account = sample.create("Account", Name='Ümlaut "quoted", and\na line')
    every = {"StageName": "Prospecting", "CloseDate": "2026-03-01"}
    rows: list[dict[str, Any]] = [
        {"Name": "All empty"},
        {"Name": "Numbers", "Amount": 1200.5, "Probability": 35, "Seats__c": 12.0, "AccountId": account},
        {"Name": 'Say "hello", they said', "NextStep": "a\nb", "Description": "  spaces  ", "IsPrivate": True},
        {"Name": "Moments", "Seen__c": "2026-01-05T08:30:00Z", "Amount": 0},
        {"Name": "true", "NextStep": "null", "Description": ""},
    ]
    records = [sample.create("Opportunity", every | row) for row in rows]
    sample.delete(records[0])
    sample.clock.advance(60)
    by_query, in_bulk = MemoryStore(), MemoryStore()
    with connected(sample) as org:
        for store, bulk_above in ((by_query, 1000), (in_bulk, 0)):
            assert not syncing(EVERY_KIND, org, store, bulk_above=bulk_above).errors
    stream = Stream(sample.id, "Opportunity")
    copies = {one.id: one for one in by_query.every_snapshot(stream)}
    assert len(copies) == 5
    assert copies == {one.id: one for one in in_bulk.every_snapshot(stream)}
    numbers = json.loads(copies[records[1]].values)
    assert (numbers["Amount"], numbers["Seats__c"], numbers["Account.Name"]) == (
        1200.5, 12, 'Ümlaut "quoted", and\na line',
    )  # fmt: skip
    with connected(sample) as org:
        assert syncing(EVERY_KIND, org, in_bulk).run.changes == 0


def test_the_share_of_the_limit_is_kept_to_whatever_else_the_header_tells() -> None:
    world, store = filled(), MemoryStore()
    with connected(world.org) as org:
        assert not syncing(world.program, org, store).errors
        header = "api-usage=9000/10000; per-app-api-usage=17/250(appName=x); api-bursts=1/750"
        world.org.faults.add(faults.limit_header(header), times=None)
        report = syncing(world.program, org, store)
        assert org.usage == (9000, 10_000)
    assert [type(one) for one in report.errors] == [LimitReached]


@pytest.mark.parametrize("minutes", [-3, 3])
def test_p9_an_org_whose_clock_is_not_ours_loses_nothing(minutes: int) -> None:
    """The org's clock runs on, minutes away from that of this machine, and no overlap hides what would slip."""
    sample, store = SampleOrg(Clock(timedelta(minutes=minutes))), MemoryStore()
    program = make_program({"trigger": "update", "when": [{"NextStep": {"isChanged": True}}]}, starts="2026-01-01")
    options = {"overlap_seconds": 0, "lag_seconds": 1300, "replication_seconds": 0}
    values = {"StageName": "Prospecting", "CloseDate": "2026-03-01"}
    record, other = (sample.create("Opportunity", values, Name=name) for name in ("One", "Other"))
    with connected(sample) as org:
        syncing(program, org, store, **options)
        late = sample.begin()
        late.update(other, NextStep="late")
        for step in range(3):
            sample.update(record, NextStep=f"step {step}")
            report = syncing(program, org, store, **options)
            assert (report.errors, report.run.changes) == ([], 1)
        covered = read_cursor(store.position(Stream(sample.id, "Opportunity").feed) or "").covered
        assert covered <= to_micros(late.started)
        late.commit()
        assert syncing(program, org, store, **options).run.changes == 1
    edits = {one.seq: one.new["NextStep"] for one in changes_of(store) if one.id == record and one.kind == "update"}
    assert [edits[seq] for seq in sorted(edits)] == ["step 0", "step 1", "step 2"]


# --- applying


@pytest.mark.parametrize("after", range(12))
def test_p61_dying_in_the_middle_of_any_commit_leaves_all_or_nothing_of_it(after: int) -> None:
    world = filled(4, page_size=2)
    world.make(DEAL, 0)
    for number in range(5):
        world.edit(number, 1)
    world.wait(400)
    world.sync_and_die_writing(after)
    check_doctor(world)
    world.settle()
    assert told(change for _logged, change in world.store.changes()) == told(world.observer.changes())
    assert report_on(world.sync()).changes == 0
    check_proofs(world)


@pytest.mark.parametrize(
    "nonsense", [{"LastModifiedDate": "yesterday"}, {"SystemModstamp": None}, {"OwnerId": 7}, {"CreatedDate": ""}]
)
def test_p63_a_row_of_nonsense_is_put_aside_and_brought_by_the_sweep_once_it_can_be_read(
    nonsense: dict[str, Any],
) -> None:
    world = sweeping(3)
    ask, spoiled = world.direct.query, world.records[0][1]

    def spoil(row: Mapping[str, Any]) -> Mapping[str, Any]:
        if row.get("Id") != spoiled or "LastModifiedDate" not in row:
            return row
        return {**row, **nonsense}

    def answer(soql: str, *, deleted: bool = True) -> QueryPage:
        page = ask(soql, deleted=deleted)
        return page._replace(records=[spoil(row) for row in page.records])

    world.direct.query = answer  # type: ignore[method-assign]  # an org that answers nonsense
    world.edit(0, 1)
    world.edit(1, 1)
    world.wait(400)
    covered = cursor_of(world).covered
    report = report_on(world.sync())
    assert (report.rejected, report.changes) == (1, 1)
    (row,) = world.store.rejected()
    assert spoiled in row.raw
    assert cursor_of(world).covered > covered
    assert kinds(world, spoiled) == []

    world.wait(400)
    world.sync()
    assert len(world.store.rejected()) == 1

    world.direct.query = ask  # type: ignore[method-assign]  # as above
    world.wait(DAY)
    assert report_on(world.sync()).repaired == 1
    assert kinds(world, spoiled) == ["update"]
    assert points(world, spoiled) == 5
    check_proofs(world)


def test_p40_the_daily_limit_ends_a_sync_with_the_watermark_where_it_was() -> None:
    untouched = filled(6, page_size=2)
    for number in range(6):
        untouched.edit(number, 1)
    untouched.wait(400)
    before = untouched.direct.calls
    untouched.sync()
    calls = untouched.direct.calls - before
    stopped_before_the_end = 0
    for after in range(calls):
        world = filled(6, page_size=2)
        for number in range(6):
            world.edit(number, 1)
        world.wait(400)
        covered = cursor_of(world).covered
        left = [after]

        def limit(call: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0 and call != "describe":
                raise LimitReached("TotalRequests Limit exceeded.")

        world.direct.before = limit
        report = world.sync()
        assert [type(one) for one in report.errors] in ([LimitReached], [])
        opportunity = [one for one in report.objects if one.object == "Opportunity"]
        if opportunity and opportunity[0].changes < 6:
            stopped_before_the_end += 1
            assert cursor_of(world).covered == covered
        world.direct.before = lambda _call: None
        assert report_on(world.sync()).error is None
        assert len(world.logged()) == 6
        check_proofs(world)
    assert stopped_before_the_end >= 3


def test_p64_a_change_there_and_back_and_there_is_three_changes() -> None:
    world = filled()
    for state in (2, 1, 2):
        world.edit(0, state)
        world.wait(400)
        world.sync()
    assert kinds(world, last_of(world)) == ["update"] * 3
    assert points(world, last_of(world)) == 15
    check_proofs(world)
