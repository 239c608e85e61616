"""What stands for the progress of teams, read from the ledger: their members' entries while they were members."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from novigem.challenges.team_goals import TeamGoals
from novigem.leaderboards.rollups import standing_entries
from novigem.ledger.store import EntryFilter, Reader
from novigem.model.entry import Entry, ProgressKey
from novigem.model.roster import Roster


class EntriesOf(Protocol):
    """Reads all entries of one user in one challenge, in ledger order; with a period, only those of it."""

    def __call__(self, user: str, challenge: str, period: str | None = None, /) -> Iterable[Entry]:
        """Give the entries."""


def entries_in(
    reader: Reader, program: str, user: str, challenge: str, period: str | None = None, /
) -> Iterator[Entry]:
    """Read the entries of one user in one challenge of a program, in ledger order; with a period, only those of it."""
    return reader.entries(EntryFilter(program, user, challenge=challenge, period=period))


class TeamHistory:
    """What stands for the rows of teams, read from the ledger once for each member, challenge and period asked for."""

    def __init__(self, goals: TeamGoals, roster: Roster, read: EntriesOf) -> None:
        self._goals = goals
        self._roster = roster
        self._read = read
        self._known: dict[tuple[str, str, str | None], list[Entry]] = {}

    def rows(
        self, challenge: str, team: str, period: str | None = None, users: Collection[str] | None = None
    ) -> dict[ProgressKey, list[Entry]]:
        """Give the rows of a team in a challenge, or one period of it, that something counts for, with the entries.

        With `users`, only the entries of these.
        """
        found: dict[ProgressKey, list[Entry]] = defaultdict(list)
        members = (membership.user for membership in self._roster.members(team))
        for user in dict.fromkeys(one for one in members if users is None or one in users):
            for entry in self.entries(user, challenge, period):
                for key, counted in self._goals.counted(entry, self._roster):
                    if key.user == team and key.subject.id == challenge:
                        found[key].append(counted)
        return found

    def standing(self, key: ProgressKey, users: Collection[str] | None = None) -> list[Entry]:
        """Give the standing entries that count for a row; with `users`, only those of these."""
        return self.rows(key.subject.id, key.user, key.period or None, users).get(key, [])

    def entries(self, user: str, challenge: str, period: str | None = None) -> list[Entry]:
        """Give the standing entries of one user in one challenge, or one period of it."""
        asked = (user, challenge, period)
        if asked not in self._known:
            self._known[asked] = standing_entries(self._read(user, challenge, period))
        return self._known[asked]
