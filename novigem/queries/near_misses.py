"""Near misses: changes on which all conditions of a rule held but one, counted by that one and by what it found.

Where `explain` answers for a record, this answers for a rule: "12 tasks were completed, and on 9 the type was empty".
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from novigem.engine.awards import RulePlan, Seen, plan_rules
from novigem.engine.former_owners import FormerOwners, handed_over_since
from novigem.engine.versions import dated_versions
from novigem.errors import InputError, UnknownName
from novigem.ledger.store import LoggedChange, Store
from novigem.model.change import Change, to_micros
from novigem.model.clocks import Zones
from novigem.model.guesses import advise
from novigem.model.ids import id18
from novigem.model.people import is_user
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.queries.explain import ConditionAnswer
from novigem.queries.made_so import made_so
from novigem.rules.eligibility import with_managers
from novigem.rules.interpret import ConditionResult, Verdict, evaluate
from novigem.rules.onset import is_of_the_moment
from novigem.rules.operators import DEFAULT_REGISTRY, MISSING, Registry

_EXAMPLES = 3
# Free texts and amounts may differ on every change; beyond so many of one condition they are counted together.
_MOST_VALUES = 1000
_LONGEST_VALUE = 200


@dataclass(frozen=True)
class NearMiss:
    """One condition that failed alone, what it found, and on how many changes; `records` are the first of them.

    `condition.result` is False where it did not hold, None where the changes do not tell enough.
    """

    condition: ConditionAnswer
    count: int
    records: tuple[str, ...]


@dataclass(frozen=True)
class RuleMisses:
    """The near misses of one rule, the most frequent first.

    `held` counts the changes on which the rule held (whether or not it paid), `missed` those that were one condition
    short, and `others` those of `missed` that are not listed because too many different values were found. `made_so`
    are creations beside them: of records made with what the rule waits for an edit to lead to. `challenges` are those
    that the rule counts for.
    """

    program: str
    rule: str
    object: str
    held: int
    missed: int
    misses: tuple[NearMiss, ...]
    others: int
    made_so: tuple[NearMiss, ...] = ()
    challenges: tuple[str, ...] = ()


def explain_near_misses(
    store: Store,
    programs: Sequence[Program],
    *,
    rule: str | None = None,
    user: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> list[RuleMisses]:
    """Give the rules that logged changes were one condition short of, by that condition and by what it found.

    `rule` limits the answer to one rule, by its id, and `user` to changes that would have paid one person, by the id in
    Salesforce. `since` and `until` choose the changes that happened in `[since, until)`; both are datetimes with a time
    zone, any one. Rules stand in the order of the files, those with no near miss left out; all figures are numbers of
    changes. At least one other condition must have held, so a rule of one condition has none. Only changes count that
    would have paid: the challenge was open, and the person takes part. Each change is held against the version that was
    in force when it happened. The change log is read once, as a stream, and nothing is written.

    Raises UnknownName for a rule that no version in force has, InputError for a user that is no Salesforce id and for a
    moment without a time zone, ProgramError where an earlier version of a program cannot be read back.
    """
    rules = {one.id for dated in dated_versions(store, programs, registry) for one in dated.program.rules}
    if rule is not None and rule not in rules:
        raise UnknownName(f"there is no rule {rule!r}", hint=advise(rule, sorted(rules)))
    try:
        whom = None if user is None else id18(user)
    except ValueError as error:
        raise InputError(str(error), hint="Queries.find_user gives the id of a name or an e-mail") from error
    first, last = _micros("since", since), _micros("until", until)
    return near_misses(store, programs, user=whom, rule=rule, since=first, until=last, registry=registry)


def _micros(name: str, moment: datetime | None) -> int | None:
    if moment is None:
        return None
    if moment.utcoffset() is None:
        raise InputError(f"`{name}` has no time zone", hint="give one: datetime(2026, 1, 5, tzinfo=UTC)")
    return to_micros(moment)


def near_misses(
    store: Store,
    programs: Sequence[Program],
    *,
    user: str | None = None,
    rule: str | None = None,
    since: int | None = None,
    until: int | None = None,
    records: Collection[str] | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> list[RuleMisses]:
    """Give the rules that logged changes were one condition short of, in the order of the files.

    At least one other condition must have held, so a rule of one condition has none. Only changes count that would have
    paid somebody: the rule's challenge was open, and whom the rule pays takes part. Of several condition groups the
    first that was one condition short is meant. `user` limits the answer to one person, `rule` to one rule, `since` and
    `until` to changes of `[since, until)`, in microseconds since 1970 UTC. The change log is read once, as a stream;
    with `records` only their changes are.
    """
    plans: dict[tuple[str, str], list[RulePlan]] = defaultdict(list)
    counts: dict[tuple[str, str], _Count] = {}
    for plan in plan_rules(dated_versions(store, programs, registry), registry, store.joins(), Zones(store)):
        for kind in {*plan.rule.kinds, "create"}:
            plans[plan.rule.object, kind].append(plan)
        if rule is None or plan.rule.id == rule:
            counts[plan.program.program, plan.rule.id] = _Count(plan)
    who = _Who(store, user)
    first, last = ALWAYS_START if since is None else since, ALWAYS_END if until is None else until
    for logged, change in _logged(store, records, first, last) if counts else ():
        looking = plans.get((logged.object, logged.kind), ())
        for plan in looking:
            count = counts.get((plan.program.program, plan.rule.id))
            if count is not None and plan.is_in_force(logged.at) and _may_be_open(plan, logged.at):
                holds, failed = _judge(plan, change, looking, registry)
                if (holds or failed) and who.may_earn(plan, Seen(logged.at, logged.digest, change)):
                    count.add(change, failed, registry)
    return [found for one in counts.values() if (found := one.result()).missed or found.made_so]


def _logged(
    store: Store, records: Collection[str] | None, first: int, last: int
) -> Iterable[tuple[LoggedChange, Change]]:
    if records is None:
        return store.changes(first, last)
    return [one for one in store.changes_of(records, first) if one[0].at < last]


def _may_be_open(plan: RulePlan, at: int) -> bool:
    # Where people have clocks of their own, whether it is open depends on whose work it is.
    return bool(plan.clocks) or plan.gate.block(at) is None


_Failed = tuple[int, ConditionResult]


def _judge(
    plan: RulePlan, change: Change, others: Sequence[RulePlan], registry: Registry
) -> tuple[bool | None, _Failed | None]:
    """Tell whether a rule holds on a change, and of which one condition it was short."""
    if change.kind not in plan.rule.kinds:
        return False, made_so(plan, change, others, registry)
    verdict = evaluate(plan.rule, change, plan.program.zone, registry)
    at_creation = change.kind == "create" and plan.rule.waits_for_the_onset
    return verdict.result, None if verdict.result else _the_one_that_failed(verdict, registry, at_creation=at_creation)


def _the_one_that_failed(verdict: Verdict, registry: Registry, *, at_creation: bool) -> _Failed | None:
    """Give the only condition of a group that did not hold, with the number of the group.

    Most work is planned before it is done. So where a rule waits for a field to become something, a new record that
    is not there yet has come close to nothing.
    """
    for number, group in enumerate(verdict.groups, start=1):
        failed = [one for one in group if not one.result]
        if len(failed) == 1 < len(group) and not (at_creation and _is_waited_for(failed[0], group, registry)):
            return number, failed[0]
    return None


def _is_waited_for(failed: ConditionResult, group: Sequence[ConditionResult], registry: Registry) -> bool:
    field = failed.condition.field
    return any(one.condition.field == field and is_of_the_moment([one.condition], registry) for one in group)


class _Who:
    """Whom rules would have paid, and whether they could earn."""

    def __init__(self, store: Store, user: str | None) -> None:
        self._store = store
        self._user = user
        self._known: dict[tuple[str, str, str], bool] = {}
        self._owners = FormerOwners(store.people)

    def may_earn(self, plan: RulePlan, seen: Seen) -> bool:
        """Tell whether somebody who was asked for could have earned by a change."""
        users = {
            None if (user := choose(seen.change)) is None else plan.joins.of(user, seen.at)
            for choose, _share in plan.parts
        } | {self._former(plan, seen)}
        if self._user is not None:
            users &= {self._user}
        return any(
            user is not None and plan.block(user, seen.at) is None and self._takes_part(plan, user) for user in users
        )

    def _former(self, plan: RulePlan, seen: Seen) -> str | None:
        """Give who owned the record before and would have kept a part."""
        term = plan.rule.former_owner
        if term is None:
            return None
        logged = self._store.changes_of([seen.change.id], handed_over_since(term, seen.at))
        history = sorted((Seen(one.at, one.digest, change) for one, change in logged), key=lambda one: one.order)
        past = [(one.at, one.change) for one in history if one.order <= seen.order]
        return self._owners.former(plan, past, seen.at)

    def _takes_part(self, plan: RulePlan, user: str) -> bool:
        key = (plan.program.program, plan.program.version, user)
        if key not in self._known:
            block = plan.participants.block_among(user, with_managers(self._store.people, [user]))
            self._known[key] = is_user(user) and block is None
        return self._known[key]


class _Found:
    """What was found in the place of what a rule asks for, by how often."""

    def __init__(self) -> None:
        self.count = 0
        self.others = 0
        self._found: dict[str, ConditionAnswer] = {}
        self._counts: dict[str, int] = {}
        # The first few records of each; a record that came so close several times is named once.
        self._records: dict[str, dict[str, None]] = {}

    def add(self, answer: ConditionAnswer, record: str) -> None:
        """Count what was found on a record."""
        self.count += 1
        key = repr(answer)
        if key not in self._found:
            if len(self._found) >= _MOST_VALUES:
                self.others += 1
                return
            self._found[key], self._counts[key], self._records[key] = answer, 0, {}
        self._counts[key] += 1
        if len(self._records[key]) < _EXAMPLES:
            self._records[key][record] = None

    def rows(self) -> tuple[NearMiss, ...]:
        """Give what was found, the most frequent first."""
        # Sorting keeps the order of time between equals.
        keys = sorted(self._found, key=lambda key: -self._counts[key])
        return tuple(NearMiss(self._found[key], self._counts[key], tuple(self._records[key])) for key in keys)


class _Count:
    """The near misses of one rule so far."""

    def __init__(self, plan: RulePlan) -> None:
        self._plan = plan
        self._held = 0
        self._missed, self._made = _Found(), _Found()

    def add(self, change: Change, failed: _Failed | None, registry: Registry) -> None:
        """Count a change on which the rule held, or all of it but one condition."""
        if failed is None:
            self._held += 1
            return
        found = self._missed if change.kind in self._plan.rule.kinds else self._made
        found.add(_answer(*failed, registry), change.id)

    def result(self) -> RuleMisses:
        """Give what was counted."""
        return RuleMisses(
            program=self._plan.program.program,
            rule=self._plan.rule.id,
            object=self._plan.rule.object,
            held=self._held,
            missed=self._missed.count,
            misses=self._missed.rows(),
            others=self._missed.others,
            made_so=self._made.rows(),
            challenges=self._plan.rule.challenges,
        )


def _answer(group: int, finding: ConditionResult, registry: Registry) -> ConditionAnswer:
    """Give what a condition found; the value before the change only where the condition asks for it."""
    operator = registry.operator(finding.condition.operator)
    old = finding.old if operator is not None and operator.needs_old else MISSING
    return ConditionAnswer(
        group=group,
        field=finding.condition.field,
        operator=finding.condition.operator,
        expected=finding.condition.value,
        old=None if old is MISSING else _short(old),
        new=None if finding.new is MISSING else _short(finding.new),
        old_known=old is not MISSING,
        new_known=finding.new is not MISSING,
        result=finding.result,
    )


def _short(value: Any) -> Any:
    """Cut long texts, so that what is kept of a log stays small."""
    return value if not isinstance(value, str) else value[:_LONGEST_VALUE]
