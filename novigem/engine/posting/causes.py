"""Why an entry is taken back: the words that stand in the ledger, and the cause that a run counts it under."""

from enum import StrEnum

from novigem.model.entry import Entry
from novigem.rules.describe import UNDONE

EARLIER_ARRIVED = "an earlier change of the same fact arrived later"
COUNTS_AGAIN = "an earlier change of the same fact counts again"
CHANGED_HANDS = "the record had changed hands shortly before"
MOVED = "what the record counts for is another now: it was moved, or that was merged"
LIMITS = "counted anew"
CORRECTED = "the record was corrected"
COMPLETION = "the completion moved or was undone"
TEAM_COMPLETION = "the team's completion moved or was undone, or credits others"


class Cause(StrEnum):
    """What made a run take back an entry; the value is the key in JSON answers."""

    UNDONE = "undone"
    EARLIER_ARRIVED = "earlier_arrived"
    COUNTS_AGAIN = "counts_again"
    LIMITS = "limits"
    CHANGED_HANDS = "changed_hands"
    MOVED = "moved"
    CORRECTED = "corrected"
    COMPLETION = "completion"
    TEAM_COMPLETION = "team_completion"
    OTHER = "other"


# How the reason of a reversal begins.
_BEGINS = (
    (UNDONE, Cause.UNDONE),
    (EARLIER_ARRIVED, Cause.EARLIER_ARRIVED),
    (COUNTS_AGAIN, Cause.COUNTS_AGAIN),
    (LIMITS, Cause.LIMITS),
    (CHANGED_HANDS, Cause.CHANGED_HANDS),
    (MOVED, Cause.MOVED),
    (CORRECTED, Cause.CORRECTED),
    (COMPLETION, Cause.COMPLETION),
    (TEAM_COMPLETION, Cause.TEAM_COMPLETION),
)


def cause_of(reversal: Entry) -> Cause:
    """Tell why an entry was taken back, by the reason that its reversal gives."""
    reason = reversal.reason or ""
    return next((cause for begin, cause in _BEGINS if reason.startswith(begin)), Cause.OTHER)
