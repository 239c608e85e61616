"""The records behind claims: what a page's changes did to what had been claimed of them before."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from novigem.engine.awards import RulePlan, Seen, account_of, draft_entries, share_of
from novigem.engine.former_owners import OWNER, FormerOwners, handed_over_since
from novigem.engine.posting.amounts import as_corrected, may_correct
from novigem.engine.posting.causes import CHANGED_HANDS, MOVED
from novigem.engine.posting.references import Merges, as_it_is_now, may_move, names
from novigem.engine.rulebook import Rulebook
from novigem.ledger.store import Transaction
from novigem.model.change import Change
from novigem.model.claim import Claim, ClaimId, ClaimState, PendingClaim, claim_id, fact_of
from novigem.model.entry import Entry
from novigem.model.people import Block
from novigem.model.program import ALWAYS_END, ALWAYS_START
from novigem.rules.describe import what_ended
from novigem.rules.state import Effect
from novigem.rules.timeline import feel, take_over


class Hold(NamedTuple):
    """A rule that remembers, by its position in the rulebook, and a change on which it holds."""

    position: int
    seen: Seen


class ClaimedRecords:
    """The records that a page touches and that have claims: what happened to them, and to what was claimed."""

    def __init__(
        self,
        transaction: Transaction,
        rulebook: Rulebook,
        holds: Sequence[Hold],
        seen: Sequence[Seen],
        logged: Collection[tuple[int, bytes]],
        *,
        merged: Collection[str],
        all_new: bool,
        any_new: bool,
    ) -> None:
        self._rulebook = rulebook
        self._former_owners = FormerOwners(transaction.people)
        self._any_new = any_new
        self._page: dict[str, list[Seen]] = defaultdict(list)
        # What a page tells twice has happened once.
        for one in {one.digest: one for one in seen}.values():
            self._page[one.change.id].append(one)
        self._merges = Merges(transaction)
        naming = transaction.records_naming(self._merges.involved(merged)) if merged else set()
        self._claims: dict[str, list[Claim]] = defaultdict(list)
        for claim in transaction.claims_of_records(self._page.keys() | naming):
            self._claims[claim.draft.record or ""].append(claim)
        self._pending: dict[ClaimId, PendingClaim] = {}
        following = {hold.seen.change.id for hold in holds if rulebook.follows[hold.position]}
        changed_hands = {
            one.change.id for one in seen if one.change.object in rulebook.hands_over and _tells_owner(one.change)
        }
        self._touched = sorted(following | changed_hands | self._claims.keys())
        # Records whose past has to be gone through anew.
        self._late = self._overtaken(transaction, logged)
        if not all_new:
            self._late |= self._told_again(following)
        if rulebook.follows_references:
            self._late |= (naming & self._claims.keys()) | self._moving(holds)
        self._history = self._read_histories(transaction, holds)
        # Claims that another one has taken the place of, each with the reason.
        self._replaced: dict[ClaimId, str] = {}
        # What the page drafted as another claim than it is now.
        self._moved: dict[ClaimId, Entry] = {}
        holding = [(rulebook.plans[hold.position], hold.seen.digest) for hold in holds]
        self._held = {(plan.program.program, plan.rule.id, digest) for plan, digest in holding}

    def claims(self, record: str) -> Sequence[Claim]:
        """Give the stored claims that rest on a record of the page."""
        return self._claims.get(record, ())

    def pending(self, claim: Claim) -> PendingClaim:
        """Give a stored claim to decide on anew; the same one each time."""
        pending = self._pending.get(claim.id)
        if pending is None:
            pending = self._pending[claim.id] = self._rulebook.pending_of(claim)
        return pending

    def _following(self, record: str) -> dict[ClaimId, PendingClaim]:
        """Give the stored claims of a record that its changes alter."""
        pending_claims = map(self.pending, self.claims(record))
        return {pending.id: pending for pending in pending_claims if pending.follows}

    def _read_histories(self, transaction: Transaction, holds: Sequence[Hold]) -> dict[str, list[Seen]]:
        """Read the past of records where the page alone does not tell how things stand."""
        logged = transaction.changes_of(sorted(self._late))
        # Who owned a record shortly before it earned stands in its past.
        earned, since = set(), ALWAYS_END
        for hold in holds:
            term = self._rulebook.plans[hold.position].rule.former_owner
            if term is not None and hold.seen.change.id not in self._late:
                earned.add(hold.seen.change.id)
                since = min(since, handed_over_since(term, hold.seen.at))
        if earned:
            logged += transaction.changes_of(sorted(earned), since)
        found: dict[str, list[Seen]] = defaultdict(list)
        for one, change in logged:
            found[change.id].append(Seen(one.at, one.digest, change))
        return {record: sorted(past, key=lambda one: one.order) for record, past in found.items()}

    def _overtaken(self, transaction: Transaction, logged: Collection[tuple[int, bytes]]) -> set[str]:
        """Find the records of which later changes than those of the page have come before them."""
        first = {record: min([one.at for one in page]) for record in self._touched if (page := self._page.get(record))}
        if not first:
            return set()
        earliest = min(first.values())
        expected = sum([at >= earliest for at, _digest in logged])
        # As a rule nothing is logged after a page but the page itself: one look tells it of all records.
        if transaction.count_logged(earliest, expected + 1) == expected:
            return set()
        own = {(one.at, one.digest) for record in first for one in self._page[record]}
        since = transaction.logged_since(first, earliest)
        return {record for record, at, digest in since if at >= first[record] and (at, digest) not in own}

    def _told_again(self, holding: Collection[str]) -> set[str]:
        """Find the records of which a change may have come again that made a claim, or may make one now.

        What else comes again, and is not overtaken, changes nothing: it does what it did.
        """
        found = self._claims.keys() & holding
        for record, claims in self._claims.items():
            first = min([one.order for one in self._page.get(record, ())], default=None)
            if first is not None and any(claim.order >= first for claim in claims):
                found.add(record)
        return found

    def _moving(self, holds: Sequence[Hold]) -> set[str]:
        """Find the records of which the page may alter what their awards count for."""
        plans = self._rulebook.plans
        drafts: dict[tuple[str, int], list[Entry]] = defaultdict(list)
        held: dict[tuple[str, int], list[Change]] = defaultdict(list)
        for record in self._touched:
            for claim in self._claims.get(record, ()):
                position = self._rulebook.position(claim.draft)
                if position is not None and claim.state is not ClaimState.ENDED:
                    drafts[record, position].append(claim.draft)
        for hold in holds:
            record = hold.seen.change.id
            # What earns first, with nothing told of it before or beside, counts for what it names.
            if record in self._claims or len(self._page.get(record, ())) > 1:
                held[record, hold.position].append(hold.seen.change)
        return {
            record
            for record, position in drafts.keys() | held.keys()
            if plans[position].follows_references
            and any(
                asks(
                    plans[position],
                    drafts.get((record, position), ()),
                    held.get((record, position), ()),
                    self._page.get(record, ()),
                )
                for asks in (may_move, may_correct)
            )
        }

    def drafts(
        self, holds: Sequence[Hold], blocked: Counter[tuple[str, str, Block]]
    ) -> Iterator[tuple[RulePlan, Entry]]:
        """Yield the drafts that the page adds, and those of older changes that have found another recipient."""
        for hold in holds:
            plan = self._rulebook.plans[hold.position]
            for draft in self._drafts_of(plan, hold.seen):
                if isinstance(draft, Block):
                    blocked[plan.program.program, plan.rule.id, draft] += 1
                elif plan.rule.former_owner is None or hold.seen.change.id not in self._late:
                    yield plan, draft
        for record in sorted(self._late & self._history.keys()):
            if self._history[record][0].change.object in self._rulebook.hands_over:
                yield from self._handed_over(record)

    def _drafts_of(self, plan: RulePlan, seen: Seen) -> Sequence[Entry | Block]:
        former = None
        if plan.rule.former_owner is not None:
            past = [(one.at, one.change) for one in self._history[seen.change.id] if one.order <= seen.order]
            former = self._former_owners.former(plan, past, seen.at)
        return draft_entries(plan, seen.change, seen.digest, seen.at, former=former)

    def _share(self, plan: RulePlan, draft: Entry, past: Sequence[Seen]) -> int | None:
        """Give the share of its award that a draft is, in hundredths of a percent."""
        before = [(one.at, one.change) for one in past if one.order <= draft.order]
        former = plan.rule.former_owner and self._former_owners.former(plan, before, draft.occurred)
        return share_of(plan, draft.key, handed_over=former is not None)

    def _handed_over(self, record: str) -> Iterator[tuple[RulePlan, Entry]]:
        """Draft everything of a record anew, since who owned it before may have come to light only now."""
        kept = self._following(record)
        due: set[tuple[str | bytes | None, ...]] = set()
        for seen in self._history[record]:
            for plan in self._handed_over_plans(record, seen):
                if plan.rule.former_owner is None:
                    continue
                drafts = [draft for draft in self._drafts_of(plan, seen) if not isinstance(draft, Block)]
                due |= {_origin(draft) for draft in drafts}
                yield from ((plan, one) for one in drafts if not _is_known(one, kept.get(claim_id(one))))
        for key, pending in kept.items():
            if (
                self._rulebook.plans[pending.position].rule.former_owner is not None
                and _origin(pending.draft) not in due
            ):
                self._replaced[key] = CHANGED_HANDS

    def _handed_over_plans(self, record: str, seen: Seen) -> Iterable[RulePlan]:
        """Give the plans by which a change is drafted anew: what a superseded version claimed lives by that version."""
        matched = self._rulebook.match(seen.change)
        plans = [self._rulebook.plans[position] for position in (matched.holds if matched is not None else ())]
        found = {(plan.program.program, plan.rule.id): plan for plan in plans if plan.is_in_force(seen.at)}
        claimed = {}
        for claim in self.claims(record):
            plan = self._rulebook.plan(claim.draft) if claim.draft.change == seen.digest else None
            if plan is not None:
                always = plan._replace(start=ALWAYS_START, end=ALWAYS_END)
                claimed[plan.program.program, plan.rule.id] = always if plan.is_superseded else plan
        # What was read before a rule was part of the program is not scored by it now, only because of other news.
        read = {name: plan for name, plan in found.items() if name[0] not in self._rulebook.mixed}
        held = {name: plan for name, plan in found.items() if (*name, seen.digest) in self._held}
        return (read | held | claimed).values()

    def changed(self, drafted: Iterable[PendingClaim]) -> list[PendingClaim]:
        """Give the claims that are new, or otherwise than they are stored."""
        new: dict[str, list[PendingClaim]] = defaultdict(list)
        found: list[PendingClaim] = []
        drafted = list(drafted)
        if self._rulebook.follows_references:
            self._follow_merges(drafted)
        for pending in drafted:
            (new[pending.draft.record or ""] if pending.follows else found).append(pending)
        for record in self._touched:
            found += self._changed_of(record, new.get(record, []))
        for pending in drafted if self._moved else ():
            # A change that the page tells twice is drafted twice.
            _draft_anew(pending, self._moved.get(pending.id, pending.draft))
        return found

    def _follow_merges(self, drafted: Sequence[PendingClaim]) -> None:
        """Let what the page has just drafted count for what the things it names have been merged into."""
        plans = self._rulebook.plans
        following = [one for one in drafted if one.position >= 0 and plans[one.position].follows_references]
        past = (seen for record in self._late for seen in self._history.get(record, ()))
        known = {account_of(seen.change) for seen in past}
        self._merges.read(known.union(*(names(plans[one.position], one.draft) for one in following)))
        for pending in following if self._merges else ():
            if pending.draft.record not in self._late:
                _draft_anew(pending, as_it_is_now(plans[pending.position], pending.draft, (), self._merges))

    def _as_they_are_now(
        self, own: Mapping[ClaimId, PendingClaim], past: Sequence[Seen]
    ) -> dict[ClaimId, PendingClaim]:
        """Let the claims of a record count for what it names now; where that makes another fact, by claims to that."""
        found: dict[ClaimId, PendingClaim] = {}
        # By user too: a part of whoever handed a record over may turn out to be that of somebody else.
        awards: dict[tuple[int, bytes | None, str, str], list[PendingClaim]] = defaultdict(list)
        for key, pending in own.items():
            follows = pending.position >= 0 and self._rulebook.plans[pending.position].follows_references
            # What has found another owner ends as it was.
            if follows and key not in self._replaced:
                part = pending.draft.key[len(pending.fact) :]
                awards[pending.position, pending.draft.change, part, pending.draft.user].append(pending)
            else:
                found[key] = pending
        for (position, _change, _part, _user), members in awards.items():
            standing = [one for one in members if one.kept is not None and one.kept.state is not ClaimState.ENDED]
            if standing and not self._any_new:
                # Nothing has happened: what was claimed before references were followed stays as it was.
                draft = standing[0].draft
            else:
                plan = self._rulebook.plans[position]
                # What is drafted anew has the points of now.
                newest = next((one for one in members if one.kept is None), members[0])
                draft = as_it_is_now(plan, newest.draft, past, self._merges)
                if plan.adds:
                    draft = as_corrected(plan, draft, past, self._share(plan, draft, past))
            current = next((one for one in members if one.id == claim_id(draft)), None)
            if current is None:
                current = next((one for one in members if one.kept is None), None) or self._rulebook.pending(draft)
            for one in members:
                if one is current or one.kept is None:
                    self._moved[one.id] = draft
                    _draft_anew(one, draft)
                else:
                    found[one.id] = one
                    self._replaced[one.id] = MOVED
            found[current.id] = current
        return found

    def _changed_of(self, record: str, new: Sequence[PendingClaim]) -> Sequence[PendingClaim]:
        past = self._history[record] if record in self._late else None
        if past is None and self._is_left_alone(record, new):
            return new
        own = self._following(record)
        for pending in new:
            before = own.get(pending.id)
            # A claim that is there already stays as it was drafted, under the program version of its time.
            if not _is_known(pending.draft, before):
                pending.kept = None if before is None else before.kept
                own[pending.id] = pending
                # The same part, of another person now: what is drafted in its place does not end with it.
                self._replaced.pop(pending.id, None)
        if past is not None:
            own = self._as_they_are_now(own, past)
        changes = past if past is not None else sorted(self._page[record], key=lambda one: one.order)
        # What a superseded version claimed stands with the newest: a claim by that may take over from it.
        by_rule: dict[int, list[PendingClaim]] = defaultdict(list)
        for pending in own.values():
            by_rule[self._rulebook.standing_with(pending.position)].append(pending)
        effects: dict[bytes, Mapping[int, Effect]] = {}
        for pending_claims in by_rule.values():
            self._go_through(pending_claims, changes, effects, anew=past is not None)
        for pending in own.values():
            if pending.id in self._replaced:
                pending.state, pending.why = ClaimState.ENDED, self._replaced[pending.id]
        return [pending for pending in own.values() if pending.is_changed]

    def _is_left_alone(self, record: str, new: Sequence[PendingClaim]) -> bool:
        """Tell whether the page's changes of a record, as most do, leave all that is claimed of it as it is."""
        changes, claims = self._page[record], self.claims(record)
        if not claims and len(changes) == 1:
            return True
        if any(claim.state is ClaimState.DORMANT for claim in claims):
            return False
        positions = {self._rulebook.position(claim.draft) for claim in claims}.union(
            pending.position for pending in new
        )
        followed = [one for one in positions if one is not None and self._rulebook.follows[one]]
        return not any(self._rulebook.ends(seen.change, followed) for seen in changes)

    def _go_through(
        self,
        pending_claims: Sequence[PendingClaim],
        changes: Sequence[Seen],
        effects: dict[bytes, Mapping[int, Effect]],
        *,
        anew: bool,
    ) -> None:
        """Go through the changes of a record for one rule; `effects` keeps what each change did, once it is asked."""
        made: dict[bytes, list[PendingClaim]] = defaultdict(list)
        standing: list[PendingClaim] = []
        told = {one.digest for one in changes} if anew else set()
        for pending in pending_claims:
            digest = pending.draft.change or b""
            if anew and pending.state is not ClaimState.ALIVE:
                pending.state, pending.why = ClaimState.ALIVE, ""
            (made[digest] if (digest in told if anew else pending.kept is None) else standing).append(pending)
        for seen in changes:
            new = made.pop(seen.digest, None)
            if new is not None:
                take_over(standing)
                standing += new
            else:
                self._feel(standing, seen, effects)

    def _feel(self, standing: Sequence[PendingClaim], seen: Seen, effects: dict[bytes, Mapping[int, Effect]]) -> None:
        """Let a change do its effect to the claims of a rule before it, to each by the version that made it."""
        for position in {one.position for one in standing if one.state is not ClaimState.ENDED}:
            rule = self._rulebook.plans[position].rule
            if not rule.is_reversible:
                continue
            if seen.digest not in effects:
                effects[seen.digest] = self._rulebook.effects(seen.change)
            effect = effects[seen.digest].get(position)
            if effect is not None:
                own = [one for one in standing if one.position == position]
                why = partial(what_ended, rule, seen.change, effect)
                feel(own, effect, seen.at, within_days=rule.reversible_days, why=why)


def _tells_owner(change: Change) -> bool:
    return OWNER in change.new or (change.old is not None and OWNER in change.old)


def _origin(draft: Entry) -> tuple[str | bytes | None, ...]:
    """Name what a draft was made of: rule, change, part of the award, and whose that is; whatever fact it is by now."""
    return (draft.program, draft.rule, draft.change, draft.key[len(fact_of(draft.key)) :], draft.user)


def _draft_anew(pending: PendingClaim, draft: Entry) -> None:
    pending.draft, pending.fact = draft, fact_of(draft.key)


def _is_known(draft: Entry, kept: PendingClaim | None) -> bool:
    return kept is not None and (kept.draft.user, kept.draft.points) == (draft.user, draft.points)
