"""Closing what is due: the final standings of windows, worked out of the ledger and kept in one transaction."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from novigem.closing.scope import is_ranked, who_is_ranked
from novigem.closing.standings import ByUser, board_rows, by_user, challenge_rows, earners, people_of
from novigem.closing.waiting import Reading, reading_of
from novigem.closing.windows import Window, board_named, windows
from novigem.ledger.store import EntryFilter, Store, Transaction
from novigem.model.closing import Closing, ClosingKey, FinalProgress, FinalRow, FinalStandings, seal
from novigem.model.program import Leaderboard, Program
from novigem.rules.operators import Registry


class State(NamedTuple):
    """How a window stands at a moment: `running`, `provisional` (late changes still count) or `final`.

    `waits_for` are objects that must be read further before it closes; `is_due` says that nothing is in its way.
    """

    window: Window
    status: str
    closing: Closing | None = None
    waits_for: tuple[str, ...] = ()
    is_due: bool = False


def states(program: Program, store: Store, registry: Registry, now: int) -> Iterator[State]:
    """Yield how each window of a program stands that has begun; `now` is in microseconds since 1970 UTC."""
    kept = {one.key: one for one in store.closings(program.program)}
    read = reading_of(program, store, registry)
    for window in windows(program, store, now):
        yield state_of(window, kept.get(window.key), read, now)


def state_of(window: Window, closing: Closing | None, reading: Reading, now: int) -> State:
    """Give how one window stands; `closing` is what is kept of it."""
    if closing is not None:
        return State(window, "final", closing)
    if now < window.end:
        return State(window, "running")
    lacks = reading.lacks(window.final_at)
    return State(window, "provisional", None, lacks, is_due=now >= window.final_at and not lacks)


def close_due(
    store: Store,
    programs: Iterable[Program],
    registry: Registry,
    now: int,
    *,
    fresh: int | None = None,
    only: Collection[ClosingKey] | None = None,
    guard: Callable[[Transaction], None] = lambda _transaction: None,
) -> list[Closing]:
    """Close every window whose grace period is over and whose changes have been read; gives what is new.

    `fresh` is the earliest moment of the changes that have just been read from a file: what ends later stays open,
    since more files of the same time may follow. `only` names what may be closed. Either all of it is kept or nothing;
    `guard` may raise to prevent it, in the transaction that keeps it.
    """
    made: list[Closing] = []
    for program in programs:
        # How far the feeds have come is looked at before the ledger: all that they covered is then in it.
        read, closed = reading_of(program, store, registry), store.closed(program.program)
        due = [
            window
            for window in windows(program, store, now)
            if now >= window.final_at
            and window.key not in closed
            and (only is None or window.key in only)
            and (fresh is None or window.end <= fresh)
            and not read.lacks(window.final_at)
        ]
        made += closings_of(program, due, store, Occasion(now))
    return keep(store, made, guard)


class Occasion(NamedTuple):
    """When standings are closed, and for a closing before its time why and by whom."""

    closed: int
    reason: str | None = None
    author: str | None = None


def closings_of(program: Program, chosen: Sequence[Window], store: Store, occasion: Occasion) -> list[Closing]:
    """Work out final standings as of now; a board is left out whose manager is not one known person."""
    if not chosen:
        return []
    # What stands up to a position never changes, so nobody has to wait while it is added up.
    as_of = store.entry_count()
    first, last = min(one.start for one in chosen), max(one.end for one in chosen)
    which = EntryFilter(program=program.program, since=first, until=last, up_to=as_of)
    standing = by_user(store.entries(which))
    found = (_final(program, window, standing, store, (as_of, occasion)) for window in chosen)
    return [seal(one) for one in found if one is not None]


def keep(
    store: Store, made: Sequence[Closing], guard: Callable[[Transaction], None] = lambda _transaction: None
) -> list[Closing]:
    """Keep closings in one transaction, unless `guard` raises; gives those that nobody had closed meanwhile."""
    if not made:
        return []
    with store.begin(lock=False) as transaction:
        guard(transaction)
        transaction.save_closings(made)
    return [one for one in made if store.closing(one.key) == one]


def _final(
    program: Program, window: Window, standing: ByUser, store: Store, at: tuple[int, Occasion]
) -> FinalStandings | None:
    as_of, occasion = at
    rows: tuple[FinalRow, ...] = ()
    progress: tuple[FinalProgress, ...] = ()
    out: tuple[str, ...] = ()
    if window.kind == "challenge":
        people = people_of(program, standing, store)
        progress = challenge_rows(program, program.challenge(window.id), window, standing, people)
    else:
        board = board_named(program, window.id)
        unranked = left_out(program, board, earners(board, window, standing), store)
        if unranked is None:
            return None
        out = unranked
        rows = board_rows(program, board, window, standing, out)
    return FinalStandings(
        program=program.program,
        kind=window.kind,
        id=window.id,
        name=window.name,
        period=window.period,
        start=window.start,
        ends=window.end,
        closed=occasion.closed,
        as_of=as_of,
        version=program.version,
        reason=occasion.reason,
        author=occasion.author,
        rows=rows,
        left_out=out,
        progress=progress,
    )


def left_out(program: Program, board: Leaderboard, users: Iterable[str], store: Store) -> tuple[str, ...] | None:
    """Give who of some users is not ranked by a board; None where that cannot be known."""
    who = who_is_ranked(program, board, store)
    if who is None:
        return None
    if who.everybody:
        return ()
    everyone = sorted(users)
    people = store.find_people(everyone)
    return tuple(user for user in everyone if not is_ranked(user, people.get(user), who))
