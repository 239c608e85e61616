"""Privacy in a memory store: the rows of the tables in their own words, and how a row becomes a value again."""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from novigem.ledger.counted import also_text, read_also
from novigem.ledger.journal import BEGINNING, entry_bytes
from novigem.ledger.memory.tables import Tables
from novigem.ledger.privacy import Resealed, Rewritten, Row, resealed
from novigem.ledger.rechain import must_be_whole, rewrite_chain
from novigem.ledger.redaction import FORGOTTEN_TABLES, ProgramRedactor, redacted_row
from novigem.ledger.row_digests import Renamed
from novigem.ledger.sql.rows import CLAIM_COLUMNS, claim_row, entry_row, row_claims
from novigem.ledger.sql.tables import claim
from novigem.ledger.types import ItemKey, LoggedChange, ProgramUse, RejectedRow, StoredProgram
from novigem.model.binding import Binding
from novigem.model.closing import Closing
from novigem.model.entry import BadgeAward, Entry, Progress, Total
from novigem.model.joins import Join
from novigem.model.judgement import Judgement
from novigem.model.pause import PauseStep
from novigem.model.people import Person
from novigem.model.redaction import Erasure, Redactor
from novigem.model.request import Request
from novigem.model.roster import Assignment
from novigem.model.snapshot import Snapshot

_SECRET_BYTES = 32
_CLAIM_COLUMNS = claim.c.keys()


def secret(tables: Tables, name: str) -> bytes:
    """Give a random secret of a store; it is made when it is first asked for."""
    return tables.secrets.setdefault(name, secrets.token_bytes(_SECRET_BYTES))


def rows_naming(tables: Tables, redactor: Redactor, redact_program: ProgramRedactor) -> Iterator[Row]:
    """Yield every row that names somebody whom a redactor knows."""
    for table, columns in _rows(tables):
        if redacted_row(table, columns, redactor, redact_program):
            yield Row(table, columns)


def erase(tables: Tables, redactor: Redactor, redact_program: ProgramRedactor) -> Rewritten:
    """Rewrite every row that names somebody without erased people, and the journal from the first such entry on."""
    entries = ((one.number, body) for one, body in _bodies(tables.entries))
    must_be_whole(tables.journal, entries, ((one.body, one.digest) for one in tables.closings.values()))
    counts: Counter[str] = Counter()
    closings: list[Resealed] = []
    renamed = Renamed()
    rows = []
    for table, columns in list(_rows(tables)):
        made = redacted_row(table, columns, redactor, redact_program)
        counts[table] += bool(made)
        renamed.add(table, columns, made)
        if made and table == "novigem_closing":
            closings.append(resealed(columns, made))
        if not made or table not in FORGOTTEN_TABLES:
            rows.append((table, columns | made))
    before = tables.entries
    _write(tables, rows)
    seals = _chain_anew(tables, before, renamed)
    return Rewritten({name: count for name, count in counts.items() if count}, *seals, tuple(sorted(closings)))


def _bodies(entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
    return ((entry, entry_bytes(entry_row(entry))) for entry in entries)


def _chain_anew(tables: Tables, old: Sequence[Entry], renamed: Renamed) -> tuple[bytes | None, bytes | None]:
    """Write the journal anew from what changed first on; gives its last digest before and after."""
    first = next((was.number for was, now in zip(old, tables.entries, strict=True) if was != now), None)
    noted = renamed.anew((row.batch, row.rows) for row in tables.journal)
    of_entry = next((row.batch for row in tables.journal if first is not None and row.last >= first), None)
    batches = [*noted, *([] if of_entry is None else [of_entry])]
    if not batches:
        return None, None
    kept = tables.journal[: min(batches) - 1]
    before = tables.journal[-1].digest
    bodies = [body for _entry, body in _bodies(tables.entries)]
    anew = rewrite_chain(
        [row._replace(rows=noted.get(row.batch, row.rows)) for row in tables.journal[len(kept) :]],
        kept[-1].digest if kept else BEGINNING,
        lambda start, end: bodies[start - 1 : end],
    )
    tables.journal = [*kept, *anew]
    return before, tables.journal[-1].digest


def every_row(tables: Tables) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every row, those too that an erasure leaves alone."""
    yield from _rows(tables)
    yield from (("novigem_erased", one._asdict()) for one in tables.suppressions.values())
    yield from (("novigem_secret", {"name": name, "value": one}) for name, one in tables.secrets.items())


def _rows(tables: Tables) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every row under the names of the SQL tables and, where it matters, of their columns."""
    yield from (
        ("novigem_ledger", msgspec.structs.asdict(one) | {"also": also_text(one.also)}) for one in tables.entries
    )
    yield from (("novigem_change", one._asdict()) for one in tables.changes.values())
    yield from (("novigem_progress", msgspec.structs.asdict(one)) for one in tables.progress.values())
    yield from (("novigem_badge_award", msgspec.structs.asdict(one)) for one in tables.badges.values())
    yield from (("novigem_total", msgspec.structs.asdict(one)) for one in tables.totals.values())
    yield from (("novigem_item", {**key._asdict(), "count": count}) for key, count in tables.items.items())
    yield from (("novigem_person", msgspec.structs.asdict(one)) for one in tables.people.values())
    yield from (("novigem_program", one._asdict()) for one in tables.programs.values())
    yield from (("novigem_rejected", one._asdict()) for one in tables.rejected.values())
    yield from (("novigem_position", {"feed": feed, "position": one}) for feed, one in tables.positions.items())
    yield from (("novigem_report", {"feed": feed, "body": body}) for feed, body in tables.reports.items())
    yield from (("novigem_privacy", {"user": user, "opted_out": one}) for user, one in tables.opted_out.items())
    yield from (("novigem_erasure", one._asdict()) for one in tables.erasures)
    yield from (("novigem_request", msgspec.structs.asdict(one)) for one in tables.requests)
    yield from (("novigem_timeline", one._asdict()) for one in tables.timeline)
    yield from (("novigem_binding", one._asdict()) for one in tables.bindings.values())
    yield from (("novigem_flag", one._asdict()) for one in tables.judgements.values())
    yield from (("novigem_assignment", one._asdict()) for one in tables.assignments.values())
    yield from (("novigem_closing", one._asdict()) for one in tables.closings.values())
    yield from (("novigem_reference", {"reference": one, "record": record}) for one, record in tables.references)
    yield from (("novigem_join", one._asdict()) for one in tables.joins)
    yield from (("novigem_pause", one._asdict()) for one in tables.pauses)
    for group, kept_claim in tables.claims.values():
        yield "novigem_claim", dict(zip(_CLAIM_COLUMNS, claim_row(group, kept_claim), strict=True))
    for stream, kept in tables.snapshots.items():
        yield from (("novigem_snapshot", {"stream": stream, **msgspec.structs.asdict(one)}) for one in kept.values())


def _write(tables: Tables, rows: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Set every table of which there are rows anew."""
    by_table: dict[str, list[dict[str, Any]]] = {}
    for table, columns in rows:
        by_table.setdefault(table, []).append(columns)
    some = by_table.get
    tables.entries = [Entry(**one | {"also": read_also(one["also"])}) for one in some("novigem_ledger", ())]
    tables.latest = {one.key: one for one in tables.entries}
    tables.changes = {(one["at"], one["digest"]): LoggedChange(**one) for one in some("novigem_change", ())}
    tables.progress = {one.key: one for one in (Progress(**row) for row in some("novigem_progress", ()))}
    badges = [BadgeAward(**one) for one in some("novigem_badge_award", ())]
    tables.badges = {(one.program, one.badge, one.user, one.challenge, one.period): one for one in badges}
    tables.totals = {(one["book"], one["user"]): Total(**one) for one in some("novigem_total", ())}
    assignments = [Assignment(**one) for one in some("novigem_assignment", ())]
    tables.assignments = {(one.user, one.since): one for one in assignments}
    items = some("novigem_item", ())
    tables.items = {ItemKey(one["scope"], one["user"], one["item"]): one["count"] for one in items}
    tables.people = {one["id"]: Person(**one) for one in some("novigem_person", ())}
    programs = [StoredProgram(**one) for one in some("novigem_program", ())]
    tables.programs = {(one.program, one.version): one for one in programs}
    tables.rejected = {(one["feed"], one["place"]): RejectedRow(**one) for one in some("novigem_rejected", ())}
    tables.positions = {one["feed"]: one["position"] for one in some("novigem_position", ())}
    tables.reports = {one["feed"]: one["body"] for one in some("novigem_report", ())}
    tables.opted_out = {one["user"]: one["opted_out"] for one in some("novigem_privacy", ())}
    tables.requests = [Request(**one) for one in some("novigem_request", ())]
    tables.erasures = [Erasure(**one) for one in some("novigem_erasure", ())]
    tables.joins = [Join(**one) for one in some("novigem_join", ())]
    tables.pauses = [PauseStep(**one) for one in some("novigem_pause", ())]
    tables.timeline = [ProgramUse(**one) for one in some("novigem_timeline", ())]
    bindings = [Binding(**one) for one in some("novigem_binding", ())]
    tables.bindings = {one[:-1]: one for one in bindings}
    tables.judgements = {one["flag"]: Judgement(**one) for one in some("novigem_flag", ())}
    tables.closings = {one.key: one for one in (Closing(**row) for row in some("novigem_closing", ()))}
    tables.references = {(one["reference"], one["record"]): None for one in some("novigem_reference", ())}
    rows_of_claims = some("novigem_claim", ())
    made = row_claims([one[name] for name in CLAIM_COLUMNS] for one in rows_of_claims)
    claims = zip((one["limits"] for one in rows_of_claims), made, strict=True)
    tables.claims = {one.id: (group, one) for group, one in claims}
    _write_snapshots(tables, some("novigem_snapshot", ()))


def _write_snapshots(tables: Tables, rows: Sequence[dict[str, Any]]) -> None:
    snapshots: dict[Any, dict[str, Snapshot]] = {}
    for columns in rows:
        stream = columns.pop("stream")
        copy = Snapshot(**columns)
        snapshots.setdefault(stream, {})[copy.id] = copy
    tables.snapshots = snapshots
