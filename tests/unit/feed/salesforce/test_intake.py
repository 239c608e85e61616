"""What a page makes of copies of records that the org has no more."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from novigem.feed.salesforce.cursor import ObjectCursor
from novigem.feed.salesforce.intake import Intake, PollOptions, Tally
from novigem.feed.source import Page
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import to_micros
from novigem.model.snapshot import RecordState, Snapshot
from tests.unit.feed.salesforce.rows import DEAL, PLAIN, SECOND, START

SEEN, GONE = START + 10 * SECOND, START + 70 * SECOND
CURSOR = ObjectCursor(START, START, read=9, is_filled=True)


def kept(state: RecordState) -> Snapshot:
    return Snapshot(DEAL, '{"StageName":"Won"}', rev=3, stamp=SEEN, modified=SEEN, state=state, read=4, missing=1)


def page_without(copy: Snapshot) -> tuple[Page, Tally]:
    org: Any = SimpleNamespace(id="00D000000000001AAA")
    intake = Intake(org, MemoryStore(), PLAIN, None, PollOptions(), Tally())
    return intake.page((), CURSOR, gone=[(copy, GONE)]), intake.tally


def test_a_live_record_that_is_no_more_is_deleted_by_nobody_with_its_last_values() -> None:
    page, _tally = page_without(kept("live"))
    (change,) = page.changes
    assert (change.object, change.id, change.kind, to_micros(change.at)) == ("Opportunity", DEAL, "delete", GONE)
    assert (change.new, change.old, change.by, change.seq) == ({"StageName": "Won"}, {}, None, 4)


@pytest.mark.parametrize("state", ["deleted", "purged"])
def test_a_record_that_was_deleted_before_is_not_deleted_again_when_it_is_no_more(state: RecordState) -> None:
    page, _tally = page_without(kept(state))
    assert page.changes == []


@pytest.mark.parametrize(("state", "rev"), [("live", 4), ("deleted", 3)])
def test_the_copy_of_what_is_no_more_is_kept_as_purged_and_counts_the_changes_told(
    state: RecordState, rev: int
) -> None:
    page, tally = page_without(kept(state))
    purged = msgspec.structs.replace(kept(state), state="purged", rev=rev, read=CURSOR.read, missing=0)
    assert page.snapshots == [purged]
    assert tally.purged == 1
