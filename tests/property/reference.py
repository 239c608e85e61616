"""The season as it should be, worked out from all changes at once in the plainest way: the engine is held to it.

It shares with the engine the meaning of one condition (`evaluate`) and the words of a program, and nothing else: no
claims, no keys, no stores, no pages. It knows every change from the start, so it never corrects anything.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from novigem.model.change import Change, change_body, change_identity, from_micros, to_micros
from novigem.model.entry import Entry
from novigem.model.program import Challenge, Condition, Goal, Program, Rule
from novigem.rules.interpret import check_condition, evaluate
from tests.property.strategies_engine import PEOPLE

DAY = 86_400_000_000
KNOWN = {person.id: person for person in PEOPLE}


class Award(NamedTuple):
    """One award that should stand."""

    rule: str
    record: str
    user: str
    points: int
    at: int
    digest: bytes
    challenges: tuple[str, ...] = ()


class _Claim(NamedTuple):
    program: Program
    rule: Rule
    change: Change
    order: tuple[int, int, bytes]
    parts: tuple[tuple[str, int, str], ...]  # user, points, and the name of the part, which orders parts
    account: str | None


class Clock(NamedTuple):
    """The time zone of somebody, as it was told, and the moment from which on it holds."""

    user: str
    timezone: str
    since: int = 0


class Scored(NamedTuple):
    """A change, and the rules by which it is scored, each of the version that scores it."""

    change: Change
    rules: Sequence[tuple[Program, Rule]]


def expected(program: Program, changes: Sequence[Change], joined: Mapping[str, str] | None = None) -> list[Award]:
    """Give all awards that should stand after some changes, whatever order they came in.

    `joined` tells as whom some users count: then all is as if that person had done it, and were meant where they are.
    """
    for user, person in (joined or {}).items():
        changes = [as_one(one, user, person) for one in changes]
        program = _meant(program, user, person)
    return expected_of([Scored(one, [(program, rule) for rule in program.rules]) for one in changes])


def expected_of(scored: Sequence[Scored], goes_on: Mapping[str, str] | None = None) -> list[Award]:
    """Give all awards that should stand where changes are scored by several versions of a program.

    `goes_on` names the version that took the place of another from the start; claims of the two stand together.
    """
    once = {change_identity(one.change, change_body(one.change)): one for one in scored}
    ordered = sorted(
        (((to_micros(one.change.at), one.change.seq, digest), one) for digest, one in once.items()), key=_first
    )
    names = {rule.id: None for _order, one in ordered for _program, rule in one.rules}
    claims = [claim for name in names for claim in _claims(name, ordered, goes_on or {})]
    winners: dict[tuple[Any, ...], _Claim] = {}
    for claim in sorted(claims, key=lambda one: one.order):
        for user, *_rest in claim.parts:
            winners.setdefault(_fact(claim, user), claim)
    pays = [
        (claim, user, points, name)
        for claim in claims
        for user, points, name in claim.parts
        if winners[_fact(claim, user)] is claim
    ]
    return list(_limited(pays))


def as_one(change: Change, user: str, person: str) -> Change:
    """Give a change as if a person had had no other user; it stays the same change."""
    named = {user: person, user[:15]: person[:15]}

    def values(some: dict[str, Any]) -> dict[str, Any]:
        return {key: named.get(one, one) if isinstance(one, str) else one for key, one in some.items()}

    return msgspec.structs.replace(
        change,
        new=values(change.new),
        old=None if change.old is None else values(change.old),
        by=change.by and named.get(change.by, change.by),
        came_as=change_identity(change, change_body(change)).hex(),
    )


def _meant(program: Program, user: str, person: str) -> Program:
    """Give a program that names a person where it names a user."""
    named = {user: person, user[:15]: person}
    asked = program.participants
    lists = {name: tuple(named.get(one, one) for one in getattr(asked, name)) for name in ("users", "exclude")}
    # Whom a person reports to stays who that was.
    return program.model_copy(update={"participants": asked.model_copy(update=lists)})


def claimed(scored: Sequence[Scored], rule: str) -> set[bytes]:
    """Give the digests of the changes that claim something by a rule, whatever becomes of it."""
    once = {change_identity(one.change, change_body(one.change)): one for one in scored}
    ordered = sorted(
        (((to_micros(one.change.at), one.change.seq, digest), one) for digest, one in once.items()), key=_first
    )
    return {claim.order[2] for claim in _claims(rule, ordered, {}, fallen=True)}


def _first(pair: tuple[Any, Any]) -> Any:
    return pair[0]


def _claims(
    name: str, ordered: Sequence[tuple[Any, Scored]], goes_on: Mapping[str, str], *, fallen: bool = False
) -> Iterator[_Claim]:
    records: dict[tuple[str, str], list[tuple[Any, Scored]]] = defaultdict(list)
    ends = [(order, one.change) for order, one in ordered if one.change.kind in ("merge", "undelete")]
    for order, one in ordered:
        records[one.change.object, one.change.id].append((order, one))
    for past in records.values():
        history = [(order, one.change) for order, one in past]
        claims = []
        for n, (order, one) in enumerate(past):
            for program, rule in one.rules:
                if rule.id != name or rule.object != one.change.object:
                    continue
                if evaluate(rule, one.change, program.zone).result and program.status in ("active", "shadow"):
                    parts = tuple(_parts(program, rule, one.change, history[: n + 1], order[0]))
                    parts = tuple(part for part in parts if _is_open(program, rule, part[0], order[0]))
                    if parts:
                        claims.append(
                            _Claim(
                                program, rule, one.change, order, parts, _account_now(rule, order, history[n:], ends)
                            )
                        )
        yield from (
            one
            for one in claims
            if fallen or one.rule.on_undo == "keep" or _stands(one, _together(one, claims, goes_on), history)
        )


def _together(claim: _Claim, claims: Sequence[_Claim], goes_on: Mapping[str, str]) -> Sequence[_Claim]:
    def line(one: _Claim) -> str:
        return goes_on.get(one.program.version, one.program.version)

    return [one for one in claims if line(one) == line(claim)]


def _stands(claim: _Claim, claims: Sequence[_Claim], history: Sequence[tuple[Any, Change]]) -> bool:
    """Walk through what came after a claim: lost, put right again, or taken over by a new claim while it was lost."""
    lost = False
    claiming = {one.order for one in claims}
    within = claim.rule.reversible_days
    for order, change in history:
        if order <= claim.order:
            continue
        if order in claiming:
            if lost:
                return False
            continue
        state = _state(claim.program, claim.rule, change)
        if state is False and (within is None or order[0] <= claim.order[0] + within * DAY):
            lost = True
        elif state is True:
            lost = False
    return not lost


def _state(program: Program, rule: Rule, change: Change) -> bool | None:
    """Tell whether a record still has what was paid for: True, False, or None where the change does not say."""
    if change.kind in ("delete", "merge"):
        return False
    if change.kind not in ("update", "undelete"):
        return None
    groups = [[_lasting(one, program, change) for one in group if _is_lasting(one)] for group in rule.groups]
    if not groups or not all(groups):
        return True
    held = [False if False in group else (None if None in group else True) for group in groups]
    state = True if True in held else (None if None in held else False)
    if change.kind == "undelete":
        return None if state is False else True
    return state


def _is_lasting(condition: Condition) -> bool:
    return condition.operator not in ("isChanged", "increasedBy", "within")


def _lasting(condition: Condition, program: Program, change: Change) -> bool | None:
    renamed = {"changedTo": "equals", "changedFrom": "notEquals"}.get(condition.operator, condition.operator)
    return check_condition(condition._replace(operator=renamed), change, program.zone).result


def _is_open(program: Program, rule: Rule, user: str, at: int) -> bool:
    """Tell whether the day that the user's own clock shows lies inside the dates, and no pause holds the moment."""
    is_open = not rule.challenges or bool(_open(program, rule, user, at))
    is_paused = any(one.start <= at < one.end for one in program.pauses)
    is_running = program.status in ("active", "shadow") and _lies(
        _day(program, user, at), program.starts, program.last_day
    )
    return is_running and is_open and not is_paused


def _open(program: Program, rule: Rule, user: str, at: int) -> list[Challenge]:
    """Give the challenges of a rule that are open at a moment: what it earns then counts for these."""
    linked = [program.challenge(name) for name in rule.challenges]
    day = _day(program, user, at)
    inside = _lies(day, program.starts, program.last_day)
    return [one for one in linked if one.status == "active" and inside and _lies(day, one.starts, one.ends)]


def _lies(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)


def with_clocks(program: Program, told: Sequence[Clock]) -> Program:
    """Give a program that knows what was told of clocks, in the order of time; what its file says of somebody wins."""
    named = {_whole(one.user) for one in program.people if one.timezone is not None}
    return program.model_copy(update={"people": (*program.people, *(one for one in told if one.user not in named))})


def _day(program: Program, user: str, at: int) -> date:
    """Give the day on which something counts that somebody did: by the clock that was given the person last."""
    zone = program.timezone
    for one in program.people if program.own_timezones is not False else ():
        if one.timezone is not None and _whole(one.user) == user and getattr(one, "since", 0) <= at:
            zone = one.timezone
    return from_micros(at).astimezone(ZoneInfo(zone)).date()


def _parts(
    program: Program, rule: Rule, change: Change, history: Sequence[tuple[Any, Change]], at: int
) -> Iterator[tuple[str, int, str]]:
    former = None
    if rule.former_owner is not None:
        since = at - rule.former_owner.within_days * DAY
        recent = [one for order, one in history if order[0] >= since]
        # Looking back from the last hand-over: the first person who is not the owner now, and who may earn.
        owners = [one.new["OwnerId"] for one in recent if "OwnerId" in one.new]
        for number in range(len(recent) - 1, -1, -1):
            one, told = recent[number], [each.new["OwnerId"] for each in recent[:number] if "OwnerId" in each.new]
            if one.old is not None:
                before = one.old.get("OwnerId")
            else:
                before = told[-1] if told and "OwnerId" in one.new and one.kind != "create" else None
            is_person = (
                before is not None and before.startswith("005") and before not in (one.new.get("OwnerId"), *owners[-1:])
            )
            if is_person and _may_earn(program, before):
                former = before
                break
    kept = rule.former_owner.percent if former and rule.former_owner else 0
    modes = [(share.to, share.percent) for share in rule.share] or [(rule.award_points_to, 100)]
    shares = [(former, kept * 100, "former")] if former else []
    names = [f"part-{n}" if len(modes) > 1 else "" for n in (1, 2)]
    shares += [(_user(mode, change), percent * (100 - kept), names[n]) for n, (mode, percent) in enumerate(modes)]
    total = given = 0
    for user, share, name in shares:
        total += share
        points = rule.points * total // 10_000 - given
        given += points
        has_scope = not rule.once_per.startswith("account") or _account(change)
        is_paid = points or not rule.points
        if is_paid and user is not None and user.startswith("005") and has_scope and _may_earn(program, user):
            yield user, points, name


def _account(change: Change) -> str | None:
    return change.id if change.object == "Account" else _whole(change.new.get("AccountId"))


def _account_now(
    rule: Rule,
    order: tuple[int, int, bytes],
    history: Sequence[tuple[Any, Change]],
    ends: Sequence[tuple[Any, Change]],
) -> str | None:
    """Name the account of an award: what its record told last, through all merges, while the award may be undone."""
    within = rule.reversible_days
    told = [_account(history[0][1])]
    for later, change in history[1:] if rule.on_undo != "keep" else ():
        is_told = change.old is None or "AccountId" in change.old
        if is_told and (within is None or later[0] <= order[0] + within * DAY):
            told.append(_account(change))
    account = next((one for one in reversed(told) if one), None)
    passed: set[str | None] = set()
    while rule.on_undo != "keep" and account not in passed:
        passed.add(account)
        own = [
            one for later, one in ends if one.id == account and (within is None or later[0] <= order[0] + within * DAY)
        ]
        if own and own[-1].kind == "merge":
            account = own[-1].into
    return account


def _user(mode: str, change: Change) -> str | None:
    field = {"Record Owner": "OwnerId", "Created By": "CreatedById", "Last Modified By": "LastModifiedById"}
    value = change.new.get(field.get(mode, mode))
    if mode == "Last Modified By" and change.by:
        value = change.by
    if mode == "Created By" and not _whole(value) and change.kind == "create":
        value = change.by
    return _whole(value)


def _whole(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) not in (15, 18):
        return None
    return Change(object="X", id=value, kind="create", at=from_micros(0)).id


def _may_earn(program: Program, user: str) -> bool:
    person = KNOWN.get(user)
    asked = program.participants
    emails = {person.email.lower()} if person and person.email else set()
    if {user, *emails} & {_whole(one) or one.lower() for one in asked.exclude}:
        return False
    if person is not None and not person.active:
        return False
    if not (asked.role or asked.manager or asked.users):
        return True
    named = {_whole(one) or one.lower() for one in asked.users}
    led_by = {_whole(one) or one.lower() for one in asked.manager}
    if user in named or emails & named:
        return True
    return person is not None and (person.role in asked.role or person.manager in led_by)


def _fact(claim: _Claim, user: str) -> tuple[Any, ...]:
    """Name what pays once: the scope of the rule, and the period of a recurring challenge."""
    program, rule, change, at = claim.program, claim.rule, claim.change, claim.order[0]
    account = claim.account
    scope = {
        "record": (change.id,),
        "record and user": (change.id, user),
        "account": (account,),
        "account and week": (account, _label(program, "week", user, at)),
        "day": (user, _label(program, "day", user, at)),
        "change": (change.id, claim.order[2]),
    }[rule.once_per]
    cadences = {one.cadence for one in _open(program, rule, user, at) if one.cadence is not None}
    return (rule.id, *scope, *(_label(program, one.removesuffix("ly"), user, at) for one in sorted(cadences)))


def sums(
    program: Program, changes: Sequence[Change], joined: Mapping[str, str] | None = None
) -> dict[tuple[str, str, str, bytes, str], int]:
    """Give what each award adds to sums, in millionths, by rule, record, user, change and challenge.

    Where the award may be undone, that is what its record told last, while it may be; else what it told when it earned.
    What a part of an award adds is not told here.
    """
    for user, person in (joined or {}).items():
        changes = [as_one(one, user, person) for one in changes]
    once = {change_identity(one, change_body(one)): one for one in changes}
    ordered = sorted((to_micros(one.at), one.seq, digest) for digest, one in once.items())
    found = {}
    for award in expected(program, changes):
        rule = next(one for one in program.rules if one.id == award.rule)
        if rule.share or rule.former_owner is not None:
            continue
        earned = once[award.digest]
        told = dict(earned.new)
        within = rule.reversible_days
        for at, seq, digest in ordered if rule.on_undo != "keep" else ():
            later = once[digest]
            is_after = (at, seq, digest) > (award.at, earned.seq, award.digest) and later.id == award.record
            if is_after and (within is None or at <= award.at + within * DAY):
                told |= later.new
        for name in award.challenges:
            goal = program.challenge(name).goal
            if goal.sum is None or goal.counted_object not in (None, rule.object):
                continue
            amount, code = told.get(goal.sum), told.get("CurrencyIsoCode")
            rate = 1 if goal.currency in (None, code) else goal.rates.get(code, 0)
            counts = award.points or goal.past_limits
            key = (award.rule, award.record, award.user, award.digest, name)
            found[key] = int((amount or 0) * rate * 1_000_000) if counts else 0
    return found


def _label(program: Program, per: str, user: str, at: int) -> Any:
    """Name the local day, week or month of a moment for somebody, by the calendar alone."""
    day = _day(program, user, at)
    if per == "week":
        first = {"monday": 0, "sunday": 6, "saturday": 5}[program.week_start]
        return day - timedelta(days=(day.weekday() - first) % 7)
    return {"day": day, "month": (day.year, day.month), "program": None}[per]


def _limited(  # noqa: C901, PLR0912 - plain and in one piece, so that it can be read beside the documentation
    pays: Sequence[tuple[_Claim, str, int, str]],
) -> Iterator[Award]:
    """Go through all that pays in event time, and keep for each person what the limits allow.

    What they leave nothing of is an award of no points, where a goal or a badge counts it all the same.
    """
    spent: dict[Any, int] = defaultdict(int)
    capped: dict[Any, set[Any]] = defaultdict(set)
    counted: dict[Any, set[bytes]] = defaultdict(set)
    last: dict[Any, tuple[int, bytes]] = {}
    for claim, user, points, _name in sorted(pays, key=lambda one: (one[0].order, one[0].rule.id, one[3])):
        program, rule, at = claim.program, claim.rule, claim.order[0]
        group = _group(program, rule)
        account = claim.account
        challenges = _open(program, rule, user, at)
        names = tuple(one.id for one in challenges)
        room = points
        purses = []
        award = (rule.id, claim.order[2])
        for name, cap in (("rule " + rule.id, rule.cap), *((one.id, one.cap) for one in challenges)):
            if cap:
                purses.append((user, group, name, cap.per, _label(program, cap.per, user, at)))
                if cap.points is not None:
                    room = min(room, cap.points - spent[purses[-1]])
                elif len(capped[purses[-1]] | {award}) > cap.awards:
                    room = 0
        if rule.per_account:
            shelf = (user, group, rule.id, account, _label(program, rule.per_account.per, user, at))
            if len(counted[shelf] | {claim.order[2]}) > rule.per_account.awards:
                room = 0
        if rule.cooldown:
            pause = (user, group, rule.id, account if rule.cooldown.per == "account" else None)
            before, change = last.get(pause, (0, claim.order[2]))
            if change != claim.order[2] and at < before + rule.cooldown.hours * 3_600_000_000:
                room = 0
        if room <= 0:
            if not points or _counts_all_the_same(program, rule, challenges):
                yield Award(rule.id, claim.change.id, user, 0, at, claim.order[2], names)
            continue
        for purse in purses:
            spent[purse] += room
            capped[purse].add(award)
        if rule.per_account:
            counted[shelf].add(claim.order[2])
        if rule.cooldown:
            last[pause] = (at, claim.order[2])
        yield Award(rule.id, claim.change.id, user, room, at, claim.order[2], names)


def _group(program: Program, rule: Rule) -> Any:
    """Name what limits count over: versions that limit alike count on, others begin anew."""
    caps = {one.id: one.cap for one in program.challenges if one.cap}
    members, together = [rule], caps.keys() & rule.challenges
    # Capped challenges that share a rule are counted over together, as far as that leads.
    for _step in program.challenges:
        if together:
            members = [one for one in program.rules if together & {*one.challenges}]
        together |= {name for one in members for name in one.challenges if name in caps}
    limits = sorted(str((one.id, one.cap, one.per_account, one.cooldown)) for one in members)
    if len(together) < 2:
        return (*(together or (rule.id,)), *(str(caps[one]) for one in together), *limits)
    links = sorted(str((one.id, sorted(together & {*one.challenges}))) for one in members)
    return (*sorted(f"{one} {caps[one]}" for one in together), *links, *limits)


def _counts_all_the_same(program: Program, rule: Rule, challenges: Sequence[Challenge]) -> bool:
    """Tell whether the goal of a challenge it counts for, or a badge, counts an award that has no points."""
    counting: list[Any] = [one.earned_by for one in program.badges if one.earned_by and one.status == "active"]
    counting += [one.goal for one in challenges]
    for one in counting:
        wanted = getattr(one, "object", None) or (one.count if one.count != "rules" else None)
        asked = bool(one.streak or getattr(one, "told_apart", None)) if one.past_limits is None else one.past_limits
        if asked and wanted in (None, rule.object):
            return True
    return False


def completions(program: Program, awards: Sequence[Award]) -> dict[tuple[str, str, str], int]:
    """Give, by challenge, period and user, when each goal that counts awards or points, or is a rate, was reached.

    Each award is held to the target of its time. A rate is reached from where it last began to hold, and looks at each
    moment as a whole. Targets that are scaled for somebody, and counts of parts of awards, are not told here.
    """
    objects = {rule.id: rule for rule in program.rules}
    found: dict[tuple[str, str, str], int] = {}
    for challenge in program.challenges:
        goal = challenge.goal
        if not counts_plainly(program, challenge):
            continue
        rows: dict[tuple[str, str], list[Award]] = defaultdict(list)
        for award in sorted(awards, key=lambda one: one.at):
            per = None if challenge.cadence is None else challenge.cadence.removesuffix("ly")
            if challenge.id in award.challenges and goal.count in (None, "rules", objects[award.rule].object):
                shown = "" if per is None else _name(per, _label(program, per, award.user, award.at))
                # What no points are left of counts where the goal says so; what is worth none, for rates alone.
                if award.points or goal.rate or (goal.past_limits and objects[award.rule].points):
                    rows[shown, award.user].append(award)
        for (period, user), own in rows.items():
            reached = _reached(program, goal, own)
            if reached is not None:
                found[challenge.id, period, user] = reached
    return found


def _reached(program: Program, goal: Goal, own: Sequence[Award]) -> int | None:
    """Give when the awards of one person and period reached a goal, looking at each moment as a whole."""
    reached = None
    for at in sorted({one.at for one in own}):
        day = from_micros(at).astimezone(program.zone).date()
        target = next((one.target for one in goal.earlier if day <= one.ends), goal.target)
        so_far = [one for one in own if one.at <= at]
        if goal.rate:
            good = sum(one.rule in goal.rate for one in so_far)
            holds = len(so_far) >= goal.at_least and 100 * good >= target * len(so_far)
            reached = (reached or at) if holds else None
        elif reached is None:
            value = sum(one.points if goal.points else 1 for one in so_far)
            reached = at if value >= target else None
    return reached


def counts_plainly(program: Program, challenge: Challenge) -> bool:
    """Tell whether `completions` tells of a challenge."""
    goal = challenge.goal
    linked = (one for one in program.rules if challenge.id in one.challenges)
    has_parts = any(one.share or one.former_owner is not None for one in linked)
    return not challenge.fair and bool(goal.points or goal.rate or (goal.count and not has_parts))


def _name(per: str, label: Any) -> str:
    return f"{per}:{label:%Y-%m-%d}" if per == "week" else f"{per}:{label[0]}-{label[1]:02}"


def board_points(
    program: Program, entries: Iterable[Entry], challenge: str | None, first: date, last: date
) -> dict[str, int]:
    """Add up what people have on a board of some days, entry by entry with reversals and all.

    What lies outside the program by its clock counts on its first or last day. Nobody is shown below zero unless the
    program allows it, and whoever has no award that stands is not shown.
    """
    sums: dict[str, int] = defaultdict(int)
    standing: dict[str, int] = defaultdict(int)
    for entry in entries:
        day = from_micros(entry.occurred).astimezone(program.zone).date()
        day = max(program.starts or day, min(day, program.last_day or day))
        if first <= day <= last and entry.points and (challenge is None or challenge in entry.challenges):
            sums[entry.user] += entry.points
            standing[entry.user] += 1 if entry.reverses is None else -1
    least = -1_000_000 if program.allow_negative_balance else 0
    return {user: max(points, least) for user, points in sums.items() if standing[user]}


def ranked_apart(points: Mapping[str, int], gone: Collection[str]) -> list[tuple[int, str, int]]:
    """Rank people densely by points alone; who has left has no rank, and takes nobody's."""
    here = {user: one for user, one in points.items() if user not in gone}
    return sorted((1 + len({one for one in here.values() if one > own}), user, own) for user, own in here.items())


def earned_moments(program: Program, awards: Sequence[Award]) -> dict[tuple[str, str, str], list[int]]:
    """Give, by badge, tier and user, when each badge that counts awards or points is earned, first and anew.

    Each moment is looked at as a whole. Nothing from before the last time that it was earned counts on, and nothing
    from before it expired.
    """
    objects = {rule.id: rule.object for rule in program.rules}
    found: dict[tuple[str, str, str], list[int]] = {}
    for badge in program.badges:
        earned_by = badge.earned_by
        if earned_by is None or earned_by.streak or badge.expires_after_days is None:
            continue
        for tier, target in [(one.id, one.at) for one in badge.tiers] or [("", earned_by.target or 1)]:
            for user in {one.user for one in awards}:
                own = [one for one in awards if one.user == user and one.points]
                own = [one for one in own if earned_by.count in (None, "rules", objects[one.rule])]
                moments: list[int] = []
                for at in sorted({one.at for one in own}):
                    after = moments[-1] if moments else -1
                    ends = after + badge.expires_after_days * DAY
                    if moments and at >= ends:
                        counting = [one for one in own if ends <= one.at <= at]
                    else:
                        counting = [one for one in own if after < one.at <= at]
                    if sum(one.points if earned_by.points else 1 for one in counting) >= target:
                        moments.append(at)
                if moments:
                    found[badge.id, tier, user] = moments
    return found
