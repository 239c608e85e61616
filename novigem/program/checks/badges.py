"""Badges that awards earn, and boards by percent: one measure, steps that rise, a challenge to be measured by."""

from itertools import pairwise

from novigem.model.program import Badge, Challenge, EarnedBy, Scope
from novigem.program.checks.goals import streak_keys
from novigem.program.draft import Draft, Part

MEASURES = ("count", "points", "streak")


def badges_have_one_measure(draft: Draft) -> None:
    """Refuse an `earned_by` that does not count in exactly one way."""
    for part in draft.badges:
        earned_by = part.value.earned_by
        given = [] if earned_by is None else _measures(earned_by)
        if earned_by is None or len(given) == 1 or not part.knows("earned_by"):
            continue
        found = " and ".join(f"`{name}`" for name in given) or "none"
        message = f"a badge is earned by exactly one of count, points or streak; found {found}"
        hint = "keep one of them" if given else "add `points: rules` to add up the points of awards"
        draft.note(part.at("earned_by"), "NV214", message, hint)


def _measures(earned_by: EarnedBy) -> list[str]:
    return [name for name in MEASURES if getattr(earned_by, name) is not None]


def badges_have_a_target_or_tiers(draft: Draft) -> None:
    """Refuse a badge that is earned at no figure, or at two kinds of figures."""
    for part in draft.badges:
        if part.knows("earned_by", "tiers"):
            _check_steps(draft, part)


def _check_steps(draft: Draft, part: Part[Badge]) -> None:
    earned_by, tiers = part.value.earned_by, part.value.tiers
    if earned_by is None:
        if tiers:
            hint = "add what they count, such as `earned_by: {points: rules}`"
            draft.note_key(part.at("tiers"), "NV215", "tiers are steps of `earned_by`, which is missing", hint)
    elif tiers and earned_by.target is not None:
        message = "both `target` and `tiers` say when the badge is earned"
        draft.note(part.at("earned_by", "target"), "NV215", message, "keep one of the two")
    elif not tiers and earned_by.target is None:
        message = "nothing says when the badge is earned"
        draft.note(part.at("earned_by"), "NV215", message, "add `target: 100` to it, or `tiers` to the badge")


def tiers_rise(draft: Draft) -> None:
    """Refuse tiers that repeat an id, or do not ask for more than the one before."""
    for part in draft.badges:
        tiers = part.value.tiers if part.knows("tiers") else ()
        for number, (lower, tier) in enumerate(pairwise(tiers), start=1):
            if tier.at <= lower.at:
                message = f'the tier "{tier.id}" asks for {tier.at:,}, and "{lower.id}" before it for {lower.at:,}'
                hint = "put tiers in rising order; each asks for more than the one before"
                draft.note(part.at("tiers", number, "at"), "NV324", message, hint)
        seen: set[str] = set()
        for number, tier in enumerate(tiers):
            if tier.id in seen:
                message = f'the id "{tier.id}" is taken by another tier of this badge'
                draft.note(part.at("tiers", number, "id"), "NV303", message, "give each its own id")
            seen.add(tier.id)


def streak_keys_stand_with_streaks(draft: Draft) -> None:
    """Refuse keys that only streaks have, and targets that no streak can have."""
    for challenge in draft.challenges:
        goal = challenge.value.goal
        if challenge.knows("goal"):
            wrong = streak_keys(goal.streak, goal.at_least, goal.target, tells_apart=goal.told_apart is not None)
            if wrong is not None:
                draft.note(challenge.at("goal", wrong.key), "NV325", wrong.message, wrong.hint)
    for badge in draft.badges:
        earned_by = badge.value.earned_by
        if earned_by is not None and badge.knows("earned_by"):
            wrong = streak_keys(earned_by.streak, earned_by.at_least, 1)
            if wrong is not None:
                draft.note(badge.at("earned_by", wrong.key), "NV325", wrong.message, wrong.hint)


def percent_boards_name_a_challenge(draft: Draft) -> None:
    """Refuse a board by percent without a challenge, and one with a period: its challenge has periods of its own."""
    for part in draft.boards:
        board = part.value
        if board.by != "percent" or not part.knows("by", "scope", "period"):
            continue
        if not isinstance(board.scope, Scope) or board.scope.challenge is None:
            hint = "add `scope: {challenge: its-id}`"
            draft.note(part.at("by"), "NV326", "a board by percent needs a challenge, of whose target it tells", hint)
        elif board.period != "program":
            message = "a board by percent has the periods of its challenge"
            draft.note(part.at("period"), "NV326", message, "remove `period`; a recurring challenge starts anew itself")
        elif set(board.ties) - {"first_to_reach"}:
            message = "on a board by percent only `first_to_reach` decides between equals"
            draft.note(part.at("ties"), "NV326", message, "write `ties: [first_to_reach]`, or remove `ties`")


def badges_that_expire_are_renewed(draft: Draft) -> None:
    """Advise against a badge that expires and that only challenges give which can be completed once."""
    if "challenges" in draft.unreadable or any(not part.knows("completion", "team_goal") for part in draft.challenges):
        return
    for part in draft.badges:
        badge = part.value
        if badge.expires_after_days is None or badge.status != "active" or badge.earned_by is not None:
            continue
        giving = [one.value for one in draft.challenges if badge.id in _badges_of(one.value)]
        if part.knows("id", "expires_after_days", "earned_by") and giving and not any(one.cadence for one in giving):
            message = "once it has expired, nobody can earn this badge again: its challenge is completed once"
            hint = "give it for a recurring challenge or by hand, add `earned_by`, or leave out `expires_after_days`"
            draft.note(part.at("expires_after_days"), "NV930", message, hint)


def _badges_of(challenge: Challenge) -> tuple[str | None, ...]:
    of_teams = None if challenge.team_goal is None else challenge.team_goal.badge
    return (challenge.completion.badge, of_teams)
