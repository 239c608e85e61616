"""Transactions: stamps at the statement, sight at the commit, locks in between, and every version kept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from novigem_sandbox.org import Refusal, SampleOrg, Transaction
from novigem_sandbox.org.clock import Clock

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
T0, T1, T2 = "2026-01-05T12:00:00.000+0000", "2026-01-05T12:00:30.000+0000", "2026-01-05T12:02:00.000+0000"


def held(org: SampleOrg, record_id: str) -> dict[str, Any]:
    found = org.get(record_id)
    assert found is not None
    return found


def test_a_row_shows_at_the_commit_with_the_stamp_of_the_statement(org: SampleOrg) -> None:
    deal = org.create("Opportunity", StageName="Prospecting")
    org.clock.advance(30)
    tx = org.begin()
    tx.update(deal, StageName="Closed Won")
    org.clock.advance(90)
    assert held(org, deal)["StageName"] == "Prospecting"
    assert tx.get(deal)["StageName"] == "Closed Won"
    tx.commit()
    now = held(org, deal)
    assert (now["StageName"], now["SystemModstamp"], now["LastModifiedDate"]) == ("Closed Won", T1, T1)
    assert [version.committed for version in org.versions(deal)] == [T0, T2]


def test_two_changes_within_a_second_have_one_stamp(org: SampleOrg) -> None:
    deal = org.create("Opportunity", NextStep="A")
    for step in ("B", "A"):
        org.clock.advance(0.3)
        org.update(deal, NextStep=step)
    assert {version.values["SystemModstamp"] for version in org.versions(deal) if version.values} == {T0}
    assert [version.values["NextStep"] for version in org.versions(deal) if version.values] == ["A", "B", "A"]


def test_a_rollback_leaves_nothing(org: SampleOrg) -> None:
    deal = org.create("Opportunity", NextStep="A")
    tx = org.begin()
    tx.update(deal, NextStep="B")
    tx.create("Task", WhatId=deal)
    tx.rollback()
    assert (held(org, deal)["NextStep"], org.records("Task"), len(org.versions(deal))) == ("A", [], 1)
    org.update(deal, NextStep="C")


def test_a_failure_in_a_block_rolls_back(org: SampleOrg) -> None:
    def fail() -> None:
        with org.begin() as tx:
            tx.create("Task")
            tx.create("Task", Nope__c=1)

    with pytest.raises(Refusal, match="No such column"):
        fail()
    assert org.records("Task") == []


def test_a_locked_record_is_refused_at_once(org: SampleOrg) -> None:
    deal = org.create("Opportunity")
    tx = org.begin()
    tx.update(deal, NextStep="A")
    for act in (lambda: org.update(deal, NextStep="B"), lambda: org.delete(deal), lambda: org.touch([deal])):
        with pytest.raises(Refusal) as caught:
            act()
        assert caught.value.code == "UNABLE_TO_LOCK_ROW"
    tx.commit()
    assert held(org, deal)["NextStep"] == "A"


def test_a_transaction_that_is_over_takes_no_more(org: SampleOrg) -> None:
    tx = org.begin()
    tx.commit()
    with pytest.raises(Refusal, match="is over"):
        tx.create("Task")


def test_an_open_transaction_holds_the_watermark_back(org: SampleOrg) -> None:
    org.clock.advance(30)
    tx = org.begin()
    org.clock.advance(90)
    now = org.clock.now()
    assert org.covered(now) == tx.started
    tx.rollback()
    assert org.covered(now) == now


def test_deleting_an_account_takes_what_hangs_on_it_and_undeleting_brings_it_back(org: SampleOrg) -> None:
    acme = org.create("Account", Name="Acme")
    deal = org.create("Opportunity", AccountId=acme)
    task = org.create("Task", WhatId=deal)
    gone = org.create("Task", WhatId=deal)
    org.delete(gone)
    org.delete(acme)
    assert [held(org, one)["IsDeleted"] for one in (acme, deal, task)] == [True, True, True]
    org.undelete(acme)
    assert [held(org, one)["IsDeleted"] for one in (acme, deal, task, gone)] == [False, False, False, True]


@pytest.mark.parametrize("moves", [True, False])
def test_whether_a_delete_names_somebody_can_be_chosen(org: SampleOrg, *, moves: bool) -> None:
    org.deleting_is_editing = moves
    ann, task = org.add_user("Ann Bell"), org.create("Task")
    org.clock.advance(30)
    org.delete(task, user=ann)
    gone = held(org, task)
    assert gone["SystemModstamp"] == T1
    assert (gone["LastModifiedDate"] == T1, gone["LastModifiedById"] == ann) == (moves, moves)


def test_a_merge_names_the_winner_and_moves_what_hangs_on_the_loser(org: SampleOrg) -> None:
    winner, loser = org.create("Account", Name="A"), org.create("Account", Name="B")
    deal = org.create("Opportunity", AccountId=loser)
    org.clock.advance(30)
    org.merge(winner, [loser], {"Phone": "1"})
    assert (held(org, loser)["IsDeleted"], held(org, loser)["MasterRecordId"]) == (True, winner)
    assert (held(org, winner)["Phone"], held(org, winner)["SystemModstamp"]) == ("1", T1)
    assert (held(org, deal)["AccountId"], held(org, deal)["IsDeleted"]) == (winner, False)
    with pytest.raises(Refusal, match="merge is not supported for Opportunity"):
        org.merge(deal, [org.create("Opportunity")])


def test_a_lead_becomes_three_records_at_once(org: SampleOrg) -> None:
    ann = org.add_user("Ann Bell")
    lead = org.create("Lead", LastName="Holm", Company="Acme", OwnerId=ann)
    org.clock.advance(30)
    made = org.convert_lead(lead, user=ann)
    told = held(org, lead)
    assert (told["IsConverted"], told["ConvertedDate"]) == (True, "2026-01-05")
    assert {name: told[name] for name in made} == made
    stamps = {held(org, one)["SystemModstamp"] for one in (lead, *made.values()) if one}
    assert stamps == {T1}
    assert held(org, str(made["ConvertedContactId"]))["AccountId"] == made["ConvertedAccountId"]


def test_stage_and_status_decide_what_follows_from_them(org: SampleOrg) -> None:
    deal = org.create("Opportunity", StageName="Negotiation/Review")
    assert (held(org, deal)["Probability"], held(org, deal)["IsClosed"]) == (90, False)
    org.update(deal, StageName="Closed Lost", Probability=5)
    assert (held(org, deal)["Probability"], held(org, deal)["IsClosed"], held(org, deal)["IsWon"]) == (5, True, False)
    acme = org.create("Account")
    task = org.create("Task", WhatId=org.create("Opportunity", AccountId=acme))
    assert (held(org, task)["AccountId"], held(org, task)["CompletedDateTime"]) == (acme, None)
    org.update(task, Status="Completed")
    assert (held(org, task)["IsClosed"], held(org, task)["CompletedDateTime"]) == (True, T0)
    org.update(task, Status="In Progress")
    assert (held(org, task)["IsClosed"], held(org, task)["CompletedDateTime"]) == (False, None)


class RandomOrg(RuleBasedStateMachine):
    """Any mix of transactions: what shows is what was committed last, and its stamp is when it was written."""

    def __init__(self) -> None:
        super().__init__()
        self.org = SampleOrg(Clock.at(NOON))
        self.shown: dict[str, tuple[str | None, str, bool]] = {}
        self.open: list[tuple[Transaction, dict[str, tuple[str | None, str, bool]]]] = []
        self.locked: dict[str, Transaction] = {}

    @rule(seconds=st.sampled_from([0.2, 1, 61]))
    def wait(self, seconds: float) -> None:
        self.org.clock.advance(seconds)

    @rule()
    def begin(self) -> None:
        if len(self.open) < 3:
            self.open.append((self.org.begin(), {}))

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 2), step=st.sampled_from("ABC"))
    def create(self, which: int, step: str) -> None:
        tx, writes = self.open[which % len(self.open)]
        made = tx.create("Opportunity", NextStep=step)
        writes[made] = (step, self.org.clock.stamp(), False)
        self.locked[made] = tx

    @precondition(lambda self: self.open and self.shown)
    @rule(which=st.integers(0, 2), record=st.integers(0, 9), step=st.sampled_from("ABC"), act=st.integers(0, 3))
    def write(self, which: int, record: int, step: str, act: int) -> None:
        tx, writes = self.open[which % len(self.open)]
        one = sorted(self.shown)[record % len(self.shown)]
        before = writes.get(one, self.shown[one])
        is_free = self.locked.get(one, tx) is tx
        is_fit = before[2] == (act == 1)
        try:
            [lambda: tx.update(one, NextStep=step), lambda: tx.undelete(one), lambda: tx.delete(one),
             lambda: tx.update(one, NextStep=step)][act]()  # fmt: skip
        except Refusal:
            assert not (is_free and is_fit)
            return
        assert is_free
        assert is_fit
        self.locked[one] = tx
        writes[one] = (step if act in (0, 3) else before[0], self.org.clock.stamp(), act == 2)

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 2), keeps=st.booleans())
    def end(self, which: int, *, keeps: bool) -> None:
        tx, writes = self.open.pop(which % len(self.open))
        (tx.commit if keeps else tx.rollback)()
        if keeps:
            self.shown |= writes
        self.locked = {one: holder for one, holder in self.locked.items() if holder is not tx}

    @invariant()
    def a_query_shows_what_was_committed(self) -> None:
        soql = "SELECT Id, NextStep, SystemModstamp, IsDeleted FROM Opportunity ORDER BY SystemModstamp, Id"
        rows = self.org.query(soql, deleted=True)
        assert {r["Id"]: (r["NextStep"], r["SystemModstamp"], r["IsDeleted"]) for r in rows} == self.shown
        keys = [(row["SystemModstamp"], row["Id"]) for row in rows]
        assert keys == sorted(keys)
        assert [row["Id"] for row in self.org.query("SELECT Id FROM Opportunity")] == [
            one for one in sorted(self.shown) if not self.shown[one][2]
        ]

    @invariant()
    def the_watermark_is_before_every_open_transaction(self) -> None:
        covered = self.org.covered(self.org.clock.now())
        assert all(covered <= tx.started for tx, _writes in self.open)


TestRandomOrg = RandomOrg.TestCase
TestRandomOrg.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
