"""What a program leaves to a default that was not always the same: written out when a version is accepted.

A version keeps the meaning that it was accepted with, whatever a later release makes of what it leaves out. So the text
that is kept of it says so, and what the text leaves out means what it meant before there was a word for it.
"""

from novigem.model.program import Badge, Challenge, Program
from novigem.program.redaction import with_version


def written_out(program: Program) -> Program:
    """Give a program as it is accepted today: a streak that meets limits says that it counts past them."""
    return _said(program, past_limits=True)


def as_accepted(program: Program) -> Program:
    """Give a program that was kept: a streak of which it says nothing was accepted when streaks stopped at limits."""
    return _said(program, past_limits=False)


def has_open_meaning(program: Program) -> bool:
    """Tell whether something of a program is left to a default that was not always the same."""
    return written_out(program) is not program


def _said(program: Program, *, past_limits: bool) -> Program:
    capped = {one.id for one in program.challenges if one.cap is not None}
    limited = [rule for rule in program.rules if rule.has_limits or not capped.isdisjoint(rule.challenges)]
    if not limited:
        return program
    linked = {name for rule in limited for name in rule.challenges}
    challenges = tuple(_challenge(one, past_limits) if one.id in linked else one for one in program.challenges)
    badges = tuple(_badge(one, past_limits) for one in program.badges)
    if challenges == program.challenges and badges == program.badges:
        return program
    given = {name: getattr(program, name) for name in program.model_fields_set}
    made = Program.model_validate(given | {"challenges": challenges, "badges": badges})
    return with_version(made, program.version)


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
