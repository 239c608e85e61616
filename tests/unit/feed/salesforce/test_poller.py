"""What is read when: cases that random histories meet too seldom."""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from novigem.errors import OrgUnavailable
from novigem.feed.salesforce.cursor import read_cursor
from novigem.feed.salesforce.intake import PollOptions
from novigem.feed.salesforce.org import QueryPage, QueryTooSlow
from novigem.model.change import Change, from_micros
from novigem.model.snapshot import Stream
from tests.bed.observer import told
from tests.bed.world import FAULTS, NOON, World


class SlowOrg:
    """Lets queries over windows that are too long fail, as a busy org does."""

    def __init__(self, world: World, longest: timedelta) -> None:
        self._ask = world.direct.query
        self._longest = longest
        self.refused = 0
        world.direct.query = self.query  # type: ignore[method-assign]  # this is what the test puts in between

    def query(self, soql: str, *, deleted: bool = True) -> QueryPage:
        if "FROM Opportunity WHERE SystemModstamp >=" in soql:
            start, end = (datetime.fromisoformat(soql.split(sign)[1][:20]) for sign in ("Modstamp >= ", "Modstamp < "))
            if end - start > self._longest:
                self.refused += 1
                raise QueryTooSlow("QUERY_TIMEOUT")
        return self._ask(soql, deleted=deleted)


def test_a_window_that_is_too_slow_is_halved_until_it_is_not() -> None:
    world = World()
    world.sync()
    for number in range(10):
        world.make(0, number % 3)
        world.wait(100)
    slow = SlowOrg(world, timedelta(seconds=200))

    report = world.sync()

    assert not report.errors
    assert slow.refused > 3
    world.settle()
    world.check_rest()
    assert len(world.logged()) == 10


def test_a_minute_that_is_too_slow_is_an_error_and_the_watermark_stays() -> None:
    world = World()
    world.sync()
    feed = Stream(world.org.id, "Opportunity").feed
    before = world.store.position(feed)
    world.make(0, 1)
    world.wait(300)
    SlowOrg(world, timedelta(0))

    report = world.sync()

    assert [type(one) for one in report.errors] == [QueryTooSlow]
    assert isinstance(report.errors[0], OrgUnavailable)
    assert read_cursor(world.store.position(feed)).covered == read_cursor(before).covered


def test_the_watermark_never_passes_a_transaction_that_is_still_open() -> None:
    world = World()
    world.make(0, 0)
    world.sync()
    world.wait(600)
    world.edit_late(0, 1)
    began = world.clock.now()
    for _ in range(3):
        world.wait(300)
        world.sync()

    cursor = read_cursor(world.store.position(Stream(world.org.id, "Opportunity").feed))

    assert from_micros(cursor.covered) <= began
    world.settle()
    world.check_rest()


def test_an_org_without_its_own_watermark_is_read_with_the_lag() -> None:
    world = World()
    world.sync()
    world.wait(5000)
    world.sync_with("window", 0)  # the first object's first replication call

    cursor = read_cursor(world.store.position(Stream(world.org.id, "Lead").feed))

    assert from_micros(cursor.covered) == NOON + timedelta(seconds=5000 - world.options.lag_seconds)


@pytest.mark.parametrize("bulk_above", [0, 1000])
def test_a_first_read_that_died_goes_on_and_takes_nothing_for_new(bulk_above: int) -> None:
    world = World(options=PollOptions(bulk_above=bulk_above))
    for number in range(20):
        world.make(0, number % 3)
    world.wait(5000)
    for after in (3, 6, 9):
        world.sync_with("crash", after)
    world.settle()

    assert len(world.snapshots("Opportunity")) == 20
    assert world.logged() == {}


def eventful(page_size: int) -> World:
    """Give a world in which a sync has something of every kind to read, on several pages."""
    world = World(page_size=page_size)
    for number in range(9):
        world.make(number, number % 3)
    world.sync()
    for number in range(9):
        world.edit(number, number + 1, user=number % 3)
        world.wait(20)
    world.remove(0)
    world.remove(1)
    world.purge(3)
    world.merge(2, 5)
    world.make(0, 1)
    world.make(1, 1)
    world.edit_late(4, 0)
    world.wait(400)
    world.restore(1)
    return world


def calls_and_commits() -> tuple[int, int]:
    """Count what an undisturbed sync of the eventful world does."""
    world = eventful(1)
    before, commits = world.direct.calls, []
    world.store.left = 10_000
    world.sync()
    commits = 10_000 - (world.store.left or 0)
    return world.direct.calls - before, commits


CALLS, COMMITS = calls_and_commits()


def at_rest(world: World) -> list[Change]:
    world.sync()
    world.wait(5000)
    world.settle()
    world.check_rest()
    changes = [one for _logged, one in world.store.changes()]
    assert told(changes) == told(world.observer.changes())
    return sorted(changes, key=lambda one: (one.id, one.seq))


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_whichever_call_fails_the_next_sync_goes_on_as_if_nothing_had_been(fault: str) -> None:
    undisturbed = eventful(1)
    undisturbed.sync()
    expected = at_rest(undisturbed)

    assert CALLS > 20
    for after in range(CALLS):
        world = eventful(1)
        world.sync_with(fault, after)
        assert at_rest(world) == expected, after


def test_whichever_commit_is_the_last_of_a_process_the_next_goes_on_as_if_nothing_had_been() -> None:
    undisturbed = eventful(1)
    undisturbed.sync()
    expected = at_rest(undisturbed)

    assert COMMITS > 20
    for after in range(COMMITS):
        world = eventful(1)
        world.sync_and_die_writing(after)
        assert at_rest(world) == expected, after


def test_a_field_that_is_taken_away_stops_itself_and_nothing_else_for_as_many_syncs_as_it_takes() -> None:
    world = World()
    for number in range(4):
        world.make(0, number)
    world.wait(60)
    world.sync()
    world.org.hide_field("Opportunity", "NextStep")
    for number in range(3):
        world.wait(400)
        world.edit(number, (number + 1) % 3)
        report = world.sync()
        assert not report.errors
        assert ["NextStep" in alarm for alarm in report.alarms] == [True]
    hidden = [one for changes in world.logged().values() for one in changes]
    world.org.show_field("Opportunity", "NextStep")
    world.wait(400)
    report = world.sync()

    assert [set(one.old or ()) for one in hidden] == [{"StageName"}] * 3
    assert not any("NextStep" in one.new for one in hidden), "out of sight is not empty"
    assert not list(report.alarms)
    assert sum(map(len, world.logged().values())) == 3, "coming back is no change"
    kept = {
        record: msgspec.json.decode(one.values)["NextStep"] for record, one in world.snapshots("Opportunity").items()
    }
    assert kept == {row["Id"]: row["NextStep"] for row in world.org.records("Opportunity")}


def test_a_copy_that_is_wrong_behind_the_watermark_is_put_right_by_reading_everything_anew() -> None:
    world = World()
    for _ in range(4):
        world.make(0, 0)
    world.wait(60)
    world.sync()
    world.wait(9000)
    world.sync()
    stream = Stream(world.org.id, "Opportunity")
    broken = next(world.store.every_snapshot(stream))
    with world.store.begin() as transaction:
        wrong = broken.values.replace("Prospecting", "Qualification")
        transaction.save_snapshots(stream, [msgspec.structs.replace(broken, values=wrong)])
    world.sync()
    assert world.logged() == {}
    world.options = replace(world.options, reread=True)
    world.sync()

    assert [one.new["StageName"] for one in world.logged()[broken.id]] == ["Prospecting"]
    world.check_rest()
