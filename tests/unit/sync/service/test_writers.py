"""Writers: one is named only where the notices leave no doubt."""

from datetime import UTC, datetime, timedelta

import pytest

from novigem.feed.cdc.notice import Kind, Notice
from novigem.model.change import Change
from novigem.sync.service.writers import Writers
from novigem.testing import make_change, make_id

ANN, BEN = make_id("005", 1), make_id("005", 2)
DEAL = make_id("006", 1)
AT = datetime(2026, 1, 7, 12, tzinfo=UTC)


def notice(user: str | None = ANN, *, kind: Kind | None = "update", seconds: float = 1, record: str = DEAL) -> Notice:
    return Notice("/data/ChangeEvents", "Opportunity", (record,), kind, user, AT + timedelta(seconds=seconds))


def confirmed(*notices: Notice, change: Change | None = None) -> Change:
    writers = Writers()
    for one in notices:
        writers.note(one)
    return writers.confirm(change or make_change("update", at=AT, by=BEN, old={"StageName": "A"}, StageName="B"))


def test_one_writer_in_all_notices_is_the_writer() -> None:
    told = confirmed(notice(), notice(seconds=30))

    assert (told.by, told.confidence) == (ANN, "exact")


def test_two_writers_leave_the_last_writer_as_the_poll_saw_it() -> None:
    told = confirmed(notice(ANN), notice(BEN))

    assert (told.by, told.confidence) == (BEN, None)


@pytest.mark.parametrize(
    "other",
    [
        notice(seconds=-2),
        notice(seconds=3600),
        notice(kind="delete"),
        notice(record=make_id("006", 2)),
        notice(None),
        notice()._replace(at=None),
    ],
)
def test_a_notice_of_something_else_confirms_nothing(other: Notice) -> None:
    assert confirmed(other).by == BEN


def test_a_delete_that_nobody_was_known_for_gets_its_author() -> None:
    told = confirmed(notice(kind="delete"), change=make_change("delete", at=AT))

    assert (told.by, told.confidence) == (ANN, "exact")


def test_the_loser_of_a_merge_is_deleted_by_whoever_merged() -> None:
    assert confirmed(notice(kind="delete"), change=make_change("merge", at=AT)).by == ANN


def test_what_the_org_did_by_itself_gets_no_author() -> None:
    assert confirmed(notice(), change=make_change("system_update", at=AT, old={"StageName": "A"})).by is None


def test_memory_stays_bounded() -> None:
    writers = Writers(most_records=2)
    for number in range(5):
        writers.note(notice(record=make_id("006", number)))

    assert writers.confirm(make_change("update", record=make_id("006", 0), at=AT, by=BEN, old={})).by == BEN
    assert writers.confirm(make_change("update", record=make_id("006", 4), at=AT, by=BEN, old={})).by == ANN


def test_what_several_people_did_between_two_polls_has_no_one_writer() -> None:
    told = confirmed(notice(ANN, seconds=-1200), notice(BEN))

    assert (told.by, told.confidence) == (BEN, None)
    assert confirmed(notice(ANN, seconds=-1200), notice(ANN)).confidence == "exact"


def test_what_a_sync_has_told_no_longer_counts() -> None:
    writers = Writers()
    writers.note(notice(ANN, seconds=-1200))
    mark = writers.mark()
    writers.note(notice(BEN))
    writers.forget(mark)

    told = writers.confirm(make_change("update", at=AT, by=BEN, old={}, StageName="B"))

    assert (told.by, told.confidence) == (BEN, "exact")


@pytest.mark.parametrize("lost", ["Opportunity", None])
def test_where_notices_were_lost_no_writer_is_sure_until_the_next_whole_sync(lost: str | None) -> None:
    writers = Writers()
    writers.note(Notice("/data/ChangeEvents", lost, resync=True))
    writers.note(notice(BEN))
    change = make_change("update", at=AT, by=BEN, old={}, StageName="B")

    assert writers.confirm(change).confidence is None
    mark = writers.mark()
    writers.note(notice(BEN))
    writers.forget(mark)
    assert writers.confirm(change).confidence == "exact"


def test_notices_lost_of_another_object_take_nothing_away() -> None:
    assert confirmed(Notice("/data/ChangeEvents", "Lead", resync=True), notice()).confidence == "exact"
