"""Visibility: who a board lists, what it calls them, and rows that leave out the name of somebody who opted out.

Comes in: what a reader would see. Goes out: the same without what others do not want seen. A reader always sees their
own rows as they are.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from novigem.engine.closing.late import Exceptions
from novigem.engine.closing.windows import boards_of
from novigem.leaderboards.pseudonyms import handle, pseudonyms
from novigem.leaderboards.rollups import rollup_name
from novigem.ledger.store import Store
from novigem.model.closing import Closing, FinalProgress, FinalRow, FinalStandings, read_standings, seal
from novigem.model.entry import BadgeAward, Entry, Progress
from novigem.model.people import Person
from novigem.model.program import Leaderboard, Program

#: Stands for the user in the rows of somebody who is not to be seen.
SOMEBODY = "somebody"

#: The secret of a database under which pseudonyms are made.
NAMES_SECRET = "names"  # noqa: S105 - the name of a secret, not one
_Row = TypeVar("_Row", Progress, BadgeAward)


#: Who looks: whoever leads the programs or runs the commands, somebody who takes part, or anybody else.
Viewer = Literal["leader", "participant", "anybody"]
#: Who may see a program, by its status; one table for every view, digest and answer.
VIEWERS: Mapping[str, frozenset[Viewer]] = {
    "draft": frozenset(("leader", "participant", "anybody")),
    "active": frozenset(("leader", "participant", "anybody")),
    "paused": frozenset(("leader", "participant", "anybody")),
    "ended": frozenset(("leader", "participant", "anybody")),
    "shadow": frozenset(("leader",)),
}


def may_see(program: Program, viewer: Viewer) -> bool:
    """Tell whether somebody may see a program, and anything of it."""
    return viewer in VIEWERS[program.status]


class Shown(NamedTuple):
    """How a board shows somebody: an id (opaque where names are held back), and a name."""

    user: str
    name: str


def unlisted(store: Store, reader: str | None) -> frozenset[str]:
    """Give who opted out of being seen by others; `reader` is whoever looks, if known.

    Whoever opted out by one of their users is seen by none of them.
    """
    joins = store.joins()
    hidden = {one for user in store.opted_out() for one in joins.group(user)}
    return frozenset(hidden).difference(() if reader is None else joins.group(reader))


def opted_out_since(store: Store, user: str) -> int | None:
    """Give since when somebody is listed on no board, by whichever of their users; None: they are listed."""
    wishes = store.opted_out()
    return min((wishes[one] for one in store.joins().group(user) if one in wishes), default=None)


def shown_row(row: _Row, hidden: Collection[str]) -> _Row:
    """Give a row without the user, where that one is hidden."""
    return replace(row, user=SOMEBODY) if row.user in hidden else row


def shown_entry(entry: Entry, hidden: Collection[str]) -> Entry:
    """Give a ledger entry without the user, where that one is hidden; also in the key made of it."""
    if entry.user not in hidden:
        return entry
    return replace(entry, user=SOMEBODY, key=entry.key.replace(entry.user, SOMEBODY))


def shown_names(
    store: Store, program: Program, board: Leaderboard, people: Iterable[Person], reader: str | None
) -> dict[str, Shown]:
    """Give how a board shows some people, by their ids."""
    if board.names == "full":
        return {one.id: Shown(one.id, one.label) for one in people}
    secret, some = store.secret(NAMES_SECRET), list(people)
    names = {one.id: initials(one) for one in some}
    if board.names == "pseudonym":
        # Everybody in the program has a say in who is told apart, so that a name is the same on each of its boards.
        everybody = {total.user for total in store.rollup_totals(rollup_name(program.program, None, "all"))}
        names = pseudonyms(secret, program.program, everybody | names.keys())
    ids = {one.id: one.id if one.id == reader else handle(secret, program.program, one.id) for one in some}
    return {one.id: Shown(ids[one.id], names[one.id]) for one in some}


class DisplayNames:
    """How closings are shown to others: each board as it calls people, and nobody named who opted out."""

    def __init__(self, store: Store, programs: Mapping[str, Program]) -> None:
        self._store = store
        self._programs = programs
        self._hidden = unlisted(store, None)
        #: Everybody who was shown, by the id they were shown under.
        self.people: dict[str, Person] = {SOMEBODY: Person(SOMEBODY)}

    def closing(self, closing: Closing) -> Closing:
        """Give a closing whose standings name people as they are shown; its hash stays that of the true ones."""
        final = read_standings(closing)
        if final.ranks_teams:
            return closing._replace(body=seal(replace(final, left_out=(), memberships=())).body)
        lines: tuple[FinalRow | FinalProgress, ...] = (*final.rows, *final.progress, *final.unranked)
        shown = self._shown(closing, {row.user for row in lines})
        made = replace(
            final,
            **self._leavers(closing, final, shown),
            rows=tuple(replace(row, user=shown[row.user]) for row in final.rows),
            progress=tuple(replace(row, user=shown[row.user]) for row in final.progress),
            left_out=(),
        )
        return closing._replace(body=seal(made).body)

    def _leavers(self, closing: Closing, final: FinalStandings, shown: Mapping[str, str]) -> dict[str, Any]:
        """Give who is shown as having left: nobody who is not named, since that would tell who somebody is."""
        board = self._board(closing)
        holds_back = closing.kind == "board" and (board is None or board.names != "full")
        named = frozenset[str]() if holds_back else {user for user in final.gone if shown.get(user) == user}
        apart = tuple(row for row in final.unranked if row.user in named)
        return {
            "leavers": tuple(sorted(named)) or msgspec.UNSET,
            "apart": apart or msgspec.UNSET,
        }

    def exceptions(self, found: Exceptions) -> Exceptions:
        """Give what arrived after a closing, as it is shown."""
        # Teams are no people: they go by their own names on every board.
        moved = () if read_standings(found.closing).ranks_teams else found.shifts
        shown = self._shown(found.closing, {one.user for one in found.late} | {one.user for one in moved})
        late = tuple(
            replace(one, user=shown[one.user], key=one.key.replace(one.user, shown[one.user])) for one in found.late
        )
        shifts = tuple(
            one._replace(
                user=shown[one.user],
                then=one.then and replace(one.then, user=shown[one.user]),
                now=one.now and replace(one.now, user=shown[one.user]),
            )
            for one in moved
        )
        return Exceptions(self.closing(found.closing), late, shifts if moved else found.shifts)

    def _shown(self, closing: Closing, users: Collection[str]) -> dict[str, str]:
        """Give the id that each of some users is shown under, and note what they are called."""
        listed = sorted(set(users) - self._hidden)
        known = self._store.people(listed)
        people = [known.get(one) or Person(one) for one in listed]
        board = self._board(closing)
        program = self._programs.get(closing.program)
        if board is None or program is None or board.names == "full":
            names = {one.id: Shown(one.id, one.label) for one in people}
        else:
            names = shown_names(self._store, program, board, people, None)
        self.people |= {one.user: Person(one.user, one.name) for one in names.values()}
        return dict.fromkeys(users, SOMEBODY) | {user: one.user for user, one in names.items()}

    def _board(self, closing: Closing) -> Leaderboard | None:
        program = self._programs.get(closing.program)
        if closing.kind != "board" or program is None:
            return None
        return next((one for one in boards_of(program) if one.id == closing.id), None)


def initials(person: Person) -> str:
    """Give the initials of somebody, such as `A. L.`; a question mark where no name was told."""
    words = (person.name or "").split()
    return " ".join(f"{word[0].upper()}." for word in words) or "?"
