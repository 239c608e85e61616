"""Entries, statements, and why a record paid or not."""

from typing import Any, Literal

from pydantic import Field

from novigem.views.web.api.models.base import Answer, Moment


class EntryAnswer(Answer):
    """One line of the ledger, as `novigem ledger --json`."""

    entry: int
    user: str = Field(description="`somebody` for whoever opted out of being seen")
    points: int
    kind: str = Field(description="rule, bonus, adjustment, reversal")
    rule: str | None
    challenge: str | None
    challenges: list[str] = Field(description="every challenge it counts for")
    period: str | None
    object: str | None
    record: str | None
    occurred_at: Moment = Field(description="when it happened in Salesforce")
    recorded_at: Moment = Field(description="when it was written")
    program: str
    version: str
    key: str
    reverses: int | None = Field(description="the entry that it takes back")
    reason: str | None
    author: str | None


class EntriesAnswer(Answer):
    """A page of the ledger, in its order."""

    entries: list[EntryAnswer]
    next: int | None = Field(description="give this as `after` to read on; null where nothing more was there")


class StatementEntry(EntryAnswer):
    """An entry of a statement."""

    why: str = Field(description="what it was for, in words")
    balance: int = Field(description="the points after it")
    taken_back_by: int | None
    entered_again_as: int | None


class RequestAnswer(Answer):
    """An appeal, or points that wait for a second person."""

    number: int
    kind: str
    program: str
    user: str
    points: int | None
    entry: int | None
    record: str | None
    rule: str | None
    appeal: int | None
    reason: str
    author: str | None
    opened_at: Moment
    status: str
    decided_at: Moment | None
    decided_by: str | None
    decision: str | None
    paid: int | None
    counts_for: Moment | None = Field(default=None, description="the moment for which the points count")


class StatementAnswer(Answer):
    """Every point of one person in one program, as `novigem statement --json`."""

    program: str
    user: str
    name: str
    since: Moment | None
    until: Moment | None
    opening: int = Field(description="points before the first line")
    closing: int = Field(description="`opening` and the points of all lines")
    lines: list[StatementEntry]
    appeals: list[RequestAnswer]
    waiting: list[RequestAnswer]


class ConditionFound(Answer):
    """One condition, and what it found."""

    group: int = Field(description="conditions of one group must all hold; of the groups, one")
    field: str
    operator: str
    expected: Any
    old: Any
    new: Any
    old_known: bool = Field(description="tells null from a value that is not known")
    new_known: bool
    result: bool | None = Field(description="null for unknown")


class CountedOn(Answer):
    """The day on which something counts for somebody with a clock of their own."""

    day: str
    timezone: str


class VerdictAnswer(Answer):
    """What one rule made of one change of a record, as `novigem explain --json`."""

    object: str
    at: Moment
    kind: str
    by: str | None = Field(description="who did it")
    confidence: str | None = Field(description="how sure it is that they did")
    program: str
    rule: str
    verdict: Literal["paid", "no", "unknown", "blocked"]
    reason: str | None
    user: str | None
    points: int | None
    entry: int | None
    conditions: list[ConditionFound]
    as_first_seen: bool | None = Field(default=None, description="true where the values are those of a later look")
    made_so: ConditionFound | None = Field(default=None, description="what was so when the record was made")
    counted_on: CountedOn | None = None
