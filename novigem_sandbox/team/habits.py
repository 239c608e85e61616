"""What somebody honest does at a moment: each method is one piece of work on the records."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from novigem_sandbox.team import records
from novigem_sandbox.team.members import INTEGRATION, QUEUE, Member
from novigem_sandbox.team.office import SECOND, Office
from novigem_sandbox.team.world import Record, Values

# How often a member does each thing on a usual day; pace, rhythm and a member's own weights come on top.
RATES: Final = {
    "plan": 2.4,
    "finish": 3.2,
    "postpone": 0.8,
    "log_afterwards": 1.0,
    "reopen": 1.0,
    "delete_duplicate": 0.06,
    "take_from_queue": 0.1,
    "done_by_software": 1.0,
    "log_signal": 0.2,
    "move_stage": 0.35,
    "write_next_step": 0.5,
    "document_risk": 0.3,
    "move_close_date": 0.2,
    "meet": 0.45,
}
_PAID: Final = ("Upsell", "Expansion follow-up")
# Beyond so many, planning more makes no sense to anybody.
_MOST_OPEN: Final = 50
_MOST_DEALS: Final = 30

#: Asks for a piece of work at a later moment.
Later = Callable[[int, Callable[[int], None]], None]


class Worker:
    """A member at work. Every piece of work is a no-op where there is nothing to do it on."""

    def __init__(self, office: Office, member: Member, later: Later) -> None:
        self.office = office
        self.member = member
        self.id = member.id
        self.random = office.random
        self.later = later

    def rate(self, deed: str) -> float:
        """Give how often the member does a thing on a usual day."""
        profile = self.member.profile
        own = {
            "log_signal": profile.signals,
            "document_risk": profile.risks,
            "log_afterwards": profile.logs_after,
            "finish": profile.finishes,
            "reopen": profile.reopens,
            "done_by_software": profile.by_software,
        }
        return RATES[deed] * own.get(deed, 1.0)

    def do(self, deed: str, at: int, today: date) -> None:
        """Do one of the things in `RATES`; `today` is the local day of the moment."""
        getattr(self, deed)(at, today)

    def doing(self, deed: str, today: date) -> Callable[[int], None]:
        """Give one of the things to do, for a moment still to come."""
        return lambda at: self.do(deed, at, today)

    @property
    def account(self) -> Record | None:
        """One of the member's customers."""
        return self.office.pick(self.office.accounts[self.id])

    @property
    def open_tasks(self) -> list[Record]:
        """The member's open tasks, oldest first."""
        return self.office.tasks[self.id]

    def plan(self, at: int, today: date) -> Record | None:
        """Plan a task, now and then without saying for whom or what."""
        if len(self.open_tasks) >= _MOST_OPEN:
            return None
        own = {"Subject": None} if self.office.chance(self.member.profile.unnamed) else {}
        account = None if self.office.chance(0.06) else self.account
        weight = self.member.profile.follow_ups
        return self.office.plan(self.id, account, at, self.id, today, weight=weight, **own)

    def finish(self, at: int, today: date) -> None:
        """Complete one of the oldest open tasks."""
        del today
        if self.open_tasks:
            self.office.complete(self.random.choice(self.open_tasks[:6]), at, self.id)

    def tidy(self, at: int, today: date) -> None:
        """Tick tasks off, one after the other, at the end of a day."""
        for _number in range(self.random.randint(2, 9)):
            self.later(at, self.doing("finish", today))
            at += self.random.randint(6, 75) * SECOND

    def mass_edit(self, at: int, today: date) -> None:
        """Complete several tasks in one edit of a list view."""
        del today
        for task in self.open_tasks[: self.random.randint(2, self.member.profile.largest_edit)]:
            self.office.complete(task, at, self.id)

    def log_afterwards(self, at: int, today: date) -> None:
        """Write down something that is done already, and complete it as soon as it is saved."""
        task = self.plan(at, today)
        if task is not None:
            wait = max(4, int(self.random.expovariate(1 / 70)))
            self.later(at + wait * SECOND, partial(self.complete, task))

    def reopen(self, at: int, today: date) -> None:
        """Open a finished task again by mistake, and mostly close it again."""
        del today
        task = self.office.pick(self.office.done[self.id])
        if task is None:
            return
        self.open_again(task, at)
        if self.office.chance(0.7):
            wait = self.random.randint(10, 4 * 3600) * SECOND
            self.later(at + wait, partial(self.complete, task))

    def open_again(self, task: Record, at: int) -> None:
        """Open a finished task again."""
        self.office.update(task, records.REOPENED, at, self.id)

    def postpone(self, at: int, today: date) -> None:
        """Start on a task, or put it off."""
        task = self.office.pick(self.open_tasks)
        if task is not None:
            self.office.update(task, records.put_off(self.random, today), at, self.id)

    def delete_duplicate(self, at: int, today: date) -> None:
        """Save a task twice, and delete one of the two."""
        task = self.plan(at, today)
        if task is not None:
            double = self.office.create("Task", dict(task.values), at, self.id)
            wait = self.random.randint(20, 900) * SECOND
            self.later(at + wait, lambda moment: self.office.delete(double, moment, self.id))

    def take_from_queue(self, at: int, today: date) -> None:
        """Take over a task that nobody owns yet."""
        del today
        task = self.office.pick(self.office.tasks[QUEUE])
        if task is not None:
            self.office.update(task, {"OwnerId": self.id}, at, self.id)

    def done_by_software(self, at: int, today: date) -> None:
        """Send a mail that was planned: the mail tool completes the task."""
        del today
        task = self.office.pick(self.open_tasks)
        if task is not None:
            self.office.complete(task, at, INTEGRATION.id)

    def log_signal(self, at: int, today: date) -> None:
        """Log a new deal with a customer; after a good talk two or three at once."""
        account = self.account
        if account is None:
            return
        for _number in range(self.random.choices((1, 2, 3), weights=(88, 9, 3))[0]):
            if len(self.office.deals[self.id]) < _MOST_DEALS:
                values = records.expansion(self.random, account, self.id, today)
                self.later(at, partial(self.sell, values))
                at += self.random.randint(45, 600) * SECOND

    def sell(self, values: Values, at: int) -> None:
        """Create a deal."""
        self.office.create("Opportunity", values, at, self.id)

    def complete(self, task: Record, at: int) -> None:
        """Complete a task."""
        self.office.complete(task, at, self.id)

    def move_stage(self, at: int, today: date) -> None:
        """Move a deal to another stage."""
        del today
        deal = self.office.pick(self.office.deals[self.id])
        if deal is not None:
            stage = records.next_stage(self.random, deal)
            self.office.update(deal, records.stage_values(stage), at, self.id)

    def write_next_step(self, at: int, today: date) -> None:
        """Say what comes next on a deal."""
        del today
        deal = self.office.pick(self.office.deals[self.id])
        if deal is not None:
            self.office.update(deal, {"NextStep": self.random.choice(records.NEXT_STEPS)}, at, self.id)

    def document_risk(self, at: int, today: date) -> None:
        """Name the risk of a renewal, or clear one that has passed."""
        del today
        deal = self.office.pick([one for one in self.office.deals[self.id] if one.values["Type"] == "Renewal"])
        if deal is not None:
            risk = None if self.office.chance(0.15) else self.random.choice(records.RISKS)
            self.office.update(deal, {"Renewal_Risk__c": risk}, at, self.id)

    def move_close_date(self, at: int, today: date) -> None:
        """Set the close date of a deal anew."""
        deal = self.office.pick(self.office.deals[self.id])
        if deal is not None:
            self.office.update(deal, records.closing_anew(self.random, today), at, self.id)

    def meet(self, at: int, today: date) -> None:
        """Log a meeting, and do in the next half hour what came out of it."""
        account = self.account
        if account is None:
            return
        self.office.create("Event", records.meeting(self.random, account, self.id, today), at, self.id)
        for deed in self.random.sample(("plan", "plan", "finish", "log_signal", "write_next_step", "document_risk"), 3):
            if self.office.chance(0.5):
                moment = at + self.random.randint(60, 1800) * SECOND
                self.later(moment, self.doing(deed, today))

    def paid_task(self, at: int, today: date, *, subject: str | None = "Follow up") -> Record | None:
        """Plan a task of a kind that the playbook pays for."""
        account = self.account
        if account is None:
            return None
        kind = self.random.choice(_PAID)
        return self.office.plan(self.id, account, at, self.id, today, Type=kind, Subject=subject)
