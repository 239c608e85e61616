"""Transactions: stamped when a statement runs, visible when they commit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from novigem.model.ids import whole_id
from novigem_sandbox.org import automation
from novigem_sandbox.org.database import Database
from novigem_sandbox.org.errors import Refusal, no_such_column, not_found
from novigem_sandbox.org.family import CASCADES, MOVES, Families
from novigem_sandbox.org.histories import changes_told, history_row
from novigem_sandbox.org.schema import HISTORIES
from novigem_sandbox.org.table import Row, Table, TableRow
from novigem_sandbox.org.values import stored

_PEOPLE = ("Contact", "Lead", "User")


class Transaction:
    """Statements of one user that show together, at `commit`.

    A record that a statement touches is locked until the end; another transaction that touches it is refused with
    UNABLE_TO_LOCK_ROW at once. Used with `with`, it commits at the end of the block and rolls back on an exception.
    """

    def __init__(self, database: Database, user: str) -> None:
        self._database = database
        self.user = user
        self.started: datetime = database.clock.now()
        self._writes: dict[str, TableRow] = {}
        self._histories: list[TableRow] = []
        self._deletions: list[tuple[Table, str, str]] = []
        self._is_open = True
        with database.lock:
            database.locks.open(self)

    def __enter__(self) -> Self:
        """Give the transaction itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _t: TracebackType | None) -> None:
        """Commit, or roll back what failed; a transaction that is over already stays as it is."""
        if self._is_open:
            (self.commit if kind is None else self.rollback)()

    def get(self, record_id: str) -> Mapping[str, Any]:
        """Give a record as this transaction sees it, its own statements included. Raises Refusal."""
        with self._database.lock:
            table, row = self._current(record_id)
            return self._database.full(table.shape, row)

    def create(self, name: str, values: Mapping[str, Any] | None = None, **more: Any) -> str:
        """Create a record and give its id; `more` are values too. Raises Refusal."""
        with self._database.lock:
            self._demand_open()
            table = self._database.table(name)
            stamp = self._database.clock.stamp()
            given = self._stored(table, dict(values or {}) | more)
            record_id = given.pop("Id", None) or self._database.new_id(table.shape.prefix)
            if self._find(record_id) is not None:
                raise Refusal("DUPLICATE_VALUE", f"duplicate value found: Id duplicates value on record {record_id}")
            row = {
                "Id": record_id, "CreatedDate": stamp, "CreatedById": self.user, "LastModifiedDate": stamp,
                "LastModifiedById": self.user, "SystemModstamp": stamp, "OwnerId": self.user,
            }  # fmt: skip
            given = automation.defaults(table.shape.name, given, stamp)
            row |= {key: value for key, value in given.items() if value is not None}
            if table.shape.name == "Case" and "CaseNumber" not in row:
                row["CaseNumber"] = self._database.next_case_number()
            automation.settle(table.shape.name, row, {}, row, stamp, find=self._values_of)
            self._database.locks.take(self, [record_id])
            self._keep(table, None, row, stamp)
            return record_id

    def update(self, record_id: str, values: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Change fields of a record. Raises Refusal."""
        with self._database.lock:
            table, before = self._alive(record_id)
            given = self._stored(table, dict(values or {}) | more)
            self._database.locks.take(self, [before["Id"]])
            self._edit(table, before, given)

    def delete(self, record_id: str) -> None:
        """Put a record, and what hangs on it, into the recycle bin. Raises Refusal."""
        with self._database.lock:
            root = self._alive(record_id)[1]["Id"]
            gone = self._with_children(root)
            self._database.locks.take(self, gone)
            for one in gone:
                self._bury(one, {})
            self._database.bin[root] = gone

    def undelete(self, record_id: str) -> None:
        """Bring a record back, with what went with it. Raises Refusal."""
        with self._database.lock:
            table, before = self._current(record_id)
            if not before.get("IsDeleted"):
                raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin")
            back = [one for one in self._database.bin.get(before["Id"], [before["Id"]]) if self._is_buried(one)]
            self._database.locks.take(self, back)
            for one in back:
                table, row = self._current(one)
                self._edit(table, row, {"IsDeleted": False, "MasterRecordId": None})

    def merge(self, winner: str, losers: Sequence[str], values: Mapping[str, Any] | None = None) -> None:
        """Merge records into a winner, which takes `values` and what hangs on the others. Raises Refusal."""
        with self._database.lock:
            table, kept = self._alive(winner)
            if not table.shape.merges:
                raise Refusal("INVALID_TYPE", f"merge is not supported for {table.shape.name}")
            given = self._stored(table, values or {})
            gone = [self._alive(one)[1]["Id"] for one in losers]
            moved = list(self._children(gone, MOVES))
            self._database.locks.take(self, [kept["Id"], *gone, *(child for child, _field in moved)])
            for child, field in moved:
                self._edit(*self._current(child), {field: kept["Id"]})
            for one in gone:
                self._bury(one, {"MasterRecordId": kept["Id"]})
                self._database.bin[one] = [one]
            self._edit(table, kept, given)

    def touch(self, record_ids: Iterable[str]) -> None:
        """Move SystemModstamp alone, as an internal job of the org does."""
        self.rewrite({record_id: {} for record_id in record_ids})

    def rewrite(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Change records as the org itself does: SystemModstamp moves, nobody is named, nothing is filled in."""
        with self._database.lock:
            found = [(*self._current(record_id), changes[record_id]) for record_id in changes]
            self._database.locks.take(self, [row["Id"] for _table, row, _given in found])
            for table, before, given in found:
                self._keep(table, before, {**before, **given, "SystemModstamp": self._database.clock.stamp()}, None)

    def commit(self) -> None:
        """Show everything at once, and let go of the records."""
        with self._database.lock:
            self._demand_open()
            self._database.take_in([*self._writes.values(), *self._histories], self._deletions)
            self._end()

    def rollback(self) -> None:
        """Forget everything, and let go of the records."""
        with self._database.lock:
            self._demand_open()
            self._end()

    def _end(self) -> None:
        self._is_open = False
        self._database.locks.close(self)

    def _demand_open(self) -> None:
        if not self._is_open:
            raise Refusal("INVALID_OPERATION", "the transaction is over")

    def _stored(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, value in values.items():
            field = table.shape.any_field(name)
            if field is None or field.calculated:
                raise no_such_column(name, table.shape.name)
            given[field.name] = stored(field, value)
        if table.shape.name in _PEOPLE and given.get("Name"):
            given["FirstName"], _space, given["LastName"] = given.pop("Name").rpartition(" ")
        return given

    def _edit(self, table: Table, before: Row, given: Mapping[str, Any]) -> None:
        stamp = self._database.clock.stamp()
        audit = {"LastModifiedDate": stamp, "LastModifiedById": self.user, "SystemModstamp": stamp}
        row = {**before, **audit, **given}
        automation.settle(table.shape.name, row, before, given, stamp, find=self._values_of)
        self._keep(table, before, row, stamp)

    def _bury(self, record_id: str, more: Mapping[str, Any]) -> None:
        table, before = self._current(record_id)
        stamp = self._database.clock.stamp()
        row: Row = {**before, **more, "IsDeleted": True, "SystemModstamp": stamp}
        if self._database.deleting_is_editing:
            row |= {"LastModifiedDate": stamp, "LastModifiedById": self.user}
        self._keep(table, before, row, None)
        self._deletions.append((table, stamp, before["Id"]))

    def _keep(self, table: Table, before: Row | None, row: Row, history_stamp: str | None) -> None:
        self._writes[row["Id"]] = TableRow(table, row)
        if history_stamp is None or table.shape.name not in HISTORIES:
            return
        history = self._database.table(HISTORIES[table.shape.name])
        tracked = self._database.tracked.get(table.shape.name, set())
        for told in changes_told(table.shape, tracked, before, row, self._name_of):
            made = history_row(
                history.shape, self._database.new_id(history.shape.prefix), row["Id"], told, by=self.user,
                stamp=history_stamp,
            )  # fmt: skip
            self._histories.append(TableRow(history, made))

    def _find(self, record_id: str) -> TableRow | None:
        own = self._writes.get(record_id)
        if own is not None:
            return own
        found = self._database.find_any(record_id)
        return None if found is None else TableRow(*found)

    def _current(self, record_id: str) -> TableRow:
        self._demand_open()
        try:
            found = self._find(whole_id(record_id))
        except ValueError as error:
            raise Refusal("MALFORMED_ID", f"bad id {record_id[:40]}") from error
        if found is None:
            raise not_found()
        return found

    def _alive(self, record_id: str) -> TableRow:
        found = self._current(record_id)
        if found.row.get("IsDeleted"):
            raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
        return found

    def _is_buried(self, record_id: str) -> bool:
        found = self._find(record_id)
        return found is not None and bool(found.row.get("IsDeleted"))

    def _values_of(self, record_id: str) -> Mapping[str, Any] | None:
        found = self._find(record_id)
        return None if found is None else found.row

    def _name_of(self, record_id: str) -> str | None:
        found = self._find(record_id)
        return None if found is None else self._database.full(found.table.shape, found.row).get("Name")

    def _with_children(self, record_id: str) -> list[str]:
        """Give a record and all that hangs on it, each once, parents first."""
        found = {record_id: None}
        level = [record_id]
        while level:
            level = [child for child, _field in self._children(level, CASCADES) if child not in found]
            found.update(dict.fromkeys(level))
        return list(found)

    def _children(self, parents: Iterable[str], families: Families) -> Iterator[tuple[str, str]]:
        """Yield the live records that hang on some records, and the lookups by which they do."""
        by_object: dict[str, set[str]] = {}
        for parent in parents:
            by_object.setdefault(self._current(parent).table.shape.name, set()).add(parent)
        for name, wanted in by_object.items():
            for child_name, field in families.get(name, ()):
                yield from ((child, field) for child in self._hanging(self._database.table(child_name), field, wanted))

    def _hanging(self, table: Table, field: str, wanted: set[str]) -> Iterator[str]:
        rows = {one: row for one, row in table.rows.items() if row.get(field) in wanted}
        rows |= {one: change.row for one, change in self._writes.items() if change.table is table}
        for one, row in rows.items():
            if row.get(field) in wanted and not row.get("IsDeleted"):
                yield one
