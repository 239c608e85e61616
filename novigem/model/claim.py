"""Claims: what a change would earn under a rule that remembers, and whether that still stands."""

from enum import StrEnum

import msgspec

from novigem.model.entry import Entry

# The last part of the dedupe key of an award that is paid in parts.
FORMER = "former"
PART = "part-"
_FORMER_PART = f"/{FORMER}"

ClaimId = tuple[str, bytes]
Order = tuple[int, int, bytes]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def draft_bytes(draft: Entry) -> bytes:
    """Give a draft as it is kept: MessagePack."""
    return _encode(draft)


def read_draft(kept: bytes) -> Entry:
    """Give back a draft that was kept."""
    return _decode(kept)


def claim_id(draft: Entry) -> ClaimId:
    """Give the identity of the claim of a draft: its dedupe key and the change it comes from."""
    return (draft.key, draft.change or b"")


def fact_of(key: str) -> str:
    """Give the fact that a dedupe key belongs to: the key itself, less the name of a part of it."""
    slash = key.rfind("/")
    has_part = key.startswith(PART, slash + 1) or key.endswith(_FORMER_PART)
    return key[:slash] if has_part and slash >= 0 else key


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
    def id(self) -> ClaimId:
        """The identity of a claim: its dedupe key and the change it comes from."""
        return claim_id(self.draft)

    @property
    def fact(self) -> str:
        """What pays once: of the claims to one fact, those of one change win."""
        return fact_of(self.draft.key)

    @property
    def order(self) -> Order:
        """Where its change stands in event time."""
        return self.draft.order


class PendingClaim(msgspec.Struct, gc=False, eq=False):
    """A claim while a page decides what it is worth, beside others to the same fact: this alone is changed in place.

    `position` is that of its plan in the rulebook (-1: no such rule is left); `follows` says that other changes of its
    record alter it; `group` names what its limits are counted in. `kept` is the claim as it is stored, if it is.
    """

    draft: Entry
    position: int
    follows: bool
    group: str | None
    fact: str
    order: Order
    state: ClaimState = ClaimState.ALIVE
    wins: bool = False
    paid: int = 0
    why: str = ""
    kept: Claim | None = None

    @property
    def id(self) -> ClaimId:
        """The identity of the claim."""
        return claim_id(self.draft)

    @property
    def is_alive(self) -> bool:
        """True while the record has what was claimed."""
        return self.state is ClaimState.ALIVE

    @property
    def is_changed(self) -> bool:
        """True when it is otherwise than it is stored."""
        kept = self.kept
        return (
            kept is None
            or self.state is not kept.state
            or self.wins != kept.wins
            or self.paid != kept.paid
            or self.why != kept.why
            or (self.draft is not kept.draft and self.draft != kept.draft)
        )

    def decided(self) -> Claim:
        """Give the claim to store."""
        return Claim(self.draft, self.state, self.wins, self.paid, self.why)
