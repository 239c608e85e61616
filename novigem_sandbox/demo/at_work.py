"""The invented team at work in a sample org: every change is made by its author, at its moment of the org's clock."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from novigem.model.change import Change
from novigem_sandbox.org import Clock, SampleOrg, Transaction
from novigem_sandbox.team.cast import TWELVE
from novigem_sandbox.team.in_org import add_people, as_written, write_change
from novigem_sandbox.team.six_weeks import Invented

# Everything older than the season was made so long before the first sync.
_BEFORE: Final = timedelta(days=30)
# The nightly job shows its work when it is through, stamped with the moments at which it wrote.
_JOB: Final = timedelta(minutes=5)


class TeamAtWork:
    """A sample org with the team's people and records, in which the season is played up to one moment after another."""

    def __init__(self, invented: Invented, start: datetime) -> None:
        self.org = SampleOrg(Clock.at(start - _BEFORE), keep_versions=False)
        self._waiting = deque(invented.changes)
        self._job: Transaction | None = None
        add_people(self.org, TWELVE, "Onboarding")
        for name in ("Account", "Opportunity"):
            standing = (one for one in invented.standing if one.object == name)
            self.org.load(name, ({"Id": one.id} | as_written(self.org, name, one.values) for one in standing))
        self.org.clock.set(start)

    @property
    def is_over(self) -> bool:
        """Tell whether everything has been done."""
        return not self._waiting and self._job is None

    def until(self, moment: datetime) -> None:
        """Let the team work up to a moment, at which the org's clock then stands."""
        while self._waiting and self._waiting[0].at <= moment:
            change = self._waiting.popleft()
            self._end_job(change.at)
            self.org.clock.set(change.at)
            if (change.kind, change.object, change.by) == ("create", "Task", TWELVE.integration.id):
                self._create_in_job(change)
            else:
                write_change(self.org, change)
        self._end_job(moment)
        self.org.clock.set(moment)

    def _create_in_job(self, change: Change) -> None:
        self._job = self._job or self.org.begin(user=change.by)
        self._job.create(change.object, {"Id": change.id} | as_written(self.org, change.object, change.new))

    def _end_job(self, now: datetime) -> None:
        if self._job is not None and self._job.started + _JOB <= now:
            self.org.clock.set(self._job.started + _JOB)
            self._job.commit()
            self._job = None
