"""Everything that is kept beside the ledger, worked out anew from the ledger alone: to prove it, or to repair it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from novigem.challenges.completion import badge_award
from novigem.challenges.goals import recount
from novigem.leaderboards.books import Books, standing_entries, sum_entries
from novigem.ledger.store import ItemKey, Transaction
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.program import Program
from novigem.posting.progress import item_scope, moves_progress, progress_key
from novigem.posting.totals import place_changes


@dataclass
class Derived:
    """What follows from the entries of one user in one program."""

    progress: list[Progress] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    badges: list[BadgeAward] = field(default_factory=list)
    items: Counter[ItemKey] = field(default_factory=Counter)


def derive(program: Program, books: Books, user: str, entries: Iterable[Entry]) -> Derived:
    """Work out one user's progress, totals, completion badges and counted things from all of the user's entries."""
    derived = Derived()
    standing = standing_entries(entries)
    challenges = {challenge.id: challenge for challenge in program.challenges}
    by_goal: dict[ProgressKey, list[Entry]] = defaultdict(list)
    by_book: dict[str, list[Entry]] = defaultdict(list)
    for entry in standing:
        if moves_progress(entry) and entry.challenge in challenges:
            by_goal[progress_key(entry)].append(entry)
        for book in books.of(entry):
            by_book[book].append(entry)
            if entry.account is not None and books.counts_accounts:
                derived.items[ItemKey(book, user, entry.account)] += 1
    for key, counted in by_goal.items():
        goal = challenges[key.challenge].goal
        row = recount(key, goal, counted)
        if row is None:
            continue
        derived.progress.append(row)
        award = badge_award(program, row)
        if award is not None:
            derived.badges.append(award)
        if goal.distinct is not None:
            scope = item_scope(key)
            derived.items.update(ItemKey(scope, user, one.goal_item) for one in counted if one.goal_item is not None)
    derived.totals = [
        sum_entries(book, user, in_book, counts_accounts=books.counts_accounts) for book, in_book in by_book.items()
    ]
    return derived


def rebuild_totals(transaction: Transaction, program: Program, books: Books) -> None:
    """Write the totals and places of a program anew from its ledger, inside a transaction."""
    transaction.clear_totals(program.program)
    places: Counter[TierKey] = Counter()
    for user in transaction.users(program.program):
        derived = derive(program, books, user, transaction.user_entries(program.program, user))
        transaction.save_totals(derived.totals)
        transaction.save_items(derived.items)
        places.update(place_changes(((None, total) for total in derived.totals), {program.program: books}))
    transaction.save_tiers(places)
