"""The archive: who won, is it final, and what came after the seal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.responses import Response

from novigem.access.table import What
from novigem.engine.closing.late import Exceptions
from novigem.leaderboards.ranking import first_rows
from novigem.model.closing import Closing, FinalProgress, FinalRow, FinalStandings, read_standings
from novigem.model.entry import Entry
from novigem.model.program import Program, bounded
from novigem.queries.seasons import SeasonSummary, read_exceptions, read_seasons
from novigem.queries.visibility import DisplayNames
from novigem.views.cast import Cast
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit
from novigem.views.words import clean

_MOST_SHOWN = 10


@dataclass(frozen=True)
class Place:
    """One row of final standings."""

    rank: int
    name: str
    points: int
    left: bool


@dataclass(frozen=True)
class SealedView:
    """One challenge or board as it was closed. `places` are the first rows of a board; `more` are left out."""

    closing: Closing
    final: FinalStandings
    span: tuple[date, date] | None
    places: tuple[Place, ...]
    more: int
    begun: int
    completed: int


@dataclass(frozen=True)
class Move:
    """Somebody whom what came late would move: where they stand, and where they would. None: nowhere."""

    name: str
    then: FinalRow | FinalProgress | None
    now: FinalRow | FinalProgress | None

    @property
    def is_of_board(self) -> bool:
        """Whether it is about ranks, not about progress."""
        return isinstance(self.then or self.now, FinalRow)


@dataclass(frozen=True)
class LateView:
    """What arrived after something was closed: how many entries, those that the reader may see, and the moves."""

    name: str
    number: int
    entries: tuple[tuple[Entry, str], ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class SeasonLine:
    """One season in one line."""

    summary: SeasonSummary
    winners: tuple[str, ...]

    @property
    def program(self) -> Program:
        """What it is the season of."""
        return self.summary.program

    @property
    def span(self) -> tuple[date, date] | None:
        """Its first and last day; None where it is open."""
        return _days(self.program, self.program.window.start, self.program.window.end)


def seasons(visit: Visit) -> Response:
    """Show every season, and one of them in full: the newest, or the one asked for."""
    asked = visit.query("season")
    if asked is not None and asked not in visit.programs:
        raise NotHere("there is no such season", hint="see all seasons")
    names = DisplayNames(visit.store, visit.programs)
    lines = [SeasonLine(one, _winners(one, names, visit)) for one in reversed(read_seasons(visit.queries))]
    chosen = next((one for one in lines if asked in (None, one.program.program)), None)
    return render(
        visit,
        "seasons.html",
        lines=lines,
        chosen=chosen,
        sealed=[] if chosen is None else [_sealed(visit, one, names) for one in reversed(chosen.summary.closings)],
        waiting=[] if chosen is None else [one for one in chosen.summary.states if one.status != "final"],
        late=[] if chosen is None else list(_late(visit, chosen.summary, names)),
    )


def _days(program: Program, start: int, end: int) -> tuple[date, date] | None:
    first, last = bounded(start), bounded(end)
    if first is None or last is None:
        return None
    return first.astimezone(program.zone).date(), (last.astimezone(program.zone) - timedelta(microseconds=1)).date()


def _winners(season: SeasonSummary, names: DisplayNames, visit: Visit) -> tuple[str, ...]:
    """Name who won the first board over the whole season, once that is closed."""
    boards = [one for one in season.closings if one.kind == "board" and one.period == "program"]
    if not boards:
        return ()
    final = read_standings(names.closing(boards[0]))
    cast = Cast(visit.programs, names.people).beside(final)
    return tuple(clean(cast.name(row.user)) for row in final.firsts)


def _sealed(visit: Visit, closing: Closing, names: DisplayNames) -> SealedView:
    final = read_standings(names.closing(closing))
    cast = Cast(visit.programs, names.people).beside(final)
    shown = first_rows(final.rows, _MOST_SHOWN)[: 2 * _MOST_SHOWN]
    places = (Place(row.rank, clean(cast.name(row.user)), row.points, row.user in final.gone) for row in shown)
    return SealedView(
        closing=closing,
        final=final,
        span=_days(visit.programs[closing.program], final.start, final.ends),
        places=tuple(places),
        more=len(final.rows) - len(shown),
        begun=len(final.progress),
        completed=sum(one.completed is not None for one in final.progress),
    )


def _late(visit: Visit, season: SeasonSummary, names: DisplayNames) -> Iterator[LateView]:
    for found in read_exceptions(visit.queries, season.closings):
        shown: Exceptions = names.exceptions(found)
        final = read_standings(shown.closing)
        cast = Cast(visit.programs, names.people).beside(final)
        # Whose entries and progress somebody may see is asked of the true ids, and told under those that are shown.
        seen = [
            (one, clean(cast.name(one.user)))
            for one, true in zip(shown.late, found.late, strict=True)
            if visit.may(What.ENTRIES, true.user)
        ]
        moves = [
            Move(clean(cast.name(one.user)), one.then, one.now)
            for one, true in zip(shown.shifts, found.shifts, strict=True)
            if found.closing.kind == "board" or visit.may(What.PROGRESS, true.user)
        ]
        yield LateView(clean(final.name), len(found.late), tuple(seen[:_MOST_SHOWN]), tuple(moves[:_MOST_SHOWN]))


ROUTES = [page("/seasons", seasons, What.SEASONS)]
