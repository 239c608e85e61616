"""The six ways to cheat: what a cheater does on top of a day's work. Invented to be found, not a guide.

Each is a function of a worker, a local day and its midnight; the work that it asks for is done at its moments.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final

from novigem_sandbox.team import records
from novigem_sandbox.team.agenda import HOUR, MINUTE, SECOND
from novigem_sandbox.team.worker import Worker

_FRIDAY: Final = 4
_SATURDAY: Final = 5

#: `(worker, day, midnight, is_last)`; midnight in microseconds since 1970 UTC, `is_last` on the last working day.
Scheme = Callable[[Worker, date, int, bool], None]


def friday_minute(worker: Worker, day: date, midnight: int, is_last: bool) -> None:  # noqa: FBT001 - one signature for all schemes
    """Plan through the Friday, and complete all of it within one minute in the evening."""
    del is_last
    if day.weekday() != _FRIDAY:
        return
    evening = midnight + 18 * HOUR + worker.random.randint(0, 90) * MINUTE

    def plan(at: int) -> None:
        task = worker.paid_task(at, day)
        if task is not None:
            worker.later(evening + worker.random.randint(0, 50) * SECOND, partial(worker.complete, task))

    for number in range(worker.random.randint(10, 18)):
        worker.later(midnight + 14 * HOUR + number * 5 * MINUTE, plan)


def instant_and_empty(worker: Worker, day: date, midnight: int, is_last: bool) -> None:  # noqa: FBT001
    """Create tasks without a subject, and complete each within seconds."""
    del is_last
    if day.weekday() >= _SATURDAY or not worker.office.chance(0.5):
        return
    at = midnight + worker.random.randint(9, 16) * HOUR

    def create(when: int) -> None:
        task = worker.paid_task(when, day, subject=None)
        if task is not None:
            wait = worker.random.randint(2, 6) * SECOND
            worker.later(when + wait, partial(worker.complete, task))

    for _number in range(worker.random.randint(4, 8)):
        worker.later(at, create)
        at += worker.random.randint(20, 70) * SECOND


def toggling(worker: Worker, day: date, midnight: int, is_last: bool) -> None:  # noqa: FBT001
    """Complete the same task over and over, twice a week."""
    del is_last
    if day.weekday() not in {1, 3}:
        return
    at = midnight + worker.random.randint(10, 15) * HOUR

    def begin(when: int) -> None:
        task = worker.paid_task(when, day)
        if task is None:
            return
        for number in range(worker.random.randint(4, 7)):
            moment = when + (1 + 2 * number) * 3 * MINUTE
            worker.later(moment, partial(worker.complete, task))
            worker.later(moment + 2 * MINUTE, partial(worker.open_again, task))

    worker.later(at, begin)


def splitting(worker: Worker, day: date, midnight: int, is_last: bool) -> None:  # noqa: FBT001
    """Write one deal as many small ones on one account, once a week."""
    del is_last
    if day.weekday() != 2:  # noqa: PLR2004 - Wednesday
        return

    def split(at: int) -> None:
        account = worker.account
        if account is None:
            return
        for number in range(worker.random.randint(5, 9)):
            values = records.expansion(worker.random, account, worker.id, day)
            small = {"Amount": float(worker.random.randint(1, 8) * 100), "RecordType.DeveloperName": "Expansion"}
            moment = at + number * worker.random.randint(40, 300) * SECOND
            worker.later(moment, partial(worker.sell, values | small))

    worker.later(midnight + worker.random.randint(9, 16) * HOUR, split)


def last_evening(worker: Worker, day: date, midnight: int, is_last: bool) -> None:  # noqa: FBT001
    """Do on the last evening what six weeks were for."""
    if not is_last:
        return
    at = midnight + 16 * HOUR

    def create(when: int) -> None:
        task = worker.paid_task(when, day)
        if task is not None:
            wait = worker.random.randint(240, 1500) * SECOND
            worker.later(when + wait, partial(worker.complete, task))

    for _number in range(worker.random.randint(18, 32)):
        worker.later(at, create)
        at += worker.random.randint(180, 480) * SECOND


def through_integration(worker: Worker, day: date, midnight: int, is_last: bool) -> None:  # noqa: FBT001
    """Let a script with the integration user's login do the completing."""
    del is_last
    if day.weekday() >= _SATURDAY:
        return

    def create(when: int) -> None:
        task = worker.paid_task(when, day)
        if task is not None:
            wait = worker.random.randint(600, 9000) * SECOND
            worker.later(when + wait, lambda moment: worker.office.complete(task, moment, worker.team.integration.id))

    for _number in range(worker.random.randint(1, 3)):
        worker.later(midnight + worker.random.randint(9 * 60, 15 * 60) * MINUTE, create)


SCHEMES: Final[Mapping[str, Scheme]] = {
    "friday-minute": friday_minute,
    "instant-and-empty": instant_and_empty,
    "toggling": toggling,
    "splitting": splitting,
    "last-evening": last_evening,
    "through-integration": through_integration,
}
