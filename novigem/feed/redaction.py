"""A page behind the veil: what it would say of erased people is left out before anybody reads it."""

from msgspec.structs import replace

from novigem.feed.source import Page, Rejected
from novigem.model.redaction import Veil


def veiled_page(page: Page, veil: Veil) -> Page:
    """Give a page that names no erased person."""
    if not veil:
        return page
    return page._replace(
        changes=[veil.change(one) for one in page.changes],
        people=[veil.told(one) for one in page.people],
        rejected=[Rejected(veil.text(one.place), veil.text(one.reason), veil.text(one.raw)) for one in page.rejected],
        snapshots=[replace(one, values=veil.values(one.values)) for one in page.snapshots],
    )
