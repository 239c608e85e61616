"""A judgement: what a person decided about a flag."""

from hashlib import blake2b
from typing import Literal, NamedTuple

Verdict = Literal["dismissed", "confirmed"]


class Judgement(NamedTuple):
    """What a person decided about one flag, and why; `judged` in microseconds since 1970 UTC.

    `about` is what the id of the flag is made of; None where it was not kept.
    """

    flag: str
    program: str
    detector: str
    user: str
    status: Verdict
    reason: str
    author: str
    judged: int
    about: str | None = None


def flag_id(about: str) -> str:
    """Give the id of a flag: ten hex digits of what tells it apart from others."""
    return blake2b(about.encode(), digest_size=5).hexdigest()
