"""Completion: the bonus and the badge that reaching a target gives, once per user and period."""

from novigem.model.entry import BadgeAward, Entry, EntryKind, Progress
from novigem.model.program import Program


def bonus_key(progress: Progress) -> str:
    """Give the dedupe key of the completion bonus of one user, challenge and period."""
    return f"{progress.program}/bonus/{progress.challenge}/{progress.period or '-'}/{progress.user}"


def bonus_entry(program: Program, progress: Progress) -> Entry | None:
    """Draft the bonus of a completed progress; None when it is not complete or gives no bonus, as a badge never does.

    The bonus is dated to the moment that reached the target and names no record, so it does not depend on the order
    in which changes of that moment arrive.
    """
    if progress.completed is None or progress.subject.kind == "badge":
        return None
    challenge = program.challenge(progress.challenge)
    if challenge.completion.bonus is None:
        return None
    return Entry(
        key=bonus_key(progress),
        kind=EntryKind.BONUS,
        user=progress.user,
        points=challenge.completion.bonus,
        program=program.program,
        version=program.version,
        challenge=challenge.id,
        period=progress.period or None,
        occurred=progress.completed,
        reason=f"completed {challenge.name}",
    )


def badge_award(program: Program, progress: Progress) -> BadgeAward | None:
    """Draft the badge of a completed progress; None when it is not complete or gives no active badge."""
    about = progress.subject
    badge_id = about.id if about.kind == "badge" else program.challenge(about.id).completion.badge
    if progress.completed is None or badge_id is None:
        return None
    badge = program.badge(badge_id)
    if badge.status != "active":
        return None
    return BadgeAward(
        program=program.program,
        badge=badge.id,
        user=progress.user,
        challenge=progress.challenge,
        period=progress.period,
        awarded=progress.completed,
    )
