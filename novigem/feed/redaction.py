"""A page without erased people: what it would say of erased people is left out before anybody reads it."""

from msgspec.structs import replace

from novigem.feed.source import Page, Rejected
from novigem.model.redaction import Redactor


def redacted_page(page: Page, redactor: Redactor) -> Page:
    """Give a page that names no erased person."""
    if not redactor:
        return page
    return page._replace(
        changes=[redactor.change(one) for one in page.changes],
        people=[redactor.told(one) for one in page.people],
        rejected=[
            Rejected(redactor.text(one.place), redactor.text(one.reason), redactor.text(one.raw))
            for one in page.rejected
        ],
        snapshots=[replace(one, values=redactor.values(one.values)) for one in page.snapshots],
    )
