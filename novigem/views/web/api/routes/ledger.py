"""Entries of the ledger, and why a record paid or not."""

from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from novigem.access.table import Reach, What, reach
from novigem.ledger.store import EntryFilter
from novigem.model.ids import id18
from novigem.queries.explain import explain_record
from novigem.queries.visibility import shown_entry
from novigem.views.json.answers import entry_answer, explain_answer
from novigem.views.moments import micros
from novigem.views.web.api.door import AtDoor
from novigem.views.web.api.models.ledger import EntriesAnswer, EntryAnswer, VerdictAnswer
from novigem.views.web.api.parts import (
    MOST_NUMBER,
    USUAL_ROWS,
    Challenge,
    Id,
    Limit,
    Number,
    Program,
    Rule,
    Since,
    Until,
    User,
    answer,
    text,
    zone_of,
)
from novigem.views.web.api.whose import hidden_from, masked, whose
from novigem.views.web.visit import NotHere

router = APIRouter(tags=["ledger"])


@router.get("/entries", response_model=EntriesAnswer)
def entries(
    door: AtDoor,
    *,
    user: User = None,
    program: Program = None,
    challenge: Challenge = None,
    rule: Rule = None,
    record: Annotated[str | None, text("one record, by id")] = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[int, Query(ge=0, le=MOST_NUMBER, description="the `next` of the page before")] = 0,
    limit: Limit = USUAL_ROWS,
) -> Response:
    """Give lines of the ledger, a page at a time, the oldest first."""
    with door.visit(What.ENTRIES) as visit:
        which = EntryFilter(
            user=whose(visit, What.ENTRIES, user),
            program=program,
            challenge=challenge,
            rule=rule,
            record=record,
            since=micros(since, "since", zone_of(visit)),
            until=micros(until, "until", zone_of(visit), end_of_day=True),
            after=after,
        )
        found = list(islice(visit.queries.entries(which), limit + 1))
        page = found[:limit]
        following = page[-1].number if len(found) > limit else None
        return answer({"entries": [entry_answer(one) for one in page], "next": following})


@router.get("/entries/{number}", response_model=EntryAnswer)
def entry(door: AtDoor, number: Number) -> Response:
    """Give one line of the ledger."""
    with door.visit(What.ENTRIES) as visit:
        found = next(visit.store.entries(EntryFilter(after=number - 1, up_to=number)), None)
        person = None if found is None else visit.store.joins().person(found.user)
        if found is None or found.program not in visit.programs or not visit.may(What.ENTRIES, person):
            raise NotHere("there is nothing here", hint="see /api/v1/entries")
        return answer(entry_answer(shown_entry(found, hidden_from(visit))))


@router.get("/records/{record}", response_model=list[VerdictAnswer], response_model_exclude_unset=True)
def record(door: AtDoor, record: Id, rule: Rule = None) -> Response:
    """Say what every rule made of every change of a record, condition by condition.

    Whoever may see one's own alone is told what concerns oneself.
    """
    with door.visit(What.ENTRIES) as visit:
        try:
            wanted = id18(record)
        except ValueError as error:
            raise NotHere("there is no such record here", hint="see the records in /api/v1/entries") from error
        sees_all = reach(visit.reader, What.ENTRIES) is Reach.EVERYBODY
        joins = visit.store.joins()
        found = [
            one
            for one in explain_record(visit.store, list(visit.programs.values()), wanted, rule=rule)
            if sees_all or (one.user is not None and visit.may(What.ENTRIES, joins.person(one.user)))
        ]
        if not found:
            raise NotHere("there is no such record here", hint="see the records in /api/v1/entries")
        return answer(masked([explain_answer(one) for one in found], hidden_from(visit)))
