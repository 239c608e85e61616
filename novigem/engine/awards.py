"""From a rule that holds to a draft ledger entry, or to the reason why it does not pay.

The engine awards with it and `explain` asks it, so both always give the same answer.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from novigem.challenges.goals import Contribution, contribution
from novigem.challenges.lifecycle import Gate, gate
from novigem.challenges.streaks import streak_label
from novigem.challenges.tracks import counted_past_limits
from novigem.engine.versions import DatedVersion
from novigem.model.change import Change
from novigem.model.claim import FORMER, PART, fact_of
from novigem.model.clocks import Clocks, Zones
from novigem.model.entry import Counted, Entry, EntryKind
from novigem.model.ids import known_id
from novigem.model.joins import NO_JOINS, Joins
from novigem.model.people import Block, is_user
from novigem.model.periods import Cadence, local_day
from novigem.model.program import ALWAYS_END, ALWAYS_START, Goal, Program, Rule
from novigem.rules.eligibility import Eligibility
from novigem.rules.limits import capped_together
from novigem.rules.operators import Registry
from novigem.rules.recipients import Recipient, recipient

_NO_CHALLENGE = Counted("", None, 0, None)
# Shares are counted in hundredths of a percent: half of 33 % is a whole number of them.
WHOLE = 10_000
_A_PERCENT = 100


class Seen(NamedTuple):
    """A change with its moment (microseconds since 1970 UTC) and its digest."""

    at: int
    digest: bytes
    change: Change

    @property
    def order(self) -> tuple[int, int, bytes]:
        """Where it stands in event time."""
        return (self.at, self.change.seq, self.digest)


class _Part(NamedTuple):
    """One part of an award: its name in the dedupe key, its points (None: the rule's), and its share of the goal."""

    name: str
    points: int | None
    share: int


_ALL = _Part("", None, WHOLE)


class RulePlan(NamedTuple):
    """All that is known of a rule before any change arrives.

    `parts` says whose the points are, each with its share in hundredths of a percent. `group` names what its limits
    are counted over together; None: it has none. `past_limits` says in words what an award counts for when a limit
    leaves no points of it. Its version is in force for changes of `[start, end)`. `beside` is true where another
    version of the rule remembers what it claimed: their facts meet, so all versions must.

    What its awards count for follows the record and the merges of what that names, for rules that may be undone:
    `counts` are the goals that count different things, `adds` those that add up a field, both by challenge, and
    `follows_account` tells that the account matters.
    `joins` says which users are one person: that person is paid. `clocks` says on which day something counts for them.
    """

    program: Program
    rule: Rule
    gate: Gate
    parts: tuple[tuple[Recipient, int], ...]
    participants: Eligibility
    clocks: Clocks
    group: str | None = None
    past_limits: str = ""
    start: int = ALWAYS_START
    end: int = ALWAYS_END
    beside: bool = False
    follows_account: bool = False
    counts: tuple[tuple[str, Goal], ...] = ()
    adds: tuple[tuple[str, Goal], ...] = ()
    joins: Joins = NO_JOINS

    def block(self, user: str, at: int) -> Block | None:
        """Give the reason why the rule does not pay somebody for what happened at a moment, or None."""
        return self.gate.block(at, self.clocks.counted(user, at))

    def is_in_force(self, at: int) -> bool:
        """Tell whether the version it belongs to scores what happened at a moment (microseconds since 1970 UTC)."""
        return self.start <= at < self.end

    @property
    def is_superseded(self) -> bool:
        """True where its version scores nothing any more."""
        return self.start >= self.end

    @property
    def remembers(self) -> bool:
        """True when what was claimed must be kept, because other changes may alter what it is worth."""
        return self.beside or self.group is not None or self.follows_records or bool(self.rule.share)

    @property
    def follows_references(self) -> bool:
        """True when what an award counts for is what the record names now."""
        return self.follows_account or bool(self.counts) or bool(self.adds)

    @property
    def follows_records(self) -> bool:
        """True when other changes of the same record alter what was claimed."""
        return self.rule.is_reversible or self.rule.former_owner is not None


def plan_rules(
    versions: Iterable[DatedVersion], registry: Registry, joins: Joins = NO_JOINS, zones: Zones | None = None
) -> tuple[RulePlan, ...]:
    """Work out the plans of every rule of some programs, in the order of the files.

    `zones` tells in which time zones people work; without it everybody goes by the program's clock.
    """
    plans = []
    for program, start, end in versions:
        eligibility, clocks = Eligibility(program.participants), Clocks(program, zones)
        plans += [
            RulePlan(
                program,
                rule,
                gate(program, rule),
                _parts(rule, registry),
                eligibility,
                clocks,
                limit_group(program, rule),
                counted_past_limits(program, rule, rule.challenges),
                start,
                end,
                follows_account=_follows_account(program, rule),
                counts=_moved_goals(program, rule, "distinct"),
                adds=_moved_goals(program, rule, "sum"),
                joins=joins,
            )
            for rule in program.rules
        ]
    remembering = {_name(plan) for plan in plans if plan.remembers}
    return tuple(plan._replace(beside=True) if _name(plan) in remembering else plan for plan in plans)


def _follows_account(program: Program, rule: Rule) -> bool:
    """Tell whether it matters to which account an award belongs, and the award is worth what the record is now."""
    if not rule.is_reversible or rule.object == "Account":
        return False
    is_paused = rule.cooldown is not None and rule.cooldown.per == "account"
    is_limited = rule.once_per.startswith("account") or rule.per_account is not None or is_paused
    return is_limited or any("distinct_accounts" in board.ties for board in program.leaderboards)


def _moved_goals(program: Program, rule: Rule, measure: str) -> tuple[tuple[str, Goal], ...]:
    """Give the goals of a measure that follow what records of a rule say later, by challenge: it may be undone."""
    if not rule.is_reversible:
        return ()
    goals = ((name, program.challenge(name).goal) for name in rule.challenges)
    return tuple(
        (name, goal)
        for name, goal in goals
        if getattr(goal, measure) is not None and goal.counted_object in (None, rule.object)
    )


def _name(plan: RulePlan) -> tuple[str, str]:
    return (plan.program.program, plan.rule.id)


def limit_group(program: Program, rule: Rule) -> str | None:
    """Name what the limits of a rule are counted over: its challenge where that has a cap, else the rule itself.

    Capped challenges that share a rule are counted over together. The name holds a digest of the limits: versions of a
    program that limit alike count on, others begin anew.
    """
    capped = capped_together(program, rule)
    if not capped and not rule.has_limits:
        return None
    kind, name = ("challenge", "+".join(sorted(capped))) if capped else ("rule", rule.id)
    members = [one for one in program.rules if not capped.keys().isdisjoint(one.challenges)] or [rule]
    limits = [(one.id, one.cap, one.per_account, one.cooldown) for one in members]
    cap: object = next(iter(capped.values()), None)
    if len(capped) > 1:
        links = sorted((one.id, *sorted(capped.keys() & one.challenges)) for one in members)
        cap = (sorted(capped.items()), links)
    digest = blake2b(repr((cap, sorted(limits, key=str))).encode(), digest_size=4).hexdigest()
    return f"{program.program}/{kind}/{name}/{digest}"


def _parts(rule: Rule, registry: Registry) -> tuple[tuple[Recipient, int], ...]:
    if not rule.share:
        return ((recipient(rule.award_points_to, registry), WHOLE),)
    return tuple((recipient(one.to, registry), one.percent * _A_PERCENT) for one in rule.share)


def draft_entries(
    plan: RulePlan, change: Change, digest: bytes, at: int, *, former: str | None = None
) -> Sequence[Entry | Block]:
    """Draft the entry of each part of a rule that holds on a change, or give the reason why a part does not pay.

    `at` is the change's moment in microseconds since 1970 UTC, `former` whoever handed the record over shortly before
    it. Whether the user takes part, and whether the same fact has paid before, is not looked at here.
    """
    if not plan.is_in_force(at):
        return ()
    # Where people have clocks of their own, each part asks by that of its user.
    block = plan.gate.shut if plan.clocks else plan.gate.block(at)
    if block is not None:
        return (block,)
    seen = Seen(at, digest, change)
    if former is None and plan.parts[0][1] == WHOLE:
        return (_draft(plan, seen, plan.parts[0][0](change), _ALL),)
    kept = 0 if former is None or plan.rule.former_owner is None else plan.rule.former_owner.percent * _A_PERCENT
    shares = [(FORMER, former, kept)] if kept else []
    named = len(plan.parts) > 1
    for number, (choose, share) in enumerate(plan.parts, start=1):
        shares.append((f"{PART}{number}" if named else "", choose(change), share * (WHOLE - kept) // WHOLE))
    drafts: list[Entry | Block] = []
    given, upto = 0, 0
    for name, user, share in shares:
        upto += share
        # What is rounded off one part goes to the next: together they are never more than the rule's points.
        points = plan.rule.points * upto // WHOLE - given
        given += points
        if points or not plan.rule.points:
            drafts.append(_draft(plan, seen, user, _Part(name, points, share)))
    return drafts


def share_of(plan: RulePlan, key: str, *, handed_over: bool) -> int | None:
    """Give the share of an award that the part with a dedupe key is, in hundredths of a percent.

    `handed_over` tells that a former owner keeps a part. None where the plan has no such part.
    """
    kept = 0 if plan.rule.former_owner is None or not handed_over else plan.rule.former_owner.percent * _A_PERCENT
    part = key[len(fact_of(key)) :].removeprefix("/")
    if part == FORMER:
        return kept
    number = int(part.removeprefix(PART)) if part else 1
    return plan.parts[number - 1][1] * (WHOLE - kept) // WHOLE if number <= len(plan.parts) else None


def draft_for(plan: RulePlan, seen: Seen, user: str, points: int) -> Entry | None:
    """Draft what a rule would have paid somebody for a change, whether or not it held; None where it never could."""
    if not plan.is_in_force(seen.at) or plan.block(plan.joins.of(user, seen.at), seen.at) is not None:
        return None
    draft = _draft(plan, seen, user, _Part("", points, WHOLE))
    return draft if isinstance(draft, Entry) else None


def _draft(plan: RulePlan, seen: Seen, user: str | None, part: _Part) -> Entry | Block:
    if user is None:
        return Block.NO_RECIPIENT
    if not is_user(user):
        return Block.QUEUE
    program, rule = plan.program, plan.rule
    at, digest, change = seen
    user = plan.joins.of(user, at)
    day = seen
    if plan.clocks:
        # By the clock of the person, another day may be open.
        day = seen._replace(at=plan.clocks.counted(user, at))
        block = plan.gate.block(at, day.at)
        if block is not None:
            return block
    counted, periods, why = _counted(plan, day, part)
    account = account_of(change)
    fact = _FACTS[rule.once_per](Fact(change, digest, day.at, user, account, program))
    if fact is None:
        return Block.NO_SCOPE_VALUE
    names = [program.program, rule.id, fact, *periods]
    if part.name:
        names.append(part.name)
    points = rule.points if part.points is None else part.points
    first = counted[0] if counted else _NO_CHALLENGE
    return Entry(
        key="/".join(names),
        kind=EntryKind.RULE,
        user=user,
        points=points,
        program=program.program,
        version=program.version,
        rule=rule.id,
        challenge=first.challenge or None,
        period=first.period,
        object=change.object,
        record=change.id,
        account=account,
        change=digest,
        seq=change.seq,
        goal_value=first.goal_value,
        goal_item=first.goal_item,
        occurred=at,
        reason=why,
        also=tuple(counted[1:]),
    )


def _counted(plan: RulePlan, seen: Seen, part: _Part) -> tuple[Sequence[Counted], Iterable[str], str | None]:
    """Give what an award counts for, in each of the challenges that are open, and the periods that its fact pays in.

    The same fact pays again in each new period of any of them, as it would if that one were its only challenge. Last
    comes why it adds nothing to some of them, in words.
    """
    program = plan.program
    found: list[Counted] = []
    periods: dict[Cadence, str] = {}
    why: dict[str, None] = {}
    points = plan.rule.points if part.points is None else part.points
    for challenge, _open, cadence in plan.gate.open_at(seen.at):
        period = None if cadence is None else program.calendar.period(cadence, seen.at).label
        if cadence is not None and period is not None:
            periods[cadence] = period
        goal = _goal_of(program, plan.rule, challenge.goal, seen, part._replace(points=points))
        if goal.why is not None:
            why[goal.why] = None
        found.append(Counted(challenge.id, period, goal.value, goal.item))
    ordered = [periods[cadence] for cadence in sorted(periods)] if len(periods) > 1 else periods.values()
    return found, ordered, "; ".join(why) or None


def _goal_of(program: Program, rule: Rule, goal: Goal, seen: Seen, part: _Part) -> Contribution:
    named = rule.id if goal.streak is None else streak_label(goal.streak, program.calendar, seen.at)
    whole = contribution(goal, seen.change.object, part.points or 0, seen.change.new, named)
    # Whoever earns a part has done a part of it; a thing that counts once is helped whole.
    is_shared = part.share != WHOLE and goal.measure in ("count", "sum")
    return whole._replace(value=whole.value * part.share // WHOLE) if is_shared else whole


def account_of(change: Change) -> str | None:
    """Give the account a record belongs to, where the change tells one."""
    return change.id if change.object == "Account" else known_id(change.new.get("AccountId"))


class Fact(NamedTuple):
    """What a `once_per` scope may look at; `at` is the moment at which it counts in the program's calendar."""

    change: Change
    digest: bytes
    at: int
    user: str
    account: str | None
    program: Program

    @property
    def day(self) -> date:
        """The local day of the change."""
        return local_day(self.at, self.program.zone)

    @property
    def week(self) -> str:
        """The label of the week of the change."""
        return self.program.calendar.period(Cadence.WEEKLY, self.at).label


# What makes two awards of one rule the same fact. None: the scope asks for an account and the record has none.
_FACTS: dict[str, Callable[[Fact], str | None]] = {
    "record": lambda fact: fact.change.id,
    "record and user": lambda fact: f"{fact.change.id}/{fact.user}",
    "account": lambda fact: fact.account,
    "account and week": lambda fact: fact.account and f"{fact.account}/{fact.week}",
    "day": lambda fact: f"{fact.user}/{fact.day}",
    "change": lambda fact: f"{fact.change.id}/{fact.digest.hex()}",
}
