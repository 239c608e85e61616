"""A visit: one request of somebody, and what it reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from babel import Locale
from starlette.requests import Request

from novigem.access.roles import Reader
from novigem.access.table import What, may
from novigem.errors import UnknownName
from novigem.ledger.sql.store import SqlStore
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.queries.queries import Queries
from novigem.queries.visibility import Viewer
from novigem.views.translating import N_
from novigem.views.web.site import Site

#: The pages at the top: route, words (to be translated), and what somebody must be able to see.
DOORS: tuple[tuple[str, str, What], ...] = (
    ("home", N_("Me"), What.SETTINGS),
    ("boards", N_("Boards"), What.BOARD),
    ("seasons", N_("Seasons"), What.SEASONS),
    ("operator", N_("Operator"), What.OPERATOR),
    ("settings", N_("Settings"), What.SETTINGS),
)

#: So many paths are kept: those of a thousand people's rows.
_MOST_ADDRESSES = 4_000


class NotHere(UnknownName):
    """What was asked for does not exist, or may not be seen by whoever asked: the answer is the same."""


@dataclass(frozen=True)
class Visit:
    """One request. All that it reads belongs to one moment of the database.

    `reader` is who looks, `locale` the one in which they read, `now` the clock. `preferences` is what they set for
    themselves, by name; `form` is what was sent, of each field the last value.
    """

    request: Request
    site: Site
    store: SqlStore
    reader: Reader
    locale: Locale
    now: datetime
    preferences: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def queries(self) -> Queries:
        """Everything that can be asked, as whoever looks may see it."""
        return Queries(self.store, now=self.now, viewer=self.viewer, cache=self.site.programs)

    @property
    def viewer(self) -> Viewer:
        """Which programs whoever looks may see."""
        return "leader" if self.may(What.SHADOW) else "participant"

    @cached_property
    def programs(self) -> dict[str, Program]:
        """The programs that whoever looks may see, by id."""
        return self.queries.programs()

    @property
    def user(self) -> str | None:
        """The id of whoever looks, where they are a user of the org."""
        return self.reader.user

    @cached_property
    def zone(self) -> tzinfo:
        """The zone in which moments are shown: the reader's own, else that of the programs, else UTC."""
        if chosen := self.preference("zone"):
            return ZoneInfo(chosen)
        person = None if self.user is None else self.store.people([self.user]).get(self.user)
        zones = {one.timezone for one in self.programs.values()}
        name = (person and person.timezone) or (zones.pop() if len(zones) == 1 else "UTC")
        return ZoneInfo(name)

    @cached_property
    def navigation(self) -> list[tuple[str, str]]:
        """The pages at the top of each page: route, and words (to be translated)."""
        return [(route, words) for route, words, what in DOORS if self.may(what)]

    def may(self, what: What, user: str | None = None) -> bool:
        """Tell whether whoever looks may see something; see `novigem.access.table`."""
        return may(self.reader, what, user)

    def need(self, what: What, user: str | None = None) -> None:
        """Go on only where whoever looks may see something. Raises NotHere, as for what does not exist."""
        if not self.may(what, user):
            raise NotHere("there is nothing here", hint="see the start page")

    def person(self, user: str) -> Person:
        """Give somebody by id. Raises NotHere for nobody we know."""
        found = self.store.people([user]).get(user)
        if found is None:
            raise NotHere("there is nobody here with that id", hint="see the board")
        return found

    def address(self, name: str, /, **parts: object) -> str:
        """Give the path of a page by its route's name, under whatever the application is mounted at.

        Routes are looked through for each address, which takes longer than all else of a row: so paths are kept.
        """
        scope, kept = self.request.scope, self.site.addresses
        router = scope.get("router") or scope.get("app")
        # The router is kept beside the path, so that no other one ever has its id.
        question = (id(router), scope.get("app_root_path", scope.get("root_path", "")), name, *parts.items())
        found = kept.get(question)
        if found is None:
            found = router, str(self.request.url_for(name, **parts).path)
            if len(kept) >= _MOST_ADDRESSES:
                kept.clear()
            kept[question] = found
        return found[1]

    def preference(self, name: str) -> str | None:
        """Give what whoever looks has set: theme, motion, language, zone or period; None where they set nothing."""
        return self.preferences.get(name)

    def query(self, name: str) -> str | None:
        """Give a value of the address's query; None where there is none, or an empty one."""
        return self.request.query_params.get(name) or None
