"""The calendar of a simulated season: who works when, as one stream of changes in order of time."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from novigem.errors import InputError
from novigem.model.change import Change
from novigem.model.periods import start_of_day
from novigem_sandbox.team.agenda import HOUR, Agenda
from novigem_sandbox.team.cast import Team, make_team
from novigem_sandbox.team.cheats import SCHEMES
from novigem_sandbox.team.incidents import Incidents
from novigem_sandbox.team.office import Office, numbered
from novigem_sandbox.team.profiles import HONEST, Profile
from novigem_sandbox.team.shelves import OpenWork
from novigem_sandbox.team.worker import Worker

FIRST_DAY: Final = date(2026, 1, 5)
ZONES: Final = ("America/New_York", "America/Chicago", "Europe/Berlin")
# Every local day has begun somewhere so long before it begins in UTC.
_EARLIEST: Final = 14 * HOUR
# A usual day of everybody in `HONEST`, measured: changes a person and day of the week.
_CHANGES_A_DAY: Final = 6.3
_FRIDAY: Final = 4
# How often a member does each thing on a usual day; pace, rhythm and a member's own weights come on top.
_RATES: Final = {
    "plan": 2.4,
    "finish": 3.2,
    "postpone": 0.8,
    "log_afterwards": 1.0,
    "reopen": 1.0,
    "delete_duplicate": 0.06,
    "take_from_queue": 0.1,
    "done_by_software": 1.0,
    "log_signals": 0.2,
    "move_stage": 0.35,
    "write_next_step": 0.5,
    "document_risk": 0.3,
    "move_close_date": 0.2,
    "meet_and_act": 0.45,
}


class Plan(NamedTuple):
    """A season to simulate. `intensity` multiplies how much everybody does; `cheaters` come beside `members` honest.

    With `profiles` the team has exactly those, and `members` is not asked.
    """

    members: int = 12
    weeks: int = 6
    seed: int = 1
    intensity: float = 1.0
    first_day: date = FIRST_DAY
    zones: tuple[str, ...] = ZONES
    cheaters: tuple[Profile, ...] = ()
    profiles: tuple[Profile, ...] = ()


def large_plan(changes: int = 300_000, *, members: int = 60, weeks: int = 6, seed: int = 1) -> Plan:
    """Give the plan of a season with about so many changes."""
    intensity = changes / (members * weeks * 7 * _CHANGES_A_DAY)
    return Plan(members=members, weeks=weeks, seed=seed, intensity=intensity)


class Season:
    """One season. `team` is known before it begins; `changes` plays it, once; `shelves` hold what is open meanwhile.

    Raises InputError for a plan without people or weeks.
    """

    def __init__(self, plan: Plan) -> None:
        if plan.weeks < 1 or plan.intensity <= 0 or not (plan.profiles or plan.members + len(plan.cheaters) >= 1):
            raise InputError(
                "a season needs people, a week at least, and work", hint="give members, weeks and intensity above 0"
            )
        self.plan = plan
        self._random = Random(plan.seed)  # noqa: S311 - an invented team needs repeatable numbers, not secret ones
        profiles = plan.profiles or (*self._honest(plan.members), *plan.cheaters)
        self._zones = [ZoneInfo(name) for name in plan.zones]
        self.team: Team = make_team(self._random, profiles, self._zones)
        self.shelves = OpenWork()
        self._office = Office(self._random, self.shelves, numbered("Sm"))
        self._agenda = Agenda()
        self._workers = [Worker(self._office, self.team, one, self._agenda.add) for one in self.team.members]
        self._days = 7 * plan.weeks
        last = plan.first_day + timedelta(days=self._days - 1)
        self._last_working_day = self._days - 1 - max(0, last.weekday() - _FRIDAY)
        self._incidents = Incidents(self._random, self._office, self.team, self._days)

    def changes(self) -> Iterator[Change]:
        """Yield all changes in order of time; memory holds what is open, and the work of about a day."""
        self._furnish()
        for offset in range(self._days):
            day = self.plan.first_day + timedelta(days=offset)
            for worker in self._workers:
                self._working_day(worker, offset, day)
            for at, do in self._incidents.of_day(offset, day, start_of_day(day, self._zones[0])):
                self._agenda.add(at, do)
            # What may still come lies after the first beginning of the next day anywhere.
            yield from self._play(start_of_day(day + timedelta(days=1), ZoneInfo("UTC")) - _EARLIEST)
        yield from self._play(None)

    def _honest(self, members: int) -> list[Profile]:
        return [self._random.choice(HONEST).varied(self._random) for _number in range(members)]

    def _play(self, until: int | None) -> Iterator[Change]:
        for _moment in self._agenda.play(until):
            yield from self._office.take()

    def _furnish(self) -> None:
        """Give everybody a book of customers."""
        before = self.plan.first_day - timedelta(days=1)
        for member in self.team.members:
            last = member.name.split()[1]
            for number in range(member.accounts):
                self._office.stand_customer(f"{last} customer {number + 1}", member.id, before)

    def _working_day(self, worker: Worker, offset: int, day: date) -> None:
        profile, random = worker.member.profile, self._random
        leave = self._incidents.leaves.get(worker.id)
        if leave is not None and leave.holds(offset):
            return
        midnight = start_of_day(day, worker.member.zone)
        trend = 1 + (profile.trend - 1) * offset / max(1, self._days - 1)
        is_last = offset == self._last_working_day
        trend *= profile.rush if is_last else 1
        share = worker.member.pace * profile.pace * trend * profile.rhythm[day.weekday()] * self.plan.intensity
        for action, rate in _RATES.items():
            wanted = rate * worker.weight(action) * share
            for _number in range(int(wanted * (0.4 + 1.2 * random.random()) + random.random())):
                # The mean of two draws lies around the middle of the day, as work does.
                hours = profile.starts + (random.random() + random.random()) / 2 * profile.hours
                self._agenda.add(midnight + int(hours * HOUR), worker.doing(action, day))
        if share > 0:
            self._evening(worker, day, midnight + int((profile.starts + profile.hours - 0.5) * HOUR))
        if profile.cheat is not None:
            SCHEMES[profile.cheat](worker, day, midnight, is_last)

    def _evening(self, worker: Worker, day: date, at: int) -> None:
        profile = worker.member.profile
        present = profile.rhythm[day.weekday()]
        if self._random.random() < profile.tidies * present:
            self._agenda.add(at, worker.doing("tidy", day))
        if self._random.random() < profile.mass_edits * present:
            self._agenda.add(at - HOUR, worker.doing("mass_edit", day))
