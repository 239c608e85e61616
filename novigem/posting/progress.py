"""What new entries do to progress, and what completion gives or takes back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from novigem.challenges.completion import badge_award, bonus_entry, bonus_key
from novigem.challenges.goals import advance, recount
from novigem.leaderboards.books import standing_entries
from novigem.ledger.store import ItemKey, Transaction
from novigem.model.entry import BadgeAward, Entry, EntryKind, Progress, ProgressKey
from novigem.model.program import Goal, Program
from novigem.posting.corrections import next_generation, reversal


@dataclass
class ProgressPosting:
    """What to write: progress rows, counted things, bonus entries, badge awards."""

    rows: list[Progress] = field(default_factory=list)
    removed: list[ProgressKey] = field(default_factory=list)
    items: dict[ItemKey, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    awarded: list[BadgeAward] = field(default_factory=list)
    withdrawn: list[BadgeAward] = field(default_factory=list)


def post_progress(
    transaction: Transaction, programs: Mapping[str, Program], appended: Sequence[Entry]
) -> ProgressPosting:
    """Work out the progress after entries that stand in the ledger already."""
    posting = ProgressPosting()
    touched: dict[ProgressKey, list[Entry]] = defaultdict(list)
    for entry in appended:
        if moves_progress(entry):
            touched[progress_key(entry)].append(entry)
    before = transaction.progress(touched)
    counts = _Counts(transaction, programs, touched)
    completions: list[tuple[Progress | None, Progress | None]] = []
    for key, entries in touched.items():
        program = programs[key.program]
        in_order = sorted(entries, key=lambda entry: entry.order)
        added = [(entry, counts.add(key, entry)) for entry in in_order]
        row = _progress_after(transaction, program.challenge(key.challenge).goal, key, before.get(key), added)
        if row is None:
            posting.removed.append(key)
        else:
            posting.rows.append(row)
        completions.append((before.get(key), row))
    posting.items = counts.changed
    _post_completions(transaction, programs, completions, posting)
    return posting


def moves_progress(entry: Entry) -> bool:
    """Tell whether an entry counts for a challenge: rule entries and their reversals do, bonuses never."""
    return entry.challenge is not None and entry.rule is not None


def progress_key(entry: Entry) -> ProgressKey:
    """Give the progress row that an entry counts for."""
    return ProgressKey(entry.program, entry.challenge or "", entry.period or "", entry.user)


def item_scope(key: ProgressKey) -> str:
    """Give the scope in which a `distinct` goal counts things once."""
    return f"{key.program}:goal:{key.challenge}:{key.period}"


def _progress_after(
    transaction: Transaction, goal: Goal, key: ProgressKey, row: Progress | None, added: Sequence[tuple[Entry, int]]
) -> Progress | None:
    taken = [entry for entry, _new in added if entry.kind is EntryKind.REVERSAL]
    if taken and row is not None and _leaves_moments(goal, row, taken, added):
        row, added = _without(row, added), [one for one in added if one[0].kind is not EntryKind.REVERSAL]
        taken = []
    if not added:
        return row
    out_of_order = row is not None and _is_out_of_order(goal, row, added[0][0])
    if out_of_order or taken:
        return recount(key, goal, _counted(transaction.user_entries(key.program, key.user, key.challenge), key))
    return advance(row, key, goal, [(entry, new > 0) for entry, new in added])


def _leaves_moments(goal: Goal, row: Progress, taken: Sequence[Entry], added: Sequence[tuple[Entry, int]]) -> bool:
    """Tell whether taking entries back leaves the first, the last and the completing moment as they are.

    Then what they counted is taken off; otherwise only the entries themselves tell how it stands. A sum may fall, so
    there any entry may have been the one that completed it.
    """
    inside = all(row.first < one.occurred < row.last for one in taken)
    after = row.completed is None or all(one.occurred > row.completed for one in taken)
    in_order = all(one.occurred >= row.last for one, _new in added if one.kind is not EntryKind.REVERSAL)
    return goal.measure in ("count", "points", "distinct") and inside and after and in_order


def _without(row: Progress, added: Sequence[tuple[Entry, int]]) -> Progress:
    taken = [(entry, new) for entry, new in added if entry.kind is EntryKind.REVERSAL]
    # A thing that still counts through another entry leaves a `distinct` goal as it is.
    counts = [entry.goal_value for entry, new in taken if entry.goal_item is None or new]
    return msgspec.structs.replace(row, value=row.value + sum(counts), entries=row.entries - len(taken))


def _is_out_of_order(goal: Goal, row: Progress, first: Entry) -> bool:
    # A sum may fall, so even the order inside one moment decides when it first reached the target.
    return first.occurred < row.last or (first.occurred == row.last and goal.sum is not None)


def _counted(entries: Iterable[Entry], key: ProgressKey) -> list[Entry]:
    return [entry for entry in standing_entries(entries) if moves_progress(entry) and progress_key(entry) == key]


class _Counts:
    """How often each thing has been counted in the goals that a batch touches."""

    def __init__(
        self,
        transaction: Transaction,
        programs: Mapping[str, Program],
        touched: Mapping[ProgressKey, Sequence[Entry]],
    ) -> None:
        keys = {
            ItemKey(item_scope(key), key.user, entry.goal_item)
            for key, entries in touched.items()
            if programs[key.program].challenge(key.challenge).goal.distinct is not None
            for entry in entries
            if entry.goal_item is not None
        }
        self._before = transaction.items(keys) if keys else {}
        self.changed: dict[ItemKey, int] = {}

    def add(self, key: ProgressKey, entry: Entry) -> int:
        """Count the thing that an entry names; 1 when it was not counted before, -1 when it no longer is."""
        if entry.goal_item is None:
            return 0
        item = ItemKey(item_scope(key), key.user, entry.goal_item)
        count = self.changed.get(item, self._before.get(item, 0))
        after = self.changed[item] = count - 1 if entry.kind is EntryKind.REVERSAL else count + 1
        return int(after > 0) - int(count > 0)


def _post_completions(
    transaction: Transaction,
    programs: Mapping[str, Program],
    completions: Sequence[tuple[Progress | None, Progress | None]],
    posting: ProgressPosting,
) -> None:
    moved = [(old, new) for old, new in completions if _completed(old) != _completed(new)]
    latest = transaction.latest({bonus_key(row) for pair in moved for row in pair if row is not None})
    for old, new in moved:
        row = new or old
        if row is None:
            continue
        program = programs[row.program]
        held = latest.get(bonus_key(row))
        if held is not None and not held.is_reversed:
            posting.entries.append(reversal(held.entry, "the completion moved or was undone"))
        bonus = None if new is None else bonus_entry(program, new)
        if bonus is not None:
            posting.entries.append(next_generation(bonus, held))
        award = None if new is None else badge_award(program, new)
        if award is not None:
            posting.awarded.append(award)
        elif old is not None and (lost := badge_award(program, old)) is not None:
            posting.withdrawn.append(lost)


def _completed(row: Progress | None) -> int | None:
    return None if row is None else row.completed
