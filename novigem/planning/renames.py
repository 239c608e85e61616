"""Parts of a program that look like others under a new id: the same facts would pay again under it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from novigem.ledger.store import EntryFilter, Store
from novigem.model.binding import BindingKind
from novigem.model.entry import EntryKind
from novigem.model.program import Program
from novigem.program.binding import LISTS

# What people may write anew without making a part another one.
_WORDS = {"id", "was", "name", "description"}
# What makes a part what it is, beyond its words: two that share all of it may well be one.
_ESSENCE: dict[BindingKind, tuple[str, ...]] = {
    "rule": ("object", "trigger", "when"),
    "challenge": ("type", "goal"),
    "badge": ("earned_by", "tiers"),
    "board": ("by", "period", "scope"),
    "team": ("role", "manager", "members"),
}


class LooksRenamed(NamedTuple):
    """A part that is new and looks like one that is gone: its kind, both ids, and what stands under the old one.

    `entries` and `points` are those of standing awards of a rule or a challenge; 0 for other parts.
    """

    kind: BindingKind
    old: str
    new: str
    entries: int
    points: int


def looks_renamed(store: Store, before: Program, after: Program) -> list[LooksRenamed]:
    """Give the parts of a version that look like parts of the one before it under another id.

    Both have their names bound, so a part that says what it was is the same part.
    """
    pairs = [(kind, old, new) for name, kind in LISTS.items() for old, new in _pairs(name, kind, before, after)]
    if not pairs:
        return []
    found = []
    for kind, old, new in pairs:
        entries, points = _standing(store, before.program, kind, old)
        found.append(LooksRenamed(kind, old, new, entries, points))
    return found


def _pairs(name: str, kind: BindingKind, before: Program, after: Program) -> Iterator[tuple[str, str]]:
    old, new = (getattr(program, name) for program in (before, after))
    gone = [one for one in old if one.id not in {part.id for part in new}]
    added = [one for one in new if one.id not in {part.id for part in old}]
    renamed = {one.id: part.id for one in gone for part in added if _alike(kind, one, part)}
    yield from renamed.items()


def _alike(kind: BindingKind, one: Any, other: Any) -> bool:
    same_name = one.name is not None and one.name == other.name
    if same_name:
        return True
    if _essence(one, kind) == _essence(other, kind):
        return kind != "badge" or one.earned_by is not None or _looks(one) == _looks(other)
    return False


def _essence(part: Any, kind: BindingKind) -> tuple[Any, ...]:
    return tuple(getattr(part, name) for name in _ESSENCE[kind])


def _looks(part: Any) -> dict[str, Any]:
    return {key: value for key, value in part.model_dump().items() if key not in _WORDS}


def _standing(store: Store, program: str, kind: BindingKind, old: str) -> tuple[int, int]:
    if kind == "rule":
        which = EntryFilter(program=program, rule=old)
    elif kind == "challenge":
        which = EntryFilter(program=program, challenge=old)
    else:
        return 0, 0
    entries = points = 0
    for entry in store.entries(which):
        entries += -1 if entry.kind is EntryKind.REVERSAL else 1
        points += entry.points
    return entries, points


def would_pay_again(found: Sequence[LooksRenamed]) -> Iterator[str]:
    """Yield, in words, what each part that looks renamed would lead to."""
    for one in found:
        told = f"{one.kind} {one.new} looks like {one.old} under another id"
        if one.kind == "rule" and one.entries:
            told += f": the {one.entries} awards ({one.points:,} points) of {one.old} would not count for it, and the "
            told += "same facts would pay again"
        elif one.kind in ("rule", "challenge"):
            told += ": it would begin anew"
        else:
            told += ": what stands under the old one would not be its own"
        yield told
