"""What a program leaves to a default that was not always the same: written out when a version is accepted.

A version keeps the meaning that it was accepted with, whatever a later release makes of what it leaves out. So the text
that is kept of it says so, and what the text leaves out means what it meant before there was a word for it.
"""

from typing import Any, Literal

from novigem.model.program import Badge, Challenge, Program
from novigem.program.redaction import with_version


def written_out(program: Program) -> Program:
    """Give a program as it is accepted today.

    A streak that meets limits says that it counts past them, a fair challenge that less is asked for in a period which
    the program's dates cut, and the program by whose clock the days of people are counted.
    """
    return _with_days(_with_cut_periods(_with_limits(program, past_limits=True), "scaled"), own_timezones=True)


def as_accepted(program: Program) -> Program:
    """Give a program that was kept, of which it says nothing: a streak stopped at limits, a cut period was whole."""
    return _with_days(_with_cut_periods(_with_limits(program, past_limits=False), "whole"), own_timezones=False)


def as_kept_text(program: Program, text: str) -> Program:
    """Give a program with the meaning under which a text of it was kept, which may be written out in part."""
    made = _with_limits(program, past_limits="past_limits: true" in text)
    made = _with_cut_periods(made, "scaled" if "cut_periods: scaled" in text else "whole")
    return _with_days(made, own_timezones="own_timezones: true" in text)


def has_open_meaning(program: Program) -> bool:
    """Tell whether something of a program is left to a default that was not always the same."""
    return written_out(program) is not program


def _with_days(program: Program, *, own_timezones: bool) -> Program:
    if program.own_timezones is not None:
        return program
    # Every program is asked about clocks: nothing else in it changes, so it need not be read anew.
    return with_version(program.model_copy(update={"own_timezones": own_timezones}), program.version)


def _with_cut_periods(program: Program, cut_periods: Literal["scaled", "whole"]) -> Program:
    def is_open(one: Challenge) -> bool:
        return one.fair and one.type == "recurring" and one.cut_periods is None

    if not any(map(is_open, program.challenges)):
        return program
    said = {"cut_periods": cut_periods}
    challenges = tuple(one.model_copy(update=said) if is_open(one) else one for one in program.challenges)
    return _made(program, challenges=challenges)


def _made(program: Program, **parts: Any) -> Program:
    given = {name: getattr(program, name) for name in Program.model_fields if name in program.model_fields_set}
    return with_version(Program.model_validate(given | parts), program.version)


def _with_limits(program: Program, *, past_limits: bool) -> Program:
    capped = {one.id for one in program.challenges if one.cap is not None}
    limited = [rule for rule in program.rules if rule.has_limits or rule.challenge in capped]
    if not limited:
        return program
    linked = {rule.challenge for rule in limited}
    challenges = tuple(_challenge(one, past_limits) if one.id in linked else one for one in program.challenges)
    badges = tuple(_badge(one, past_limits) for one in program.badges)
    if challenges == program.challenges and badges == program.badges:
        return program
    return _made(program, challenges=challenges, badges=badges)


def _challenge(challenge: Challenge, past_limits: bool) -> Challenge:  # noqa: FBT001 - handed on
    goal = challenge.goal
    if goal.streak is None or goal.past_limits is not None:
        return challenge
    return challenge.model_copy(update={"goal": goal.model_copy(update={"past_limits": past_limits})})


def _badge(badge: Badge, past_limits: bool) -> Badge:  # noqa: FBT001 - handed on
    earned_by = badge.earned_by
    if earned_by is None or earned_by.streak is None or earned_by.past_limits is not None:
        return badge
    return badge.model_copy(update={"earned_by": earned_by.model_copy(update={"past_limits": past_limits})})
