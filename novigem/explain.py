"""Explain: every rule's verdict on every change of a record, condition by condition, from what the store knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from novigem.awards import RulePlan, draft_entry, plan_rules
from novigem.ledger.store import LoggedChange, Store
from novigem.model.change import Change, from_micros, id18
from novigem.model.entry import Entry
from novigem.model.people import Block
from novigem.model.program import Program
from novigem.rules.interpret import Finding, Verdict, evaluate
from novigem.rules.operators import DEFAULT_REGISTRY, MISSING, Registry

RuleVerdict = Literal["paid", "no", "unknown", "blocked"]


@dataclass(frozen=True)
class ConditionAnswer:
    """One condition: what was expected, the values before and after (None for null), and whether it held.

    `old_known` and `new_known` tell null from a value that the change does not tell. `result` is None for unknown.
    """

    group: int
    field: str
    operator: str
    expected: Any
    old: Any
    new: Any
    old_known: bool
    new_known: bool
    result: bool | None


@dataclass(frozen=True)
class RuleAnswer:
    """One rule on one change. `reason` says why it did not pay; `entry` and `points` name the award it made.

    `confidence` says how sure it is that `by` did it; None where that was not told.
    """

    program: str
    rule: str
    object: str
    at: datetime
    kind: str
    by: str | None
    confidence: str | None
    verdict: RuleVerdict
    reason: str | None
    user: str | None
    points: int | None
    entry: int | None
    conditions: tuple[ConditionAnswer, ...]


def explain_record(
    store: Store,
    programs: Sequence[Program],
    record: str,
    *,
    rule: str | None = None,
    user: str | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> list[RuleAnswer]:
    """Answer for every logged change of a record and every rule on its object, in order of time.

    `rule` limits the answer to one rule, `user` to the awards (paid or not) of one user. The programs given are asked
    as they stand; an entry that an older version paid is shown as paid.

    Raises ValueError when `record` is not a Salesforce id.
    """
    plans = [plan for plan in plan_rules(programs, registry) if rule is None or plan.rule.id == rule]
    answers = []
    for logged, change in store.changes(id18(record)):
        for plan in plans:
            if plan.rule.object != change.object:
                continue
            answer = _answer(store, plan, logged, change, registry)
            if user is None or answer.user == user:
                answers.append(answer)
    return answers


def _answer(store: Store, plan: RulePlan, logged: LoggedChange, change: Change, registry: Registry) -> RuleAnswer:
    verdict = evaluate(plan.rule, change, plan.program.zone, registry)
    draft = draft_entry(plan, change, logged.digest, logged.at)
    entry: Entry | None = None
    if verdict.result:
        paid, reason, entry = _outcome(store, plan, draft)
    else:
        paid, reason = ("unknown" if verdict.result is None else "no"), _why_not(plan, change, verdict)
    return RuleAnswer(
        program=plan.program.program,
        rule=plan.rule.id,
        object=change.object,
        at=from_micros(logged.at),
        kind=change.kind,
        by=change.by,
        confidence=change.confidence,
        verdict=paid,
        reason=reason,
        user=draft.user if isinstance(draft, Entry) else plan.recipient(change),
        points=None if entry is None else entry.points,
        entry=None if entry is None else entry.number,
        conditions=tuple(_conditions(verdict)),
    )


def _outcome(store: Store, plan: RulePlan, draft: Entry | Block) -> tuple[RuleVerdict, str | None, Entry | None]:
    """Tell what became of a rule that holds: its entry, or the reason why it has none."""
    if isinstance(draft, Block):
        return "blocked", str(draft), None
    held = store.latest([draft.key]).get(draft.key)
    if held is not None and not held.is_reversed and held.entry.change == draft.change:
        return "paid", None, held.entry
    people = store.find_people([draft.user])
    person = people.get(draft.user)
    managers = store.find_people([person.manager]) if person is not None and person.manager else {}
    block = plan.participants.block(draft.user, person, next(iter(managers.values()), None))
    if block is not None:
        return "blocked", str(block), None
    if held is None:
        return "blocked", "no entry: these changes were taken in before this rule was part of the program", None
    if held.is_reversed:
        return "blocked", f"entry {held.entry.number} was taken back", None
    return "blocked", f"{Block.DUPLICATE}: the same fact paid entry {held.entry.number}", None


def _why_not(plan: RulePlan, change: Change, verdict: Verdict) -> str:
    if not verdict.triggered:
        return f"the rule is for {plan.rule.trigger}, this was {change.kind}"
    wanted = None if verdict.result is None else False
    # The group that came nearest tells most; its first condition that failed is the reason.
    nearest = max(verdict.groups, key=lambda group: sum(1 for one in group if one.result))
    failing = next((one for one in nearest if one.result is wanted), None)
    return "no condition group can be decided" if failing is None else describe(failing)


def describe(finding: Finding) -> str:
    """Say in words what a condition wanted and what it found."""
    field, operator, expected = finding.condition
    if finding.result is None and finding.new is MISSING:
        return f"{field} is not told by the change, so {operator} cannot be decided"
    if finding.result is None:
        return f"the value of {field} before the change is not known, so {operator} cannot be decided"
    was = f"it is {_shown(finding.new)}, it was {_shown(finding.old)}"
    return f"{field} {operator} {_shown(expected)} does not hold: {was}"


def _shown(value: Any) -> str:
    if value is MISSING:
        return "not told"
    if value is None:
        return "empty"
    if isinstance(value, tuple):
        return " | ".join(_shown(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _conditions(verdict: Verdict) -> Iterator[ConditionAnswer]:
    for number, group in enumerate(verdict.groups, start=1):
        for finding in group:
            old_known, new_known = finding.old is not MISSING, finding.new is not MISSING
            yield ConditionAnswer(
                group=number,
                field=finding.condition.field,
                operator=finding.condition.operator,
                expected=finding.condition.value,
                old=finding.old if old_known else None,
                new=finding.new if new_known else None,
                old_known=old_known,
                new_known=new_known,
                result=finding.result,
            )
