"""What new entries do to the totals that boards are read from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from novigem.leaderboards.rollups import Rollups, add_entries, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, ItemKey, Transaction
from novigem.model.entry import Entry, EntryKind, TierKey, Total
from novigem.model.program import ALWAYS_START, TieBreak
from novigem.model.ranking import tier_key


class TotalsPosting(NamedTuple):
    """What to write: totals, how often each account is counted in each book, and how many people share each place."""

    totals: list[Total]
    items: dict[ItemKey, int]
    tiers: dict[TierKey, int]


def post_totals(transaction: Transaction, rollups: Mapping[str, Rollups], appended: Sequence[Entry]) -> TotalsPosting:
    """Work out the totals after entries that stand in the ledger already."""
    # Most entries of one user go into the same books: they are put together before they are spread.
    together: dict[tuple[tuple[str, ...], str], list[Entry]] = defaultdict(list)
    for entry in appended:
        together[rollups[entry.program].of(entry), entry.user].append(entry)
    touched: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for (names, user), entries in together.items():
        for book in names:
            touched[book, user] += entries
    before = transaction.totals(touched)
    corrected = transaction.last_adjusted({entry.program for entry in appended}) if appended else {}
    accounts = _Accounts(transaction, rollups, touched)
    anew = _Anew(transaction)
    totals = []
    for (book, user), entries in touched.items():
        kept = rollups[entries[0].program]
        new_accounts = sum([accounts.add(book, entry) for entry in entries]) if kept.counts_accounts else 0
        last = corrected.get((entries[0].program, user), ALWAYS_START)
        total = add_entries(before.get((book, user)), book, user, entries, new_accounts, corrected=last)
        if total is None:
            in_book = [entry for entry in anew.standing(entries[0].program, user) if book in kept.of(entry)]
            total = sum_entries(book, user, in_book, counts_accounts=kept.counts_accounts)
        totals.append(total)
    places = place_changes(((before.get((one.book, one.user)), one) for one in totals), rollups)
    return TotalsPosting(totals, accounts.changed, _people_after(transaction, places))


class _Anew:
    """The standing entries of those few of whom only these tell when they reached their points."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._read: dict[tuple[str, str], list[Entry]] = {}

    def standing(self, program: str, user: str) -> list[Entry]:
        if (program, user) not in self._read:
            self._read[program, user] = standing_entries(self._transaction.entries(EntryFilter(program, user)))
        return self._read[program, user]


def place_changes(moves: Iterable[tuple[Total | None, Total]], rollups: Mapping[str, Rollups]) -> dict[TierKey, int]:
    """Count who leaves and who takes each place when totals change; a total without entries takes none."""
    changes: dict[TierKey, int] = {}
    chains: dict[str, Iterable[tuple[TieBreak, ...]]] = {}
    for before, after in moves:
        book = after.book
        if book not in chains:
            chains[book] = rollups[book.partition(":")[0]].chains(book)
        for ties in chains[book]:
            if before is not None:
                left = tier_key(before, ties)
                changes[left] = changes.get(left, 0) - 1
            if after.entries:
                taken = tier_key(after, ties)
                changes[taken] = changes.get(taken, 0) + 1
    return changes


def _people_after(transaction: Transaction, changes: Mapping[TierKey, int]) -> dict[TierKey, int]:
    moved = {key: change for key, change in changes.items() if change}
    before = transaction.tiers(moved)
    return {key: before.get(key, 0) + change for key, change in moved.items()}


class _Accounts:
    """How often each account has been counted, in the programs where a board asks for distinct accounts."""

    def __init__(
        self,
        transaction: Transaction,
        rollups: Mapping[str, Rollups],
        touched: Mapping[tuple[str, str], Sequence[Entry]],
    ) -> None:
        keys = {
            ItemKey(book, user, entry.account)
            for (book, user), entries in touched.items()
            if rollups[entries[0].program].counts_accounts
            for entry in entries
            if entry.account is not None
        }
        self._before = transaction.items(keys) if keys else {}
        self.changed: dict[ItemKey, int] = {}

    def add(self, book: str, entry: Entry) -> int:
        """Count the account of an entry in a book; 1 when it was not counted before, -1 when it no longer is."""
        if entry.account is None:
            return 0
        key = ItemKey(book, entry.user, entry.account)
        count = self.changed.get(key, self._before.get(key, 0))
        after = self.changed[key] = count - 1 if entry.kind is EntryKind.REVERSAL else count + 1
        return int(after > 0) - int(count > 0)
