"""Repair: writes sums anew where the ledger proves them, says which were wrong, and notes it in the journal.

What nothing proves is left as it is, for somebody to judge.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from novigem.audit.doctor.doctor import altered_ground, wrong_sums
from novigem.engine.bookkeeping import repair_totals
from novigem.ledger.row_digests import Repair, unpack_rows
from novigem.ledger.store import Store
from novigem.model.change import to_micros
from novigem.model.discrepancy import Discrepancy
from novigem.model.program import Program
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


class Repaired(NamedTuple):
    """The sums that differed, and why they were not written anew: what else was changed by somebody."""

    found: Sequence[Discrepancy]
    hindered_by: Sequence[Discrepancy]


def repair_sums(
    store: Store, programs: dict[str, Program], *, now: datetime, registry: Registry = DEFAULT_REGISTRY
) -> Repaired:
    """Write the sums of the programs that differ anew from the ledger; nothing is written where all agree.

    Where the ledger or a program was changed from outside, nothing is: sums made of it would agree with what somebody
    made of them.
    """
    found = wrong_sums(store, programs, registry=registry)
    hindered_by = altered_ground(store, programs, registry=registry) if found else []
    if found and not hindered_by:
        counts = Counter(one.program for one in found)
        repairs = [Repair(name, to_micros(now), count) for name, count in counts.items()]
        repair_totals(store, [programs[one.program] for one in repairs], repairs)
    return Repaired(found, hindered_by)


def repairs(store: Store) -> Iterator[Repair]:
    """Yield the repairs that the journal notes, oldest first."""
    for row in store.journal():
        try:
            yield from (Repair.read(one) for one in unpack_rows(row.rows) if Repair.is_noted(one))
        except (msgspec.MsgspecError, TypeError, ValueError):
            # The chain is broken there, and that is told.
            continue
