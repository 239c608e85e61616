"""Settling duplicates: one fact pays once, and it is the earliest change in event time that pays.

When a change that happened earlier arrives later, the entry that stands is reversed and the fact is entered again with
the earlier change. An entry that was taken back pays nobody: then another change of the fact does. So the standing
entries depend on which changes there were, never on the order they came in.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from novigem.engine.posting.causes import EARLIER_ARRIVED
from novigem.ledger.store import Latest
from novigem.model.entry import Entry, EntryKind


class Settled(NamedTuple):
    """The entries to append, and the drafts whose fact another change has paid already."""

    entries: list[Entry]
    duplicates: list[Entry]


def settle(drafts: Iterable[Entry], latest: Mapping[str, Latest]) -> Settled:
    """Decide which drafts pay, given the newest entry of each of their keys."""
    first: dict[str, Entry] = {}
    duplicates = []
    for draft in sorted(drafts, key=lambda one: one.order):
        paying = first.setdefault(draft.key, draft)
        if paying.change != draft.change:
            duplicates.append(draft)
    entries = []
    for draft in first.values():
        held = latest.get(draft.key)
        if held is None:
            entries.append(draft)
        elif draft.change == held.entry.change:
            continue
        elif held.is_reversed:
            # Scoring anew took it back: nobody is paid for the fact, and this change is one that pays.
            entries.append(next_generation(draft, held))
        elif draft.order < held.entry.order:
            entries += [reversal(held.entry, EARLIER_ARRIVED), next_generation(draft, held)]
        else:
            duplicates.append(draft)
    return Settled(entries, duplicates)


def reversal(entry: Entry, reason: str) -> Entry:
    """Draft the entry that takes an entry back, dated like it, so that every period's sum is right."""
    return msgspec.structs.replace(
        entry,
        number=0,
        key=f"{entry.key}/reversal-{entry.generation}",
        generation=0,
        kind=EntryKind.REVERSAL,
        points=-entry.points,
        goal_value=-entry.goal_value,
        also=tuple(one._replace(goal_value=-one.goal_value) for one in entry.also),
        reverses=entry.number,
        reason=reason,
    )


def next_generation(draft: Entry, held: Latest | None) -> Entry:
    """Give a draft the generation after the newest entry of its key."""
    return draft if held is None else msgspec.structs.replace(draft, generation=held.entry.generation + 1)
