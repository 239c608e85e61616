"""The part of the SQL store that is about privacy; see `novigem.ledger.privacy.PrivacyStore`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine

from novigem.ledger.privacy import Row
from novigem.ledger.redaction import ProgramRedactor
from novigem.ledger.sql import erasing
from novigem.ledger.sql import privacy_rows as privacy
from novigem.ledger.sql.errors import store_errors
from novigem.ledger.sql.transaction import SqlTransaction
from novigem.model.redaction import Erasure, Redactor


class SqlPrivacy(ABC):
    """Reads who is not listed and who was erased, over the connections of the store that it is a part of."""

    _bind: Engine | Connection

    @abstractmethod
    def begin(self, *, lock: bool = True) -> AbstractContextManager[SqlTransaction]:
        """Open the writing transaction."""

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]: ...

    def redactor(self) -> Redactor:
        """Give who is erased."""
        with self._reading() as connection:
            return privacy.read_redactor(connection)

    def secret(self, name: str) -> bytes:
        """Give a random secret of this database; it is made when it is first asked for."""
        with self._reading() as connection:
            found = privacy.read_secret(connection, name)
        if found is not None:
            return found
        with self.begin(lock=False) as transaction:
            return transaction.secret(name)

    def opted_out(self) -> dict[str, int]:
        """Give who is listed on no board, and since when."""
        with self._reading() as connection:
            return privacy.read_opted_out(connection)

    def erasures(self) -> list[Erasure]:
        """Give the erasures there were, oldest first."""
        with self._reading() as connection:
            return privacy.read_erasures(connection)

    def rows_naming(self, redactor: Redactor, redact_program: ProgramRedactor) -> Iterator[Row]:
        """Yield every row that names somebody whom a redactor knows, table by table."""
        with self._reading() as connection:
            yield from erasing.rows_naming(connection, redactor, redact_program)

    def scrub(self) -> None:
        """Let the database give up what it keeps of old rows; on your own connection that is yours to do."""
        if isinstance(self._bind, Connection):
            return
        with store_errors(), self._bind.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            privacy.scrub(connection)
