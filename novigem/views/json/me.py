"""The answer of `novigem me --json`: what still pays, places, points by week, badges, streaks, what did not pay."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.chances import Chance
from novigem.queries.me import Place, Season
from novigem.views.chance_words import step_words, why_words
from novigem.views.json.answers import average_number, badge_answer, percent_number, progress_answer
from novigem.views.json.near_misses import near_misses_answer
from novigem.views.words import goal_number, iso_text


def me_answer(
    person: Person, seasons: Sequence[Season], chances: Sequence[Chance], programs: Mapping[str, Program], now: int
) -> dict[str, Any]:
    """Give one person's own page; chances in the order in which they should be done."""
    return {
        "user": person.id,
        "name": person.label,
        "chances": [chance_answer(one, programs[one.program]) for one in chances],
        "programs": [_season(one, now) for one in seasons],
    }


def chance_answer(chance: Chance, program: Program) -> dict[str, Any]:
    """Give something that would still pay; `points` is null where they cannot be told."""
    answer: dict[str, Any] = {
        "kind": chance.kind,
        "program": chance.program,
        "rule": chance.rule,
        "challenge": chance.challenge,
        "badge": chance.badge,
        "object": chance.object,
        "record": chance.record,
        "points": chance.points,
        "bonus": chance.bonus,
        "due": _day(chance.due),
        "last_day": _day(chance.last_day),
        "until": iso_text(chance.until),
        "near": chance.is_near,
        "step": step_words(chance, program),
        "why": why_words(chance, program),
    }
    if chance.field is not None:
        answer |= {"field": chance.field, "to": chance.to, "any_value": chance.any_value}
    if chance.target is not None:
        figures = {"value": chance.value, "target": chance.target, "left": chance.left}
        answer |= {key: goal_number(value or 0) for key, value in figures.items()}
    if chance.tier:
        answer["tier"] = chance.tier
    return answer


def _season(season: Season, now: int) -> dict[str, Any]:
    return {
        "program": season.program.program,
        "state": season.state,
        "takes_part": season.takes_part,
        "points": season.points,
        "places": [_place(one) for one in season.places],
        "weeks": [
            {"week": one.period.label.removeprefix("week:"), "points": one.points, "awards": one.entries}
            for one in season.weeks
        ],
        "progress": [progress_answer(one) for one in season.progress],
        "badges": [badge_answer(one, now) for one in season.badges],
        "week": season.week.label.removeprefix("week:"),
        "did_not_pay": near_misses_answer(season.misses),
    }


def _place(place: Place) -> dict[str, Any]:
    row = place.row
    answer: dict[str, Any] = {
        "board": place.board.board,
        "status": place.board.status,
        "ranks": place.board.ranks,
        "rank": row.rank,
        "points": row.points if row.value is None else None,
        "next_rank": None if place.above is None else place.above.rank,
        "gap": None if place.gap is None else float(place.gap),
    }
    if row.value is not None:
        answer["percent"] = percent_number(row)
    if row.members is not None:
        answer["average"] = average_number(row)
    if place.board.ranks == "teams":
        answer["team"] = row.user
    return answer


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
