"""Which programs were given every source: a change is logged once, and no program need have seen all of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, islice, product

from novigem.engine.awards import limit_group
from novigem.engine.engine import fingerprint_of
from novigem.ledger.store import Store
from novigem.model.entry import Entry, EntryKind
from novigem.model.program import Program

#: More ways in which programs may have been run together are not looked through.
_MOST_TRIED = 20_000


def partly_fed(store: Store) -> frozenset[str]:
    """Name the programs that were not given a source which was read for another.

    How far a source was read is kept for the exact programs that it was read for. What is not known to be so (a source
    without that mark, or for programs that cannot be told from it) was given to all.
    """
    given: dict[str, set[str]] = defaultdict(set)
    marked = [(name, mark) for name, sign, mark in (feed.rpartition("#") for feed in store.positions("")) if sign]
    versions = sorted({(use.program, use.version) for use in store.timeline()})
    programs = {program for program, _version in versions}
    known = _marks(versions) if len(programs) > 1 else {}
    for name, mark in marked:
        given[name] |= known.get(mark, programs)
    return frozenset(program for program in programs if any(program not in fed for fed in given.values()))


def _marks(versions: Sequence[tuple[str, str]]) -> dict[str, set[str]]:
    """Give the mark of each choice of programs, in each of their versions; `versions` are pairs of both."""
    by_program: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in versions:
        by_program[one[0]].append(one)
    chosen = (
        together
        for size in range(1, len(by_program) + 1)
        for names in combinations(sorted(by_program), size)
        for together in product(*(by_program[name] for name in names))
    )
    return {fingerprint_of(one): {name for name, _version in one} for one in islice(chosen, _MOST_TRIED)}


def holds_by_itself(entry: Entry, program: Program, proved: Iterable[str]) -> bool:
    """Tell whether no change that a program was not given can be why the replay does not lead to an entry.

    `proved` are the keys of all entries that the replay leads to. Another change may have been the first to a fact,
    taken it back, used up a limit, or moved a completion.
    """
    rule = next((one for one in program.rules if one.id == entry.rule), None)
    if rule is None or entry.kind is not EntryKind.RULE or entry.key in proved:
        return False
    return limit_group(program, rule) is None and not (rule.is_reversible or rule.share or rule.former_owner)
