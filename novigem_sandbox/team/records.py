"""Records, and what they hold: names, kinds, stages, and the words people write into them."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

Values = dict[str, Any]


@dataclass(eq=False)
class Record:
    """A record as it stands; `values` holds every field that is told."""

    id: str
    object: str
    values: Values
    deleted: bool = False

    @property
    def owner(self) -> str:
        """The id of the user or queue that owns it."""
        return str(self.values["OwnerId"])

    @property
    def account(self) -> str | None:
        """The id of the account it belongs to, if any."""
        return self.values.get("AccountId")

    @property
    def is_open(self) -> bool:
        """Whether there is something left to do."""
        return not self.values.get("IsClosed") and self.values.get("Status") != "Closed"


_FIRST_WORDS: Final = (
    "Harborlight",
    "Tallgrass",
    "Copperfern",
    "Bluequarry",
    "Nimbuswood",
    "Saltmarsh",
    "Kestrelway",
    "Juniper Bay",
    "Ironpetal",
    "Lanternhill",
)  # fmt: skip - a list of words reads better in lines
_LAST_WORDS: Final = ("Foods", "Logistics", "Clinics", "Textiles", "Energy", "Robotics", "Publishing", "Ceramics")

RENEWAL_STAGES: Final = ("Renewal Planned", "Renewal Proposed", "Negotiation/Review", "Closed Won")
SALES_STAGES: Final = ("Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won")
LOST: Final = "Closed Lost"
_CLOSED: Final = frozenset({"Closed Won", LOST})

RISKS: Final = ("Low usage", "Sponsor left", "Budget cut", "Competitor evaluated", "Open escalation")
NEXT_STEPS: Final = (
    "Send the usage report", "Meet the new sponsor", "Quote for twenty more seats", "Plan the training week",
    "Agree on the renewal date", "Show the reporting module", "Call finance about the order form",
    "Review open tickets together",
)  # fmt: skip
CASE_STATUSES: Final = ("New", "Working", "Escalated", "Closed")
COMPLETED: Final[Values] = {"Status": "Completed", "IsClosed": True}
REOPENED: Final[Values] = {"Status": "In Progress", "IsClosed": False}

# What people plan, and how often. The first two kinds are those the playbook pays for.
_WORK: Final = (
    ("Expansion follow-up", "Follow up on more seats with {}"),
    ("Upsell", "Send the upgrade offer to {}"),
    ("Call", "Check-in call with {}"),
    ("Email", "Send release notes to {}"),
    ("Renewal follow-up", "Prepare the renewal of {}"),
    ("Onboarding", "Training session for {}"),
    ("", "Something for {}"),
)


def account_names(random: Random, count: int) -> list[str]:
    """Give different invented company names."""
    names = [f"{first} {last}" for first in _FIRST_WORDS for last in _LAST_WORDS]
    more = [f"{name} {number}" for number in range(2, -(-count // len(names)) + 1) for name in names]
    return random.sample(names + more, count)


def renewal(random: Random, account: Record, owner: str, today: date) -> Values:
    """Give an open renewal that closes in three weeks to seven months."""
    values = _deal(random, account, owner, today + timedelta(days=random.randint(20, 210)))
    stage = random.choice(RENEWAL_STAGES[:2])
    kind = {"Name": f"{account.values['Name']} - renewal", "Type": "Renewal", "RecordType.DeveloperName": "Renewal"}
    return values | kind | stage_values(stage)


def expansion(random: Random, account: Record, owner: str, today: date) -> Values:
    """Give a new deal with a customer: mostly an expansion; sometimes filed under another kind, which pays nothing."""
    values = _deal(random, account, owner, today + timedelta(days=random.randint(30, 120)))
    filed = random.choices(("Expansion", "Upsell", "New_Business"), weights=(6, 3, 1))[0]
    kind = {
        "Name": f"{account.values['Name']} - {random.choice(('more seats', 'second team', 'premium', 'reporting'))}",
        "Type": "New Customer" if filed == "New_Business" else "Existing Customer - Upgrade",
        "RecordType.DeveloperName": filed,
    }
    return values | kind | stage_values(SALES_STAGES[0])


def stage_values(stage: str) -> Values:
    """Give the fields that move with the stage."""
    return {"StageName": stage, "IsClosed": stage in _CLOSED, "IsWon": stage == "Closed Won"}


def next_stage(random: Random, deal: Record) -> str:
    """Give the stage a deal moves to: mostly one ahead, sometimes one back, sometimes lost."""
    stages = RENEWAL_STAGES if deal.values["Type"] == "Renewal" else SALES_STAGES
    place = stages.index(deal.values["StageName"])
    backward = stages[max(place - 1, 0)]
    return random.choices((stages[place + 1], backward, LOST), weights=(85, 8, 7))[0]


def put_off(random: Random, today: date) -> Values:
    """Give the edit of a piece of work that is begun, or due a few days later."""
    later = today + timedelta(days=random.randint(1, 7))
    return random.choice(({"Status": "In Progress"}, {"ActivityDate": later.isoformat()}))


def closing_anew(random: Random, today: date) -> Values:
    """Give the edit of a deal that gets another close date."""
    return {"CloseDate": (today + timedelta(days=random.randint(15, 120))).isoformat()}


def work(random: Random, account: Record | None, owner: str, today: date, *, weight: float) -> Values:
    """Give a planned piece of work; `weight` says how often it is an expansion follow-up."""
    kind, subject = random.choices(_WORK, weights=(1.4 * weight, 1.2 * weight, 3, 2, 1.4, 1, 0.5))[0]
    due = today + timedelta(days=random.randint(0, 9))
    name = "a customer" if account is None else str(account.values["Name"])
    return {
        "Subject": subject.format(name),
        "Type": kind or None,
        "Status": "Not Started",
        "Priority": random.choice(("Normal", "Normal", "High")),
        "ActivityDate": due.isoformat(),
        "WhatId": None if account is None else account.id,
        "AccountId": None if account is None else account.id,
        "OwnerId": owner,
        "IsClosed": False,
    }


def meeting(random: Random, account: Record, owner: str, today: date) -> Values:
    """Give a meeting, with or without notes."""
    kind = random.choice(("Quarterly review", "Kick-off", "Product walk-through"))
    return {
        "Subject": f"{kind}: {account.values['Name']}",
        "Description": random.choice((None, "Agreed on the next steps.", "They asked for a second team.")),
        "ActivityDate": today.isoformat(),
        "WhatId": account.id,
        "AccountId": account.id,
        "OwnerId": owner,
    }


def case(random: Random, account: Record, owner: str) -> Values:
    """Give a support case."""
    trouble = random.choice(("Login fails", "Report is slow", "Invoice question"))
    return {
        "Subject": f"{trouble} at {account.values['Name']}",
        "Status": CASE_STATUSES[0],
        "Priority": random.choice(("Low", "Medium", "High")),
        "AccountId": account.id,
        "OwnerId": owner,
    }


def _deal(random: Random, account: Record, owner: str, closes: date) -> Values:
    return {
        "AccountId": account.id,
        "OwnerId": owner,
        "Amount": float(random.randint(20, 400) * 100),
        "CloseDate": closes.isoformat(),
        "NextStep": None,
        "Renewal_Risk__c": None,
    }
