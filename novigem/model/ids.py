"""Salesforce ids: their two forms, the three characters that tell the case of the others, and when two are one thing.

Reports and formulas write an id with 15 characters, of which the case counts; the API adds three that tell the case of
the fifteen. So an id that passed a tool which folds letters can be put right, and one that was cut or typed is found.
"""

from functools import lru_cache
from typing import Any

from novigem.model.text import has_one_spelling, one_form

_SHORT, _WHOLE = _LENGTHS = (15, 18)
_IN_A_GROUP = 5
_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# Bytes are translated four times as fast as texts.
_CASES = bytes(ord("1" if chr(code).isascii() and chr(code).isupper() else "0") for code in range(256))


class _CheckCharacters(dict[bytes, str]):
    """The check characters of each pattern of upper-case letters, such as 000100000000000; worked out when asked for.

    Source: Salesforce's case-safe suffix; three characters, each the number of a 5-bit mask of upper-case letters, of
    which the first letter is the lowest bit.
    """

    def __missing__(self, pattern: bytes) -> str:
        groups = (pattern[start : start + _IN_A_GROUP] for start in range(0, _SHORT, _IN_A_GROUP))
        found = self[pattern] = "".join(_SIGNS[int(group[::-1], 2)] for group in groups)
        return found


_CHECK_CHARACTERS = _CheckCharacters()


def id18(record_id: str) -> str:
    """Give the 18-character form of a Salesforce id, in its right case.

    Of 18 characters the last three are held against the others. Where all letters were folded to small or to capital
    ones, they tell the case of the fifteen, which is restored.

    Raises ValueError when it is not 15 or 18 ASCII letters and digits, or when the last three do not fit.
    """
    if not _is_well_formed(record_id):
        raise ValueError(f"{record_id[:40]!r} is not a Salesforce id (15 or 18 letters and digits)")
    return record_id if is_right(record_id) else _completed(record_id)


def is_right(record_id: str) -> bool:
    """Tell whether letters and digits are an id of 18 characters whose last three fit the others."""
    return record_id[_SHORT:] == _CHECK_CHARACTERS[record_id[:_SHORT].encode().translate(_CASES)]


def whole_id(record_id: str) -> str:
    """Give the 18-character form of an id; one that has 18 characters is taken as it is, even where they do not fit.

    So what was kept before the check characters were looked at is still read.

    Raises ValueError when it is not 15 or 18 ASCII letters and digits.
    """
    return record_id if len(record_id) == _WHOLE and _is_well_formed(record_id) else id18(record_id)


def known_id(value: object) -> str | None:
    """Give the 18-character form of what is an id, put right where that can be; None for any other value."""
    return _known_id(value) if isinstance(value, str) else None


def reference(value: Any) -> Any:
    """Give the key under which a field value is compared: one for both forms of an id, and of a letter with its accent.

    Two different values have one key only where they are forms of one id, or of one text, so it may be asked for any
    value: a text of 15 characters that is no id is still equal to itself alone.
    """
    if isinstance(value, str):
        text = one_form(value)
        return (_reference_of(text) or text) if len(text) in _LENGTHS else text
    return value


def is_reference(text: str) -> bool:
    """Tell whether a text may be the id of a record, so that another text may name the same one."""
    return len(text) in _LENGTHS and _reference_of(text) is not None


def stands_alone(text: str) -> bool:
    """Tell whether only an equal value has the key of a text, so that it may be compared without one."""
    return has_one_spelling(text) and not is_reference(text)


def differs(before: Any, now: Any) -> bool:
    """Tell whether two values of a field are not equal, and not forms of one id or of one text either."""
    return bool(reference(before) != reference(now))


def _is_well_formed(text: str) -> bool:
    return len(text) in _LENGTHS and text.isalnum() and text.isascii()


def _completed(record_id: str) -> str:
    """Give the right form of an id of 15 characters, or of 18 that do not fit as they are."""
    body, check = record_id[:_SHORT], record_id[_SHORT:].upper()
    expected = _CHECK_CHARACTERS[body.encode().translate(_CASES)]
    if check in ("", expected):
        return body + expected
    if (body.islower() or body.isupper()) and set(check) <= set(_SIGNS):
        restored = _in_case(body, check)
        if is_right(restored):
            return restored
    raise ValueError(
        f"{record_id!r} is not a Salesforce id: its last three characters do not fit the others"
        f" (after {body} they are {expected})"
    )


def _in_case(body: str, check: str) -> str:
    """Give an id of 18 characters in the case that its check characters tell."""
    upper = "".join(f"{_SIGNS.index(sign):05b}"[::-1] for sign in check)
    return "".join(one.upper() if bit == "1" else one.lower() for one, bit in zip(body, upper, strict=True)) + check


# The same few users and accounts come again and again.
@lru_cache(maxsize=20_000)
def _known_id(text: str) -> str | None:
    if not _is_well_formed(text):
        return None
    try:
        return id18(text)
    except ValueError:
        return text


@lru_cache(maxsize=20_000)
def is_sound(text: str) -> bool:
    """Tell whether a text needs nothing done: it is no id of 18 characters, or one that is right as it is."""
    return len(text) != _WHOLE or not _is_well_formed(text) or is_right(text)


@lru_cache(maxsize=20_000)
def _reference_of(text: str) -> str | None:
    # Every id has a digit; a name of 15 letters, such as CustomerSuccess, is no id.
    if text.isalpha():
        return None
    try:
        return id18(text)
    except ValueError:
        return None
