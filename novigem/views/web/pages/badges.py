"""A badge: how it is earned, and who holds it."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from novigem.access.table import What
from novigem.ledger.store import RowFilter
from novigem.model.people import Person
from novigem.model.program import Badge, Program
from novigem.queries.holdings import Holding
from novigem.queries.visibility import SOMEBODY
from novigem.views.challenge_words import badge_sentences
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import Visit
from novigem.views.web.whose import holds_names_back, is_own, not_here

_MOST = 200


@dataclass(frozen=True)
class HolderView:
    """One holding: whose, of which tier, and whether it is over."""

    person: Person
    holding: Holding
    tier: str
    is_over: bool
    is_own: bool


@dataclass(frozen=True)
class BadgeView:
    """A badge in one program: how it is earned, and who holds it, the newest first.

    `people` counts everybody who holds it, also those who are not named.
    """

    badge: Badge
    program: Program
    sentences: Sequence[str]
    holders: Sequence[HolderView]
    people: int
    is_named: bool
    more: int


def badge(visit: Visit) -> Response:
    """Show how a badge is earned, in each program that has it, and who holds it."""
    wanted = visit.request.path_params["badge"]
    found = [(program, one) for program in visit.programs.values() for one in program.badges if one.id == wanted]
    if not found:
        raise not_here()
    views = [_view(visit, program, one) for program, one in reversed(found)]
    return render(visit, "badge.html", views=views)


def _view(visit: Visit, program: Program, badge: Badge) -> BadgeView:
    holdings = visit.queries.holdings(RowFilter(program.program))
    held = [one for one in holdings if one.award.badge == badge.id]
    # Where boards hold names back, who holds what would tell who somebody is.
    is_named = not holds_names_back(program)
    named = [one for one in held if _is_shown(visit, one, is_named=is_named)]
    people = visit.queries.people({one.award.user for one in named})
    tiers = {one.id: one.label for one in badge.tiers}
    holders = [
        HolderView(
            person=people[one.award.user],
            holding=one,
            tier=tiers.get(one.award.step, "") if one.award.subject.kind == "badge" else "",
            is_over=one.until is not None and visit.queries.now >= one.until,
            is_own=is_own(visit, one.award.user),
        )
        for one in reversed(named)
    ]
    return BadgeView(
        badge=badge,
        program=program,
        sentences=list(badge_sentences(program, badge)),
        holders=holders[:_MOST],
        people=_holders(visit, program, badge),
        is_named=is_named,
        more=max(0, len(holders) - _MOST),
    )


def _is_shown(visit: Visit, one: Holding, *, is_named: bool) -> bool:
    if one.award.user == SOMEBODY:
        return False
    return is_named or is_own(visit, one.award.user)


def _holders(visit: Visit, program: Program, badge: Badge) -> int:
    awards = visit.store.badges(RowFilter(program.program))
    return len({one.user for one in awards if one.badge == badge.id})


ROUTES = [page("/badges/{badge}", badge, What.BADGE)]
