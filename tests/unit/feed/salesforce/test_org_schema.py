"""What may be watched: every problem is told at once, with a guess, before anything is read."""

import pytest

from novigem.errors import OrgError
from novigem.feed.salesforce.schema import read_schema, refuse
from tests.unit.feed.salesforce.rows import DESCRIBES, schema


def problems(*needed: str) -> list[str]:
    return [str(one) for one in read_schema("Opportunity", needed, (), DESCRIBES.__getitem__)[1]]


def test_a_misspelt_field_is_told_with_a_guess() -> None:
    assert problems("StageNme") == ["Opportunity.StageNme does not exist or may not be read; did you mean StageName?"]


def test_a_formula_is_refused_because_nothing_tells_when_it_changes() -> None:
    (told,) = problems("Score__c")

    assert "is a formula" in told


def test_parents_are_followed_through_the_describes() -> None:
    assert problems("Account.Name", "Account.Owner.Name", "Owner.Name") == []
    assert problems("Acount.Name") == [
        "Opportunity.Acount.Name Acount is no parent of Opportunity; did you mean Account?"
    ]
    assert problems("Account.Nme") == [
        "Opportunity.Account.Nme Account has no Nme, or it may not be read; did you mean Name?"
    ]
    assert "not shown" in problems("Owner.Shoe_Size__c")[0]
    assert "address" in problems("Account.BillingAddress")[0]


def test_a_parents_field_brings_the_lookup_that_leads_to_it() -> None:
    assert schema("Account.Name").paths == {"Account.Name", "AccountId"}


def test_useful_fields_are_left_out_in_silence_where_there_are_none() -> None:
    assert schema("StageName", useful=("AccountId", "Nothing__c")).paths == {"StageName", "AccountId"}


def test_all_problems_come_in_one_error() -> None:
    _, found = read_schema("Opportunity", ("StageNme", "Score__c"), (), DESCRIBES.__getitem__)

    with pytest.raises(OrgError, match=r"2 fields cannot be watched:\n.*Score__c.*\n.*StageNme") as caught:
        refuse(found)
    assert caught.value.exit_code == 2
    refuse([])


def test_history_is_known_from_the_describe() -> None:
    told = schema("StageName")

    assert (told.history, told.history_parent) == ("OpportunityFieldHistory", "OpportunityId")
    assert schema("Status", name="Lead").history is None
