"""What limits leave of an award, and of a target: caps that are well formed, and goals that stay within reach.

Each figure is the most that one person could have; where nothing bounds it, nothing is said.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from novigem.model.periods import MONTHS
from novigem.model.program import Badge, Cap, Challenge, Goal, LimitPeriod, Program, Rule
from novigem.program.checks.goals import at_most, measures
from novigem.program.document import Path
from novigem.program.draft import Draft, Part
from novigem.program.words import counted

_WEEK = {"monday": 0, "saturday": 5, "sunday": 6}
# Lookups to an account are what records of these do not have: a limit per account counts them all together.
_WITHOUT_ACCOUNT = frozenset({"Lead"})
# The most stretches of each kind that one period of a cadence, or of a streak, can touch.
_IN_ONE: dict[str, dict[LimitPeriod, int]] = {
    "working day": {"day": 1, "week": 1, "month": 1, "quarter": 1, "program": 1},
    "week": {"day": 7, "week": 1, "month": 2, "quarter": 2, "program": 1},
    "month": {"day": 31, "week": 6, "month": 1, "quarter": 1, "program": 1},
    "quarter": {"day": 92, "week": 15, "month": 3, "quarter": 1, "program": 1},
}
_CADENCES = {"weekly": "week", "monthly": "month", "quarterly": "quarter"}
_WORKING_WEEK = 7


class _Span(NamedTuple):
    """How many stretches of each kind lie in some time, all or in part; without days where it never ends."""

    stretches: dict[LimitPeriod, int]

    @property
    def days(self) -> int | None:
        return self.stretches.get("day")


_Bound = int | None


def caps_have_one_measure(draft: Draft) -> None:
    """Refuse a cap that does not count in exactly one way."""
    parts: list[Part[Rule] | Part[Challenge]] = [*draft.rules, *draft.challenges]
    for part in parts:
        cap = part.value.cap
        if cap is None or not part.knows("cap") or (cap.points is None) != (cap.awards is None):
            continue
        if cap.points is None:
            message, hint = "a cap counts points or awards; found neither", "add `points: 50` or `awards: 3` to it"
        else:
            message, hint = "a cap counts points or awards; found both", "keep one of them"
        draft.note(part.at("cap"), "NV216", message, hint)


def points_stop_at_limits(draft: Draft) -> None:
    """Refuse to count points past a limit: a limit takes points, so there are none to count."""
    hint = "remove it, or count awards: `count: rules`"
    message = "`past_limits: true` finds no points: a limit leaves none"
    for challenge in draft.challenges:
        if challenge.knows("goal") and challenge.value.goal.points and challenge.value.goal.past_limits:
            draft.note(challenge.at("goal", "past_limits"), "NV325", message, hint)
    for badge in draft.badges:
        earned_by = badge.value.earned_by
        if earned_by is not None and badge.knows("earned_by") and earned_by.points and earned_by.past_limits:
            draft.note(badge.at("earned_by", "past_limits"), "NV325", message, hint)


def caps_leave_an_award(draft: Draft) -> None:
    """Advise against a cap below the points of a single award, and against one that pays the last in part."""
    for part in draft.rules:
        if part.knows("cap", "points") and part.value.status == "active":
            _advise_cap(draft, part, _points(part.value.cap), [part])
    for challenge in draft.challenges:
        rules = draft.links.get(challenge.value.id, ()) if challenge.knows("id", "cap") else ()
        if all(part.knows("points") for part in rules):
            _advise_cap(draft, challenge, _points(challenge.value.cap), rules)


def _points(cap: Cap | None) -> int | None:
    return None if cap is None or cap.awards is not None else cap.points


def _advise_cap(draft: Draft, part: Part[Rule] | Part[Challenge], cap: int | None, rules: Sequence[Part[Rule]]) -> None:
    points = {rule.value.points for rule in rules} - {0}
    if cap is None or not points:
        return
    if cap < max(points):
        message = f"the cap of {counted(cap, 'point')} is less than one award"
        draft.note(part.at("cap", "points"), "NV910", message, "raise the cap, or lower the points")
    elif len(points) == 1 and cap % max(points) and not any(_is_split(rule.value) for rule in rules):
        whole, left = divmod(cap, max(points))
        (worth,) = points
        message = f"a cap of {cap:,} points pays {counted(whole, 'award')} of {worth:,}, and {left:,} of the next"
        more, per = whole + 1, part.value.cap.per if part.value.cap else "program"
        hint = (
            f"to pay {more} whole awards, write `points: {more * worth}`, or count them: "
            f"`cap: {{awards: {more}, per: {per}}}`; to pay {whole}, `points: {whole * worth}`"
        )
        draft.note(part.at("cap", "points"), "NV914", message, hint)


def limits_leave_targets_in_reach(draft: Draft) -> None:
    """Advise against a target that limits keep out of reach: of a challenge, of one person, of a badge."""
    if not draft.links_known:
        return
    for part in draft.challenges:
        if part.knows("id", "goal", "type", "cadence", "cap") and len(measures(part.value.goal)) == 1:
            _look_at_challenge(draft, part)
    for badge in draft.badges:
        if badge.knows("earned_by", "tiers") and badge.value.status == "active":
            _look_at_badge(draft, badge)


def _look_at_challenge(draft: Draft, part: Part[Challenge]) -> None:
    goal = part.value.goal
    span = _span(draft, part.value)
    most = _most_of(draft, goal, span, [(part.value.cap, draft.links.get(part.value.id, ()))])
    # What no limit keeps from the target is told by another check.
    proved = at_most(draft, part)
    if most is None or (proved is not None and proved <= most):
        return
    if goal.target > most:
        _advise(draft, part.at("goal", "target"), goal, goal.target, most, span)
    for person in draft.people:
        target = person.value.targets.get(part.value.id) if person.knows("targets") else None
        if target is not None and target > most and target != goal.target:
            _advise(draft, person.at("targets", part.value.id), goal, target, most, span)


def _look_at_badge(draft: Draft, part: Part[Badge]) -> None:
    earned_by = part.value.earned_by
    if earned_by is None:
        return
    steps = [(part.at("tiers", n, "at"), tier.at) for n, tier in enumerate(part.value.tiers)]
    steps = steps or [(part.at("earned_by", "target"), earned_by.target or 1)]
    terms = earned_by.model_dump(exclude={"target"}) | {"target": 1}
    goal = Goal.model_validate(terms)
    if len(measures(goal)) != 1:
        return
    free = [rule for rule in draft.active_rules() if rule.value.challenge is None]
    groups: list[tuple[Cap | None, Sequence[Part[Rule]]]] = [(None, free)]
    seen: set[str] = set()
    for one in draft.challenges:
        # A rule of several challenges stands with the first of them: its awards count once.
        rules = [rule for rule in draft.links.get(one.value.id, ()) if rule.value.id not in seen]
        seen |= {rule.value.id for rule in rules}
        groups.append((one.value.cap, rules))
    span = _span(draft, None)
    most = _most_of(draft, goal, span, groups)
    for path, target in steps:
        if most is not None and target > most:
            _advise(draft, path, goal, target, most, span)
            return


def _advise(draft: Draft, path: Path, goal: Goal, target: float, most: int, span: _Span) -> None:  # noqa: PLR0917
    unit = {"points": "point", "distinct": "award", "streak": goal.streak or ""}.get(goal.measure, "award")
    time = "" if span.days is None else f" in {counted(span.days, 'day')}"
    message = f"the target is {target:,}, but limits leave one person {counted(most, unit)} at most{time}"
    hint = f"raise the limits, or lower the target to {most:,} or less"
    if goal.points is None:
        hint += "; `past_limits: true` in the goal counts what they leave nothing of"
    draft.note(path, "NV913", message, hint)


def _most_of(
    draft: Draft, goal: Goal, span: _Span, groups: Sequence[tuple[Cap | None, Sequence[Part[Rule]]]]
) -> _Bound:
    """Give the most of a goal that one person can reach; rules come in groups with the cap that they share."""
    if goal.counts_past_limits or goal.sum is not None or goal.told_apart is not None:
        return None
    known = [
        (cap, [rule.value for rule in rules if goal.counted_object in (None, rule.value.object)])
        for cap, rules in groups
        if all(rule.knows("cap", "points", "per_account", "cooldown", "once_per", "object") for rule in rules)
    ]
    if len(known) != len(groups) or not any(rules for _cap, rules in known):
        return None
    worth: Callable[[Rule], int] = (lambda rule: rule.points) if goal.points else (lambda _rule: 1)

    def within(some: _Span) -> _Bound:
        return _sum(_of_group(cap, rules, some, worth) for cap, rules in known if rules)

    return within(span) if goal.streak is None else _longest_run(draft, goal, span, within)


def _longest_run(draft: Draft, goal: Goal, span: _Span, within: Callable[[_Span], _Bound]) -> _Bound:
    """Give the most periods in a row that awards can fill."""
    each, every = within(_Span(_IN_ONE[goal.streak or ""])), within(span)
    if each is not None and each < goal.at_least:
        return 0
    longest = None if every is None else every // goal.at_least
    time = draft.head.value.working_time
    week = within(_Span(_IN_ONE["week"])) if goal.streak == "working day" else None
    # Where each week has the same working days, and not all of them can be filled, a run ends in the week it began in,
    # or in the next.
    varies = time.holidays is not None or time.days_off or time.work_days
    is_even = not varies and draft.head.knows("working_time", "people") and not draft.people
    if week is not None and is_even and week // goal.at_least < _WORKING_WEEK - len(time.weekend):
        longest = _least(longest, 2 * (week // goal.at_least))
    return longest


def _of_group(cap: Cap | None, rules: Sequence[Rule], span: _Span, worth: Callable[[Rule], int]) -> _Bound:
    together = None if cap is None else _of_cap(cap, rules, span, worth)
    return _least(together, _sum(_of_rule(rule, span, worth) for rule in rules))


def _of_rule(rule: Rule, span: _Span, worth: Callable[[Rule], int]) -> _Bound:
    awards = None if rule.per_account is None or rule.object not in _WITHOUT_ACCOUNT else rule.per_account
    bounds = [
        None if rule.cap is None else _of_cap(rule.cap, [rule], span, worth),
        None if awards is None else _times(span, awards.per, awards.awards * worth(rule)),
        _times(span, "day", worth(rule)) if rule.once_per == "day" else None,
    ]
    if rule.cooldown is not None and rule.cooldown.per == "user" and span.days is not None:
        # A day of a clock change has an hour more.
        bounds.append(((24 * span.days + 1) // rule.cooldown.hours + 1) * worth(rule))
    return _least(*bounds)


def _of_cap(cap: Cap, rules: Sequence[Rule], span: _Span, worth: Callable[[Rule], int]) -> _Bound:
    """Give the most that a cap leaves of some rules."""
    most = max(worth(rule) for rule in rules)
    if cap.awards is not None:
        return _times(span, cap.per, cap.awards * most)
    if cap.points is None:
        return None
    if most > 1:
        return _times(span, cap.per, cap.points)
    # The last award may be paid in part, and counts; of shared awards there may be any number of small parts.
    least = 1 if any(_is_split(rule) for rule in rules) else max(1, min(rule.points for rule in rules))
    return _times(span, cap.per, -(-cap.points // least))


def _is_split(rule: Rule) -> bool:
    return bool(rule.share) or rule.former_owner is not None


def _times(span: _Span, per: LimitPeriod, figure: int) -> _Bound:
    stretches = span.stretches.get(per)
    return None if stretches is None else stretches * figure


def _sum(bounds: Iterator[_Bound]) -> _Bound:
    total = 0
    for one in bounds:
        if one is None:
            return None
        total += one
    return total


def _least(*bounds: _Bound) -> _Bound:
    return min((one for one in bounds if one is not None), default=None)


def _span(draft: Draft, challenge: Challenge | None) -> _Span:
    """Give the time that a challenge has, or one period of it; None stands for the whole program."""
    program = draft.head.value
    first = (challenge.starts if challenge else None) or program.starts
    last = (challenge.ends if challenge else None) or program.last_day
    stretches: dict[LimitPeriod, int] = {"program": 1}
    if first is not None and last is not None and first <= last and draft.dates_known:
        stretches |= _touched(first, last, program)
    period = _CADENCES.get(challenge.cadence or "") if challenge else None
    if period is not None:
        most = _IN_ONE[period]
        stretches = {kind: min(most[kind], stretches.get(kind, most[kind])) for kind in most}
    return _Span(stretches)


def periods_in(draft: Draft, challenge: Challenge | None) -> dict[str, int]:
    """Give how many stretches of each kind the time of a challenge touches, or one period of it; None: the program."""
    return {str(kind): most for kind, most in _span(draft, challenge).stretches.items()}


def _touched(first: date, last: date, program: Program) -> dict[LimitPeriod, int]:
    """Count the days, weeks, months and quarters that some days touch."""
    days = (last - first).days
    week_start = _WEEK[program.week_start]
    begins, ends = (12 * day.year + day.month - 1 - MONTHS.index(program.year_start) for day in (first, last))
    months = ends - begins
    quarters = ends // 3 - begins // 3
    return {
        "day": days + 1,
        "week": (days + (first.weekday() - week_start) % 7) // 7 + 1,
        "month": months + 1,
        "quarter": quarters + 1,
    }
