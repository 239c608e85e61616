"""The part of the memory store that belongs to rules that remember: claims, and what has been logged of a record."""

from collections.abc import Collection, Sequence

from novigem.ledger.memory.feed import MemoryFeedState
from novigem.ledger.store import Extent, LoggedChange
from novigem.model.change import Change, read_change_body
from novigem.model.claim import Claim
from novigem.model.program import ALWAYS_START


class MemoryClaims(MemoryFeedState):
    """Claims and the log by record; see `novigem.ledger.store.Transaction`."""

    def logged_since(self, records: Collection[str], since: int) -> list[tuple[str, int, bytes]]:
        """Give record, moment and digest of the logged changes of some records, from a moment on."""
        wanted = set(records)
        found = self._tables.changes.values()
        return [(one.record, one.at, one.digest) for one in found if one.record in wanted and one.at >= since]

    def count_logged(self, since: int, at_most: int) -> int:
        """Give how many changes are logged of a moment or later, counting no further than `at_most`."""
        return min(at_most, sum(1 for one in self._tables.changes.values() if one.at >= since))

    def logged_changes(self, records: Collection[str], since: int = ALWAYS_START) -> list[tuple[LoggedChange, Change]]:
        """Give all logged changes of some records from a moment on, in order of moment."""
        wanted = set(records)
        logged = (one for _key, one in sorted(self._tables.changes.items()) if one.record in wanted and one.at >= since)
        return [(one, read_change_body(one.body)) for one in logged]

    def claims_of_records(self, records: Collection[str]) -> list[Claim]:
        """Give the claims that rest on some records."""
        wanted = set(records)
        return [claim for _group, claim in self._tables.claims.values() if claim.draft.record in wanted]

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""
        wanted = set(facts)
        return [claim for _group, claim in self._tables.claims.values() if claim.fact in wanted]

    def claims_between(self, groups: Collection[tuple[str, str]], since: int, until: int) -> list[Claim]:
        """Give the winning claims of some groups and users whose moment lies in `[since, until)`."""
        wanted = set(groups)
        return [
            claim
            for group, claim in self._tables.claims.values()
            if claim.wins and (group, claim.draft.user) in wanted and since <= claim.draft.occurred < until
        ]

    def save_claims(self, claims: Sequence[tuple[str, Claim]]) -> None:
        """Write claims over the old ones."""
        self._tables.claims.update((claim.id, (group, claim)) for group, claim in claims)

    def clear_claims(self, program: str) -> None:
        """Remove the claims of a program."""
        kept = {key: one for key, one in self._tables.claims.items() if one[1].draft.program != program}
        self._tables.claims = kept

    def extent(self) -> Extent:
        """Give how much there is."""
        tables = self._tables
        return Extent(len(tables.entries), len(tables.changes), len(tables.timeline))
