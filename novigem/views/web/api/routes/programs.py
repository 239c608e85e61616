"""Programs, and the archive of seasons."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from novigem.access.table import What
from novigem.model.entry import Entry
from novigem.model.program import ALWAYS_END, ALWAYS_START
from novigem.model.program import Program as ProgramTerms
from novigem.program.dump import plain
from novigem.queries.review import read_review
from novigem.queries.seasons import SeasonSummary, read_exceptions, read_season, read_seasons
from novigem.queries.visibility import DisplayNames
from novigem.views.cast import Cast
from novigem.views.json.answers import pause_answer
from novigem.views.json.closings import archive_answer, season_answer
from novigem.views.json.review import review_answer
from novigem.views.web.api.door import AtDoor
from novigem.views.web.api.models.programs import ArchiveAnswer, ProgramAnswer, ProgramListed, SeasonAnswer
from novigem.views.web.api.models.review import ReviewAnswer
from novigem.views.web.api.parts import Id, answer
from novigem.views.web.api.whose import hidden_from
from novigem.views.web.visit import NotHere, Visit
from novigem.views.words import iso_text

router = APIRouter(tags=["programs"])


@router.get("/programs", response_model=list[ProgramListed], response_model_exclude_unset=True)
def list_programs(door: AtDoor) -> Response:
    """List the programs."""
    with door.visit(What.PROGRAM) as visit:
        return answer([_listed(one, visit) for one in visit.programs.values()])


@router.get("/programs/{program}", response_model=ProgramAnswer, response_model_exclude_unset=True)
def program(door: AtDoor, program: Id) -> Response:
    """Give a program: what pays, as its file says it. Who takes part is not told here."""
    with door.visit(What.PROGRAM) as visit:
        found = _program(visit, program)
        versions = (one for one in visit.store.programs() if one.program == found.program)
        parts = {name: plain(getattr(found, name)) for name in ("rules", "challenges", "badges", "leaderboards")}
        # Whom a board is for may be said by naming people.
        parts["leaderboards"] = [
            {key: value for key, value in one.items() if key != "scope" or isinstance(value, str)}
            for one in parts["leaderboards"]
        ]
        told = [{"version": one.version, "accepted_at": iso_text(one.accepted)} for one in versions]
        return answer(_listed(found, visit) | {"versions": told} | parts)


@router.get("/programs/{program}/review", response_model=ReviewAnswer, response_model_exclude_unset=True)
def review(door: AtDoor, program: Id) -> Response:
    """Give the review of a season: its figures before, during and after, and what to change next."""
    with door.visit(What.REVIEW) as visit:
        found, hidden = read_review(visit.queries, _program(visit, program)), hidden_from(visit)
        return answer(review_answer(found, is_seen=lambda user: user not in hidden))


@router.get("/seasons", response_model=list[SeasonAnswer], response_model_exclude_unset=True)
def list_seasons(door: AtDoor) -> Response:
    """List every season: how it stands, and who won."""
    with door.visit(What.SEASONS) as visit:
        names = DisplayNames(visit.store, visit.programs)
        found = [_shown(one, names) for one in read_seasons(visit.queries)]
        cast = Cast(visit.programs, names.people)
        return answer([season_answer(one, cast) for one in found])


@router.get("/seasons/{program}", response_model=ArchiveAnswer, response_model_exclude_unset=True)
def season(door: AtDoor, program: Id) -> Response:
    """Give one season in full: final standings, and what came late, as far as the reader may see it."""
    with door.visit(What.SEASONS) as visit:
        found = read_season(visit.queries, _program(visit, program))
        names = DisplayNames(visit.store, visit.programs)
        every = list(read_exceptions(visit.queries, found.closings))
        late = [names.exceptions(one._replace(late=_own(visit, one.late))) for one in every]
        shown = _shown(found, names)
        return answer(_as_seen(visit, archive_answer(shown, late, Cast(visit.programs, names.people))))


def _own(visit: Visit, late: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(one for one in late if visit.may(What.ENTRIES, visit.store.joins().person(one.user)))


def _as_seen(visit: Visit, told: dict[str, Any]) -> dict[str, Any]:
    """Leave out the progress of single people whom the reader may not ask about."""

    def seen(row: dict[str, Any] | None) -> bool:
        return row is None or visit.may(What.PROGRESS, row["user"])

    for one in told["closings"]:
        if one["kind"] == "challenge":
            one["rows"] = [row for row in one["rows"] if seen(row)]
    for one in told["late"]:
        if one["kind"] == "challenge":
            one["changes"] = [row for row in one["changes"] if seen(row)]
    return told


def _shown(season: SeasonSummary, names: DisplayNames) -> SeasonSummary:
    """Give a season whose final standings name people as they are shown."""
    states = (one._replace(closing=one.closing and names.closing(one.closing)) for one in season.states)
    return season._replace(states=tuple(states))


def _program(visit: Visit, name: str) -> ProgramTerms:
    if name not in visit.programs:
        raise NotHere("there is no such program", hint="see /api/v1/programs")
    return visit.programs[name]


def _listed(program: ProgramTerms, visit: Visit) -> dict[str, Any]:
    window, pause = program.window, program.pause_at(visit.queries.now)
    return {
        "program": program.program,
        "name": program.name,
        "description": program.description,
        "timezone": program.timezone,
        "start": None if window.start == ALWAYS_START else iso_text(window.start),
        "end": None if window.end == ALWAYS_END else iso_text(window.end),
        "status": str(program.status),
        **({} if pause is None else {"paused": pause_answer(pause)}),
    }
