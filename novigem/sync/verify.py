"""All copies of an org's records held against the org: what it will cost, and what it came to. Only reads."""

import random
from collections.abc import Iterable, Iterator, Sequence
from math import ceil
from typing import NamedTuple

from novigem.errors import InputError, LimitReached, OrgError
from novigem.feed.salesforce import soql
from novigem.feed.salesforce.audit import ROWS_IN_A_PAGE, Audit, Auditor
from novigem.feed.salesforce.cursor import FEEDS, ObjectCursor, read_cursor
from novigem.feed.salesforce.intake import Intake, PollOptions, Tally
from novigem.feed.salesforce.org import Org
from novigem.feed.salesforce.schema import ObjectSchema
from novigem.ledger.store import Store
from novigem.model.program import Program
from novigem.model.snapshot import Stream
from novigem.program.watched import watched_fields
from novigem.rules.operators import DEFAULT_REGISTRY, Registry
from novigem.sync.plan import plan_object, refuse_other_org


class AuditPlan(NamedTuple):
    """What is to be compared. `calls` is about how many API calls it takes; `sample` records per object, or all.

    `notes` names what cannot be compared, and why.
    """

    parts: Sequence[tuple[ObjectSchema, ObjectCursor]]
    records: int
    calls: int
    sample: int | None
    notes: Sequence[str]


def plan_audit(
    org: Org,
    store: Store,
    programs: Iterable[Program],
    *,
    sample: int | None = None,
    share: float = 1.0,
    registry: Registry = DEFAULT_REGISTRY,
) -> AuditPlan:
    """Work out what to compare and what that costs, at the price of a call or two for each object.

    `share` is the part of the org's daily calls that may be used. Raises InputError where nothing was synced from any
    org, OrgError where it was another one, and LimitReached where the calls left are too few.
    """
    positions = store.positions(FEEDS)
    if not positions:
        raise InputError(
            "this database holds no copies of an org's records", hint="sync them first", code="nothing-synced"
        )
    refuse_other_org(org.id, positions)
    parts: list[tuple[ObjectSchema, ObjectCursor]] = []
    notes: list[str] = []
    records = calls = 0
    for name, watched in watched_fields(programs, registry).items():
        position = positions.get(Stream(org.id, name).feed)
        if position is None:
            notes.append(f"{name} was not synced yet")
            continue
        try:
            schema, problems = plan_object(org, name, watched)
            count = store.snapshot_count(Stream(org.id, name)) if sample else org.query(soql.row_count(name)).total
        except OrgError as error:
            notes.append(f"{name} cannot be compared: {error.message}")
            continue
        notes += [f"{problem}; it is not compared" for problem in problems]
        parts.append((schema, read_cursor(position)))
        chosen = min(sample, count) if sample else count
        records += chosen
        # One more where records are missing: which of them were deleted since.
        calls += ceil(chosen / (soql.IDS_AT_A_TIME if sample else ROWS_IN_A_PAGE)) + 1
    _refuse_dear(org, calls, share)
    return AuditPlan(parts, records, calls, sample, notes)


def run_audit(org: Org, store: Store, plan: AuditPlan, *, chance: random.Random | None = None) -> Iterator[Audit]:
    """Compare object by object, as planned.

    `chance` draws the samples. Raises OrgError, FieldGone, SessionError, LimitReached or OrgUnavailable.
    """
    drawing = chance or random.Random()  # noqa: S311 - nothing depends on nobody guessing it
    for schema, cursor in plan.parts:
        intake = Intake(org, store, schema, None, PollOptions(), Tally())
        auditor = Auditor(intake, store, cursor)
        yield auditor.everything() if plan.sample is None else auditor.some(plan.sample, drawing)


def _refuse_dear(org: Org, calls: int, share: float) -> None:
    usage = org.usage
    if usage is None:
        return
    left = max(0, int(usage.allowed * share) - usage.used)
    if calls > left:
        raise LimitReached(
            f"the comparison would take about {calls:,} API calls, and {left:,} may still be used today",
            hint="compare some records of each object",
            code="comparison-too-dear",
            calls=calls,
            left=left,
        )
