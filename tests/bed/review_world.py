"""A small season for files and pages, with the names and texts that make trouble."""

from datetime import UTC, datetime
from typing import Any

from novigem.engine.engine import Engine
from novigem.feed.source import Page
from novigem.ledger.store import Store
from novigem.model.program import Program
from novigem.testing import make_change, make_id, make_person, make_program

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCRIPT = "<script>alert(1)</script>"
FORMULA = "=1+1"
LONG = "x" * 10_000
HIDDEN = "Hidden Hannah"
ACCOUNT = make_id("001", 1)
PEOPLE = (
    make_person(1, name=SCRIPT, role="CSM"),
    make_person(2, name=FORMULA, role="CSM"),
    make_person(3, name=LONG, role="CSM"),
    make_person(4, name=None, role="CSM"),
    make_person(5, name=HIDDEN, email="hannah@example.com", role="CSM"),
)


def season(**keys: Any) -> Program:
    """Give a program whose texts make trouble."""
    signal = {"Type": {"equals": "Upgrade"}}
    figures = [
        {
            "id": "signals",
            "name": SCRIPT,
            "description": f"as {make_id('005', 5)} and hannah@example.com say",
            "kind": "count",
            "object": "Opportunity",
            "where": signal,
        },
        {
            "id": "follow-ups",
            "name": "Follow-ups",
            "kind": "rate",
            "object": "Task",
            "due": "ActivityDate",
            "done": {"Status": {"equals": "Completed"}},
        },
        {
            "id": "pipeline",
            "name": "Pipeline",
            "kind": "influence",
            "object": "Opportunity",
            "where": signal,
            "touch": [{"where": {"Status": {"equals": "Completed"}}}],
        },
    ]
    rule = {
        "when": [
            {"Type": {"equals": "Upgrade"}},
            {"AccountId": {"isNotBlank": True}},
            {"OwnerId": {"notEquals": make_id("005", 5)}},
        ]
    }
    return make_program(
        rule,
        name=f"Season of {SCRIPT}",
        description=f"Ask hannah@example.com or {make_id('005', 5)}.\n{FORMULA}",
        starts="2026-01-12",
        weeks=2,
        participants={"role": ["CSM"]},
        leaderboards=[{"name": f"Board {SCRIPT}"}],
        review={"figures": figures},
        **keys,
    )


def fill(store: Store, program: Program) -> None:
    """Play the season into a store."""
    changes = [
        make_change(
            record=owner,
            at=f"2026-01-{12 + owner}T10:00:00Z",
            owner=owner,
            Type="Upgrade",
            AccountId=ACCOUNT,
            Amount=100.5,
            CloseDate="2026-03-01",
        )
        for owner in range(1, 6)
    ]
    changes += [
        make_change(
            record=20 + n,
            at=f"2026-01-{20 + n}T10:00:00Z",
            owner=1,
            Type=HIDDEN,
            AccountId=ACCOUNT,
            Amount=1,
            CloseDate="2026-03-01",
        )
        for n in range(3)
    ]
    changes += [
        make_change(
            object="Task",
            record=n,
            at="2026-01-13T10:00:00Z",
            owner=n,
            Status="Open",
            ActivityDate="2026-01-14",
            AccountId=ACCOUNT,
        )
        for n in (1, 2)
    ]
    changes += [
        make_change(
            "update",
            object="Task",
            record=1,
            at="2026-01-14T10:00:00Z",
            owner=1,
            Status="Completed",
            ActivityDate="2026-01-14",
            AccountId=ACCOUNT,
            old={"Status": "Open"},
        )
    ]
    Engine(store, [program]).apply(Page(tuple(changes), PEOPLE))
    with store.begin() as transaction:
        transaction.opt_out(make_id("005", 5), 1)
