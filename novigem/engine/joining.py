"""Joining: a decision that two users are one person put in force, or taken back, with all that follows from it.

    two replays, without and with it -> facts that pay otherwise -> entries taken back and added
                                     -> progress, bonuses, badges, teams -> totals   (one transaction for all of it)

Nothing that stands is rewritten. What the changes do not lead to goes along as it stands: points and badges by hand,
and what an earlier version of a program paid.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from novigem.engine.compiled import Compiled
from novigem.engine.given_badges import given_badges, kept_badges
from novigem.engine.posting.corrections import next_generation, reversal
from novigem.engine.posting.progress import ProgressPosting, post_completions, post_progress
from novigem.engine.posting.rebuild import derive
from novigem.engine.posting.teams import TeamChanges, post_team_goals, roster_of
from novigem.engine.posting.totals import post_totals
from novigem.leaderboards.rollups import rollup_name, standing_entries
from novigem.ledger.store import EntryFilter, Extent, Latest, Reader, RowFilter, Store, Transaction
from novigem.model.claim import Claim, ClaimId
from novigem.model.entry import Entry, EntryKind, Progress
from novigem.model.joins import Join, Joins
from novigem.model.people import Block
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.model.roster import Roster, changed_teams
from novigem.rules.eligibility import Eligibility, with_managers
from novigem.rules.operators import Registry


class Leads(NamedTuple):
    """What the changes lead to in one program: the rule entries that stand, by dedupe key, and the claims."""

    entries: Mapping[str, Entry]
    claims: Mapping[ClaimId, tuple[str, Claim]]


class Facts(NamedTuple):
    """What the changes lead to in one program without a decision, and with it.

    `able` are the users of the person who could earn with it, were all of them active.
    """

    program: Program
    without: Leads
    within: Leads
    able: frozenset[str]


class Standing(NamedTuple):
    """How somebody stands in a program: points, completions as `challenge` or `challenge/period`, badges."""

    points: int = 0
    completed: frozenset[str] = frozenset()
    badges: frozenset[str] = frozenset()


class Written(NamedTuple):
    """What a decision did: how people stood by program and user, how they stand, and how many entries that took."""

    before: Mapping[tuple[str, str], Standing]
    after: Mapping[tuple[str, str], Standing]
    taken_back: int
    added: int


class Seen(NamedTuple):
    """How much there was when something was worked out; what was written since may make it wrong."""

    extent: Extent
    joins: Joins


# What stands under a key, what should, and the newest entry of the key.
_Draft = tuple[Entry | None, Entry | None, Latest | None]


class _Undone(Exception):  # noqa: N818 - no error: the way to leave a transaction with nothing written
    pass


def seen_now(reader: Reader) -> Seen:
    """Give how much there is."""
    return Seen(reader.extent(), reader.joins())


def people_joined(joins: Joins, join: Join) -> frozenset[str]:
    """Give all users whom a decision concerns, some decisions standing: of the person before, and after."""
    named = {join.user, join.person or join.user}
    return frozenset(one for each in (joins, joins.with_(join)) for user in named for one in each.group(user))


def leads_to(scratch: Reader, program: str) -> Leads:
    """Read what the changes lead to from a store that they were played to."""
    entries = {one.key: one for one in scratch.awards(program, ALWAYS_START, ALWAYS_END)}
    return Leads(entries, {claim.id: (group, claim) for group, claim in scratch.claims(program)})


def able_to_earn(scratch: Reader, program: Program, users: Collection[str]) -> frozenset[str]:
    """Give those of some users of whom the changes say all that they earn, as a store knows them.

    They may earn in the program, or are excluded from it by name, so that they never might. Anybody else may have been
    able to once.
    """
    people = with_managers(scratch.people, users)
    eligibility = Eligibility(program.participants)
    sure = (None, Block.EXCLUDED)
    return frozenset(user for user in users if eligibility.block_among(user, people) in sure)


def put_joined(
    store: Store, registry: Registry, facts: Sequence[Facts], join: Join, seen: Seen, *, only_look: bool = False
) -> Written | None:
    """Write a decision and all that follows from it in one transaction; gives what it did.

    `facts` are those of every program. None when somebody has written since `seen`: then nothing was done. With
    `only_look` nothing stays of it.
    """
    written: Written | None = None
    try:
        with store.begin(lock=False) as transaction:
            transaction.hold_for_erasure()
            if seen_now(transaction) != seen:
                return None
            written = _Joining(store, registry, transaction, join).write(facts)
            _undo(only_look)
    except _Undone:
        return written
    return written


def _undo(is_wanted: bool) -> None:  # noqa: FBT001 - a question with one answer
    if is_wanted:
        raise _Undone


class _Joining:
    """One decision in one transaction."""

    def __init__(self, store: Store, registry: Registry, transaction: Transaction, join: Join) -> None:
        self._store = store
        self._registry = registry
        self._transaction = transaction
        self._join = join
        self._before = transaction.joins()
        self._joins = self._before.with_(join)
        self._users = people_joined(self._before, join)
        self._reason = f"{'no longer' if join.person is None else 'two users of'} one person: {join.reason}"

    def write(self, facts: Sequence[Facts]) -> Written:
        """Write everything; gives what it did."""
        transaction = self._transaction
        rosters = [self._roster(one.program) for one in facts]
        rows = [one for one in transaction.badges(RowFilter(challenge="")) if not one.challenge]
        expiring = {(one.program.program, badge.id) for one in facts for badge in one.program.badges if badge.lasts}
        given = given_badges(rows, kept_badges(self._before), self._before, self._joins, expiring)
        body = msgspec.json.encode(given.kept).decode()
        transaction.save_join(self._join._replace(body=body))
        corrections = [self._corrections(one) for one in facts]
        users = self._users.union(entry.user for each in corrections for entry in each)
        before = dict(self._standings(facts, users))
        transaction.withdraw_badges([one for one in rows if one not in given.stand])
        transaction.award_badges([one for one in given.stand if one not in rows])
        written = [
            entry
            for one, own, roster in zip(facts, corrections, rosters, strict=True)
            for entry in self._post(one, own, roster)
        ]
        taken_back = sum(entry.kind is EntryKind.REVERSAL for entry in written)
        after = dict(self._standings(facts, users.union(entry.user for entry in written)))
        return Written(_with_others(before, after, written), after, taken_back, len(written) - taken_back)

    # Rules, points by hand and what an earlier version paid: which entries stand now, and which should.

    def _corrections(self, facts: Facts) -> list[Entry]:
        """Give the entries that take back what stands otherwise now, and those that add it, in order of time."""
        name = facts.program.program
        history = [one for user in self._users for one in self._transaction.entries(EntryFilter(name, user))]
        moves = _Moves(history, self._joins)
        own = {one.key: one for one in standing_entries(history)}
        without, within = facts.without.entries, facts.within.entries
        keys = {key for key in without.keys() | within.keys() if _says(without.get(key)) != _says(within.get(key))}
        keys |= {key for key, one in own.items() if one.kind is EntryKind.RULE and moves.goes_elsewhere(one)}
        by_hand = [one for one in own.values() if self._is_left(facts.program, one) and moves.goes_elsewhere(one)]
        held = self._transaction.latest(keys | {one.key for one in by_hand})
        drafts: list[_Draft] = [(one, replace(one, user=moves.person(one)), held[one.key]) for one in by_hand]
        is_paid = _Paid(self._transaction, facts.program, self._users, history)
        for key in keys:
            latest = held.get(key)
            standing = None if latest is None or latest.is_reversed else latest.entry
            if standing is not None and standing.user not in self._users and _says(standing) != _says(without.get(key)):
                # The changes do not lead to what stands there: it rests on what was known when it was paid.
                continue
            wanted = within.get(key)
            if wanted is not None and not is_paid.allows(wanted):
                wanted = None
            if wanted is None and standing is not None and standing.user in self._users:
                goes_to = moves.person(standing)
                if key not in without or goes_to not in facts.able:
                    wanted = replace(standing, user=goes_to)
            drafts.append((standing, wanted, latest))
        return list(self._written(drafts))

    def _written(self, drafts: Iterable[_Draft]) -> Iterator[Entry]:
        found: list[tuple[tuple[int, int, bytes], str, int, Entry]] = []
        for standing, wanted, latest in drafts:
            if _says(standing) == _says(wanted):
                continue
            if standing is not None:
                back = replace(reversal(standing, self._reason), author=self._join.author)
                found.append((standing.order, standing.key, 0, back))
            if wanted is not None:
                draft = replace(wanted, number=0, generation=0)
                found.append((wanted.order, wanted.key, 1, next_generation(draft, latest)))
        for *_place, draft in sorted(found, key=lambda one: one[:3]):
            yield replace(draft, recorded=self._join.moment)

    def _is_left(self, program: Program, entry: Entry) -> bool:
        """Tell whether nothing else moves an entry: it was made by hand, or completed a challenge that is gone."""
        if entry.kind is EntryKind.ADJUSTMENT:
            return True
        return entry.kind is EntryKind.BONUS and entry.challenge not in {one.id for one in program.challenges}

    # What follows from the entries, as it does with every page.

    def _post(self, facts: Facts, corrections: Sequence[Entry], before: Roster) -> list[Entry]:
        transaction, program = self._transaction, facts.program
        compiled = Compiled(
            [program],
            self._store,
            self._registry,
            transaction.redactor(),
            bindings=transaction.bindings(),
            joins=self._joins,
            pauses=transaction.pauses(),
            reader=transaction,
        )
        compiled.zones.open(transaction)
        self._save_claims(facts)
        entries = transaction.append(corrections)
        posting = post_progress(transaction, compiled.tracks, entries)
        teams = changed_teams(before, self._roster(program), self._users)
        moved = {program.program: TeamChanges(teams, set(self._users))} if teams else {}
        post_team_goals(transaction, compiled.team_goals, entries, moved, posting)
        bonuses = self._save_progress(posting)
        if compiled.tracks[program.program].depends_on_people:
            bonuses += self._save_progress(self._recounted(compiled, program))
        totals = post_totals(transaction, compiled.rollups, [*entries, *bonuses])
        transaction.save_totals(totals.totals)
        transaction.save_tiers(totals.tiers)
        transaction.save_items(totals.items)
        return [*entries, *bonuses]

    def _save_progress(self, posting: ProgressPosting) -> list[Entry]:
        transaction = self._transaction
        bonuses = transaction.append([replace(one, recorded=self._join.moment) for one in posting.entries])
        transaction.save_progress(posting.rows, posting.removed)
        transaction.withdraw_badges(posting.withdrawn)
        transaction.award_badges(posting.awarded)
        transaction.save_items(posting.items)
        return bonuses

    def _recounted(self, compiled: Compiled, program: Program) -> ProgressPosting:
        """Count the progress of the person anew: terms of their own hold that went by another user before."""
        name, tracks, posting = program.program, compiled.tracks[program.program], ProgressPosting()
        people = self._transaction.people(self._users)
        pairs: list[tuple[Progress | None, Progress | None]] = []
        for user in sorted(self._users):
            entries = self._transaction.entries(EntryFilter(name, user))
            rollups = compiled.rollups[name]
            derived = derive(program, rollups, user, entries, person=people.get(user), tracks=tracks)
            kept = self._transaction.progress([row.key for row in derived.progress])
            pairs += [(kept.get(row.key), row) for row in derived.progress if kept.get(row.key) != row]
        posting.rows = [row for _old, row in pairs if row is not None]
        post_completions(self._transaction, compiled.programs, pairs, posting)
        return posting

    def _save_claims(self, facts: Facts) -> None:
        """Write the claims that the decision made others; what else is claimed stays as it is."""
        name, without, within = facts.program.program, facts.without.claims, facts.within.claims
        changed = {key: one for key, one in within.items() if without.get(key) != one}
        gone = without.keys() - within.keys()
        if not changed and not gone:
            return
        kept = {one.id: (group, one) for group, one in self._transaction.claims(name)}
        history = [one for _group, one in kept.values()]
        is_paid = _Paid(self._transaction, facts.program, self._users, [one.draft for one in history])
        allowed = {key: one for key, one in changed.items() if is_paid.allows(one[1].draft)}
        left = {key: one for key, one in kept.items() if key not in gone and key not in changed}
        self._transaction.clear_claims(name)
        self._transaction.save_claims([*left.values(), *allowed.values()])

    def _roster(self, program: Program) -> Roster:
        return roster_of(self._transaction, program, self._users)

    def _standings(self, facts: Sequence[Facts], users: Collection[str]) -> Iterator[tuple[tuple[str, str], Standing]]:
        for program, user in _keys(facts, users):
            book = rollup_name(program, None, "all")
            total = self._transaction.totals([(book, user)]).get((book, user))
            which = RowFilter(program, user)
            rows = self._transaction.progress_rows(which)
            completed = (row for row in rows if row.completed is not None and row.subject.kind != "badge")
            yield (
                (program, user),
                Standing(
                    0 if total is None else total.points,
                    frozenset("/".join(part for part in (row.challenge, row.period) if part) for row in completed),
                    frozenset(one.badge for one in self._transaction.badges(which)),
                ),
            )


def _with_others(
    before: Mapping[tuple[str, str], Standing], after: Mapping[tuple[str, str], Standing], written: Iterable[Entry]
) -> dict[tuple[str, str], Standing]:
    """Give how everybody stood before; of whom only a team's completion credits, only points can have changed."""
    points: dict[tuple[str, str], int] = defaultdict(int)
    for entry in written:
        points[entry.program, entry.user] += entry.points
    return {key: before.get(key) or one._replace(points=one.points - points[key]) for key, one in after.items()}


def _keys(facts: Sequence[Facts], users: Collection[str]) -> list[tuple[str, str]]:
    return [(one.program.program, user) for one in facts for user in sorted(users)]


def _says(entry: Entry | None) -> Entry | None:
    """Leave out of an entry what tells when it was written, in which words, and by which version."""
    return entry and replace(entry, number=0, generation=0, recorded=0, version="", reason=None, author=None)


class _Moves:
    """Where the entries of some users go: by whom each was earned or given first, and as whom that one counts."""

    def __init__(self, history: Iterable[Entry], joins: Joins) -> None:
        self._joins = joins
        self._first: dict[tuple[str, bytes | None], Entry] = {}
        for one in sorted(history, key=lambda entry: entry.generation):
            if one.kind is not EntryKind.REVERSAL:
                self._first.setdefault((one.key, one.change), one)

    def person(self, entry: Entry) -> str:
        first = self._first.get((entry.key, entry.change), entry)
        return self._joins.of(first.user, entry.occurred)

    def goes_elsewhere(self, entry: Entry) -> bool:
        return self.person(entry) != entry.user or self._joins.of(entry.user, entry.occurred) != entry.user


class _Paid:
    """Who of some users may be paid: whoever may earn now, or had earned the same by a user of theirs already."""

    def __init__(
        self, transaction: Transaction, program: Program, users: Collection[str], history: Iterable[Entry]
    ) -> None:
        self._users = users
        self._able = able_to_earn(transaction, program, users)
        self._had = {(one.rule, one.change) for one in history}

    def allows(self, draft: Entry) -> bool:
        if draft.user not in self._users or draft.user in self._able:
            return True
        return (draft.rule, draft.change) in self._had
