"""One run after another: what each ending means for the next run, the log, the figures and the health."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from threading import Event
from typing import Any

import pytest

from novigem.engine.report import RunReport
from novigem.errors import (
    FeedError,
    LeaseLost,
    LimitReached,
    NovigemError,
    OrgError,
    OrgUnavailable,
    SchemaError,
    SessionError,
    StoreError,
)
from novigem.feed.salesforce.org import Usage
from novigem.feed.source import Page
from novigem.sync.report import ObjectReport, SyncReport
from novigem.sync.service.logs import logging_to
from novigem.sync.service.rounds import FIRST_WAIT, LONGEST_WAIT, Rounds, Surroundings
from novigem.testing.contract.samples import sample_closing

DOWN = OrgUnavailable("no whole answer", hint="later")
HALF_PAST = 10_000_000 * 3600 + 1800.0


class Org:
    """The little that rounds ask of an org themselves."""

    id = "00Dxx0000001gPLEAY"

    def __init__(self) -> None:
        self.calls = 0
        self.usage: Usage | None = Usage(10, 1000)
        self.is_closed = False


def done(*objects: ObjectReport, errors: tuple[NovigemError, ...] = ()) -> SyncReport:
    report = SyncReport(Org.id)
    report.objects = list(objects) or [deals()]
    report.errors = list(errors)
    return report


def deals(**figures: Any) -> ObjectReport:
    return ObjectReport("Opportunity", started=0, **figures)


class Played:
    """Rounds over runs that are laid out: a report that is given, or an error that is raised."""

    def __init__(self, *runs: SyncReport | NovigemError | Callable[[Any], SyncReport], every: float = 300) -> None:
        self.org, self.runs = Org(), list(runs)
        self.connects: list[NovigemError | None] = []
        self.connected = 0
        self.now, self.stop, self.out = 1000.0, Event(), StringIO()
        log = logging.getLogger("novigem.sync")
        around = Surroundings(log, self.stop, lambda: self.now, lambda: HALF_PAST, lambda low, high: (low + high) / 2)
        self.rounds = Rounds(self._connect, self._new_sync, every=every, share=0.8, around=around)

    def _connect(self) -> Any:
        self.connected += 1
        if self.connects and (error := self.connects.pop(0)) is not None:
            raise error
        return self._connection()

    @contextmanager
    def _connection(self) -> Iterator[Org]:
        yield self.org
        self.org.is_closed = True

    def _new_sync(self, org: Any, observer: Any) -> Any:
        played = self

        class Sync:
            def run(self) -> SyncReport:
                org.calls += 7
                played.now += 2
                one = played.runs.pop(0)
                if isinstance(one, NovigemError):
                    raise one
                return one(observer) if callable(one) else one

        return Sync()

    def play(self, count: int = 1) -> list[float | None]:
        with logging_to(self.out, "json"):
            return [self.rounds() for _ in range(count)]

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]

    def figure(self, line: str) -> str:
        text = self.rounds.figures.text().decode()
        return next(one.rpartition(" ")[2] for one in text.splitlines() if one.startswith(line))


def test_a_run_that_ends_well_leaves_the_next_to_its_time_and_is_one_line() -> None:
    played = Played(done(deals(rows=9, changes=3, entries=2, unknown=1, rejected=1, calls=7, lag_seconds=60.4)))
    assert played.play() == [None]
    (line,) = played.log
    assert (line["run"], line["outcome"], line["took_seconds"], line["level"]) == (1, "done", 2, "info")
    assert (line["changes"], line["entries"], line["unknown"], line["rejected"], line["calls"]) == (3, 2, 1, 1, 7)
    assert line["objects"]["Opportunity"]["lag_seconds"] == 60
    assert "error" not in line


def test_outages_are_waited_out_longer_each_time_and_up_to_a_quarter_of_an_hour() -> None:
    played = Played(*[DOWN] * 7)
    assert played.play(7) == [30, 60, 120, 240, 480, 900, 900]


def test_the_wait_is_spread_so_that_many_syncs_do_not_come_back_at_once() -> None:
    spans: list[tuple[float, float]] = []
    around = Surroundings(logging.getLogger("novigem.sync"), uniform=lambda low, high: spans.append((low, high)) or low)
    played = Played()
    played.connects = [DOWN]
    rounds = Rounds(played._connect, played._new_sync, every=300, share=0.8, around=around)
    assert rounds() == FIRST_WAIT * 0.75
    assert spans == [(0.75, 1.25)]


def test_a_run_that_ends_well_begins_the_waiting_anew() -> None:
    played = Played(DOWN, DOWN, done(), DOWN)
    assert played.play(4) == [30, 60, None, 30]


def test_an_error_is_told_once_and_again_after_it_was_gone_or_is_another() -> None:
    other = StoreError("the database is away")
    played = Played(DOWN, DOWN, other, DOWN, done(), DOWN)
    played.play(6)
    assert [line.get("error") for line in played.log] == [
        "no whole answer", None, "the database is away", "no whole answer", None, "no whole answer",
    ]  # fmt: skip
    assert [line["outcome"] for line in played.log] == ["failed"] * 4 + ["done", "failed"]
    assert "trace" not in played.out.getvalue()


@pytest.mark.parametrize("error", [DOWN, StoreError("away"), FeedError("a position nobody reads")])
def test_what_may_mend_does_not_end_the_process(error: NovigemError) -> None:
    assert Played(error).play() == [FIRST_WAIT]
    assert Played(done(errors=(error,))).play() == [FIRST_WAIT]


@pytest.mark.parametrize("error", [OrgError("a field"), SessionError("signed out"), SchemaError("newer")])
def test_what_no_later_run_would_mend_ends_the_process_and_is_told(error: NovigemError) -> None:
    for run in (error, done(errors=(DOWN, error))):
        played = Played(run)
        with pytest.raises(type(error)):
            played.play()
        assert [(line["level"], line["outcome"], line["error"]) for line in played.log] == [
            ("error", "ended", error.message)
        ]


def test_at_the_limit_the_next_hour_is_waited_for() -> None:
    played = Played(LimitReached("used up"))
    assert played.play() == [1800 + 30]
    assert played.log[0]["outcome"] == "limit"


def test_an_outage_while_connecting_is_waited_out_and_the_connection_is_kept_then() -> None:
    played = Played(done(), done())
    played.connects = [DOWN, None]
    assert played.play(3) == [30, None, None]
    assert played.connected == 2
    played.rounds.close()
    assert played.org.is_closed


def test_a_wrong_secret_ends_the_process_at_the_first_log_in() -> None:
    played = Played()
    played.connects = [OrgError("invalid_client")]
    with pytest.raises(OrgError):
        played.play()
    assert played.connected == 1


def test_another_process_at_work_is_no_trouble() -> None:
    people = ObjectReport("User", started=0)
    played = Played(done(people, deals(held_by="host/1/a")), LeaseLost("taken over"), every=10)
    assert played.play(2) == [None, None]
    assert [line["outcome"] for line in played.log] == ["held", "held"]
    assert played.log[0]["objects"]["Opportunity"]["held_by"] == "host/1/a"
    assert {line["level"] for line in played.log} == {"info"}
    assert played.rounds.health.look().is_well
    assert played.figure('novigem_sync_held_elsewhere{object="Opportunity"}') == "1.0"


def test_what_is_read_of_some_objects_counts_though_another_process_keeps_the_rest() -> None:
    played = Played(done(deals(held_by="host/1/a"), ObjectReport("Task", started=0, changes=2)))
    played.play()
    assert (played.log[0]["outcome"], played.log[0]["changes"]) == ("done", 2)


def test_whoever_waits_for_the_org_when_the_process_is_stopped_is_no_failure() -> None:
    played = Played(done(errors=(DOWN,)))
    played.stop.set()
    assert played.play() == [None]
    assert (played.log[0]["outcome"], "error" in played.log[0]) == ("stopped", True)


def test_what_was_committed_before_the_database_failed_is_counted() -> None:
    def run(observer: Any) -> SyncReport:
        told = deals()
        run_report = RunReport(changes=4, entries=2)
        told.add(run_report)
        observer(told, Page(()))
        raise StoreError("away")

    played = Played(run)
    assert played.play() == [FIRST_WAIT]
    assert (played.log[0]["changes"], played.log[0]["entries"]) == (4, 2)
    assert played.figure('novigem_sync_changes_total{object="Opportunity"}') == "4.0"


def test_an_alarm_is_told_once_and_again_when_it_comes_back() -> None:
    hidden = deals(alarms=["a field is hidden"])
    played = Played(done(hidden), done(hidden), DOWN, done(hidden), done(), done(hidden))
    played.play(6)
    alarms = [(line["level"], line["alarm"]) for line in played.log if line["message"] == "alarm"]
    assert alarms == [("warning", "a field is hidden")] * 2


def test_a_schedule_that_would_use_up_the_share_is_told_once() -> None:
    # Seven calls every 10 seconds are 60,480 a day.
    played = Played(*[done() for _ in range(6)], every=10)
    played.play(6)
    (hint,) = [line for line in played.log if line["message"] == "too often"]
    assert (hint["calls_a_day"], hint["allowed"], hint["level"]) == (60480, 1000, "warning")
    modest = Played(*[done() for _ in range(6)], every=3600)
    modest.play(6)
    assert [line for line in modest.log if line["message"] == "too often"] == []


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    def run(observer: Any) -> SyncReport:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Played(run).play()


def test_the_sync_is_well_until_three_intervals_pass_without_a_sign_of_life() -> None:
    played = Played(done(), DOWN, DOWN, done(), every=100)
    played.play(2)
    assert played.rounds.health.look().is_well
    played.now += 299
    assert not played.rounds.health.look().is_well
    assert played.rounds.health.look().reason == "no whole answer"
    played.play(2)
    assert played.rounds.health.look() == (True, None, 0)


def test_a_long_first_read_that_commits_pages_is_alive() -> None:
    def run(observer: Any) -> SyncReport:
        for _ in range(5):
            played.now += 200
            observer(deals(), Page(()))
            assert played.rounds.health.look().is_well
        return done()

    played = Played(run, every=100)
    played.play()


def test_the_longest_wait_is_a_quarter_of_an_hour() -> None:
    played = Played(*[DOWN] * 40)
    assert max(one or 0 for one in played.play(40)) == LONGEST_WAIT == 900


def test_what_became_final_after_a_run_is_a_line_of_its_own() -> None:
    report = done(deals())
    report.closed = [sample_closing(1)]
    played = Played(report)
    played.play()
    run, closed = played.log
    assert (run["message"], closed["message"], closed["board"]) == ("sync", "closed", "board")
    assert (closed["period"], closed["digest"]) == ("week:2026-01-01", sample_closing(1).digest)
