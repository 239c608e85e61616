"""Signs in a program file that are not what they seem: those that cannot be seen, and those that look like others.

In keys, ids and addresses they are errors; in what records are compared with they are advice, since the data of an org
may have them. Whoever means one writes it as an escape between double quotes, where everybody sees it.
"""

from collections.abc import Iterator
from typing import Any, Final

from novigem.model.signs import Sign, as_meant, doubtful_sign, is_in_curly_quotes, misleading_sign, wrong_sign
from novigem.program import scalars
from novigem.program.document import Document, Path, Spot
from novigem.program.words import quoted

_FREE: Final = frozenset({"name", "description"})
_PEOPLE: Final = frozenset({"users", "exclude", "manager", "user", "members"})
# A blank at the end of a part of a text may be meant.
_WHOLE: Final = frozenset({"equals", "notEquals", "in", "notIn", "changedFrom", "changedTo"})
_TYPE_IT = "delete the sign, or type it all anew"


def look_at_signs(document: Document) -> None:
    """Note each sign of a file that is not what it seems, with its place. At most one for each key and value."""
    for path, value in _walk(document.data, ()):
        if path and isinstance(path[-1], str):
            _look_at_key(document, path, path[-1])
        if isinstance(value, str):
            _look_at_value(document, path, value)


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield every value with its path. Nesting is limited where the file is read."""
    yield path, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield from _walk(one, (*path, step))


def _look_at_key(document: Document, path: Path, key: str) -> None:
    sign = wrong_sign(key)
    if sign is None:
        return
    hint = f"write `{as_meant(key)}`: {_TYPE_IT}" if as_meant(key).isascii() else _TYPE_IT
    _refuse(document, document.spot(path, key=True), key, sign, "key", hint)
    # What the file lacks, and what is unknown in it, would be echoes.
    document.spoilt.add(path)
    document.partial.add(path[:-1])


def _look_at_value(document: Document, path: Path, text: str) -> None:
    words = [step for step in path if isinstance(step, str)]
    key = words[-1] if words else ""
    in_conditions = len(words) > 2 and words[:2] == ["rules", "when"]  # noqa: PLR2004 - a field and an operator follow
    if in_conditions or key == "role":
        _look_at_compared(document, path, text, is_whole=not in_conditions or key in _WHOLE)
    elif key in _FREE:
        _look_at_words(document, path, text)
    else:
        _look_at_plain(document, path, text, "address" if key in _PEOPLE else f"value of `{key}`")


def _look_at_compared(document: Document, path: Path, text: str, *, is_whole: bool) -> None:
    """Look at what records are compared with: a value of a condition, or the name of a role."""
    spot = document.spot(path)
    meant = as_meant(text)
    if not _is_quoted(document, spot):
        if is_in_curly_quotes(text):
            message = f"the quotes around {meant} are {Sign(0, text[0]).told}: YAML takes them for a part of the value"
            hint = f"write \"{meant}\"; if they do belong to it, put plain quotes around the whole: '{text}'"
            document.add("NV115", spot, message, hint)
            return
        if _is_no_text(text, meant):
            sign = wrong_sign(text) or Sign(0, text[0])
            _refuse(document, spot, text, sign, "value", f"write {meant}; in quotes if it is text")
            document.spoilt.add(path)
            return
    doubt = doubtful_sign(text)
    place = None if doubt is None else _place(document, spot, doubt)
    if doubt is not None and place is not None:
        code, what = ("NV918", "cannot be seen") if doubt.is_hidden else ("NV919", "looks like another sign")
        escape = f'"{text[: doubt.at]}\\u{ord(doubt.sign):04X}{text[doubt.at + 1 :]}"'
        hint = f'write "{meant}"' + (f"; if the data has it, write {escape[:80]}" if ord(doubt.sign) <= 0xFFFF else "")  # noqa: PLR2004 - the reach of \\u
        document.add(code, place, f"{doubt.told}, which {what}, stands in this value", hint)
    elif is_whole and text != text.strip(" ") and text.strip(" ") and "\n" not in text:
        at = "begins" if text[0] == " " else "ends"
        message = f"the value {at} with a space, and Salesforce keeps no text that does"
        document.add("NV918", spot, message, f'write "{text.strip(" ")}"')


def _look_at_words(document: Document, path: Path, text: str) -> None:
    """Look at what people read: every sign of their language may stand in it."""
    sign = misleading_sign(text)
    place = None if sign is None else _place(document, document.spot(path), sign)
    if sign is not None and place is not None:
        message = f"{sign.told}, which cannot be seen, lets this text be read otherwise than it is written"
        document.add("NV918", place, message, "delete it")


def _look_at_plain(document: Document, path: Path, text: str, what: str) -> None:
    """Look at an id, an address, a date, a choice: only plain words can be meant."""
    spot = document.spot(path)
    sign = wrong_sign(text)
    if sign is None and what == "address" and text != text.strip() and text.strip():
        sign = Sign(0 if text[0].isspace() else len(text) - 1, " ")
    if sign is None:
        return
    hint = f"write {as_meant(text)}: {_TYPE_IT}" if wrong_sign(as_meant(text)) is None else _TYPE_IT
    _refuse(document, spot, text, sign, what, hint)
    document.spoilt.add(path)


def _refuse(document: Document, spot: Spot, text: str, sign: Sign, what: str, hint: str) -> None:  # noqa: PLR0917
    code, told = ("NV113", "cannot be seen") if sign.is_hidden or sign.sign == " " else ("NV114", "looks like another")
    place = _place(document, spot, sign) or spot
    document.add(code, place, f"{sign.told}, which {told}, stands in the {what} {quoted(text)}", hint)


def _is_quoted(document: Document, spot: Spot) -> bool:
    return document.lines[spot.line - 1][spot.column - 1 : spot.column] in {'"', "'", "|", ">"}


def _is_no_text(text: str, meant: str) -> bool:
    """Whether a word without quotes would be a number, a date or a truth, if its signs were plain."""
    return not text.isascii() and meant != text and not isinstance(scalars.resolve(meant).value, str)


def _place(document: Document, spot: Spot, sign: Sign) -> Spot | None:
    """Give where a sign of a value stands in the file; None where it is written as an escape, and so seen."""
    line = document.lines[spot.line - 1]
    end = spot.column - 1 + spot.length if spot.length > 1 else len(line)
    at = line.find(sign.sign, spot.column - 1, end)
    if at >= 0:
        return Spot(spot.line, at + 1)
    below = ((number, row.find(sign.sign)) for number, row in enumerate(document.lines[spot.line :], spot.line + 1))
    return next((Spot(number, at + 1) for number, at in below if at >= 0), None) if spot.length == 1 else None
