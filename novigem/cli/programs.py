"""The programs of a command that scores: loaded from files, and made ready to run."""

import gc
from collections.abc import Sequence
from pathlib import Path

from novigem.engine.engine import Engine
from novigem.errors import ProgramError
from novigem.ledger.store import Store
from novigem.model.program import Program
from novigem.planning.in_use import as_scored, refuse_changed
from novigem.program import check_program
from novigem.program.diagnostics import Diagnostic
from novigem.views.terminal.check import in_words
from novigem.views.terminal.errors import error_text
from novigem.views.words import clean, counted

# So many new containers bring about a look for garbage.
_SELDOM = 100_000


def load_all(paths: Sequence[Path]) -> list[Program]:
    """Load program files. Raises ProgramError with the findings of all of them."""
    loaded: list[Program] = []
    errors: list[Diagnostic] = []
    unreadable: list[ProgramError] = []
    for path in dict.fromkeys(paths):
        try:
            program, findings = check_program(path)
        except ProgramError as error:
            unreadable.append(error)
            continue
        errors += [one for one in findings if one.severity == "error"]
        if program is not None:
            loaded.append(program)
    if len(unreadable) == 1 and not errors:
        raise unreadable[0]
    if unreadable or errors:
        told = "\n\n".join([*(error_text(one) for one in unreadable), *(in_words(one).render() for one in errors)])
        mistakes = counted(len(errors) + len(unreadable), "mistake")
        raise ProgramError(
            f"{mistakes} to correct before a run\n\n{told}\n", errors, hint="nothing was read or written"
        )
    return loaded


def calm_the_collector() -> None:
    """Let the garbage collector look seldom, and pass over what is loaded by now: it stays until the command ends.

    A page of changes makes some hundred thousand small values, nearly all of them gone with the page without the
    collector's help. It would look through them, and all libraries with them, a few hundred times: a tenth of a run.
    """
    if not gc.get_freeze_count():
        gc.freeze()
        gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])


def ready_engine(store: Store, programs: Sequence[Program], paths: Sequence[Path]) -> Engine:
    """Give the engine of a command that scores. Raises InputError for a program that has to be applied first."""
    calm_the_collector()
    # Two files of one program are refused before anything is looked up.
    registry = Engine(store, programs, accept_changes=False).registry
    programs = as_scored(store, programs, registry)
    engine = Engine(store, programs, accept_changes=False)
    files = {one.program: clean(str(path)) for one, path in zip(programs, dict.fromkeys(paths), strict=True)}
    refuse_changed(store, programs, files, registry)
    return engine
