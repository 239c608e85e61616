"""`/updated` and `/deleted`: windows of whole minutes, how far back they reach, and what is covered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from novigem_sandbox.org import Clock, Refusal, SampleOrg
from novigem_sandbox.org.http import Request
from novigem_sandbox.org.routes.call import Call
from novigem_sandbox.org.routes.replication import deleted, updated

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
Get = Callable[..., requests.Response]


def window(start: timedelta, end: timedelta) -> dict[str, str]:
    return {"start": (NOON + start).isoformat(), "end": (NOON + end).isoformat()}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_seconds_are_cut_off_both_ends(org: SampleOrg, get: Get) -> None:
    org.clock.set(NOON + timedelta(seconds=45))
    early = org.create("Task")
    org.clock.set(NOON + minutes(5.2))
    org.create("Task")
    org.clock.set(NOON + minutes(10))
    answer = get("/sobjects/Task/updated/", **window(minutes(0.9), minutes(5.9))).json()
    assert answer == {"ids": [early], "latestDateCovered": "2026-01-05T12:05:00.000+0000"}


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [
        ("updated", minutes(-1), minutes(0)),
        ("updated", minutes(0), minutes(-5)),
        ("updated", timedelta(days=-31), minutes(0)),
        ("deleted", timedelta(days=-16), minutes(0)),
        # Cut to whole minutes, this window is a minute long.
        ("deleted", timedelta(seconds=-119), timedelta(seconds=-1)),
    ],
)
def test_a_window_that_does_not_fit_is_refused(get: Get, kind: str, start: timedelta, end: timedelta) -> None:
    answer = get(f"/sobjects/Task/{kind}/", **window(start, end))
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def test_updates_of_29_days_ago_are_still_told(org: SampleOrg, get: Get) -> None:
    (task,) = org.load("Task", [{"Subject": "x", "CreatedDate": NOON - timedelta(days=29)}])
    assert get("/sobjects/Task/updated", **window(timedelta(days=-30), minutes(0))).json()["ids"] == [task]


def test_covered_ends_where_the_oldest_open_transaction_begins(org: SampleOrg, get: Get) -> None:
    org.clock.set(NOON + timedelta(seconds=10))
    tx = org.begin()
    task = tx.create("Task")
    org.clock.set(NOON + minutes(6))
    shown = get("/sobjects/Task/updated/", **window(minutes(0), minutes(6))).json()
    assert shown == {"ids": [], "latestDateCovered": "2026-01-05T12:00:10.000+0000"}
    tx.commit()
    shown = get("/sobjects/Task/updated/", **window(minutes(0), minutes(6))).json()
    assert shown == {"ids": [task], "latestDateCovered": "2026-01-05T12:06:00.000+0000"}


def test_nothing_to_come_is_covered(get: Get) -> None:
    answer = get("/sobjects/Task/updated/", **window(minutes(-10), minutes(10))).json()
    assert answer["latestDateCovered"] == "2026-01-05T12:00:00.000+0000"


def test_deletes_are_told_though_the_record_is_back_or_purged(org: SampleOrg, get: Get) -> None:
    back, purged, hard = (org.create("Task") for _ in range(3))
    org.delete(back)
    org.delete(purged)
    org.undelete(back)
    org.purge([purged, hard])
    org.clock.set(NOON + minutes(5))
    answer = get("/sobjects/Task/deleted/", **window(minutes(0), minutes(5))).json()
    assert [one["id"] for one in answer["deletedRecords"]] == [back, purged, hard]
    assert answer["earliestDateAvailable"] == "2025-12-21T12:05:00.000+0000"
    assert get("/sobjects/Task/updated/", **window(minutes(0), minutes(5))).json()["ids"] == [back]


def test_a_trimmed_log_says_how_far_it_reaches(org: SampleOrg, get: Get) -> None:
    org.delete(org.create("Task"))
    org.clock.set(NOON + minutes(5))
    org.deletions_since = NOON + minutes(1)
    answer = get("/sobjects/Task/deleted/", **window(minutes(0), minutes(5))).json()
    assert (answer["deletedRecords"], answer["earliestDateAvailable"]) == ([], "2026-01-05T12:01:00.000+0000")


def test_too_many_ids_are_refused(org: SampleOrg, get: Get) -> None:
    org.most_replicated_ids = 1
    org.create("Task")
    org.create("Task")
    org.clock.set(NOON + minutes(5))
    answer = get("/sobjects/Task/updated/", **window(minutes(0), minutes(5)))
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 600), st.booleans()), max_size=8),
    st.integers(0, 600),
    st.integers(0, 600),
)
def test_windows_tell_what_a_loop_finds(steps: list[tuple[int, bool]], start: int, end: int) -> None:
    org = SampleOrg(Clock.at(NOON))
    alive, gone = set(), set()
    low, high = (NOON + timedelta(seconds=one - one % 60) for one in (start, end))
    for seconds, is_deleted in sorted(steps):
        org.clock.set(NOON + timedelta(seconds=seconds))
        task = org.create("Task")
        if is_deleted:
            org.delete(task)
        if low <= NOON + timedelta(seconds=seconds) < high:
            (gone if is_deleted else alive).add(task)
    org.clock.set(NOON + minutes(20))
    query = window(timedelta(seconds=start), timedelta(seconds=end))

    def ask(route: Any) -> Any:
        request = Request("GET", "/", {})
        request.__dict__["query"] = query
        return route(Call(org, request, "http://x", "62.0"), "Task")

    if high - low <= minutes(1):
        for route in (updated, deleted):
            with pytest.raises(Refusal):
                ask(route)
        return
    assert {one for one in alive if one.encode() in ask(updated).body} == alive
    assert not any(one.encode() in ask(updated).body for one in gone)
    assert {one for one in gone if one.encode() in ask(deleted).body} == gone
    assert ask(updated).body.count(b"00T") == len(alive)
    assert ask(deleted).body.count(b"00T") == len(gone)
