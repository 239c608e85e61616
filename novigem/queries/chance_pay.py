"""What an edit would pay one person now: by the same plans, facts and limits by which the engine pays.

Comes in: a change that has not happened. Goes out: what each rule would pay for it. Nothing is written.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from novigem.engine.awards import RulePlan, draft_entries
from novigem.engine.former_owners import FormerOwners
from novigem.ledger.store import Store
from novigem.model.change import Change, change_body, change_digest, to_micros
from novigem.model.claim import ClaimState, PendingClaim, fact_of
from novigem.model.entry import Entry
from novigem.rules.eligibility import with_managers
from novigem.rules.interpret import evaluate
from novigem.rules.limits import Limits, capped_together
from novigem.rules.operators import Registry


class Award(NamedTuple):
    """What a rule would pay a person for an edit: its plan, the fact that pays once, and the points.

    `points` is None where they cannot be told: the same edit may take something back that leaves room under a limit.
    """

    plan: RulePlan
    fact: str
    points: int | None


class Payer:
    """Tells what changes of one moment would pay one person, by the plans of all rules.

    `now` is the moment, in microseconds since 1970 UTC. What is known of the person is read once.
    """

    def __init__(self, store: Store, plans: Sequence[RulePlan], user: str, now: int, registry: Registry) -> None:
        self._store = store
        self.plans = plans
        self.user = user
        self.now = now
        self.registry = registry
        self._owners = FormerOwners(store.people)
        self._people = with_managers(store.people, [user])
        self._takes_part: dict[str, bool] = {}

    def takes_part(self, plan: RulePlan) -> bool:
        """Tell whether the person may earn in the program version of a plan."""
        version = plan.program.version
        if version not in self._takes_part:
            self._takes_part[version] = plan.participants.block_among(self.user, self._people) is None
        return self._takes_part[version]

    def awards(self, change: Change, past: Sequence[Change] = ()) -> list[Award]:
        """Give what each rule would pay the person for a change, with all that its other rules pay for it counted.

        `past` are the changes of its record before it.
        """
        digest, at = change_digest(change_body(change)), to_micros(change.at)
        drafts: dict[int, list[Entry]] = {}
        for number, plan in enumerate(self.plans):
            own = list(self._drafts(plan, change, digest, at, past))
            if own:
                drafts[number] = own
        return self._paid(drafts, at, change.id)

    def _drafts(
        self, plan: RulePlan, change: Change, digest: bytes, at: int, past: Sequence[Change]
    ) -> Iterator[Entry]:
        """Yield the parts of an award that would be the person's own, where nothing has paid for its fact."""
        if change.object != plan.rule.object or change.kind not in plan.rule.kinds or not plan.is_in_force(at):
            return
        if not self.takes_part(plan) or not evaluate(plan.rule, change, plan.program.zone, self.registry).result:
            return
        former = None
        if plan.rule.former_owner is not None:
            history = [(to_micros(one.at), one) for one in (*past, change)]
            former = self._owners.former(plan, history, at)
        drafts = draft_entries(plan, change, digest, at, former=former)
        own = [one for one in drafts if isinstance(one, Entry) and one.user == self.user]
        if own and not self.is_paid_for(plan, own):
            yield from own

    def is_paid_for(self, plan: RulePlan, drafts: Sequence[Entry]) -> bool:
        """Tell whether something has paid for the fact of an award already, or was the first to claim it."""
        fact = fact_of(drafts[0].key)
        held = self._store.latest({one.key for one in drafts} | {fact})
        if not plan.remembers:
            return bool(held)
        claims = self._store.claims_of_facts([fact])
        return any(one.state is ClaimState.ALIVE for one in claims) or any(not one.is_reversed for one in held.values())

    def _paid(self, drafts: Mapping[int, Sequence[Entry]], at: int, record: str) -> list[Award]:
        groups: dict[str, list[Entry]] = defaultdict(list)
        for number, own in drafts.items():
            group = self.plans[number].group
            if group is not None:
                groups[group] += own
        limited = {name: self.limited(name, own, at) for name, own in groups.items()}
        returns = self._may_give_back(record, groups)
        found = []
        for number, own in drafts.items():
            plan = self.plans[number]
            whole = sum(one.points for one in own)
            points: int | None = whole
            if plan.group is not None:
                left = sum(limited[plan.group][one.key] for one in own)
                points = None if plan.group in returns and left < whole else left
            if points != 0:
                found.append(Award(plan, fact_of(own[0].key), points))
        return found

    def limited(self, group: str, drafts: Sequence[Entry], at: int) -> dict[str, int]:
        """Give what the limits of a group leave of some drafts of one moment, by their keys."""
        limits = self._limits(group)
        since, until = limits.reach(at, at)
        claims = self._store.claims_between([(group, self.user)], since, until)
        kept = [_pending(one.draft, one.paid) for one in claims]
        new = [_pending(one, one.points) for one in drafts]
        limits.pay([*kept, *new], at)
        return {one.draft.key: one.paid for one in new}

    def _limits(self, group: str) -> Limits:
        members = [one for one in self.plans if one.group == group]
        program, clocks = members[0].program, members[0].clocks
        caps = capped_together(program, members[0].rule)
        return Limits(program, [one.rule for one in members], caps, clocks)

    def _may_give_back(self, record: str, groups: Mapping[str, Sequence[Entry]]) -> set[str]:
        """Give the groups in which the same edit may take something back, which leaves room for what it pays."""
        if not groups:
            return set()
        reversible = {(one.program.program, one.rule.id): one.group for one in self.plans if one.rule.is_reversible}
        claims = self._store.claims_of_records([record])
        alive = (one.draft for one in claims if one.state is ClaimState.ALIVE and one.wins)
        return {group for one in alive if (group := reversible.get((one.program, one.rule or ""))) is not None}


def _pending(draft: Entry, paid: int) -> PendingClaim:
    pending = PendingClaim(draft, 0, follows=False, group=None, fact=fact_of(draft.key), order=draft.order)
    pending.wins, pending.paid = True, paid
    return pending
