"""The invented team at work in a sample org: every change is made at its moment, by its author, with the org's clock.

What the org fills in by itself is left to it: closed flags, the account of an activity, who created a record.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from novigem.model.change import Change
from novigem_sandbox.org import Clock, SampleOrg, Transaction
from novigem_sandbox.team.cast import INTEGRATION, QUEUE
from novigem_sandbox.team.generator import Invented

# Everything older than the season was made so long before the first sync.
_BEFORE: Final = timedelta(days=30)
# The nightly job shows its work when it is through, stamped with the moments at which it wrote.
_JOB: Final = timedelta(minutes=5)
_BY_ITSELF: Final = frozenset({"IsClosed", "IsWon", "CreatedById"})
_OF_ACTIVITIES: Final = _BY_ITSELF | {"AccountId"}
_LEFT_OUT: Final = {"Task": _OF_ACTIVITIES, "Event": _OF_ACTIVITIES | {"ActivityDate"}}
_RECORD_TYPE: Final = "RecordType.DeveloperName"


class TeamAtWork:
    """A sample org with the team's people and records, in which the season is played up to one moment after another."""

    def __init__(self, invented: Invented, start: datetime) -> None:
        self.org = SampleOrg(Clock.at(start - _BEFORE), keep_versions=False)
        self._waiting = deque(invented.changes)
        self._job: Transaction | None = None
        for person in invented.people:
            given = {"Id": person.id, "Email": person.email}
            self.org.add_user(person.name or person.id, role=person.role, manager=person.manager, **given)
        self.org.create("Group", Id=QUEUE, Name="Onboarding", DeveloperName="Onboarding", Type="Queue")
        for name in ("Account", "Opportunity"):
            standing = (one for one in invented.standing if one.object == name)
            self.org.load(name, ({"Id": one.id} | self._written(name, one.values) for one in standing))
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
            self._make(change)
        self._end_job(moment)
        self.org.clock.set(moment)

    def _make(self, change: Change) -> None:
        match change.kind:
            case "create":
                self._create(change)
            case "update":
                edited = {field: change.new[field] for field in change.old or ()}
                self.org.update(change.id, self._written(change.object, edited), user=change.by)
            case "delete":
                self.org.delete(change.id, user=change.by)
            case "undelete":
                self.org.undelete(change.id, user=change.by)
            case "merge":
                self.org.merge(change.into or "", [change.id], user=change.by)

    def _create(self, change: Change) -> None:
        values = {"Id": change.id} | self._written(change.object, change.new)
        if (change.object, change.by) != ("Task", INTEGRATION.id):
            self.org.create(change.object, values, user=change.by)
            return
        self._job = self._job or self.org.begin(user=INTEGRATION.id)
        self._job.create(change.object, values)

    def _end_job(self, now: datetime) -> None:
        if self._job is not None and self._job.started + _JOB <= now:
            self.org.clock.set(self._job.started + _JOB)
            self._job.commit()
            self._job = None

    def _written(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give the values as somebody would write them."""
        left_out = _LEFT_OUT.get(name, _BY_ITSELF)
        written = {field: value for field, value in values.items() if field not in left_out}
        if _RECORD_TYPE in written:
            written["RecordTypeId"] = self.org.record_type(written.pop(_RECORD_TYPE))
        return written
