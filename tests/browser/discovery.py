"""The pages that there are, found in the application itself: a new page is looked at by every test of this folder."""

import http.client
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.routing import BaseRoute, Route

from novigem.views.web.app import routes
from tests.bed.seasons import PRIYA

#: An example of each part of an address, as it stands in the demo's database.
EXAMPLES = {
    "board": "cs-team",
    "user": PRIYA,
    "number": 5,
    "record": "00THs0000000013MAA",
    "badge": "expansion-scout",
    "challenge": "early-risk",
    "program": "account-expansion",
    # Links and tokens are signed: what no longer opens is a page too. A wall and an embed that open are tested beside
    # what makes them.
    "token": "there-is-none",
}
#: What a page says that is still to come. Once no page says it, nothing is passed over.


@dataclass(frozen=True)
class Place:
    """A page with an address that can be opened; `name` is that of its route."""

    name: str
    address: str

    def __str__(self) -> str:
        return self.name


def places() -> list[Place]:
    """Give every address that can be visited. What is mounted (files, the API) has addresses of its own."""
    return [
        Place(route.name, str(route.url_path_for(route.name, **{part: EXAMPLES[part] for part in _parts(route)})))
        for route in _visitable(routes())
        if _parts(route) <= set(EXAMPLES)
    ]


def parts_without_example() -> set[str]:
    """Give the parts of addresses that have no example: pages with them would be looked at by nobody."""
    return {part for route in _visitable(routes()) for part in _parts(route)} - set(EXAMPLES)


def is_page(origin: str, place: Place) -> bool:
    """Tell whether an address answers with a whole page: neither a part of one, nor a file, nor a stream."""
    connection = http.client.HTTPConnection(origin.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", place.address)
        answer = connection.getresponse()
        if 300 <= answer.status < 400:
            # Where it leads is another page, or sign-in.
            return True
        # Only the beginning of a page is read: a stream never ends.
        is_html = answer.getheader("content-type", "").startswith("text/html")
        return is_html and answer.read(64).lstrip().lower().startswith(b"<!doctype")
    finally:
        connection.close()


def _visitable(known: Iterable[BaseRoute]) -> list[Route]:
    return [route for route in known if isinstance(route, Route) and "GET" in (route.methods or ())]


def _parts(route: Route) -> set[str]:
    return set(route.param_convertors)
