"""The twelve with their customers in a sample org, made from a seed: what `novigem org serve` shows."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple

from novigem_sandbox.org import SampleOrg
from novigem_sandbox.org.clock import stamp_text
from novigem_sandbox.team import records
from novigem_sandbox.team.cast import FIRST_NAMES, LAST_NAMES, TWELVE
from novigem_sandbox.team.in_org import add_people, as_written
from novigem_sandbox.team.office import Office
from novigem_sandbox.team.records import Record, Values
from novigem_sandbox.team.shelves import OpenWork

#: Days into the past over which the records were made.
_DAYS: Final = 90
_STATES: Final[tuple[Values, ...]] = (records.COMPLETED, {"Status": "In Progress"}, {})


class StaffedOrg(NamedTuple):
    """An org with the team in it: the team's office, and the ids of the leads that wait."""

    org: SampleOrg
    office: Office
    leads: list[str]


def build_team(org: SampleOrg, *, opportunities: int = 200, seed: int = 7) -> StaffedOrg:
    """Fill an org: people, a queue, accounts, opportunities, twice as many tasks, leads, cases and events.

    One seed makes one org, up to the moment at which it is made.
    """
    add_people(org, TWELVE, "New leads")
    furnisher = _Furnisher(org, Random(seed))  # noqa: S311 - invented customers, no secrets
    furnisher.stand_accounts(max(opportunities // 4, len(TWELVE.members)))
    furnisher.stand("Opportunity", furnisher.deal, opportunities)
    furnisher.stand("Task", furnisher.task, opportunities * 2)
    furnisher.stand("Case", furnisher.case, max(opportunities // 10, 2))
    furnisher.hold_meetings(max(opportunities // 10, 2))
    return StaffedOrg(org, furnisher.office, furnisher.load_leads(max(opportunities // 8, 2)))


class _Furnisher:
    """Makes records with stamps in the past."""

    def __init__(self, org: SampleOrg, random: Random) -> None:
        self._org = org
        self._random = random
        self._now = org.clock.now()
        self._today = self._now.date()
        self._accounts: list[Record] = []
        self.office = Office(random, OpenWork(), lambda name: org.new_id(org.table(name).shape.prefix))

    def stand_accounts(self, count: int) -> None:
        """Make accounts, dealt out to the team, with a contact each."""
        owners = [TWELVE.members[number % len(TWELVE.members)].id for number in range(count)]
        names = records.account_names(self._random, count)
        self._accounts = [
            self.office.stands("Account", {"Name": name, "OwnerId": owner, "Type": "Customer - Direct"})
            for name, owner in zip(names, owners, strict=True)
        ]
        self._load("Account", self._accounts)
        contacts = (self._name() | {"AccountId": one.id, "OwnerId": one.owner} for one in self._accounts)
        self._org.load("Contact", (values | self._stamps(values["OwnerId"]) for values in contacts))

    def stand(self, name: str, make: Callable[[Record], Values], count: int) -> None:
        """Make records of an object, each with one of the accounts."""
        self._load(name, (self.office.stands(name, make(self._account())) for _ in range(count)))

    def deal(self, account: Record) -> Values:
        """Give an opportunity: every other one is a renewal."""
        make = records.renewal if self.office.chance(0.5) else records.expansion
        return make(self._random, account, account.owner, self._today)

    def task(self, account: Record) -> Values:
        """Give a follow-up; most of them are done."""
        planned = self._today - timedelta(days=self._random.randint(0, 30))
        values = records.work(self._random, account, account.owner, planned, weight=1.0)
        return values | self._random.choices(_STATES, weights=(6, 1, 3))[0]

    def case(self, account: Record) -> Values:
        """Give a case."""
        told = {"CaseNumber": self._org.next_case_number(), "Origin": "Email"}
        return records.case(self._random, account, account.owner) | told

    def hold_meetings(self, count: int) -> None:
        """Make meetings, some of them still to come."""
        for values in self._meetings(count):
            self._org.create("Event", as_written(self._org, "Event", values), user=values["OwnerId"])

    def _meetings(self, count: int) -> Iterator[Values]:
        for _ in range(count):
            account = self._account()
            start = self._now + timedelta(days=self._random.randint(-20, 20))
            values = records.meeting(self._random, account, account.owner, start.date())
            yield values | {"StartDateTime": start}

    def load_leads(self, count: int) -> list[str]:
        """Make leads, some of them in the queue, and give their ids."""
        owners = [self._random.choice([TWELVE.queue, *(one.id for one in TWELVE.members)]) for _ in range(count)]
        companies = records.account_names(self._random, count)
        return self._org.load(
            "Lead",
            (
                self._name()
                | {"Company": company, "Status": "Open - Not Contacted", "OwnerId": owner}
                | self._stamps(self._org.admin)
                for owner, company in zip(owners, companies, strict=True)
            ),
        )

    def _load(self, name: str, made: Iterable[Record]) -> None:
        self._org.load(name, map(self._row, made))

    def _row(self, record: Record) -> Values:
        # What is loaded in bulk, the org does not complete.
        account = {} if record.account is None else {"AccountId": record.account}
        written = as_written(self._org, record.object, record.values)
        return {"Id": record.id} | written | account | self._stamps(record.owner)

    def _account(self) -> Record:
        return self._random.choice(self._accounts)

    def _name(self) -> dict[str, Any]:
        return {"FirstName": self._random.choice(FIRST_NAMES), "LastName": self._random.choice(LAST_NAMES)}

    def _stamps(self, by: str) -> dict[str, Any]:
        made = stamp_text(self._now - timedelta(seconds=self._random.randint(3600, _DAYS * 86_400)))
        return {"CreatedDate": made, "CreatedById": by, "LastModifiedById": by}
