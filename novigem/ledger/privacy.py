"""What a store must be able to do for privacy: who is not listed, who was erased, and every row that names somebody.

The part of `novigem.ledger.store` that is about people's own wishes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from novigem.ledger.redaction import ProgramRedactor
from novigem.model.redaction import Erasure, Redactor, Suppression


class Row(NamedTuple):
    """A row that names somebody: its table, and its columns."""

    table: str
    columns: dict[str, Any]


class Resealed(NamedTuple):
    """Final standings that an erasure wrote anew: of which program, challenge or board and period, and their hashes."""

    program: str
    kind: str
    id: str
    period: str
    before: str
    after: str


class Rewritten(NamedTuple):
    """What an erasure rewrote: how many rows of each table; the last digest of the journal before and after it.

    The digests are None where no entry named the person. `closings` are the final standings that did.
    """

    counts: dict[str, int]
    before: bytes | None = None
    after: bytes | None = None
    closings: tuple[Resealed, ...] = ()


def resealed(before: Mapping[str, Any], made: Mapping[str, Any]) -> Resealed:
    """Say what became of the row of a closing; `made` are the columns that changed."""
    program, kind, name, period = (before[column] for column in ("program", "kind", "id", "period"))
    return Resealed(program, kind, name, period, before["digest"], {**before, **made}["digest"])


class PrivacyTransaction(Protocol):
    """The part of `Transaction` that is about privacy."""

    def redactor(self) -> Redactor:
        """Give who is erased. Nobody else is, before this transaction ends."""

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database, of 32 bytes; it is made when it is first asked for."""

    def opt_out(self, user: str, moment: int | None) -> None:
        """List somebody on no board from now on; with None, list them again."""

    def hold_for_erasure(self) -> None:
        """Let no other transaction write until this one ends. Comes before everything else."""

    def erase(self, redactor: Redactor, redact_program: ProgramRedactor) -> Rewritten:
        """Rewrite every row that names somebody without erased people, and the journal from the first such entry on.

        The guards of the ledger are lifted, and put back before this returns. Raises StoreError where the journal or
        final standings were broken before.
        """

    def save_erasure(self, erasure: Erasure, suppressions: Sequence[Suppression]) -> Erasure:
        """Keep that somebody was erased, and by what they are known again; gives it back numbered from 1."""


class PrivacyStore(Protocol):
    """The part of `Store` that is about privacy."""

    def redactor(self) -> Redactor:
        """Give who is erased."""

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database, of 32 bytes; it is made when it is first asked for."""

    def opted_out(self) -> dict[str, int]:
        """Give who is listed on no board, and since which moment, ordered by user."""

    def erasures(self) -> list[Erasure]:
        """Give the erasures there were, oldest first."""

    def rows_naming(self, redactor: Redactor, redact_program: ProgramRedactor) -> Iterator[Row]:
        """Yield every row that names somebody whom a redactor knows, as it stands, table by table."""

    def scrub(self) -> None:
        """Let the database give up what it keeps of rows that were written over."""
