"""Pausing: a whole program pays nothing from a moment on, until somebody lets it pay again.

Whether something pays goes by when it happened. So a decision may not concern what has been scored already: what every
change leads to then depends on no order in which changes and decisions come.
"""

from collections.abc import Sequence
from datetime import datetime

from novigem.errors import InputError, UnknownName
from novigem.ledger.store import Store, Transaction
from novigem.model.change import from_micros, to_micros, whole_characters
from novigem.model.pause import Pause, PauseStep, pauses_of
from novigem.model.program import ALWAYS_END


def pause_program(
    store: Store, program: str, *, reason: str, now: datetime, author: str | None = None, since: datetime | None = None
) -> Pause:
    """Let a program pay nothing for what happens from a moment on, now if left out.

    Raises InputError without a reason, where it is paused already, or where changes of that moment or a later one have
    been scored; UnknownName for a program that the store has not seen.
    """
    if not reason.strip():
        raise InputError("a pause needs a reason", hint="give a reason; it stands on the board", code="reason-missing")
    asked = PauseStep(0, program, "pause", to_micros(since or now), to_micros(now), author, reason.strip())
    return _decide(store, asked)


def resume_program(
    store: Store, program: str, *, now: datetime, author: str | None = None, since: datetime | None = None
) -> Pause:
    """Let a paused program pay again for what happens from a moment on, now if left out; gives the pause that ends.

    A pause that has not begun yet is called off. Raises InputError as above, and where it is not paused.
    """
    asked = PauseStep(0, program, "resume", to_micros(since or now), to_micros(now), author, None)
    return _decide(store, asked, is_now=since is None)


def _decide(store: Store, asked: PauseStep, *, is_now: bool = False) -> Pause:
    program = asked.program
    with store.begin(lock=False) as transaction:
        # What others write meanwhile was drafted without the decision.
        transaction.hold_for_erasure()
        if transaction.program_in_use(program) is None:
            raise UnknownName(f"there is no program {program!r}", hint="name one that has been run here")
        steps, redactor = transaction.pauses(), transaction.redactor()
        before = pauses_of(program, steps)
        if is_now and before:
            # A pause that has not begun is called off.
            asked = asked._replace(since=max(asked.since, before[-1].start))
        _refuse(asked, before)
        _refuse_the_past(transaction, asked.since)
        told = asked.reason and str(whole_characters(redactor.text(asked.reason)))
        made = transaction.save_pause(asked._replace(author=asked.author and redactor.text(asked.author), reason=told))
    return pauses_of(program, [*steps, made])[-1]


def _refuse(asked: PauseStep, before: Sequence[Pause]) -> None:
    program, kind, since = asked.program, asked.kind, asked.since
    last = before[-1] if before else None
    if kind == "resume" and (last is None or not last.is_open):
        raise InputError(f"{program} is not paused", hint="there is nothing to end")
    if kind == "pause" and last is not None and last.is_open:
        raise InputError(
            f"{program} is paused since {_moment(last.start)}: {last.reason}",
            hint="end that pause first",
        )
    if since >= ALWAYS_END:
        raise InputError("that moment lies outside the calendar", hint="name a moment before the year 9999")
    border = None if last is None else last.start if last.is_open else last.end
    if border is not None and since < border:
        raise InputError(
            f"{program} was paused or resumed at {_moment(border)}, which is later", hint="name a later moment"
        )


def _refuse_the_past(transaction: Transaction, since: int) -> None:
    """Raise InputError where changes of a moment or a later one have been scored."""
    if transaction.count_logged(since, 1):
        raise InputError(
            f"changes of {_moment(since)} or later have been scored already",
            hint="name a later moment; what was paid since then can be corrected by hand",
        )


def _moment(micros: int) -> str:
    return f"{from_micros(micros):%Y-%m-%d %H:%M:%S} UTC"
