"""Explain: every rule's verdict on every change of a record, condition by condition, from what the store knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from novigem.engine.awards import RulePlan, Seen, draft_entries, plan_rules
from novigem.engine.former_owners import FormerOwners
from novigem.engine.versions import dated_versions
from novigem.ledger.store import Latest, Store
from novigem.model.change import Change, from_micros
from novigem.model.claim import Claim, ClaimState, fact_of
from novigem.model.clocks import Zones
from novigem.model.entry import Entry
from novigem.model.ids import id18
from novigem.model.pause import Pause
from novigem.model.people import Block
from novigem.model.periods import local_day
from novigem.model.program import Program
from novigem.queries.made_so import made_so
from novigem.rules.describe import describe
from novigem.rules.eligibility import with_managers
from novigem.rules.interpret import ConditionResult, Verdict, evaluate
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


class CountedOn(NamedTuple):
    """The day on which something counts for a person with a clock of their own, and whose clock that is."""

    day: date
    zone: str


@dataclass(frozen=True)
class RuleAnswer:
    """One rule on one change. `reason` says why it did not pay; `entry` and `points` name the award it made.

    An award that a limit left nothing of is blocked, and has an entry of 0 points where it counts for progress.

    `confidence` says how sure it is that `by` did it; None where that was not told. `counted_on` is the day
    on which it counts for a person who has another clock than the program. `as_first_seen` marks a create
    whose record was edited before anybody looked: its values are those of the first look, not of the creation.
    `made_so` is the change that a rule on edits waits for, where the record was made with it done. `challenges` are all
    that an award counts for, in the order of the rule: those that were open, or all of the rule where it made none.
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
    as_first_seen: bool = False
    made_so: ConditionAnswer | None = None
    counted_on: CountedOn | None = None
    challenges: tuple[str, ...] = ()


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

    `rule` limits the answer to one rule, `user` to the awards (paid or not) of one user. Each change is answered for by
    the version that was in force when it happened; an entry that another version paid is shown as paid.

    Raises ValueError when `record` is not a Salesforce id.
    """
    every = plan_rules(dated_versions(store, programs, registry), registry, store.joins(), Zones(store))
    plans = [plan for plan in every if rule is None or plan.rule.id == rule]
    answers = []
    history = [Seen(logged.at, logged.digest, change) for logged, change in store.changes_of([id18(record)])]
    history.sort(key=lambda one: one.order)
    edited_unseen = {one.digest for one, after in pairwise(history) if _was_edited_unseen(one.change, after.change)}
    past: list[tuple[int, Change]] = []
    owners = FormerOwners(store.people)
    for seen in history:
        past.append((seen.at, seen.change))
        for plan in plans:
            if plan.rule.object != seen.change.object or not plan.is_in_force(seen.at):
                continue
            found = _answers(store, plan, seen, owners.former(plan, past, seen.at), registry)
            wanted = [answer for answer in found if user is None or answer.user == user]
            made = made_so(plan, seen.change, every, registry)
            had = None if made is None else _condition(*made)
            first = seen.digest in edited_unseen
            answers += [replace(answer, as_first_seen=first, made_so=had) for answer in wanted]
    return answers


def _was_edited_unseen(made: Change, after: Change) -> bool:
    """Tell whether a record was edited between its creation and our first look at it, and not every value is told."""
    return made.kind == "create" and after.kind == "update" and (after.old is None or bool(after.unknown_old))


def _answers(store: Store, plan: RulePlan, seen: Seen, former: str | None, registry: Registry) -> Iterator[RuleAnswer]:
    """Answer for one rule on one change: once, or for each part of an award that is shared."""
    change = seen.change
    verdict = evaluate(plan.rule, change, plan.program.zone, registry)
    drafts = draft_entries(plan, change, seen.digest, seen.at, former=former)
    outcomes = [(draft, *_outcome(store, plan, draft, seen.at)) for draft in drafts] if verdict.result else []
    if not outcomes:
        missed: RuleVerdict = "unknown" if verdict.result is None else "no"
        outcomes = [(next(iter(drafts), Block.NO_RECIPIENT), missed, _why_not(plan, change, verdict), None)]
    for draft, paid, reason, entry in outcomes:
        user = draft.user if isinstance(draft, Entry) else _recipient(plan, seen)
        yield RuleAnswer(
            program=plan.program.program,
            rule=plan.rule.id,
            object=change.object,
            at=from_micros(seen.at),
            kind=change.kind,
            by=change.by,
            confidence=change.confidence,
            verdict=paid,
            reason=reason,
            user=user,
            points=None if entry is None else entry.points,
            entry=None if entry is None else entry.number,
            conditions=tuple(_conditions(verdict)),
            counted_on=None if user is None else _counted_on(plan, user, seen.at),
            challenges=_challenges(plan, draft, entry),
        )


def _challenges(plan: RulePlan, draft: Entry | Block, entry: Entry | None) -> tuple[str, ...]:
    """Give the challenges that an award counts for, or would."""
    made = entry if entry is not None else draft
    return made.challenges if isinstance(made, Entry) else plan.rule.challenges


def _counted_on(plan: RulePlan, user: str, at: int) -> CountedOn | None:
    """Give the day on which something counts for somebody who has another clock than the program."""
    zone = plan.clocks.zone(user, at) if plan.clocks else plan.program.timezone
    if zone == plan.program.timezone:
        return None
    return CountedOn(local_day(plan.clocks.counted(user, at), plan.program.zone), zone)


def _recipient(plan: RulePlan, seen: Seen) -> str | None:
    user = plan.parts[0][0](seen.change)
    return None if user is None else plan.joins.of(user, seen.at)


def _outcome(
    store: Store, plan: RulePlan, draft: Entry | Block, at: int
) -> tuple[RuleVerdict, str | None, Entry | None]:
    """Tell what became of a rule that holds: its entry, or the reason why it has none."""
    if isinstance(draft, Block):
        pause = plan.program.pause_at(at)
        return "blocked", _paused(pause) if draft is Block.PAUSED and pause is not None else str(draft), None
    draft = _as_claimed(store, plan, draft)
    held = store.latest([draft.key]).get(draft.key)
    if held is not None and not held.is_reversed and held.entry.change == draft.change:
        if held.entry.points == 0:
            return "blocked", f"0 points: {held.entry.reason}", held.entry
        return "paid", _in_part(plan, draft, held.entry) or held.entry.reason, held.entry
    return "blocked", _why_not_paid(store, plan, draft, held), None


def _paused(pause: Pause) -> str:
    until = "" if pause.is_open else f" to {from_micros(pause.end):%Y-%m-%d %H:%M}"
    return f"{Block.PAUSED} from {from_micros(pause.start):%Y-%m-%d %H:%M}{until} UTC: {pause.reason}"


def _as_claimed(store: Store, plan: RulePlan, draft: Entry) -> Entry:
    """Give a draft under the account that its record names now, where that makes it another fact."""
    if not plan.follows_account or not plan.rule.once_per.startswith("account") or draft.record is None:
        return draft
    award = (draft.program, draft.rule, draft.change, draft.key.removeprefix(fact_of(draft.key)))
    claims = [claim for claim in store.claims_of_records([draft.record]) if _award(claim) == award]
    # It may have been claimed under several accounts, of which one takes the place of the others.
    claims.sort(key=lambda one: (one.state is ClaimState.ENDED, one.draft.key != draft.key))
    return claims[0].draft if claims else draft


def _award(claim: Claim) -> tuple[str, str | None, bytes | None, str]:
    return claim.draft.program, claim.draft.rule, claim.draft.change, claim.draft.key.removeprefix(claim.fact)


def _why_not_paid(store: Store, plan: RulePlan, draft: Entry, held: Latest | None) -> str:
    claims = store.claims_of_facts([fact_of(draft.key)]) if plan.remembers else []
    own = next((one for one in claims if (one.draft.key, one.draft.change) == (draft.key, draft.change)), None)
    if own is not None:
        return _why_not_worth(store, own, claims)
    block = _kept_out(store, plan, draft)
    if block is not None:
        return str(block)
    if held is None:
        return "no entry: these changes were taken in before this rule was part of the program"
    if held.is_reversed:
        return f"entry {held.entry.number} was taken back"
    return f"{Block.DUPLICATE}: the same fact paid entry {held.entry.number}"


def _why_not_worth(store: Store, own: Claim, claims: Sequence[Claim]) -> str:
    if own.state is not ClaimState.ALIVE or own.wins:
        return own.why
    keys = [one.draft.key for one in claims if one.wins and one.paid]
    paid = [str(found.entry.number) for found in store.latest(keys).values()]
    told = f"paid entry {' and '.join(sorted(paid, key=int))}" if paid else "was claimed by an earlier change"
    return f"{Block.DUPLICATE}: the same fact {told}"


def _kept_out(store: Store, plan: RulePlan, draft: Entry) -> Block | None:
    return plan.participants.block_among(draft.user, with_managers(store.people, [draft.user]))


def _in_part(plan: RulePlan, draft: Entry, entry: Entry) -> str | None:
    return f"paid in part: {Block.CAP}" if plan.group is not None and entry.points < draft.points else None


def _why_not(plan: RulePlan, change: Change, verdict: Verdict) -> str:
    if not verdict.triggered:
        return f"the rule is for {plan.rule.trigger}, this was {change.kind}"
    if plan.rule.waits_for_the_onset and change.kind == "create" and change.as_first_seen:
        return "the record was edited before it was first seen: the edit that was seen with it is judged"
    if verdict.held_before:
        return "the conditions held before this edit already"
    if verdict.held_before is None and any(all(one.result for one in group) for group in verdict.groups):
        return "it is not known whether the conditions held before this edit already"
    wanted = None if verdict.result is None else False
    # The group that came nearest tells most; its first condition that failed is the reason.
    nearest = max(verdict.groups, key=lambda group: sum(1 for one in group if one.result))
    failing = next((one for one in nearest if one.result is wanted), None)
    return "no condition group can be decided" if failing is None else describe(failing)


def _conditions(verdict: Verdict) -> Iterator[ConditionAnswer]:
    for number, group in enumerate(verdict.groups, start=1):
        yield from (_condition(number, finding) for finding in group)


def _condition(group: int, finding: ConditionResult) -> ConditionAnswer:
    old_known, new_known = finding.old is not MISSING, finding.new is not MISSING
    return ConditionAnswer(
        group=group,
        field=finding.condition.field,
        operator=finding.condition.operator,
        expected=finding.condition.value,
        old=finding.old if old_known else None,
        new=finding.new if new_known else None,
        old_known=old_known,
        new_known=new_known,
        result=finding.result,
    )
