"""In which encoding a file is: taken from its first bytes or the mapping, and held against what the file holds."""

import codecs
import io
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from novigem.errors import MappingError
from novigem.feed.csv.containers import BUFFER_BYTES, opened

# Every byte is something in these (or nearly), so that reading a file of another encoding raises nothing.
_TAKES_ANYTHING = ("cp1250", "cp1251", "cp1252", "latin-1", "iso-8859-15", "mac-roman")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: What exports are written in, likely ones first.
LIKELY = ("cp1252", "cp932", "gb18030", "euc-jp", "cp1250", "cp1251", "mac-roman")
_MANY = 4
_MOST_WORDS = 5
_LONGEST_WORD = 200


def settled(file: io.BufferedReader, told: str | None, path: Path) -> str:
    """Give the name under which Python reads the file. Raises MappingError where `told` cannot be right.

    Without `told` a file is UTF-8, or UTF-16 where its first bytes say so.
    """
    head = file.peek(BUFFER_BYTES)
    mark = next((name for signs, name in _MARKS if head.startswith(signs)), None)
    if mark is not None and told is not None and not told.startswith(mark):
        raise MappingError(f"{path} begins with the mark of {mark}, not of {told}", hint=f"write `encoding: {mark}`.")
    if mark is not None:
        return "utf-8-sig" if mark == "utf-8" else "utf-16"
    wide = _wide(head)
    if told is None and wide is not None:
        raise MappingError(f"{path} looks like {wide} without a mark", hint=f"write `encoding: {wide}`.")
    if told is not None and told.startswith("utf-16") and wide is None and head:
        raise MappingError(f"{path} is not {told} text", hint="leave `encoding` out, or name another.")
    if told in _TAKES_ANYTHING and path.is_file():
        _check_narrow(path, told)
    return "utf-8-sig" if told in (None, "utf-8") else told or ""


def refusal(path: Path, encoding: str, error: UnicodeError) -> MappingError:
    """Give the error for a file that is not in its encoding, with what it would be in others."""
    name = encoding.removesuffix("-sig")
    fitting = readings(path) if path.is_file() else {}
    told = [f"`encoding: {other}` would read {', '.join(words[:_MOST_WORDS])}" for other, words in fitting.items()]
    usual = ["such as `encoding: cp1252` (Windows) or utf-16"]
    where = f" (byte 0x{error.object[error.start]:02x})" if isinstance(error, UnicodeDecodeError) and not told else ""
    return MappingError(
        f"{path} is not {name} text",
        hint=f"name the encoding of the file in the mapping: {'; '.join(told or usual)}{where}.",
    )


def readings(path: Path) -> dict[str, list[str]]:
    """Give the encodings in which a file makes sense, each with some of its words that are not ASCII.

    Those that read the file alike are one, under the first's name.
    """
    found: dict[str, list[str]] = {}
    words = list(_words(path))
    for name in LIKELY:
        try:
            read = [word.decode(name) for word in words]
        except UnicodeError:
            continue
        if read and all(_makes_sense(word) for word in read) and read not in found.values():
            found[name] = read
    return found


def is_utf8(path: Path) -> bool | None:
    """Say whether a file is UTF-8; None where it is plain ASCII, so that nothing depends on it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_plain = True
    with opened(path) as file:
        try:
            while block := file.read(BUFFER_BYTES):
                is_plain = is_plain and block.isascii()
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return None if is_plain else True


def _check_narrow(path: Path, told: str) -> None:
    """Refuse to take UTF-8 for one of the encodings in which every byte is a letter."""
    if is_utf8(path):
        raise MappingError(
            f"{path} is UTF-8: read as {told}, its letters would come out as others (such as Ã¼ for ü)",
            hint="leave `encoding` out of the mapping, or write `encoding: utf-8`.",
        )


def _wide(head: bytes) -> str | None:
    """Tell UTF-16 without a mark by its zero bytes, which lie all on one side."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) <= len(head) // _MANY:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _words(path: Path) -> Iterator[bytes]:
    """Yield words with bytes beyond ASCII from the beginning of a file, each once."""
    seen: set[bytes] = set()
    with opened(path) as file:
        for cell in (
            file.read(BUFFER_BYTES * 16).replace(b"\n", b",").replace(b";", b",").replace(b"\t", b",").split(b",")
        ):
            word = cell.strip(b' "\r')
            if not word.isascii() and len(word) < _LONGEST_WORD and word not in seen:
                seen.add(word)
                yield word


def _makes_sense(text: str) -> bool:
    """Say whether a text could be one of people: letters of one script in each word, and no odd signs."""
    for word in text.split():
        scripts = {unicodedata.name(sign, "?").split()[0] for sign in word if sign.isalpha()}
        if len(scripts) > 1 and not scripts <= {
            "CJK",
            "HIRAGANA",
            "KATAKANA",
            "KATAKANA-HIRAGANA",
            "FULLWIDTH",
            "LATIN",
        }:
            return False
        if any(not sign.isascii() and not _is_usual(sign) for sign in word):
            return False
        if any(one.islower() and other.isupper() and not other.isascii() for one, other in pairwise(word)):
            return False
    return True


def _is_usual(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category in ("Ll", "Lu", "Lo", "Lm", "Sc", "Pd", "Pi", "Pf", "Ps", "Pe") and not "\uff61" <= sign <= "\uff9f"
