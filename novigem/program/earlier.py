"""Targets that a goal had before: what makes a goal of a running program change from a day on.

What was counted stays, in the ledger; which target decided when stands in the goal itself (`earlier`). A file need not
say it: `novigem apply` writes it into the text that it keeps of a version, and there it is read back.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from novigem.model.program import Challenge, EarlierTarget, Goal, Program
from novigem.program.redaction import with_version


def as_before(program: Program, kept: Program) -> Program:
    """Give a program with the earlier targets that the kept text of the same version names."""
    found = {one.id: one.goal.earlier for one in kept.challenges if one.goal.earlier}
    return _with_earlier(program, {one.id: found[one.id] for one in program.challenges if one.id in found})


def carried_on(file: Program, written: Program, bound: Program, before: Program, day: date) -> Program:
    """Give a program, as it is written, that takes the place of another from a day on, with the targets it had before.

    What the `file` says of them itself stays. `bound` is the program with its names bound, as `before` has them: a
    challenge may have got another id.
    """
    old = {one.id: one.goal for one in before.challenges}
    found = {}
    for said, one, by_id in zip(file.challenges, written.challenges, bound.challenges, strict=True):
        if by_id.id in old and not said.goal.earlier:
            found[one.id] = _until(old[by_id.id], one.goal, day - timedelta(days=1))
    return _with_earlier(written, found)


def without_earlier(program: Program) -> Program:
    """Give a program as people write it: without the targets that its goals had before."""
    return _with_earlier(program, {one.id: () for one in program.challenges if one.goal.earlier})


def _until(before: Goal, now: Goal, last: date) -> tuple[EarlierTarget, ...]:
    """Give the earlier targets of a goal that follows another on the day after `last`."""
    kept = tuple(one for one in before.earlier if one.ends < last)
    return kept if before.target == now.target else (*kept, EarlierTarget(target=before.target, ends=last))


def _with_earlier(program: Program, earlier: Mapping[str, tuple[EarlierTarget, ...]]) -> Program:
    if not earlier:
        return program
    challenges = tuple(_of(one, earlier[one.id]) if one.id in earlier else one for one in program.challenges)
    given = {name: getattr(program, name) for name in program.model_fields_set}
    return with_version(Program.model_validate(given | {"challenges": challenges}), program.version)


def _of(challenge: Challenge, earlier: tuple[EarlierTarget, ...]) -> Challenge:
    return challenge.model_copy(update={"goal": challenge.goal.model_copy(update={"earlier": earlier})})
