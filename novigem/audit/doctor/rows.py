"""Rows that follow from nothing else, such as who approved what, against what the journal notes of them."""

from collections.abc import Callable, Container, Iterator, Mapping

import msgspec

from novigem.ledger.row_digests import DIGESTED, Key, RowDigest, unpack_rows, user_digest
from novigem.ledger.store import Store
from novigem.model.change import from_micros
from novigem.model.discrepancy import Discrepancy
from novigem.model.program import ALWAYS_START

_Words = Callable[..., str]
#: What a row is called, from the parts of its key.
_WORDS: Mapping[str, _Words] = {
    "novigem_assignment": lambda user, since: f"role and manager of {user} from {_moment(since)}",
    "novigem_badge_award": lambda _program, badge, user, _challenge, _period: f"badge {badge} of {user} by hand",
    "novigem_closing": lambda _program, kind, name, period: f"final {kind} {name} {period}".rstrip(),
    "novigem_erased": lambda mark: f"suppression {mark.hex()[:12]}",
    "novigem_erasure": lambda number: f"erasure {number}",
    "novigem_flag": lambda flag: f"judgement of flag {flag}",
    "novigem_pause": lambda number: f"pause {number}",
    "novigem_person": lambda user: f"person {user}",
    "novigem_privacy": lambda user: f"opt-out of {user}",
    "novigem_program": lambda program, version: f"program {program} version {version}",
    "novigem_request": lambda number: f"request {number}",
    "novigem_secret": lambda name: f"secret {name}",
    "novigem_timeline": lambda program, accepted: f"program {program} in force, accepted {_moment(accepted)}",
}
_OF_A_PROGRAM = frozenset(("novigem_badge_award", "novigem_closing", "novigem_program", "novigem_timeline"))


def unproved_rows(store: Store, tables: Container[str] = DIGESTED) -> Iterator[Discrepancy]:
    """Yield the noted rows of some tables that are not as the transaction that wrote them last noted them."""
    found = {one for one in _differing(store) if one[0][0] in tables}
    if not found:
        return
    # Others may have written between one look and the next; what was altered from outside is so in both.
    found &= _differing(store)
    names = {user_digest(user): user for user in _known_users(store)}
    for (table, key), kept, proved in sorted(found, key=str):
        what = _WORDS[table](*(_shown(part, table, names) for part in key))
        yield Discrepancy(what, kept, proved, str(key[0]) if table in _OF_A_PROGRAM else "")


def _differing(store: Store) -> set[tuple[tuple[str, Key], str, str]]:
    kept = {one.place: one.digest for one in store.row_digests()}
    noted = {one.place: one.digest for one in _noted(store) if one.table in DIGESTED}
    found = set()
    for place in kept.keys() | noted.keys():
        there, due = kept.get(place), noted.get(place)
        if there == due:
            continue
        if there is None:
            found.add((place, "removed", "it was written"))
        elif due is None:
            found.add((place, "put in", "no transaction wrote it" if place not in noted else "it was removed"))
        else:
            found.add((place, "altered", "other values were written"))
    return found


def _noted(store: Store) -> Iterator[RowDigest]:
    for row in store.journal():
        try:
            yield from unpack_rows(row.rows)
        except msgspec.DecodeError:
            # The chain is broken there, and that is told.
            continue


def _known_users(store: Store) -> Iterator[str]:
    yield from (one.id for one in store.everybody())
    yield from (one.user for one in store.every_assignment())
    yield from store.opted_out()
    for program in {one.program for one in store.programs()}:
        yield from store.users(program)
    yield from (one.user for one in store.badges())


def _shown(part: str | int | bytes, table: str, names: Mapping[bytes, str]) -> str | int | bytes:
    """Give a part of a key with the id of the user in place of the digest, where the user is known."""
    if not isinstance(part, bytes) or table == "novigem_erased":
        return part
    return names.get(part, f"~{part.hex()}")


def _moment(micros: int) -> str:
    return "the beginning" if micros <= ALWAYS_START else f"{from_micros(micros):%Y-%m-%dT%H:%M:%S}Z"
