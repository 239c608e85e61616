"""Me: where am I, what next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from novigem.access.table import What
from novigem.engine.closing.windows import boards_of
from novigem.model.clocks import Clocks, Zones
from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import Program
from novigem.queries.chances import Chance, find_chances, next_steps
from novigem.queries.me import Season, my_seasons
from novigem.queries.visibility import opted_out_since
from novigem.views.rule_words import field_words, thing_words
from novigem.views.web.no_login import NoLogin
from novigem.views.web.pages.season_views import SeasonView, season_view
from novigem.views.web.render import Words, render
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit
from novigem.views.words import goal_number

_STEPS = 3
_MOST_STEPS = 20


@dataclass(frozen=True)
class StepView:
    """A chance with the words of its program."""

    chance: Chance
    points: str
    href: str
    rule: str = ""
    goal: str = ""
    badge: str = ""
    record: str = ""
    object: str = ""
    field: str = ""
    to: str = ""
    left: float = 0
    target: float = 0
    value: float = 0


@dataclass(frozen=True)
class HomeView:
    """What somebody's home shows. `steps` come first, `more` are further ones."""

    person: Person
    seasons: Sequence[SeasonView]
    steps: Sequence[StepView]
    more: Sequence[StepView]
    today: date
    is_hidden: bool


def home(visit: Visit) -> Response:
    """Show one's own home; whoever is no user of the org chooses whom to look as, or is told where to go."""
    if visit.user is None:
        return render(visit, "nobody.html", people=_people(visit), What=What)
    visit.need(What.HOME, visit.user)
    user = visit.store.joins().of(visit.user, visit.queries.now)
    now = visit.queries.now
    seasons = my_seasons(visit.queries, visit.programs, user)
    chances = find_chances(visit.store, visit.programs, user, now)
    first = next_steps(chances, _STEPS)
    rest = [one for one in chances if one not in first][:_MOST_STEPS]
    view = HomeView(
        person=visit.queries.people([user])[user],
        seasons=[season_view(visit, one) for one in seasons],
        steps=[_step(visit, one) for one in first],
        more=[_step(visit, one) for one in rest],
        today=_today(visit, seasons, user),
        is_hidden=opted_out_since(visit.store, user) is not None,
    )
    return render(visit, "home.html", view=view)


def _today(visit: Visit, seasons: Sequence[Season], user: str) -> date:
    """Give the day that the person's own clock shows."""
    now = visit.queries.now
    zones = Zones(visit.store)
    names = [Clocks(one.program, zones).zone(user, now) for one in seasons]
    return local_day(now, ZoneInfo(names[0])) if names else visit.now.astimezone(visit.zone).date()


def _people(visit: Visit) -> list[tuple[str, str]]:
    """Give whom a visitor without a user may look as: those who have earned, by name."""
    if not isinstance(visit.site.sign_in, NoLogin):
        return []
    earned = {user for name in visit.programs for user in visit.store.users(name)}
    hidden = visit.store.opted_out()
    people = visit.queries.people(sorted(earned - hidden.keys())).values()
    return sorted(((one.id, one.label) for one in people), key=lambda one: one[1].casefold())


def _step(visit: Visit, one: Chance) -> StepView:
    program = visit.programs[one.program]
    words = Words(visit.locale, visit.zone)
    return StepView(
        chance=one,
        points="?" if one.points is None else words.points(one.points) if one.points else "",
        href=_href(visit, one),
        rule=next((rule.label for rule in program.rules if rule.id == one.rule), ""),
        goal=_goal(program, one),
        badge=next((badge.name for badge in program.badges if badge.id == one.badge), ""),
        record=one.label or f"{thing_words(one.object or '')} {one.record}",
        object=thing_words(one.object or ""),
        field=field_words(one.field or ""),
        to=str(one.to),
        left=goal_number(one.left or 0),
        target=goal_number(one.target or 0),
        value=goal_number(one.value or 0),
    )


def _goal(program: Program, one: Chance) -> str:
    names = {challenge.id: challenge.name for challenge in program.challenges}
    if one.challenge is not None:
        return names.get(one.challenge, one.challenge)
    badge = next((badge for badge in program.badges if badge.id == one.badge), None)
    if badge is None:
        return ""
    tier = next((tier.label for tier in badge.tiers if tier.id == one.tier), None)
    return badge.name if tier is None else f"{badge.name}, {tier}"


def _href(visit: Visit, one: Chance) -> str:
    """Give the page behind a step."""
    to = visit.address
    if one.record is not None:
        return to("record", record=one.record)
    if one.kind in ("challenge", "streak") and one.challenge is not None:
        return to("challenge", challenge=one.challenge)
    if one.badge is not None:
        return to("badge", badge=one.badge)
    return to("program", program=one.program)


def boards(visit: Visit) -> Response:
    """Send on to the first board there is."""
    first = next(_boards(visit), None)
    if first is None:
        raise NotHere("there is no board yet", hint="run a program first: novigem run PROGRAM --from FILE.jsonl")
    return RedirectResponse(visit.address("board", board=first), status_code=303)


def _boards(visit: Visit) -> Iterator[str]:
    return (one.id for program in visit.programs.values() for one in boards_of(program))


# Whoever may come in at all sees their own home; it shows nothing that stands beside the ledger.
ROUTES = [page("/", home, What.SETTINGS, is_kept=True), page("/boards", boards, What.BOARD)]
