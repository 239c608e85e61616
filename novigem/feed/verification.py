"""A page whose ids are right: what lost its case is put right, and what does not fit is set aside with the reason."""

from collections.abc import Iterable

from novigem.feed.source import Page, Rejected
from novigem.model.change import Change, change_body, has_right_ids, with_right_ids
from novigem.model.ids import id18
from novigem.model.people import Person

_RAW_CHARACTERS = 500


def verified_page(page: Page) -> Page:
    """Give a page with the ids of its changes and people in their right form; what cannot be is among its rejects."""
    if page.verified or (not page.people and all(map(has_right_ids, page.changes))):
        return page
    rejected = list(page.rejected)
    changes = list(_changes(page.changes, rejected))
    return page._replace(changes=changes, people=list(_people(page.people, rejected)), rejected=rejected)


def _changes(changes: Iterable[Change], rejected: list[Rejected]) -> Iterable[Change]:
    for change in changes:
        try:
            yield change if has_right_ids(change) else with_right_ids(change)
        except ValueError as error:
            place = f"{change.object} {change.id} {change.kind} at {change.at:%Y-%m-%dT%H:%M:%S.%fZ}"
            rejected.append(Rejected(place, str(error), change_body(change).decode()[:_RAW_CHARACTERS]))


def _people(people: Iterable[Person], rejected: list[Rejected]) -> Iterable[Person]:
    for person in people:
        try:
            yield _right(person)
        except ValueError as error:
            rejected.append(Rejected(f"user {person.id}", str(error), person.label))


def _right(person: Person) -> Person:
    manager = None if person.manager is None else id18(person.manager)
    whole = id18(person.id)
    if (whole, manager) == (person.id, person.manager):
        return person
    return Person(whole, person.name, person.email, person.active, person.role, manager)
