"""The JSON answers of closings and seasons; see `novigem.views.json.answers`."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import UnsetType

from novigem.engine.closing.late import Exceptions
from novigem.engine.closing.states import WindowState
from novigem.model.closing import Closing, FinalProgress, FinalRow, FinalStandings, read_standings
from novigem.model.program import ALWAYS_END, ALWAYS_START
from novigem.queries.seasons import SeasonSummary
from novigem.views.cast import Cast
from novigem.views.json.answers import entry_answer
from novigem.views.words import goal_number, iso_text


def closing_answer(closing: Closing, cast: Cast) -> dict[str, Any]:
    """Give one closing for a script; `digest` is the SHA-256 of the column `body` of its row."""
    final = read_standings(closing)
    answer: dict[str, Any] = {
        "program": closing.program,
        "kind": closing.kind,
        "id": closing.id,
        "name": final.name,
        "period": closing.period or None,
        "start": _end_text(final.start),
        "end": _end_text(closing.ends),
        "closed_at": iso_text(closing.closed),
        "as_of": closing.as_of,
        "version": closing.version,
        "reason": final.reason,
        "author": final.author,
        "digest": closing.digest,
    }
    cast = cast.beside(final)
    answer["rows"] = [line_answer(one, cast, final) for one in final.lines]
    if final.unranked:
        answer["apart"] = [line_answer(one, cast, final) | {"rank": None} for one in final.unranked]
    return answer


def closed_answer(closings: Sequence[Closing], cast: Cast) -> list[dict[str, Any]]:
    """Give what became final after a run or a sync."""
    return [closing_answer(one, cast) for one in closings]


def line_answer(row: FinalRow | FinalProgress, cast: Cast, final: FinalStandings) -> dict[str, Any]:
    """Give one line of final standings; on a board of teams, `team` takes the place of `user`."""
    left: dict[str, Any] = {"left": True} if row.user in final.gone else {}
    if isinstance(row, FinalRow):
        who = "team" if final.ranks_teams else "user"
        shown = {"rank": row.rank, who: row.user, "name": cast.name(row.user), "points": row.points}
        if not isinstance(row.members, UnsetType):
            left["members"] = goal_number(row.members)
        return shown | {"entries": row.entries, "tie": row.tie} | left
    return {
        "user": row.user,
        "name": cast.name(row.user),
        "value": goal_number(row.value),
        "target": goal_number(row.target),
        "completed_at": iso_text(row.completed),
        "bonus": row.bonus,
        "badge": row.badge,
        "points": row.points,
        **left,
    }


def state_answer(one: WindowState) -> dict[str, Any]:
    """Give how a challenge or board stands that is not final yet."""
    window = one.window
    return {
        "program": window.program,
        "kind": window.kind,
        "id": window.id,
        "period": window.period or None,
        "end": _end_text(window.end),
        "status": one.status,
        "final_at": _end_text(window.final_at),
        "waits_for": list(one.waits_for),
    }


def _end_text(micros: int) -> str | None:
    return None if micros in (ALWAYS_START, ALWAYS_END) else iso_text(micros)


def exceptions_answer(found: Exceptions, cast: Cast) -> dict[str, Any]:
    """Give what arrived after a closing, and whom it would move."""
    closing = found.closing
    return {
        "kind": closing.kind,
        "id": closing.id,
        "period": closing.period or None,
        "late": [entry_answer(one) for one in found.late],
        "changes": list(_change_answers(found, cast)),
    }


def _change_answers(found: Exceptions, cast: Cast) -> Iterator[dict[str, Any]]:
    final = read_standings(found.closing)
    cast, who = cast.beside(final), "team" if final.ranks_teams else "user"
    for one in found.shifts:
        then, now = (None if row is None else line_answer(row, cast, final) for row in (one.then, one.now))
        yield {who: one.user, "then": then, "now": now}


def season_answer(season: SeasonSummary, cast: Cast) -> dict[str, Any]:
    """Give one season, with the winners of each board that is closed."""
    program = season.program
    closings = [one for one in season.closings if one.kind == "board"]
    return {
        "program": program.program,
        "name": program.name,
        "start": _end_text(program.window.start),
        "end": _end_text(program.window.end),
        "status": season.status,
        "versions": [{"version": one.version, "accepted_at": iso_text(one.accepted)} for one in season.versions],
        "people": season.people,
        "points": season.points,
        "winners": [_winners_answer(one, cast) for one in closings],
        "closed": len(season.closings),
        "open": [state_answer(one) for one in season.states if one.status != "final"],
        "exceptions": season.late,
    }


def _winners_answer(closing: Closing, cast: Cast) -> dict[str, Any]:
    final = read_standings(closing)
    first = [line_answer(row, cast.beside(final), final) for row in final.firsts]
    return {"board": closing.id, "period": closing.period, "digest": closing.digest, "winners": first}


def archive_answer(season: SeasonSummary, found: Sequence[Exceptions], cast: Cast) -> dict[str, Any]:
    """Give one season with all final standings, and what arrived too late."""
    return season_answer(season, cast) | {
        "closings": [closing_answer(one, cast) for one in season.closings],
        "late": [exceptions_answer(one, cast) for one in found],
    }
