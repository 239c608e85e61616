"""Activation: a version of a program put in force beside those before it, with what it makes of the past.

Nothing that stands is rewritten. What the version would not pay is taken back, and what it adds is added, as entries of
their own.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from novigem.engine.posting.corrections import next_generation, reversal
from novigem.engine.posting.rebuild import rebuild_goals, rebuild_totals
from novigem.engine.posting.references import references_of
from novigem.leaderboards.rollups import Rollups
from novigem.ledger.store import Extent, ProgramUse, RowFilter, Store, StoredProgram, Transaction
from novigem.model.binding import Binding
from novigem.model.entry import BadgeAward, Entry
from novigem.model.program import Program

Badges = Mapping[tuple[str, ...], BadgeAward]


class Rescoring(NamedTuple):
    """Entries to take back and to add, by dedupe key, and the reason that stands in those that take back."""

    gone: Mapping[str, Entry]
    due: Mapping[str, Entry]
    reason: str


class Activation(NamedTuple):
    """What putting a version in force writes.

    `scratch` is a store that holds what all changes lead to under the new order of versions; None where progress is
    counted anew from the entries that stand. `rescoring` is None where what was paid stays. `bindings` are what names
    of the program come to mean with it.
    """

    program: Program
    stored: StoredProgram
    use: ProgramUse
    recorded: int
    scratch: Store | None
    rescoring: Rescoring | None
    bindings: tuple[Binding, ...] = ()


def put_in_force(store: Store, what: Activation, seen: Extent) -> bool:
    """Write an activation in one transaction; False when somebody has written since `seen`, and nothing was done."""
    name, rollups = what.program.program, Rollups(what.program)
    kept = {row.key for row in store.progress_rows(RowFilter(program=name))}
    held = earned_badges(store, name)
    with store.begin() as transaction:
        if transaction.extent() != seen:
            return False
        transaction.use_program(what.stored, what.use)
        transaction.bind(what.bindings)
        if what.rescoring is not None:
            transaction.append(_corrections(transaction, what, what.rescoring))
        if what.scratch is not None:
            rows = what.scratch.progress_rows(RowFilter(program=name))
            transaction.save_progress(rows, sorted(kept - {row.key for row in rows}))
            transaction.clear_claims(name)
            claims = list(what.scratch.claims(name))
            transaction.save_claims(claims)
            transaction.save_references(references_of(claim.draft for _group, claim in claims))
            earned = earned_badges(what.scratch, name)
            if what.rescoring is not None:
                transaction.withdraw_badges([one for key, one in held.items() if key not in earned])
            transaction.award_badges(earned.values())
        rebuild_totals(transaction, what.program, rollups)
        if what.scratch is None:
            rebuild_goals(transaction, what.program, rollups)
    return True


def earned_badges(store: Store, program: str) -> Badges:
    """Give the badges of a program that were not given by hand."""
    rows = (one for one in store.badges(RowFilter(program=program)) if one.challenge)
    return {(one.badge, one.challenge, one.period, one.user): one for one in rows}


def _corrections(transaction: Transaction, what: Activation, rescoring: Rescoring) -> list[Entry]:
    """Give the entries that take back what is gone and add what is due, in the order of what happened."""
    latest = transaction.latest({**rescoring.gone, **rescoring.due}.keys())
    drafts = []
    for key, one in rescoring.gone.items():
        taken_back = msgspec.structs.replace(reversal(one, rescoring.reason), author=what.use.author)
        drafts.append((one.order, key, 0, taken_back))
    for key, one in rescoring.due.items():
        draft = msgspec.structs.replace(one, number=0, generation=0)
        drafts.append((one.order, key, 1, next_generation(draft, latest.get(key))))
    ordered = sorted(drafts, key=lambda one: one[:3])
    return [msgspec.structs.replace(draft, recorded=what.recorded) for *_place, draft in ordered]
