"""How far an org has been read for a closing: as far as the slowest of all that may still change its standings."""

import pytest

from novigem.engine.closing.waiting import feed_coverage
from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.ledger.memory.store import MemoryStore
from novigem.model.snapshot import Stream
from novigem.testing import make_id, make_program

PROGRAM = make_program({"object": "Opportunity"}, {"object": "Task"})
ONE, OTHER = make_id("00D", 1), make_id("00D", 2)


def coverage(*read: tuple[str, str, int, int]) -> dict[str, int | None]:
    """Give how far objects count as read; each row is an org, an object, and how far changes and deletions are read."""
    store = MemoryStore()
    with store.begin() as transaction:
        for org, name, covered, deletions in read:
            cursor = ObjectCursor(feed_start=0, covered=covered, deletions=deletions)
            transaction.save_position(Stream(org, name).feed, cursor.encode())
    return dict(feed_coverage(PROGRAM, store).covered)


@pytest.mark.parametrize(("covered", "deletions"), [(9, 5), (5, 9), (5, 5)])
def test_an_object_is_read_as_far_as_both_its_changes_and_its_deletions(covered: int, deletions: int) -> None:
    assert coverage((ONE, "Opportunity", covered, deletions), (ONE, "Task", 7, 7)) == {"Opportunity": 5, "Task": 7}


def test_where_deletions_are_not_asked_for_the_changes_alone_count() -> None:
    assert coverage((ONE, "Opportunity", 9, 0), (ONE, "Task", 7, 0)) == {"Opportunity": 9, "Task": 7}


@pytest.mark.parametrize(("first", "second"), [(9, 5), (5, 9)])
def test_of_two_orgs_the_slower_counts_for_each_object(first: int, second: int) -> None:
    read = ((ONE, "Opportunity", first, 0), (OTHER, "Opportunity", second, 0))
    assert coverage(*read, (ONE, "Task", 3, 0), (OTHER, "Task", 4, 0)) == {"Opportunity": 5, "Task": 3}


def test_deletions_of_one_org_hold_the_object_back_for_all_orgs() -> None:
    read = ((ONE, "Opportunity", 9, 4), (OTHER, "Opportunity", 8, 8), (ONE, "Task", 9, 9))
    assert coverage(*read) == {"Opportunity": 4, "Task": 9}


def test_an_object_that_was_not_read_is_awaited_and_one_that_is_not_watched_is_not() -> None:
    assert coverage((ONE, "Opportunity", 9, 9), (ONE, "Account", 1, 1)) == {"Opportunity": 9, "Task": None}


def test_where_nothing_is_read_from_an_org_nothing_is_awaited() -> None:
    assert coverage() == {}


def test_an_object_that_is_read_up_to_the_very_moment_is_not_lacking() -> None:
    store = MemoryStore()
    with store.begin() as transaction:
        transaction.save_position(Stream(ONE, "Task").feed, ObjectCursor(feed_start=0, covered=9, deletions=8).encode())
    found = feed_coverage(PROGRAM, store)
    assert (found.lacks(8), found.lacks(9)) == (("Opportunity",), ("Opportunity", "Task"))
