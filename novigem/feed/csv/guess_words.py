"""What columns are called in exports, in six languages, and what that makes of them."""

import re
from typing import Final

_FIELDS: Final = {
    "StageName": "stage stagename phase étape fase フェーズ",
    "Amount": "amount betrag montant valor 金額",
    "Probability": "probability probability(%) wahrscheinlichkeit(%) probabilité(%) probabilidade(%) 確度(%)",
    "CloseDate": "closedate schlussdatum datedeclôture datadefechamento 完了予定日",
    "OwnerId": "ownerid",
    "AccountId": "accountid",
    "ContactId": "contactid",
    "WhatId": "whatid relatedtoid",
    "Name": "name opportunityname accountname casename leadname",
    "Type": "type typ",
    "Status": "status casestatus leadstatus",
    "Priority": "priority",
    "Subject": "subject betreff",
    "LeadSource": "leadsource",
    "NextStep": "nextstep",
    "IsClosed": "isclosed closed geschlossen fermé fechado 完了",
    "IsWon": "iswon won gewonnen gagné ganho",
    "CurrencyIsoCode": "currencyisocode opportunitycurrency",
    "ForecastCategoryName": "forecastcategoryname forecastcategory",
}
_ROLES: Final = {
    "created": "createddate created createdon erstelldatum datedecréation datadecriação 作成日",
    "closed": "closedate closeddate completeddatetime completeddate schlussdatum datedeclôture datadefechamento"
    " 完了予定日",
    "by": "createdbyid changedbyid lastmodifiedbyid",
    "from": "validfrom effectivefrom fivetranstart dbtvalidfrom startsat",
    "to": "validto effectiveto fivetranend dbtvalidto endsat",
    "field": "field fieldevent",
    "old": "oldvalue",
    "new": "newvalue",
    "edited": "editdate createddate",
}
_TYPES: Final = {
    "Amount": "number",
    "Probability": "number",
    "CloseDate": "date",
    "OwnerId": "id",
    "AccountId": "id",
    "ContactId": "id",
    "WhatId": "id",
    "IsClosed": "boolean",
    "IsWon": "boolean",
}
_PREFIXES: Final = {
    "006": "Opportunity",
    "001": "Account",
    "003": "Contact",
    "00Q": "Lead",
    "500": "Case",
    "00T": "Task",
    "00U": "Event",
    "701": "Campaign",
    "801": "Order",
    "800": "Contract",
}
_CLOSED: Final = re.compile(
    r"\b(closed|won|lost|gewonnen|verloren|geschlossen|gagné|perdu|fermé|ganho|perdido|fechado)", re.IGNORECASE
)


def plain(label: str) -> str:
    """Give a label without what differs between exports: case, spaces, underscores, dots."""
    return re.sub(r"[\s_./]+", "", label).casefold()


def field_of(label: str) -> str | None:
    """Give the field that a column holds, None where its label is none of those known."""
    return next((field for field, labels in _FIELDS.items() if plain(label) in labels.split()), None)


def column_for(role: str, columns: list[str]) -> str | None:
    """Give the column that plays a role, the likeliest label first."""
    by_label = {plain(column): column for column in reversed(columns)}
    return next((by_label[label] for label in _ROLES[role].split() if label in by_label), None)


def type_of(field: str) -> str:
    """Give the type of a field in a mapping."""
    return _TYPES.get(field, "text")


def prefix_of(field: str) -> str:
    """Give the first three characters of the ids that a lookup holds."""
    return {"OwnerId": "005", "AccountId": "001", "ContactId": "003"}.get(field, "000")


def object_of(prefix: str) -> str | None:
    """Give the object whose ids begin so."""
    return _PREFIXES.get(prefix)


def sounds_closed(stage: str) -> bool:
    """Say whether a stage has the name of an end."""
    return _CLOSED.search(stage) is not None or stage in ("成立", "不成立")
