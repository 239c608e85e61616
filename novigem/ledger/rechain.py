"""Writing the journal anew after an erasure: the one time that entries change, and the only place that may do so.

A journal that was broken before is left broken: written anew it would hide who else changed an entry.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from novigem.errors import StoreError
from novigem.ledger.chain import verify
from novigem.ledger.journal import JournalRow, content_digest, entry_check, row_digest
from novigem.model.closing import body_digest

#: Gives the canonical bytes of the entries of a batch, from one number to another, as they stand now.
Bodies = Callable[[int, int], Sequence[bytes]]
_LOOK = "examine the store, and see what was changed"


def must_be_whole(
    journal: Iterable[JournalRow], entries: Iterable[tuple[int, bytes]], closings: Iterable[tuple[str, str]]
) -> None:
    """Raise StoreError where the journal or final standings are broken; `closings` are body and hash of each."""
    if any(body_digest(body) != digest for body, digest in closings):
        raise StoreError(
            "final standings were changed from outside, and erasing would hide it",
            hint=_LOOK,
            code="changed-from-outside",
        )
    found = next(verify(journal, entries), None)
    if found is not None:
        raise StoreError(
            f"the ledger was changed from outside ({found.what}: {found.kept}), and erasing would hide it",
            hint=_LOOK,
            code="changed-from-outside",
        )


def rewrite_chain(journal: Iterable[JournalRow], previous: bytes, bodies: Bodies) -> Iterator[JournalRow]:
    """Yield the rows of a journal, from the first batch that changed on, as they must be now.

    `previous` is the digest of the batch before them, and the rows note what they must note now. What was
    in which batch, and when it was written, stays.
    """
    for row in journal:
        found = bodies(row.first, row.last)
        checks = b"".join(entry_check(body) for body in found)
        anew = row._replace(checks=checks, previous=previous)
        anew = anew._replace(digest=row_digest(anew, content_digest(found)))
        previous = anew.digest
        yield anew
