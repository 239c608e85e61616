"""Closings: standings that are final, with everything that a hash can hold them to."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

import msgspec

from novigem.model.roster import Membership

ClosingKind = Literal["challenge", "board"]
#: How a board that is closed today tells equals apart; see `FinalStandings`.
PRESENT_EQUALS = 2


class ClosingKey(NamedTuple):
    """What is closed: a challenge or a board over one period. `period` is "" for a challenge that is not recurring."""

    program: str
    kind: str
    id: str
    period: str


class Closing(NamedTuple):
    """The final standings of one challenge or board, as they are kept. Moments are microseconds since 1970 UTC.

    `ends` is the end of the period, `closed` when the standings were kept, `as_of` the ledger position they stand at
    and `version` the program's. `body` is the canonical JSON of a `FinalStandings`, `digest` its SHA-256 in hex.
    """

    program: str
    kind: str
    id: str
    period: str
    ends: int
    closed: int
    as_of: int
    version: str
    body: str
    digest: str

    @property
    def key(self) -> ClosingKey:
        """What is closed."""
        return ClosingKey(self.program, self.kind, self.id, self.period)


def closing_order(one: Closing) -> tuple[str, int, str, str, str]:
    """Give the order in which closings are listed."""
    return (one.program, one.ends, one.kind, one.id, one.period)


class FinalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a closed board; `tie` names the step that put it below an equal in points, if one did.

    On a board of teams, `user` is the id of a team; by average, `members` is how many it had, in millionths.
    """

    rank: int
    user: str
    points: int
    entries: int
    tie: str | None = None
    # Unset but on a board of teams by average.
    members: int | msgspec.UnsetType = msgspec.UNSET


class FinalProgress(msgspec.Struct, frozen=True, kw_only=True):
    """One user in a closed challenge: progress (in millionths, see `Progress`), and what came of it.

    `points` are all points that the challenge brought the user, the `bonus` among them. `reached` is unset in what was
    closed before it was kept.
    """

    user: str
    value: int
    target: int
    entries: int
    first: int
    last: int
    completed: int | None = None
    bonus: int | None = None
    badge: str | None = None
    points: int = 0
    reached: int | msgspec.UnsetType | None = msgspec.UNSET


class FinalStandings(msgspec.Struct, frozen=True, kw_only=True):
    """What a closing seals. Names of people are not in it, so that a name may change without the hash.

    The period is `[start, ends)` in microseconds since 1970 UTC. `reason` and `author` tell of a closing before its
    time. A board has `rows`, and in `left_out` the people with points whom it does not rank; a challenge has
    `progress`. A board of teams, and no other, has `memberships` (written as `stays`): when each of the people with
    points was in which team. A board says in `equals` how it tells equals apart: unset is the way before
    `PRESENT_EQUALS`, when the latest entry of all decided who was first, and an ordinal rank went by id. `leavers` are
    those in it who had left by then, unset where nobody had; `apart` the rows, of rank 0, of those of them whom a board
    lists without a rank.
    """

    program: str
    kind: ClosingKind
    id: str
    name: str
    period: str
    start: int
    ends: int
    closed: int
    as_of: int
    version: str
    reason: str | None = None
    author: str | None = None
    rows: tuple[FinalRow, ...] = ()
    left_out: tuple[str, ...] = ()
    progress: tuple[FinalProgress, ...] = ()
    # What is unset is not written, so that all other standings have the bodies and hashes that they always had.
    memberships: tuple[Membership, ...] | msgspec.UnsetType = msgspec.field(name="stays", default=msgspec.UNSET)

    equals: int | msgspec.UnsetType = msgspec.UNSET
    leavers: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    apart: tuple[FinalRow, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def gone(self) -> frozenset[str]:
        """Who in it had left when it was closed, as far as that was kept."""
        return frozenset() if isinstance(self.leavers, msgspec.UnsetType) else frozenset(self.leavers)

    @property
    def unranked(self) -> tuple[FinalRow, ...]:
        """The rows of who had left, where a board lists them apart."""
        return () if isinstance(self.apart, msgspec.UnsetType) else self.apart

    @property
    def goes_by_latest(self) -> bool:
        """Tell whether equals are told apart as they were before `PRESENT_EQUALS`."""
        return self.kind == "board" and self.equals is msgspec.UNSET

    @property
    def ranks_teams(self) -> bool:
        """Tell whether the rows are those of teams."""
        return self.memberships is not msgspec.UNSET

    @property
    def members(self) -> tuple[Membership, ...]:
        """When each of the people with points was in which team; empty for all but a board of teams."""
        return () if isinstance(self.memberships, msgspec.UnsetType) else self.memberships

    @property
    def lines(self) -> Sequence[FinalRow | FinalProgress]:
        """The rows of a board, or the progress of a challenge."""
        return self.rows or self.progress

    @property
    def firsts(self) -> list[FinalRow]:
        """The rows that share the first rank. Every team stands on its board, so nobody is first without any award."""
        return [row for row in self.rows if row.rank == 1] if any(row.entries for row in self.rows) else []


def seal(standings: FinalStandings) -> Closing:
    """Give the row that is kept of final standings."""
    # The order of a struct's fields is fixed and msgspec writes no blanks, so equal standings are equal texts.
    body = msgspec.json.encode(standings).decode()
    return Closing._make((*head_of(standings), body, body_digest(body)))


def head_of(standings: FinalStandings) -> tuple[object, ...]:
    """Give the columns that stand beside a body, which say the same as it does."""
    return tuple(getattr(standings, name) for name in Closing._fields[:-2])


def body_digest(body: str) -> str:
    """Give the hash of a body: SHA-256 of its UTF-8 bytes, in hex."""
    return sha256(body.encode()).hexdigest()


def read_standings(closing: Closing) -> FinalStandings:
    """Read what a closing seals. Raises msgspec.DecodeError where it was altered beyond reading."""
    return read_body(closing.body)


def read_body(body: str) -> FinalStandings:
    """Read the body of a closing. Raises msgspec.DecodeError where it was altered beyond reading."""
    return msgspec.json.decode(body, type=FinalStandings)
