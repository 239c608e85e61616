"""What somebody honest does at a moment: each action is one piece of work on the records."""

from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from novigem_sandbox.team import records
from novigem_sandbox.team.agenda import SECOND, Action, Later
from novigem_sandbox.team.cast import Member, Team
from novigem_sandbox.team.office import Office
from novigem_sandbox.team.records import Record, Values

_PAID: Final = ("Upsell", "Expansion follow-up")
# Beyond so many, logging more makes no sense to anybody.
_MOST_DEALS: Final = 30


class Worker:
    """A member at work. Every action is a no-op where there is nothing to do it on.

    Moments are in microseconds since 1970 UTC; `today` is the local day of the moment.
    """

    def __init__(self, office: Office, team: Team, member: Member, later: Later) -> None:
        self.office = office
        self.team = team
        self.member = member
        self.id = member.id
        self.random = office.random
        self.later = later

    def weight(self, action: str) -> float:
        """Give how much more often than usual the member does a thing."""
        profile = self.member.profile
        own = {
            "log_signal": profile.signals,
            "log_signals": profile.signals,
            "document_risk": profile.risks,
            "log_afterwards": profile.logs_after,
            "finish": profile.finishes,
            "reopen": profile.reopens,
            "done_by_software": profile.by_software,
        }
        return own.get(action, 1.0)

    def do(self, action: str, at: int, today: date) -> None:
        """Do one of the things below by its name."""
        getattr(self, action)(at, today)

    def doing(self, action: str, today: date) -> Action:
        """Give one of the things to do, for a moment still to come."""
        return lambda at: self.do(action, at, today)

    def plan(self, at: int, today: date) -> Record | None:
        """Plan a task, now and then without saying for whom or what."""
        if len(self._open("Task")) >= self.member.profile.most_open:
            return None
        own = {"Subject": None} if self.office.chance(self.member.profile.unnamed) else {}
        account = None if self.office.chance(0.06) else self.account
        return self._plan(account, at, today, **own)

    def paid_task(self, at: int, today: date, *, subject: str | None = "Follow up") -> Record | None:
        """Plan a task of a kind that the playbook pays for."""
        account = self.account
        if account is None:
            return None
        kind = self.random.choice(_PAID)
        return self._plan(account, at, today, weight=1.0, Type=kind, Subject=subject)

    def finish(self, at: int, today: date) -> None:
        """Complete one of the oldest open tasks."""
        del today
        tasks = self._open("Task")
        if tasks:
            self.complete(self.random.choice(tasks[:6]), at)

    def complete(self, task: Record, at: int) -> None:
        """Complete a task."""
        self.office.complete(task, at, self.id)

    def tidy(self, at: int, today: date) -> None:
        """Tick tasks off, one after the other, at the end of a day."""
        for _number in range(self.random.randint(2, 9)):
            self.later(at, self.doing("finish", today))
            at += self.random.randint(6, 75) * SECOND

    def mass_edit(self, at: int, today: date) -> None:
        """Complete several tasks in one edit of a list view."""
        del today
        for task in self._open("Task")[: self.random.randint(2, self.member.profile.largest_edit)]:
            self.complete(task, at)

    def log_afterwards(self, at: int, today: date) -> None:
        """Write down something that is done already, and complete it as soon as it is saved."""
        task = self.plan(at, today)
        if task is not None:
            wait = max(4, int(self.random.expovariate(1 / 70)))
            self.later(at + wait * SECOND, partial(self.complete, task))

    def reopen(self, at: int, today: date) -> None:
        """Open a finished task again by mistake, and mostly close it again."""
        del today
        task = self.office.pick(self.office.shelves.done(self.id))
        if task is None:
            return
        self.open_again(task, at)
        if self.office.chance(self.member.profile.recloses):
            wait = self.random.randint(10, 4 * 3600) * SECOND
            self.later(at + wait, partial(self.complete, task))

    def open_again(self, task: Record, at: int) -> None:
        """Open a finished task again."""
        self.office.update(task, records.REOPENED, at, self.id)

    def postpone(self, at: int, today: date) -> None:
        """Start on a task, or put it off."""
        task = self._pick("Task")
        if task is not None:
            self.office.update(task, records.put_off(self.random, today), at, self.id)

    def drop(self, at: int, today: date) -> None:
        """Delete a task, or bring one back."""
        del today
        gone = self.office.shelves.deleted(self.id)
        if gone and self.office.chance(0.4):
            self.office.undelete(gone[-1], at, self.id)
        elif (task := self._pick("Task")) is not None:
            self.office.delete(task, at, self.id)

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
        task = self.office.pick(self.office.shelves.open("Task", self.team.queue))
        if task is not None:
            self.office.update(task, {"OwnerId": self.id}, at, self.id)

    def done_by_software(self, at: int, today: date) -> None:
        """Send a mail that was planned: the mail tool completes the task."""
        del today
        task = self._pick("Task")
        if task is not None:
            self.office.complete(task, at, self.team.integration.id)

    def log_signal(self, at: int, today: date) -> None:
        """Log a new deal with a customer."""
        account = self.account
        if account is not None:
            self.sell(records.expansion(self.random, account, self.id, today), at)

    def log_signals(self, at: int, today: date) -> None:
        """Log a new deal with a customer; after a good talk two or three at once."""
        account = self.account
        if account is None:
            return
        for _number in range(self.random.choices((1, 2, 3), weights=(88, 9, 3))[0]):
            if len(self._open("Opportunity")) < _MOST_DEALS:
                values = records.expansion(self.random, account, self.id, today)
                self.later(at, partial(self.sell, values))
                at += self.random.randint(45, 600) * SECOND

    def sell(self, values: Values, at: int) -> None:
        """Create a deal."""
        self.office.create("Opportunity", values, at, self.id)

    def move_stage(self, at: int, today: date) -> None:
        """Move a deal to another stage."""
        del today
        deal = self._pick("Opportunity")
        if deal is not None:
            stage = records.next_stage(self.random, deal)
            self.office.update(deal, records.stage_values(stage), at, self.id)

    def write_next_step(self, at: int, today: date) -> None:
        """Say what comes next on a deal, or clear it."""
        del today
        deal = self._pick("Opportunity")
        if deal is not None:
            clears = self.office.chance(self.member.profile.clears_steps)
            step = None if clears else self.random.choice(records.NEXT_STEPS)
            self.office.update(deal, {"NextStep": step}, at, self.id)

    def document_risk(self, at: int, today: date) -> None:
        """Name the risk of a renewal, or clear one that has passed; sometimes the close date moves with it."""
        deal = self.office.pick([one for one in self._open("Opportunity") if one.values["Type"] == "Renewal"])
        if deal is None:
            return
        edit = {"Renewal_Risk__c": None if self.office.chance(0.15) else self.random.choice(records.RISKS)}
        if self.office.chance(self.member.profile.moves_dates):
            edit["CloseDate"] = (today + timedelta(days=self.random.randint(40, 90))).isoformat()
        self.office.update(deal, edit, at, self.id)

    def move_close_date(self, at: int, today: date) -> None:
        """Set the close date of a deal anew."""
        deal = self._pick("Opportunity")
        if deal is not None:
            self.office.update(deal, records.closing_anew(self.random, today), at, self.id)

    def meet(self, at: int, today: date) -> Record | None:
        """Log a meeting."""
        account = self.account
        if account is None:
            return None
        return self.office.create("Event", records.meeting(self.random, account, self.id, today), at, self.id)

    def meet_and_act(self, at: int, today: date) -> None:
        """Log a meeting, and do in the next half hour what came out of it."""
        if self.meet(at, today) is None:
            return
        follow_ups = ("plan", "plan", "finish", "log_signals", "write_next_step", "document_risk")
        for action in self.random.sample(follow_ups, 3):
            if self.office.chance(0.5):
                moment = at + self.random.randint(60, 1800) * SECOND
                self.later(moment, self.doing(action, today))

    def open_case(self, at: int, today: date) -> None:
        """Open a support case."""
        del today
        account = self.account
        if account is not None:
            self.office.create("Case", records.case(self.random, account, self.id), at, self.id)

    def work_on_case(self, at: int, today: date) -> None:
        """Move a support case on."""
        del today
        case = self._pick("Case")
        if case is not None:
            self.office.update(case, {"Status": self.random.choice(records.CASE_STATUSES[1:])}, at, self.id)

    @property
    def account(self) -> Record | None:
        """One of the member's customers."""
        return self._pick("Account")

    def _open(self, name: str) -> list[Record]:
        return list(self.office.shelves.open(name, self.id))

    def _pick(self, name: str) -> Record | None:
        return self.office.pick(self.office.shelves.open(name, self.id))

    def _plan(self, account: Record | None, at: int, today: date, *, weight: float | None = None, **own: Any) -> Record:
        weight = self.member.profile.follow_ups if weight is None else weight
        values = records.work(self.random, account, self.id, today, weight=weight)
        return self.office.create("Task", values | own, at, self.id)
