"""What the page of a board is filled with: what was asked for, the rows, one's own place, and what stands around."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from novigem.model.program import Leaderboard, Program
from novigem.queries.board_types import Board, BoardRow


@dataclass(frozen=True)
class Asked:
    """What an address asks for; None and 1 where it says nothing."""

    period: str | None
    as_of: int | datetime | None
    as_of_text: str | None
    start: int | None
    live: bool

    def query(self, **changes: Any) -> dict[str, Any]:
        """Give the query of an address that asks for the same but for some changes."""
        kept = {"period": self.period, "as_of": self.as_of_text, "start": self.start, "live": self.live or None}
        return kept | changes


@dataclass(frozen=True)
class RowView:
    """One row: what the board says, the share of its bar, and where its name and its number lead (None: nowhere)."""

    row: BoardRow
    name: str
    share: float
    figure: Fraction
    is_mine: bool
    person: str | None
    door: str | None

    @property
    def user(self) -> str:
        """The id that the board shows."""
        return self.row.user


@dataclass(frozen=True)
class OwnPlace:
    """Where the reader stands: their row, and what is missing to the rank above (None: they lead, or nobody knows).

    `tie` is the step that put them below an equal, where nothing is missing but that.
    """

    row: RowView
    ahead: int | None = None
    missing: Fraction | None = None
    tie: str | None = None


@dataclass(frozen=True)
class BoardLink:
    """A board that can be chosen."""

    program: Program
    board: Leaderboard
    is_current: bool
    is_named_once: bool


@dataclass(frozen=True)
class BoardView:
    """A board with what the page shows beside it.

    `rows` are those on the page; None stands for places that are left out. `read_to` is how far Salesforce has been
    read, `late` how many entries came after the seal, and `span` the first and the last day of the period.
    """

    board: Board
    program: Program
    definition: Leaderboard
    asked: Asked
    rows: tuple[RowView | None, ...]
    apart: tuple[RowView, ...]
    own: OwnPlace | None
    opens: Literal["first", "own", "place"]
    is_hidden: bool
    periods: tuple[tuple[str, str, bool], ...]
    kind: str
    span: tuple[date, date] | None
    previous: str | None
    following: str | None
    start_before: int | None
    start_after: int | None
    start_beside: int | None
    boards: tuple[BoardLink, ...]
    challenge: str | None
    read_to: int | None
    late: int

    @cached_property
    def has_pending(self) -> bool:
        """Whether some of the points shown are held."""
        return any(one.row.pending for one in self.rows if one is not None)

    @property
    def has_bars(self) -> bool:
        """Whether a long bar is a good one."""
        return not self.board.fewer_first

    @property
    def shown(self) -> Board:
        """The board with the rows that the page shows, and no others."""
        return replace(self.board, rows=tuple(one.row for one in self.rows if one is not None))
