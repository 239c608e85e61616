"""A program in plain words, for whoever takes part: what pays, within which limits, for whom, when, and how it ends.

Comes in: a checked program. Goes out: sections of sentences, as plain data that a page, a file or a mail can show:

    program_words(program) -> (Section("time", ...), Section("people", ...), Section("rules", ...), ...)

The sentences are English and name no people, neither by name nor by id: whom a file names is told by numbers. What
somebody wrote into the file (names, descriptions) is cleaned of what steers a screen, and has to be escaped by
whatever shows it. A section that has nothing to say is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from novigem.model.program import LastDays, Leaderboard, Participants, Program, Scope
from novigem.model.teams import Team
from novigem.views.challenge_words import badge_sentences, challenge_sentences
from novigem.views.rule_words import rule_sentences
from novigem.views.words import clean, counted, day_text, either, number_text

_WEEK_NAMES = {"monday": "Monday", "sunday": "Sunday", "saturday": "Saturday"}
_USUAL_WEEKEND = ("saturday", "sunday")
_FULL_TIME = 100
_ROLE_ID = re.compile(r"00E[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")


@dataclass(frozen=True)
class Item:
    """One thing of a section: a rule, a challenge, a badge, a board or a team.

    `kind` is one of those words and `id` the id that it has in the file. `about` is what the file says of it, and
    `sentences` follow from what it is.
    """

    kind: str
    id: str
    name: str
    about: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A part of what there is to say: `id` names it for a link, `title` for a reader."""

    id: str
    title: str
    sentences: tuple[str, ...] = ()
    items: tuple[Item, ...] = field(default=())


def program_words(program: Program) -> tuple[Section, ...]:
    """Give a program in plain words; a section that has nothing to say is left out."""
    rules = tuple(
        Item("rule", one.id, clean(one.label), _about(one.description), tuple(rule_sentences(program, one)))
        for one in program.rules
    )
    challenges = tuple(
        Item("challenge", one.id, clean(one.name), _about(one.description), tuple(challenge_sentences(program, one)))
        for one in program.challenges
    )
    badges = tuple(
        Item("badge", one.id, clean(one.name), _about(one.description), tuple(badge_sentences(program, one)))
        for one in program.badges
    )
    boards = tuple(
        Item("board", one.id, clean(one.name), "", tuple(board_sentences(program, one))) for one in program.leaderboards
    )
    teams = tuple(Item("team", one.id, clean(one.name), "", (_membership(one),)) for one in program.teams)
    every = (
        Section("time", "When it runs", tuple(_time(program))),
        Section("people", "Who takes part", tuple(_people(program))),
        Section("rules", "What pays", items=rules),
        Section("challenges", "Challenges", items=challenges),
        Section("badges", "Badges", items=badges),
        Section("teams", "Teams", items=teams),
        Section("boards", "Boards", items=boards),
        Section("end", "What happens at the end", tuple(_end(program))),
    )
    return tuple(one for one in every if one.sentences or one.items)


def _about(text: str | None) -> str:
    return clean(text or "").strip()


# When it runs: dates, whose clock, and the calendar.


def _time(program: Program) -> Iterator[str]:
    yield _dates(program)
    yield from _status(program)
    zone = program.timezone.replace("_", " ")
    if program.counts_own_days:
        yield f"A day is a day of your own clock; where that is not known, of {zone}. Boards go by {zone}."
    else:
        yield f"Days begin and end at midnight in {zone}, for everybody."
    yield f"Weeks begin on {_WEEK_NAMES[program.week_start]}."
    if program.year_start != "january":
        yield f"Quarters are counted from {program.year_start.capitalize()}."
    yield from _working_days(program)


def _dates(program: Program) -> str:
    first, last = program.starts, program.last_day
    if first is None and last is None:
        return "It has no first and no last day."
    if first is None or last is None:
        return f"From {day_text(first)} on." if first is not None else f"Until {day_text(last)}." if last else ""
    return f"From {day_text(first)} to {day_text(last)}; both days count."


def _status(program: Program) -> Iterator[str]:
    told = {
        "draft": "It is a draft: it pays nothing yet.",
        "paused": "It is paused: it pays nothing at present.",
        "ended": "It has ended: it pays nothing any more.",
        "shadow": "It is a shadow season: it scores, and nobody but its leader sees it.",
    }
    if program.status in told:
        yield told[program.status]


def _working_days(program: Program) -> Iterator[str]:
    time = program.working_time
    counts = any(one.fair or one.goal.streak == "working day" for one in program.challenges)
    if not counts and not time.model_fields_set:
        return
    if time.weekend != _USUAL_WEEKEND:
        free = " and ".join(day.capitalize() for day in time.weekend) or "no day"
        yield f"The weekend is {free}."
    if time.holidays is not None:
        place = "-".join(part for part in (time.holidays.country, time.holidays.subdivision) if part)
        yield f"Public holidays of {clean(place)} are no working days."
    if time.days_off:
        yield "Days on which the company is closed are no working days."
    if time.half_days:
        yield "Some days are worked half, and count half."
    if time.work_days:
        yield "Some weekend days or holidays are worked on all the same, and count."
    own = sum(1 for one in program.people if one.part_time < _FULL_TIME or one.leave or one.holidays)
    if own:
        who = counted(own, "person has", "people have")
        yield f"{who} part-time hours, leave or holidays of their own, and these are taken into account."


# Who takes part.


def _people(program: Program) -> Iterator[str]:
    yield f"{_who(program.participants)}."
    left_out = len(program.participants.exclude)
    if left_out:
        yield f"{counted(left_out, 'user is', 'users are')} left out by name, such as users that software logs in with."
    yield "Queues and inactive users earn nothing."
    yield "Whoever does not want to be seen by others can say so: they go on earning, and no board lists them."


def _who(participants: Participants) -> str:
    ways = []
    if participants.role:
        ways.append(f"everybody with the role {_roles(participants.role)}")
    if participants.manager:
        ways.append(f"everybody who reports to {counted(len(participants.manager), 'manager', 'managers')} of the list")
    if participants.users:
        ways.append(f"{counted(len(participants.users), 'person', 'people')} by name")
    told = ", and ".join(ways) or "everybody who is an active user"
    return f"{told[:1].upper()}{told[1:]}"


def _roles(roles: tuple[str, ...]) -> str:
    """Name roles; what a name was found to mean stands beside it as an id, which tells a reader nothing."""
    named = tuple(one for one in roles if _ROLE_ID.fullmatch(one) is None)
    return either(named) if named else "that the program names"


def _membership(team: Team) -> str:
    if team.role:
        return f"Everybody with the role {_roles(team.role)}."
    if team.manager is not None:
        return "Everybody who reports to its manager."
    return f"{counted(len(team.members), 'person', 'people')} by name."


# Boards, and the end.


def board_sentences(program: Program, board: Leaderboard) -> Iterator[str]:
    """Yield what a board ranks, over which time, and what decides between equals."""
    yield f"{_ranks(program, board)}{_over(board)}."
    if board.ties:
        yield f"Of equals, {', then '.join(_TIES[one] for one in board.ties)} stands higher."
    else:
        yield "Equals share a place."
    if board.names == "initials":
        yield "It shows initials only."
    elif board.names == "pseudonym":
        yield "It shows made-up names; you find your own."
    if board.leavers != "marked":
        told = {"apart": "stand apart, without a place", "hidden": "are not shown"}[board.leavers]
        yield f"People who have left {told}."


_TIES = {
    "first_to_reach": "whoever got there first",
    "distinct_accounts": "whoever helped more accounts",
    "fewer_awards": "whoever needed fewer awards",
}


def _ranks(program: Program, board: Leaderboard) -> str:
    names = {one.id: clean(one.name) for one in program.challenges}
    challenge = board.scope.challenge if isinstance(board.scope, Scope) else None
    of_challenge = f" in {names.get(challenge, challenge)}" if challenge else ""
    if board.by == "percent":
        return f"Ranks people by how much of their own target they have reached{of_challenge}"
    if board.scope == "teams":
        return f"Ranks teams by {'points per member' if board.by == 'average' else 'the points of their members'}"
    if isinstance(board.scope, Scope) and board.scope.role is not None:
        return f"Ranks everybody with the role {_roles((board.scope.role,))} by points"
    if isinstance(board.scope, Scope) and board.scope.manager is not None:
        return "Ranks everybody who reports to one manager by points"
    who = "everybody" if board.scope == "everybody" else "whoever takes part"
    return f"Ranks {who} by points{of_challenge}"


def _over(board: Leaderboard) -> str:
    if board.by == "percent":
        return ""
    if isinstance(board.period, LastDays):
        return f", over the last {counted(board.period.last_days, 'day')}"
    if board.period == "program":
        return ", over the whole season"
    return ", over all time" if board.period == "all" else f", anew each {board.period}"


def _end(program: Program) -> Iterator[str]:
    if program.is_shadow:
        yield "Nothing of it becomes final."
        return
    grace = program.closing.grace_days
    if grace:
        yield f"For {counted(grace, 'day')} after the end of a challenge or board, late changes still count."
        yield "Then its standings become final: they are sealed with a hash that anybody can check."
    else:
        yield "At its end the standings of a challenge or board become final: they are sealed with a hash."
    for one in program.challenges:
        if one.closing is not None and one.closing.grace_days != grace:
            days = counted(one.closing.grace_days, "day")
            yield f"For {clean(one.name)} it is {days}."
    yield "What arrives later changes no final standings. It is listed beside them, and so is whom it would have moved."
    yield _by_hand(program)


def _by_hand(program: Program) -> str:
    told = "Points by hand stand in the ledger with their reason"
    by_hand = program.adjustments
    if not by_hand.second_approver:
        return f"{told}."
    above = f" where they are more than {number_text(by_hand.above)}" if by_hand.above else ""
    return f"{told}; a second person has to approve them{above}."
