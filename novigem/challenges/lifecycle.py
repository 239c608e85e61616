"""When a rule may pay: the gate that its program and its challenge put around it."""

from typing import NamedTuple

from novigem.model.pause import Pause
from novigem.model.people import Block
from novigem.model.periods import Cadence, Period
from novigem.model.program import Challenge, Program, Rule


class Gate(NamedTuple):
    """The answer, worked out once per rule, to `may this rule pay at that moment, and in which period?`.

    `shut` is a reason that holds at every moment. Outside `program` or `open`, and in `pauses`, the rule does not pay.
    """

    program: Period
    open: Period
    cadence: Cadence | None
    shut: Block | None
    pauses: tuple[Pause, ...] = ()

    def block(self, at: int) -> Block | None:
        """Give the reason why the rule does not pay at a moment (microseconds since 1970 UTC), or None."""
        if self.shut is not None:
            return self.shut
        if not self.program.start <= at < self.program.end:
            return Block.OUTSIDE_PROGRAM
        if not self.open.start <= at < self.open.end:
            return Block.CLOSED
        if self.pauses and any(one.start <= at < one.end for one in self.pauses):
            return Block.PAUSED
        return None


def gate(program: Program, rule: Rule) -> Gate:
    """Work out the gate of a rule: its own status, its program's dates and status, its challenge's dates and status."""
    challenge = None if rule.challenge is None else program.challenge(rule.challenge)
    return Gate(
        program=program.window,
        open=program.window if challenge is None else program.challenge_window(challenge),
        cadence=cadence_of(challenge),
        shut=_shut(program, rule, challenge),
        pauses=program.pauses,
    )


def cadence_of(challenge: Challenge | None) -> Cadence | None:
    """Give how often a recurring challenge starts again; None for every other one."""
    if challenge is None or challenge.type != "recurring" or challenge.cadence is None:
        return None
    return Cadence(challenge.cadence)


def _shut(program: Program, rule: Rule, challenge: Challenge | None) -> Block | None:
    if program.status not in ("active", "shadow"):
        return Block.PROGRAM_OFF
    if rule.status != "active":
        return Block.RULE_OFF
    if challenge is not None and challenge.status != "active":
        return Block.CLOSED
    return None
