"""Chances: what would still pay a person, with its points, its deadline and how near it is.

Comes in: a store, the programs that the reader may see, a person, and a moment. Goes out: chances, those to be done
first in front (see `in_order`): by the day by which they should be done, which is the record's own date where that is
still to come and else the last day on which they pay; of one day, what is near before what is far, then what pays most.

Nothing is promised that would not be paid. An edit is tried on the rules, facts and limits by which the engine pays, as
a change of now; what it pays is exact, or said to be unknown. Each chance stands by itself: of two that one cap limits,
the first that is done may leave nothing of the other.

What it costs grows with what one person has, never with the ledger; see `chance_records`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from novigem.challenges.tracks import Tracks
from novigem.engine.awards import RulePlan, Seen, draft_for, plan_rules
from novigem.engine.versions import dated_versions
from novigem.ledger.store import Store
from novigem.model.change import Change, from_micros
from novigem.model.clocks import Zones
from novigem.model.ids import id18
from novigem.model.periods import Period, start_of_day
from novigem.model.program import Program
from novigem.queries.chance_goals import Deadline, GoalChances, PersonalDays
from novigem.queries.chance_pay import Payer
from novigem.queries.chance_records import RecordChance, open_records, record_chances
from novigem.queries.chance_types import Chance, in_order, next_steps
from novigem.rules.onset import group_at_creation
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

__all__ = ["Chance", "find_chances", "next_steps"]

# An id of no record: what a record that is still to be made would be paid.
_NO_RECORD = id18("000000000000000")
_ONE_IS_PAID = frozenset(("Record Owner", "Last Modified By", "Created By"))


def find_chances(
    store: Store,
    programs: Mapping[str, Program],
    user: str,
    now: int,
    *,
    registry: Registry = DEFAULT_REGISTRY,
) -> list[Chance]:
    """Give what would still pay a person at a moment (microseconds since 1970 UTC), what to do first in front."""
    joins = store.joins()
    user = joins.of(user, now)
    users = frozenset((user, *joins.group(user)))
    zones = Zones(store)
    plans = plan_rules(dated_versions(store, list(programs.values()), registry), registry, joins, zones)
    payer = Payer(store, plans, user, now, registry)
    days = {name: PersonalDays(one, zones, user, now) for name, one in programs.items()}
    paying = [name for name, one in programs.items() if days[name].holds(one.window) and _may_pay(one, payer)]
    found: list[Chance] = []
    records = open_records(store, users, paying, now) if paying else []
    for one in record_chances(records, payer):
        name = one.plan.program.program
        if name in paying:
            found.append(_of_record(one, days[name]))
    for name in paying:
        found += GoalChances(store, Tracks(programs[name], zones), days[name], user).found()
        found += _of_rules([one for one in plans if one.program.program == name], payer, days[name])
    today = min((one.today for one in days.values()), default=from_micros(now).date())
    return in_order(found, today)


def _may_pay(program: Program, payer: Payer) -> bool:
    """Tell whether a program pays the person anything now: it runs, is not paused, and they take part."""
    if program.status not in ("active", "shadow") or program.pause_at(payer.now) is not None:
        return False
    own = (one for one in payer.plans if one.program.program == program.program and one.is_in_force(payer.now))
    return any(payer.takes_part(one) for one in own)


def _of_record(one: RecordChance, days: PersonalDays) -> Chance:
    record, plan = one.record, one.plan
    ends = _end(plan, days)
    due = record.due
    last, until = ends
    if due is not None and due >= days.today and (last is None or due < last):
        until = start_of_day(due + timedelta(days=1), days.zone)
        last = due
    return Chance(
        "record",
        plan.program.program,
        one.points,
        last,
        until,
        is_near=True,
        rule=plan.rule.id,
        challenge=next(iter(plan.rule.challenges), None),
        object=record.object,
        record=record.id,
        label=record.label,
        account=record.account,
        field=one.edit.field,
        to=None if one.edit.any_value else one.edit.to,
        any_value=one.edit.any_value,
        due=due,
    )


def _end(plan: RulePlan, days: PersonalDays) -> Deadline:
    """Give when a rule stops paying: with the last of its challenges that are open, else with its program."""
    spans = [one.open for one in plan.gate.open_at(days.counted)] or [plan.program.window]
    end = min(max(one.end for one in spans), plan.program.window.end)
    return days.end_of(Period("", days.counted, end))


def _of_rules(plans: Sequence[RulePlan], payer: Payer, days: PersonalDays) -> Iterator[Chance]:
    """Yield the rules that would pay the person for a record that is still to be made."""
    for plan in plans:
        rule = plan.rule
        if not plan.is_in_force(payer.now) or "create" not in rule.kinds or not _can_be_made(plan):
            continue
        if not payer.takes_part(plan) or plan.block(payer.user, payer.now) is not None:
            continue
        points = _points_of_new(plan, payer)
        if points != 0:
            yield Chance(
                "rule",
                plan.program.program,
                points,
                *_end(plan, days),
                rule=rule.id,
                challenge=next(iter(rule.challenges), None),
                object=rule.object,
            )


def _can_be_made(plan: RulePlan) -> bool:
    """Tell whether a new record can satisfy a rule, and somebody chooses by making it who is paid."""
    groups = plan.rule.groups
    can = not groups or any(group_at_creation(one) is not None for one in groups)
    return can and (plan.rule.award_points_to in _ONE_IS_PAID and not plan.rule.share)


def _points_of_new(plan: RulePlan, payer: Payer) -> int | None:
    """Give what a new record would pay; None where that depends on the record, 0 where nothing is left."""
    rule, user, at = plan.rule, payer.user, payer.now
    new = {"OwnerId": user}
    change = Change(object=rule.object, id=_NO_RECORD, kind="create", at=from_micros(at), new=new, by=user)
    draft = draft_for(plan, Seen(at, b"", change), user, rule.points)
    by_account = rule.once_per.startswith("account") or rule.per_account is not None
    if by_account or (rule.cooldown is not None and rule.cooldown.per == "account"):
        return None
    if draft is None or payer.is_paid_for(plan, [draft]):
        return 0
    if plan.group is None:
        return rule.points
    left = payer.limited(plan.group, [draft], at)[draft.key]
    return left if left == 0 or not _shares_room(plan, payer) else None


def _shares_room(plan: RulePlan, payer: Payer) -> bool:
    """Tell whether the same new record may be paid by another rule out of the same limit."""
    return any(
        one is not plan
        and one.group == plan.group
        and one.rule.object == plan.rule.object
        and "create" in one.rule.kinds
        and one.is_in_force(payer.now)
        for one in payer.plans
    )
