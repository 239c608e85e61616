"""The front of all reading: boards, progress, badges, entries, people and programs, as every view shows them.

Each question is answered in a module beside this one: `boards.py` shows the way of one board.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from novigem.ledger.store import EntryFilter, RowFilter, Store
from novigem.model.change import to_micros
from novigem.model.entry import BadgeAward, Entry, Progress
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.board_types import NEIGHBOURS_EACH_SIDE, Board, BoardRequest, BoardRow
from novigem.queries.boards import BoardReader
from novigem.queries.holdings import Holding, read_holdings
from novigem.queries.people import find_user, people_by_id
from novigem.queries.programs import ProgramCache, StoredPrograms
from novigem.queries.progress import ProgressAnswer, listed_rows, read_progress
from novigem.queries.visibility import Viewer, shown_entry, shown_row, unlisted
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

__all__ = ["Board", "BoardRow", "ProgressAnswer", "Queries"]


class Queries:
    """Answers from a store.

    `now` is the reader's clock: it picks the current week of a board, tells what is over and what is still held.
    `viewer` is who looks: nothing of a program that they may not see is in any answer. `cache` keeps the programs that
    were read back, for whoever asks again and again.
    """

    def __init__(
        self,
        store: Store,
        *,
        now: datetime,
        registry: Registry = DEFAULT_REGISTRY,
        viewer: Viewer = "leader",
        cache: ProgramCache | None = None,
    ) -> None:
        self.store = store
        self.registry = registry
        self.now = to_micros(now)
        self._viewer = viewer
        self._programs = StoredPrograms(store, registry, viewer, cache)

    def programs(self) -> dict[str, Program]:
        """Give the newest accepted version of each program, by id.

        A program with operators of its own, which this reader's registry does not hold, is left out here; `program`
        says so when it is asked for.
        """
        return self._programs.readable()

    def program(self, program_id: str | None = None) -> Program:
        """Give one program; without an id the only one.

        Raises UnknownName when there is none, or several and none is named; ProgramError when it cannot be read back.
        """
        return self._programs.program(program_id)

    def program_version(self, program_id: str, version: str) -> Program:
        """Give a program as it was accepted under a version. Raises UnknownName where it was not."""
        return self._programs.version(program_id, version)

    def find_user(self, text: str) -> str:
        """Give the id of a user named by id, e-mail or name.

        Raises UnknownName when nobody, or more than one person, is called so.
        """
        return find_user(self.store, text)

    def people(self, ids: Collection[str]) -> dict[str, Person]:
        """Give people by id; ids nobody told us about stand as themselves."""
        return people_by_id(self.store, ids)

    def board(
        self,
        board_id: str | None = None,
        *,
        program_id: str | None = None,
        period: str | None = None,
        as_of: int | datetime | None = None,
        limit: int | None = None,
        user: str | None = None,
        live: bool = False,
        start: int = 1,
        beside: int = NEIGHBOURS_EACH_SIDE,
    ) -> Board:
        """Give the standings of a board; without an id the first of the program.

        `period` is `program`, `week`, `month`, `quarter` or `all`, optionally with a day in it: `week:2026-01-07`.
        `as_of` is a ledger position, or a moment: what had happened before it. `user` adds the rows around somebody,
        `beside` of them on each side.
        `limit` gives the first rows, and whoever shares the last place among them; with `start`, those from a place on
        (rows are counted from 1), and whoever shares the rank of the first.
        What is closed is read as it was closed, unless `as_of` or `live` asks for the ledger.

        Raises UnknownName for a board or program that does not exist, InputError for a period that is none.
        """
        reader = BoardReader(self.store, self._programs, self.now)
        return reader.read(BoardRequest(board_id, program_id, period, as_of, limit, user, live, max(1, start), beside))

    def progress(self, which: RowFilter) -> list[Progress]:
        """Give progress rows; those of badges and teams only where `challenge` asks for it: `badge/ID`, `team/ID`.

        Rows of others than the user asked for are without who opted out.
        """
        hidden = unlisted(self.store, which.user)
        return [shown_row(row, hidden) for row in listed_rows(self.store, which) if self._sees(row.program)]

    def completions(self, which: RowFilter, *, live: bool = False) -> list[ProgressAnswer]:
        """Give progress rows with what completing them gave, and how the challenge stands.

        What is closed is read as it was closed, unless `live` asks for what the ledger and the badge awards say today.
        Rows of others than the user asked for are without who opted out.
        """
        hidden = unlisted(self.store, which.user)
        answers = read_progress(self.store, self.programs(), self.now, which, live=live)
        seen = (one for one in answers if self._sees(one.progress.program))
        return [replace(one, progress=shown_row(one.progress, hidden)) for one in seen]

    def badges(self, which: RowFilter) -> list[BadgeAward]:
        """Give badge awards, each time a badge was earned or given; see `holdings`."""
        return [one.award for one in self.holdings(which)]

    def holdings(self, which: RowFilter) -> list[Holding]:
        """Give who holds or held which badge, and until when; of others than the one asked for, without who opted out.

        A badge that expires and was earned or given anew has a holding for each time.
        """
        hidden = unlisted(self.store, which.user)
        found = read_holdings(self.store, self.programs(), which)
        return [replace(one, award=shown_row(one.award, hidden)) for one in found if self._sees(one.award.program)]

    def entries(self, which: EntryFilter) -> Iterator[Entry]:
        """Yield ledger entries; of others than the one asked for, without who opted out."""
        hidden = unlisted(self.store, which.user)
        return (shown_entry(one, hidden) for one in self.store.entries(which) if self._sees(one.program))

    def _sees(self, program: str) -> bool:
        """Tell whether who looks may see a program."""
        return self._viewer == "leader" or program in self._seen

    @cached_property
    def _seen(self) -> frozenset[str]:
        return frozenset(self.programs())
