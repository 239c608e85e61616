"""A sample org of many records in a process of its own, for `sync.py`; told over a local pipe what is to change.

python -m benchmarks.sample OPPORTUNITIES TASKS
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Client, Listener
from random import Random
from typing import Any, NamedTuple

from novigem_sandbox.org import Clock, SampleOrg, serve
from novigem_sandbox.org.clock import stamp_text

# The records are older than the season, and the season has begun when they are first read.
_LOADED = datetime(2025, 12, 1, 8, tzinfo=UTC)
_LOADED_OVER = 90 * 86_400  # seconds
_START = datetime(2026, 1, 7, 8, tzinfo=UTC)
_STAGES = ("Prospecting", "Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won")
_TYPES = ("New Customer", "Existing Customer - Upgrade", "Existing Customer - Replacement")
_KINDS = ("Renewal", "Expansion", "Upsell", "New_Business")
_TASK_TYPES = ("Call", "Call", "Email", "Email", "Email", "Meeting", "Upsell", "Renewal follow-up", "Renewal review")
_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
_RISKS = ("Budget cut", "Sponsor left", "Low usage")
_STEPS = ("Send the usage report", "Book the executive review", "Agree on the agenda", "Walk through the terms")
# Of ten rows that a poll finds, one is new.
_NEW = 10
_KEY = b"benchmark"


class Address(NamedTuple):
    """Where a sample org is served, with which token, and on which port it takes orders."""

    url: str
    token: str
    port: int


@contextmanager
def sample_org(opportunities: int, tasks: int) -> Iterator[Address]:
    """Serve an org in another process, whose work is then not counted as ours."""
    command = [sys.executable, "-m", "benchmarks.sample", str(opportunities), str(tasks)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = Address(**json.loads(process.stdout.readline()))
        try:
            yield address
        finally:
            order(address, "stop")


def order(address: Address, what: str, **more: int) -> None:
    """Have something done in the org: `change` (opportunities, tasks), `wait` (seconds), `stop`."""
    with Client(("127.0.0.1", address.port), authkey=_KEY) as pipe:
        pipe.send((what, more))
        pipe.recv()


class _World:
    """The records, and what becomes of them; the same for the same sizes."""

    def __init__(self, opportunities: int, tasks: int) -> None:
        self.org = SampleOrg(Clock.at(_LOADED), keep_versions=False)
        self.org.sessions.life_seconds = 10**8
        self.org.usage.allowed = 10**9
        # The wait for a job is Salesforce's affair; what counts here is its rows.
        self.org.jobs.asks_until_done = 1
        self.org.add_field("Opportunity", "Renewal_Risk__c")
        self.random = Random(1)
        # A third of the people take part, as customer success does beside sales and support.
        roles = ("Customer Success Manager", "Account Executive", "Support Engineer")
        self.users = [self.org.add_user(f"Person {number}", role=roles[number % 3]) for number in range(150)]
        self.accounts = self.org.load("Account", ({"Name": f"Customer {number}"} for number in range(20_000)))
        self.kinds = [self.org.record_type(name) for name in _KINDS]
        self.deals = self.org.load("Opportunity", (self._old(self._deal(number)) for number in range(opportunities)))
        self.tasks = self.org.load("Task", (self._old(self._task(number)) for number in range(tasks)))
        self.org.clock.set(_START)

    def _deal(self, number: int) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "Name": f"Deal {number}",
            "AccountId": pick(self.accounts),
            "OwnerId": pick(self.users),
            "RecordTypeId": pick(self.kinds),
            "StageName": pick(_STAGES),
            "Type": pick(_TYPES),
            "LeadSource": pick(_SOURCES),
            "Amount": self.random.randrange(100, 20_000_000) / 100,
            "CloseDate": self._day(),
            "NextStep": pick((None, *_STEPS)),
            "Description": pick((None, "Renewal with more seats, see the notes of the last review of the account")),
        }

    def _task(self, number: int) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "Subject": f"Talk {number}",
            "AccountId": pick(self.accounts),
            "OwnerId": pick(self.users),
            "WhatId": pick(self.deals),
            "Type": pick(_TASK_TYPES),
            "Status": pick(("Not Started", "In Progress", "Completed")),
            "Priority": pick(("High", "Normal", "Low")),
            "ActivityDate": self._day(),
        }

    def _old(self, values: dict[str, Any]) -> dict[str, Any]:
        made = _LOADED - timedelta(seconds=self.random.randrange(_LOADED_OVER))
        return values | {"CreatedDate": stamp_text(made)}

    def _day(self) -> str:
        return f"2026-{self.random.randrange(1, 13):02}-{self.random.randrange(1, 29):02}"

    def change(self, opportunities: int, tasks: int) -> None:
        """Let an hour pass, then create and edit records, one a second, each by some writer."""
        self.org.clock.advance(3600)
        self._some("Opportunity", opportunities, self.deals, self._deal, self._deal_edit)
        self._some("Task", tasks, self.tasks, self._task, self._task_edit)

    def _some(self, name: str, count: int, known: list[str], make: Any, edit: Any) -> None:
        new = count // _NEW
        for record_id in self.random.sample(known, count - new):
            before = self.org.table(name).rows[record_id]
            edits = iter(edit, None)
            after = next(one for one in edits if any(before.get(field) != value for field, value in one.items()))
            self.org.clock.advance(1)
            self.org.update(record_id, after, user=self.random.choice(self.users))
        for _record in range(new):
            self.org.clock.advance(1)
            known.append(self.org.create(name, make(len(known)), user=self.random.choice(self.users)))

    def _deal_edit(self) -> dict[str, Any]:
        pick = self.random.choice
        edits = (
            {"StageName": pick(_STAGES)},
            {"CloseDate": self._day()},
            {"NextStep": f"{pick(_STEPS)} by {self._day()}"},
            {"Renewal_Risk__c": f"{pick(_RISKS)}, {self._day()}"},
            {"LeadSource": pick(_SOURCES), "Description": f"Spoke on {self._day()}, see the notes of that day"},
        )
        return self.random.choices(edits, weights=(50, 25, 10, 5, 10))[0]

    def _task_edit(self) -> dict[str, Any]:
        pick = self.random.choice
        edits = (
            {"Status": pick(("In Progress", "Completed", "Waiting on someone else"))},
            {"ActivityDate": self._day()},
            {"Type": pick(_TASK_TYPES)},
        )
        return self.random.choices(edits, weights=(60, 25, 15))[0]


def _main(opportunities: int, tasks: int) -> None:
    world = _World(opportunities, tasks)
    with Listener(("127.0.0.1", 0), authkey=_KEY) as listener, serve(world.org) as running:
        told = {"url": running.url, "token": running.token(), "port": listener.address[1]}
        print(json.dumps(told), flush=True)
        what = ""
        while what != "stop":
            with listener.accept() as pipe:
                what, more = pipe.recv()
                if what == "change":
                    world.change(**more)
                elif what == "wait":
                    world.org.clock.advance(more["seconds"])
                pipe.send(None)
        if running.failures:
            raise SystemExit("\n".join(running.failures))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
