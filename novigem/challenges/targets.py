"""Targets: what one person has to reach, scaled by working time where a challenge is fair. Exact: no floats."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from novigem.model.entry import GOAL_UNIT
from novigem.model.program import Challenge, Goal, Program
from novigem.model.working_time import PersonTerms, WorkingDays


def millionths(target: float) -> int:
    """Give a target of the program file in millionths."""
    return int(Decimal(str(target)) * GOAL_UNIT)


def challenge_days(program: Program, challenge: Challenge, period: str) -> tuple[date, date] | None:
    """Give the first and last day on which a challenge is open in one of its periods ("" for all of it).

    None where it has no end or no beginning, or is never open in that period.
    """
    firsts = [day for day in (program.starts, challenge.starts) if day is not None]
    lasts = [day for day in (program.last_day, challenge.ends) if day is not None]
    if period:
        first, last = program.calendar.days_of(period)
        firsts.append(first)
        lasts.append(last)
    if not firsts or not lasts or max(firsts) > min(lasts):
        return None
    return max(firsts), min(lasts)


def share_inside(program: Program, challenge: Challenge, days: WorkingDays, period: str) -> Fraction:
    """Give how much of the working days of a period lie inside the dates of a challenge; 1 where nothing is cut.

    A period without a working day has the share of its days.
    """
    inside = challenge_days(program, challenge, period) if period else None
    if inside is None:
        return Fraction(1)
    whole = program.calendar.days_of(period)
    if inside == whole:
        return Fraction(1)
    everything = days.working_days(*whole)
    if everything:
        return days.working_days(*inside) / everything
    return Fraction((inside[1] - inside[0]).days + 1, (whole[1] - whole[0]).days + 1)


def share_of_time(days: WorkingDays, terms: PersonTerms | None, span: tuple[date, date] | None) -> Fraction:
    """Give the working time of a person in a stretch of days, as a share of full time under the program's calendar."""
    if terms is None:
        return Fraction(1)
    share = Fraction(terms.part_time, 100)
    everybody = Fraction(0) if span is None else days.working_days(*span)
    if span is None or everybody == 0:
        return share
    return share * days.working_days(*span, terms) / everybody


def own_target(
    challenge: Challenge,
    terms: PersonTerms | None,
    share: Fraction,
    inside: Fraction = Fraction(1),
    *,
    target_then: float | None = None,
) -> int:
    """Give one person's target in millionths: their own where they have one, scaled by their share of working time.

    `inside` is how much of the period lies inside the challenge's dates; `target_then` is the target of the challenge
    at an earlier time. Rounded half up to the grain of the goal, and at least one grain; 0 for somebody who is away the
    whole time.
    """
    given = None if terms is None else terms.targets.get(challenge.id)
    everybody = challenge.goal.target if target_then is None else target_then
    target = millionths(everybody if given is None else given)
    if challenge.fair and share == 0:
        return 0
    share = (share if challenge.fair else Fraction(1)) * inside
    if share == 1 or challenge.goal.told_apart is not None:
        # Less time makes the awards fewer, and not the part of them that is good, nor what is allowed.
        return target
    unit = grain(challenge.goal)
    return max(1, floor(target * share / unit + Fraction(1, 2))) * unit


def own_least(challenge: Challenge, terms: PersonTerms | None, share: Fraction, inside: Fraction = Fraction(1)) -> int:
    """Give how many awards of one person a goal takes, scaled as targets are (see `own_target`); at least one.

    `fewest` takes more than it allows, so that nobody has it with nothing good at all; `terms` say what it allows.
    """
    share = (share if challenge.fair else Fraction(1)) * inside
    allowed = 0 if challenge.goal.fewest is None else own_target(challenge, terms, Fraction(1)) // GOAL_UNIT
    return max(allowed + 1, floor(challenge.goal.at_least * share + Fraction(1, 2)))


def grain(goal: Goal) -> int:
    """Give the smallest step of a target in millionths: 1, or for a sum the last decimal that the file writes."""
    if goal.measure != "sum":
        return GOAL_UNIT
    exponent = Decimal(str(goal.target)).normalize().as_tuple().exponent
    unit = GOAL_UNIT
    for _decimal in range(-exponent if isinstance(exponent, int) else 0):
        unit //= 10
    return max(1, unit)
