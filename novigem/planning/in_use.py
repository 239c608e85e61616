"""The programs that a run is given, beside those in use: which are the same for the score, and which are refused."""

from collections.abc import Mapping, Sequence

from novigem.engine.engine import Engine
from novigem.engine.versions import read_back
from novigem.errors import InputError
from novigem.ledger.store import Store, StoredProgram
from novigem.model.program import Program
from novigem.program.difference import differences
from novigem.program.earlier import without_earlier
from novigem.program.meaning import written_out
from novigem.rules.operators import Registry


def as_scored(store: Store, programs: Sequence[Program], registry: Registry) -> list[Program]:
    """Give programs, and the version in use instead where a program differs from it in the figures of its review alone.

    They change no score, so nobody has to apply them before changes are read.
    """
    in_use = {one.program: one for one in store.programs()}
    return [_as_scored(one, in_use.get(one.program), registry) for one in programs]


def _as_scored(program: Program, stored: StoredProgram | None, registry: Registry) -> Program:
    if stored is None or stored.version == program.version:
        return program
    before = read_back(stored, registry)
    if before.review == program.review:
        return program
    alike = program.model_copy(update={"review": before.review})
    is_same = not differences(without_earlier(before), without_earlier(written_out(alike)))
    return before if is_same else program


def refuse_changed(store: Store, programs: Sequence[Program], files: Mapping[str, str], registry: Registry) -> None:
    """Raise InputError for a program that is another version than the one in use, where entries rest on that one.

    Where nothing has been paid yet, the version is accepted. `files` names the file of each program.
    """
    in_use = {one.program: one for one in store.programs()}
    accepted = []
    for program in programs:
        stored = in_use.get(program.program)
        if stored is None or stored.version == program.version:
            continue
        if not store.users(program.program):
            accepted.append(program)
            continue
        before = without_earlier(read_back(stored, registry))
        first, *more = differences(before, without_earlier(written_out(program))) or ("its meaning",)
        rest = f", and {len(more)} more" if more else ""
        raise InputError(
            f"{program.program} is not the version in use, which has paid points: {first}{rest}",
            hint="see what it would mean, and apply it",
            code="not-in-use",
            program=program.program,
            file=files[program.program],
        )
    if accepted:
        Engine(store, accepted, registry=registry).apply([])
