"""The plan of the demo: six weeks of the twelve, as changes. The same seed gives the same bytes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final, NamedTuple

from novigem.model.change import Change, from_micros, to_micros
from novigem.model.people import Person
from novigem_sandbox.team import records
from novigem_sandbox.team.agenda import SECOND, Agenda, Timed
from novigem_sandbox.team.cast import AWAY, NEW_HIRE, SAVES_UP, TWELVE, ZONE
from novigem_sandbox.team.office import Office, numbered
from novigem_sandbox.team.records import Record
from novigem_sandbox.team.shelves import Archive
from novigem_sandbox.team.worker import Worker

SEED: Final = 13
FIRST_DAY: Final = date(2026, 1, 5)
DAYS: Final = 42
_HOLIDAY: Final = date(2026, 1, 19)
_SATURDAY: Final = 5
# How often a member does each thing on a usual day; a member's own weights come on top.
_RATES: Final = {
    "plan": 2.6,
    "finish": 2.2,
    "postpone": 0.8,
    "reopen": 1.0,
    "drop": 0.05,
    "log_signal": 0.2,
    "move_stage": 0.3,
    "write_next_step": 0.6,
    "document_risk": 0.32,
    "move_close_date": 0.2,
    "meet": 0.5,
    "open_case": 0.12,
    "work_on_case": 0.3,
}
_MANAGER, _OTHER_MANAGER = (one.id for one in TWELVE.managers)
_INTEGRATION: Final = TWELVE.integration.id


class Invented(NamedTuple):
    """What the plan makes: everybody, the records from before the season, and every change in order of time."""

    people: tuple[Person, ...]
    standing: tuple[Record, ...]
    changes: tuple[Change, ...]


def generate(seed: int = SEED) -> Invented:
    """Invent the six weeks from 5 January to 15 February 2026."""
    weeks = _SixWeeks(Random(seed))  # noqa: S311 - an invented team needs repeatable numbers, not secret ones
    standing = weeks.shelves.copies()
    return Invented(TWELVE.people, standing, tuple(weeks.play()))


class _SixWeeks:
    """The team and its accounts, and what is bound to happen on which day."""

    def __init__(self, random: Random) -> None:
        self.shelves = Archive()
        self._random = random
        self._office = Office(random, self.shelves, numbered("Hs"))
        self._agenda = Agenda()
        self._workers = [Worker(self._office, TWELVE, member, self._agenda.add) for member in TWELVE.members]
        self._lent: list[Record] = []
        names = iter(records.account_names(random, sum(member.accounts for member in TWELVE.members)))
        for member in TWELVE.members:
            for _number in range(member.accounts):
                # The new hire's accounts belong to a manager until the new hire comes.
                owner = _MANAGER if member is NEW_HIRE else member.id
                self._office.stand_customer(next(names), owner, FIRST_DAY - timedelta(days=1))

    def play(self) -> list[Change]:
        """Let the six weeks pass, day by day, and give all changes."""
        for offset in range(DAYS):
            day = FIRST_DAY + timedelta(days=offset)
            self._nightly(day)
            for worker in self._workers:
                self._working_day(worker, day)
            self._incidents(day)
            for _moment in self._agenda.play():
                pass
        return self._office.take()

    def _working_day(self, worker: Worker, day: date) -> None:
        week = (day - FIRST_DAY).days // 7
        share = worker.member.profile.weeks[week] * _share_of(day)
        for action, rate in _RATES.items():
            wanted = rate * worker.weight(action) * share
            for _number in range(int(wanted * (0.5 + self._random.random()) + self._random.random())):
                self._agenda.add(self._working_moment(day), worker.doing(action, day))

    def _working_moment(self, day: date) -> int:
        start, length = (19, 3) if self._office.chance(0.04) else (8, 10)
        # The mean of two draws lies around the middle of the day, as work does.
        seconds = int((self._random.random() + self._random.random()) / 2 * length * 3600)
        return _moment(day, time(start)) + seconds * SECOND

    def _nightly(self, day: date) -> None:
        """Let software plan onboarding for some accounts at night, in bulk."""
        at = _moment(day, time(4))
        for number in range(self._random.randint(2, 6)):
            self._agenda.add(at + number // 3 * SECOND, self._plan_by_software)

    def _plan_by_software(self, at: int) -> None:
        member = self._random.choice(TWELVE.members)
        account = self._random.choice(self.shelves.open("Account", member.id) or [None])
        owner = TWELVE.queue if self._office.chance(0.1) else member.id
        values = records.work(self._random, account, owner, _day_of(at), weight=0.6)
        self._office.create("Task", values, at, _INTEGRATION)

    def _incidents(self, day: date) -> None:
        """Plan what makes these six weeks these six weeks."""
        for at, action in self._incidents_of(day):
            self._agenda.add(at, action)

    def _incidents_of(self, day: date) -> Iterator[Timed]:
        morning, evening = _moment(day, time(8, 5)), _moment(day, time(16, 40))
        match (day - FIRST_DAY).days:
            case 7:
                yield morning, self._welcome_new_hire
            case 14:
                yield morning, self._lend
            case 21:
                yield morning, self._give_back
            case 18 | 39:
                yield from self._finish_in_one_go(evening, day)
            case 24:
                yield evening, self._merge_accounts
        if day.weekday() in {1, 3}:
            yield evening, self._clear_queue
        if day.weekday() == 2:  # noqa: PLR2004 - Wednesday
            yield evening, self._log_signal_for_nobody

    def _welcome_new_hire(self, at: int) -> None:
        for name in ("Account", "Opportunity"):
            for record in self.shelves.owned(name, _MANAGER):
                self._office.update(record, {"OwnerId": NEW_HIRE.id}, at, _MANAGER)

    def _lend(self, at: int) -> None:
        """Give the deals of the member on leave to a colleague."""
        self._lent = self.shelves.owned("Opportunity", AWAY.id)
        for record in self._lent:
            self._office.update(record, {"OwnerId": TWELVE.members[0].id}, at, _OTHER_MANAGER)

    def _give_back(self, at: int) -> None:
        for record in self._lent:
            self._office.update(record, {"OwnerId": AWAY.id}, at, _OTHER_MANAGER)

    def _finish_in_one_go(self, at: int, day: date) -> Iterator[Timed]:
        """Let who saves work up complete it within a minute or two."""
        worker = next(one for one in self._workers if one.member is SAVES_UP)
        for number in range(20):
            yield at + 4 * number * SECOND, worker.doing("finish", day)

    def _merge_accounts(self, at: int) -> None:
        first, second = self.shelves.open("Account", TWELVE.members[4].id)[:2]
        self._office.merge(second, first, at, _MANAGER)

    def _log_signal_for_nobody(self, at: int) -> None:
        """Let a manager or the software log a deal of their own: both stand outside the program."""
        account = self._random.choice(self.shelves.open("Account", TWELVE.members[0].id))
        owner = self._random.choice((_OTHER_MANAGER, _INTEGRATION))
        values = records.expansion(self._random, account, owner, _day_of(at))
        self._office.create("Opportunity", values, at, owner)

    def _clear_queue(self, at: int) -> None:
        """Let a manager close the oldest work of the queue without taking it over."""
        for task in self.shelves.open("Task", TWELVE.queue)[:1]:
            self._office.complete(task, at, _MANAGER)


def _share_of(day: date) -> float:
    if day.weekday() >= _SATURDAY:
        return 0.04
    return 0.15 if day == _HOLIDAY else 1.0


def _moment(day: date, clock: time) -> int:
    return to_micros(datetime.combine(day, clock, ZONE).astimezone(UTC))


def _day_of(at: int) -> date:
    return from_micros(at).astimezone(ZONE).date()
