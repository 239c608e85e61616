"""How the sync stands."""

from fastapi import APIRouter
from starlette.responses import Response

from novigem.access.table import What
from novigem.queries.names import names_astray
from novigem.sync.status import read_status
from novigem.views.json.answers import pause_answer
from novigem.views.terminal.names import names_answer
from novigem.views.terminal.status import status_answer
from novigem.views.web.api.door import AtDoor
from novigem.views.web.api.models.operator import StatusAnswer
from novigem.views.web.api.parts import answer

router = APIRouter(tags=["operator"])


@router.get("/status", response_model=StatusAnswer, response_model_exclude_unset=True)
def status(door: AtDoor) -> Response:
    """Say how the sync stands: how far each object has been read, and what the last sync did."""
    with door.visit(What.OPERATOR) as visit:
        now = visit.queries.now
        found = status_answer(read_status(visit.store, now))
        pauses = ((name, one.pause_at(now)) for name, one in visit.programs.items())
        paused = [{"program": name, **pause_answer(pause)} for name, pause in pauses if pause is not None]
        names = names_answer(names_astray(visit.store, at=now))
        return answer(found | {"names": names} | ({"paused": paused} if paused else {}))
