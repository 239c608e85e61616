"""The journal: what each writing transaction appended to the ledger, and wrote beside it, as a chain of digests.

Whoever holds the password of the database can drop its triggers and change a row. They cannot do it unseen: a batch's
digest is made of its entries and of the digest before it, so one changed byte breaks the chain there, and whoever has
noted a newer digest holds proof of every entry up to it. The bytes of an entry and the way a digest is made never
change: old digests must stay provable. A column that the ledger gets later stands at its end and is null in old rows.
What else a transaction wrote is chained by its digests; see `novigem.ledger.row_digests`.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from novigem.errors import StoreError
from novigem.ledger.row_digests import RowDigest, pack_rows

#: What the first batch of a database follows.
BEGINNING = bytes(32)
#: Bytes of the checksum that names an entry inside its batch.
CHECK_SIZE = 4

_encode = msgspec.msgpack.Encoder().encode


class JournalRow(NamedTuple):
    """One batch: the entries `first` to `last` that one transaction appended; without any, `last` is before `first`.

    `recorded` is when the newest entry up to it was written (microseconds since 1970 UTC). `checks` holds a checksum of
    four bytes for each entry, in order: it tells which of them was altered. `previous` is the digest of the batch
    before. `rows` notes what the transaction wrote beside the ledger; None: nothing.
    """

    batch: int
    first: int
    last: int
    recorded: int
    checks: bytes
    previous: bytes
    digest: bytes
    rows: bytes | None = None


def entry_bytes(row: Sequence[Any]) -> bytes:
    """Give the canonical bytes of a ledger row (its columns in order, `entry` first), without its number.

    The number follows from the batch: so an entry that was moved by a foreign one before it is still known.
    """
    end = len(row)
    while row[end - 1] is None:
        end -= 1
    try:
        return _encode(row[1:end])
    except UnicodeEncodeError as error:
        raise StoreError(f"a value does not fit into the ledger: {error}") from error


def entry_check(body: bytes) -> bytes:
    """Give the checksum of an entry: it tells apart any two that differ in four bytes in a row; the digest, all."""
    return crc32(body).to_bytes(CHECK_SIZE, "big")


def row_digest(row: JournalRow, content: bytes, *, previous: bytes | None = None) -> bytes:
    """Give the digest that a batch should have, from the digest of its entries; `previous` stands in for its own."""
    told = () if row.rows is None else (row.rows,)
    head = _encode((row.batch, row.first, row.last, row.recorded, *told))
    return blake2b((row.previous if previous is None else previous) + head + content, digest_size=32).digest()


def content_digest(bodies: Iterable[bytes]) -> bytes:
    """Give the digest of a batch's entries."""
    return blake2b(b"".join(bodies), digest_size=32).digest()


class Batch:
    """What a transaction has appended and noted so far; it costs a checksum and a hashed line per entry."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=32)
        self._checks = bytearray()
        self._first = self._last = 0
        self._recorded = 0
        self._rows: list[RowDigest] = []

    def __bool__(self) -> bool:
        """Tell whether anything was appended or noted."""
        return bool(self._checks or self._rows)

    def add_rows(self, rows: Iterable[RowDigest]) -> None:
        """Add rows that were written beside the ledger, or removed."""
        self._rows += rows

    def add(self, rows: Sequence[Sequence[Any]], recorded: int) -> None:
        """Add appended ledger rows, of which the newest was recorded at a moment."""
        bodies = [entry_bytes(row) for row in rows]
        self._hash.update(b"".join(bodies))
        self._checks += b"".join([entry_check(body) for body in bodies])
        self._first = self._first or rows[0][0]
        self._last = rows[-1][0]
        self._recorded = max(self._recorded, recorded)

    def row(self, newest: JournalRow | None) -> JournalRow:
        """Give the journal row that follows the newest one."""
        number, previous = (1, BEGINNING) if newest is None else (newest.batch + 1, newest.digest)
        first, last, recorded = self._first, self._last, self._recorded
        if not self._checks:
            last, recorded = (0, 0) if newest is None else (newest.last, newest.recorded)
            first = last + 1
        rows = pack_rows(self._rows) if self._rows else None
        row = JournalRow(number, first, last, recorded, bytes(self._checks), previous, b"", rows)
        return row._replace(digest=row_digest(row, self._hash.digest()))
