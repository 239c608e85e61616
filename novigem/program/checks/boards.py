"""Checks of leaderboards: what becomes of people who have left, and what can be averaged."""

from novigem.model.program import LastDays
from novigem.program.draft import Draft


def leavers_are_not_given_away(draft: Draft) -> None:
    """Refuse to list apart who left where names are held back: it would tell who somebody is."""
    for part in draft.boards:
        board = part.value
        if part.knows("leavers") and board.leavers == "apart" and board.names != "full" and board.scope != "teams":
            message = "this board holds names back, and a list of who left would tell who they are"
            hint = "use `leavers: hidden`; or leave it out: nobody is marked on such a board"
            draft.note(part.at("leavers"), "NV331", message, hint)


def teams_do_not_leave(draft: Draft) -> None:
    """Refuse a word about leavers on a board of teams: what somebody earned stays with the team."""
    for part in draft.boards:
        if part.knows("leavers") and part.value.leavers != "marked" and part.value.scope == "teams":
            message = "a board of teams has no place for people who left: their points stay with the team"
            draft.note(part.at("leavers"), "NV332", message, "remove `leavers`")


def averages_can_be_taken(draft: Draft) -> None:
    """Refuse an average of people instead of teams, and one over a time without a beginning."""
    for part in draft.boards:
        if part.value.by != "average" or not part.knows("by", "scope"):
            continue
        if part.value.scope != "teams":
            hint = "add `scope: teams`, or remove `by`"
            draft.note(part.at("by"), "NV333", "an average is that of the members of a team", hint)
        elif draft.head.knows("starts") and draft.head.value.starts is None:
            message = "members are counted over time, and this season has no first day"
            draft.note(part.at("by"), "NV333", message, "add `starts` to the program, or remove `by`")


def last_days_are_fewer_than_all(draft: Draft) -> None:
    """Warn of a window of days that is never shorter than the season so far."""
    head = draft.head.value
    first, last = head.starts, head.last_day
    if not draft.dates_known or first is None or last is None:
        return
    length = (last - first).days + 1
    for part in draft.boards:
        period = part.value.period
        if part.knows("period") and isinstance(period, LastDays) and period.last_days >= length:
            message = f"the season has {length} days, so the last {period.last_days} are always all of it"
            draft.note(part.at("period"), "NV928", message, "use fewer days, or `period: program`, which closes")
