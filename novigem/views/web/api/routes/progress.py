"""Progress, badges and challenges."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from novigem.access.table import What
from novigem.engine.closing.states import states
from novigem.ledger.store import RowFilter
from novigem.model.change import to_micros
from novigem.model.program import Challenge as ChallengeTerms
from novigem.model.program import Program as ProgramTerms
from novigem.program.dump import plain
from novigem.views.json.answers import badge_answer, progress_answer
from novigem.views.json.closings import state_answer
from novigem.views.web.api.door import AtDoor
from novigem.views.web.api.models.people import BadgeAnswer, HoldingAnswer, ProgressAnswer
from novigem.views.web.api.models.programs import ChallengeAnswer
from novigem.views.web.api.parts import Challenge, Id, Program, User, answer
from novigem.views.web.api.whose import whose
from novigem.views.web.visit import NotHere, Visit

router = APIRouter(tags=["challenges and badges"])


@router.get("/progress", response_model=list[ProgressAnswer], response_model_exclude_unset=True)
def progress(
    door: AtDoor,
    user: User = None,
    challenge: Challenge = None,
    program: Program = None,
    *,
    live: Annotated[bool, Query(description="what the ledger says today, also of what is final")] = False,
) -> Response:
    """Say how far people are in each challenge, and what completing it gave."""
    with door.visit(What.PROGRESS) as visit:
        which = RowFilter(program=program, user=whose(visit, What.PROGRESS, user), challenge=challenge)
        return answer([progress_answer(one) for one in visit.queries.completions(which, live=live)])


@router.get("/badges", response_model=list[HoldingAnswer], response_model_exclude_unset=True)
def badges(door: AtDoor, user: User = None, program: Program = None) -> Response:
    """Say who holds or held which badge."""
    with door.visit(What.BADGE) as visit:
        which = RowFilter(program=program, user=whose(visit, What.BADGE, user))
        return answer(_holdings(visit, which))


@router.get("/badges/{badge}", response_model=BadgeAnswer, response_model_exclude_unset=True)
def badge(door: AtDoor, badge: Id, program: Program = None) -> Response:
    """Give a badge, and who holds it."""
    with door.visit(What.BADGE) as visit:
        every = [(one, its) for one in visit.programs.values() for its in one.badges if its.id == badge]
        found = next((both for both in every if program in (None, both[0].program)), None)
        if found is None:
            raise NotHere("there is no such badge", hint="see the badges in /api/v1/programs")
        its_program, terms = found
        held = _holdings(visit, RowFilter(program=its_program.program))
        return answer(
            {
                "badge": terms.id,
                "program": its_program.program,
                "name": terms.name,
                "description": terms.description,
                "color": terms.color,
                "shape": terms.shape,
                "icon": terms.icon,
                "holders": [one for one in held if one["badge"] == badge],
            }
        )


@router.get("/challenges", response_model=list[ChallengeAnswer])
def list_challenges(door: AtDoor, program: Program = None) -> Response:
    """List the challenges of all programs, or of one."""
    with door.visit(What.CHALLENGE) as visit:
        return answer(
            [
                _challenge(visit, one, its)
                for one in visit.programs.values()
                for its in one.challenges
                if program in (None, one.program)
            ]
        )


@router.get("/challenges/{challenge}", response_model=ChallengeAnswer)
def challenge(door: AtDoor, challenge: Id, program: Program = None) -> Response:
    """Give a challenge, and how it stands."""
    with door.visit(What.CHALLENGE) as visit:
        every = [(one, its) for one in visit.programs.values() for its in one.challenges if its.id == challenge]
        found = next((both for both in every if program in (None, both[0].program)), None)
        if found is None:
            raise NotHere("there is no such challenge", hint="see /api/v1/challenges")
        return answer(_challenge(visit, *found))


def _challenge(visit: Visit, program: ProgramTerms, terms: ChallengeTerms) -> dict[str, Any]:
    found = states(program, visit.store, visit.queries.now)
    return {
        "challenge": terms.id,
        "program": program.program,
        "name": terms.name,
        "description": terms.description,
        "definition": plain(terms),
        "windows": [state_answer(one) for one in found if (one.window.kind, one.window.id) == ("challenge", terms.id)],
    }


def _holdings(visit: Visit, which: RowFilter) -> list[dict[str, Any]]:
    now = to_micros(visit.now)
    held = [badge_answer(one, now) for one in visit.queries.holdings(which)]
    return [one for one in held if visit.may(What.BADGE, one["user"])]
