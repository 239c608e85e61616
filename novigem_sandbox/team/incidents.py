"""What happens to the whole team: playbooks that plan in bulk, books that change hands, holidays, merges."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from random import Random
from typing import Final, NamedTuple

from novigem_sandbox.team import records
from novigem_sandbox.team.agenda import HOUR, SECOND, Timed
from novigem_sandbox.team.cast import Member, Team
from novigem_sandbox.team.office import Office

_WEEK: Final = 7
_SATURDAY: Final = 5


class Leave(NamedTuple):
    """Holidays: from one day of the season up to another (not included), and who looks after the deals meanwhile."""

    first: int
    end: int
    cover: Member

    def holds(self, offset: int) -> bool:
        """Tell whether the day with this number lies in it."""
        return self.first <= offset < self.end


class Incidents:
    """The incidents of one season, drawn before it begins."""

    def __init__(self, random: Random, office: Office, team: Team, days: int) -> None:
        self._random = random
        self._office = office
        self._team = team
        self._members = team.members
        self._manager = team.managers[0].id
        self._open = office.shelves.open
        self.leaves: Mapping[str, Leave] = dict(self._plan_leaves(days))

    def _plan_leaves(self, days: int) -> Iterator[tuple[str, Leave]]:
        # About one in four is away for a week of a season of six.
        for number, member in enumerate(self._members):
            if len(self._members) > 1 and self._random.random() < 0.25 * days / 42 and days > 2 * _WEEK:
                first = _WEEK * self._random.randint(1, days // _WEEK - 1)
                length = self._random.choice((3, 5, 7))
                yield member.id, Leave(first, first + length, self._members[number - 1])

    def of_day(self, offset: int, day: date, midnight: int) -> Iterator[Timed]:
        """Yield what happens on a day, in no order."""
        if day.weekday() < _SATURDAY:
            yield from self._playbook(day, midnight + 4 * HOUR)
            if self._random.random() < 0.02 * len(self._members):
                yield midnight + 9 * HOUR, self._hand_over
            if self._random.random() < 0.02 * len(self._members):
                yield midnight + 16 * HOUR, self._merge
        for member in self._members:
            leave = self.leaves.get(member.id)
            if leave is not None and offset == leave.first:
                yield midnight + 8 * HOUR, partial(self._lend, member.id, leave.cover.id)
            elif leave is not None and offset == leave.end:
                yield midnight + 8 * HOUR, partial(self._give_back, leave.cover.id, member.id)

    def _playbook(self, day: date, at: int) -> Iterator[Timed]:
        """Let the software plan for some accounts in bulk; a few tasks go to the queue."""
        for number in range(self._random.randint(0, max(1, len(self._members) // 2))):
            yield at + (number // 20) * SECOND, partial(self._plan_by_software, day)

    def _plan_by_software(self, day: date, at: int) -> None:
        member = self._random.choice(self._members)
        account = self._office.pick(self._open("Account", member.id))
        owner = self._team.queue if self._random.random() < 0.12 else member.id  # noqa: PLR2004 - a share
        values = records.work(self._random, account, owner, day, weight=1.0)
        self._office.create("Task", values, at, self._team.integration.id)

    def _hand_over(self, at: int) -> None:
        """Give an account with all its open deals to somebody else."""
        giver, taker = self._random.choice(self._members), self._random.choice(self._members)
        account = self._office.pick(self._open("Account", giver.id))
        if account is None or giver is taker or len(self._open("Account", giver.id)) <= 2:  # noqa: PLR2004 - nobody is left with nothing
            return
        for record in [account, *(one for one in self._open("Opportunity", giver.id) if one.account == account.id)]:
            self._office.update(record, {"OwnerId": taker.id}, at, self._manager)

    def _lend(self, owner: str, cover: str, at: int) -> None:
        for record in list(self._open("Opportunity", owner)):
            self._office.update(record, {"OwnerId": cover, "Covered_For__c": owner}, at, self._manager)

    def _give_back(self, cover: str, owner: str, at: int) -> None:
        for record in [one for one in self._open("Opportunity", cover) if one.values.get("Covered_For__c") == owner]:
            self._office.update(record, {"OwnerId": owner, "Covered_For__c": None}, at, self._manager)

    def _merge(self, at: int) -> None:
        """Merge two accounts of one book that turned out to be one customer."""
        accounts = self._open("Account", self._random.choice(self._members).id)
        if len(accounts) > 3:  # noqa: PLR2004 - nobody is left with nothing
            self._office.merge(accounts[-1], accounts[0], at, self._manager)
