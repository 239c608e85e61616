"""Claims: what a change would earn under a rule that remembers, and whether that still stands."""

from enum import StrEnum

import msgspec

from novigem.model.entry import Entry

# The last part of the dedupe key of an award that is paid in parts.
FORMER = "former"
PART = "part-"


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def draft_bytes(draft: Entry) -> bytes:
    """Give a draft as it is kept: MessagePack."""
    return _encode(draft)


def read_draft(kept: bytes) -> Entry:
    """Give back a draft that was kept."""
    return _decode(kept)


def fact_of(key: str) -> str:
    """Give the fact that a dedupe key belongs to: the key itself, less the name of a part of it."""
    fact, _slash, last = key.rpartition("/")
    return fact if last == FORMER or last.startswith(PART) else key


class ClaimState(StrEnum):
    """Whether the record still has what was claimed.

    `dormant`: it lost that, and has it again once it is put right. `ended`: it lost that, and a later claim took over.
    """

    ALIVE = "alive"
    DORMANT = "dormant"
    ENDED = "ended"


class Claim(msgspec.Struct, frozen=True, gc=False):
    """One draft entry of a rule that may be undone or limited, kept so that what it is worth can be decided anew.

    `draft` has the full points of its part. `wins` is true for the claims of the earliest change of its fact that is
    still alive; `paid` is what the limits left of its points. `why` says what ended it, or what left less, in words.
    """

    draft: Entry
    state: ClaimState = ClaimState.ALIVE
    wins: bool = False
    paid: int = 0
    why: str = ""

    @property
    def id(self) -> tuple[str, bytes]:
        """The identity of a claim: its dedupe key and the change it comes from."""
        return (self.draft.key, self.draft.change or b"")

    @property
    def fact(self) -> str:
        """What pays once: of the claims to one fact, those of one change win."""
        return fact_of(self.draft.key)

    @property
    def order(self) -> tuple[int, int, bytes]:
        """Where its change stands in event time."""
        return self.draft.order
