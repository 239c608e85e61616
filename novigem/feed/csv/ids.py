"""Salesforce ids for things that have none, always the same for the same text."""

import re
from hashlib import blake2b

from novigem.model.change import id18

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_REST = 12
_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def made_id(prefix: str, text: str) -> str:
    """Give an 18-character id that begins with `prefix` (3 characters) and stands for `text`.

    An id that already begins with the prefix passes through. A short code (up to 12 letters and digits, no zero in
    front) is padded with zeros, so it can be read in the id and is never the id of another code. Any other text is
    hashed to 12 of 62 signs, 71 bits: among a million texts, two share an id with a probability of 2 in 10 billion.
    """
    if text.startswith(prefix) and _ID.fullmatch(text):
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
    """Say whether a text is an id rather than a name: 18 with the right ending, or 15 with an id's inner zeros."""
    if _ID.fullmatch(text) is None:
        return False
    return id18(text[:15]) == text if len(text) == 18 else "00" in text  # noqa: PLR2004 - the two lengths of an id
