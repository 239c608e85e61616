"""The review: did it move anything."""

from starlette.responses import Response

from novigem.access.table import What
from novigem.queries.review import read_review
from novigem.queries.visibility import unlisted
from novigem.views.review_view import Links, page_view
from novigem.views.review_words import ReviewWords
from novigem.views.web.render import Words, render, translations
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit


def review(visit: Visit) -> Response:
    """Show the figures of a program, what to change next, and what cannot be told."""
    program = visit.programs.get(visit.request.path_params["program"])
    if program is None:
        raise NotHere("there is no such program", hint="see the seasons")
    found = read_review(visit.queries, program)
    words = Words(visit.locale, program.zone)
    told = ReviewWords(found, words, translations(visit.locale.language).gettext)
    return render(visit, "review.html", view=page_view(found, told, _links(visit)), told=told)


def _links(visit: Visit) -> Links | None:
    """Give the way to records, for whoever may see the figures of a program down to its records."""
    if not visit.may(What.PROGRAM_FIGURES):
        return None
    hidden = unlisted(visit.store, visit.user)
    people = {one.id: one.label for one in visit.store.everybody()}

    def record(one: str) -> str:
        return visit.address("record", record=one)

    def name(user: str) -> str | None:
        return None if user in hidden else people.get(user)

    return Links(record, name)


ROUTES = [page("/programs/{program}/review", review, What.REVIEW)]
