"""Boards of teams, read from the sums that are kept per person; nothing more is kept for a team.

Somebody who was a member all the time adds one kept sum. For a membership that begins or ends inside the period, the
weeks that lie wholly inside it are kept sums too, and only the cut weeks are read from the ledger.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from novigem.engine.closing.teams import averages, roster_now, team_totals
from novigem.leaderboards.floors import floored
from novigem.leaderboards.ranking import rank
from novigem.leaderboards.rollups import Rollups, rollup_name, standing_entries, sum_entries
from novigem.ledger.store import EntryFilter, Store
from novigem.model.change import to_micros
from novigem.model.clocks import with_own_days
from novigem.model.entry import Entry, Total
from novigem.model.periods import Cadence, Period
from novigem.model.program import ALWAYS_START, BoardPeriod, Program
from novigem.model.roster import Membership, Roster
from novigem.queries.board_types import BoardChoice, BoardRequest, BoardRow, RankedRows, board_rows, cut_rows
from novigem.queries.positions import AsOf, before, read_steadily
from novigem.queries.visibility import Shown


@dataclass(frozen=True)
class _Plan:
    """What a team's score is made of: kept sums by rollup and user, and stretches of somebody's entries."""

    rollups: list[tuple[str, str]]
    cuts: list[tuple[str, int, int]]


def rank_teams(store: Store, chosen: BoardChoice, asked: BoardRequest, now: int) -> RankedRows:
    """Rank every team of a program by what its members earned while they were in it.

    As of an earlier position or moment the ledger itself is added up; otherwise the entries of a team are, of whose
    members somebody was corrected by hand, where it matters when the points were reached. `now` is the reader's clock:
    a member counts for the time up to it, or to the moment asked for.
    """
    program, board = chosen.program, chosen.board
    roster = roster_now(program, store)
    has_rollups = asked.as_of is None and Rollups(program).keeps(None, chosen.kind)

    def read() -> list[Total]:
        if chosen.last_days is not None and asked.as_of is None:
            return [_added_up(store, chosen, team.id, roster.members(team.id)) for team in program.teams]
        if has_rollups:
            return _from_rollups(store, chosen, roster)
        return _from_ledger(store, program, roster, with_own_days(program, chosen.span), asked.as_of)

    found, position = read_steadily(store, read)
    totals = list(floored(program, found))
    if board.by == "average":
        until = min(now, to_micros(asked.as_of)) if isinstance(asked.as_of, datetime) else now
        rows = _by_average(chosen, totals, roster, until)
    else:
        rows = board_rows(rank(totals, board.ranking, board.ties))
    return cut_rows(rows, asked, asked.as_of if isinstance(asked.as_of, int) else position)


def _by_average(chosen: BoardChoice, totals: Iterable[Total], roster: Roster, until: int) -> list[BoardRow]:
    memberships = [one for user in roster.users for one in roster.memberships(user)]
    span = chosen.span
    ranked = averages(chosen.program, chosen.board, totals, memberships, (span.start, min(span.end, until)))
    return [
        BoardRow(
            one.rank, one.total.user, one.total.user, one.total.points, one.total.entries, one.tie, members=one.members
        )
        for one in ranked
    ]


def team_names(teams: Iterable[str], *versions: Program) -> dict[str, Shown]:
    """Give how a board shows some teams: as the last version of the program that has them calls them, or by id."""
    names = {team.id: team.name for program in versions for team in program.teams}
    return {team: Shown(team, names.get(team, team)) for team in teams}


def _from_rollups(store: Store, chosen: BoardChoice, roster: Roster) -> list[Total]:
    program = chosen.program
    plans = {team.id: _plan(program, roster.members(team.id), chosen.kind, chosen.moment) for team in program.teams}
    kept = store.totals({key for plan in plans.values() for key in plan.rollups})
    # What a correction takes from one member it may give to another: only all entries together tell the moment.
    is_timed = "first_to_reach" in chosen.board.ties
    corrected = store.last_adjusted([program.program]) if is_timed else {}
    found = []
    for team, plan in plans.items():
        members = roster.members(team)
        if any((program.program, one.user) in corrected for one in members):
            found.append(_added_up(store, chosen, team, members))
            continue
        parts = [kept[key] for key in plan.rollups if key in kept]
        parts += [_cut(store, program, *cut) for cut in plan.cuts]
        found.append(_together(team, parts))
    return found


def _added_up(store: Store, chosen: BoardChoice, team: str, members: Iterable[Membership]) -> Total:
    period = with_own_days(chosen.program, chosen.span)
    entries: list[Entry] = []
    for one in members:
        since, until = max(one.start, period.start), min(one.end, period.end)
        if since < until:
            which = EntryFilter(chosen.program.program, one.user, since=since, until=until)
            entries += standing_entries(store.entries(which))
    return sum_entries("", team, entries, counts_accounts=False)


def _plan(program: Program, memberships: Iterable[Membership], kind: BoardPeriod, moment: int) -> _Plan:
    plan = _Plan([], [])
    period = Rollups(program).period(kind, moment)
    for membership in memberships:
        inside = Period("", max(membership.start, period.start), min(membership.end, period.end))
        if (inside.start, inside.end) == (period.start, period.end):
            plan.rollups.append((rollup_name(program.program, None, period.label), membership.user))
        elif inside.start < inside.end:
            weeks = _whole_weeks(program, inside, moment)
            plan.rollups.extend((rollup_name(program.program, None, week.label), membership.user) for week in weeks)
            start, end = (weeks[0].start, weeks[-1].end) if weeks else (inside.end, inside.end)
            # What lies outside the program by its clock is in the sums of its first and its last week.
            window = program.window
            cuts = [(inside.start, start)] if not weeks or start > window.start else []
            cuts += [(end, inside.end)] if not weeks or end < window.end else []
            plan.cuts.extend((membership.user, since, until) for since, until in cuts if since < until)
    return plan


def _whole_weeks(program: Program, inside: Period, moment: int) -> list[Period]:
    """Give the weeks that lie wholly inside a stretch, as far as there can be many entries in them."""
    window = program.window
    # A program without a last day goes on for ever; what came after the moment of reading is read from the ledger.
    start, end = max(inside.start, window.start), min(inside.end, window.end, max(moment, inside.start))
    if start == ALWAYS_START:
        return []
    calendar = program.calendar
    week = calendar.period(Cadence.WEEKLY, start)
    if week.start < start:
        week = calendar.period(Cadence.WEEKLY, week.end)
    found = []
    while week.end <= end:
        found.append(week)
        week = calendar.period(Cadence.WEEKLY, week.end)
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


def _from_ledger(store: Store, program: Program, roster: Roster, span: Period, as_of: AsOf | None) -> list[Total]:
    which = before(EntryFilter(program.program, since=span.start, until=span.end), as_of)
    return team_totals(program, standing_entries(store.entries(which)), roster.teams_at)
