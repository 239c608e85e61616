"""Six weeks of an invented customer success team, as changes. The same seed gives the same bytes."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from novigem.model.change import Change
from novigem.model.people import Person
from novigem_sandbox.team import records
from novigem_sandbox.team.cast import AWAY, INTEGRATION, MANAGERS, NEW_HIRE, QUEUE, TEAM, people
from novigem_sandbox.team.workday import RATES, Desk
from novigem_sandbox.team.world import Record, World

SEED: Final = 13
FIRST_DAY: Final = date(2026, 1, 5)
DAYS: Final = 42
ZONE: Final = ZoneInfo("America/New_York")
_HOLIDAY: Final = date(2026, 1, 19)
_SATURDAY: Final = 5


class Invented(NamedTuple):
    """What the generator makes: everybody, the records from before the season, and every change in order of time."""

    people: tuple[Person, ...]
    standing: tuple[Record, ...]
    changes: tuple[Change, ...]


class Deed(NamedTuple):
    """One piece of work at one moment."""

    at: datetime
    do: Callable[[datetime], None]


def generate(seed: int = SEED) -> Invented:
    """Invent the six weeks from 5 January to 15 February 2026."""
    world = World(Random(seed))  # noqa: S311 - an invented team needs repeatable numbers, not secret ones
    season = _Season(world)
    standing = world.standing()
    for offset in range(DAYS):
        day = FIRST_DAY + timedelta(days=offset)
        # `sorted` keeps the order of equal moments, so the result depends on the seed alone.
        for deed in sorted(season.deeds(day), key=lambda deed: deed.at):
            deed.do(deed.at)
    return Invented(people(), standing, tuple(world.changes))


class _Season:
    """The team and its books, and what is bound to happen on which day."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.random
        self._desks = [Desk(world, member) for member in TEAM]
        self._lent: list[Record] = []
        names = iter(records.account_names(self._random, sum(member.accounts for member in TEAM)))
        for member in TEAM:
            for _number in range(member.accounts):
                self._stand_account(next(names), member.id)

    def deeds(self, day: date) -> Iterator[Deed]:
        """Yield all that happens on a day, in no order."""
        yield from self._nightly(day)
        for desk in self._desks:
            yield from self._working_day(desk, day)
        yield from self._incidents(day)

    def _stand_account(self, name: str, owner: str) -> None:
        # The new hire's accounts belong to a manager until the new hire comes.
        owner = MANAGERS[0].id if owner == NEW_HIRE.id else owner
        account = self._world.stands("Account", {"Name": name, "OwnerId": owner})
        before = FIRST_DAY - timedelta(days=1)
        self._world.stands("Opportunity", records.renewal(self._random, account, owner, before))
        if self._world.chance(0.4):
            self._world.stands("Opportunity", records.expansion(self._random, account, owner, before))

    def _working_day(self, desk: Desk, day: date) -> Iterator[Deed]:
        week = (day - FIRST_DAY).days // 7
        share = desk.member.pace[week] * _share_of(day)
        for deed in RATES:
            wanted = desk.rate(deed) * share
            for _number in range(int(wanted * (0.5 + self._random.random()) + self._random.random())):
                yield Deed(self._working_moment(day), _at_desk(desk, deed, day))

    def _working_moment(self, day: date) -> datetime:
        start, length = (19, 3) if self._world.chance(0.04) else (8, 10)
        # The mean of two draws lies around the middle of the day, as work does.
        seconds = int((self._random.random() + self._random.random()) / 2 * length * 3600)
        return _moment(day, time(start)) + timedelta(seconds=seconds)

    def _nightly(self, day: date) -> Iterator[Deed]:
        """Yield what software does at night: it plans onboarding for some accounts, in bulk."""
        at = _moment(day, time(4))
        for number in range(self._random.randint(2, 6)):
            yield Deed(at + timedelta(seconds=number // 3), self._plan_by_software)

    def _plan_by_software(self, at: datetime) -> None:
        member = self._random.choice(TEAM)
        account = self._random.choice(self._world.owned("Account", member.id) or [None])
        owner = QUEUE if self._world.chance(0.1) else member.id
        today = at.astimezone(ZONE).date()
        self._world.create("Task", records.work(self._random, account, owner, today, weight=0.6), at, INTEGRATION.id)

    def _incidents(self, day: date) -> Iterator[Deed]:
        """Yield what makes these six weeks these six weeks."""
        offset = (day - FIRST_DAY).days
        morning, evening = _moment(day, time(8, 5)), _moment(day, time(16, 40))
        match offset:
            case 7:
                yield Deed(morning, self._welcome_new_hire)
            case 14:
                yield Deed(morning, self._lend)
            case 21:
                yield Deed(morning, self._give_back)
            case 18 | 39:
                yield from self._finish_in_one_go(evening)
            case 24:
                yield Deed(evening, self._merge_accounts)
        if day.weekday() in {1, 3}:
            yield Deed(evening, self._clear_queue)
        if day.weekday() == 2:  # noqa: PLR2004 - Wednesday
            yield Deed(evening, self._log_signal_for_nobody)

    def _welcome_new_hire(self, at: datetime) -> None:
        for name in ("Account", "Opportunity"):
            for record in self._world.owned(name, MANAGERS[0].id):
                self._world.update(record, {"OwnerId": NEW_HIRE.id}, at, MANAGERS[0].id)

    def _lend(self, at: datetime) -> None:
        """Give the deals of the member on leave to a colleague."""
        self._lent = self._world.owned("Opportunity", AWAY.id)
        for record in self._lent:
            self._world.update(record, {"OwnerId": TEAM[0].id}, at, MANAGERS[1].id)

    def _give_back(self, at: datetime) -> None:
        for record in self._lent:
            self._world.update(record, {"OwnerId": AWAY.id}, at, MANAGERS[1].id)

    def _finish_in_one_go(self, at: datetime) -> Iterator[Deed]:
        """Let those who save their work up complete it within a minute or two."""
        for desk in (desk for desk in self._desks if desk.member.saves_up):
            for number in range(20):
                yield Deed(at + timedelta(seconds=4 * number), _at_desk(desk, "finish", at.astimezone(ZONE).date()))

    def _merge_accounts(self, at: datetime) -> None:
        first, second = self._world.owned("Account", TEAM[4].id)[:2]
        self._world.merge(second, first, at, MANAGERS[0].id)

    def _log_signal_for_nobody(self, at: datetime) -> None:
        """Let a manager or the software log a deal of their own: both stand outside the program."""
        account = self._random.choice(self._world.owned("Account", TEAM[0].id))
        owner = self._random.choice((MANAGERS[1].id, INTEGRATION.id))
        values = records.expansion(self._random, account, owner, at.astimezone(ZONE).date())
        self._world.create("Opportunity", values, at, owner)

    def _clear_queue(self, at: datetime) -> None:
        """Let a manager close the oldest work of the queue without taking it over."""
        for record in [one for one in self._world.owned("Task", QUEUE) if not one.values["IsClosed"]][:1]:
            self._world.update(record, records.COMPLETED, at, MANAGERS[0].id)


def _at_desk(desk: Desk, deed: str, day: date) -> Callable[[datetime], None]:
    return lambda at: desk.do(deed, at, day)


def _share_of(day: date) -> float:
    if day.weekday() >= _SATURDAY:
        return 0.04
    return 0.15 if day == _HOLIDAY else 1.0


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, ZONE).astimezone(UTC)
