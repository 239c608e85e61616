"""Erasing a person: one random id takes the place of theirs, everywhere, in one transaction.

    the person's id, names and addresses -> suppressions -> a redactor -> every row of every table, redacted

Sums, ranks, progress and badges stay what they are, since nothing but the id changes. What comes in later is read
redacted the same way, so the person does not come back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from novigem.engine.engine import utc_now
from novigem.engine.personal_rows import redactor_of_group
from novigem.errors import InputError
from novigem.ledger.store import Store
from novigem.model.change import to_micros
from novigem.model.ids import id18
from novigem.model.redaction import SUPPRESSIONS, Erasure
from novigem.program.redaction import redacted_text
from novigem.rules.operators import DEFAULT_REGISTRY, Registry


@dataclass(frozen=True)
class Erased:
    """What an erasure did. `user` is the id that stands for the person from now on; `counts` are rows, by table."""

    user: str
    counts: dict[str, int]
    erasure: Erasure


def erase_person(
    store: Store,
    person: str,
    *,
    reason: str,
    author: str | None = None,
    also: Sequence[str] = (),
    registry: Registry = DEFAULT_REGISTRY,
    clock: Callable[[], datetime] = utc_now,
) -> Erased:
    """Erase somebody, for good: afterwards nothing in the store leads to them.

    `person` is the id; names and addresses are those last told, and `also` more of them. All users of the person are
    erased, each under a random id of its own, so that they stay one. The random id that stands for the person from now
    on is kept nowhere beside the old one. Raises InputError for an empty reason, and StoreError
    where somebody changed the ledger from outside: writing its journal anew would hide it.
    """
    if not reason.strip():
        raise InputError("an erasure needs a reason", hint="give a reason", code="erasure-unexplained")
    person = id18(person)
    with store.begin(lock=False) as transaction:
        transaction.hold_for_erasure()
        key = transaction.secret(SUPPRESSIONS)
        redactor = redactor_of_group(key, transaction, person, also)
        user = redactor.user(transaction.joins().person(person))
        rewritten = transaction.erase(redactor, partial(redacted_text, redactor=redactor, registry=registry))
        counts = dict(sorted(rewritten.counts.items()))
        erasure = transaction.save_erasure(
            Erasure(
                number=0,
                moment=to_micros(clock()),
                reason=redactor.text(reason.strip()),
                author=author and redactor.text(author),
                counts=msgspec.json.encode(counts).decode(),
                before=rewritten.before,
                after=rewritten.after,
                closings=msgspec.json.encode([one._asdict() for one in rewritten.closings]).decode(),
            ),
            list(redactor.suppressions.values()),
        )
    store.scrub()
    return Erased(user, counts, erasure)
