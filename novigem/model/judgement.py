"""A judgement: what a person decided about a flag."""

from typing import Literal, NamedTuple

Verdict = Literal["dismissed", "confirmed"]


class Judgement(NamedTuple):
    """What a person decided about one flag, and why; `judged` in microseconds since 1970 UTC."""

    flag: str
    program: str
    detector: str
    user: str
    status: Verdict
    reason: str
    author: str
    judged: int
