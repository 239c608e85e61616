"""A kept closing held against its own hash, and against the ledger as it stood."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from novigem.engine.closing.late import Today, window_of, worked_out
from novigem.engine.closing.standings import by_user, progress_order
from novigem.ledger.store import EntryFilter, Store
from novigem.model.closing import Closing, FinalStandings, body_digest, head_of, read_standings
from novigem.model.discrepancy import Discrepancy
from novigem.model.program import Program


def unproved_closing(closing: Closing, program: Program | None, store: Store) -> Iterator[Discrepancy]:
    """Yield what a closing says and nothing proves.

    `program` is the version that was closed, None where it is not kept.
    """
    what = " ".join(one for one in closing.key[1:] if one)
    found = _found(closing, program, store)
    return (Discrepancy(what, kept, proved, closing.program) for kept, proved in found)


def _found(closing: Closing, program: Program | None, store: Store) -> Iterator[tuple[str, str]]:
    """Yield what is kept, with what is proved instead."""
    proved = body_digest(closing.body)
    if proved != closing.digest:
        yield f"hash {closing.digest[:12]}", f"hash {proved[:12]}"
        return
    try:
        final = read_standings(closing)
    except msgspec.DecodeError:
        yield "standings", "cannot be read"
        return
    if head_of(final) != tuple(closing)[:-2]:
        yield "its columns", "its standings say otherwise"
    elif closing.as_of > store.entry_count():
        yield f"as of entry {closing.as_of}", f"{store.entry_count()} entries"
    elif program is None:
        yield f"version {closing.version}", "text not kept"
    else:
        yield from _held_to_the_ledger(final, program, store)


def _held_to_the_ledger(final: FinalStandings, program: Program, store: Store) -> Iterator[tuple[str, str]]:
    kept = Today(final.rows, final.progress)
    try:
        proved = _as_it_stood(final, program, store)
    except KeyError:
        yield f"{final.kind} {final.id}", f"not in version {final.version}"
        return
    if any(row.reached is msgspec.UNSET for row in kept.progress):
        proved = proved._replace(progress=tuple(replace(row, reached=msgspec.UNSET) for row in proved.progress))
    if kept == proved or _in_one_order(kept) == _in_one_order(proved):
        return
    pairs = zip(kept.lines, proved.lines, strict=False)
    first = next(((ours, theirs) for ours, theirs in pairs if ours != theirs), None)
    if first is None:
        yield f"{len(kept.lines)} people", f"{len(proved.lines)} people"
    else:
        kept_line, proved_line = (f"{one.user}: {one.points} points" for one in first)
        yield kept_line, proved_line


def _in_one_order(today: Today) -> tuple[object, ...]:
    """Give standings in an order that does not depend on the ids of equals: somebody erased has another id since.

    What a place is worth stands by place, and who shares it in one order.
    """
    places = [(row.rank, row.points, row.tie) for row in today.rows]
    shared: list[list[tuple[str, int]]] = []
    for above, row in zip((None, *today.rows), today.rows, strict=False):
        if above is None or row.tie is not None or row.points != above.points:
            shared.append([])
        shared[-1].append((row.user, row.entries))
    return (places, [sorted(group) for group in shared], sorted(today.progress, key=progress_order))


def _as_it_stood(final: FinalStandings, program: Program, store: Store) -> Today:
    window = window_of(final, program)
    which = EntryFilter(program=final.program, since=window.since, until=window.until, up_to=final.as_of)
    return worked_out(final, program, by_user(store.entries(which)), store, asks_newcomers=False)
