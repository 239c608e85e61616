"""The screen of progress: how far everybody is in each challenge."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.challenges.rates import TOO_FEW, good_of
from novigem.leaderboards.percent import percent_text
from novigem.model.entry import GOAL_UNIT, LARGEST_SUM, Progress, ProgressKey
from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import Badge, Challenge, Program
from novigem.model.subject import badge_row
from novigem.queries.progress import ProgressAnswer
from novigem.views.tables import Table
from novigem.views.terminal.layout import GOOD, HERE, QUIET, columns, next_step, screen, text, title
from novigem.views.terminal.pauses import paused_lines, shadow_line
from novigem.views.words import Screen, bar_text, counted, day_text, goal_number, moment_text, number_text

_BAR = 20
_NARROW_BAR = 10
_WHOLE = 100 * GOAL_UNIT
_WIDE = 100
_STATUS = {"provisional": "provisional", "final": "final", "live": "the ledger today; closed"}
_THINGS = {
    "AccountId": ("account", "accounts"),
    "ContactId": ("contact", "contacts"),
    "OwnerId": ("owner", "owners"),
}


def progress_screen(
    rows: Sequence[ProgressAnswer],
    programs: Mapping[str, Program],
    people: Mapping[str, Person],
    target: Screen,
    *,
    of_one: bool = False,
    now: int | None = None,
) -> RenderableType:
    """Draw a block per challenge and period, the furthest first.

    `of_one`: one person was asked for. `now` tells which programs are paused.
    """
    if not rows:
        return screen(
            [
                text("No progress yet: no award has counted for a challenge."),
                next_step("novigem explain RECORD", label="Ask why:"),
            ]
        )
    parts = [
        _block(programs[key[0]], list(block), people, target, of_one=of_one)
        for key, block in groupby(_ordered(rows), key=_group)
        if key[0] in programs
    ]
    shown = [programs[name] for name in dict.fromkeys(row.progress.program for row in rows) if name in programs]
    return screen([shadow_line(shown), *([] if now is None else paused_lines(shown, now)), *parts])


def _group(row: ProgressAnswer) -> tuple[str, str, str]:
    return (row.progress.program, row.progress.challenge, row.progress.period)


def _ordered(rows: Iterable[ProgressAnswer]) -> list[ProgressAnswer]:
    def order(row: ProgressAnswer) -> tuple[object, ...]:
        one = row.progress
        done = one.completed is None
        value = -one.value if row.standing is None else one.value
        return (one.program, one.challenge, one.period, done, one.completed or 0, value, one.last, one.user)

    return sorted(rows, key=order)


def _block(
    program: Program,
    rows: Sequence[ProgressAnswer],
    people: Mapping[str, Person],
    target: Screen,
    *,
    of_one: bool,
) -> Group:
    _program, challenge_id, period = _group(rows[0])
    challenge = next((one for one in program.challenges if one.id == challenge_id), None)
    badge = next((one for one in program.badges if badge_row(one.id) == challenge_id), None)
    name = challenge.name if challenge else badge.name if badge else challenge_id
    gone = _step_words(badge, period) if badge else "no longer part of the program"
    about = [goal_words(challenge) if challenge else gone, "" if badge else period_words(period)]
    about.append(_how_many(rows, of_one=of_one))
    about.append(_STATUS.get(rows[0].status or "", ""))
    width = _BAR if target.width >= _WIDE else _NARROW_BAR
    table = columns(("Name", "fill"), ("", "left"), ("Progress", "right"), ("Completed", "left"), ("Earned", "left"))
    for row in rows:
        one = row.progress
        complete = one.completed is not None
        # What should be few is no way to go: it holds, or it does not.
        share = one.value / one.target if one.target and row.standing is None else 0.0
        bar = bar_text(1.0 if complete else share, width, target.glyphs)
        when = "" if one.completed is None else day_text(local_day(one.completed, program.zone))
        table.add_row(
            text(people[one.user].label, "bold" if complete else ""),
            Text(bar, style=GOOD if complete else HERE),
            Text(_how_far(challenge, row)),
            Text(when),
            text(_earned(program, row), QUIET),
        )
    return Group(title(name, about, separator=target.glyphs.point), Text(""), table)


def _how_many(rows: Sequence[ProgressAnswer], *, of_one: bool) -> str:
    """Say how many completed it; of one person who was asked for, whether they did."""
    done = sum(1 for row in rows if row.progress.completed is not None)
    if of_one:
        return "completed" if done else "not completed"
    return f"{done:,} of {counted(len(rows), 'person', 'people')} completed it"


def _step_words(badge: Badge, tier: str) -> str:
    step = next((one for one in badge.tiers if one.id == tier), None)
    return "a badge" if step is None else f"the tier {step.label}"


def _how_far(challenge: Challenge | None, answer: ProgressAnswer) -> str:
    row = answer.progress
    if answer.standing is not None:
        so_far = f"; {counted(row.entries, 'award')} so far" if answer.standing == TOO_FEW else f", {answer.standing}"
        return f"{number_text(goal_number(row.value))} / {_aim(row)}{so_far if row.target else ''}"
    if challenge is not None and challenge.goal.rate is not None:
        if row.value == 0:
            return f"{counted(row.entries, 'award')} so far / {_aim(row)}%"
        return f"{percent_text(row.value, _WHOLE)} ({good_of(row):,} of {row.entries:,}) / {_aim(row)}%"
    more = " or more" if row.value >= LARGEST_SUM else ""
    return f"{number_text(goal_number(row.value))}{more} / {_aim(row)}"


def _aim(row: Progress) -> str:
    return number_text(goal_number(row.target)) if row.target else "away"


def goal_words(challenge: Challenge) -> str:
    """Say what completes a challenge."""
    goal = challenge.goal
    target, is_one = number_text(goal.target), goal.target == 1
    points, awards = ("point", "award") if is_one else ("points", "awards")
    match goal.measure:
        case "sum":
            unit = "" if goal.currency is None else f" {goal.currency}"
            return f"{goal.sum} adds up to {target}{unit}"
        case "points":
            return f"{target} {points}"
        case "streak":
            enough = "" if goal.at_least == 1 else f", {goal.at_least} awards in each"
            return f"{counted(int(goal.target), goal.streak or '')} in a row{enough}"
        case "rate" | "fewest" as measure:
            rules, least = " or ".join(goal.told_apart or ()), f"{goal.at_least:,} or more"
            few = f"at most {target} {awards} of {rules}, among {least}"
            return few if measure == "fewest" else f"{target}% of the awards are {rules}, of {least}"
        case "distinct":
            one, several = _THINGS.get(goal.distinct or "", (f"value of {goal.distinct}", f"values of {goal.distinct}"))
            return f"{target} {one}" if is_one else f"{target} different {several}"
        case _:
            return f"{target} {awards}" if goal.count == "rules" else f"{target} {awards} on {goal.count}"


def period_words(period: str) -> str:
    """Say which period of a recurring challenge a row is about."""
    kind, _colon, label = period.partition(":")
    return f"{kind} of {label}" if kind == "week" else label


def _earned(program: Program, row: ProgressAnswer) -> str:
    parts = [f"+{row.bonus:,}"] if row.bonus else []
    if row.badge:
        parts.append(next((badge.name for badge in program.badges if badge.id == row.badge), row.badge))
    return ", ".join(parts)


def progress_table(
    rows: Sequence[ProgressAnswer], programs: Mapping[str, Program], people: Mapping[str, Person]
) -> Table:
    """Give progress as a plain table; moments in the program's zone."""
    return Table(
        ("program", "challenge", "period", "name", "value", "target", "completed", "bonus", "badge", "user"),
        _plain(rows, programs, people),
    )


def _plain(
    rows: Sequence[ProgressAnswer], programs: Mapping[str, Program], people: Mapping[str, Person]
) -> Iterator[tuple[str | int | float | None, ...]]:
    for row in _ordered(rows):
        one = row.progress
        program, challenge, period, user = ProgressKey(*one.key)
        when = moment_text(one.completed, programs[program].zone) if program in programs else ""
        value, aim = goal_number(one.value), goal_number(one.target)
        yield program, challenge, period, people[user].label, value, aim, when, row.bonus, row.badge, user
