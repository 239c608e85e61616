"""Names in programs that lead, today, elsewhere than to what they mean: a change of text that moves no point."""

from collections.abc import Collection

from novigem.engine.binding import NameFinding, name_findings
from novigem.engine.versions import read_back
from novigem.errors import ProgramError
from novigem.ledger.store import Store
from novigem.model.binding import Bindings
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


def names_astray(
    store: Store,
    programs: Collection[str] | None = None,
    *,
    at: int | None = None,
    registry: Registry = DEFAULT_REGISTRY,
) -> list[NameFinding]:
    """Give the names in the versions in use that lead to nobody, to several people, or to somebody they do not mean.

    `programs` are those asked for (None: all). With a moment `at`, in microseconds since 1970 UTC, seasons that were
    over by then are left out. A program that the registry cannot read is left out too.
    """
    newest = {stored.program: stored for stored in store.programs()}
    rows, people, joins = store.bindings(), store.every_user(), store.joins()
    found: list[NameFinding] = []
    for name, stored in newest.items():
        if programs is not None and name not in programs:
            continue
        try:
            program = read_back(stored, registry)
        except ProgramError:
            continue
        if at is None or program.window.end > at:
            found += name_findings(program, Bindings(name, rows), people, joins)
    return found
