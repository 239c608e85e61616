"""Teams against the ledger: their progress is what their members' entries lead to, and so are the credits."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from novigem.audit.doctor.participation import Participation
from novigem.audit.doctor.progress import progress_differs
from novigem.challenges.goals import recount
from novigem.challenges.team_goals import TeamGoals, team_bonus_prefix
from novigem.engine.team_history import TeamHistory, entries_in
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.discrepancy import Discrepancy
from novigem.model.entry import Entry, EntryKind, Progress, ProgressKey
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.model.roster import Roster
from novigem.model.subject import team_badge_row, team_row


def unproved_teams(store: Store, program: Program, *, credits_too: bool, whole: bool = False) -> Iterator[Discrepancy]:
    """Yield the progress, bonuses and badges of teams that the ledger does not lead to.

    `whole` holds every column of the progress to it: the program has had no other version.

    Without `credits_too` only the progress is looked at: what an earlier version of the program credited stands. A
    credit is missed where the newest version was in use already, and whoever it is due took part from then until now:
    of somebody who did not, it is not known whether they were ever asked in time.
    """
    goals = TeamGoals(program)
    if not goals:
        return
    people, assignments = store.everybody(), store.every_assignment()
    roster = Roster(program, people, assignments)
    part = Participation(program.participants, people, assignments)
    in_use = max((use.accepted for use in store.timeline() if use.program == program.program), default=ALWAYS_START)
    history = TeamHistory(goals, roster, partial(entries_in, store, program.program))
    kept = _kept_rows(store, goals)
    for challenge in goals.challenges:
        for team in goals.teams:
            for key, counted in history.rows(challenge, team).items():
                row, known = recount(key, goals.measure(key), counted), kept.pop(key, None)
                yield from progress_differs(key, known, row, whole=whole)
                if credits_too and row is not None:
                    due = goals.credited(row, counted, roster)
                    held = _held(store, goals, row)
                    yield from _credits_too_many(row, held, due)
                    told = _completed_when(row, counted)
                    if known is not None and known.completed == row.completed and told >= in_use:
                        # A bonus and a badge are given together, so whoever has one is due the other.
                        have = held.bonuses.keys() | held.badges
                        sure = {user for user in due if user in have or part.lasted(user, told)}
                        yield from _credits_missed(goals, row, held, sure)
    for key, row in kept.items():
        yield Discrepancy(_name(key), str(row.value), "no entries", key.program)


def _kept_rows(store: Store, goals: TeamGoals) -> dict[ProgressKey, Progress]:
    name = goals.program.program
    rows = (row for one in goals.challenges for row in store.progress_rows(RowFilter(name, challenge=team_row(one))))
    # What an older version counted for a team that is gone stays as it was.
    return {row.key: row for row in rows if goals.holds(row.key)}


class _Held(NamedTuple):
    """Who has what for a completion of a team: how many bonuses, and the badge."""

    bonuses: Counter[str]
    badges: set[str]


def _held(store: Store, goals: TeamGoals, row: Progress) -> _Held:
    challenge = row.subject.id
    prefix = goals.bonus_key(row.key, "")
    paid = Counter(entry.user for entry in _bonuses(store, row.program, challenge) if entry.key.startswith(prefix))
    place = RowFilter(row.program, challenge=team_badge_row(challenge, row.user), period=row.period)
    return _Held(paid, {one.user for one in store.badges(place)})


def _credits_too_many(row: Progress, held: _Held, due: set[str]) -> Iterator[Discrepancy]:
    for user, count in sorted(held.bonuses.items()):
        if count != 1 or user not in due:
            proved = "1" if user in due else "not credited"
            yield Discrepancy(f"{_name(row.key)} {user}", f"{count} bonus", proved, row.program)
    for user in sorted(held.badges - due):
        yield Discrepancy(f"{_name(row.key)} {user}", "badge", "not credited", row.program)


def _completed_when(row: Progress, counted: Iterable[Entry]) -> int:
    """Give when all that completed a row stood in the ledger; ALWAYS_END where it is not complete."""
    if row.completed is None:
        return ALWAYS_END
    return max(one.recorded for one in counted if one.occurred <= row.completed)


def _credits_missed(goals: TeamGoals, row: Progress, held: _Held, due: set[str]) -> Iterator[Discrepancy]:
    for user in sorted(due):
        if user not in held.bonuses and goals.bonus(row, user) is not None:
            yield Discrepancy(f"{_name(row.key)} {user}", "no bonus", "credited", row.program)
        if user not in held.badges and goals.badge(row, user) is not None:
            yield Discrepancy(f"{_name(row.key)} {user}", "no badge", "credited", row.program)


def _bonuses(store: Store, program: str, challenge: str) -> list[Entry]:
    entries = standing_entries(store.entries(EntryFilter(program, challenge=challenge)))
    prefix = team_bonus_prefix(program)
    return [one for one in entries if one.kind is EntryKind.BONUS and one.key.startswith(prefix)]


def _name(key: ProgressKey) -> str:
    return "/".join(key[1:])
