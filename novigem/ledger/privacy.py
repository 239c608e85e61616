"""What a store says of privacy: a row that names somebody, and what an erasure rewrote."""

from collections.abc import Mapping
from typing import Any, NamedTuple


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
