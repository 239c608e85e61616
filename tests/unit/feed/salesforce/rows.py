"""Rows and describes for the tests of the feed's pure parts."""

from typing import Any

from novigem.feed.salesforce.compare import ReadPass
from novigem.feed.salesforce.records import Record, read_record
from novigem.feed.salesforce.schema import ObjectSchema, read_schema
from novigem.model.change import from_micros
from novigem.model.snapshot import Snapshot
from novigem.testing import make_id

ANN, BEN = make_id("005", 1), make_id("005", 2)
DEAL = make_id("006", 1)
ACME, GLOBEX = make_id("001", 1), make_id("001", 2)
SECOND = 1_000_000
#: When watching began, 2026-01-05T00:00:00Z.
START = 1_767_571_200 * SECOND


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    told = {"name": name, "type": kind, "scale": 0, "calculated": False, "referenceTo": [], "relationshipName": None}
    return told | more


ACCOUNT = {
    "fields": [
        field("Id", "id"),
        field("Name"),
        field("OwnerId", "reference", referenceTo=["User"], relationshipName="Owner"),
        field("BillingAddress", "address"),
    ]
}
OPPORTUNITY = {
    "fields": [
        field("Id", "id"),
        field("StageName", "picklist"),
        field("Amount", "currency", scale=2),
        field("Probability", "percent"),
        field("NextStep__c", "textarea"),
        field("CloseDate", "date"),
        field("IsWon", "boolean"),
        field("Score__c", "double", scale=1, calculated=True),
        field("Seen__c", "datetime"),
        field("LastActivityDate", "date"),
        field("AccountId", "reference", referenceTo=["Account"], relationshipName="Account"),
        field("OwnerId", "reference", referenceTo=["Group", "User"], relationshipName="Owner"),
        field("CreatedById", "reference", referenceTo=["User"], relationshipName="CreatedBy"),
    ],
    "childRelationships": [
        {"childSObject": "OpportunityFieldHistory", "field": "OpportunityId", "relationshipName": "Histories"}
    ],
}
LEAD = {"fields": [field("Id", "id"), field("Status", "picklist"), field("MasterRecordId", "reference")]}
DESCRIBES = {"Account": ACCOUNT, "Opportunity": OPPORTUNITY, "Lead": LEAD, "User": {"fields": [field("Name")]}}


def schema(*needed: str, useful: tuple[str, ...] = (), name: str = "Opportunity") -> ObjectSchema:
    found, problems = read_schema(name, needed, useful, DESCRIBES.__getitem__)
    assert not problems
    return found


PLAIN = schema("StageName", "Amount", "OwnerId")


def stamp_text(micros: int) -> str:
    return f"{from_micros(micros):%Y-%m-%dT%H:%M:%S}.000+0000"


def row(
    *,
    created: int = START + 10 * SECOND,
    modified: int | None = None,
    stamp: int | None = None,
    deleted: bool = False,
    **values: Any,
) -> dict[str, Any]:
    modified = created if modified is None else modified
    base = {"StageName": "Prospecting", "Amount": 100.0, "OwnerId": ANN}
    return {
        "Id": DEAL,
        "IsDeleted": deleted,
        "CreatedDate": stamp_text(created),
        "CreatedById": ANN,
        "LastModifiedDate": stamp_text(modified),
        "LastModifiedById": BEN,
        "SystemModstamp": stamp_text(modified if stamp is None else stamp),
        **base,
        **values,
    }


def record(shape: ObjectSchema = PLAIN, **told: Any) -> Record:
    return read_record(row(**told), shape)


def reading(number: int = 5, *, fill: bool = False, since: dict[str, int] | None = None) -> ReadPass:
    return ReadPass(number, START, fill, since or {})


def copy_of(one: Snapshot | None) -> Snapshot:
    assert one is not None
    return one
