"""Replay: the change log played anew through a store of its own, to see what some versions of a program make of it."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from novigem.engine.engine import Engine
from novigem.engine.posting.adjustments import post_decided
from novigem.feed.source import PAGE_SIZE, Page
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import EntryFilter, ProgramUse, Store, StoredProgram
from novigem.model.binding import Binding
from novigem.model.change import Change
from novigem.model.entry import Entry, EntryKind
from novigem.model.joins import Joins
from novigem.model.people import Person, plain
from novigem.model.program import Program
from novigem.rules.operators import Registry


@contextmanager
def replayed(
    store: Store,
    programs: Sequence[Program],
    uses: Iterable[ProgramUse],
    texts: Iterable[StoredProgram],
    *,
    registry: Registry,
    people: Iterable[Person] = (),
    bindings: Iterable[Binding] | None = None,
    joins: Joins | None = None,
) -> Iterator[Store]:
    """Give a store to which the programs were given all changes of another at once, with people as they are now.

    What was decided there of what changes do not tell counts for challenges here too.

    `people` are those to be taken otherwise than they are now, `bindings` what names mean and `joins` who is one
    person, where that is otherwise. `programs` are the newest versions, `uses` says from when on which version is in
    force, and `texts` holds every version that is named there. The store is gone when the block ends.
    """
    known = {(one.program, one.version): one for one in texts}
    with tempfile.TemporaryDirectory(prefix="novigem-replay-") as folder:
        scratch = open_store(f"sqlite:///{Path(folder) / 'replay.db'}")
        try:
            with scratch.begin() as transaction:
                transaction.save_people([*store.every_user(), *map(plain, people)])
                for join in (store.joins() if joins is None else joins).history:
                    transaction.save_join(join)
                for step in store.pauses():
                    transaction.save_pause(step)
                transaction.save_assignments(store.every_assignment())
                transaction.bind(store.bindings() if bindings is None else bindings)
                for use in uses:
                    stored = known[use.program, use.version]
                    transaction.use_program(stored._replace(accepted=use.accepted), use)
            engine = Engine(scratch, programs, registry=registry)
            for page in _pages(store):
                # What was kept is taken as it was: ids were held against their check characters when they arrived.
                engine.apply(Page(page, verified=True))
            _decide_again(store, engine)
            yield scratch
        finally:
            scratch.close()


def _decide_again(store: Store, engine: Engine) -> None:
    """Let what people decided count for challenges as it did: upheld appeals stand for what changes do not tell."""
    decided = [one for one in _decided(store) if one.program in engine.programs]
    if decided:
        with engine.writing() as (transaction, compiled):
            for entry in decided:
                post_decided(transaction, compiled, entry)


def _decided(store: Store) -> Iterator[Entry]:
    adjusted = store.last_adjusted([program.program for program in store.programs()])
    for program, user in sorted(adjusted):
        for entry in store.entries(EntryFilter(program, user)):
            if entry.kind is EntryKind.ADJUSTMENT and entry.rule is not None:
                yield entry


def _pages(store: Store) -> Iterator[list[Change]]:
    page: list[Change] = []
    for _logged, change in store.changes():
        page.append(change)
        if len(page) == PAGE_SIZE:
            yield page
            page = []
    # An empty page too makes the programs known.
    yield page
