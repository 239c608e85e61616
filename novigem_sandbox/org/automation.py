"""What an org fills in by itself when a record is written: closed flags, probability, completion, parents."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from novigem_sandbox.org.clock import moment_of, stamp_text
from novigem_sandbox.org.schema import ObjectType


class Stage(NamedTuple):
    """What a sales stage means."""

    probability: Decimal
    category: str
    category_name: str
    is_closed: bool = False
    is_won: bool = False


def _open(probability: str, category: str = "Pipeline", name: str = "Pipeline") -> Stage:
    return Stage(Decimal(probability), category, name)


STAGES = {
    "Prospecting": _open("10.0"),
    "Qualification": _open("10.0"),
    "Needs Analysis": _open("20.0"),
    "Value Proposition": _open("50.0"),
    "Id. Decision Makers": _open("60.0"),
    "Perception Analysis": _open("70.0"),
    "Proposal/Price Quote": _open("75.0"),
    "Negotiation/Review": _open("90.0", "BestCase", "Best Case"),
    "Closed Won": Stage(Decimal("100.0"), "Closed", "Closed", is_closed=True, is_won=True),
    "Closed Lost": Stage(Decimal("0.0"), "Omitted", "Omitted", is_closed=True),
}
_UNKNOWN_STAGE = _open("50.0")
_CLOSED_TASK = "Completed"
_CLOSED_CASE = "Closed"
_CASE_STATUSES = ("New", "Working", "Escalated", _CLOSED_CASE)
#: Ids that tell of which object a record is, by their first three characters.
_ACCOUNT, _OPPORTUNITY, _CASE, _CONTACT = "001", "006", "500", "003"

Find = Callable[[str], Mapping[str, Any] | None]
Values = dict[str, Any]


def stage_rows() -> list[Values]:
    """Give what `OpportunityStage` says of each sales stage."""
    return [
        {
            "MasterLabel": name, "ApiName": name, "IsActive": True, "SortOrder": number, "IsClosed": stage.is_closed,
            "IsWon": stage.is_won, "ForecastCategory": stage.category, "ForecastCategoryName": stage.category_name,
            "DefaultProbability": stage.probability,
        }
        for number, (name, stage) in enumerate(STAGES.items(), start=1)
    ]  # fmt: skip


def case_status_rows() -> list[Values]:
    """Give what `CaseStatus` says of each status of a case."""
    return [
        {
            "MasterLabel": name, "ApiName": name, "SortOrder": number, "IsDefault": number == 1,
            "IsClosed": name == _CLOSED_CASE,
        }
        for number, name in enumerate(_CASE_STATUSES, start=1)
    ]  # fmt: skip


def defaults(name: str, values: Values, stamp: str) -> Values:
    """Give the values of a new record with what the org presets."""
    preset = _PRESETS.get(name, {}) | values
    if name == "Opportunity":
        preset.setdefault("CloseDate", (moment_of(stamp) + timedelta(days=30)).date().isoformat())
    if name == "Event" and preset.get("StartDateTime") is None:
        preset["StartDateTime"] = preset.get("ActivityDateTime") or stamp
    return preset


def settle(
    name: str, row: Values, before: Mapping[str, Any], written: Mapping[str, Any], stamp: str, *, find: Find
) -> None:
    """Bring the fields that follow from others up to date; `written` are those that the user set now."""
    rule = _RULES.get(name)
    if rule is not None:
        rule(row, before, written, stamp)
    if name in ("Task", "Event") and "AccountId" not in written and ("WhatId" in written or "WhoId" in written):
        row["AccountId"] = _account(row, find)


def _opportunity(row: Values, before: Mapping[str, Any], written: Mapping[str, Any], stamp: str) -> None:
    name = row.get("StageName")
    if name == before.get("StageName"):
        return
    stage = STAGES.get(str(name), _UNKNOWN_STAGE)
    row["IsClosed"], row["IsWon"] = stage.is_closed, stage.is_won
    row["ForecastCategory"], row["ForecastCategoryName"] = stage.category, stage.category_name
    if "Probability" not in written:
        row["Probability"] = stage.probability
    if before:
        row["LastStageChangeDate"] = stamp


def _task(row: Values, before: Mapping[str, Any], written: Mapping[str, Any], stamp: str) -> None:
    row["IsClosed"] = row.get("Status") == _CLOSED_TASK
    row["IsHighPriority"] = row.get("Priority") == "High"
    if row["IsClosed"] == before.get("IsClosed", False) or "CompletedDateTime" in written:
        return
    row["CompletedDateTime"] = stamp if row["IsClosed"] else None


def _case(row: Values, before: Mapping[str, Any], written: Mapping[str, Any], stamp: str) -> None:
    row["IsClosed"] = row.get("Status") == _CLOSED_CASE
    if row["IsClosed"] == before.get("IsClosed", False) or "ClosedDate" in written:
        return
    row["ClosedDate"] = stamp if row["IsClosed"] else None


def _event(row: Values, before: Mapping[str, Any], written: Mapping[str, Any], stamp: str) -> None:
    del before, stamp
    start = moment_of(row["StartDateTime"])
    if written.get("EndDateTime"):
        end = moment_of(row["EndDateTime"])
        row["DurationInMinutes"] = int((end - start).total_seconds() // 60)
    else:
        end = start + timedelta(minutes=row.get("DurationInMinutes") or 60)
    row["ActivityDateTime"], row["EndDateTime"] = row["StartDateTime"], stamp_text(end)
    row["ActivityDate"], row["EndDate"] = start.date().isoformat(), end.date().isoformat()


def _account(row: Mapping[str, Any], find: Find) -> str | None:
    """Give the account of an activity: what it is about, or else the account of whom it is with."""
    what, who = row.get("WhatId") or "", row.get("WhoId") or ""
    if what.startswith(_ACCOUNT):
        return str(what)
    for record_id in (what, who):
        if record_id[:3] in (_OPPORTUNITY, _CASE, _CONTACT):
            account = (find(record_id) or {}).get("AccountId")
            if account:
                return str(account)
    return None


_RULES: dict[str, Callable[[Values, Mapping[str, Any], Mapping[str, Any], str], None]] = {
    "Opportunity": _opportunity,
    "Task": _task,
    "Case": _case,
    "Event": _event,
}
_PRESETS: dict[str, Values] = {
    "Account": {"Name": "Account"},
    "Opportunity": {"Name": "Opportunity", "StageName": "Prospecting"},
    "Task": {"Status": "Not Started", "Priority": "Normal", "TaskSubtype": "Task"},
    "Event": {"DurationInMinutes": 60, "ShowAs": "Busy", "EventSubtype": "Event", "GroupEventType": "0"},
    "Lead": {"LastName": "Lead", "Company": "Company", "Status": "Open - Not Contacted", "IsUnreadByOwner": True},
    "Contact": {"LastName": "Contact"},
    "Case": {"Status": "New", "Priority": "Medium"},
    "User": {
        "IsActive": True, "UserType": "Standard", "TimeZoneSidKey": "America/Los_Angeles", "LocaleSidKey": "en_US",
    },
}  # fmt: skip


def _person_name(record: Mapping[str, Any]) -> str | None:
    return " ".join(part for part in (record["FirstName"], record["LastName"]) if part) or None


def _expected_revenue(record: Mapping[str, Any]) -> Decimal | None:
    amount, probability = record["Amount"], record["Probability"]
    if amount is None or probability is None:
        return None
    return Decimal(amount * probability / 100).quantize(Decimal("0.01"))


def _fiscal_year(record: Mapping[str, Any]) -> int | None:
    return date.fromisoformat(record["CloseDate"]).year if record["CloseDate"] else None


def _fiscal_quarter(record: Mapping[str, Any]) -> int | None:
    return (date.fromisoformat(record["CloseDate"]).month + 2) // 3 if record["CloseDate"] else None


def _fiscal(record: Mapping[str, Any]) -> str | None:
    return f"{_fiscal_year(record)} {_fiscal_quarter(record)}" if record["CloseDate"] else None


_ADDRESS = ("City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street")
#: Standard fields that follow from the record alone, or from its parent, and so need not be kept in it.
DERIVED: dict[tuple[str, str], Callable[[Mapping[str, Any]], Any]] = {
    ("Contact", "Name"): _person_name,
    ("Lead", "Name"): _person_name,
    ("User", "Name"): _person_name,
    ("Opportunity", "ExpectedRevenue"): _expected_revenue,
    ("Opportunity", "FiscalYear"): _fiscal_year,
    ("Opportunity", "FiscalQuarter"): _fiscal_quarter,
    ("Opportunity", "Fiscal"): _fiscal,
    ("Case", "ContactPhone"): lambda record: record["Contact.Phone"],
    ("Case", "ContactMobile"): lambda record: record["Contact.MobilePhone"],
    ("Case", "ContactEmail"): lambda record: record["Contact.Email"],
    ("Case", "ContactFax"): lambda record: record["Contact.Fax"],
}


def derive_fields(objects: Mapping[str, ObjectType]) -> None:
    """Give the standard fields that follow from others their functions."""
    for (name, field_name), function in DERIVED.items():
        field = objects[name].any_field(field_name)
        if field is not None:
            field.formula = function
    for shape in objects.values():
        for field in shape.all_fields():
            if field.type == "address":
                field.formula = _address_of(field.name.removesuffix("Address"))


def _address_of(prefix: str) -> Callable[[Mapping[str, Any]], dict[str, Any] | None]:
    parts = {f"{part[:1].lower()}{part[1:]}": f"{prefix}{part}" for part in _ADDRESS}

    def address(record: Mapping[str, Any]) -> dict[str, Any] | None:
        told = {part: record[name] for part, name in parts.items()}
        return told if any(value is not None for value in told.values()) else None

    return address
