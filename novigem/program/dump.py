"""A program to canonical YAML that a person likes to read, and that loads to the same program."""

import math
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

from pydantic import BaseModel

from novigem.errors import InputError
from novigem.model.program import AnyOf, Operators, Program
from novigem.program.scalars import LONGEST_FLOAT, LONGEST_NUMBER, needs_quotes

_PLAIN_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$(/.<=+")
_PLAIN_REST: Final = _PLAIN_FIRST | frozenset(" -'\"@%&*!|>?^~;\\")
_ESCAPES: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
# The default of a field that has none.
_REQUIRED: Final = object()
WIDTH: Final = 100


def dump_program(program: Program) -> str:
    """Give canonical YAML: keys in the order of the reference, defaults left out, text quoted where YAML needs it.

    `load_program_text(dump_program(program)) == program`. Raises InputError for a value that no file can hold.
    """
    lines: list[str] = []
    for key, value in plain(program).items():
        if lines and isinstance(value, list):
            lines.append("")
        lines += _entry(key, value, 0)
    return "\n".join(lines) + "\n"


def dump_part(key: str, value: Any) -> str:
    """Give one key of a program file with its value, as `dump_program` writes it."""
    return "\n".join(_entry(key, plain(value), 0)) + "\n"


def value_text(value: Any) -> str:
    """Give a value of a program as a file has it on one line."""
    return _flow(plain(value))


def plain(value: Any) -> Any:
    """Give models as mappings of what differs from the defaults, in the order of the model."""
    if isinstance(value, Operators):
        return {name: plain(one) for name, one in value.given()}
    if isinstance(value, AnyOf):
        return {"any": plain(value.any)}
    if isinstance(value, BaseModel):
        return {
            key: plain(one)
            for name, key, default in _fields(type(value))
            if (one := getattr(value, name)) != default or default is _REQUIRED
        }
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


@cache
def _fields(model: type[BaseModel]) -> tuple[tuple[str, str, Any], ...]:
    """Give name, key and default of each field: pydantic copies a default each time it is asked for one."""
    return tuple(
        (name, one.alias or name, _REQUIRED if one.is_required() else one.get_default(call_default_factory=True))
        for name, one in model.model_fields.items()
    )


def _entry(key: str, value: Any, indent: int) -> Iterator[str]:
    """Write `key: value`, on one line where it fits."""
    space = " " * indent
    literal = _literal(value, indent + 2) if isinstance(value, str) else None
    if literal is not None:
        yield f"{space}{_text(key)}: {literal[0]}"
        yield from literal[1:]
    elif _is_leaf(value) and len(flow := _flow(value)) + len(key) + indent < WIDTH:
        yield f"{space}{_text(key)}: {flow}"
    elif isinstance(value, dict) and value:
        yield f"{space}{_text(key)}:"
        for name, one in value.items():
            yield from _entry(name, one, indent + 2)
    elif isinstance(value, list) and value:
        yield f"{space}{_text(key)}:"
        yield from _items(value, indent + 2)
    else:
        yield f"{space}{_text(key)}: {_flow(value)}"


def _items(values: list[Any], indent: int) -> Iterator[str]:
    space = " " * indent
    for value in values:
        if (
            isinstance(value, dict)
            and value
            and ("id" in value or not _is_leaf(value) or len(_flow(value)) + indent >= WIDTH)
        ):
            rows = [row for name, one in value.items() for row in _entry(name, one, indent + 2)]
            yield f"{space}- {rows[0].lstrip()}"
            yield from rows[1:]
        elif isinstance(value, list) and value and not _is_leaf(value):
            rows = list(_items(value, indent + 2))
            yield f"{space}- {rows[0].lstrip()}"
            yield from rows[1:]
        else:
            yield f"{space}- {_flow(value)}"


def _is_leaf(value: Any) -> bool:
    """Whether a value reads well on one line: a scalar, or a short collection of scalars."""
    if isinstance(value, dict):
        return all(not isinstance(one, dict) and _is_leaf(one) for one in value.values())
    return not isinstance(value, list) or not any(isinstance(one, (dict, list)) for one in value)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return _number(value)
    raise InputError(f"a program file cannot hold {type(value).__name__} values")


def _number(value: float) -> str:
    if isinstance(value, int):
        if len(str(abs(value))) >= LONGEST_NUMBER:
            raise InputError(f"a program file cannot hold a number of more than {LONGEST_NUMBER - 1} digits")
        return str(value)
    if not math.isfinite(value):
        raise InputError(f"a program file cannot hold {value}")
    digits = format(Decimal(repr(value)), "f")
    if len(digits) > LONGEST_FLOAT:
        raise InputError(f"a program file cannot hold {value}: too many digits")
    return digits if "." in digits else f"{digits}.0"


@lru_cache(maxsize=1024)  # the same keys and ids stand in a program again and again
def _text(text: str) -> str:
    plain = (
        text[:1] in _PLAIN_FIRST and _PLAIN_REST.issuperset(text) and not text.endswith(" ") and not needs_quotes(text)
    )
    return text if plain else '"' + "".join(_escape(one) for one in text) + '"'


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable() and character not in "\x85\ufeff":
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:  # noqa: PLR2004 - the surrogates, which are not characters
        raise InputError("a program file cannot hold half of a surrogate pair")
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - widths of YAML's escapes


def _literal(text: str, indent: int) -> list[str] | None:
    """Give a text of several lines as a block, or None where a block would not keep it as it is."""
    body = text.removesuffix("\n")
    rows = body.split("\n")
    plain = all(row == row.rstrip() and row.isprintable() for row in rows)
    if len(rows) == 1 or not plain or not rows[0] or rows[0][0] == " " or not rows[-1]:
        return None
    space = " " * indent
    return ["|" if text.endswith("\n") else "|-", *(space + row if row else "" for row in rows)]
