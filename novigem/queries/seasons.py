"""The archive: every season that a store has seen, what was closed of it, and what arrived too late.

Reads only. Comes in: a `Queries`. Goes out: values for the views.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from novigem.engine.closing.late import Exceptions, exceptions_of, late_entries
from novigem.engine.closing.states import WindowState, states
from novigem.errors import InputError, UnknownName
from novigem.leaderboards.rollups import rollup_name
from novigem.ledger.store import StoredProgram
from novigem.model.binding import lasting_id
from novigem.model.closing import Closing, read_standings
from novigem.model.entry import Entry
from novigem.model.guesses import advise
from novigem.model.program import Program
from novigem.queries.queries import Queries


class SeasonSummary(NamedTuple):
    """One program in a store. `states` are its challenges and boards, over each period that has begun.

    `status` is `shadow` (only its leader sees it), `planned`, `running`, `provisional` (over, and not all of it closed)
    or `final`. `late` counts the
    entries that arrived after what they belong to was closed.
    """

    program: Program
    status: str
    versions: tuple[StoredProgram, ...]
    people: int
    points: int
    states: tuple[WindowState, ...]
    late: int

    @property
    def closings(self) -> list[Closing]:
        """What is closed, in the order of its end."""
        return sorted([one.closing for one in self.states if one.closing is not None], key=lambda one: one.ends)


def read_season(queries: Queries, program: Program) -> SeasonSummary:
    """Look at one season."""
    store, now = queries.store, queries.now
    found = tuple(states(program, store, now))
    totals = store.top(rollup_name(program.program, None, "all"), (), None)
    late = {entry.number for one in store.closings(program.program) for entry in _late(queries, one)}
    return SeasonSummary(
        program=program,
        status=_status(program, found, now),
        versions=tuple(one for one in store.programs() if one.program == program.program),
        people=len(totals),
        points=sum(total.points for total in totals),
        states=found,
        late=len(late),
    )


def read_seasons(queries: Queries, *, program_id: str | None = None) -> list[SeasonSummary]:
    """Look at every season, or at one, in the order of their beginning.

    Raises UnknownName for a program that the store has not seen.
    """
    programs = queries.programs()
    if program_id is not None:
        programs = {program_id: queries.program(program_id)}
    found = [read_season(queries, one) for one in programs.values()]
    return sorted(found, key=lambda one: (one.program.window.start, one.program.program))


def read_exceptions(queries: Queries, closings: Sequence[Closing]) -> Iterator[Exceptions]:
    """Yield what arrived after each closing; those after which nothing came are left out."""
    for closing in closings:
        program = queries.program_version(closing.program, closing.version)
        found = exceptions_of(closing, program, queries.store)
        if found.late:
            yield found


def _late(queries: Queries, closing: Closing) -> tuple[Entry, ...]:
    program = queries.program_version(closing.program, closing.version)
    return late_entries(read_standings(closing), program, queries.store)


def _status(program: Program, found: Sequence[WindowState], now: int) -> str:
    if program.is_shadow:
        return "shadow"
    if now < program.window.start:
        return "planned"
    if now < program.window.end:
        return "running"
    return "final" if all(one.status == "final" for one in found) else "provisional"


def find_states(queries: Queries, name: str, *, program_id: str | None, period: str | None) -> list[WindowState]:
    """Give the windows of a challenge or board that have begun, the newest last.

    `name` is an id, or `challenge:ID` or `board:ID` where both have it; `period` is the label of one period, such as
    `week:2026-01-05`. Raises UnknownName for what does not exist, InputError where the name does not say enough.
    """
    kind, colon, rest = name.partition(":")
    wanted = (kind, rest) if colon and kind in ("challenge", "board") else (None, name)
    programs = [queries.program(program_id)] if program_id is not None else list(queries.programs().values())
    every = [one for program in programs for one in states(program, queries.store, queries.now)]
    bindings = queries.store.bindings()
    names = {
        "challenge": lasting_id(bindings, "challenge", wanted[1]),
        "board": lasting_id(bindings, "board", wanted[1]),
    }
    found = [
        one
        for one in every
        if one.window.id in (wanted[1], names[one.window.kind]) and wanted[0] in (None, one.window.kind)
    ]
    if not found:
        known = sorted({one.window.id for one in every})
        raise UnknownName(f"no challenge or board {name!r} has begun", hint=advise(wanted[1], known) if known else None)
    several = sorted({(one.window.program, one.window.kind) for one in found})
    if len(several) > 1:
        told = f"{name!r} is the name of more than one thing"
        if len({one for one, _kind in several}) > 1:
            raise InputError(told, hint="name the program too", code="name-in-several-programs", name=name)
        raise InputError(told, hint=f"write challenge:{name} or board:{name}")
    if period is None:
        return found
    chosen = [one for one in found if one.window.period == period]
    if not chosen:
        periods = [one.window.period for one in found if one.window.period]
        raise UnknownName(f"{name!r} has no period {period!r}", hint=advise(period, periods) if periods else None)
    return chosen
