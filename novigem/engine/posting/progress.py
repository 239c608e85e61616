"""What new entries do to progress, and what completion gives or takes back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from novigem.challenges.completion import badge_award, bonus_entry, bonus_key
from novigem.challenges.goals import Measure, Move, advance, recount
from novigem.challenges.tracks import Tracks
from novigem.engine.posting.causes import COMPLETION
from novigem.engine.posting.corrections import next_generation, reversal
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import EntryFilter, ItemKey, Transaction
from novigem.model.entry import LARGEST_SUM, BadgeAward, Entry, EntryKind, Progress, ProgressKey
from novigem.model.program import Goal, Program
from novigem.model.text import one_form, spellings


@dataclass
class ProgressPosting:
    """What to write: progress rows, counted things, bonus entries, badge awards."""

    rows: list[Progress] = field(default_factory=list)
    removed: list[ProgressKey] = field(default_factory=list)
    items: dict[ItemKey, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    awarded: list[BadgeAward] = field(default_factory=list)
    withdrawn: list[BadgeAward] = field(default_factory=list)


def post_progress(transaction: Transaction, tracks: Mapping[str, Tracks], appended: Sequence[Entry]) -> ProgressPosting:
    """Work out the progress after entries that stand in the ledger already."""
    posting = ProgressPosting()
    of_programs: dict[str, list[Entry]] = defaultdict(list)
    for entry in appended:
        of_programs[entry.program].append(entry)
    touched: dict[ProgressKey, list[Entry]] = {}
    for name, entries in of_programs.items():
        touched |= tracks[name].spread(entries)
    before = transaction.progress(touched)
    measures = _measures(transaction, tracks, touched)
    counts = Counts(transaction, measures, touched)
    history = _History(transaction, tracks)
    completions: list[tuple[Progress | None, Progress | None]] = []
    for key, entries in touched.items():
        measure = measures[key]
        added = counts.added(key, measure, entries)
        row = progress_after(history, measure, key, before.get(key), added)
        if row is None:
            posting.removed.append(key)
        else:
            posting.rows.append(row)
        completions.append((before.get(key), row))
    posting.items = counts.changed
    programs = {name: one.program for name, one in tracks.items()}
    post_completions(transaction, programs, completions, posting)
    return posting


def item_scope(key: ProgressKey) -> str:
    """Give the scope in which a `distinct` goal counts things once, and a streak the awards of a period."""
    return f"{key.program}:goal:{key.challenge}:{key.period}"


def _measures(
    transaction: Transaction, tracks: Mapping[str, Tracks], keys: Iterable[ProgressKey]
) -> dict[ProgressKey, Measure]:
    users = {key.user for key in keys if tracks[key.program].depends_on_people}
    people = transaction.people(users) if users else {}
    terms = {
        (name, user): one.terms(user, people.get(user))
        for name, one in tracks.items()
        if one.depends_on_people
        for user in users
    }
    return {key: tracks[key.program].measure(key, terms.get((key.program, key.user))) for key in keys}


class _History:
    """What stands for a row, read from the ledger once: all of a user for badges, else of one challenge."""

    def __init__(self, transaction: Transaction, tracks: Mapping[str, Tracks]) -> None:
        self._transaction = transaction
        self._tracks = tracks
        self._read: dict[EntryFilter, list[Entry]] = {}

    def standing(self, key: ProgressKey) -> list[Entry]:
        """Give the standing entries that count for a row, as it counts them."""
        challenge = key.challenge if key.subject.kind != "badge" else None
        asked = EntryFilter(key.program, key.user, challenge=challenge)
        if asked not in self._read:
            self._read[asked] = standing_entries(self._transaction.entries(asked))
        return self._tracks[key.program].counted_in(key, self._read[asked])


class History(Protocol):
    """Where the entries that count for a row are found again, when it has to be counted anew."""

    def standing(self, key: ProgressKey) -> list[Entry]:
        """Give the standing entries that count for a row, as it counts them."""


def progress_after(
    history: History, measure: Measure, key: ProgressKey, row: Progress | None, added: Sequence[tuple[Entry, Move]]
) -> Progress | None:
    """Give a row of progress after some entries, in order; None where nothing counts for it any more."""
    if row is not None and not measure.counts_items:
        added = _without_replacements(added)
    taken = [entry for entry, _move in added if entry.kind is EntryKind.REVERSAL]
    if taken and row is not None and _leaves_moments(measure.goal, row, added):
        row, added = _without(row, added), [one for one in added if one[0].kind is not EntryKind.REVERSAL]
        taken = []
    if not added:
        return row
    if row is not None and abs(row.value) >= LARGEST_SUM:
        # What is above the largest sum that is kept stands in the entries alone.
        return recount(key, measure, history.standing(key))
    if row is not None and measure.goal.rate is not None and (row.value == 0 or row.entries < measure.least):
        # Until there are enough awards, how many of them are good does not stand in the row.
        return recount(key, measure, history.standing(key))
    out_of_order = row is not None and _is_out_of_order(measure.goal, row, added[0][0])
    falls = row is not None and any(entry.goal_value < 0 for entry, _move in added)
    if out_of_order or taken or falls:
        return recount(key, measure, history.standing(key))
    return advance(row, key, measure, added)


def _without_replacements(added: Sequence[tuple[Entry, Move]]) -> Sequence[tuple[Entry, Move]]:
    """Leave out what was taken back and entered again for the same change, counting as much: it moves nothing."""
    again = {
        (entry.change, entry.occurred, entry.goal_value, entry.goal_item): entry
        for entry, _move in added
        if entry.kind is EntryKind.RULE and entry.generation
    }
    gone: set[int] = set()
    for entry, _move in added:
        if entry.kind is EntryKind.REVERSAL:
            other = again.pop((entry.change, entry.occurred, -entry.goal_value, entry.goal_item), None)
            if other is not None:
                gone |= {entry.number, other.number}
    return [one for one in added if one[0].number not in gone] if gone else added


def _leaves_moments(goal: Goal, row: Progress, added: Sequence[tuple[Entry, Move]]) -> bool:
    """Tell whether taking entries back leaves every moment of a row as it is.

    Then what they counted is taken off; otherwise only the entries themselves tell how it stands. A sum may fall and a
    run may fall apart, so there any entry may have been the one that completed it. A thing that is still counted, by
    another entry, may be so from a later moment on.
    """
    taken = [(entry, move) for entry, move in added if entry.kind is EntryKind.REVERSAL]
    inside = all(row.first < one.occurred < row.last for one, _move in taken)
    after = row.completed is None or all(one.occurred > row.completed for one, _move in taken)
    in_order = all(one.occurred >= row.last for one, _move in added if one.kind is not EntryKind.REVERSAL)
    earlier = row.reached is not None and all(one.occurred < row.reached and move is Move.ADD for one, move in taken)
    return goal.measure in ("count", "points", "distinct") and inside and after and in_order and earlier


def _without(row: Progress, added: Sequence[tuple[Entry, Move]]) -> Progress:
    taken = [(entry, move) for entry, move in added if entry.kind is EntryKind.REVERSAL]
    # A thing that still counts through another entry leaves a `distinct` goal as it is.
    off = sum(entry.goal_value for entry, move in taken if move is Move.ADD)
    return msgspec.structs.replace(row, value=row.value + off, entries=row.entries - len(taken))


def _is_out_of_order(goal: Goal, row: Progress, first: Entry) -> bool:
    # A sum may fall, so even the order inside one moment decides when it first reached the target; of a rate, what
    # happened at one moment is looked at together.
    is_together = goal.sum is not None or goal.told_apart is not None
    return first.occurred < row.last or (first.occurred == row.last and is_together)


class Counts:
    """How often each thing has been counted in the goals that a batch touches."""

    def __init__(
        self,
        transaction: Transaction,
        measures: Mapping[ProgressKey, Measure],
        touched: Mapping[ProgressKey, Sequence[Entry]],
    ) -> None:
        keys = {
            ItemKey(item_scope(key), key.user, item)
            for key, entries in touched.items()
            if measures[key].counts_items
            for entry in entries
            if entry.item is not None
            for item in measures[key].asks(entry.item)
        }
        spelt = {key._replace(item=text) for key in keys for text in spellings(key.item)}
        self._before = transaction.items(spelt) if keys else {}
        self.changed: dict[ItemKey, int] = {}
        # Before texts were compared in one form, a thing could be counted under each of its spellings.
        for other in self._before.keys() - keys:
            one = other._replace(item=one_form(other.item))
            self.changed[one] = self.changed.get(one, self._before.get(one, 0)) + self._before[other]
            self.changed[other] = 0

    def added(self, key: ProgressKey, measure: Measure, entries: Iterable[Entry]) -> list[tuple[Entry, Move]]:
        """Count the things that entries name, in event time, and tell what each entry moves."""
        if not measure.counts_items:
            return [(entry, Move.ADD) for entry in entries]
        return [(entry, self._add(key, measure, entry)) for entry in entries]

    def _add(self, key: ProgressKey, measure: Measure, entry: Entry) -> Move:
        """Tell what one entry moves; a reversal, what it takes off."""
        scope = item_scope(key)

        def count(item: str) -> int:
            asked = ItemKey(scope, key.user, item)
            return self.changed.get(asked, self._before.get(asked, 0))

        move = measure.move(entry.item, count)
        if entry.item is not None:
            step = -1 if entry.kind is EntryKind.REVERSAL else 1
            after = self.changed[ItemKey(scope, key.user, entry.item)] = count(entry.item) + step
            if step < 0:
                return Move.NONE if after else Move.ADD
        return move


def post_completions(
    transaction: Transaction,
    programs: Mapping[str, Program],
    completions: Sequence[tuple[Progress | None, Progress | None]],
    posting: ProgressPosting,
) -> None:
    """Work out what rows of progress, each as it was and as it is now, give or take back by being completed."""
    moved = [(old, new) for old, new in completions if _completed(old) != _completed(new)]
    rows = (row for pair in moved for row in pair if row is not None and row.subject.kind != "badge")
    latest = transaction.latest({bonus_key(row) for row in rows})
    for old, new in moved:
        row = new or old
        if row is None:
            continue
        program = programs[row.program]
        held = latest.get(bonus_key(row))
        if held is not None and not held.is_reversed:
            posting.entries.append(reversal(held.entry, COMPLETION))
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
