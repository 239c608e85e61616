"""An invented customer success team with its customers, made from a seed: what `novigem org serve` shows."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final, NamedTuple

from novigem_sandbox.org.clock import stamp_text
from novigem_sandbox.org.org import SampleOrg

ROLE: Final = "Customer Success Manager"
RISKS: Final = ("Low", "Medium", "High")
UPSELL_TYPES: Final = ("Upsell", "Expansion follow-up", "Renewal follow-up", "Renewal review", "Call", "Email")
OPEN_STAGES: Final = (
    "Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote",
    "Negotiation/Review",
)  # fmt: skip
STEPS: Final = (
    "Agree on the agenda with the sponsor", "Send the usage report", "Book the executive review",
    "Get the list of open tickets", "Walk through the renewal terms", "Ask who signs",
)  # fmt: skip

_MANAGERS = ("Odette Kranz", "Bram Halloway")
_TEAM = (
    "Yusuf Adeyemi", "Clara Voss", "Milan Petrak", "Inez Cordova", "Tariq Haddad", "Wren Ashdown", "Sanna Koivisto",
    "Diego Larrain",
)  # fmt: skip
_SELLERS = (("Piotr Malek", "Account Executive"), ("June Okafor", "Sales Development Representative"))
_FIRST = ("Alder", "Birch", "Copper", "Delta", "Ember", "Fjord", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel")
_SECOND = ("Analytics", "Foods", "Freight", "Health", "Labs", "Logistics", "Media", "Robotics", "Tools", "Water")
_PEOPLE = ("Avery", "Blake", "Casey", "Devon", "Emery", "Finley", "Harper", "Jules", "Kendall", "Lane", "Morgan")
_SURNAMES = ("Abbot", "Brandt", "Castell", "Dufour", "Engel", "Farrow", "Grieg", "Holm", "Ivers", "Jansen", "Kramer")
#: Days into the past over which the records were made.
_DAYS = 90


class Team(NamedTuple):
    """Who works in the org, and on what. Ids, in the order in which they were made."""

    org: SampleOrg
    random: Random
    managers: list[str]
    members: list[str]
    queue: str
    accounts: list[str]
    owners: dict[str, str]
    renewals: list[str]
    tasks: list[str]
    leads: list[str]
    cases: list[str]


def build_team(org: SampleOrg, *, opportunities: int = 200, seed: int = 7) -> Team:
    """Fill an org: people, a queue, accounts, opportunities, twice as many tasks, leads, cases and events.

    One seed makes one org, up to the moment at which it is made.
    """
    random = Random(seed)  # noqa: S311 - invented customers, no secrets
    managers = [org.add_user(name, role="Customer Success Director") for name in _MANAGERS]
    members = [
        org.add_user(name, role=ROLE, manager=managers[place % len(managers)]) for place, name in enumerate(_TEAM)
    ]
    for name, role in _SELLERS:
        org.add_user(name, role=role, manager=managers[0])
    maker = _Maker(org, random, members)
    accounts = maker.accounts(max(opportunities // 4, len(members)))
    queue = org.add_queue("New leads")
    team = Team(
        org, random, managers, members, queue, accounts, maker.owners, maker.renewals, maker.tasks(opportunities * 2),
        maker.leads(max(opportunities // 8, 2), queue), maker.cases(max(opportunities // 10, 2)),
    )  # fmt: skip
    maker.opportunities(opportunities)
    maker.events(max(opportunities // 10, 2))
    return team


class _Maker:
    """Makes records with stamps in the past."""

    def __init__(self, org: SampleOrg, random: Random, members: Sequence[str]) -> None:
        self._org = org
        self._random = random
        self._members = members
        self._now = org.clock.now()
        self._accounts: list[str] = []
        self.owners: dict[str, str] = {}
        self.renewals: list[str] = []

    def accounts(self, count: int) -> list[str]:
        """Make accounts, dealt out to the team, with a contact each."""
        owners = [self._members[number % len(self._members)] for number in range(count)]
        self._accounts = self._org.load(
            "Account",
            (
                {"Name": self._company(number), "OwnerId": owner, "Type": "Customer - Direct"} | self._stamps(owner)
                for number, owner in enumerate(owners)
            ),
        )
        self.owners = dict(zip(self._accounts, owners, strict=True))
        self._org.load("Contact", (
            {"FirstName": self._pick(_PEOPLE), "LastName": self._pick(_SURNAMES), "AccountId": one, "OwnerId": owner}
            | self._stamps(owner)
            for one, owner in self.owners.items()
        ))  # fmt: skip
        return self._accounts

    def _company(self, number: int) -> str:
        first, second = _FIRST[number % len(_FIRST)], _SECOND[number // len(_FIRST) % len(_SECOND)]
        rest = number // (len(_FIRST) * len(_SECOND))
        return f"{first} {second}{f' {rest + 1}' if rest else ''}"

    def opportunities(self, count: int) -> list[str]:
        """Make opportunities: half of them renewals, which close far enough ahead for an early warning."""
        kinds = {name: self._org.record_type(name) for name in ("Renewal", "Expansion", "Upsell", "New_Business")}
        names = self._random.choices(list(kinds), weights=(5, 2, 2, 1), k=count)
        made = self._org.load("Opportunity", (self._opportunity(name, kinds[name]) for name in names))
        self.renewals += [one for one, name in zip(made, names, strict=True) if name == "Renewal"]
        return made

    def _opportunity(self, kind: str, record_type: str) -> dict[str, Any]:
        account, owner = self._account()
        ahead = self._random.randint(45, 150) if kind == "Renewal" else self._random.randint(5, 90)
        return self._stamps(owner) | {
            "Name": f"{kind.replace('_', ' ')} {self._random.randint(100, 999)}",
            "AccountId": account,
            "OwnerId": owner,
            "RecordTypeId": record_type,
            "StageName": self._pick(OPEN_STAGES),
            "Amount": self._random.randint(20, 900) * 100,
            "CloseDate": (self._now + timedelta(days=ahead)).date(),
        }

    def tasks(self, count: int) -> list[str]:
        """Make follow-ups, most of them done; give the open ones."""
        planned = [self._task() for _ in range(count)]
        made = self._org.load("Task", planned)
        return [one for one, values in zip(made, planned, strict=True) if values["Status"] != "Completed"]

    def _task(self) -> dict[str, Any]:
        account, owner = self._account()
        status = self._random.choices(("Completed", "In Progress", "Not Started"), weights=(6, 1, 3))[0]
        kind = self._pick(UPSELL_TYPES)
        return self._stamps(owner) | {
            "Subject": f"{kind} with the customer",
            "Type": kind,
            "Status": status,
            "WhatId": account,
            "AccountId": account,
            "OwnerId": owner,
            "ActivityDate": (self._now + timedelta(days=self._random.randint(-30, 14))).date(),
        }

    def leads(self, count: int, queue: str) -> list[str]:
        """Make leads; some wait in the queue."""
        owners = [self._random.choice([queue, *self._members]) for _ in range(count)]
        return self._org.load("Lead", (
            {
                "FirstName": self._pick(_PEOPLE), "LastName": self._pick(_SURNAMES),
                "Company": f"{self._pick(_FIRST)} {self._pick(_SECOND)}", "Status": "Open - Not Contacted",
                "OwnerId": owner,
            } | self._stamps(self._org.admin)
            for owner in owners
        ))  # fmt: skip

    def cases(self, count: int) -> list[str]:
        """Make cases."""
        return self._org.load("Case", (self._case() for _ in range(count)))

    def _case(self) -> dict[str, Any]:
        account, owner = self._account()
        number = self._org.next_case_number()
        told = {"Subject": "Question about the invoice", "CaseNumber": number, "AccountId": account, "OwnerId": owner}
        return self._stamps(owner) | told | {"Status": "New", "Priority": "Medium", "Origin": "Email"}

    def events(self, count: int) -> list[str]:
        """Make meetings."""
        return [self._org.create("Event", values, user=values["OwnerId"]) for values in self._meetings(count)]

    def _meetings(self, count: int) -> Iterator[dict[str, Any]]:
        for _ in range(count):
            account, owner = self._account()
            start = self._now + timedelta(days=self._random.randint(-20, 20))
            yield {"Subject": "Meeting", "WhatId": account, "OwnerId": owner, "StartDateTime": start}

    def _account(self) -> tuple[str, str]:
        account = self._pick(self._accounts)
        return account, self.owners[account]

    def _pick(self, among: Sequence[str]) -> str:
        return self._random.choice(among)

    def _stamps(self, by: str) -> dict[str, Any]:
        made = stamp_text(self._now - timedelta(seconds=self._random.randint(3600, _DAYS * 86_400)))
        return {"CreatedDate": made, "CreatedById": by, "LastModifiedById": by}
