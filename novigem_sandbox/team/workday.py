"""What one team member does at a moment: each method is one piece of work on the records."""

from datetime import date, datetime, timedelta
from typing import Final

from novigem_sandbox.team import records
from novigem_sandbox.team.cast import Member
from novigem_sandbox.team.world import Record, World

# How often a member does each thing on a usual day; a member's own weights come on top.
RATES: Final = {
    "plan": 2.6,
    "finish": 2.2,
    "postpone": 0.8,
    "reopen": 0.08,
    "drop": 0.05,
    "log_signal": 0.2,
    "move_stage": 0.3,
    "write_next_step": 0.6,
    "document_risk": 0.32,
    "move_close_date": 0.2,
    "meet": 0.5,
    "open_case": 0.12,
    "work_on_case": 0.3,
}


class Desk:
    """A member at work in the world. Every piece of work is a no-op when there is nothing to do it on."""

    def __init__(self, world: World, member: Member) -> None:
        self._world = world
        self._random = world.random
        self.member = member

    def rate(self, deed: str) -> float:
        """Give how often the member does a thing on a usual day."""
        own = {
            "log_signal": self.member.signals,
            "document_risk": self.member.risks,
            "finish": self.member.finishing,
        }
        return RATES[deed] * own.get(deed, 1.0)

    def do(self, deed: str, at: datetime, today: date) -> None:
        """Do one of the things in `RATES`; `today` is the local day of the moment."""
        getattr(self, deed)(at, today)

    def plan(self, at: datetime, today: date) -> None:
        """Plan a piece of work, now and then without saying for whom."""
        account = None if self._world.chance(0.06) else self._account()
        values = records.work(self._random, account, self.member.id, today, weight=self.member.follow_ups)
        self._world.create("Task", values, at, self.member.id)

    def finish(self, at: datetime, today: date) -> None:
        """Complete one of the oldest open pieces of work."""
        del today
        open_work = self.open_work()
        if open_work:
            self.complete(self._random.choice(open_work[:6]), at)

    def complete(self, work: Record, at: datetime) -> None:
        """Complete a piece of work."""
        self._world.update(work, records.COMPLETED, at, self.member.id)

    def open_work(self) -> list[Record]:
        """Give the member's open pieces of work, oldest first."""
        return [one for one in self._world.owned("Task", self.member.id) if not one.values["IsClosed"]]

    def postpone(self, at: datetime, today: date) -> None:
        """Start on a piece of work, or put it off."""
        work = self._pick(self.open_work())
        if work is not None:
            self._world.update(work, records.put_off(self._random, today), at, self.member.id)

    def reopen(self, at: datetime, today: date) -> None:
        """Open a piece of finished work again."""
        del today
        done = [one for one in self._world.owned("Task", self.member.id) if one.values["IsClosed"]]
        work = self._pick(done[-5:])
        if work is not None:
            self._world.update(work, records.REOPENED, at, self.member.id)

    def drop(self, at: datetime, today: date) -> None:
        """Delete a piece of work, or bring one back."""
        del today
        gone = [one for one in self._world.deleted("Task") if one.owner == self.member.id]
        if gone and self._world.chance(0.4):
            self._world.undelete(gone[-1], at, self.member.id)
        elif (work := self._pick(self.open_work())) is not None:
            self._world.delete(work, at, self.member.id)

    def log_signal(self, at: datetime, today: date) -> None:
        """Log a new deal with a customer."""
        account = self._account()
        if account is not None:
            values = records.expansion(self._random, account, self.member.id, today)
            self._world.create("Opportunity", values, at, self.member.id)

    def move_stage(self, at: datetime, today: date) -> None:
        """Move a deal to another stage."""
        del today
        deal = self._pick(self._deals())
        if deal is not None:
            stage = records.next_stage(self._random, deal)
            self._world.update(deal, records.stage_values(stage), at, self.member.id)

    def write_next_step(self, at: datetime, today: date) -> None:
        """Say what comes next on a deal, or clear it."""
        del today
        deal = self._pick(self._deals())
        if deal is not None:
            step = None if self._world.chance(0.1) else self._random.choice(records.NEXT_STEPS)
            self._world.update(deal, {"NextStep": step}, at, self.member.id)

    def document_risk(self, at: datetime, today: date) -> None:
        """Name the risk of a renewal, or clear one that has passed; sometimes the close date moves with it."""
        deal = self._pick([one for one in self._deals() if one.values["Type"] == "Renewal"])
        if deal is None:
            return
        edit = {"Renewal_Risk__c": None if self._world.chance(0.15) else self._random.choice(records.RISKS)}
        if self._world.chance(0.07):
            edit["CloseDate"] = (today + timedelta(days=self._random.randint(40, 90))).isoformat()
        self._world.update(deal, edit, at, self.member.id)

    def move_close_date(self, at: datetime, today: date) -> None:
        """Set the close date of a deal anew."""
        deal = self._pick(self._deals())
        if deal is not None:
            self._world.update(deal, records.closing_anew(self._random, today), at, self.member.id)

    def meet(self, at: datetime, today: date) -> None:
        """Log a meeting."""
        account = self._account()
        if account is not None:
            self._world.create(
                "Event", records.meeting(self._random, account, self.member.id, today), at, self.member.id
            )

    def open_case(self, at: datetime, today: date) -> None:
        """Open a support case."""
        del today
        account = self._account()
        if account is not None:
            self._world.create("Case", records.case(self._random, account, self.member.id), at, self.member.id)

    def work_on_case(self, at: datetime, today: date) -> None:
        """Move a support case on."""
        del today
        case = self._pick(
            [one for one in self._world.owned("Case", self.member.id) if one.values["Status"] != "Closed"]
        )
        if case is not None:
            self._world.update(case, {"Status": self._random.choice(records.CASE_STATUSES[1:])}, at, self.member.id)

    def _account(self) -> Record | None:
        return self._pick(self._world.owned("Account", self.member.id))

    def _deals(self) -> list[Record]:
        return [one for one in self._world.owned("Opportunity", self.member.id) if not one.values["IsClosed"]]

    def _pick(self, choices: list[Record]) -> Record | None:
        return self._random.choice(choices) if choices else None
