"""How far the reading of one object has come: the position that is committed with each page."""

import msgspec

from novigem.errors import FeedError

#: How the name of every feed of an org begins; the id of the org and the name of the object follow.
FEEDS = "salesforce/"


class ObjectCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """The state of one object's feed. Moments are microseconds since 1970 UTC, by the org's clock.

    `feed_start` is when watching began. `covered` is the watermark: everything before it has been read; it moves only
    when a read is through, and never by our own clock. `read` numbers the reads. `fields` are the watched fields, and
    `since` names the reads from which on those are known that joined later. `fill` is None once every record has been
    read with every field; until then, the id behind which that first read goes on. `updated_at` is when `/updated` was
    last asked, `deletions` how far `/deleted` has been read and `deletions_at` when it was asked. `sweep` numbers the
    sweeps; `swept_at` is when the last one ended. `lost` are fields that the org no longer lets us read.
    """

    feed_start: int
    covered: int
    read: int = 0
    fields: tuple[str, ...] = ()
    since: dict[str, int] = {}
    fill: str | None = None
    is_filled: bool = False
    updated_at: int = 0
    deletions: int = 0
    deletions_at: int = 0
    sweep: int = 0
    swept_at: int = 0
    lost: tuple[str, ...] = ()

    def encode(self) -> str:
        """Give the text that is kept as a position."""
        return msgspec.json.encode(self).decode()


def read_cursor(text: str) -> ObjectCursor:
    """Read a position. Raises FeedError for one that this version does not understand."""
    try:
        return msgspec.json.decode(text, type=ObjectCursor)
    except msgspec.DecodeError as error:
        raise FeedError(
            f"the position kept for this object cannot be read: {error}",
            hint="use the novigem that wrote it, or a copy of the database",
        ) from error
