"""Erasing a person: one random id takes the place of theirs, everywhere, in one transaction.

    the person's id, names and addresses -> suppressions -> a redactor -> every row of every table, redacted

Sums, ranks, progress and badges stay what they are, since nothing but the id changes. What comes in later is read
redacted the same way, so the person does not come back.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from novigem.engine.engine import utc_now
from novigem.errors import InputError
from novigem.ledger.privacy import Row
from novigem.ledger.store import Store
from novigem.model.change import id18, to_micros
from novigem.model.people import Person
from novigem.model.redaction import SUPPRESSIONS, Erasure, Redactor, hints_of, suppressions_of
from novigem.program.redaction import redacted_text
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

_USER_PREFIX = "005"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LETTERS = 12
_KEY_BYTES = 32


@dataclass(frozen=True)
class Erased:
    """What an erasure did. `user` is the id that stands for the person from now on; `counts` are rows, by table."""

    user: str
    counts: dict[str, int]
    erasure: Erasure


def redactor_of(store: Store, person: str, also: Sequence[str] = ()) -> Redactor:
    """Give the redactor that hides one person, to find every row that names them. Nothing is written.

    `person` is the id; names and addresses are those last told, and `also` more of them, such as a former name.
    """
    person, key = id18(person), secrets.token_bytes(_KEY_BYTES)
    told = store.people([person]).get(person)
    return _redactor(key, new_user(), person, _names(told, also))


def rows_about(store: Store, redactor: Redactor, *, registry: Registry = DEFAULT_REGISTRY) -> Iterator[Row]:
    """Yield every row that names a redacted person, as it stands: all that an erasure would rewrite, and no more."""
    return store.rows_naming(redactor, partial(redacted_text, redactor=redactor, registry=registry))


def count_rows(rows: Iterator[Row]) -> dict[str, int]:
    """Count rows by table, in order of the tables' names."""
    return dict(sorted(Counter(row.table for row in rows).items()))


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

    `person` is the id; names and addresses are those last told, and `also` more of them. The random id that stands for
    the person from now on is kept nowhere beside the old one. Raises InputError for an empty reason, and StoreError
    where somebody changed the ledger from outside: writing its journal anew would hide it.
    """
    if not reason.strip():
        raise InputError("an erasure needs a reason", hint='add --reason "left the company"')
    person, user = id18(person), new_user()
    with store.begin(lock=False) as transaction:
        transaction.hold_for_erasure()
        key = transaction.secret(SUPPRESSIONS)
        told = transaction.people([person]).get(person)
        redactor = _redactor(key, user, person, _names(told, also))
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


def new_user() -> str:
    """Give a random id of a user, well formed, of which there is no other."""
    return id18(_USER_PREFIX + "".join(secrets.choice(_LETTERS) for _letter in range(_RANDOM_LETTERS)))


def _names(told: Person | None, also: Sequence[str]) -> tuple[str, ...]:
    known = () if told is None else (told.name, told.email)
    return tuple(name for name in (*known, *also) if name)


def _redactor(key: bytes, user: str, person: str, names: Sequence[str]) -> Redactor:
    suppressions = suppressions_of(key, user, person, names)
    return Redactor(key, {one.mark: one for one in suppressions}, hints_of(person, names))
