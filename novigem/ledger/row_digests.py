"""Row digests: what a transaction wrote beside the ledger that follows from nothing else, each row by its digest.

Who approved what, which version is in force, what is closed, who is listed, and what was told of people: no entry and
no change leads to it, so a row that was altered by hand would stand unseen. Each transaction that writes such a row
notes it in its row of the journal (`JournalRow.rows`): the table, the key and a digest of the row, or that the row
was removed. The newest note of a key says what must stand there. The bytes never change, as those of entries do not.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from novigem.model.change import whole_characters

#: The tables whose rows are noted, each with its key.
DIGESTED: Mapping[str, tuple[str, ...]] = {
    "novigem_assignment": ("user", "since"),
    "novigem_badge_award": ("program", "badge", "user", "challenge", "period"),
    "novigem_closing": ("program", "kind", "id", "period"),
    "novigem_erased": ("mark",),
    "novigem_erasure": ("number",),
    "novigem_flag": ("flag",),
    "novigem_pause": ("number",),
    "novigem_person": ("id",),
    "novigem_privacy": ("user",),
    "novigem_program": ("program", "version"),
    "novigem_request": ("number",),
    "novigem_secret": ("name",),
    "novigem_timeline": ("program", "accepted"),
}
_ROW_BYTES, _USER_BYTES = 16, 8
#: Stands for the digest of a row that was altered from outside before it was written anew: it equals none.
ALTERED = bytes(_ROW_BYTES)

_REPAIRS = "repair"

Key = tuple[str | int | bytes, ...]


class RowDigest(NamedTuple):
    """A row that was written, by its key and its digest; None: the row was removed, or what it held is forgotten."""

    table: str
    key: Key
    digest: bytes | None

    @property
    def place(self) -> tuple[str, Key]:
        """The row it is about."""
        return (self.table, self.key)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[str, list[Any], bytes | None]]).decode


def is_digested(table: str, row: Mapping[str, Any]) -> bool:
    """Tell whether a row is noted. Badges that were earned follow from the ledger; those given by hand do not."""
    return table in DIGESTED and not (table == "novigem_badge_award" and row["challenge"])


def digest_row(table: str, row: Mapping[str, Any]) -> RowDigest:
    """Give the digest of a row, with its key, from all of its columns by name."""
    # In the order of their names, and without nulls: a column that a table gets later leaves old digests good.
    columns = [(name, row[name]) for name in sorted(row) if row[name] is not None]
    # SQLAlchemy names columns and tables with texts of its own kind.
    plain = [(str(name), int(value) if isinstance(value, bool) else value) for name, value in columns]
    try:
        body = _encode(plain)
    except UnicodeEncodeError:
        # A database keeps no half characters; where nothing has cleaned them away, they count as it would keep them.
        body = _encode([(name, whole_characters(value)) for name, value in plain])
    return RowDigest(str(table), row_key(table, row), blake2b(body, digest_size=_ROW_BYTES).digest())


def removed_row(table: str, row: Mapping[str, Any]) -> RowDigest:
    """Give what is noted of a row that is gone, from the columns of its key."""
    return RowDigest(str(table), row_key(table, row), None)


def row_key(table: str, row: Mapping[str, Any]) -> Key:
    """Give the key of a row; a user stands in it by a digest, so that the journal names nobody."""
    return tuple(user_digest(row[name]) if _is_user(table, name) else row[name] for name in DIGESTED[table])


def user_digest(user: str) -> bytes:
    """Give what stands for a user in the key of a row."""
    return blake2b(user.encode(), digest_size=_USER_BYTES).digest()


def _is_user(table: str, column: str) -> bool:
    return column == "user" or (table, column) == ("novigem_person", "id")


def pack_rows(rows: Iterable[RowDigest]) -> bytes:
    """Give what is noted as a row of the journal keeps it."""
    return _encode(list(rows))


def unpack_rows(kept: bytes | None) -> list[RowDigest]:
    """Give back what a journal row notes. Raises msgspec.DecodeError where it was altered beyond reading."""
    return [] if kept is None else [RowDigest(table, tuple(key), digest) for table, key, digest in _decode(kept)]


class Repair(NamedTuple):
    """That sums were written anew: of which program, when (microseconds since 1970 UTC), and how many had differed."""

    program: str
    moment: int
    figures: int

    @property
    def noted(self) -> RowDigest:
        """What the journal notes of it: it stands in no table."""
        return RowDigest(_REPAIRS, tuple(self), None)

    @classmethod
    def read(cls, one: RowDigest) -> "Repair":
        """Give back a repair that is noted."""
        return cls._make(one.key)

    @staticmethod
    def is_noted(one: RowDigest) -> bool:
        """Tell whether a note is that of a repair."""
        return one.table == _REPAIRS


class Renamed:
    """Who is called otherwise since an erasure, and the noted rows that it wrote anew."""

    def __init__(self) -> None:
        self._users: dict[bytes, bytes] = {}
        self._rows: dict[tuple[str, Key], tuple[bytes | None, RowDigest]] = {}

    def add(self, table: str, row: Mapping[str, Any], made: Mapping[str, Any]) -> None:
        """Learn of a row, and of the columns of it that were written anew."""
        for name in made.keys() & {"user", "id"}:
            self._users[user_digest(row[name])] = user_digest(made[name])
        if made and is_digested(table, row):
            was = digest_row(table, row)
            self._rows[was.place] = (was.digest, digest_row(table, {**row, **made}))

    def anew(self, journal: Iterable[tuple[int, bytes | None]]) -> dict[int, bytes]:
        """Give what the batches note that must be written anew; `journal` are all batches with what they note now.

        What a row held before its newest note is forgotten: its digest could be held against a guess at who it named.
        """
        read = [(batch, unpack_rows(kept)) for batch, kept in journal if kept is not None]
        newest = {one.place: (batch, n) for batch, rows in read for n, one in enumerate(rows)}
        found = {}
        for batch, rows in read:
            made = [self._anew(one, is_newest=newest[one.place] == (batch, n)) for n, one in enumerate(rows)]
            if made != rows:
                found[batch] = pack_rows(made)
        return found

    def _anew(self, one: RowDigest, *, is_newest: bool) -> RowDigest:
        key = tuple(self._users.get(part, part) if isinstance(part, bytes) else part for part in one.key)
        if one.place not in self._rows:
            return one._replace(key=key)
        was, now = self._rows[one.place]
        if not is_newest:
            return one._replace(key=now.key, digest=None)
        # A row that somebody had altered is not made good by writing it anew.
        return now if one.digest == was else now._replace(digest=ALTERED)
