"""Salesforce ids for things that have none, always the same for the same text."""

import re
from hashlib import blake2b

from novigem.model.ids import id18, is_reference

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_REST = 12
_WHOLE = 18
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def made_id(prefix: str, text: str) -> str:
    """Give an 18-character id that begins with `prefix` (3 characters) and stands for `text`.

    An id that already begins with the prefix passes through, in its right case. A short code (up to 12 letters and
    digits, no zero in front) is padded with zeros, so it can be read in the id and is never the id of another code. Any
    other text is hashed to 12 of 62 signs, 71 bits: among a million texts, two share an id with a probability of 2 in
    10 billion.

    Raises ValueError for an id of 18 characters that begins with the prefix and whose last three do not fit.
    """
    if _ID.fullmatch(text) and (text.startswith(prefix) or _is_folded(prefix, text)):
        return id18(text)
    if text.isascii() and text.isalnum() and len(text) <= _REST and not text.startswith("0"):
        return id18(prefix + text.rjust(_REST, "0"))
    number = int.from_bytes(blake2b(text.encode(), digest_size=16).digest(), "big")
    signs = []
    for _ in range(_REST):
        number, digit = divmod(number, len(_BASE62))
        signs.append(_BASE62[digit])
    return id18(prefix + "".join(signs))


def looks_like_id(text: str) -> bool:
    """Say whether a text is an id rather than a name: 18 with an ending that fits, or 15 with an id's inner zeros."""
    return is_reference(text) and (len(text) == _WHOLE or "00" in text)


def _is_folded(prefix: str, text: str) -> bool:
    """Tell whether an id of 18 characters has the prefix once its case is put right."""
    return len(text) == _WHOLE and is_reference(text) and id18(text).startswith(prefix)
