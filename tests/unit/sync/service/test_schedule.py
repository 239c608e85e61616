"""The scheduler: at once, at its times, never beside itself, and an end that waits for whoever is at work."""

import logging
from threading import Event, Lock, Thread

import pytest

from novigem.sync.service.schedule import Job, every, run_jobs

LOG = logging.getLogger("novigem.sync")
SOON = every(0.005)
MUCH_LATER = every(86_400)


def test_a_job_runs_at_once_and_then_at_its_times_until_it_is_stopped() -> None:
    stop, runs = Event(), []

    def run() -> None:
        runs.append(1)
        if len(runs) == 3:
            stop.set()

    run_jobs([Job("one", SOON, run, at_once=True)], stop, LOG)
    assert len(runs) == 3


def test_a_job_that_asks_for_another_time_runs_then() -> None:
    stop, runs = Event(), []

    def run() -> float | None:
        runs.append(1)
        if len(runs) == 4:
            stop.set()
        return 0.001

    # By its own trigger it would run once a day.
    run_jobs([Job("one", MUCH_LATER, run, at_once=True)], stop, LOG)
    assert len(runs) == 4


def test_only_a_job_that_wants_to_runs_at_once() -> None:
    stop, runs = Event(), []
    jobs = [Job("late", MUCH_LATER, lambda: runs.append("late")), Job("now", MUCH_LATER, stop.set, at_once=True)]
    run_jobs(jobs, stop, LOG)
    assert runs == []


def test_a_job_never_runs_beside_itself_though_its_turns_come_faster() -> None:
    stop, at_work, most, count = Event(), Lock(), [0], [0]
    entered = 0

    def run() -> None:
        nonlocal entered
        with at_work:
            entered += 1
            most[0] = max(most[0], entered)
        stop.wait(0.02)
        with at_work:
            entered -= 1
            count[0] += 1
            if count[0] == 3:
                stop.set()

    run_jobs([Job("one", every(0.001), run, at_once=True)], stop, LOG)
    assert (most[0], count[0]) == (1, 3)


def test_what_a_job_raises_ends_them_all_after_whoever_is_at_work_has_finished() -> None:
    stop, started, finished = Event(), Event(), []

    def slow() -> None:
        started.set()
        assert stop.wait(10)
        finished.append("slow")

    def broken() -> None:
        assert started.wait(10)
        raise ZeroDivisionError

    jobs = [Job("slow", MUCH_LATER, slow, at_once=True), Job("broken", MUCH_LATER, broken, at_once=True)]
    with pytest.raises(ZeroDivisionError):
        run_jobs(jobs, stop, LOG)
    assert finished == ["slow"]
    assert stop.is_set()


def test_it_runs_outside_of_the_main_thread_too() -> None:
    stop, runs = Event(), []

    def run() -> None:
        runs.append(1)
        stop.set()

    thread = Thread(target=run_jobs, args=([Job("one", MUCH_LATER, run, at_once=True)], stop, LOG))
    thread.start()
    thread.join(10)
    assert (runs, thread.is_alive()) == ([1], False)
