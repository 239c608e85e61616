"""An appeal with all that is known about its subject: the entry, what took it back, and every rule's verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from novigem.ledger.store import EntryFilter, RequestFilter, Store
from novigem.model.entry import Entry
from novigem.model.program import Program
from novigem.model.request import Request, RequestKind
from novigem.queries.explain import RuleAnswer, explain_record


@dataclass(frozen=True)
class Case:
    """What whoever decides an appeal has to see.

    `entry` is the entry in question, `taken_back` the later correction that took it back. `verdicts` are the rules'
    answers for the record. `waiting` is the request for a second person's approval, `paid` the entry that came of it.
    """

    appeal: Request
    entry: Entry | None
    taken_back: Entry | None
    verdicts: tuple[RuleAnswer, ...]
    waiting: Request | None
    paid: Entry | None


def case_of(store: Store, programs: Mapping[str, Program], appeal: Request) -> Case:
    """Look up all that an appeal is about."""
    # What the appeal is about may stand under one user of the person, and what was paid under another.
    users = {appeal.user, *store.joins().group(appeal.user)}
    entries = {
        one.number: one for user in users for one in store.entries(EntryFilter(program=appeal.program, user=user))
    }
    entry = entries.get(appeal.entry or 0)
    taken_back = next((one for one in entries.values() if entry and one.reverses == entry.number), None)
    record = appeal.record or (entry.record if entry else None)
    rule = appeal.rule or (entry.rule if entry else None)
    program = programs.get(appeal.program)
    verdicts = explain_record(store, [program], record, rule=rule) if record and program else []
    waiting = store.requests(RequestFilter(kind=RequestKind.ADJUSTMENT, program=appeal.program))
    return Case(
        appeal=appeal,
        entry=entry,
        taken_back=taken_back,
        verdicts=tuple(verdicts),
        waiting=next((one for one in waiting if one.appeal == appeal.number and one.is_open), None),
        paid=entries.get(appeal.paid or 0),
    )
