"""Replay: the change log played anew through a store of its own, to see what some versions of a program make of it."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from novigem.engine.engine import Engine
from novigem.feed.source import PAGE_SIZE
from novigem.ledger.sql.store import open_store
from novigem.ledger.store import ProgramUse, Store, StoredProgram
from novigem.model.change import Change
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
    joins: Joins | None = None,
) -> Iterator[Store]:
    """Give a store to which the programs were given all changes of another at once, with people as they are now.

    `people` are those to be taken otherwise than they are now, and `joins` who is one person, where that is to be taken
    otherwise. `programs` are the newest versions, `uses` says from when on which version is in force, and `texts` holds
    every version that is named there. The store is gone when the block ends.
    """
    known = {(one.program, one.version): one for one in texts}
    with tempfile.TemporaryDirectory(prefix="novigem-replay-") as folder:
        scratch = open_store(f"sqlite:///{Path(folder) / 'replay.db'}")
        try:
            with scratch.begin() as transaction:
                transaction.save_people([*store.every_user(), *map(plain, people)])
                for join in (store.joins() if joins is None else joins).history:
                    transaction.save_join(join)
                transaction.save_assignments(store.every_assignment())
                for use in uses:
                    stored = known[use.program, use.version]
                    transaction.use_program(stored._replace(accepted=use.accepted), use)
            engine = Engine(scratch, programs, registry=registry)
            for page in _pages(store):
                engine.apply(page)
            yield scratch
        finally:
            scratch.close()


def _pages(store: Store) -> Iterator[list[Change]]:
    page: list[Change] = []
    for _logged, change in store.changes():
        page.append(change)
        if len(page) == PAGE_SIZE:
            yield page
            page = []
    # An empty page too makes the programs known.
    yield page
