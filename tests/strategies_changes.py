"""Hypothesis strategies for changes and people as an org would tell them; reused by several property tests."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from novigem.model.change import Change, ChangeKind
from novigem.model.ids import id18
from novigem.model.people import Person

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Few moments, so that ties are common; around a year end and a clock change, so that periods are crossed.
MOMENTS = tuple(
    datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours) for hours in (-1, 0, 0.5, 5, 24, 168, 1608, 1609, 4000)
)
KINDS: tuple[ChangeKind, ...] = ("create", "update", "update", "update", "delete", "undelete", "merge")
STAGES = ("Prospecting", "Expansion Proposal", "Negotiation", "Closed Won", "Closed Lost")


def salesforce_ids(prefix: str, *, several: int | None = None) -> st.SearchStrategy[str]:
    """Ids of 18 characters; with `several`, drawn from that many, so that they meet again."""
    if several is not None:
        return st.sampled_from([id18(f"{prefix}xx{n:010d}") for n in range(several)])
    return st.text(BASE62, min_size=12, max_size=12).map(lambda rest: id18(prefix + rest))


def texts(max_size: int = 30) -> st.SearchStrategy[str]:
    """Texts as a field may hold them: any script, quotes, newlines; no NUL and no half characters."""
    return st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=max_size)


def moments() -> st.SearchStrategy[datetime]:
    """Moments in UTC, often the same one, sometimes with microseconds."""
    anywhere = st.integers(0, 200 * 86_400_000_000).map(lambda micros: MOMENTS[0] + timedelta(microseconds=micros))
    return st.sampled_from(MOMENTS) | anywhere


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Give a value or null, as an empty field is told."""
    return st.none() | values


def numbers() -> st.SearchStrategy[float | int]:
    """Amounts: whole ones, ones with cents, none of them beyond what JSON carries exactly."""
    return st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9, allow_nan=False)


def fields(object_name: str) -> dict[str, st.SearchStrategy[Any]]:
    """Give the fields an object may carry, each of which may be absent."""
    common = {
        "OwnerId": salesforce_ids("005", several=4) | salesforce_ids("00G", several=1),
        "CreatedById": salesforce_ids("005", several=4),
        "RecordType.DeveloperName": maybe(st.sampled_from(["Expansion", "Upsell", "Renewal"])),
    }
    if object_name == "Task":
        return common | {
            "Status": st.sampled_from(["Not Started", "In Progress", "Completed"]),
            "Type": maybe(st.sampled_from(["Upsell", "Call", "Expansion follow-up"])),
            "WhatId": maybe(salesforce_ids("006", several=3)),
            "Subject": maybe(texts()),
            "IsHighPriority": st.booleans(),
        }
    return common | {
        "StageName": st.sampled_from(STAGES),
        "AccountId": maybe(salesforce_ids("001", several=3)),
        "Amount": maybe(numbers()),
        "CloseDate": maybe(st.dates().map(str)),
        "IsWon": st.booleans(),
        "Renewal_Risk__c": maybe(st.sampled_from(["Low", "High", ""])),
        "NextStep": maybe(texts()),
    }


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One change: any kind, some fields missing, some null, prior values known, partly known or unknown."""
    name = draw(st.sampled_from(["Opportunity", "Task"]))
    kind: ChangeKind = draw(st.sampled_from(KINDS))
    values = fields(name)
    new = draw(st.fixed_dictionaries({}, optional=values))
    old = draw(maybe(st.fixed_dictionaries({}, optional={f: values[f] for f in new}))) if kind == "update" else None
    ids = salesforce_ids("006" if name == "Opportunity" else "00T", several=5)
    return Change(
        object=name,
        id=draw(ids),
        kind=kind,
        at=draw(moments()),
        new=new,
        old=old,
        by=draw(maybe(salesforce_ids("005", several=4))),
        seq=draw(st.sampled_from([0, 0, 0, 1, 2, 10**12])),
        into=draw(ids) if kind == "merge" else None,
    )


def people() -> st.SearchStrategy[Person]:
    """Users as a header line tells them."""
    return st.builds(
        Person,
        id=salesforce_ids("005"),
        name=maybe(texts().filter(bool)),
        email=maybe(st.just("someone@acme.example")),
        active=st.booleans(),
        role=maybe(st.sampled_from(["Customer Success Manager", "Sales"])),
        manager=maybe(salesforce_ids("005", several=2)),
    )


def offsets() -> st.SearchStrategy[timezone]:
    """Give fixed offsets in which a moment may be written."""
    return st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
