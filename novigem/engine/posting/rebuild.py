"""Everything that is kept beside the ledger, worked out anew from the ledger alone: to prove it, or to repair it."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from novigem.challenges.completion import badge_award
from novigem.challenges.goals import recount
from novigem.challenges.team_goals import TeamGoals
from novigem.challenges.tracks import Tracks
from novigem.engine.posting.progress import item_scope
from novigem.engine.posting.teams import rebuild_team_goals, rebuild_team_items
from novigem.engine.posting.totals import place_changes
from novigem.leaderboards.rollups import Rollups, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, ItemKey, RowFilter, Transaction
from novigem.model.clocks import Zones
from novigem.model.entry import BadgeAward, Entry, Progress, ProgressKey, TierKey, Total
from novigem.model.people import Person
from novigem.model.program import Program


@dataclass
class Derived:
    """What follows from the entries of one user in one program.

    `depends_on_address`: it has terms for the user, who is known to it by the address that was told last.
    """

    progress: list[Progress] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    badges: list[BadgeAward] = field(default_factory=list)
    items: Counter[ItemKey] = field(default_factory=Counter)
    depends_on_address: bool = False


def derive(
    program: Program,
    rollups: Rollups,
    user: str,
    entries: Iterable[Entry],
    *,
    person: Person | None = None,
    tracks: Tracks | None = None,
) -> Derived:
    """Work out one user's progress, totals, earned badges and counted things from all of the user's entries.

    `person` is what is known of the user, by which the program's terms for the person are found. Whoever derives many
    users gives the `tracks` of the program, so that its calendar is worked out once.
    """
    derived = Derived()
    tracks = tracks or Tracks(program)
    by_book: dict[str, list[Entry]] = defaultdict(list)
    standing = standing_entries(entries)
    by_goal = tracks.spread(standing)
    for entry in standing:
        for book in rollups.of(entry):
            by_book[book].append(entry)
            if entry.account is not None and rollups.counts_accounts:
                derived.items[ItemKey(book, user, entry.account)] += 1
    terms = tracks.terms(user, person)
    derived.depends_on_address = terms is not None and tracks.terms(user, None) is None
    for key, counted in by_goal.items():
        measure = tracks.measure(key, terms)
        row = recount(key, measure, counted)
        if row is None:
            continue
        derived.progress.append(row)
        award = badge_award(program, row)
        if award is not None:
            derived.badges.append(award)
        if measure.counts_items:
            scope = item_scope(key)
            derived.items.update(ItemKey(scope, user, one.item) for one in counted if one.item is not None)
    derived.totals = [
        sum_entries(book, user, in_book, counts_accounts=rollups.counts_accounts) for book, in_book in by_book.items()
    ]
    return derived


def rebuild_totals(transaction: Transaction, program: Program, rollups: Rollups) -> None:
    """Write the totals and places of a program anew from its ledger, inside a transaction."""
    transaction.clear_totals(program.program)
    places: Counter[TierKey] = Counter()
    tracks = Tracks(program, Zones(transaction))
    for user in transaction.users(program.program):
        derived = _derived(transaction, tracks, rollups, user)
        transaction.save_totals(derived.totals)
        transaction.save_items(derived.items)
        places.update(place_changes(((None, total) for total in derived.totals), {program.program: rollups}))
    transaction.save_tiers(places)
    rebuild_team_items(transaction, TeamGoals(program))


def rebuild_goals(transaction: Transaction, program: Program, rollups: Rollups) -> None:
    """Bring progress and badges under a version of the program that has just come into use.

    Targets and runs are worked out anew, by the terms of this version. Badges that awards earn are what the entries
    say under this version: given and withdrawn. What a challenge gave stays until its next award, as ever.
    """
    rebuild_team_goals(transaction, TeamGoals(program))
    tracks = Tracks(program, Zones(transaction))
    if not tracks.needs_recount:
        return
    for user in transaction.users(program.program):
        derived = _derived(transaction, tracks, rollups, user)
        kept = transaction.progress([row.key for row in derived.progress])
        transaction.save_progress([_under_new_version(row, kept.get(row.key)) for row in derived.progress])
        earned = [one for one in derived.badges if one.subject.kind == "badge"]
        standing = {(one.challenge, one.period) for one in earned}
        held = transaction.badges(RowFilter(program.program, user))
        transaction.award_badges(earned)
        transaction.withdraw_badges(
            one for one in held if _is_counted(one, tracks) and (one.challenge, one.period) not in standing
        )


def _under_new_version(row: Progress, kept: Progress | None) -> Progress:
    if row.subject.kind == "badge":
        return row
    return msgspec.structs.replace(row, completed=None if kept is None else kept.completed)


def _is_counted(award: BadgeAward, tracks: Tracks) -> bool:
    # A badge or tier that left the program stays with those who hold it, as badges of challenges do.
    key = ProgressKey(award.program, award.challenge, award.period, award.user)
    return award.subject.kind == "badge" and tracks.holds(key)


def _derived(transaction: Transaction, tracks: Tracks, rollups: Rollups, user: str) -> Derived:
    program = tracks.program
    person = transaction.people([user]).get(user) if tracks.depends_on_people else None
    entries = transaction.entries(EntryFilter(program.program, user))
    return derive(program, rollups, user, entries, person=person, tracks=tracks)
