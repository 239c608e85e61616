"""The twelve at work in a sample org: one piece of work after the other, on a thread of its own."""

import threading
from contextlib import suppress
from typing import Final, Self

from novigem.model.change import to_micros
from novigem_sandbox.org import Refusal
from novigem_sandbox.team.agenda import Agenda
from novigem_sandbox.team.cast import TWELVE
from novigem_sandbox.team.furnish import StaffedOrg
from novigem_sandbox.team.in_org import write_change
from novigem_sandbox.team.worker import Worker

# Of so many pieces of work, how many are of each kind.
_RATES: Final = {
    "finish": 8, "plan": 5, "log_signal": 4, "document_risk": 4, "write_next_step": 4, "move_stage": 3,
    "meet_and_act": 1, "open_case": 1, "work_on_case": 3, "drop": 1, "take_lead": 1, "convert_lead": 1,
}  # fmt: skip


class LiveWork:
    """What the team does next. Deterministic from the seed as long as nobody else writes into the org."""

    def __init__(self, staffed: StaffedOrg) -> None:
        self._org = staffed.org
        self._office = staffed.office
        self._leads = staffed.leads
        self._random = staffed.office.random
        self._agenda = Agenda()
        self._workers = [Worker(self._office, TWELVE, member, self._agenda.add) for member in TWELVE.members]
        self._of_leads: Final = {"take_lead": self.take_lead, "convert_lead": self.convert_lead}

    def step(self) -> None:
        """Do one thing, and what is due by now. A record that somebody else holds or deleted is left alone."""
        at = to_micros(self._org.clock.now())
        self._one_thing(at)
        for _moment in self._agenda.play(at):
            pass
        for change in self._office.take():
            with suppress(Refusal):
                write_change(self._org, change)

    def _one_thing(self, at: int) -> None:
        worker = self._random.choice(self._workers)
        action = self._random.choices(list(_RATES), weights=list(_RATES.values()))[0]
        if action not in self._of_leads:
            worker.do(action, at, self._org.clock.now().date())
        elif self._leads:
            with suppress(Refusal):
                self._of_leads[action](worker.id)

    def take_lead(self, user: str) -> None:
        """Take a lead and begin to work on it."""
        self._org.update(self._random.choice(self._leads), user=user, OwnerId=user, Status="Working - Contacted")

    def convert_lead(self, user: str) -> None:
        """Turn a lead into a customer."""
        self._org.convert_lead(self._leads.pop(self._random.randrange(len(self._leads))), user=user)


class Live:
    """Keeps the team working on a thread until it is stopped; `pace` is the usual number of seconds between steps."""

    def __init__(self, staffed: StaffedOrg, pace: float = 1.0) -> None:
        self._work = LiveWork(staffed)
        self._pace = pace
        self._random = staffed.office.random
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="sample-team", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop, and wait for the step in hand."""
        self._over.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._over.wait(self._pace * self._random.uniform(0.5, 1.5)):
            self._work.step()
