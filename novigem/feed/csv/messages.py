"""Findings about a mapping in plain words, each with its line and a guess at what was meant."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from novigem.feed.csv.document import MappingText, Place
from novigem.model.guesses import closest

_PLAIN = {
    "missing": "missing",
    "string_type": "must be a text; put it in quotes",
    "bool_type": "must be true or false",
    "dict_type": "must hold keys and values",
    "tuple_type": "must be a list, each entry behind a dash",
    "model_type": "must be the name of a column, or hold keys such as column and value",
}


def messages(error: ValidationError, document: MappingText, model: type[BaseModel]) -> list[tuple[int, str]]:
    """Give every finding as a line number and a text, in the order of the file."""
    keys = sorted(_known_keys(model))
    found: dict[tuple[int, str], None] = {}
    for detail in error.errors():
        place = _place(detail["loc"], document)
        found[document.line(place), f"{_dotted(place)}: {_plain(detail, keys)}"] = None
    return sorted(found)


def or_meant(word: str, known: list[str]) -> str:
    """Give a guess as the end of a sentence, or an empty text."""
    meant = closest(word, known)
    return f"; did you mean `{meant}`?" if meant else ""


def _plain(detail: ErrorDetails, keys: list[str]) -> str:
    kind = detail["type"]
    if kind == "extra_forbidden":
        word = str(detail["loc"][-1])
        return f"there is no such key{or_meant(word, keys)}"
    if kind == "string_pattern_mismatch":
        return f"`{str(detail['input'])[:60]}` does not have the right form"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    message = _PLAIN.get(kind, detail["msg"])
    return message[:1].lower() + message[1:]


def _place(loc: Place, document: MappingText) -> Place:
    """Drop what pydantic adds to a place: the name of a union's branch, the mark of a key."""
    kept: Place = ()
    for part in loc:
        # A value may stand for a list of one, which has no places of its own.
        if (*kept, part) in document.lines or (part == loc[-1] and not isinstance(part, int)):
            kept = (*kept, part)
    ends = ("[key]", "str", "int", "float", "bool")
    return kept[:-1] if kept and kept[-1] in ends and kept not in document.lines else kept


def _dotted(place: Place) -> str:
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".") or "the file"


def _known_keys(model: type[BaseModel]) -> Iterator[str]:
    """Give the keys of a model and of every model inside it."""
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from _known_keys(inner)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
