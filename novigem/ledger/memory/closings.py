"""The parts of the memory store that seasons are decided by: versions in force, claims, judgements, final standings."""

from collections.abc import Collection, Iterable, Iterator

from novigem.ledger.memory.claims import MemoryClaims
from novigem.ledger.memory.feed import Clock, Tables
from novigem.ledger.store import ProgramUse
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey, closing_order
from novigem.model.judgement import Judgement


class MemorySeasonWriting:
    """What a transaction writes of seasons; see `novigem.ledger.store.Transaction`."""

    _tables: Tables

    def save_closings(self, closings: Iterable[Closing]) -> int:
        """Keep final standings; what is closed already stays as it is."""
        before = len(self._tables.closings)
        for one in closings:
            self._tables.closings.setdefault(one.key, one)
        return len(self._tables.closings) - before

    def save_judgement(self, judgement: Judgement) -> None:
        """Keep what a person decided about a flag, over what was decided before."""
        self._tables.judgements[judgement.flag] = judgement


class MemorySeasons:
    """What a store reads of seasons; see `novigem.ledger.store.Store`."""

    _tables: Tables
    _clock: Clock

    def timeline(self) -> list[ProgramUse]:
        """Give from when on which program version was in use."""
        return sorted(self._tables.timeline, key=lambda one: (one.accepted, one.program))

    def claims_of_facts(self, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""
        return MemoryClaims(self._tables, self._clock).claims_of_facts(facts)

    def closings(self, program: str | None = None) -> list[Closing]:
        """Give the final standings of a program, or of all."""
        found = (one for one in self._tables.closings.values() if program in (None, one.program))
        return sorted(found, key=closing_order)

    def closed(self, program: str) -> frozenset[ClosingKey]:
        """Tell what of a program is closed."""
        return frozenset(key for key in self._tables.closings if key.program == program)

    def closing(self, key: ClosingKey) -> Closing | None:
        """Give the final standings of one challenge or board over one period, where it is closed."""
        return self._tables.closings.get(key)

    def judgements(self, program: str) -> list[Judgement]:
        """Give what people decided about the flags of a program."""
        return sorted(one for one in self._tables.judgements.values() if one.program == program)

    def claims(self, program: str) -> Iterator[tuple[str, Claim]]:
        """Yield the claims of a program, each with its group."""
        return (pair for pair in list(self._tables.claims.values()) if pair[1].draft.program == program)
