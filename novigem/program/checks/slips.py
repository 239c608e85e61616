"""Parts that agree in form and leave nobody, or nothing, to count: one slip of the pen away from what was meant."""

from datetime import date

from novigem.model.guesses import did_you_mean
from novigem.model.people import known_as
from novigem.model.program import Scope
from novigem.model.text import one_form
from novigem.program.draft import Draft
from novigem.program.words import counted, quoted

_HOURS = 24


def somebody_can_earn(draft: Draft) -> None:
    """Refuse participants of whom everybody is excluded."""
    given = draft.head.value.participants
    if not draft.head.knows("participants") or given.role or given.manager or not given.users:
        return
    if {known_as(one) for one in given.users} <= {known_as(one) for one in given.exclude}:
        message = "everybody who takes part is excluded, so nobody can earn"
        draft.note(("participants", "exclude"), "NV412", message, "leave only those in it who must not earn")


def pauses_end_before_the_season(draft: Draft) -> None:
    """Advise against a pause as long as the season: it pays everybody once."""
    head = draft.head.value
    if head.starts is None or head.last_day is None or not draft.dates_known:
        return
    days = (head.last_day - head.starts).days + 1
    for part in draft.rules:
        pause = part.value.cooldown
        if pause is not None and part.knows("cooldown") and pause.hours >= days * _HOURS > 0:
            whom = "each person" if pause.per == "user" else "each person for each account"
            message = f"a pause of {counted(pause.hours, 'hour')} outlasts the {counted(days, 'day')} of the program"
            hint = f"the rule pays {whom} once at most; hours, not minutes, are counted: a day has 24"
            draft.note(part.at("cooldown", "hours"), "NV923", message, hint)


def boards_rank_who_takes_part(draft: Draft) -> None:
    """Advise against a board of a role that does not take part."""
    given = draft.head.value.participants
    if not draft.head.knows("participants") or not given.role or given.manager or given.users:
        return
    roles = {one_form(one) for one in given.role}
    for part in draft.boards:
        scope = part.value.scope
        role = scope.role if isinstance(scope, Scope) and part.knows("scope") else None
        # A key that was put right is told once.
        if role is None or part.at("scope", "role") in draft.document.renamed or _is_id(role):
            continue
        if one_form(role) not in roles and not any(map(_is_id, roles)):
            message = f"the role {quoted(role)} does not take part, so nobody stands on this board"
            hint = did_you_mean(role, given.role) or f"roles that do: {', '.join(given.role)}"
            draft.note(part.at("scope", "role"), "NV924", message, hint)


def _is_id(name: str) -> bool:
    return name.startswith("00E") and name.isalnum()


def leave_lies_in_the_season(draft: Draft) -> None:
    """Advise against leave that is over before the season starts, or starts when it is over."""
    head = draft.head.value
    first, last = head.starts or date.min, head.last_day or date.max
    for part in draft.people:
        for number, leave in enumerate(part.value.leave if part.knows("leave") and draft.dates_known else ()):
            if leave.to >= leave.from_ and (leave.to < first or leave.from_ > last):
                message = f"this leave ({leave.from_} to {leave.to}) lies outside the program"
                hint = f"the program runs from {head.starts or 'the start'} to {head.last_day or 'the end'}"
                draft.note(part.at("leave", number), "NV924", message, hint)
