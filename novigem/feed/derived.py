"""Fields that Salesforce fills in from others of the same record: no row of field history ever tells of them."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Derived(NamedTuple):
    """What a field follows from. `is_exact`: from these alone; else a person, or something more, moves it as well.

    `defined_in` is the object whose rows say, for each value of the one driver, what the field is.
    """

    drivers: tuple[str, ...]
    is_exact: bool = True
    defined_in: str | None = None


def _follows(*drivers: str) -> Derived:
    return Derived(drivers)


def _leans_on(*drivers: str) -> Derived:
    return Derived(drivers, is_exact=False)


def _defined_in(name: str, driver: str) -> Derived:
    return Derived((driver,), defined_in=name)


_NAME: Final = {"Name": _follows("FirstName", "LastName", "MiddleName", "Salutation", "Suffix")}
_BY_STATUS: Final = {"IsClosed": _follows("Status"), "StatusCategory": _follows("Status")}

#: Per object. People may override a probability and a forecast category, so those follow from the stage only mostly.
DERIVED: Final[Mapping[str, Mapping[str, Derived]]] = {
    "Account": _NAME,
    "Case": {"IsClosed": _defined_in("CaseStatus", "Status"), "ClosedDate": _leans_on("Status")},
    "Contact": _NAME,
    "Contract": {"StatusCode": _follows("Status"), "ActivatedDate": _leans_on("Status")},
    "Lead": {
        **_NAME,
        "ConvertedAccountId": _follows("IsConverted"),
        "ConvertedContactId": _follows("IsConverted"),
        "ConvertedDate": _follows("IsConverted"),
        "ConvertedOpportunityId": _follows("IsConverted"),
    },
    "Opportunity": {
        "IsClosed": _defined_in("OpportunityStage", "StageName"),
        "IsWon": _defined_in("OpportunityStage", "StageName"),
        "ForecastCategory": _leans_on("StageName"),
        "ForecastCategoryName": _leans_on("StageName"),
        "Probability": _leans_on("StageName"),
        "ExpectedRevenue": _leans_on("Amount", "Probability", "StageName"),
        "LastStageChangeDate": _leans_on("StageName"),
        "Fiscal": _follows("CloseDate"),
        "FiscalQuarter": _follows("CloseDate"),
        "FiscalYear": _follows("CloseDate"),
        "PushCount": _leans_on("CloseDate"),
    },
    "Order": {"StatusCode": _follows("Status"), "ActivatedDate": _leans_on("Status")},
    "ServiceAppointment": _BY_STATUS,
    "Task": {
        "IsClosed": _follows("Status"),
        "CompletedDateTime": _leans_on("Status"),
        "IsHighPriority": _follows("Priority"),
    },
    "WorkOrder": _BY_STATUS,
    "WorkOrderLineItem": _BY_STATUS,
}


def derived_of(name: str) -> Mapping[str, Derived]:
    """Give the derived fields of an object, each with what it follows from."""
    return DERIVED.get(name, {})
