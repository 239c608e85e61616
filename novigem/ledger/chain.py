"""Verifying the journal: walks the ledger and its journal side by side, and names each place that differs.

Comes in: journal rows and the bytes of entries, both in order. Goes out: discrepancies. Holds one batch in memory.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain, pairwise
from typing import NamedTuple

from novigem.ledger.journal import BEGINNING, CHECK_SIZE, JournalRow, content_digest, entry_check, row_digest
from novigem.model.discrepancy import Discrepancy

_FOREIGN = "not in the journal"
_CHANGED = "changed"
_AS_WRITTEN = "as its transaction wrote it"


class _Found(NamedTuple):
    """An entry as it stands in the ledger."""

    number: int
    body: bytes
    check: bytes


def verify(journal: Iterable[JournalRow], entries: Iterable[tuple[int, bytes]]) -> Iterator[Discrepancy]:
    """Yield every place where the chain is broken; none means that all entries stand as they were written."""
    walk = _Walk(entries)
    for row, following in pairwise(chain(journal, [None])):
        if row is not None:
            yield from walk.batch(row, frozenset() if following is None else frozenset(_checks(following)))
    yield from walk.rest()


class _Walk:
    """Where the verifying stands: the last batch and entry that are accounted for."""

    def __init__(self, entries: Iterable[tuple[int, bytes]]) -> None:
        self._entries = (_Found(number, body, entry_check(body)) for number, body in entries)
        self._returned: deque[_Found] = deque()
        self._batch = 0
        self._last = 0
        # By how much numbers have moved, where somebody put an entry in or took one out and numbered the rest anew.
        self._shift = 0
        # What the next row may name as the digest before it: the one that stands there, or the one that should.
        self._links = {BEGINNING}

    def batch(self, row: JournalRow, later: Collection[bytes]) -> Iterator[Discrepancy]:
        """Hold the next journal row against the entries it is about; `later` are the checks of the row after it."""
        missing = range(self._batch + 1, row.batch)
        linked = row.previous in self._links
        self._batch = row.batch
        told, row = row, self._straightened(row)
        if told is not row:
            yield Discrepancy(f"batch {row.batch}", _CHANGED, _AS_WRITTEN)
        due = self._last + 1
        if row.first < due or row.last < row.first - 1:
            yield Discrepancy(f"batch {row.batch}", f"begins with entry {row.first}", f"entry {due} comes next")
            self._links.add(row.digest)
            return
        before = self._take(row.first - 1)
        if missing:
            held = f"entries {due} to {row.first - 1}" if row.first > due else "it was written"
            yield Discrepancy(_places("batch", missing), "removed", held)
        elif before and linked:
            yield Discrepancy(_places("entry", [one.number for one in before]), _FOREIGN, "no transaction wrote it")
        found = self._take(row.last)
        content = content_digest([one.body for one in found])
        in_place = found[0].number == row.first + self._shift if found else not row.checks
        if not (in_place and self._is_sound(row, found, content)):
            yield from self._broken(row, found, content, later)
        elif not (linked or missing):
            # This batch is as it was, so the one that it follows is another than it was.
            yield Discrepancy(f"batch {row.batch - 1 or 1}", "written anew", f"batch {row.batch} follows another one")
        self._last = row.last
        self._links = {row.digest, row_digest(row, content), *self._relinked(row, content)}

    def rest(self) -> Iterator[Discrepancy]:
        """Tell of what stands behind the last batch."""
        numbers = [one.number for one in iter(self._next, None)]
        if numbers:
            told = f"the journal ends with entry {self._last}" if self._batch else "the journal is empty"
            yield Discrepancy(_places("entry", numbers), _FOREIGN, told)

    def _straightened(self, row: JournalRow) -> JournalRow:
        """Give a row in which somebody moved the first or the last entry as its transaction wrote it."""
        first, count = self._last + 1, len(row.checks) // CHECK_SIZE
        meant = row._replace(first=first, last=first + count - 1)
        if meant == row:
            return row
        found = self._take(meant.last)
        self._returned.extendleft(reversed(found))
        return meant if row_digest(meant, content_digest([one.body for one in found])) == row.digest else row

    def _is_sound(self, row: JournalRow, found: Sequence[_Found], content: bytes) -> bool:
        return row_digest(row, content) == row.digest and _checks(row) == [one.check for one in found]

    def _broken(
        self, row: JournalRow, found: list[_Found], content: bytes, later: Collection[bytes]
    ) -> Iterator[Discrepancy]:
        """Name the entries that are not as the row says; where all of them are, it is the row that was changed."""
        checks, first = _checks(row), row.first + self._shift
        proved = row.digest in (row_digest(row, content), *self._relinked(row, content))
        if not proved and len(checks) == row.last - row.first + 1:
            self._settle(checks, found, later)
            breaks = list(_entries_that_differ(first, checks, found))
            yield from breaks
            if breaks:
                return
        if found and found[0].number != first:
            yield Discrepancy(_places("entry", [one.number for one in found]), "numbered anew", f"from {first} on")
        else:
            yield Discrepancy(f"batch {row.batch}", _CHANGED, _AS_WRITTEN)

    def _relinked(self, row: JournalRow, content: bytes) -> list[bytes]:
        return [row_digest(row, content, previous=link) for link in self._links]

    def _settle(self, checks: Sequence[bytes], found: list[_Found], later: Collection[bytes]) -> None:
        """Give a batch the entries that a foreign one pushed out of it, and the next batch what is its own."""
        missing = Counter(checks) - Counter(one.check for one in found)
        while (following := self._next()) is not None:
            if not missing[following.check]:
                self._returned.appendleft(following)
                break
            missing[following.check] -= 1
            found.append(following)
            self._shift += 1
        while found and found[-1].check in later:
            self._returned.appendleft(found.pop())
            self._shift -= 1

    def _take(self, last: int) -> list[_Found]:
        """Read on to an entry, by the number that it had when it was written."""
        taken = []
        while (one := self._next()) is not None:
            if one.number > last + self._shift:
                self._returned.appendleft(one)
                break
            taken.append(one)
        return taken

    def _next(self) -> _Found | None:
        return self._returned.popleft() if self._returned else next(self._entries, None)


def _entries_that_differ(first: int, checks: Sequence[bytes], found: Sequence[_Found]) -> Iterator[Discrepancy]:
    """Line up what was written with what stands there; `first` is the number that the batch begins with."""
    numbers = [one.number for one in found]
    steps = SequenceMatcher(None, checks, [one.check for one in found], autojunk=False).get_opcodes()
    for tag, due, due_end, there, there_end in steps:
        if tag == "equal":
            continue
        altered = min(due_end - due, there_end - there)
        if altered:
            changed = _places("entry", numbers[there : there + altered])
            yield Discrepancy(changed, "altered", "other values were written")
        if due + altered < due_end:
            gone = _places("entry", range(first + due + altered, first + due_end))
            yield Discrepancy(gone, "removed", "it was written")
        if there + altered < there_end:
            foreign = _places("entry", numbers[there + altered : there_end])
            yield Discrepancy(foreign, "put in", "no transaction wrote it")


def _checks(row: JournalRow) -> list[bytes]:
    return [row.checks[start : start + CHECK_SIZE] for start in range(0, len(row.checks), CHECK_SIZE)]


def _places(word: str, numbers: Sequence[int]) -> str:
    several = {"entry": "entries", "batch": "batches"}[word]
    return f"{word} {numbers[0]}" if len(numbers) == 1 else f"{several} {numbers[0]} to {numbers[-1]}"
