"""A season of one person as pages show it: places with their distance, weeks, badges, streaks, what did not pay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from novigem.leaderboards.percent import percent_text
from novigem.model.periods import local_day
from novigem.model.program import Badge, Challenge
from novigem.queries.holdings import Holding
from novigem.queries.me import Place, Season
from novigem.queries.progress import ProgressAnswer
from novigem.views.json.answers import average_number
from novigem.views.rule_words import condition_words
from novigem.views.terminal.explain import value_text
from novigem.views.terminal.progress import period_words
from novigem.views.web.render import Words
from novigem.views.web.visit import Visit
from novigem.views.words import goal_number

_MOST_MISSES = 10


@dataclass(frozen=True)
class PlaceView:
    """A place in words. `gap` is what lies between it and the next one; empty where nothing does."""

    place: Place
    figure: str
    gap: str
    href: str


@dataclass(frozen=True)
class BadgeView:
    """A badge that somebody holds, and when its last holding began and ends."""

    badge: Badge
    holding: Holding
    tier: str
    is_over: bool


@dataclass(frozen=True)
class StreakView:
    """A streak: what it counts, how many in a row, and of how many."""

    challenge: Challenge
    value: float
    target: float
    period: str
    is_complete: bool


@dataclass(frozen=True)
class MissView:
    """What kept a rule from paying: the field, what it asked for, what it found, and the records."""

    rule: str
    field: str
    wanted: str
    found: str
    is_known: bool
    count: int
    records: tuple[str, ...]


@dataclass(frozen=True)
class CompletedView:
    """A challenge that somebody completed, and when."""

    challenge: Challenge
    period: str
    completed: int
    bonus: int | None


@dataclass(frozen=True)
class SeasonView:
    """A season with its parts in words."""

    season: Season
    places: Sequence[PlaceView]
    columns: Sequence[tuple[str, int, str]]
    badges: Sequence[BadgeView]
    streaks: Sequence[StreakView]
    misses: Sequence[MissView]
    completed: Sequence[CompletedView]


def season_view(visit: Visit, season: Season) -> SeasonView:
    """Give a season of somebody for a page."""
    words = Words(visit.locale, visit.zone)
    return SeasonView(
        season=season,
        places=[_place(visit, one, words) for one in season.places],
        columns=list(_columns(season, words)),
        badges=list(_badges(season, visit.queries.now)),
        streaks=list(_streaks(season)),
        misses=list(_misses(season))[:_MOST_MISSES],
        completed=list(_completed(season)),
    )


def _place(visit: Visit, place: Place, words: Words) -> PlaceView:
    row, gap = place.row, ""
    if place.gap is not None:
        # Never rounded to nothing: some of a percent is a way to go.
        number = words.number(max(float(place.gap), 0.01)) if place.gap else "0"
        gap = f"{number}%" if place.board.by == "percent" else number
    figure = words.number(row.points)
    if row.value is not None and row.target:
        figure = percent_text(row.value, row.target)
    elif row.members is not None:
        figure = words.number(average_number(row) or 0)
    return PlaceView(place, figure, gap, visit.address("board", board=place.board.board))


def _columns(season: Season, words: Words) -> Iterator[tuple[str, int, str]]:
    if any(one.points for one in season.weeks):
        for one in season.weeks:
            first = local_day(one.period.start, season.program.zone)
            yield words.short_day(first), max(0, one.points), words.number(one.points)


def _badges(season: Season, now: int) -> Iterator[BadgeView]:
    """Yield each badge once, with its newest holding; of tiers, each one."""
    badges = {one.id: one for one in season.program.badges}
    newest: dict[tuple[str, str], Holding] = {}
    for holding in season.badges:
        step = holding.award.step if holding.award.subject.kind == "badge" else ""
        newest[holding.award.badge, step] = holding
    for (name, step), holding in newest.items():
        if name in badges:
            tier = next((one.label for one in badges[name].tiers if one.id == step), "")
            yield BadgeView(badges[name], holding, tier, holding.expires is not None and now >= holding.expires)


def _streaks(season: Season) -> Iterator[StreakView]:
    challenges = {one.id: one for one in season.program.challenges}
    for answer in season.streaks:
        row, challenge = answer.progress, challenges[answer.progress.challenge]
        period, is_complete = period_words(row.period), row.completed is not None
        yield StreakView(challenge, goal_number(row.value), goal_number(row.target), period, is_complete)


def _misses(season: Season) -> Iterator[MissView]:
    rules = {one.id: one.label for one in season.program.rules}
    for rule in season.misses:
        for miss in rule.misses:
            one = miss.condition
            yield MissView(
                rule=rules.get(rule.rule, rule.rule),
                field=one.field,
                wanted=condition_words(one.field, one.operator, one.expected),
                found=value_text(one.new),
                is_known=one.new_known and one.result is not None,
                count=miss.count,
                records=miss.records,
            )


def _completed(season: Season) -> Iterator[CompletedView]:
    challenges = {one.id: one for one in season.program.challenges}
    for answer in season.progress:
        row: ProgressAnswer = answer
        challenge = challenges.get(row.progress.challenge)
        if challenge is not None and row.progress.completed is not None:
            yield CompletedView(challenge, period_words(row.progress.period), row.progress.completed, row.bonus)
