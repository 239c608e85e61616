"""Rules that count for several challenges: each named once, and what pays again in the periods of one of them."""

from typing import Final

from novigem.model.program import Challenge
from novigem.program.draft import Draft

#: From short to long; what is not recurring has one period, the whole time.
_LENGTHS: Final = ("weekly", "monthly", "quarterly", None)
# These name no moment: the same fact pays again because a new period begins.
_TIMELESS: Final = {"record", "record and user", "account"}


def challenges_are_named_once(draft: Draft) -> None:
    """Refuse a challenge that stands twice in the list of a rule."""
    for part in draft.rules:
        names = part.value.challenges if part.knows("challenge") else ()
        for number, name in enumerate(names):
            if name in names[:number]:
                message = f'the challenge "{name}" stands twice: an award counts in it once'
                draft.note(part.at("challenge", number), "NV343", message, "name each challenge once")


def periods_of_a_rule_agree(draft: Draft) -> None:
    """Advise of a challenge in which the same fact counts again with each new period of a shorter one."""
    known = {part.value.id: part.value for part in draft.challenges if part.knows("id", "type", "cadence", "goal")}
    for part in draft.active_rules():
        if not part.knows("challenge", "once_per") or part.value.once_per not in _TIMELESS:
            continue
        linked = [known[name] for name in part.value.challenges if name in known]
        shortest = min(linked, key=_length, default=None)
        longer = next((one for one in linked if shortest and _length(one) > _length(shortest) and _adds_up(one)), None)
        if shortest is not None and longer is not None:
            what = "an account" if part.value.once_per == "account" else "a record"
            message = f'{what} pays again in each new period of "{shortest.id}", and counts again in "{longer.id}"'
            hint = "if it should count once, give the challenges the same periods; or say with `once_per` when it pays"
            draft.note(part.at("challenge"), "NV342", message, hint)


def _length(challenge: Challenge) -> int:
    return _LENGTHS.index(challenge.cadence)


def _adds_up(challenge: Challenge) -> bool:
    goal = challenge.goal
    return goal.distinct is None and (goal.streak is None or goal.at_least > 1)
