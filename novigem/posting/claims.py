"""Rules that remember: what their claims are worth after a page of changes, and the entries that make it so.

A rule that may be undone or limited keeps each draft entry as a claim. What stands in the ledger follows from all the
claims there are, in event time: which still hold, which is the first of its fact, and what the limits leave of it. So
the standing entries never depend on the order in which changes arrive; only the corrections do.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from novigem.awards import RulePlan, Seen
from novigem.ledger.store import Latest, Transaction
from novigem.model.claim import Claim, ClaimState, fact_of
from novigem.model.entry import GOAL_UNIT, Entry
from novigem.model.people import Block
from novigem.posting.claim_records import CHANGED_HANDS, ClaimId, Hold, Records, claim_id
from novigem.posting.corrections import next_generation, reversal
from novigem.rulebook import Rulebook
from novigem.rules.timeline import winner

Order = tuple[int, int, bytes]


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
    records = Records(transaction, book, holds, seen, all_new=all_new)
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
        claim = self._claims[claim_id(draft)]
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


def _says_the_same(standing: Entry, wanted: Entry) -> bool:
    return (standing.change, standing.user, standing.points) == (wanted.change, wanted.user, wanted.points)


def _why(standing: Entry, best: Claim | None, claims: Sequence[Claim]) -> str:
    """Say in words why an entry is taken back."""
    own = next((one for one in claims if one.draft.change == standing.change), None)
    if own is not None and own.state is not ClaimState.ALIVE:
        return own.why
    if best is None or best.draft.change == standing.change:
        if own is not None and own.draft.user != standing.user:
            return CHANGED_HANDS
        return (
            f"counted anew under its limits: {own.why}" if own is not None and own.why else "counted anew: room again"
        )
    return "an earlier change of the same fact arrived later"
