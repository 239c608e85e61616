"""Signs that cannot be seen, or look like others: which they are, and what they are called. Pure.

Text that was copied from a document, a chat or a spreadsheet brings them along. Where only plain words can be meant,
such as in a key or an address, all of them are mistakes; in words that people write, many belong to the language.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from unicodedata import bidirectional, category, name, normalize

_HIDDEN_CATEGORIES: Final = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
# Letters and marks that show nothing: Hangul fillers, the blank of Braille, joiners of graphemes.
_HIDDEN_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u180b\u180c\u180d\u180f")
_PLAIN: Final = frozenset("\t\n\r ")
_JOINERS: Final = frozenset("\u200c\u200d")
_OVERRIDES: Final = frozenset("\u202a\u202b\u202c\u202d\u202e")
_DIRECTIONS: Final = frozenset("\u200e\u200f\u061c\u2066\u2067\u2068\u2069") | _OVERRIDES
_DASHES: Final = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_QUOTES: Final = frozenset("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a")
_OPENING: Final = _QUOTES - {"\u2019"}
_CLOSING: Final = _QUOTES - {"\u201a", "\u201e"}
_NAMELESS: Final = {"\x85": "next line"}
# Letters of these scripts that look like Latin ones, and the Latin ones.
_CYRILLIC: Final = str.maketrans("аеорсухіјѕһԁԛԝАВЕЅІЈКМНОРСТУХ", "aeopcyxijshdqwABESIJKMHOPCTYX")  # noqa: RUF001 - they are meant
_GREEK: Final = str.maketrans("ονικυραΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovikupaABEZHIKMNOPTYX")
_WORD: Final = re.compile(r"[^\W_]+")
_MIXED_SCRIPTS: Final = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
_CJK: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "YI"})
_PLAIN_END: Final = 0x7F
# What holds the words of a line of YAML together: its indentation, `- `, the colon behind a key and what follows it.
_INDENT: Final = re.compile(r"[ \t]*(?:- *)*")
_KEY: Final = re.compile(r"[ \t]*(?:- +)*[A-Za-z_]+ *(?:(?=[^\x00-\x7f])|:(?=[^\x00-\x7f]))")
_BULLETS: Final = frozenset("\u2022\u2023\u25e6\u2043\u2219\u00b7")


class Sign(NamedTuple):
    """A sign that is not what it seems, and where in the text it stands."""

    at: int
    sign: str

    @property
    def told(self) -> str:
        """Give its code point and its name: `U+00A0 (no-break space)`."""
        called = _NAMELESS.get(self.sign) or name(self.sign, "a control character").lower()
        return f"U+{ord(self.sign):04X} ({called})"

    @property
    def is_hidden(self) -> bool:
        """Whether nothing of it is seen, or a mere blank."""
        return is_hidden(self.sign)


class OddSign(NamedTuple):
    """A sign that keeps YAML from telling words apart, what it does there, and what to write."""

    sign: Sign
    message: str
    hint: str


def is_hidden(sign: str) -> bool:
    """Tell whether a sign shows nothing, or a blank, and is no plain space, tab or line break."""
    if sign.isascii():
        return sign not in _PLAIN and not sign.isprintable()
    return category(sign) in _HIDDEN_CATEGORIES or sign in _HIDDEN_LETTERS or "\ufe00" <= sign <= "\ufe0f"


def hidden_sign(text: str) -> Sign | None:
    """Give the first sign of a text that shows nothing, or a blank that is no plain one; None where there is none."""
    return next((Sign(at, sign) for at, sign in enumerate(text) if is_hidden(sign)), None)


def wrong_sign(text: str) -> Sign | None:
    """Give the first sign that no plain word holds, such as a key, an id or an address; None where there is none.

    Letters of any script may stand in it, but not of several in one word that look alike.
    """
    if text.isascii():
        return None
    for at, sign in enumerate(text):
        if is_hidden(sign) or sign in _DASHES or sign in _QUOTES or _is_wide(sign):
            return Sign(at, sign)
    return next(_mixed(text), None)


def doubtful_sign(text: str) -> Sign | None:
    """Give the first sign of a value that is likely to be a mistake; None where all may belong to its language."""
    if text.isascii():
        return None
    for at, sign in enumerate(text):
        if is_hidden(sign) and not _belongs(text, at):
            return Sign(at, sign)
    return next(_mixed(text), None) or next(_wide(text), None)


def misleading_sign(text: str) -> Sign | None:
    """Give the first sign that lets a text be read otherwise than it is written; None where there is none."""
    if text.isascii() or _runs_to_the_left(text):
        return None
    return next((Sign(at, sign) for at, sign in enumerate(text) if sign in _OVERRIDES), None)


def odd_sign(line: str) -> OddSign | None:
    """Give the sign in a line of YAML that stands where only a plain space, colon or hyphen would be understood."""
    for found in (_INDENT.match(line), _KEY.match(line)):
        odd = None if found is None else _odd_first(line, found.end())
        if odd is not None:
            return odd
    return None


def _odd_first(line: str, at: int) -> OddSign | None:
    sign = Sign(at, line[at : at + 1])
    if sign.sign.isascii():
        return None
    if sign.is_hidden:
        message = f"{sign.told}, which cannot be told from a space, stands where YAML wants plain ones"
        return OddSign(sign, message, "replace it by a plain space, or delete it")
    if sign.sign == "\uff1a":
        return OddSign(sign, f"{sign.told} stands where YAML wants a colon", "write a plain colon and a space")
    if (sign.sign in _BULLETS or wrong_sign(sign.sign) is not None) and line[at + 1 : at + 2].isspace():
        hint = "begin every entry of a list with a plain hyphen and a space: `- `"
        return OddSign(sign, f"{sign.told} stands where YAML wants a hyphen", hint)
    return None


def is_in_curly_quotes(text: str) -> bool:
    """Tell whether a text begins and ends with quotes, and not with plain ones: those are part of the text."""
    if len(text) < len("“”") or any(sign in _QUOTES and sign != "\u2019" for sign in text[1:-1]):
        return False
    return (text[0] in _OPENING and (text[-1] in _CLOSING or text[-1] in "\"'")) or (
        text[-1] in _CLOSING and (text[0] in _OPENING or text[0] in "\"'\u2019")
    )


def as_meant(text: str) -> str:
    """Give a text as it was probably meant: plain signs for those that look like them, and none that are not seen."""
    if is_in_curly_quotes(text):
        text = text[1:-1]
    return "".join(map(_meant, _latin(text))).strip()


def _meant(sign: str) -> str:
    if sign.isascii():
        return sign
    if is_hidden(sign):
        return " " if category(sign) in {"Zs", "Zl", "Zp"} or sign == "\x85" else ""
    if sign in _DASHES:
        return "-"
    if sign in _QUOTES:
        return ""
    return normalize("NFKC", sign) if _is_wide(sign) else sign


def _latin(text: str) -> str:
    """Give a text with the letters of mixed words as the Latin ones that they look like."""

    def in_latin(found: re.Match[str]) -> str:
        word = found[0]
        return word.translate(_CYRILLIC).translate(_GREEK) if _mixes(word) else word

    return _WORD.sub(in_latin, text)


def _script(sign: str) -> str:
    return name(sign, "").partition(" ")[0]


def _mixes(word: str) -> bool:
    return not word.isascii() and any(one.isascii() and one.isalpha() for one in word) and _foreign(word) is not None


def _foreign(word: str) -> int | None:
    return next((at for at, sign in enumerate(word) if not sign.isascii() and _script(sign) in _MIXED_SCRIPTS), None)


def _mixed(text: str) -> Iterator[Sign]:
    """Yield the first letter of each word that stands among Latin ones and is none."""
    for found in _WORD.finditer(text):
        if _mixes(found[0]):
            at = found.start() + (_foreign(found[0]) or 0)
            yield Sign(at, text[at])


def _is_wide(sign: str) -> bool:
    """Whether a sign is a plain one in another width or style, such as a full-width digit."""
    if ord(sign) <= _PLAIN_END or category(sign)[0] in "MZC":
        return False
    plain = normalize("NFKC", sign)
    return len(plain) == 1 and plain.isascii()


def _wide(text: str) -> Iterator[Sign]:
    if any(_script(sign) in _CJK for sign in text if not sign.isascii()):
        return
    yield from (Sign(at, sign) for at, sign in enumerate(text) if "\uff01" <= sign <= "\uff5e")


def _belongs(text: str, at: int) -> bool:
    """Tell whether a sign that is not seen is there for its neighbours, as their language asks."""
    sign, before, after = text[at], text[:at][-1:], text[at + 1 :][:1]
    if "\ufe00" <= sign <= "\ufe0f":
        return bool(before) and not before.isspace()
    if sign == "\u3000":
        return all(one and _script(one) in _CJK for one in (before, after))
    if sign in _JOINERS:
        return bool(before and after) and not before.isascii() and not after.isspace()
    if "\U000e0020" <= sign <= "\U000e007f":
        return bool(before) and not before.isascii()
    return sign in _DIRECTIONS and _runs_to_the_left(text)


def _runs_to_the_left(text: str) -> bool:
    return any(bidirectional(sign) in {"R", "AL"} for sign in text if not is_hidden(sign))
