"""Tags of answers: whether the page that a browser kept is still the one it would get. The page itself is not made.

Comes in: a visit. Goes out: a weak tag, made of everything that a page follows from. What is not in it may not be on a
page that is kept:

* what is written: the revision, which rises with every transaction that people may see, the newest line of the journal
  (a database that was restored counts on from an older revision), and how far feeds have been read, which is written
  beside the ledger;
* who looks, as whom, in which language;
* the page: address, query, and whether a fragment is asked for;
* the clock, to the minute; on boards and in the archive to the quarter of an hour, since days, weeks, seasons and grace
  periods begin and end on the quarters in every zone, and all who look would need a new page each minute. Pauses may
  begin at any moment, so each that has begun is counted; points that are held become final at any moment, so where a
  program holds points, the clock counts to the second;
* the build: our version, and what our files say.

All is read in the snapshot that the page would be read in.
"""

from collections.abc import Collection, Iterator
from dataclasses import fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from starlette.responses import Response

from novigem import __version__
from novigem.access.table import What
from novigem.model.change import to_micros
from novigem.model.periods import SECOND
from novigem.views.web.visit import Visit

#: What stands beside the ledger, in tables that raise no revision: it is never kept, unless a route says it may be.
NEVER_KEPT = frozenset((What.OPERATOR, What.SETTINGS, What.DISPLAY_LINKS, What.API_TOKENS))
#: What an answer differs by besides its address.
VARIES = "Cookie, Authorization, Accept-Language, HX-Request, HX-Target"
_PACKAGE = Path(__file__).parents[2]
_NOT_MODIFIED, _FINE = 304, 200
_MINUTE = 60 * SECOND
_QUARTER = 15 * _MINUTE
_BY_QUARTERS = frozenset((What.BOARD, What.SEASONS))


def tag_of(visit: Visit, needs: What) -> str | None:
    """Give the tag of the page that a visit asks for; None where something is sent."""
    if visit.request.method not in ("GET", "HEAD"):
        return None
    return f'W/"{sha256(repr(tuple(_all_it_follows_from(visit, needs))).encode()).hexdigest()[:32]}"'


def unchanged(visit: Visit, tag: str | None) -> Response | None:
    """Give the short answer where the browser has the page already."""
    asked = visit.request.headers.get("if-none-match")
    if tag is None or asked is None or tag not in {one.strip() for one in asked.split(",")}:
        return None
    return Response(status_code=_NOT_MODIFIED, headers=_headers(tag))


def tagged(answer: Response, tag: str | None) -> Response:
    """Give a page with its tag."""
    if tag is not None and answer.status_code == _FINE:
        answer.headers.update(_headers(tag))
    return answer


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Vary": VARIES, "Cache-Control": "private, no-cache"}


def _all_it_follows_from(visit: Visit, needs: What) -> Iterator[object]:
    store, request = visit.store, visit.request
    yield store.moment(), store.positions("")
    yield from _settled(visit.reader, but=())
    yield from _settled(visit, but=("request", "site", "store", "reader", "now"))
    yield str(visit.zone), dict(request.cookies), visit.site.brand
    yield request.scope.get("root_path", ""), request.url.path, request.url.query
    yield [request.headers.get(name) for name in ("hx-request", "hx-target", "host")]
    yield _clock(visit, needs)
    yield build()


def _settled(one: Any, but: Collection[str]) -> Iterator[object]:
    """Yield what the fields of a visit or reader hold, those that join later too; a set always in the same order."""
    for name in (field.name for field in fields(one) if field.name not in but):
        value = getattr(one, name)
        yield name, sorted(value) if isinstance(value, frozenset) else str(value)


def _clock(visit: Visit, needs: What) -> tuple[int, int]:
    now = to_micros(visit.now)
    holds = any(rule.vest_after is not None for one in visit.programs.values() for rule in one.rules)
    begun = sum(step.since <= now for step in visit.store.pauses())
    step = SECOND if holds else _QUARTER if needs in _BY_QUARTERS else _MINUTE
    return now // step, begun


@cache
def build() -> str:
    """Give what tells this build of the pages from another one."""
    made = sha256(__version__.encode())
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in {".html", ".css", ".js", ".py", ".po", ".svg"}:
            made.update(path.relative_to(_PACKAGE).as_posix().encode())
            made.update(path.read_bytes())
    return made.hexdigest()
