"""When a rule may pay: the gate that its program and its challenge put around it."""

from collections.abc import Sequence
from typing import NamedTuple

from novigem.model.pause import Pause
from novigem.model.people import Block
from novigem.model.periods import Cadence, Period
from novigem.model.program import Challenge, Program, Rule


class Door(NamedTuple):
    """When one of the challenges of a rule is open, and how often it starts again."""

    challenge: Challenge
    open: Period
    cadence: Cadence | None


class Gate(NamedTuple):
    """The answer, worked out once per rule, to `may this rule pay at that moment, and for which challenges?`.

    `shut` is a reason that holds at every moment. Outside `program` and in `pauses` the rule does not pay. One with
    challenges does not pay either while none of them is open. `doors` are those that are not closed for good, in the
    order of the rule.
    """

    program: Period
    doors: tuple[Door, ...]
    is_linked: bool
    shut: Block | None
    pauses: tuple[Pause, ...] = ()

    def block(self, at: int, counted: int | None = None) -> Block | None:
        """Give the reason why the rule does not pay at a moment (microseconds since 1970 UTC), or None.

        `counted` is when that counts for a person who has another clock than the program; a pause asks for the moment.
        """
        if self.shut is not None:
            return self.shut
        day = at if counted is None else counted
        if not self.program.start <= day < self.program.end:
            return Block.OUTSIDE_PROGRAM
        if self.is_linked and not self.open_at(day):
            return Block.CLOSED
        if self.pauses and any(one.start <= at < one.end for one in self.pauses):
            return Block.PAUSED
        return None

    def open_at(self, at: int) -> Sequence[Door]:
        """Give the challenges that are open at a moment."""
        if len(self.doors) == 1:
            # As nearly every rule has it: asked twice for each award.
            _challenge, (_label, start, end), _cadence = self.doors[0]
            return self.doors if start <= at < end else ()
        return [one for one in self.doors if one.open.start <= at < one.open.end]


def gate(program: Program, rule: Rule) -> Gate:
    """Work out the gate of a rule: its own status, its program's dates and status, its challenges' dates and status."""
    challenges = [program.challenge(name) for name in rule.challenges]
    active = [one for one in challenges if one.status == "active"]
    return Gate(
        program=program.window,
        doors=tuple(Door(one, program.challenge_window(one), cadence_of(one)) for one in active),
        is_linked=bool(challenges),
        shut=_shut(program, rule, all_closed=bool(challenges) and not active),
        pauses=program.pauses,
    )


def cadence_of(challenge: Challenge | None) -> Cadence | None:
    """Give how often a recurring challenge starts again; None for every other one."""
    if challenge is None or challenge.type != "recurring" or challenge.cadence is None:
        return None
    return Cadence(challenge.cadence)


def _shut(program: Program, rule: Rule, *, all_closed: bool) -> Block | None:
    if program.status not in ("active", "shadow"):
        return Block.PROGRAM_OFF
    if rule.status != "active":
        return Block.RULE_OFF
    return Block.CLOSED if all_closed else None
