"""Targets that a goal had before: one after the other, and each at its own time."""

from itertools import pairwise

from novigem.program.draft import Draft


def earlier_targets_follow_each_other(draft: Draft) -> None:
    """Refuse earlier targets whose last days do not rise: it must be clear which of them held."""
    for part in draft.challenges:
        steps = part.value.goal.earlier if part.knows("goal") else ()
        for number, (one, after) in enumerate(pairwise(steps), start=1):
            if after.ends <= one.ends:
                message = f"this target ends on {after.ends}, and the one before it on {one.ends}"
                hint = "write the oldest first, each with the last day on which it held"
                draft.note(part.at("goal", "earlier", number, "ends"), "NV344", message, hint)
