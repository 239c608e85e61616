"""From a rule that holds to a draft ledger entry, or to the reason why it does not pay.

The engine awards with it and `explain` asks it, so both always give the same answer.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from novigem.challenges.goals import Contribution, contribution
from novigem.challenges.lifecycle import Gate, gate
from novigem.challenges.streaks import streak_label
from novigem.model.change import Change, id18
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Block, Person, known_as
from novigem.model.periods import Cadence, local_day
from novigem.model.program import Participants, Program, Rule
from novigem.rules.operators import Registry
from novigem.rules.recipients import Recipient, recipient

_USER_PREFIX = "005"
_NO_GOAL = Contribution()


class RulePlan(NamedTuple):
    """All that is known of a rule before any change arrives."""

    program: Program
    rule: Rule
    gate: Gate
    recipient: Recipient
    participants: "Membership"


def plan_rules(programs: Iterable[Program], registry: Registry) -> tuple[RulePlan, ...]:
    """Work out the plans of every rule of some programs, in the order of the files."""
    plans = []
    for program in programs:
        membership = Membership(program.participants)
        plans += [
            RulePlan(program, rule, gate(program, rule), recipient(rule.award_points_to, registry), membership)
            for rule in program.rules
        ]
    return tuple(plans)


def draft_entry(plan: RulePlan, change: Change, digest: bytes, at: int) -> Entry | Block:
    """Draft the entry of a rule that holds on a change, or give the reason why it does not pay.

    `at` is the change's moment in microseconds since 1970 UTC. Whether the user takes part, and whether the same fact
    has paid before, is not looked at here.
    """
    block = plan.gate.block(at)
    if block is not None:
        return block
    user = plan.recipient(change)
    if user is None:
        return Block.NO_RECIPIENT
    if not user.startswith(_USER_PREFIX):
        return Block.QUEUE
    program, rule = plan.program, plan.rule
    period = None if plan.gate.cadence is None else program.calendar.period(plan.gate.cadence, at).label
    account = _account(change)
    fact = _FACTS[rule.once_per](Fact(change, digest, at, user, account, program))
    if fact is None:
        return Block.NO_SCOPE_VALUE
    goal = _goal_of(program, rule, change, at)
    return Entry(
        key="/".join((program.program, rule.id, fact) if period is None else (program.program, rule.id, fact, period)),
        kind=EntryKind.RULE,
        user=user,
        points=rule.points,
        program=program.program,
        version=program.version,
        rule=rule.id,
        challenge=rule.challenge,
        period=period,
        object=change.object,
        record=change.id,
        account=account,
        change=digest,
        seq=change.seq,
        goal_value=goal.value,
        goal_item=goal.item,
        occurred=at,
    )


def _goal_of(program: Program, rule: Rule, change: Change, at: int) -> Contribution:
    if rule.challenge is None:
        return _NO_GOAL
    goal = program.challenge(rule.challenge).goal
    counted_in = None if goal.streak is None else streak_label(goal.streak, program.calendar, at)
    return contribution(goal, change.object, rule.points, change.new, counted_in)


def _account(change: Change) -> str | None:
    """Give the account a record belongs to, where the change tells one."""
    account = change.id if change.object == "Account" else change.new.get("AccountId")
    try:
        return id18(account) if isinstance(account, str) else None
    except ValueError:
        return None


class Fact(NamedTuple):
    """What a `once_per` scope may look at."""

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


class Membership:
    """Who takes part in a program. Ids may be written with 15 characters; e-mails match in any case."""

    def __init__(self, participants: Participants) -> None:
        self._roles = frozenset(participants.role)
        self._managers = frozenset(known_as(one) for one in participants.manager)
        self._users = frozenset(known_as(one) for one in participants.users)
        self._excluded = frozenset(known_as(one) for one in participants.exclude)
        self._open = not (self._roles or self._managers or self._users)

    def block(self, user: str, person: Person | None, manager: Person | None = None) -> Block | None:
        """Give the reason why a user cannot earn, or None. `person` is None for somebody we were told nothing about."""
        names = {user} if person is None or person.email is None else {user, person.email.lower()}
        if names & self._excluded:
            return Block.EXCLUDED
        if person is not None and not person.active:
            return Block.INACTIVE
        if self._open or names & self._users:
            return None
        if person is None:
            return Block.NOT_A_PARTICIPANT
        led_by = {person.manager, manager.email.lower() if manager and manager.email else None}
        if person.role in self._roles or led_by & self._managers:
            return None
        return Block.NOT_A_PARTICIPANT
