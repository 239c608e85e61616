"""Teams against the ledger: their progress is what their members' entries lead to, and so are the credits."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from novigem.challenges.goals import recount
from novigem.challenges.team_goals import TeamGoals, team_bonus_prefix
from novigem.leaderboards.books import standing_entries
from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.entry import Entry, EntryKind, Progress, ProgressKey
from novigem.model.program import Program
from novigem.model.roster import Roster
from novigem.model.team_rows import challenge_of_team_row, team_badge_row, team_row
from novigem.posting.teams import TeamHistory


class Unproved(NamedTuple):
    """A figure of a team that is kept, and what the ledger proves."""

    what: str
    kept: str
    proved: str


def unproved_teams(store: Store, program: Program, *, credits_too: bool) -> Iterator[Unproved]:
    """Yield the progress, bonuses and badges of teams that the ledger does not lead to.

    Without `credits_too` only the progress is looked at: what an earlier version of the program credited stands. Nor
    is a credit missed: who took part is not known of the past.
    """
    goals = TeamGoals(program)
    if not goals:
        return
    roster = Roster(program, store.people(), store.assignments())

    def read(user: str, challenge: str, _period: str | None = None, /) -> Iterator[Entry]:
        return store.entries(EntryFilter(program.program, user, challenge=challenge))

    history = TeamHistory(goals, roster, read)
    kept = _kept_rows(store, goals)
    for challenge in goals.challenges:
        for team in goals.teams:
            for key, counted in history.rows(challenge, team).items():
                row = recount(key, goals.measure(key), counted)
                yield from _progress_differs(key, kept.pop(key, None), row)
                if credits_too and row is not None:
                    yield from _credits_differ(store, goals, row, goals.credited(row, counted, roster))
    for key, row in kept.items():
        yield Unproved(_name(key), str(row.value), "no entries")


def _kept_rows(store: Store, goals: TeamGoals) -> dict[ProgressKey, Progress]:
    name = goals.program.program
    rows = (row for one in goals.challenges for row in store.progress_rows(RowFilter(name, challenge=team_row(one))))
    # What an older version counted for a team that is gone stays as it was.
    return {row.key: row for row in rows if goals.holds(row.key)}


def _progress_differs(key: ProgressKey, kept: Progress | None, proved: Progress | None) -> Iterator[Unproved]:
    if _figures(kept) != _figures(proved):
        yield Unproved(
            _name(key), "none" if kept is None else str(kept.value), "none" if proved is None else str(proved.value)
        )


def _figures(row: Progress | None) -> tuple[int, int, int] | None:
    return None if row is None else (row.value, row.entries, row.last)


def _credits_differ(store: Store, goals: TeamGoals, row: Progress, credited: set[str]) -> Iterator[Unproved]:
    challenge = challenge_of_team_row(row.challenge) or ""
    prefix = goals.bonus_key(row.key, "")
    paid = Counter(entry.user for entry in _bonuses(store, row.program, challenge) if entry.key.startswith(prefix))
    for user, count in sorted(paid.items()):
        if count != 1 or user not in credited:
            yield Unproved(f"{_name(row.key)} {user}", f"{count} bonus", "1" if user in credited else "not credited")
    place = RowFilter(row.program, challenge=team_badge_row(challenge, row.user), period=row.period)
    for held in store.badge_rows(place):
        if held.user not in credited:
            yield Unproved(f"{_name(row.key)} {held.user}", "badge", "not credited")


def _bonuses(store: Store, program: str, challenge: str) -> list[Entry]:
    entries = standing_entries(store.entries(EntryFilter(program, challenge=challenge)))
    prefix = team_bonus_prefix(program)
    return [one for one in entries if one.kind is EntryKind.BONUS and one.key.startswith(prefix)]


def _name(key: ProgressKey) -> str:
    return "/".join(key[1:])
