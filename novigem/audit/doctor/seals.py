"""Seals: the newest digest of the journal, for somebody to note, and the proof that the ledger still goes on from it.

A chain proves that nobody changed a part of it; that nobody wrote all of it anew, only a digest noted elsewhere proves.
"""

import re

from novigem.errors import InputError
from novigem.ledger.journal import JournalRow
from novigem.ledger.store import Store

#: Fewer digits could be met by chance, or by trying.
LEAST_DIGITS = 16
_SEAL = re.compile(r"[0-9a-f]{16,64}")


def find_seal(store: Store, seal: str) -> JournalRow | None:
    """Give the batch whose digest begins with a seal that was noted; None where the ledger does not hold it.

    What it proves, it proves together with the chain, which `examine` verifies. Raises InputError for what is no seal.
    """
    digits = seal_digits(seal)
    return next((row for row in list(store.journal()) if row.digest.hex().startswith(digits)), None)


def seal_digits(seal: str) -> str:
    """Give the digits of a seal that somebody typed. Raises InputError for what is none."""
    digits = "".join(seal.split()).casefold()
    if _SEAL.fullmatch(digits) is None:
        raise InputError(
            f"{seal!r} is not a seal",
            hint=f"give {LEAST_DIGITS} to 64 digits (0-9, a-f)",
            code="not-a-seal",
            least=LEAST_DIGITS,
        )
    return digits
