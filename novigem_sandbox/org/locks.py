"""The open transactions of an org, and the records that each of them holds."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

from novigem_sandbox.org.errors import Refusal


class Holder(Protocol):
    """What an open transaction is to the records: the moment at which it began, and nothing else."""

    started: datetime


class Locks:
    """Who holds what. Whoever calls has the org's lock."""

    def __init__(self) -> None:
        self._held: dict[Holder, set[str]] = {}
        self._holders: dict[str, Holder] = {}

    def open(self, holder: Holder) -> None:
        """Note a transaction that begins."""
        self._held[holder] = set()

    def take(self, holder: Holder, record_ids: Iterable[str]) -> None:
        """Hold records until the end. Raises Refusal where another transaction holds one of them; then none is held."""
        wanted = list(record_ids)
        for record_id in wanted:
            if self._holders.get(record_id, holder) is not holder:
                message = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
                raise Refusal("UNABLE_TO_LOCK_ROW", message, fields=())
        self._holders.update(dict.fromkeys(wanted, holder))
        self._held[holder].update(wanted)

    def close(self, holder: Holder) -> None:
        """Let go of what a transaction held, and of the transaction."""
        for record_id in self._held.pop(holder):
            del self._holders[record_id]

    def is_held(self, record_id: str) -> bool:
        """Tell whether an open transaction holds a record."""
        return record_id in self._holders

    def beginnings(self) -> Iterator[datetime]:
        """Yield the moments at which the open transactions began."""
        return (holder.started for holder in self._held)
