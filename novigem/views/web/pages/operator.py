"""The operator: is the sync alive. And the same for machines, without a figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from novigem.access.table import What
from novigem.errors import NovigemError
from novigem.ledger.journal import JournalRow
from novigem.model.change import from_micros, to_micros
from novigem.sync.status import ObjectStatus, read_status
from novigem.views.translating import N_
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import Visit

#: An object that is further behind than this is pointed out.
_LATE_SECONDS = 3_600.0


@dataclass(frozen=True)
class OperatorView:
    """How the sync stands. `newest` is the end of the last read of all, `oldest` the watermark furthest behind."""

    objects: Sequence[ObjectStatus]
    state: str
    newest: datetime | None
    oldest: datetime | None
    seal: JournalRow | None
    calls: int
    put_aside: int
    trouble: Sequence[tuple[str, str]]


def operator(visit: Visit) -> Response:
    """Show how the sync stands, object by object."""
    objects = read_status(visit.store, to_micros(visit.now))
    reports = [one.last for one in objects if one.last is not None]
    covered = [one.covered for one in objects if one.covered is not None]
    trouble = tuple(_trouble(objects))
    view = OperatorView(
        objects=objects,
        state=_state(objects, trouble),
        newest=from_micros(max((one.finished for one in reports), default=0)) if reports else None,
        oldest=from_micros(min(covered)) if covered else None,
        seal=visit.store.newest_batch(),
        calls=sum(one.calls for one in reports),
        put_aside=sum(one.put_aside for one in objects),
        trouble=trouble,
    )
    return render(visit, "operator.html", view=view)


def _trouble(objects: Sequence[ObjectStatus]) -> Iterator[tuple[str, str]]:
    for one in objects:
        if one.last is not None and one.last.error:
            yield one.object, one.last.error
        for alarm in () if one.last is None else one.last.alarms:
            yield one.object, alarm


def _state(objects: Sequence[ObjectStatus], trouble: Sequence[tuple[str, str]]) -> str:
    """Say in a few words (to be translated) whether the sync is alive."""
    if not objects:
        return N_("No sync has been here yet.")
    if trouble:
        return N_("The sync needs a look.")
    late = [one for one in objects if one.lag_seconds is None or one.lag_seconds > _LATE_SECONDS]
    return N_("The sync is behind.") if late else N_("The sync is alive.")


async def healthz(request: Request) -> Response:
    """Tell a machine whether the pages can read their database, and nothing else."""
    is_well = await request.app.state.site.in_thread(_is_well, request)
    return JSONResponse({"ok": is_well}, status_code=200 if is_well else 503, headers={"Cache-Control": "no-store"})


def _is_well(request: Request) -> bool:
    try:
        with request.app.state.site.snapshot() as store:
            store.revision()
    except (NovigemError, SQLAlchemyError, OSError):
        return False
    return True


ROUTES = [page("/operator", operator, What.OPERATOR), Route("/healthz", healthz, name="healthz")]
