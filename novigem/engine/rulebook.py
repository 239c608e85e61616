"""The rulebook: all that an engine knows of the rules of its programs before any change arrives."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from novigem.engine.awards import RulePlan, plan_rules
from novigem.engine.versions import DatedVersion
from novigem.model.change import Change
from novigem.model.claim import Claim, PendingClaim, fact_of
from novigem.model.clocks import Zones
from novigem.model.entry import Entry
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.program import ALWAYS_END, Program
from novigem.rules.compile import compile_rules
from novigem.rules.limits import Limits
from novigem.rules.operators import Registry
from novigem.rules.state import Effect, States

# The dedupe key of such a rule names the record.
_OF_ONE_RECORD = {"record", "record and user", "change"}


class Rulebook:
    """The plans of some programs, the function that tells which rules hold, and what rules that remember need.

    `match` tells which rules hold on a change, by their position in `plans`. `superseded` are versions that are in
    force no more, from no day on: nothing is scored by them, and what they claimed goes on living by them. `settled`
    are the rules, by program, that have earned something under one of these: a change read again adds nothing to them.
    """

    def __init__(
        self,
        versions: Sequence[DatedVersion],
        registry: Registry,
        joins: Joins = NO_JOINS,
        zones: Zones | None = None,
        *,
        superseded: Sequence[Program] = (),
        settled: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        gone = [DatedVersion(one, ALWAYS_END, ALWAYS_END) for one in superseded]
        self.plans = plan_rules([*versions, *gone], registry, joins, zones)
        self.settled = settled
        #: Programs of which not every change was read by the versions in force.
        self.mixed = frozenset(one.program for one in superseded)
        scoring = self.plans[: sum(len(one.program.rules) for one in versions)]
        self.match = compile_rules([(plan.rule, plan.program.zone) for plan in scoring], registry)
        #: Positions of the plans whose awards depend on later changes of their record, by object.
        self.following: dict[str, tuple[int, ...]] = {}
        numbered = list(enumerate(self.plans))
        self._by_version = {(plan.program.version, plan.rule.id): position for position, plan in numbered}
        # The newest version comes last, so it is the one that stands in for versions that are no more.
        by_age = [*numbered[len(scoring) :], *numbered[: len(scoring)]]
        self._by_name = {(plan.program.program, plan.rule.id): position for position, plan in by_age}
        self._limits = _limits(self.plans)
        #: Whether what a plan claimed must be kept.
        self.remembers = [plan.remembers for plan in self.plans]
        #: Whether other changes of a record alter what a plan claimed of it.
        self.follows = [plan.follows_records for plan in self.plans]
        #: Objects with a rule that pays former owners.
        self.hands_over = {plan.rule.object for plan in self.plans if plan.rule.former_owner is not None}
        #: Whether merges of what records name may alter what a plan claimed.
        self.follows_references = any(plan.follows_references for plan in self.plans)
        self._groups = [plan.group for plan in self.plans]
        #: Whether all claims to a fact of the plan rest on one record, which the page has then read.
        self.is_of_one_record = [plan.follows_records and plan.rule.once_per in _OF_ONE_RECORD for plan in self.plans]
        self._follow(registry)

    def _follow(self, registry: Registry) -> None:
        positions = [n for n, follows in enumerate(self.follows) if follows]
        by_object: dict[str, list[int]] = defaultdict(list)
        for position in positions:
            by_object[self.plans[position].rule.object].append(position)
        self.following = {name: tuple(found) for name, found in by_object.items()}
        rules = [(plan.rule, plan.program.zone) for plan in self.plans]
        self._states = States([rules[position] for position in positions], registry)
        self._place = {position: number for number, position in enumerate(positions)}

    def position(self, entry: Entry) -> int | None:
        """Give the position of the plan that drafted an entry, or of the newest version's; None where none is left."""
        found = self._by_version.get((entry.version, entry.rule or ""))
        return found if found is not None else self._by_name.get((entry.program, entry.rule or ""))

    @property
    def counts_locally(self) -> bool:
        """Whether some people may have another clock than their program."""
        return any(plan.clocks for plan in self.plans)

    def standing_with(self, position: int) -> int:
        """Give the position of the plan that goes on for one of a superseded version; any other goes on itself."""
        plan = self.plans[position]
        return self._by_name[plan.program.program, plan.rule.id] if plan.is_superseded else position

    def plan(self, entry: Entry) -> RulePlan | None:
        """Give the plan that an entry was drafted by, or that of the newest version; None when no rule is left."""
        position = self.position(entry)
        return None if position is None else self.plans[position]

    def pending(self, draft: Entry) -> PendingClaim:
        """Give a new claim of a draft, to decide on."""
        position = self.position(draft)
        if position is None:
            return PendingClaim(draft, -1, follows=False, group=None, fact=fact_of(draft.key), order=draft.order)
        follows, group = self.follows[position], self._groups[position]
        return PendingClaim(draft, position, follows, group, fact_of(draft.key), draft.order)

    def pending_of(self, claim: Claim) -> PendingClaim:
        """Give a claim that is stored, to decide on anew."""
        pending = self.pending(claim.draft)
        pending.state, pending.wins, pending.paid, pending.why, pending.kept = (
            claim.state,
            claim.wins,
            claim.paid,
            claim.why,
            claim,
        )
        return pending

    def limits(self, group: str) -> Limits:
        """Give the limits of a group; KeyError where nothing is limited."""
        return self._limits[group]

    def ends(self, change: Change, positions: Collection[int]) -> bool:
        """Tell whether a change took away what one of some plans, by position, paid for."""
        return self._states.ends(change, [self._place[one] for one in positions])

    def effects(self, change: Change) -> dict[int, Effect]:
        """Give what a change did to the state that rules of its object paid for, by the position of the plan."""
        positions = self.following.get(change.object, ())
        found = self._states.effects(change, [self._place[one] for one in positions])
        return {one: found[self._place[one]] for one in positions if self._place[one] in found}


def _limits(plans: Sequence[RulePlan]) -> dict[str, Limits]:
    groups: dict[str, list[RulePlan]] = defaultdict(list)
    for plan in plans:
        if plan.group is not None:
            groups[plan.group].append(plan)
    found = {}
    for name, members in groups.items():
        program, first = members[0].program, members[0].rule
        challenge = None if first.challenge is None else program.challenge(first.challenge)
        cap = challenge.cap if challenge else None
        found[name] = Limits(program, [plan.rule for plan in members], cap, members[0].clocks)
    return found
