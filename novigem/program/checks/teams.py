"""Teams: one way to say who belongs to each, nobody twice at once, and boards and goals that teams can have."""

from collections.abc import Iterator
from datetime import date

from novigem.model.guesses import advise
from novigem.model.people import known_as
from novigem.model.program import Challenge, Leaderboard
from novigem.model.teams import Member, Team, TeamGoal
from novigem.program.checks.goals import measures
from novigem.program.document import Path
from novigem.program.draft import Draft, Part
from novigem.program.words import quoted


def teams_have_one_source(draft: Draft) -> None:
    """Refuse a team that does not say in exactly one way who belongs to it."""
    for part in draft.teams:
        given = part.value.sources
        if len(given) == 1 or not part.knows("role", "manager", "members"):
            continue
        found = " and ".join(f"`{name}`" for name in given) or "none"
        message = f"a team has exactly one of role, manager or members; found {found}"
        hint = "keep one of them" if given else "add `members: [ana@acme.example]` for a list of your own"
        draft.note(part.path, "NV338", message, hint)


def members_leave_after_they_join(draft: Draft) -> None:
    """Refuse a stay in a team that ends before it starts."""
    for part, number, member in _members(draft):
        if member.from_ is not None and member.to is not None and member.to < member.from_:
            message = f"it ends on {member.to}, before it starts on {member.from_}"
            draft.note(part.at("members", number, "to"), "NV307", message, "`to` is the last day in the team")


def members_stand_once(draft: Draft) -> None:
    """Refuse somebody who stands on the list of a team twice for the same days."""
    listed: dict[tuple[Path, str], list[tuple[int, Member]]] = {}
    for part, number, member in _members(draft):
        others = listed.setdefault((part.path, known_as(member.user)), [])
        if any(_overlap(member, other) for _number, other in others):
            line = draft.document.spot(part.at("members", others[0][0])).line
            message = f"{quoted(member.user)} stands on this list in line {line} already, for the same days"
            hint = "remove one of them, or give each its own days with `from` and `to`"
            draft.note(part.at("members", number), "NV339", message, hint)
        others.append((number, member))


def _members(draft: Draft) -> Iterator[tuple[Part[Team], int, Member]]:
    for part in draft.teams:
        for number, member in enumerate(part.value.members if part.knows("members") else ()):
            yield part, number, member


def _overlap(one: Member, other: Member) -> bool:
    first = max(one.from_ or date.min, other.from_ or date.min)
    return first <= min(one.to or date.max, other.to or date.max)


def team_parts_have_teams(draft: Draft) -> None:
    """Refuse a board of teams, and a goal of teams, in a program without teams."""
    if draft.teams or "teams" in draft.unreadable or not draft.head.knows("teams"):
        return
    hint = "declare `teams`, such as `teams: [{id: north, name: North, role: [CSM North]}]`"
    for board in _team_boards(draft):
        draft.note(board.at("scope"), "NV340", "this program has no teams to rank", hint)
    for challenge, _goal in _team_goals(draft):
        draft.note(challenge.at("team_goal"), "NV340", "this program has no teams that could reach it", hint)


def team_parts_can_be_counted(draft: Draft) -> None:
    """Refuse what no team can have: a streak, a percentage of its own, a count of accounts to break ties."""
    for board in _team_boards(draft):
        if "distinct_accounts" in board.value.ties and board.knows("ties"):
            hint = "use `first_to_reach` or `fewer_awards`"
            message = "accounts are counted for each person, so they cannot decide between teams"
            draft.note(board.at("ties"), "NV341", message, hint)
        if board.value.by == "percent" and board.knows("by"):
            hint = "remove `by`; progress tells how far teams are"
            draft.note(board.at("by"), "NV341", "a board of teams ranks by points", hint)
    for challenge, _goal in _team_goals(draft):
        if challenge.knows("goal") and measures(challenge.value.goal) == ["streak"]:
            hint = "count awards, points, a sum or different values; or remove `team_goal`"
            message = "a streak is what one person keeps up, so a team cannot reach one"
            draft.note(challenge.at("team_goal"), "NV341", message, hint)


def team_badges_are_known(draft: Draft) -> None:
    """Refuse a goal of teams whose badge the file does not declare."""
    for part, goal in _team_goals(draft):
        if goal.badge is not None and goal.badge not in draft.badge_ids and "badges" not in draft.unreadable:
            hint = advise(goal.badge, draft.badge_ids, intro="badges") or "declare it under `badges`"
            message = f'there is no badge "{goal.badge}" in this program'
            draft.note(part.at("team_goal", "badge"), "NV302", message, hint)


def team_credits_give_something(draft: Draft) -> None:
    """Refuse a goal of teams that credits people with nothing, or nobody with something."""
    for part, goal in _team_goals(draft):
        gives = [name for name in ("bonus", "badge") if getattr(goal, name) is not None]
        if goal.credit == "nobody" and gives:
            message = f"`credit: nobody` leaves nobody to get the {' and the '.join(gives)}"
            hint = f"remove {' and '.join(f'`{name}`' for name in gives)}, or write `credit: each`"
            draft.note(part.at("team_goal", "credit"), "NV418", message, hint)
        elif goal.credit != "nobody" and not gives:
            message = f"`credit: {goal.credit}` credits people with nothing"
            draft.note(part.at("team_goal", "credit"), "NV418", message, "add `bonus: 10`, or write `credit: nobody`")


def _team_boards(draft: Draft) -> Iterator[Part[Leaderboard]]:
    return (part for part in draft.boards if part.value.scope == "teams" and part.knows("scope"))


def _team_goals(draft: Draft) -> Iterator[tuple[Part[Challenge], TeamGoal]]:
    for part in draft.challenges:
        if part.value.team_goal is not None and part.knows("team_goal"):
            yield part, part.value.team_goal
