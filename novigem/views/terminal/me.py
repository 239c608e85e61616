"""The screen of `novigem me`: what still pays, where somebody stands, their weeks, badges, and what did not pay."""

from collections.abc import Mapping, Sequence
from datetime import date

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.leaderboards.percent import percent_text
from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import Program
from novigem.queries.chances import Chance
from novigem.queries.me import Place, Season
from novigem.views.chance_words import deadline_words, points_words, step_words, why_words
from novigem.views.json.answers import average_number
from novigem.views.terminal.explain import found_text, wanted_text
from novigem.views.terminal.layout import (
    COLOURS,
    GOOD,
    HERE,
    QUIET,
    indented,
    next_step,
    plain_columns,
    quiet,
    screen,
    text,
    title,
)
from novigem.views.terminal.pauses import paused_lines, shadow_line
from novigem.views.terminal.progress import goal_words
from novigem.views.words import Screen, bar_text, clean, counted, day_text, goal_number, number_text

_BAR = 24
_MOST_MISSES = 5


def me_screen(
    person: Person,
    seasons: Sequence[Season],
    chances: Sequence[Chance],
    programs: Mapping[str, Program],
    target: Screen,
    *,
    today: date,
    now: int,
) -> RenderableType:
    """Draw one person's own page. `chances` are those to show, `today` is the person's own day."""
    head = title(person.label, [one.program.name for one in seasons], separator=target.glyphs.point)
    if not seasons:
        return screen([head, text("There is no program here yet."), next_step("novigem run PROGRAM --from FILE.jsonl")])
    shown = [one.program for one in seasons]
    return screen(
        [
            head,
            shadow_line(shown),
            *paused_lines(shown, now),
            _chances(chances, programs, today, seasons),
            *(part for one in seasons for part in _season(one, target)),
            _next(person, seasons),
        ]
    )


def _chances(
    chances: Sequence[Chance], programs: Mapping[str, Program], today: date, seasons: Sequence[Season]
) -> RenderableType:
    head = Text("Still pays", style="bold")
    if not chances:
        return Group(head, indented(quiet(_nothing_pays(seasons))))
    table = plain_columns("right", "wrap", "left", "wrap")
    for one in chances:
        program = programs[one.program]
        table.add_row(
            Text(points_words(one), style=GOOD),
            text(step_words(one, program)),
            Text(deadline_words(one, today), style=HERE if one.is_near else ""),
            text(why_words(one, program), QUIET),
        )
    return Group(head, indented(table))


def _nothing_pays(seasons: Sequence[Season]) -> str:
    """Say why nothing pays now."""
    first = seasons[0]
    if first.state == "before" and first.program.starts is not None:
        return f"{first.program.name} begins on {day_text(first.program.starts)}."
    if first.state == "after" and first.program.last_day is not None:
        return f"{first.program.name} was over on {day_text(first.program.last_day)}."
    if not any(one.takes_part for one in seasons):
        return f"Somebody who does not take part in {first.program.name}: nothing pays."
    return "Nothing that is known of would pay now."


def _season(season: Season, target: Screen) -> list[RenderableType]:
    parts = [_places(season, target), _weeks(season, target), _held(season, target), _misses(season)]
    return [one for one in parts if one is not None]


def _places(season: Season, target: Screen) -> RenderableType:
    head = Text("Where it stands", style="bold")
    head.append(f"  {counted(season.points, 'point')} in {clean(season.program.name)}", style=f"not bold {QUIET}")
    if not season.places:
        return Group(head, indented(quiet("No place on a board yet: the first award gives one.")))
    table = plain_columns("right", "wrap", "right", "wrap")
    for one in season.places:
        team = f" {target.glyphs.point} {one.row.name}" if one.board.ranks == "teams" else ""
        table.add_row(
            Text(f"{one.row.rank}.", style="bold"),
            text(f"{one.board.name}{team}"),
            Text(figure_words(one)),
            text(gap_words(one), QUIET),
        )
    return Group(head, indented(table))


def figure_words(place: Place) -> str:
    """Give what a row is ranked by."""
    row = place.row
    if row.value is not None and row.target:
        return percent_text(row.value, row.target)
    if row.members is not None:
        return f"{number_text(average_number(row) or 0)} per member"
    return counted(row.points, "point")


def gap_words(place: Place) -> str:
    """Say how far it is to the next place."""
    if place.above is None or place.gap is None:
        return "first" if place.row.rank == 1 else ""
    if place.gap == 0:
        return f"level with place {place.above.rank}"
    # Never rounded to nothing: some of a percent is a way to go.
    gap = max(float(place.gap), 0.01)
    unit = "%" if place.board.by == "percent" else ""
    return f"{number_text(round(gap, 2))}{unit} to place {place.above.rank}"


def _weeks(season: Season, target: Screen) -> RenderableType | None:
    if not any(one.points for one in season.weeks):
        return None
    best = max(one.points for one in season.weeks)
    table = plain_columns("left", "right", "left")
    for one in season.weeks:
        first = local_day(one.period.start, season.program.zone)
        bar = bar_text(one.points / best if best > 0 else 0, _BAR, target.glyphs)
        table.add_row(Text(day_text(first, with_year=False)), Text(number_text(one.points)), Text(bar, style=HERE))
    return Group(Text("Points by week", style="bold"), indented(table))


def _held(season: Season, target: Screen) -> RenderableType | None:
    badges = {one.id: one for one in season.program.badges}
    lines = []
    for holding in season.badges:
        badge = badges.get(holding.award.badge)
        line = Text(f"{target.glyphs.badge} ", style=COLOURS[badge.color] if badge else "")
        line.append(clean(badge.name if badge else holding.award.badge), style="default")
        day = day_text(local_day(holding.award.awarded, season.program.zone))
        line.append(f"  {day}", style=QUIET)
        lines.append(indented(line))
    challenges = {one.id: one for one in season.program.challenges}
    for streak in season.streaks:
        row = streak.progress
        run = f"{number_text(goal_number(row.value))} in a row, of {goal_words(challenges[row.challenge])}"
        lines.append(indented(text(f"{challenges[row.challenge].name}: {run}")))
    return Group(Text("Badges and streaks", style="bold"), *lines) if lines else None


def _misses(season: Season) -> RenderableType | None:
    if not season.missed:
        return None
    rules = {one.id: one.label for one in season.program.rules}
    head = Text(f"Did not pay this week: {season.missed}", style="bold")
    table = plain_columns("wrap", "wrap", "wrap", "left")
    rows = [(rule, miss) for rule in season.misses for miss in rule.misses]
    for rule, miss in rows[:_MOST_MISSES]:
        wanted = f"{miss.condition.field} {wanted_text(miss.condition)}"
        table.add_row(
            text(rules.get(rule.rule, rule.rule)),
            text(wanted, "bold"),
            text(found_text(miss.condition), QUIET),
            text(miss.records[0], QUIET),
        )
    return Group(head, indented(table))


def _next(person: Person, seasons: Sequence[Season]) -> RenderableType:
    records = [miss.records[0] for season in seasons for rule in season.misses for miss in rule.misses]
    why = [f"novigem explain {records[0]}"] if records else []
    return next_step(f"novigem statement {person.email or person.id}", *why)
