"""Snapshots as rows: one table for the copies of all records, and the number of the last sweep that found each."""

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from novigem.ledger.sql.bulk import BulkWriter, KeyReader, KeyUpdater
from novigem.ledger.sql.tables import snapshot
from novigem.model.snapshot import Snapshot, Stream

# What a sweep noted is not for a new copy of the record to forget.
_SNAPSHOTS = BulkWriter(snapshot, "update", keep=["sweep"])
_SNAPSHOTS_OF = KeyReader(snapshot, "id", same=Stream._fields, columns=Snapshot.__struct_fields__)
_SEEN = KeyUpdater(snapshot, "missing", "sweep")
_NO_SWEEP = 0
_FIELDS = [snapshot.c[name] for name in Snapshot.__struct_fields__]
_ROWS_AT_A_TIME = 2000


def write_snapshots(connection: Connection, stream: Stream, snapshots: Sequence[Snapshot]) -> None:
    """Write snapshots over the old ones, in order of their ids: two transactions never wait for each other in turn."""
    rows = {one.id: (*stream, *msgspec.structs.astuple(one), _NO_SWEEP) for one in snapshots}
    _SNAPSHOTS.write(connection, [rows[one] for one in sorted(rows)])


def write_seen(connection: Connection, stream: Stream, ids: Collection[str], sweep: int) -> None:
    """Note that a sweep found records, in order of their ids."""
    _SEEN.write(connection, [(0, sweep, *stream, one) for one in sorted(set(ids))])


def read_snapshots(connection: Connection, stream: Stream, ids: Collection[str]) -> dict[str, Snapshot]:
    """Give the snapshots of some records, by id."""
    # By place, not by name as elsewhere: there are thousands of them in every poll, and names take ten times as long.
    return {row[0]: Snapshot(*row) for row in _SNAPSHOTS_OF.read(connection, [(one,) for one in ids], *stream)}


def next_snapshots(stream: Stream, after: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Select some snapshots of a stream in order of their ids, from after an id."""
    columns = snapshot.c
    query = select(*_FIELDS).where(_in(stream), columns.id > after, *conditions)
    return query.order_by(columns.id).limit(_ROWS_AT_A_TIME)


def count_live(stream: Stream) -> Select[Any]:
    """Select the number of live records."""
    return select(func.count()).select_from(snapshot).where(_in(stream), snapshot.c.state == "live")


def missed_by(sweep: int) -> Sequence[ColumnElement[bool]]:
    """Give the conditions that a sweep should have found a record, and did not."""
    return snapshot.c.sweep < sweep, snapshot.c.state != "purged"


def _in(stream: Stream) -> ColumnElement[bool]:
    return and_(snapshot.c.org == stream.org, snapshot.c.object == stream.object)
