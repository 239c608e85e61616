"""The programs of a store, each accepted version read back once."""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock
from typing import NamedTuple

from novigem.engine.versions import as_paused, read_back
from novigem.errors import ProgramError, UnknownName
from novigem.ledger.store import Store, StoredProgram
from novigem.model.binding import Binding
from novigem.model.guesses import advise
from novigem.model.pause import PauseStep
from novigem.model.program import Program
from novigem.queries.visibility import Viewer, may_see
from novigem.rules.operators import Registry


class Source(NamedTuple):
    """All that a program which is read back follows from: an erasure writes the text of a version anew."""

    stored: StoredProgram
    registry: Registry
    bindings: tuple[Binding, ...]
    pauses: tuple[PauseStep, ...]


class ProgramCache:
    """Programs that were read back, kept by all that they follow from, so that what is kept is never out of date.

    For whoever answers many requests, of one database or several, in many threads: the `most` used last are kept.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[Source, Program] = OrderedDict()

    def read(self, source: Source) -> Program:
        """Give a program. Raises ProgramError when it cannot be read back."""
        with self._lock:
            found = self._kept.get(source)
            if found is not None:
                self._kept.move_to_end(source)
                return found
        # Two may read the same at once: that costs time, and the programs are equal.
        made = as_paused(read_back(source.stored, source.registry, source.bindings), source.pauses)
        with self._lock:
            self._kept[source] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def __len__(self) -> int:
        """Give how many are kept."""
        return len(self._kept)


class StoredPrograms:
    """Finds programs by id and version, with their names bound.

    In one moment of a store a text does not change, so each is read back once; `cache` spares even that.
    """

    def __init__(
        self, store: Store, registry: Registry, viewer: Viewer = "leader", cache: ProgramCache | None = None
    ) -> None:
        self._store = store
        self._viewer = viewer
        self._registry = registry
        self._cache = ProgramCache() if cache is None else cache
        self._known: dict[tuple[str, str], Program] = {}
        self._bindings: list[Binding] | None = None
        self._pauses: Sequence[PauseStep] | None = None

    def readable(self) -> dict[str, Program]:
        """Give the newest accepted version of each program by id, without those that the registry cannot read."""
        found = {}
        for name, stored in self._newest().items():
            with suppress(ProgramError):
                found[name] = self._read(stored)
        return found

    def program(self, program_id: str | None) -> Program:
        """Give the newest version of one program; without an id the only one.

        Raises UnknownName when there is none, or several and none is named; ProgramError when it cannot be read back.
        """
        programs = self._newest()
        if program_id is None and len(programs) == 1:
            return self._read(next(iter(programs.values())))
        if program_id is None and not programs:
            raise UnknownName("this database holds no program yet", hint="run one first", code="no-program-yet")
        if program_id is None:
            raise UnknownName(
                "this database holds several programs",
                hint=f"name one of: {', '.join(programs)}",
                code="several-programs",
                programs=list(programs),
            )
        if program_id not in programs:
            raise UnknownName(f"there is no program {program_id!r}", hint=advise(program_id, programs))
        return self._read(programs[program_id])

    def version(self, program_id: str, version: str) -> Program:
        """Give a program as it was accepted under a version. Raises UnknownName where it was not."""
        for stored in self._store.programs() if program_id in self._newest() else ():
            if (stored.program, stored.version) == (program_id, version):
                return self._read(stored)
        raise UnknownName(f"the program {program_id!r} was never accepted as version {version}")

    def _newest(self) -> dict[str, StoredProgram]:
        newest = {stored.program: stored for stored in self._store.programs()}
        if self._viewer == "leader":
            return newest
        return {name: stored for name, stored in newest.items() if self._is_seen(stored)}

    def _is_seen(self, stored: StoredProgram) -> bool:
        """Tell whether the viewer may see a program; one that cannot be read back is seen by nobody but its leader."""
        try:
            return may_see(self._read(stored), self._viewer)
        except ProgramError:
            return False

    def _read(self, stored: StoredProgram) -> Program:
        key = (stored.program, stored.version)
        if key not in self._known:
            self._known[key] = self._cache.read(self._source(stored))
        return self._known[key]

    def _source(self, stored: StoredProgram) -> Source:
        if self._pauses is None:
            self._pauses = self._store.pauses()
        bindings = tuple(one for one in self.bindings if one.program == stored.program)
        pauses = tuple(one for one in self._pauses if one.program == stored.program)
        return Source(stored, self._registry, bindings, pauses)

    @property
    def bindings(self) -> list[Binding]:
        """What the names in programs mean."""
        if self._bindings is None:
            self._bindings = self._store.bindings()
        return self._bindings
