"""Rules that remember: what their claims are worth after a page of changes, and the entries that make it so.

A rule that may be undone or limited keeps each draft entry as a claim. What stands in the ledger follows from all the
claims there are, in event time: which still hold, which is the first of its fact, and what the limits leave of it. So
the standing entries never depend on the order in which changes arrive; only the corrections do.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from novigem.challenges.tracks import counted_past_limits
from novigem.engine.awards import RulePlan, Seen
from novigem.engine.posting.amounts import corrected
from novigem.engine.posting.causes import CHANGED_HANDS, COUNTS_AGAIN, EARLIER_ARRIVED, LIMITS, MOVED
from novigem.engine.posting.claim_records import ClaimedRecords, Hold
from novigem.engine.posting.corrections import next_generation, reversal
from novigem.engine.posting.references import counts_for_the_same, names
from novigem.engine.rulebook import Rulebook
from novigem.ledger.store import Latest, LoggedChange, Transaction
from novigem.model.claim import Claim, ClaimId, Order, PendingClaim, claim_id, fact_of
from novigem.model.entry import GOAL_UNIT, Counted, Entry
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.rules.timeline import choose_winner

# Gives those of some drafts whose user may earn.
Judge = Callable[[Sequence[tuple[RulePlan, Entry]]], Iterable[tuple[RulePlan, Entry]]]


class ClaimsPosting(NamedTuple):
    """What to write: ledger entries, and claims with the group their limits are counted in.

    `blocked` counts, by rule, why drafts of this page do not pay. `references` says which things records name.
    """

    entries: list[Entry]
    claims: list[tuple[str, Claim]]
    blocked: Counter[tuple[str, str, Block]]
    references: set[tuple[str, str]]


def post_claims(
    transaction: Transaction,
    rulebook: Rulebook,
    holds: Sequence[Hold],
    seen: Sequence[Seen],
    judge: Judge,
    *,
    merged: Collection[str],
    logged: Sequence[LoggedChange],
    all_new: bool,
    any_new: bool,
) -> ClaimsPosting:
    """Work out what a page does to the claims, and the entries that follow from it.

    `seen` are the page's changes of objects whose records matter after they have earned, `merged` the records that were
    merged into others or came back. `logged` are all changes of the page as they stand in the change log; `all_new`
    tells that none did before, `any_new` that some did not.
    """
    if not (holds or seen or merged):
        return ClaimsPosting([], [], Counter(), set())
    own = {(one.at, one.digest) for one in logged}
    records = ClaimedRecords(transaction, rulebook, holds, seen, own, merged=merged, all_new=all_new, any_new=any_new)
    blocked: Counter[tuple[str, str, Block]] = Counter()
    drafted = [rulebook.pending(draft) for _plan, draft in judge(list(records.drafts(holds, blocked)))]
    drafted = _not_claimed_before(transaction, rulebook, drafted)
    decisions = _Decisions(transaction, rulebook, records, drafted, {one.digest for one in logged})
    decisions.choose_winners()
    decisions.apply_limits()
    for pending in drafted:
        reason = decisions.block(pending.id)
        if reason is not None:
            blocked[pending.draft.program, pending.draft.rule or "", reason] += 1
    return ClaimsPosting(decisions.entries(), decisions.written(), blocked, decisions.references())


def _not_claimed_before(
    transaction: Transaction, rulebook: Rulebook, drafted: list[PendingClaim]
) -> list[PendingClaim]:
    """Leave out what a superseded version claimed, or paid, for the same change: that stays as it was."""
    if not rulebook.settled:
        return drafted
    facts = {pending.fact for pending in drafted}
    before = [claim.draft for claim in transaction.claims_of_facts(facts)]
    before += [held.entry for held in transaction.latest(facts).values()]
    versions = {(fact_of(one.key), one.change): one.version for one in before}
    return [
        one for one in drafted if versions.get((one.fact, one.draft.change), one.draft.version) == one.draft.version
    ]


class _Decisions:
    """The claims of all facts that a page touches: which of them pay, how much, and what the ledger needs for it."""

    def __init__(
        self,
        transaction: Transaction,
        rulebook: Rulebook,
        records: ClaimedRecords,
        drafted: Sequence[PendingClaim],
        told: Collection[bytes],
    ) -> None:
        self._transaction = transaction
        self._told = told
        self._rulebook = rulebook
        self._pending: dict[ClaimId, PendingClaim] = {}
        self._by_fact: dict[str, list[PendingClaim]] = defaultdict(list)
        changed = records.changed(drafted)
        self._read_kept(records, [*drafted, *changed])
        for pending in changed:
            # What follows no record is drafted once: the same change again adds nothing.
            if pending.follows or pending.id not in self._pending:
                self._put(pending)
        self._asked = {pending.draft.key for pending in self._pending.values()} | self._by_fact.keys()
        self._held = transaction.latest(self._asked)
        for pending in self._adopted():
            self._put(pending)

    def _read_kept(self, records: ClaimedRecords, touched: Iterable[PendingClaim]) -> None:
        """Take up all stored claims to the facts of some claims."""
        known: dict[str, set[str]] = defaultdict(set)
        elsewhere: set[str] = set()
        for pending in touched:
            if pending.position >= 0 and self._rulebook.is_of_one_record[pending.position]:
                known[pending.draft.record or ""].add(pending.fact)
            else:
                elsewhere.add(pending.fact)
        for record, facts in known.items():
            for claim in records.claims(record):
                if claim.fact in facts:
                    self._put(records.pending(claim))
        for claim in self._transaction.claims_of_facts(elsewhere):
            self._put(records.pending(claim))

    def _put(self, pending: PendingClaim) -> None:
        before = self._pending.get(pending.id)
        if before is pending:
            return
        self._pending[pending.id] = pending
        together = self._by_fact[pending.fact]
        if before is not None:
            together.remove(before)
        together.append(pending)

    def _adopted(self) -> list[PendingClaim]:
        """Give claims for entries that stand without one: they were paid before the rule began to remember."""
        found = []
        for held in self._held.values():
            entry = held.entry
            if not held.is_reversed and claim_id(entry) not in self._pending:
                pending = self._rulebook.pending(msgspec.structs.replace(entry, number=0, generation=0, recorded=0))
                pending.wins, pending.paid = True, entry.points
                found.append(pending)
        return found

    def choose_winners(self) -> None:
        """Let the earliest change of each fact that is still alive pay, and pay in full what nothing limits."""
        for pending_claims in self._by_fact.values():
            choose_winner(pending_claims)

    def apply_limits(self) -> None:
        """Go through everything that shares a limit with what has changed."""
        first: dict[str, dict[str, int]] = defaultdict(dict)
        last: dict[str, int] = {}

        def touch(group: str, draft: Entry) -> None:
            users, at = first[group], draft.occurred
            users[draft.user] = min(at, users.get(draft.user, at))
            last[group] = max(at, last.get(group, at))

        winning: dict[str, list[PendingClaim]] = defaultdict(list)
        for pending in self._pending.values():
            if pending.group is None:
                continue
            if pending.wins:
                winning[pending.group].append(pending)
            if pending.is_changed:
                if pending.wins:
                    touch(pending.group, pending.draft)
                if pending.kept is not None and (pending.wins or pending.kept.wins):
                    touch(pending.group, pending.kept.draft)
        for group, users in first.items():
            self._limit(group, winning[group], users, last[group])

    def _limit(self, group: str, winning: Sequence[PendingClaim], first: Mapping[str, int], last: int) -> None:
        """Pay one group anew: each user from the first moment on that something changed, all up to the last one."""
        limits = self._rulebook.limits(group)
        since, until = limits.reach(min(first.values()), last)
        together: dict[str, list[PendingClaim]] = {user: [] for user in first}
        for claim in self._transaction.claims_between([(group, user) for user in first], since, until):
            if claim.id not in self._pending:
                together[claim.draft.user].append(self._rulebook.pending_of(claim))
        for pending in winning:
            if since <= pending.draft.occurred < until and pending.draft.user in together:
                together[pending.draft.user].append(pending)
        for user, pending_claims in together.items():
            limits.pay(pending_claims, first[user])
            for pending in pending_claims:
                if pending.kept is not None and pending.is_changed:
                    self._put(pending)

    def block(self, claim: ClaimId) -> Block | None:
        """Give the reason why a claim of this page does not pay; None when it does, in full or in part."""
        pending = self._pending[claim]
        if not pending.is_alive:
            return Block.UNDONE
        if not pending.wins:
            return Block.DUPLICATE
        return Block(pending.why) if pending.paid == 0 < pending.draft.points else None

    def entries(self) -> list[Entry]:
        """Give the entries that bring the ledger from what it holds to what the claims are worth."""
        missing = {pending.draft.key for pending in self._pending.values()} - self._asked
        held = {**self._held, **self._transaction.latest(missing)} if missing else self._held
        found: list[tuple[Order, str, list[Entry]]] = []
        for pending_claims in self._by_fact.values():
            for key, own in _by_key(pending_claims):
                best = next((one for one in own if one.wins), None)
                wanted = None if best is None else self._worth(best)
                if best is not None and wanted is not None and key not in held:
                    found.append((best.order, key, [wanted]))
                    continue
                corrections = list(self._correct(best, wanted, own, held.get(key)))
                if corrections:
                    found.append((corrections[0].order, key, corrections))
        return [entry for _order, _key, entries in sorted(found, key=lambda one: one[:2]) for entry in entries]

    def _correct(
        self,
        best: PendingClaim | None,
        wanted: Entry | None,
        pending_claims: Sequence[PendingClaim],
        held: Latest | None,
    ) -> Iterator[Entry]:
        standing = None if held is None or held.is_reversed else held.entry
        if standing is not None and wanted is not None and self._says_the_same(standing, wanted):
            return
        if standing is not None:
            why = None if wanted is None else corrected(standing, wanted)
            yield reversal(standing, why or self._why(standing, best, pending_claims))
        if wanted is not None:
            yield next_generation(wanted, held)

    def _why(self, standing: Entry, best: PendingClaim | None, pending_claims: Sequence[PendingClaim]) -> str:
        """Say in words why an entry is taken back."""
        own = next((one for one in pending_claims if one.draft.change == standing.change), None)
        if own is not None and not own.is_alive:
            return own.why
        if best is None or best.draft.change == standing.change:
            if own is not None and own.draft.user != standing.user:
                return CHANGED_HANDS
            if own is not None and (own.draft.account, own.draft.items) != (standing.account, standing.items):
                return MOVED
            return f"{LIMITS} under its limits: {own.why}" if own is not None and own.why else f"{LIMITS}: room again"
        return self._why_another(best)

    def _why_another(self, best: PendingClaim) -> str:
        """Say in words why another change of the same fact, an earlier one, pays now."""
        if best.kept is not None:
            return COUNTS_AGAIN
        # What the page did not tell has been there: it has come to stand for this fact by what the page told.
        return EARLIER_ARRIVED if best.draft.change in self._told else MOVED

    def _says_the_same(self, standing: Entry, wanted: Entry) -> bool:
        if (standing.change, standing.user, standing.points) != (wanted.change, wanted.user, wanted.points):
            return False
        if wanted.points == 0 and standing.reason != wanted.reason:
            # Why a limit left nothing of it stands in the entry.
            return False
        plan = self._rulebook.plan(wanted)
        return plan is None or counts_for_the_same(plan, standing, wanted)

    def _worth(self, pending: PendingClaim) -> Entry | None:
        """Give the entry of a claim with what the limits left of it; None where that counts for nothing."""
        draft = pending.draft
        if pending.paid == draft.points:
            return draft
        plan = self._rulebook.plan(draft)
        if pending.paid:
            paid = msgspec.structs.replace(draft, points=pending.paid)
            return paid if plan is None else _counting(paid, partial(_in_part, plan.program, pending.paid))
        if plan is None or not plan.past_limits:
            return None
        words = plan.past_limits
        if len(draft.challenges) < len(plan.rule.challenges):
            # Some of its challenges were closed.
            words = counted_past_limits(plan.program, plan.rule, draft.challenges)
        if not words:
            return None
        nothing = msgspec.structs.replace(draft, points=0, reason=f"{pending.why}; {words}")
        return _counting(nothing, partial(_past_limits, plan.program))

    def written(self) -> list[tuple[str, Claim]]:
        """Give the claims to store, each with its group, in an order that does not depend on how they were found."""
        changed = sorted(
            [one for one in self._pending.values() if one.is_changed], key=lambda one: (one.order, one.draft.key)
        )
        return [(pending.group or "", pending.decided()) for pending in changed]

    def references(self) -> set[tuple[str, str]]:
        """Give what the claims to store count for, each with the record: there it is looked for once it is merged."""
        plans = self._rulebook.plans
        return {
            (name, pending.draft.record)
            for pending in self._pending.values()
            if pending.is_changed and pending.position >= 0 and pending.draft.record is not None
            for name in names(plans[pending.position], pending.draft)
        }


def _counting(entry: Entry, counts: Callable[[Counted], Counted]) -> Entry:
    """Give an entry with what it counts for worked out anew, in each of its challenges."""
    counted = entry.counted
    return entry.counting([counts(one) for one in counted]) if counted else entry


def _in_part(program: Program, points: int, counted: Counted) -> Counted:
    """Give what an award counts for that is paid in part: whole, but for a goal that counts points."""
    is_points = program.challenge(counted.challenge).goal.points is not None and counted.goal_value
    return counted._replace(goal_value=points * GOAL_UNIT) if is_points else counted


def _past_limits(program: Program, counted: Counted) -> Counted:
    """Give what an award counts for of which limits left nothing."""
    is_counted = program.challenge(counted.challenge).goal.counts_past_limits
    return counted if is_counted else counted._replace(goal_value=0, goal_item=None)


def _by_key(pending_claims: Sequence[PendingClaim]) -> Iterable[tuple[str, Sequence[PendingClaim]]]:
    """Give the claims of one fact by their dedupe key: an award that is paid in parts has several."""
    if len(pending_claims) == 1:
        return ((pending_claims[0].draft.key, pending_claims),)
    found: dict[str, list[PendingClaim]] = defaultdict(list)
    for pending in pending_claims:
        found[pending.draft.key].append(pending)
    return found.items()
