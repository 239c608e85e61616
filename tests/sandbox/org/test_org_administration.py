"""What administrators and internal jobs do to records, and what field history remembers."""

from decimal import Decimal
from typing import Any

import pytest

from novigem_sandbox.org import Refusal, SampleOrg

T0, T1 = "2026-01-05T12:00:00.000+0000", "2026-01-05T12:01:00.000+0000"


def held(org: SampleOrg, record_id: str) -> dict[str, Any]:
    found = org.get(record_id)
    assert found is not None
    return found


def audit(org: SampleOrg, record_id: str) -> tuple[str, str]:
    row = held(org, record_id)
    return row["SystemModstamp"], row["LastModifiedDate"]


def ids(org: SampleOrg, name: str, *, deleted: bool = False) -> list[str]:
    return [row["Id"] for row in org.query(f"SELECT Id FROM {name}", deleted=deleted)]


def told(org: SampleOrg, name: str) -> list[tuple[Any, ...]]:
    rows = org.query(f"SELECT Field, OldValue, NewValue FROM {name} ORDER BY CreatedDate, Id", deleted=True)
    return [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows]


def test_a_touch_moves_the_stamp_alone(org: SampleOrg) -> None:
    deal = org.create("Opportunity", NextStep="A")
    before = held(org, deal)
    org.clock.advance(60)
    org.touch([deal])
    assert held(org, deal) == before | {"SystemModstamp": T1}


def test_a_renamed_picklist_value_changes_records_without_naming_anybody(org: SampleOrg) -> None:
    deal, other = org.create("Opportunity", Type="New Customer"), org.create("Opportunity")
    org.clock.advance(60)
    assert org.rename_picklist("Opportunity", "Type", "New Customer", "New Logo") == [deal]
    assert held(org, deal)["Type"] == "New Logo"
    assert (audit(org, deal), audit(org, other)) == ((T1, T0), (T0, T0))
    kind = org.objects["Opportunity"].field("Type")
    assert kind is not None
    assert "New Logo" in kind.values
    assert told(org, "OpportunityFieldHistory") == [("created", None, None)] * 2


def test_an_archived_task_shows_in_query_all_only(org: SampleOrg) -> None:
    task = org.create("Task", Status="Completed")
    org.clock.advance(60)
    org.archive([task])
    assert (ids(org, "Task"), ids(org, "Task", deleted=True)) == ([], [task])
    assert audit(org, task) == (T1, T0)


def test_a_purged_record_is_nowhere_and_its_last_version_says_so(org: SampleOrg) -> None:
    deal = org.create("Opportunity")
    org.delete(deal)
    org.purge([deal])
    assert (org.get(deal), ids(org, "Opportunity", deleted=True)) == (None, [])
    assert ids(org, "OpportunityFieldHistory", deleted=True) == []
    assert org.versions(deal)[-1].values is None


def test_a_locked_record_is_not_purged(org: SampleOrg) -> None:
    deal = org.create("Opportunity")
    with org.begin() as tx:
        tx.update(deal, NextStep="A")
        with pytest.raises(Refusal, match="exclusive access"):
            org.purge([deal])


def test_a_hidden_field_is_as_if_it_had_never_been(org: SampleOrg) -> None:
    org.create("Opportunity", NextStep="A")
    org.hide_field("Opportunity", "NextStep")
    for soql in ("SELECT NextStep FROM Opportunity", "SELECT Id FROM Opportunity WHERE NextStep = 'A'"):
        with pytest.raises(Refusal, match="No such column 'NextStep' on entity 'Opportunity'"):
            org.query(soql)
    org.show_field("Opportunity", "NextStep")
    assert [row["NextStep"] for row in org.query("SELECT NextStep FROM Opportunity")] == ["A"]


def test_a_hidden_record_goes_on_existing(org: SampleOrg) -> None:
    one, two = org.create("Task"), org.create("Task")
    org.hide_records([one])
    assert ids(org, "Task", deleted=True) == [two]
    org.show_records([one])
    assert ids(org, "Task") == [one, two]
    assert len(org.versions(one)) == 1


def test_history_tells_each_tracked_field_and_lookups_twice(org: SampleOrg) -> None:
    ann, ben = org.add_user("Ann Bell"), org.add_user("Ben Ode")
    deal = org.create("Opportunity", OwnerId=ann, Amount=1, user=ann)
    org.update(deal, user=ben, OwnerId=ben, Amount=Decimal("2.50"), Description="not tracked", Renewal_Risk__c="High")
    assert told(org, "OpportunityFieldHistory") == [
        ("created", None, None),
        ("Amount", Decimal("1.0"), Decimal("2.5")),
        ("Owner", "Ann Bell", "Ben Ode"),
        ("Owner", ann, ben),
        ("Renewal_Risk__c", None, "High"),
    ]
    (row,) = org.query(
        "SELECT OpportunityId, CreatedById, CreatedBy.Name FROM OpportunityFieldHistory WHERE Field = 'Amount'"
    )
    assert (row["OpportunityId"], row["CreatedById"], row["CreatedBy"]["Name"]) == (deal, ben, "Ben Ode")


def test_history_keeps_steps_that_nobody_polled(org: SampleOrg) -> None:
    lead = org.create("Lead")
    with org.begin() as tx:
        tx.update(lead, Status="Working - Contacted")
        tx.update(lead, Status="Closed - Not Converted")
    assert told(org, "LeadHistory")[1:] == [
        ("Status", "Open - Not Contacted", "Working - Contacted"),
        ("Status", "Working - Contacted", "Closed - Not Converted"),
    ]
    assert len(org.versions(lead)) == 2


def test_history_goes_into_the_recycle_bin_with_its_record(org: SampleOrg) -> None:
    case = org.create("Case")
    org.delete(case)
    assert (ids(org, "CaseHistory"), len(ids(org, "CaseHistory", deleted=True))) == ([], 1)
    org.undelete(case)
    assert len(ids(org, "CaseHistory")) == 1


def test_a_field_that_is_added_can_be_tracked(org: SampleOrg) -> None:
    org.add_field("Account", "Health__c", "picklist", values=["Green", "Red"], track=True)
    acme = org.create("Account", Health__c="Green")
    org.update(acme, Health__c="Red")
    assert ("Health__c", "Green", "Red") in told(org, "AccountHistory")


def test_history_can_be_loaded_and_shares_the_fate_of_its_record(org: SampleOrg) -> None:
    (deal,) = org.load("Opportunity", [{"Name": "Deal"}])
    rows = [
        {"OpportunityId": deal, "Field": "StageName", "OldValue": old, "NewValue": new, "CreatedDate": at}
        for old, new, at in (("B", "C", "2026-01-02T00:00:00Z"), ("A", "B", "2026-01-01T00:00:00Z"))
    ]
    org.load("OpportunityFieldHistory", rows)
    assert told(org, "OpportunityFieldHistory") == [("StageName", "A", "B"), ("StageName", "B", "C")]
    window = "WHERE CreatedDate >= 2026-01-01T12:00:00Z"
    assert len(org.query(f"SELECT Id FROM OpportunityFieldHistory {window}")) == 1
    org.delete(deal)
    assert ids(org, "OpportunityFieldHistory") == []
    org.purge([deal])
    assert ids(org, "OpportunityFieldHistory", deleted=True) == []


def test_loaded_rows_may_carry_a_past(org: SampleOrg) -> None:
    (task,) = org.load("Task", [{"Subject": "x", "CreatedDate": "2025-05-01T00:00:00Z", "Status": "Completed"}])
    row = held(org, task)
    assert (row["CreatedDate"], row["SystemModstamp"]) == ("2025-05-01T00:00:00.000+0000",) * 2
    assert (row["IsClosed"], row["CompletedDateTime"]) == (True, row["CreatedDate"])
    with pytest.raises(Refusal, match="No such column 'Nope'"):
        org.load("Task", [{"Nope": 1}])
