"""People: who is who, and the statement of one of them."""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from novigem.access.table import What
from novigem.model.change import to_micros
from novigem.model.people import JoinedUser, Person
from novigem.queries.chances import find_chances
from novigem.queries.directory import read_people
from novigem.queries.me import my_seasons
from novigem.queries.statement import statement_of
from novigem.views.json.me import me_answer
from novigem.views.moments import micros
from novigem.views.terminal.statement import statement_answer
from novigem.views.web.api.door import AtDoor
from novigem.views.web.api.models.ledger import StatementAnswer
from novigem.views.web.api.models.me import MeAnswer
from novigem.views.web.api.models.people import PeopleAnswer, PersonAnswer
from novigem.views.web.api.parts import USUAL_ROWS, Limit, Program, Since, Until, UserId, answer, text
from novigem.views.web.api.whose import hidden_from, masked, somebody
from novigem.views.web.visit import NotHere, Visit

router = APIRouter(tags=["people"])


@router.get("/people", response_model=PeopleAnswer)
def people(
    door: AtDoor,
    search: Annotated[str | None, text("a part of a name, or an id")] = None,
    after: Annotated[str | None, text("the `next` of the page before")] = None,
    limit: Limit = USUAL_ROWS,
) -> Response:
    """List who is who, but for those who opted out of being seen."""
    with door.visit(What.PERSON) as visit:
        now, hidden = to_micros(visit.now), hidden_from(visit)
        listed = read_people(visit.store, visit.programs.values(), now=now, search=search)
        seen = sorted((one.person for one in listed if one.person.id not in hidden), key=lambda one: one.id)
        found = [one for one in seen if visit.may(What.PERSON, one.id) and (after is None or one.id > after)]
        page = found[:limit]
        following = page[-1].id if len(found) > limit else None
        return answer({"people": _answers(visit, page), "next": following})


@router.get("/people/{user}", response_model=PersonAnswer)
def person(door: AtDoor, user: UserId) -> Response:
    """Give somebody as everybody may know them."""
    with door.visit(What.PERSON) as visit:
        known = somebody(visit, What.PERSON, user)
        return answer(_answers(visit, [visit.queries.people([known])[known]])[0])


@router.get("/people/{user}/statement", response_model=StatementAnswer, response_model_exclude_unset=True)
def statement(
    door: AtDoor, user: UserId, program: Program = None, since: Since = None, until: Until = None
) -> Response:
    """Give every point of one person in a program, what it was for, and the balance after it."""
    with door.visit(What.ENTRIES) as visit:
        who = somebody(visit, What.ENTRIES, user)
        chosen = visit.queries.program(program)
        if chosen.program not in visit.programs:
            raise NotHere("there is no such program", hint="see /api/v1/programs")
        found = statement_of(
            visit.store,
            chosen.program,
            who,
            since=micros(since, "since", chosen.zone),
            until=micros(until, "until", chosen.zone, end_of_day=True),
        )
        named = visit.queries.people([who])[who]
        return answer(masked(statement_answer(found, chosen, named), hidden_from(visit)))


@router.get("/people/{user}/me", response_model=MeAnswer, response_model_exclude_unset=True)
def me(door: AtDoor, user: UserId) -> Response:
    """Give one person's own page: what still pays, where they stand, their weeks and badges, and what did not pay."""
    with door.visit(What.HOME) as visit:
        who, now = somebody(visit, What.HOME, user), visit.queries.now
        seasons = my_seasons(visit.queries, visit.programs, who)
        chances = find_chances(visit.store, visit.programs, who, now)
        named = visit.queries.people([who])[who]
        return answer(masked(me_answer(named, seasons, chances, visit.programs, now), hidden_from(visit)))


def _answers(visit: Visit, found: list[Person]) -> list[dict[str, Any]]:
    hidden = hidden_from(visit)
    managers = visit.store.people({one.manager for one in found if one.manager and one.manager not in hidden})
    return [
        {
            "user": one.id,
            "name": one.name,
            "role": one.role,
            "manager": one.manager if one.manager in managers else None,
            "manager_name": managers[one.manager].name if one.manager in managers else None,
            "active": one.active,
            "counts_as": one.person if isinstance(one, JoinedUser) else None,
        }
        for one in found
    ]
