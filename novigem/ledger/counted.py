"""What an entry counts for beside its first challenge, as the one column of the ledger that holds it: a JSON text."""

import msgspec

from novigem.model.entry import Counted, Entry
from novigem.model.redaction import Redactor

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[Counted, ...]).decode


def also_text(also: tuple[Counted, ...]) -> str | None:
    """Give the text of a column; None for an entry that counts for one challenge at most."""
    return _encode(also).decode() if also else None


def read_also(text: str | None) -> tuple[Counted, ...]:
    """Give back what a column holds."""
    return _decode(text) if text else ()


def redacted_also(also: tuple[Counted, ...], redactor: Redactor) -> tuple[Counted, ...]:
    """Give what an entry counts for without erased people; the same object where it names none."""
    made = tuple(one._replace(goal_item=redactor.value(one.goal_item)) for one in also)
    return also if made == also else made


def counts_for(entry: Entry, challenge: str | None, period: str | None) -> bool:
    """Tell whether an entry counts for a challenge, in a period; None is any."""
    if not entry.also:
        return challenge in (None, entry.challenge) and period in (None, entry.period)
    return any(challenge in (None, one.challenge) and period in (None, one.period) for one in entry.counted)
