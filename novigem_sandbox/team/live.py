"""The invented team at work: one transaction after the other, on a thread of its own."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, Self

from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.team.furnish import OPEN_STAGES, RISKS, STEPS, UPSELL_TYPES, Team


class Workday:
    """What the team may do next. Deterministic from the team's seed as long as nobody else writes."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._org = team.org
        self._random = team.random
        self._doings: Final[tuple[tuple[Callable[[], None], int], ...]] = (
            (self.log_signal, 4), (self.plan_follow_up, 5), (self.complete_follow_up, 8), (self.document_risk, 4),
            (self.write_next_step, 4), (self.move_stage, 3), (self.take_lead, 1), (self.convert_lead, 1),
            (self.close_case, 1), (self.think_better_of_it, 1),
        )  # fmt: skip

    def step(self) -> None:
        """Do one thing. A record that somebody else holds is left alone."""
        doings, weights = zip(*self._doings, strict=True)
        with suppress(Refusal):
            self._random.choices(doings, weights=weights)[0]()

    def log_signal(self) -> None:
        """Log a new expansion opportunity."""
        account, owner = self._account()
        kind = self._random.choice(("Expansion", "Upsell"))
        self._org.create(
            "Opportunity", user=owner, Name=f"{kind} {self._random.randint(100, 999)}", AccountId=account,
            RecordTypeId=self._org.record_type(kind), StageName="Prospecting",
            Amount=self._random.randint(20, 400) * 100, CloseDate=self._day(60),
        )  # fmt: skip

    def plan_follow_up(self) -> None:
        """Plan a follow-up with a customer."""
        account, owner = self._account()
        kind = self._random.choice(UPSELL_TYPES)
        task = self._org.create(
            "Task", user=owner, Subject=f"{kind} with the customer", Type=kind, WhatId=account,
            ActivityDate=self._day(self._random.randint(1, 14)),
        )  # fmt: skip
        self._team.tasks.append(task)

    def complete_follow_up(self) -> None:
        """Complete a follow-up that is open."""
        if self._team.tasks:
            task = self._team.tasks.pop(self._random.randrange(len(self._team.tasks)))
            self._edit(task, Status="Completed")

    def document_risk(self) -> None:
        """Write down that a renewal is at risk."""
        if self._team.renewals:
            self._edit(self._random.choice(self._team.renewals), Renewal_Risk__c=self._random.choice(RISKS))

    def write_next_step(self) -> None:
        """Write what will be done next on a renewal."""
        if self._team.renewals:
            self._edit(self._random.choice(self._team.renewals), NextStep=self._random.choice(STEPS))

    def move_stage(self) -> None:
        """Move the stage of a renewal."""
        if self._team.renewals:
            self._edit(self._random.choice(self._team.renewals), StageName=self._random.choice(OPEN_STAGES))

    def take_lead(self) -> None:
        """Take a lead and begin to work on it."""
        if self._team.leads:
            member = self._random.choice(self._team.members)
            lead = self._random.choice(self._team.leads)
            self._org.update(lead, user=member, OwnerId=member, Status="Working - Contacted")

    def convert_lead(self) -> None:
        """Turn a lead into a customer."""
        if self._team.leads:
            lead = self._team.leads.pop(self._random.randrange(len(self._team.leads)))
            self._org.convert_lead(lead, user=self._random.choice(self._team.members))

    def close_case(self) -> None:
        """Close a case."""
        if self._team.cases:
            self._edit(self._team.cases.pop(), Status="Closed")

    def think_better_of_it(self) -> None:
        """Delete an open follow-up, and sometimes bring it back."""
        if self._team.tasks:
            task = self._random.choice(self._team.tasks)
            self._org.delete(task)
            if self._random.random() < 0.5:  # noqa: PLR2004 - every other time
                self._org.undelete(task)
            else:
                self._team.tasks.remove(task)

    def _edit(self, record_id: str, **values: object) -> None:
        """Change a record as its owner does."""
        held = self._org.get(record_id)
        if held is not None and not held["IsDeleted"]:
            self._org.update(record_id, values, user=str(held["OwnerId"]))

    def _account(self) -> tuple[str, str]:
        account = self._random.choice(self._team.accounts)
        return account, self._team.owners[account]

    def _day(self, ahead: int) -> str:
        return (self._org.clock.now() + timedelta(days=ahead)).date().isoformat()


class Live:
    """Keeps a team working on a thread until it is stopped; `pace` is the usual number of seconds between doings."""

    def __init__(self, team: Team, pace: float = 1.0) -> None:
        self._workday = Workday(team)
        self._pace = pace
        self._random = team.random
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sample-team", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop, and wait for the doing in hand."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(self._pace * self._random.uniform(0.5, 1.5)):
            self._workday.step()
