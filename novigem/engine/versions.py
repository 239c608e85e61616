"""Versions with their dates: which version of a program is in force when, from the uses that the store remembers.

A program may be edited while it runs. `novigem apply` says from when on the new version counts; a change is scored by
the version in force at the moment it happened, however late it is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from novigem.errors import ProgramError
from novigem.ledger.store import ProgramUse, Reader, Store, StoredProgram
from novigem.model.binding import Binding, Bindings
from novigem.model.pause import PauseStep, pauses_of
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.program.binding import bound_program
from novigem.program.earlier import as_before
from novigem.program.load import load_kept_text
from novigem.program.meaning import as_accepted, as_kept_text, has_open_meaning, written_out
from novigem.program.redaction import with_version
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


class DatedVersion(NamedTuple):
    """A program version, in force for changes of `[start, end)`, in microseconds since 1970 UTC."""

    program: Program
    start: int = ALWAYS_START
    end: int = ALWAYS_END


class VersionSpan(NamedTuple):
    """The version in force in `[start, end)`."""

    version: str
    start: int
    end: int


def spans(uses: Iterable[ProgramUse]) -> list[VersionSpan]:
    """Give which version of one program is in force when, in order of time. Later uses cover earlier ones."""
    found: list[VersionSpan] = []
    for use in sorted(uses, key=lambda one: one.accepted):
        kept = [span._replace(end=min(span.end, use.effective)) for span in found if span.start < use.effective]
        last = kept[-1] if kept else None
        if last is not None and (last.version, last.end) == (use.version, use.effective):
            found = [*kept[:-1], last._replace(end=ALWAYS_END)]
        else:
            found = [*kept, VersionSpan(use.version, use.effective, ALWAYS_END)]
    return found


def paid_by_others(uses: Iterable[ProgramUse]) -> frozenset[str]:
    """Name the programs in which entries may stand that no version now in force would pay.

    So it is where a version took the place of another from the start and what had been paid stayed, until everything
    is scored anew.
    """
    seen: set[str] = set()
    found: set[str] = set()
    for use in sorted(uses, key=lambda one: one.accepted):
        if use.how == "accepted" and use.program in seen:
            found.add(use.program)
        elif use.how == "scored anew" and use.effective <= ALWAYS_START:
            found.discard(use.program)
        seen.add(use.program)
    return frozenset(found)


def superseded(uses: Iterable[ProgramUse]) -> list[str]:
    """Name the versions of one program that others took the place of from the start, while what they paid stays."""
    found: dict[str, None] = {}
    seen: dict[str, None] = {}
    for use in sorted(uses, key=lambda one: one.accepted):
        if use.how == "accepted":
            found |= seen
        elif use.how == "scored anew" and use.effective <= ALWAYS_START:
            found, seen = {}, {}
        seen[use.version] = None
        found.pop(use.version, None)
    return list(found)


def superseded_versions(
    store: Store, programs: Sequence[Program], registry: Registry, bindings: Sequence[Binding] | None = None
) -> list[Program]:
    """Give the superseded versions of some programs, as far as they can be read; what they claimed lives by them.

    A program whose version the store does not have in use is about to take the place of all versions before it.
    """
    found = []
    bound = store.bindings() if bindings is None else bindings
    timeline, steps = store.timeline(), store.pauses()
    for program in programs:
        uses = [one for one in timeline if one.program == program.program]
        if uses and uses[-1].version != program.version:
            uses.append(ProgramUse(program.program, uses[-1].accepted + 1, program.version, ALWAYS_START))
        gone = superseded(uses)
        texts = {one.version: one for one in store.programs() if one.program == program.program} if gone else {}
        for version in gone:
            try:
                found.append(as_paused(read_back(texts[version], registry, bound), steps))
            except ProgramError:
                continue
    return found


def read_back(stored: StoredProgram, registry: Registry, bindings: Iterable[Binding] = ()) -> Program:
    """Give the program of a stored text under the version that it was accepted as, whoever was erased from it since.

    With bindings, its names stand for what they mean.
    Raises ProgramError when it cannot be read back.
    """
    try:
        program = load_kept_text(stored.text, stored.program, registry)
    except ProgramError as error:
        raise ProgramError(
            f"the stored program {stored.program!r} cannot be read back",
            error.diagnostics,
            hint="if it uses operators or Award Points To modes of your own, read it with their registry",
        ) from error
    accepted = as_accepted(with_version(program, stored.version))
    return bound_program(accepted, Bindings(stored.program, bindings))


def as_paused(program: Program, steps: Iterable[PauseStep]) -> Program:
    """Give a program with the pauses that people decided; `steps` are the decisions about all programs."""
    return program.with_pauses(pauses_of(program.program, steps))


def as_kept(program: Program, store: Reader, registry: Registry = DEFAULT_REGISTRY) -> Program:
    """Give a program with the meaning under which the store has accepted its version, or would accept it now."""
    if not program.challenges and not has_open_meaning(program):
        return program
    texts = {(one.program, one.version): one for one in store.programs()}
    stored = texts.get((program.program, program.version))
    if stored is not None and "earlier:" in stored.text:
        program = as_before(program, read_back(stored, registry))
    if not has_open_meaning(program):
        return program
    # What is accepted today is written out; an older text cannot have the key.
    return written_out(program) if stored is None else as_kept_text(program, stored.text)


def dated_versions(
    store: Store, programs: Sequence[Program], registry: Registry, bindings: Sequence[Binding] | None = None
) -> list[DatedVersion]:
    """Give the dated versions of some programs, the newest of each last, so that it is the one found by name.

    `programs` have their names bound; `bindings` are those of the store, where the caller has them already.
    A program whose version the store does not have in use is about to take the place of all versions before it.
    Raises ProgramError when the text of an earlier version cannot be read back.
    """
    uses: dict[str, list[ProgramUse]] = defaultdict(list)
    for use in store.timeline():
        uses[use.program].append(use)
    stored = {(one.program, one.version): one for one in store.programs()} if uses else {}
    bound, steps = store.bindings() if bindings is None else bindings, store.pauses()
    found = []
    for given in programs:
        program = as_paused(given, steps)
        own = uses.get(program.program, [])
        if not own or own[-1].version != program.version:
            found.append(DatedVersion(program))
            continue
        for span in spans(own):
            is_newest = span.version == program.version
            one = program if is_newest else read_back(stored[program.program, span.version], registry, bound)
            one = as_paused(one, steps)
            found.append(DatedVersion(one, span.start, span.end))
    return found
