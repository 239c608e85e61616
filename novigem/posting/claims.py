"""Rules that remember: what their claims are worth after a page of changes, and the entries that make it so.

A rule that may be undone or limited keeps each draft entry as a claim. What stands in the ledger follows from all the
claims there are, in event time: which still hold, which is the first of its fact, and what the limits leave of it. So
the standing entries never depend on the order in which changes arrive; only the corrections do.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from novigem.awards import OWNER, RulePlan, Seen, draft_entries, former_owner
from novigem.ledger.store import Latest, Transaction
from novigem.model.change import Change
from novigem.model.claim import Claim, ClaimState, fact_of
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.people import Block
from novigem.posting.corrections import next_generation, reversal
from novigem.rulebook import Rulebook
from novigem.rules.describe import what_ended
from novigem.rules.state import Effect
from novigem.rules.timeline import Mark, fold, winner

_CHANGED_HANDS = "the record had changed hands shortly before"

ClaimId = tuple[str, bytes]
Order = tuple[int, int, bytes]


class Hold(NamedTuple):
    """A rule that remembers, by its position in the rulebook, and a change on which it holds."""

    position: int
    seen: Seen


# Gives those of some drafts whose user may earn.
Judge = Callable[[Sequence[tuple[RulePlan, Entry]]], Iterable[Entry]]


class ClaimsPosting(NamedTuple):
    """What to write: ledger entries, and claims with the group their limits are counted in.

    `blocked` counts, by rule, why drafts of this page do not pay.
    """

    entries: list[Entry]
    claims: list[tuple[str, Claim]]
    blocked: Counter[tuple[str, str, Block]]


def post_claims(
    transaction: Transaction,
    book: Rulebook,
    holds: Sequence[Hold],
    seen: Sequence[Seen],
    judge: Judge,
    *,
    all_new: bool,
) -> ClaimsPosting:
    """Work out what a page does to the claims, and the entries that follow from it.

    `seen` are the page's changes of objects whose records matter after they have earned. `all_new` tells that none of
    the page's changes was ever logged before; what came again has to be looked at together with what came after it.
    """
    records = _Records(transaction, book, holds, seen, all_new=all_new)
    blocked: Counter[tuple[str, str, Block]] = Counter()
    drafts = list(records.drafts(holds, blocked))
    accepted = {(entry.key, entry.change or b"") for entry in judge(drafts)}
    mine = [draft for _plan, draft in drafts if (draft.key, draft.change or b"") in accepted]
    desk = _Desk(transaction, book, records.changed(mine), {fact_of(draft.key) for draft in mine})
    desk.choose_winners()
    desk.apply_limits()
    for draft in mine:
        reason = desk.block(draft)
        if reason is not None:
            blocked[draft.program, draft.rule or "", reason] += 1
    return ClaimsPosting(desk.entries(), desk.written(), blocked)


class _Records:
    """The records that a page touches and that have claims: what happened to them, and to what was claimed."""

    def __init__(
        self, transaction: Transaction, book: Rulebook, holds: Sequence[Hold], seen: Sequence[Seen], *, all_new: bool
    ) -> None:
        self._book = book
        self._page: dict[str, list[Seen]] = defaultdict(list)
        for one in seen:
            self._page[one.change.id].append(one)
        self._stored: dict[str, list[Claim]] = defaultdict(list)
        for claim in transaction.claims_of_records(self._page):
            plan = book.plan(claim.draft)
            if plan is not None and plan.follows_records:
                self._stored[claim.draft.record or ""].append(claim)
        following = {hold.seen.change.id for hold in holds if book.plans[hold.position].follows_records}
        changed_hands = {
            one.change.id for one in seen if OWNER in (one.change.old or ()) and self._hands_over(one.change)
        }
        self._touched = sorted(following | changed_hands | self._stored.keys())
        self._history = self._read_histories(transaction, holds, all_new=all_new)
        # What a former owner has now that somebody else was given before.
        self._handed: set[ClaimId] = set()

    def _read_histories(
        self, transaction: Transaction, holds: Sequence[Hold], *, all_new: bool
    ) -> dict[str, list[Seen]]:
        """Read the whole past of records where the page alone does not tell how things stand."""
        late = self._overtaken(transaction) if all_new else set(self._touched)
        # Who owned a record before it earned stands in its past.
        earned = {one.seen.change.id for one in holds if self._book.plans[one.position].rule.former_owner is not None}
        found: dict[str, list[Seen]] = defaultdict(list)
        for logged, change in transaction.logged_changes(sorted(late | earned)):
            found[change.id].append(Seen(logged.at, logged.digest, change))
        return {record: sorted(past, key=lambda one: one.order) for record, past in found.items()}

    def _overtaken(self, transaction: Transaction) -> set[str]:
        """Find the records of which later changes than those of the page have come before them."""
        first = {record: min(one.at for one in self._page[record]) for record in self._touched}
        own = {(one.at, one.digest) for record in self._touched for one in self._page[record]}
        if not first:
            return set()
        logged = transaction.logged_since(first, min(first.values()))
        return {record for record, at, digest in logged if at >= first[record] and (at, digest) not in own}

    def _hands_over(self, change: Change) -> bool:
        return any(self._book.plans[n].rule.former_owner for n in self._book.following[change.object])

    def drafts(
        self, holds: Sequence[Hold], blocked: Counter[tuple[str, str, Block]]
    ) -> Iterator[tuple[RulePlan, Entry]]:
        """Yield the drafts that the page adds, and those of older changes that have found another recipient."""
        for hold in holds:
            plan = self._book.plans[hold.position]
            for draft in self._drafts_of(plan, hold.seen):
                if isinstance(draft, Block):
                    blocked[plan.program.program, plan.rule.id, draft] += 1
                elif plan.rule.former_owner is None:
                    yield plan, draft
        for record, history in self._history.items():
            if self._hands_over(history[0].change):
                yield from self._handed_over(record)

    def _drafts_of(self, plan: RulePlan, seen: Seen) -> Sequence[Entry | Block]:
        former = None
        if plan.rule.former_owner is not None:
            past = [(one.at, one.change) for one in self._history[seen.change.id] if one.order <= seen.order]
            former = former_owner(plan.rule, past, seen.at)
        return draft_entries(plan, seen.change, seen.digest, seen.at, former=former)

    def _handed_over(self, record: str) -> Iterator[tuple[RulePlan, Entry]]:
        """Draft everything of a record anew, since who owned it before may have come to light only now."""
        stored = {claim.id: claim for claim in self._stored.get(record, ())}
        due: set[ClaimId] = set()
        for seen in self._history[record]:
            matched = self._book.match(seen.change)
            for position in matched.holds if matched is not None else ():
                plan = self._book.plans[position]
                if plan.rule.former_owner is None:
                    continue
                drafts = [draft for draft in self._drafts_of(plan, seen) if not isinstance(draft, Block)]
                due |= {_id(draft) for draft in drafts}
                yield from ((plan, one) for one in drafts if not _is_known(one, stored.get(_id(one))))
        for key, claim in stored.items():
            own = self._book.plan(claim.draft)
            if own is not None and own.rule.former_owner is not None and key not in due:
                self._handed.add(key)

    def changed(self, drafts: Sequence[Entry]) -> list[Claim]:
        """Give the claims that are new or otherwise than they are stored."""
        new: dict[str, list[Claim]] = defaultdict(list)
        free: list[Claim] = []
        for draft in drafts:
            plan = self._book.plan(draft)
            if plan is not None and plan.follows_records:
                new[draft.record or ""].append(Claim(draft))
            else:
                free.append(Claim(draft))
        found = free
        for record in self._touched:
            found += self._changed_of(record, new.get(record, []))
        return found

    def _changed_of(self, record: str, new: Sequence[Claim]) -> list[Claim]:
        stored = {claim.id: claim for claim in self._stored.get(record, ())}
        # A claim that is there already stays as it was drafted, under the program version of its time.
        fresh = {claim.id: claim for claim in new if not _is_known(claim.draft, stored.get(claim.id))}
        past = self._history.get(record)
        changes = past if past is not None else sorted(self._page[record], key=lambda one: one.order)
        by_rule: dict[int, list[Claim]] = defaultdict(list)
        for one in {**stored, **fresh}.values():
            position = self._book.position(one.draft)
            if position is not None:
                by_rule[position].append(one)
        effects: dict[bytes, Mapping[int, Effect]] = {}
        after: list[Claim] = []
        for position, own in by_rule.items():
            after += self._folded(position, own, changes, effects, anew=past is not None)
        after = [_handed_on(one) if one.id in self._handed else one for one in after]
        return [one for one in after if stored.get(one.id) != one]

    def _folded(
        self,
        position: int,
        own: Sequence[Claim],
        changes: Sequence[Seen],
        effects: dict[bytes, Mapping[int, Effect]],
        *,
        anew: bool,
    ) -> list[Claim]:
        """Go through the changes of a record for one rule; `effects` keeps what each change did, once it is asked."""
        rule = self._book.plans[position].rule
        if not anew and len(own) == 1 and own[0].order == changes[-1].order:
            return [own[0]]
        stored = {one.id for one in self._stored.get(own[0].draft.record or "", ())}
        before = [] if anew else [one for one in own if one.id in stored]
        by_change: dict[bytes, list[Claim]] = defaultdict(list)
        for one in own:
            if anew or one.id not in stored:
                by_change[one.draft.change or b""].append(_anew(one))
        marks = []
        for seen in changes:
            claims = by_change.pop(seen.digest, None)
            if claims is not None:
                marks.append(Mark(seen.order, None, tuple(claims)))
            elif rule.is_reversible and (before or marks or by_change):
                if seen.digest not in effects:
                    effects[seen.digest] = self._book.effects(seen.change)
                mark = Mark(seen.order, effects[seen.digest].get(position))
                marks.append(mark._replace(why=what_ended(rule, seen.change, mark.effect)) if mark.ends else mark)
        kept = [one for left in by_change.values() for one in left]
        return fold([*before, *kept], marks, within_days=rule.reversible_days)


class _Desk:
    """The claims of all facts that a page touches: which of them pay, how much, and what the ledger needs for it."""

    def __init__(
        self, transaction: Transaction, book: Rulebook, changed: Sequence[Claim], facts: Collection[str]
    ) -> None:
        self._transaction = transaction
        self._book = book
        self._claims: dict[ClaimId, Claim] = {}
        self._stored: dict[ClaimId, Claim] = {}
        self._by_fact: dict[str, set[ClaimId]] = defaultdict(set)
        for claim in transaction.claims_of_facts({*facts, *(claim.fact for claim in changed)}):
            self._stored[claim.id] = claim
            self._put(claim)
        for claim in changed:
            known = self._stored.get(claim.id)
            # What follows no record is drafted once: the same change again adds nothing.
            if known is None or self._follows(claim):
                self._put(claim)
        self._held = transaction.latest({claim.draft.key for claim in self._claims.values()} | self._by_fact.keys())
        for claim in self._adopted():
            self._put(claim)

    def _follows(self, claim: Claim) -> bool:
        plan = self._book.plan(claim.draft)
        return plan is not None and plan.follows_records

    def _put(self, claim: Claim) -> None:
        self._claims[claim.id] = claim
        self._by_fact[claim.fact].add(claim.id)

    def _adopted(self) -> list[Claim]:
        """Give claims for entries that stand without one: they were paid before the rule began to remember."""
        found = []
        for key, held in self._held.items():
            entry = held.entry
            if not held.is_reversed and (key, entry.change or b"") not in self._claims:
                draft = msgspec.structs.replace(entry, number=0, generation=0, recorded=0)
                found.append(Claim(draft, wins=True, paid=entry.points))
        return found

    def _group(self, claim: Claim) -> str | None:
        return self._book.group(claim.draft)

    def choose_winners(self) -> None:
        """Let the earliest change of each fact that is still alive pay, and pay in full what nothing limits."""
        for ids in self._by_fact.values():
            best = winner([self._claims[one] for one in ids])
            for one in ids:
                claim = self._claims[one]
                is_alive = claim.state is ClaimState.ALIVE
                wins = best is not None and is_alive and claim.draft.change == best.draft.change
                paid = claim.paid if wins and self._group(claim) is not None else wins * claim.draft.points
                if (wins, paid) != (claim.wins, claim.paid):
                    self._claims[one] = msgspec.structs.replace(claim, wins=wins, paid=paid)

    def apply_limits(self) -> None:
        """Go through everything that shares a limit with what has changed."""
        moments: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for one, claim in self._claims.items():
            group, before = self._group(claim), self._stored.get(one)
            if group is None or before == claim:
                continue
            for touched in (claim, before):
                if touched is not None and (touched.wins or claim.wins):
                    moments[group][touched.draft.user].append(touched.draft.occurred)
        for group, users in moments.items():
            self._limit(group, {user: min(found) for user, found in users.items()}, max(map(max, users.values())))

    def _limit(self, group: str, first: Mapping[str, int], last: int) -> None:
        """Pay one group anew: each user from the first moment on that something changed, all up to the last one."""
        limits = self._book.limits(group)
        since, until = limits.reach(min(first.values()), last)
        together: dict[str, dict[ClaimId, Claim]] = {user: {} for user in first}
        for claim in self._transaction.claims_between([(group, user) for user in first], since, until):
            self._stored.setdefault(claim.id, claim)
            if claim.id not in self._claims:
                together[claim.draft.user][claim.id] = claim
        for claim in self._claims.values():
            is_near = since <= claim.draft.occurred < until and claim.draft.user in together
            if is_near and self._group(claim) == group:
                together[claim.draft.user][claim.id] = claim
        for user, claims in together.items():
            for paid in limits.pay([one for one in claims.values() if one.wins], first[user]):
                if paid != claims[paid.id]:
                    self._put(paid)

    def block(self, draft: Entry) -> Block | None:
        """Give the reason why a draft of this page does not pay; None when it does, in full or in part."""
        claim = self._claims[_id(draft)]
        if claim.state is not ClaimState.ALIVE:
            return Block.UNDONE
        if not claim.wins:
            return Block.DUPLICATE
        return Block(claim.why) if claim.paid == 0 else None

    def entries(self) -> list[Entry]:
        """Give the entries that bring the ledger from what it holds to what the claims are worth."""
        by_key: dict[str, list[Claim]] = defaultdict(list)
        for claim in self._claims.values():
            by_key[claim.draft.key].append(claim)
        held = {**self._transaction.latest(by_key.keys() - self._held.keys()), **self._held}
        found: list[tuple[Order, str, list[Entry]]] = []
        for key, claims in by_key.items():
            best = next((one for one in claims if one.wins), None)
            corrections = list(self._correct(best, claims, held.get(key)))
            if corrections:
                found.append((corrections[0].order, key, corrections))
        return [entry for _order, _key, entries in sorted(found, key=lambda one: one[:2]) for entry in entries]

    def _correct(self, best: Claim | None, claims: Sequence[Claim], held: Latest | None) -> Iterator[Entry]:
        wanted = None if best is None or best.paid == 0 else self._worth(best)
        standing = None if held is None or held.is_reversed else held.entry
        if standing is not None and wanted is not None and _says_the_same(standing, wanted):
            return
        if standing is not None:
            yield reversal(standing, _why(standing, best, claims))
        if wanted is not None:
            yield next_generation(wanted, held)

    def _worth(self, claim: Claim) -> Entry:
        """Give the entry of a claim with what the limits left of it."""
        draft = claim.draft
        if claim.paid == draft.points:
            return draft
        value = draft.goal_value
        plan = self._book.plan(draft)
        challenge = None if plan is None or draft.challenge is None else plan.program.challenge(draft.challenge)
        if challenge is not None and challenge.goal.points is not None and value:
            value = claim.paid * GOAL_UNIT
        return msgspec.structs.replace(draft, points=claim.paid, goal_value=value)

    def written(self) -> list[tuple[str, Claim]]:
        """Give the claims to store, each with its group, in an order that does not depend on how they were found."""
        changed = [one for key, one in self._claims.items() if self._stored.get(key) != one]
        return [(self._group(one) or "", one) for one in sorted(changed, key=lambda one: (one.order, one.draft.key))]


def _id(draft: Entry) -> ClaimId:
    return (draft.key, draft.change or b"")


def _is_known(draft: Entry, stored: Claim | None) -> bool:
    return stored is not None and (stored.draft.user, stored.draft.points) == (draft.user, draft.points)


def _anew(claim: Claim) -> Claim:
    """Give a claim as it was before anything happened to it."""
    if claim.state is ClaimState.ALIVE:
        return claim
    return msgspec.structs.replace(claim, state=ClaimState.ALIVE, why="")


def _handed_on(claim: Claim) -> Claim:
    return msgspec.structs.replace(claim, state=ClaimState.ENDED, why=_CHANGED_HANDS)


def _says_the_same(standing: Entry, wanted: Entry) -> bool:
    return (standing.change, standing.user, standing.points) == (wanted.change, wanted.user, wanted.points)


def _why(standing: Entry, best: Claim | None, claims: Sequence[Claim]) -> str:
    """Say in words why an entry is taken back."""
    own = next((one for one in claims if one.draft.change == standing.change), None)
    if own is not None and own.state is not ClaimState.ALIVE:
        return own.why
    if best is None or best.draft.change == standing.change:
        if own is not None and own.draft.user != standing.user:
            return _CHANGED_HANDS
        return (
            f"counted anew under its limits: {own.why}" if own is not None and own.why else "counted anew: room again"
        )
    return "an earlier change of the same fact arrived later"
