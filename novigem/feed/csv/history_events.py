"""Rows of field history that are about no field: how a record began, and what was done with it."""

from collections.abc import Collection
from typing import Final

#: The name under which the creation of a record is known, whichever row tells of it.
CREATED: Final = "created"
#: A lead that is converted: the one event that is the edit of a field.
CONVERTED: Final = "leadConverted"
_CREATIONS: Final = frozenset(
    (
        "created",
        "opportunitycreatedfromlead",
        "contactcreatedfromlead",
        "accountcreatedfromlead",
        "record created",
        "created from lead",
    )
)
_TOLD: Final = {
    "locked": "an approval locked the record",
    "unlocked": "an approval unlocked the record",
    "ownerAssignment": "an assignment rule gave the record to somebody",
    "ownerAccepted": "somebody took the record from a queue",
    "ownerEscalated": "an escalation rule gave the record to somebody",
    "external": "a comment could be seen from outside",
    "feedEvent": "a post about the record",
    "leadMerged": "a lead was merged into this one",
    "accountMerged": "an account was merged into this one",
    "contactMerged": "a contact was merged into this one",
    "individualMerged": "an individual was merged into this one",
    "accountUpdatedByLead": "the conversion of a lead updated the account",
    "contactUpdatedByLead": "the conversion of a lead updated the contact",
    "closed": "the case was closed; its status has a row of its own",
}
# Names that reports show for fields of opportunities, where people have not renamed them.
_LABELS: Final = {
    "Opportunity": {
        "Stage": "StageName",
        "Close Date": "CloseDate",
        "Probability (%)": "Probability",
        "Opportunity Name": "Name",
        "Opportunity Owner": "Owner",
        "Account Name": "Account",
        "Next Step": "NextStep",
        "Lead Source": "LeadSource",
        "Forecast Category": "ForecastCategoryName",
        "Expected Revenue": "ExpectedRevenue",
    },
    "Lead": {"Lead Status": "Status", "Lead Owner": "Owner", "Lead Source": "LeadSource"},
    "Case": {"Case Owner": "Owner", "Account Name": "Account", "Contact Name": "Contact"},
}


def is_creation(field: str, named: Collection[str]) -> bool:
    """Say whether a row is the creation of its record; `named` are the names that the mapping adds."""
    return field == CREATED or field.casefold().removesuffix(".") in _CREATIONS or field in named


def told_of(field: str) -> str | None:
    """Say what a row about no field tells; None where the row is about a field."""
    return _TOLD.get(field)


def api_name(label: str, object_name: str) -> str:
    """Give the name that a field has in the API, for the label that a report shows; other texts as they are."""
    return _LABELS.get(object_name, {}).get(label, label)
