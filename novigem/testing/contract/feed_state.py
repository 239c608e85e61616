"""What every store keeps for feeds out of Salesforce: copies of records, sweeps, leases, positions and reports."""
# ruff: noqa: S101, PLR2004 - tests: asserts are their point, and expected figures are literal

from collections.abc import Sequence

import msgspec

from novigem.engine.engine import Engine
from novigem.errors import LeaseLost
from novigem.feed.source import Page, Rejected
from novigem.ledger.store import Store, StoredProgram
from novigem.model.change import Change
from novigem.model.snapshot import Lease, Snapshot, Stream
from novigem.testing.builders import make_change, make_id, make_person, make_program
from novigem.testing.contract.samples import MONDAY, STREAM, refused, sample_entry, sample_snapshot, undone

FEED = STREAM.feed
#: Seconds of a lease that lasts longer than any test, and of one that has run out when it is taken.
LONG, OVER = 3600.0, -3600.0


def _save(store: Store, *snapshots: Snapshot, stream: Stream = STREAM) -> None:
    with store.begin(lock=False) as transaction:
        transaction.save_snapshots(stream, snapshots)


def _mark(store: Store, sweep: int, *numbers: int) -> None:
    with store.begin(lock=False) as transaction:
        transaction.mark_seen(STREAM, [make_id("006", number) for number in numbers], sweep)


def _keep(store: Store, lease: Lease, seconds: float = LONG) -> None:
    with store.begin(lock=False) as transaction:
        transaction.keep_lease(lease, seconds)


def _take(store: Store, owner: str, seconds: float = LONG, *, name: str = FEED) -> Lease:
    lease = store.acquire_lease(name, owner, seconds)
    assert lease is not None
    return lease


class FeedStateContract:
    """The part of `StoreContract` about feeds that compare records with copies of their own."""

    #: How many rows go in at once: more than any limit on parameters.
    many = 10_000

    def test_copies_of_records_come_back_as_they_went_in(self, store: Store) -> None:
        """Every field, of every state, and in order of the ids whatever order they went in."""
        largest = 2**63 - 1
        text = '{"Name":"Zoë 🚀 \'%_\\\\","Note":"\\u0000"}'
        copies = [
            sample_snapshot(3, values=text, rev=largest, stamp=largest, modified=-largest, read=largest),
            sample_snapshot(1, state="deleted", missing=2),
            sample_snapshot(2, state="purged", rev=0),
        ]
        _save(store, *copies)
        assert store.snapshots(STREAM, [one.id for one in copies]) == {one.id: one for one in copies}
        assert list(store.every_snapshot(STREAM)) == [copies[1], copies[2], copies[0]]
        assert store.snapshot_count(STREAM) == 1

    def test_a_copy_is_written_over_by_a_later_one(self, store: Store) -> None:
        """All of it but the sweep that found it; others stay, and nothing asked for gives nothing."""
        _save(store, sample_snapshot(1), sample_snapshot(2))
        newer = sample_snapshot(1, values="{}", rev=4, stamp=1, modified=2, state="deleted", read=8, missing=1)
        _save(store, newer)
        _save(store)
        assert list(store.every_snapshot(STREAM)) == [newer, sample_snapshot(2)]
        assert store.snapshots(STREAM, []) == {}
        assert store.snapshots(STREAM, [make_id("006", 9)]) == {}

    def test_orgs_and_objects_are_kept_apart(self, store: Store) -> None:
        """The copy of a sandbox holds the same ids as the org that it was made from."""
        others = [Stream(make_id("00D", 2), STREAM.object), Stream(STREAM.org, "Lead")]
        _save(store, sample_snapshot(1))
        for rev, stream in enumerate(others, start=10):
            assert list(store.every_snapshot(stream)) == []
            _save(store, sample_snapshot(1, rev=rev), stream=stream)
        _mark(store, 1, 1)
        assert list(store.every_snapshot(STREAM)) == [sample_snapshot(1)]
        assert [store.snapshots(stream, [make_id("006", 1)])[make_id("006", 1)].rev for stream in others] == [10, 11]
        assert [store.snapshot_count(stream) for stream in (STREAM, *others)] == [1, 1, 1]
        assert [len(list(store.not_seen(stream, 1))) for stream in (STREAM, *others)] == [0, 1, 1]

    def test_many_copies_go_in_and_come_out_at_once(self, store: Store) -> None:
        """Writing, marking and reading have no limit of their own."""
        copies = [sample_snapshot(number) for number in range(self.many)]
        _save(store, *copies)
        _mark(store, 4, *range(1, self.many))
        assert list(store.every_snapshot(STREAM)) == copies
        assert store.snapshots(STREAM, [one.id for one in copies]) == {one.id: one for one in copies}
        assert list(store.not_seen(STREAM, 4)) == [copies[0]]
        assert list(store.not_seen(STREAM, 5)) == copies

    def test_a_sweep_tells_which_records_it_did_not_find(self, store: Store) -> None:
        """Live and deleted ones, not those gone for good; a record without a copy is passed over."""
        _save(store, *(sample_snapshot(number) for number in (4, 1, 2)), sample_snapshot(3, state="deleted"))
        _save(store, sample_snapshot(5, state="purged"))
        _mark(store, 1, 2, 9)
        assert _numbers(store, 1) == [1, 3, 4]
        _mark(store, 2, 1, 3, 4)
        assert _numbers(store, 2) == [2]
        assert _numbers(store, 1) == []
        assert store.snapshots(STREAM, [make_id("006", 9)]) == {}

    def test_a_record_that_is_found_again_is_not_missing_any_more(self, store: Store) -> None:
        """One that is not found keeps its count."""
        _save(store, sample_snapshot(1, missing=2), sample_snapshot(2, missing=1))
        _mark(store, 1, 1)
        assert list(store.every_snapshot(STREAM)) == [sample_snapshot(1), sample_snapshot(2, missing=1)]

    def test_a_new_copy_of_a_record_does_not_forget_the_sweep_that_found_it(self, store: Store) -> None:
        """Records are read while a sweep goes on; one that is new was found by none."""
        _save(store, sample_snapshot(1), sample_snapshot(2))
        _mark(store, 3, 1)
        _save(store, sample_snapshot(1, rev=9), sample_snapshot(3))
        assert _numbers(store, 3) == [2, 3]

    def test_whoever_walks_through_copies_may_write_on_the_way(self, store: Store) -> None:
        """As a sweep does that counts how often a record was missed."""
        _save(store, *(sample_snapshot(number) for number in range(5)))
        for one in store.not_seen(STREAM, 1):
            _save(store, msgspec.structs.replace(one, missing=one.missing + 1))
        assert [one.missing for one in store.every_snapshot(STREAM)] == [1] * 5

    def test_positions_are_read_by_name_and_by_the_beginning_of_names(self, store: Store) -> None:
        """In order of the names; large and small letters differ, and no character is a wildcard."""
        assert store.position("a/1") is None
        assert store.positions("") == {}
        names = ["b%", "a_/2", "A/3", "a/2", "a/1", "b"]
        with store.begin(lock=False) as transaction:
            for name in names:
                transaction.save_position(name, f"at {name}")
        assert store.position("a/1") == "at a/1"
        assert list(store.positions("a/").items()) == [("a/1", "at a/1"), ("a/2", "at a/2")]
        assert list(store.positions("a_")) == ["a_/2"]
        assert list(store.positions("b%")) == ["b%"]
        assert list(store.positions("")) == sorted(names)

    def test_the_latest_report_of_each_feed_is_kept(self, store: Store) -> None:
        """In order of the feeds' names."""
        assert store.reports() == {}
        with store.begin(lock=False) as transaction:
            transaction.save_report("b", '{"n": 1}')
            transaction.save_report("a", '{"who": "Zoë 🚀"}')
        with store.begin(lock=False) as transaction:
            transaction.save_report("b", '{"n": 2}')
        assert list(store.reports().items()) == [("a", '{"who": "Zoë 🚀"}'), ("b", '{"n": 2}')]

    def test_the_version_taken_last_is_in_use(self, store: Store) -> None:
        """Also one that comes back after another; an unknown program has none."""
        used = []
        for version in ("v1", "v2", "v1"):
            with store.begin() as transaction:
                transaction.save_program(StoredProgram("program", version, "text", MONDAY))
                used.append(transaction.program_in_use("program"))
                assert transaction.program_in_use("other") is None
        assert used == ["v1", "v2", "v1"]

    def test_a_transaction_may_take_the_lock_late_and_more_than_once(self, store: Store) -> None:
        """What was written before it commits with what came after, or goes with it."""
        with store.begin(lock=False) as transaction:
            transaction.save_position(FEED, "1")
            transaction.lock()
            transaction.append([sample_entry(1)])
            transaction.lock()
        with undone(store) as transaction:
            transaction.lock()
            transaction.append([sample_entry(2)])
        assert (store.position(FEED), store.entry_count()) == ("1", 1)

    def test_one_owner_at_a_time_holds_a_lease(self, store: Store) -> None:
        """The owner may take it again and stays the same holder; other names are other leases."""
        first = _take(store, "one")
        assert store.acquire_lease(FEED, "two", LONG) is None
        again = _take(store, "one", 2 * LONG)
        assert (again.name, again.owner, again.fence) == (FEED, "one", first.fence)
        assert again.until > first.until
        other = _take(store, "two", name="another feed")
        assert store.leases() == sorted([again, other])

    def test_a_lease_given_back_is_free_and_its_fence_goes_on(self, store: Store) -> None:
        """Whoever takes it next is a new holder, the same owner too; giving back twice is no error."""
        fences = []
        for owner in ("one", "two", "two"):
            lease = _take(store, owner)
            fences.append(lease.fence)
            store.release_lease(lease)
            store.release_lease(lease)
            assert store.leases() == []
            with refused(LeaseLost):
                _keep(store, lease)
        assert fences == [fences[0], fences[0] + 1, fences[0] + 2]

    def test_a_lease_is_not_given_back_by_others(self, store: Store) -> None:
        """Nor by its owner of another time."""
        old = _take(store, "one", OVER)
        new = _take(store, "one")
        store.release_lease(new._replace(owner="two"))
        store.release_lease(new._replace(name="another feed"))
        store.release_lease(old)
        assert store.leases() == [new]

    def test_a_lease_that_has_run_out_may_be_taken(self, store: Store) -> None:
        """The fence grows, and whoever held it before is told that it is lost."""
        old = _take(store, "one", OVER)
        assert store.leases() == []
        new = _take(store, "two")
        assert new.fence == old.fence + 1
        with refused(LeaseLost):
            _keep(store, old)
        _keep(store, new)
        assert [one.owner for one in store.leases()] == ["two"]

    def test_a_lease_that_has_run_out_and_nobody_took_is_good_to_keep(self, store: Store) -> None:
        """A pause of the process is no loss as long as nobody else began."""
        lease = _take(store, "one", OVER)
        _keep(store, lease)
        assert store.acquire_lease(FEED, "two", LONG) is None
        assert [one[:3] for one in store.leases()] == [lease[:3]]

    def test_a_lease_of_nobody_cannot_be_kept(self, store: Store) -> None:
        """A lease is taken before it is kept."""
        with refused(LeaseLost):
            _keep(store, Lease(FEED, "one", 1, 0))
        assert store.leases() == []

    def test_what_a_failed_transaction_did_for_a_feed_is_undone(self, store: Store) -> None:
        """Copies, marks, report, position, and the lease that it kept."""
        lease = _take(store, "one")
        _save(store, sample_snapshot(1, missing=1))
        with undone(store) as transaction:
            transaction.keep_lease(lease, 2 * LONG)
            transaction.save_snapshots(STREAM, [sample_snapshot(1, rev=8), sample_snapshot(2)])
            transaction.mark_seen(STREAM, [make_id("006", 1)], 5)
            transaction.save_report(FEED, "{}")
            transaction.save_position(FEED, "5")
        assert list(store.every_snapshot(STREAM)) == [sample_snapshot(1, missing=1)]
        assert _numbers(store, 5) == [1]
        assert (store.reports(), store.position(FEED), store.leases()) == ({}, None, [lease])

    def test_the_engine_commits_a_page_with_its_copies_and_its_position(self, store: Store) -> None:
        """Whether the page pays or not, and keeps the lease for the time of the next."""
        lease = _take(store, "one", 1.0)
        engine = Engine(store, [make_program()])
        pages = [_page(lease, 1, [make_change("update", old=None)]), _page(lease, 2, [make_change(record=2)])]
        reports = [engine.apply(page, feed=FEED) for page in pages]
        assert [(one.new_changes, one.points) for one in reports] == [(1, 0), (1, 10)]
        assert [one.rev for one in store.every_snapshot(STREAM)] == [1, 2]
        assert store.position(FEED) == "2"
        assert [one.version for one in store.programs()] == [make_program().version]
        (kept,) = store.leases()
        assert kept.until > lease.until

    def test_an_owner_that_lost_its_lease_commits_nothing(self, store: Store) -> None:
        """Not one row of a page that it began before another took over."""
        lease = _take(store, "one", OVER)
        engine = Engine(store, [make_program()])
        engine.apply(_page(lease, 1, [make_change(record=1)])._replace(lease=None), feed=FEED)
        new = _take(store, "two")
        with refused(LeaseLost):
            engine.apply(_page(lease, 2, [make_change(record=2)]), feed=FEED)
        engine.apply(_page(new, 3, [make_change(record=3)]), feed=FEED)
        assert [one.rev for one in store.every_snapshot(STREAM)] == [1, 3]
        assert [change.id for _logged, change in store.changes()] == [make_id("006", 1), make_id("006", 3)]
        assert [one.place for one in store.rejected()] == ["row 1", "row 3"]
        assert [one.id for one in store.everybody()] == [make_id("005", 1), make_id("005", 3)]
        assert (store.entry_count(), store.position(FEED)) == (2, "3")

    def test_a_page_that_pays_nothing_takes_its_program_into_use(self, store: Store) -> None:
        """And one of the same version writes nothing about programs."""
        for name in ("One", "Two", "Two", "One"):
            Engine(store, [make_program(name=name)]).apply([])
            newest = store.programs()[-1]
            assert newest.version == make_program(name=name).version
        assert len(store.programs()) == 2


def _page(lease: Lease, number: int, changes: Sequence[Change]) -> Page:
    return Page(
        changes,
        people=[make_person(number)],
        rejected=[Rejected(f"row {number}", "why", "raw")],
        position=str(number),
        snapshots=[sample_snapshot(number, rev=number)],
        stream=STREAM,
        lease=lease,
    )


def _numbers(store: Store, sweep: int) -> list[int]:
    by_id = {make_id("006", number): number for number in range(10)}
    return [by_id[one.id] for one in store.not_seen(STREAM, sweep)]
