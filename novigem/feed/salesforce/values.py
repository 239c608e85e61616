"""What a value of the API means: one typed form, whether it came as JSON or as a cell of a bulk job.

REST writes `12.0`, `null` and `2024-05-01T12:00:00.000+0000` where a bulk job writes `12`, nothing and
`2024-05-01T12:00:00.000Z`. Compared as they come, they would be changes that nobody made.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from novigem.model.change import to_micros
from novigem.model.ids import whole_id

Converter = Callable[[Any], Any]


def converter(field: Mapping[str, Any]) -> Converter | None:
    """Give what turns a value of a described field into its one form; None where every text is its own form.

    A converter takes a text, number or boolean (never None or an empty text) and raises ValueError for what cannot be
    a value of the field.
    """
    if field["type"] in {"double", "currency", "percent"}:
        return _number(int(field.get("scale") or 0))
    return _CONVERTERS.get(field["type"])


def micros(text: str) -> int:
    """Give a datetime of the API in microseconds since 1970 UTC.

    Takes both forms: `…07.000+0000` of REST and `…07.000Z` of bulk jobs. Raises ValueError. Not kept by text, as
    `moment_text` is: nearly every record has moments of its own, and looking in vain costs more than reading them.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return to_micros(moment)


@lru_cache(maxsize=20_000)
def moment_text(value: Any) -> str:
    """Give the one text of a datetime: UTC, with milliseconds only where there are any. Raises ValueError."""
    moment = datetime.fromisoformat(value).astimezone(UTC)
    if moment.microsecond:
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in {"true", "false"}:
        return bool(value == "true")
    raise ValueError(f"{value!r} is neither true nor false")


def _whole(value: Any) -> int:
    number = float(value)
    if number != int(number):
        raise ValueError(f"{value!r} is no whole number")
    return int(number)


def _number(scale: int) -> Converter:
    """Round to the field's own decimals: both ways of writing a number then give the same one.

    A JSON number is a double, exact to 15 digits; money beyond that would differ in its last cent.
    """
    if scale == 0:
        # Percentages and counts without decimals read better as whole numbers, and equal them.
        return lambda value: round(float(value))
    return lambda value: round(float(value), scale)


def _id(value: Any) -> str:
    # Nearly all of them: two calls less for each of some ids in every row.
    if value.__class__ is str and len(value) == 18 and value.isalnum() and value.isascii():  # noqa: PLR2004 - as in `whole_id`
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no id")  # noqa: TRY004 - whoever converts catches one kind of error
    return whole_id(value)


def _date(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 10:  # noqa: PLR2004 - YYYY-MM-DD
        raise ValueError(f"{value!r} is no date")
    return value


_CONVERTERS: Mapping[str, Converter] = {
    "boolean": _boolean,
    "int": _whole,
    "long": _whole,
    "datetime": moment_text,
    "date": _date,
    "id": _id,
    "reference": _id,
}
