"""What a sync with field history tells of a step is what the org had at that step, or is not told at all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novigem.engine.engine import Engine
from novigem.feed.salesforce.intake import PollOptions
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.sync import Sync
from novigem.testing import make_program
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.org import SampleOrg
from tests.bed.direct_org import DirectOrg

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
STAGES = ("Prospecting", "Negotiation/Review", "Closed Won", "Closed Lost")
# `LeadSource` is not tracked, and each edit of it gives a value that it never had; so its ends differ where it moved.
UNTRACKED = "LeadSource"
WATCHED = ("IsClosed", "IsWon", "NextStep", "Probability", UNTRACKED)


def program_watching(*fields: str) -> Program:
    rules: list[dict[str, Any]] = [
        {"object": "Opportunity", "trigger": "update", "when": [{field: {"isNotBlank": True}}]} for field in fields
    ]
    return make_program(*rules, starts="2026-01-01", ends="2026-12-31")


EDITS = st.fixed_dictionaries(
    {},
    optional={
        "StageName": st.sampled_from(STAGES),
        "NextStep": st.sampled_from(("Call", "Visit")),
        UNTRACKED: st.just("anew"),
        "Probability": st.sampled_from((5, 55)),
    },
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(0, 2), EDITS, st.integers(0, 1)),
        st.tuples(st.just("edit"), st.integers(0, 2), EDITS, st.integers(0, 1)),
        st.tuples(st.just("make"), st.integers(0, 2), EDITS, st.integers(0, 1)),
        st.tuples(st.just("sync"), st.just(0), st.just({}), st.just(0)),
    ),
    max_size=20,
)


class Told:
    """An org in which people work, and a sync of it that reads history."""

    def __init__(self, fields: Sequence[str], *, tracked: set[str]) -> None:
        self.org = SampleOrg(Clock.at(NOON))
        self.org.tracked["Opportunity"] = tracked
        self.users = [self.org.add_user(f"User {n}") for n in range(2)]
        self.records = [self._make({}, 0)]
        self.number = 0
        self.store = MemoryStore()
        engine = Engine(self.store, [program_watching(*fields)])
        options = PollOptions(overlap_seconds=0, lag_seconds=1300, replication_seconds=60, with_history=True)
        self._sync = Sync(engine, DirectOrg(self.org), options=options)
        self.sync()

    def take(self, name: str, which: int, edit: dict[str, Any], user: int) -> None:
        self.number += 1
        # Nor is a probability written by hand where it is not tracked: it then moves with the stage alone.
        edit = {field: value for field, value in edit.items() if field in {*self.org.tracked["Opportunity"], UNTRACKED}}
        given = edit | ({UNTRACKED: f"Source {self.number}"} if UNTRACKED in edit else {})
        if name == "sync":
            self.sync()
        elif name == "make":
            self.records.append(self._make(given, user))
        elif given:
            self.org.update(self.records[which % len(self.records)], given, user=self.users[user])
        self.org.clock.advance(1.5)

    def _make(self, given: dict[str, Any], user: int) -> str:
        base = {"Name": "Deal", "CloseDate": "2026-03-01"}
        return self.org.create("Opportunity", base | given, user=self.users[user])

    def sync(self) -> None:
        self.org.clock.advance(400)
        assert not self._sync.run().errors

    def changes(self, record: str) -> list[Change]:
        found = [change for _logged, change in self.store.changes() if change.id == record]
        return sorted(found, key=lambda one: one.seq)

    def truth(self, change: Change) -> tuple[dict[str, Any] | None, dict[str, Any]]:
        """Give the record before and after the edit that a change tells of."""
        versions = [one.values for one in self.org.versions(change.id) if one.values is not None]
        at = f"{change.at:%Y-%m-%dT%H:%M:%S}"
        number = max(n for n, one in enumerate(versions) if one["LastModifiedDate"][:19] == at)
        return (versions[number - 1] if number else None), versions[number]


def check_told(told: Told, change: Change, *, made_now: bool) -> None:
    before, after = told.truth(change)
    # A field that is not tracked, of a record that was made since we last looked, is told as first seen.
    seen_once = {UNTRACKED} if made_now else set()
    for field, value in change.new.items():
        assert value == after[field] or field in seen_once, (field, change)
    if change.kind != "update" or change.old is None or before is None or change.confidence != "exact":
        return  # what no row tells of is told as a poll sees it: by the last of perhaps several writers
    assert change.by == after["LastModifiedById"]
    for field in set(WATCHED) - {UNTRACKED} - set(change.unknown_old):
        moved = before[field] != after[field]
        assert (field in change.old) == moved, (field, change, before[field], after[field])
        assert not moved or change.old[field] == before[field], (field, change)


@given(
    STEPS,
    st.booleans(),
    st.sampled_from(({"StageName", "NextStep", "Probability", "OwnerId"}, {"StageName", "NextStep", "OwnerId"})),
)
@settings(max_examples=120, deadline=None)
def test_every_value_told_at_a_step_is_what_the_org_had_then(steps: list[Any], stage: bool, tracked: set[str]) -> None:  # noqa: FBT001 - as Hypothesis gives it
    told = Told((*WATCHED, "StageName") if stage else WATCHED, tracked=set(tracked))
    for name, *arguments in steps:
        told.take(name, *arguments)
    told.sync()

    for record in told.records:
        changes = told.changes(record)
        made = changes and changes[0].kind == "create"
        for change in changes:
            check_told(told, change, made_now=bool(made))
