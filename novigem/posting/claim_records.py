"""The records behind claims: what a page's changes did to what had been claimed of them before."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from novigem.awards import OWNER, RulePlan, Seen, draft_entries, former_owner
from novigem.ledger.store import Transaction
from novigem.model.change import Change
from novigem.model.claim import Claim, ClaimState
from novigem.model.entry import Entry
from novigem.model.people import Block
from novigem.rulebook import Rulebook
from novigem.rules.describe import what_ended
from novigem.rules.state import Effect
from novigem.rules.timeline import Mark, fold

CHANGED_HANDS = "the record had changed hands shortly before"

ClaimId = tuple[str, bytes]


class Hold(NamedTuple):
    """A rule that remembers, by its position in the rulebook, and a change on which it holds."""

    position: int
    seen: Seen


def claim_id(draft: Entry) -> ClaimId:
    """Give the identity of the claim of a draft."""
    return (draft.key, draft.change or b"")


class Records:
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
                due |= {claim_id(draft) for draft in drafts}
                yield from ((plan, one) for one in drafts if not _is_known(one, stored.get(claim_id(one))))
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


def _is_known(draft: Entry, stored: Claim | None) -> bool:
    return stored is not None and (stored.draft.user, stored.draft.points) == (draft.user, draft.points)


def _anew(claim: Claim) -> Claim:
    """Give a claim as it was before anything happened to it."""
    if claim.state is ClaimState.ALIVE:
        return claim
    return msgspec.structs.replace(claim, state=ClaimState.ALIVE, why="")


def _handed_on(claim: Claim) -> Claim:
    return msgspec.structs.replace(claim, state=ClaimState.ENDED, why=CHANGED_HANDS)
