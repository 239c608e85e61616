"""With field history, a step tells what the record was then: never what it was before, or what became of it later."""

from datetime import UTC, datetime
from typing import Any

import pytest

from novigem.engine.engine import Engine
from novigem.feed.salesforce.intake import PollOptions
from novigem.ledger.memory.store import MemoryStore
from novigem.model.change import Change
from novigem.queries.explain import explain_record
from novigem.sync import Sync
from novigem.testing import make_program
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.org import SampleOrg
from tests.bed.direct_org import DirectOrg

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
NEXT_STEP_ON_OPEN_DEAL = {
    "object": "Opportunity",
    "trigger": "update",
    "when": {"NextStep": {"isChanged": True, "isNotBlank": True}, "IsClosed": {"equals": False}},
    "points": 3,
}
MADE_CLOSED = {"object": "Opportunity", "trigger": "create", "when": {"IsClosed": {"equals": True}}, "points": 10}
WON = {
    "object": "Opportunity",
    "trigger": "update",
    "when": {"IsWon": {"changedTo": True}},
    "award_points_to": "Last Modified By",
    "points": 20,
}
MOVED = {"object": "Opportunity", "trigger": "update", "when": {"StageName": {"changedTo": "Closed Won"}}}


class Bed:
    """An org with two people, read with or without field history."""

    def __init__(self, *rules: dict[str, Any], history: bool = True) -> None:
        self.org = SampleOrg(Clock.at(NOON))
        self.ann, self.ben = self.org.add_user("Ann Bell"), self.org.add_user("Ben Cole")
        self.old = self.make()
        self.program = make_program(*rules, starts="2026-01-01", ends="2026-12-31")
        self.store = MemoryStore()
        engine = Engine(self.store, [self.program])
        self._sync = Sync(engine, DirectOrg(self.org), options=PollOptions(with_history=history))
        self.org.clock.advance(3600)
        self.sync()

    def make(self, **values: Any) -> str:
        base = {"Name": "Deal", "CloseDate": "2026-03-01", "StageName": "Prospecting"}
        return self.org.create("Opportunity", base | values, user=self.ann)

    def edit(self, record: str, user: str, **values: Any) -> None:
        self.org.update(record, values, user=user)
        self.org.clock.advance(60)

    def sync(self) -> int:
        """Sync; give how many rules could not be decided."""
        self.org.clock.advance(60)
        report = self._sync.run()
        assert not report.errors
        return report.run.unknown.total()

    def changes(self, record: str) -> list[Change]:
        found = [change for _logged, change in self.store.changes() if change.id == record]
        return sorted(found, key=lambda one: one.seq)

    def paid(self) -> list[tuple[str, int, int]]:
        """Give to whom how much was paid for what was done at which minute."""
        return [(one.user, one.points, one.occurred // 60_000_000 % 60) for one in self.store.entries()]


def test_a_deal_that_was_won_is_not_told_as_open_at_the_edits_behind() -> None:
    bed = Bed(NEXT_STEP_ON_OPEN_DEAL, MADE_CLOSED, WON)
    bed.edit(bed.old, bed.ann, StageName="Closed Won")
    bed.edit(bed.old, bed.ben, NextStep="Kick-off")
    bed.edit(bed.old, bed.ben, Amount=500)

    assert bed.sync() == 0
    assert bed.paid() == [(bed.ann, 20, 1)]
    assert [one.new["IsClosed"] for one in bed.changes(bed.old)] == [True, True]


def test_a_new_deal_is_told_as_it_was_made_and_won_when_it_was_won() -> None:
    bed = Bed(NEXT_STEP_ON_OPEN_DEAL, MADE_CLOSED, WON)
    new = bed.make()
    bed.org.clock.advance(60)
    bed.edit(new, bed.ann, StageName="Closed Won")
    bed.edit(new, bed.ben, NextStep="Kick-off")

    assert bed.sync() == 0
    assert bed.paid() == [(bed.ann, 20, 2)]
    assert [(one.kind, one.new["IsWon"]) for one in bed.changes(new)] == [
        ("create", False),
        ("update", True),
        ("update", True),
    ]


def test_what_the_org_does_not_say_of_a_stage_is_left_open() -> None:
    bed = Bed(NEXT_STEP_ON_OPEN_DEAL, MADE_CLOSED, WON)
    bed.org.hide_field("OpportunityStage", "IsWon")
    new = bed.make()
    bed.org.clock.advance(60)
    bed.edit(new, bed.ann, StageName="Closed Won")

    assert bed.sync() == 2, "whether it was made closed, and whether this edit won it"
    assert bed.paid() == []
    made, won = bed.changes(new)
    assert "IsWon" not in made.new
    assert (won.new["IsWon"], won.old, won.unknown_old) == (True, {}, ("IsClosed", "IsWon"))
    verdicts = {one.verdict for one in explain_record(bed.store, [bed.program], new) if one.rule == WON.get("id")}
    assert verdicts <= {"unknown", "no"}


@pytest.mark.parametrize("gap", [0, 1])
def test_an_edit_in_the_second_of_creation_is_a_step_like_one_a_second_later(gap: int) -> None:
    bed = Bed(MOVED, {"object": "Opportunity", "trigger": "create", "when": {"StageName": {"equals": "Closed Won"}}})
    new = bed.make()
    bed.org.clock.advance(gap)
    bed.edit(new, bed.ben, StageName="Closed Won")

    bed.sync()

    made, moved = bed.changes(new)
    assert (made.kind, made.new["StageName"]) == ("create", "Prospecting")
    assert (moved.kind, moved.old, moved.by) == ("update", {"StageName": "Prospecting"}, bed.ben)
    assert len(bed.paid()) == 1


def test_a_field_that_is_not_tracked_is_unknown_at_the_steps_where_it_may_have_moved() -> None:
    bed = Bed(MOVED, {"object": "Opportunity", "trigger": "update", "when": {"LeadSource": {"isBlank": True}}})
    bed.edit(bed.old, bed.ann, LeadSource="Web")
    bed.edit(bed.old, bed.ben, StageName="Negotiation/Review")
    bed.edit(bed.old, bed.ben, StageName="Closed Won")

    bed.sync()

    first, second = bed.changes(bed.old)
    assert "LeadSource" not in first.new
    assert second.new["LeadSource"] == "Web"
    assert (first.unknown_old, second.unknown_old) == (("LeadSource",), ("LeadSource",))
    assert len(bed.paid()) == 1, "the stage alone: a blank source is not what anybody knows"


def test_an_edit_behind_a_creation_that_no_row_tells_of_is_not_dropped() -> None:
    bed = Bed(MOVED, {"object": "Opportunity", "trigger": "update", "when": {"LeadSource": {"isChanged": True}}})
    new = bed.make()
    bed.org.clock.advance(60)
    bed.edit(new, bed.ann, StageName="Closed Won")
    bed.edit(new, bed.ben, LeadSource="Web")

    assert bed.sync() == 1
    made, moved, last = bed.changes(new)
    assert (made.new["StageName"], moved.new["StageName"]) == ("Prospecting", "Closed Won")
    assert (last.by, last.old, "LeadSource" in last.unknown_old, "StageName" in last.unknown_old) == (
        bed.ben,
        {},
        True,
        False,
    )


def test_a_lead_is_converted_at_the_step_that_converted_it() -> None:
    converted = {"object": "Lead", "trigger": "update", "when": {"IsConverted": {"changedTo": True}}}
    bed = Bed(converted, {"object": "Lead", "trigger": "update", "when": {"Status": {"isChanged": True}}})
    lead = bed.org.create("Lead", LastName="Lane", Company="Acme", user=bed.ann)
    bed.org.clock.advance(60)
    bed.sync()
    bed.edit(lead, bed.ann, Status="Working - Contacted")
    bed.org.convert_lead(lead, user=bed.ben)

    bed.sync()

    _made, worked, done = bed.changes(lead)
    assert (worked.new["IsConverted"], worked.by) == (False, bed.ann)
    assert (done.new["IsConverted"], done.old["IsConverted"], done.by) == (True, False, bed.ben)


def test_without_history_a_creation_is_told_as_first_seen_and_explain_says_so() -> None:
    bed = Bed(MADE_CLOSED, history=False)
    new = bed.make()
    bed.org.clock.advance(60)
    bed.edit(new, bed.ann, StageName="Closed Won")

    bed.sync()

    answers = explain_record(bed.store, [bed.program], new)
    assert [(one.kind, one.verdict, one.as_first_seen) for one in answers] == [
        ("create", "paid", True),
        ("update", "no", False),
    ]
