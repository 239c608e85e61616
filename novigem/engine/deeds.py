"""What an appeal is about: the entry or the change of a record that somebody wants to be seen again, and its moment."""

from collections.abc import Iterable, Sequence

import msgspec

from novigem.engine.awards import RulePlan, Seen, draft_for, plan_rules
from novigem.engine.versions import DatedVersion
from novigem.ledger.store import EntryFilter, Reader
from novigem.model.entry import GOAL_UNIT, Counted, Entry, EntryKind
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.model.request import Request
from novigem.rules.interpret import evaluate
from novigem.rules.operators import Registry

# What an entry says of the change that it is for, and what it counts for in a challenge.
_ABOUT = ("object", "record", "account", "change", "seq", "occurred")
_COUNTED = ("rule", "challenge", "period", "goal_value", "goal_item", "also")


def deed_of(reader: Reader, program: Program, appeal: Request, points: int, registry: Registry) -> dict[str, object]:
    """Give the fields of the entry that pays an upheld appeal, as far as what it is about decides them.

    They tell when it was done. Where a rule is meant, and what it would have paid does not stand, the points also
    count for the rule's challenge. Empty where nothing is known of it any more.
    """
    entries = list(reader.entries(EntryFilter(program.program, appeal.user)))
    paid = _entry_of(entries, appeal)
    if paid is not None:
        found = {name: getattr(paid, name) for name in _ABOUT}
        worth = paid.counting([_worth(program, one, points) for one in paid.counted]) if paid.counted else paid
        counted = {name: getattr(worth, name) for name in _COUNTED}
        is_meant = appeal.entry is not None or appeal.rule is not None
        counts = is_meant and paid.kind is EntryKind.RULE and points > 0 and not _stands(entries, paid)
        found |= counted if counts else {}
        return found if appeal.occurred is None else found | {"occurred": appeal.occurred}
    plans = plan_rules([DatedVersion(program, ALWAYS_START, ALWAYS_END)], registry)
    plans = tuple(plan for plan in plans if appeal.rule in (None, plan.rule.id))
    seen = _change_of(reader, plans, appeal, registry)
    if seen is None:
        return {} if appeal.occurred is None else {"occurred": appeal.occurred}
    at = seen.at if appeal.occurred is None else appeal.occurred
    window = program.window
    seen = seen._replace(at=max(window.start, min(at, window.end - 1)))
    plan = next((one for one in plans if one.rule.object == seen.change.object), None)
    draft = None if appeal.rule is None or plan is None or points < 0 else draft_for(plan, seen, appeal.user, points)
    if draft is not None:
        return {name: getattr(draft, name) for name in (*_ABOUT, *_COUNTED)}
    change = seen.change
    return {
        "object": change.object,
        "record": change.id,
        "change": seen.digest,
        "seq": change.seq,
        "occurred": seen.at,
    }


def _entry_of(entries: Sequence[Entry], appeal: Request) -> Entry | None:
    """Give the entry that an appeal names, or the last one that its record earned the person."""
    by_number = {one.number: one for one in entries}
    if appeal.entry is not None:
        found = by_number.get(appeal.entry)
        return found if found is None or found.reverses is None else by_number.get(found.reverses, found)
    own = [one for one in entries if one.record == appeal.record and one.kind is EntryKind.RULE]
    return next((one for one in reversed(own) if appeal.rule in (None, one.rule)), None)


def _stands(entries: Iterable[Entry], paid: Entry) -> bool:
    """Tell whether the fact of an entry is paid, by this entry or by one that took its place."""
    entries = list(entries)
    undone = {one.reverses for one in entries}
    same = (one for one in entries if one.key == paid.key and one.reverses is None)
    return any(one.number not in undone for one in same)


def _worth(program: Program, counted: Counted, points: int) -> Counted:
    """Give what the points of an appeal add to a goal: a goal that counts points counts those that are paid now."""
    challenge = next((one for one in program.challenges if one.id == counted.challenge), None)
    counts_points = challenge is not None and challenge.goal.measure == "points"
    return counted._replace(goal_value=points * GOAL_UNIT) if counts_points else counted


def _change_of(reader: Reader, plans: Sequence[RulePlan], appeal: Request, registry: Registry) -> Seen | None:
    """Give the change of a record that an appeal is about: the first of those that came closest to a rule.

    Only what had happened when the appeal was opened can be meant; of changes that would have paid this person, else
    of those that a rule looks at, else of all.
    """
    logged = reader.changes_of([appeal.record]) if appeal.record else []
    history = sorted((Seen(one.at, one.digest, change) for one, change in logged), key=lambda one: one.order)
    before = [seen for seen in history if seen.at <= appeal.opened] or history
    looked_at = [(seen, plan) for seen in before for plan in plans if _looks_at(plan, seen)]
    own = [(seen, plan) for seen, plan in looked_at if appeal.user in {choose(seen.change) for choose, _ in plan.parts}]
    found = own or looked_at
    if not found:
        return before[-1] if before else None
    return min(found, key=lambda one: (*_distance(one[1], one[0], registry), one[0].order))[0]


def _looks_at(plan: RulePlan, seen: Seen) -> bool:
    return plan.rule.object == seen.change.object and seen.change.kind in plan.rule.kinds


def _distance(plan: RulePlan, seen: Seen, registry: Registry) -> tuple[int, int]:
    """Give how many conditions failed, and less how many of the fields that they look at were changed."""
    groups = evaluate(plan.rule, seen.change, plan.program.zone, registry).groups
    failed = min((sum(not one.result for one in group) for group in groups), default=0)
    changed = {one.condition.field for group in groups for one in group} & (seen.change.old or {}).keys()
    return failed, -len(changed)


def entry_with(entry: Entry, fields: dict[str, object], program: Program) -> Entry:
    """Give an entry with the fields of what it is for, inside the season."""
    found = msgspec.structs.replace(entry, **fields)
    window = program.window
    return msgspec.structs.replace(found, occurred=max(window.start, min(found.occurred, window.end - 1)))
