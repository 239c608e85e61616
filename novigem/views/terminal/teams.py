"""The screens of teams: who belongs to each from when to when, and how far a team is."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.model.entry import ProgressKey
from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.model.roster import Membership
from novigem.queries.teams import TeamAnswer, TeamProgressAnswer
from novigem.views.tables import Table
from novigem.views.terminal.layout import GOOD, HERE, QUIET, columns, next_step, quiet, screen, text, title
from novigem.views.terminal.progress import period_words
from novigem.views.words import Screen, bar_text, counted, day_text, goal_number, iso_text, moment_text, number_text

_BAR = 20
_NARROW_BAR = 10
_WIDE = 100
_KNOWN_FROM = {"members": "the list in the program", "role": "the roles told of", "manager": "the managers told of"}


def teams_screen(
    programs: Sequence[tuple[Program, Sequence[TeamAnswer]]], people: Mapping[str, Person], target: Screen
) -> RenderableType:
    """Draw a block per team: who is or was in it."""
    blocks = [_team(program, answer, people, target) for program, answers in programs for answer in answers]
    if not blocks:
        return screen([text("No program here has teams."), quiet("They are declared under `teams` in a program file.")])
    return screen(blocks)


def _team(program: Program, answer: TeamAnswer, people: Mapping[str, Person], target: Screen) -> Group:
    members = len({membership.user for membership in answer.memberships})
    about = [f"{counted(members, 'person', 'people')}, now or before", f"from {known_from(answer)}"]
    parts: list[RenderableType] = [title(answer.team.name, about, separator=target.glyphs.point)]
    if answer.memberships:
        table = columns(("Name", "fill"), ("From", "left"), ("To", "left"))
        for membership in answer.memberships:
            table.add_row(
                text(people[membership.user].label), Text(_first(membership, program)), Text(_last(membership, program))
            )
        parts += [Text(""), table]
    if answer.unknown:
        parts.append(quiet(f"Nobody we were told of is called: {', '.join(answer.unknown)}"))
    return Group(*parts)


def known_from(answer: TeamAnswer) -> str:
    """Say from where it is known who belongs to a team."""
    return " and ".join(_KNOWN_FROM[name] for name in answer.team.sources)


def _first(membership: Membership, program: Program) -> str:
    return "always" if membership.start == ALWAYS_START else day_text(local_day(membership.start, program.zone))


def _last(membership: Membership, program: Program) -> str:
    # The last day in the team: a stay ends where the next day, or the next manager, begins.
    return "" if membership.end == ALWAYS_END else day_text(local_day(membership.end - 1, program.zone))


def team_answer(program: Program, answer: TeamAnswer, people: Mapping[str, Person]) -> dict[str, Any]:
    """Give a team and who is in it when, as JSON; a missing `from` is always, a missing `until` is for good."""
    return {
        "team": answer.team.id,
        "name": answer.team.name,
        "program": program.program,
        "source": answer.team.sources[0],
        "members": [
            {
                "user": membership.user,
                "name": people[membership.user].label,
                "from": None if membership.start == ALWAYS_START else iso_text(membership.start),
                "until": None if membership.end == ALWAYS_END else iso_text(membership.end),
            }
            for membership in answer.memberships
        ],
        "unknown": list(answer.unknown),
    }


def teams_table(programs: Sequence[tuple[Program, Sequence[TeamAnswer]]], people: Mapping[str, Person]) -> Table:
    """Give who is in which team when as a plain table; moments in the program's zone."""
    rows = [
        (
            program.program,
            membership.team,
            people[membership.user].label,
            "" if membership.start == ALWAYS_START else moment_text(membership.start, program.zone),
            "" if membership.end == ALWAYS_END else moment_text(membership.end, program.zone),
            answer.team.sources[0],
            membership.user,
        )
        for program, answers in programs
        for answer in answers
        for membership in answer.memberships
    ]
    return Table(("program", "team", "name", "from", "until", "source", "user"), rows)


def team_progress_screen(
    program: Program, team: str, rows: Sequence[TeamProgressAnswer], people: Mapping[str, Person], target: Screen
) -> RenderableType:
    """Draw how far a team is in each challenge and period."""
    name = next(one.name for one in program.teams if one.id == team)
    head = title(f"{name} {target.glyphs.dash} {program.name}", [], separator=target.glyphs.point)
    if not rows:
        told = text("No progress yet: no award of a member has counted for a challenge that teams complete.")
        return screen([head, told, next_step("novigem teams", label="See who is in it:")])
    table = columns(
        ("Challenge", "fill"), ("", "left"), ("Progress", "right"), ("Completed", "left"), ("Credited", "left")
    )
    width = _BAR if target.width >= _WIDE else _NARROW_BAR
    names = {one.id: one.name for one in program.challenges}
    for row in rows:
        one = row.progress
        done = one.completed is not None
        period = f", {period_words(one.period)}" if one.period else ""
        table.add_row(
            text(f"{names.get(row.challenge, row.challenge)}{period}", "bold" if done else ""),
            Text(bar_text(_share(program, row), width, target.glyphs), style=GOOD if done else HERE),
            Text(f"{number_text(goal_number(one.value))} / {number_text(goal_number(one.target))}"),
            Text("" if one.completed is None else day_text(local_day(one.completed, program.zone))),
            text(_credited(program, row), QUIET),
        )
    credited = sorted({people[user].label for row in rows for user in row.credited})
    return screen([head, table, quiet(f"Credited: {', '.join(credited)}") if credited else None])


def _share(program: Program, row: TeamProgressAnswer) -> float:
    """Give how far a team is; what should be few is no way to go."""
    is_few = any(one.id == row.challenge and one.goal.fewest for one in program.challenges)
    if row.progress.completed is not None:
        return 1.0
    return 0.0 if is_few else row.progress.value / row.progress.target


def _credited(program: Program, row: TeamProgressAnswer) -> str:
    if not row.credited:
        return ""
    gives = [f"+{row.bonus:,}"] if row.bonus else []
    gives += [one.name for one in program.badges if one.id == row.badge]
    credited = counted(len(row.credited), "person", "people")
    return f"{credited}: {', '.join(gives)}" if gives else credited


def team_progress_answer(row: TeamProgressAnswer) -> dict[str, Any]:
    """Give a team's progress in one challenge and period as JSON."""
    one = row.progress
    return {
        "team": one.user,
        "challenge": row.challenge,
        "period": one.period or None,
        "value": goal_number(one.value),
        "target": goal_number(one.target),
        "completed_at": iso_text(one.completed),
        "credited": list(row.credited),
        "bonus": row.bonus,
        "badge": row.badge,
    }


def team_progress_table(program: Program, rows: Sequence[TeamProgressAnswer]) -> Table:
    """Give a team's progress as a plain table; moments in the program's zone."""
    heads = ("program", "challenge", "period", "team", "value", "target", "completed", "bonus", "badge", "credited")
    found = []
    for row in rows:
        name, _challenge, period, team = ProgressKey(*row.progress.key)
        value, aim = goal_number(row.progress.value), goal_number(row.progress.target)
        when = moment_text(row.progress.completed, program.zone)
        found.append((name, row.challenge, period, team, value, aim, when, row.bonus, row.badge, len(row.credited)))
    return Table(heads, found)
