"""The committed records of an org: reading them, loading many at once, and taking in what a transaction wrote."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from novigem.model.ids import whole_id
from novigem_sandbox.org.automation import STAGES, derive_fields
from novigem_sandbox.org.clock import Clock
from novigem_sandbox.org.errors import Refusal, no_such_column
from novigem_sandbox.org.histories import TRACKED
from novigem_sandbox.org.locks import Locks
from novigem_sandbox.org.record import RecordView
from novigem_sandbox.org.schema import HISTORY_PREFIX, ObjectType, load_objects
from novigem_sandbox.org.table import Row, Table, TableRow, Version
from novigem_sandbox.org.values import converter

#: What stands between the prefix and the number in the ids of an org.
_INSTANCE = "Nv0"


class Database:
    """Committed rows, the locks on them and the clock. Every method may be called from any thread."""

    def __init__(self, clock: Clock | None = None, *, time_zone: str = "UTC", keep_versions: bool = True) -> None:
        self.clock = clock or Clock()
        self.time_zone = time_zone
        #: Guards everything below, and whatever reads several rows that belong together.
        self.lock = threading.RLock()
        self.keep_versions = keep_versions
        #: Whether a delete also moves LastModifiedDate and LastModifiedById.
        self.deleting_is_editing = True
        self.objects = load_objects()
        derive_fields(self.objects)
        self.tables = {name: Table(shape) for name, shape in self.objects.items()}
        self.tracked = {name: set(fields) for name, fields in TRACKED.items()}
        #: What each delete took along, by the id of the record that was deleted.
        self.bin: dict[str, list[str]] = {}
        self.locks = Locks()
        #: Records that sharing hides from whoever asks over the API.
        self.unshared: set[str] = set()
        #: How far back the log of deletions reaches; None for the usual 15 days.
        self.deletions_since: datetime | None = None
        #: More ids than this are refused by the replication calls with EXCEEDED_ID_LIMIT.
        self.most_replicated_ids = 600_000
        self._last_number: dict[str, int] = {}
        self._suffixes: dict[str, str] = {}
        self._by_prefix = {shape.prefix: name for name, shape in self.objects.items() if shape.parent is None}
        self.admin = self.new_id("005")

    def table(self, name: str) -> Table:
        """Give the table of an object, by its name in any case. Raises Refusal."""
        found = self.tables.get(name)
        if found is not None:
            return found
        for known, table in self.tables.items():
            if known.lower() == name.lower():
                return table
        raise Refusal("INVALID_TYPE", f"sObject type '{name[:80]}' is not supported.")

    def load(self, name: str, rows: Iterable[Mapping[str, Any]], *, keep_versions: bool = False) -> list[str]:
        """Take in many new records at once and give their ids; fast, without histories.

        Rows may carry ids, stamps and flags of their own. Raises Refusal for an unknown field or an unfit value.
        """
        with self.lock:
            table = self.table(name)
            stamp = self.clock.stamp()
            convert: dict[str, Callable[[Any], Any] | None] = {}
            made = [self._loaded(table, row, stamp, convert) for row in rows]
            table.put_many(made)
            for row in made:
                if row.get("IsDeleted"):
                    table.deletions.append((row["SystemModstamp"], row["Id"]))
                if keep_versions:
                    table.keep_version(row["Id"], stamp, row)
            return [row["Id"] for row in made]

    def _loaded(
        self, table: Table, given: Mapping[str, Any], stamp: str, convert: dict[str, Callable[[Any], Any] | None]
    ) -> Row:
        row: Row = {}
        for name, value in given.items():
            if name not in convert:
                field = table.shape.any_field(name)
                if field is None or field.calculated:
                    raise no_such_column(name, table.shape.name)
                plain = field.type in ("string", "textarea", "email", "phone", "url", "combobox", "picklist")
                convert[name] = None if plain else converter(field)
            if value is not None:
                function = convert[name]
                row[name] = value if function is None else function(value)
        if "Id" not in row:
            row["Id"] = self.new_id(table.shape.prefix)
        created = row.setdefault("CreatedDate", stamp)
        modified = row.setdefault("LastModifiedDate", created)
        row.setdefault("SystemModstamp", modified)
        by = row.setdefault("CreatedById", self.admin)
        row.setdefault("LastModifiedById", by)
        row.setdefault("OwnerId", self.admin)
        _fill_in(table.shape.name, row)
        return row

    def get(self, record_id: str) -> dict[str, Any] | None:
        """Give the committed record with an id, deleted ones too; None where there is none."""
        with self.lock:
            found = self.find_any(whole_id(record_id))
            return None if found is None else self.full(found.table.shape, found.row)

    def records(self, name: str, *, deleted: bool = True) -> list[dict[str, Any]]:
        """Give all committed records of an object, in the order of their ids."""
        with self.lock:
            table = self.table(name)
            return [self.full(table.shape, row) for row in table.by_id() if deleted or not row.get("IsDeleted")]

    def versions(self, record_id: str) -> list[Version]:
        """Give every committed version of a record, oldest first; a purge shows as one without values."""
        with self.lock:
            wanted = whole_id(record_id)
            found = next((table for table in self.tables.values() if wanted in table.versions), None)
            kept = [] if found is None else found.versions[wanted]
            return [
                one if one.values is None or found is None
                else Version(one.committed, self.full(found.shape, dict(one.values)))
                for one in kept
            ]  # fmt: skip

    def full(self, shape: ObjectType, row: Row) -> dict[str, Any]:
        """Give a row with all its fields: empty ones, formulas, and those that nobody may read."""
        record = RecordView(shape, row, self.find_any)
        return {name: record[name] for name in record}

    def find_any(self, record_id: str) -> TableRow | None:
        """Give the committed row of an id, with its table."""
        name = self._by_prefix.get(record_id[:3])
        if name is None:
            return self._find_history(record_id) if record_id[:3] == HISTORY_PREFIX else None
        table = self.tables[name]
        row = table.rows.get(record_id)
        return None if row is None else TableRow(table, row)

    def _find_history(self, record_id: str) -> TableRow | None:
        for table in self.tables.values():
            if table.shape.parent is not None and record_id in table.rows:
                return TableRow(table, table.rows[record_id])
        return None

    def new_id(self, prefix: str) -> str:
        """Give the next id of an object, 18 characters."""
        number = self._last_number[prefix] = self._last_number.get(prefix, 0) + 1
        start = f"{prefix}{_INSTANCE}{number:09d}"
        suffix = self._suffixes.get(prefix)
        if suffix is None:
            # The number holds no capital letters, so the suffix depends on the prefix alone.
            suffix = self._suffixes[prefix] = whole_id(start)[15:]
        return start + suffix

    def next_case_number(self) -> str:
        """Give the number of the next case."""
        number = self._last_number["CaseNumber"] = self._last_number.get("CaseNumber", 1000) + 1
        return f"{number:08d}"

    def take_in(self, written: Sequence[TableRow], deletions: Sequence[tuple[Table, str, str]]) -> None:
        """Commit the rows of a transaction."""
        stamp = self.clock.stamp()
        for table, row in written:
            before = table.rows.get(row["Id"])
            table.put(row)
            if self.keep_versions and table.shape.parent is None:
                table.keep_version(row["Id"], stamp, row)
            if before is not None and before.get("IsDeleted", False) != row.get("IsDeleted", False):
                self._carry_histories(table, row)
        for table, at, record_id in deletions:
            table.deletions.append((at, record_id))

    def _carry_histories(self, table: Table, row: Row) -> None:
        """Let the history rows of a record share its fate in the recycle bin."""
        for history in self.histories_of(table):
            for record_id in history.children.get(row["Id"], ()):
                history.rows[record_id] = history.rows[record_id] | {"IsDeleted": row.get("IsDeleted", False)}

    def histories_of(self, table: Table) -> Iterator[Table]:
        """Yield the history tables of a table: one or none."""
        lookup = f"{table.shape.name}Id"
        return (one for one in self.tables.values() if one.shape.parent == lookup)

    def covered(self, end: datetime) -> datetime:
        """Give the moment before which everything is committed: `end`, or the start of the oldest open transaction."""
        with self.lock:
            return min([end, *self.locks.beginnings()])


def _fill_in(name: str, row: Row) -> None:
    """Set the flags that follow from others, as `settle` does for one record at a time."""
    if name == "Opportunity":
        row.setdefault("StageName", "Prospecting")
        stage = STAGES.get(row["StageName"], STAGES["Value Proposition"])
        row["IsClosed"], row["IsWon"] = stage.is_closed, stage.is_won
        row.setdefault("Probability", stage.probability)
        row.setdefault("ForecastCategory", stage.category)
        row.setdefault("ForecastCategoryName", stage.category_name)
    elif name == "Task":
        row.setdefault("Status", "Not Started")
        row.setdefault("Priority", "Normal")
        row["IsClosed"] = row["Status"] == "Completed"
        if row["IsClosed"]:
            row.setdefault("CompletedDateTime", row["LastModifiedDate"])
