"""A figure that is kept and what proves it, where the two do not agree: the one answer that every proof gives."""

from typing import NamedTuple


class Discrepancy(NamedTuple):
    """What it is about, what is kept of it, and what the proof leads to instead.

    `program` is empty where it belongs to none. `check` names the proof that found it, where several were made.
    """

    what: str
    kept: str
    proved: str
    program: str = ""
    check: str = ""
