"""What is read of seasons: versions in force, claims, judgements, final standings; mixed into the SQL store."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Connection, Select, exists, select

from novigem.ledger.sql import claims as claim_rows
from novigem.ledger.sql import tables
from novigem.ledger.sql.rows import row_entry
from novigem.ledger.sql.transaction import SqlTransaction
from novigem.ledger.store import LoggedChange, ProgramUse
from novigem.model.change import Change
from novigem.model.claim import Claim
from novigem.model.closing import Closing, ClosingKey
from novigem.model.entry import Entry
from novigem.model.judgement import Judgement


class _Reading(Protocol):
    def _rows(self, query: Select[Any]) -> Iterator[Any]: ...
    def _first(self, query: Select[Any]) -> Any: ...
    def _reading(self) -> AbstractContextManager[Connection]: ...
    def _logged(self, query: Select[Any]) -> Iterator[tuple[LoggedChange, Change]]: ...


class SeasonReading:
    """The part of a store that reads what a season is decided by; see `novigem.ledger.store.Store`."""

    def timeline(self: _Reading) -> list[ProgramUse]:
        """Give from when on which program version was in use, in the order in which they were accepted."""
        query = select(tables.timeline).order_by(tables.timeline.c.accepted, tables.timeline.c.program)
        return [ProgramUse(*row) for row in self._rows(query)]

    def claims_of_facts(self: _Reading, facts: Collection[str]) -> list[Claim]:
        """Give the claims to some facts, each named by its dedupe key less the part."""
        with self._reading() as connection:
            return SqlTransaction(connection).claims_of_facts(facts)

    def changes_between(self: _Reading, since: int, until: int) -> Iterator[tuple[LoggedChange, Change]]:
        """Yield the logged changes of a stretch, in order of moment and digest."""
        columns = tables.change.c
        query = select(tables.change).where(columns.at >= since, columns.at < until)
        return self._logged(query.order_by(columns.at, columns.digest))

    def awards(self: _Reading, program: str, since: int, until: int) -> Iterator[Entry]:
        """Yield the rule entries that stand, in the order of the changes that paid them."""
        columns, later = tables.ledger.c, tables.ledger.alias()
        query = select(tables.ledger).where(columns.program == program, columns.kind == "rule")
        query = query.where(columns.occurred >= since, columns.occurred < until)
        query = query.where(~exists().where(later.c.reverses == columns.entry))
        return (row_entry(row) for row in self._rows(query.order_by(columns.occurred, columns.change, columns.entry)))

    def judgements(self: _Reading, program: str) -> list[Judgement]:
        """Give what people decided about the flags of a program."""
        columns = tables.judgement.c
        query = select(tables.judgement).where(columns.program == program).order_by(columns.flag)
        return [Judgement(*row) for row in self._rows(query)]

    def closings(self: _Reading, program: str | None = None) -> list[Closing]:
        """Give the final standings of a program, or of all."""
        columns = tables.closing.c
        query = select(tables.closing)
        if program is not None:
            query = query.where(columns.program == program)
        query = query.order_by(columns.program, columns.ends, columns.kind, columns.id, columns.period)
        return [Closing(*row) for row in self._rows(query)]

    def closed(self: _Reading, program: str) -> frozenset[ClosingKey]:
        """Tell what of a program is closed."""
        key = tables.closing.primary_key.columns
        return frozenset(ClosingKey(*row) for row in self._rows(select(*key).where(key.program == program)))

    def closing(self: _Reading, key: ClosingKey) -> Closing | None:
        """Give the final standings of one challenge or board over one period, where it is closed."""
        wanted = (tables.closing.c[name] == value for name, value in key._asdict().items())
        row = self._first(select(tables.closing).where(*wanted))
        return None if row is None else Closing(*row)

    def claims(self: _Reading, program: str) -> Iterator[tuple[str, Claim]]:
        """Yield the claims of a program, each with its group."""
        return map(claim_rows.read_grouped, self._rows(claim_rows.claims_of_program(program)))
