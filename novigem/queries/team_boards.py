"""Boards of teams, read from the sums that are kept per person; nothing more is kept for a team.

Somebody who was a member all the time adds one kept sum. For a stay that begins or ends inside the period, the weeks
that lie wholly inside it are kept sums too, and only the cut weeks are read from the ledger.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from novigem.engine.closing.teams import roster_now, team_totals
from novigem.leaderboards.ranking import Standing, rank
from novigem.leaderboards.rollups import Rollups, rollup_name, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, Store
from novigem.model.change import to_micros
from novigem.model.entry import Total
from novigem.model.periods import Period
from novigem.model.program import ALWAYS_START, BoardPeriod, Leaderboard, Program, bounded
from novigem.model.roster import Membership, Roster
from novigem.queries.boards import Board, BoardRow
from novigem.queries.visibility import Shown

# A reader beside a busy writer gives up waiting for a quiet moment after so many tries.
_MOST_READS = 5


@dataclass(frozen=True)
class _Plan:
    """What a team's score is made of: kept sums by book and user, and stretches of somebody's entries."""

    rollups: list[tuple[str, str]]
    cuts: list[tuple[str, int, int]]


def read_team_board(
    store: Store,
    program: Program,
    board: Leaderboard,
    when: tuple[BoardPeriod, int],
    as_of: int | datetime | None = None,
) -> Board:
    """Read a board of teams. Every team of the program stands on it.

    `when` is a kind of period, and a moment (microseconds since 1970 UTC) in the one to read. `as_of` is a ledger
    position, or a moment: what had happened before it; then, and only then, the ledger itself is added up.
    """
    kind, moment = when
    roster = roster_now(program, store)
    span = program.window if kind == "program" else Rollups(program).period(kind, moment)
    for _attempt in range(_MOST_READS):
        position = store.entry_count()
        totals = (
            _kept(store, program, roster, kind, moment)
            if as_of is None and Rollups(program).keeps(None, kind)
            else _counted(store, program, roster, span, as_of)
        )
        if store.entry_count() == position:
            break
    return Board(
        board=board.id,
        name=board.name,
        program=program.program,
        period=span.label,
        start=bounded(span.start),
        end=bounded(span.end),
        as_of=as_of if isinstance(as_of, int) else position,
        status="running",
        rows=tuple(_rows(program, rank(totals, board.ranking, board.ties))),
        ranks="teams",
    )


def team_names(teams: Iterable[str], *versions: Program) -> dict[str, Shown]:
    """Give how a board shows some teams: as the last version of the program that has them calls them, or by id."""
    names = {team.id: team.name for program in versions for team in program.teams}
    return {team: Shown(team, names.get(team, team)) for team in teams}


def _rows(program: Program, standings: Iterable[Standing]) -> Iterator[BoardRow]:
    names = {team.id: team.name for team in program.teams}
    for one in standings:
        total = one.total
        yield BoardRow(one.rank, total.user, names[total.user], total.points, total.entries, one.tie)


def _kept(store: Store, program: Program, roster: Roster, kind: BoardPeriod, moment: int) -> list[Total]:
    plans = {team.id: _plan(program, roster.members(team.id), kind, moment) for team in program.teams}
    kept = store.totals({key for plan in plans.values() for key in plan.rollups})
    found = []
    for team, plan in plans.items():
        parts = [kept[key] for key in plan.rollups if key in kept]
        parts += [_cut(store, program, *cut) for cut in plan.cuts]
        found.append(_together(team, parts))
    return found


def _plan(program: Program, memberships: Iterable[Membership], kind: BoardPeriod, moment: int) -> _Plan:
    plan = _Plan([], [])
    book = Rollups(program).period(kind, moment)
    for membership in memberships:
        inside = Period("", max(membership.start, book.start), min(membership.end, book.end))
        if (inside.start, inside.end) == (book.start, book.end):
            plan.rollups.append((rollup_name(program.program, None, book.label), membership.user))
        elif inside.start < inside.end:
            weeks = _whole_weeks(program, inside, moment)
            plan.rollups.extend((rollup_name(program.program, None, week.label), membership.user) for week in weeks)
            start, end = (weeks[0].start, weeks[-1].end) if weeks else (inside.end, inside.end)
            cuts = (inside.start, start), (end, inside.end)
            plan.cuts.extend((membership.user, since, until) for since, until in cuts if since < until)
    return plan


def _whole_weeks(program: Program, inside: Period, moment: int) -> list[Period]:
    """Give the weeks that lie wholly inside a stretch, as far as there can be many entries in them."""
    window = program.window
    # A program without a last day goes on for ever; what came after the moment of reading is read from the ledger.
    start, end = max(inside.start, window.start), min(inside.end, window.end, max(moment, inside.start))
    if start == ALWAYS_START:
        return []
    weeks = Rollups(program)
    week = weeks.period("week", start)
    if week.start < start:
        week = weeks.period("week", week.end)
    found = []
    while week.end <= end:
        found.append(week)
        week = weeks.period("week", week.end)
    return found


def _cut(store: Store, program: Program, user: str, since: int, until: int) -> Total:
    entries = store.entries(EntryFilter(program.program, user, since=since, until=until))
    return sum_entries("", user, standing_entries(entries), counts_accounts=False)


def _together(team: str, parts: Sequence[Total]) -> Total:
    return Total(
        book="",
        user=team,
        points=sum(one.points for one in parts),
        entries=sum(one.entries for one in parts),
        reached=max((one.reached for one in parts if one.entries), default=0),
    )


def _counted(store: Store, program: Program, roster: Roster, span: Period, as_of: int | datetime | None) -> list[Total]:
    until = to_micros(as_of) if isinstance(as_of, datetime) else span.end
    which = EntryFilter(
        program.program,
        since=span.start,
        until=min(until, span.end),
        up_to=as_of if isinstance(as_of, int) else None,
    )
    return team_totals(program, standing_entries(store.entries(which)), roster.teams_at)
