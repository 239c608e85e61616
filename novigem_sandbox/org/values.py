"""Values as records hold them: exactly what Salesforce's JSON shows, money as Decimal."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from novigem.model.ids import whole_id
from novigem_sandbox.org.clock import stamp_text
from novigem_sandbox.org.errors import Refusal
from novigem_sandbox.org.schema import Field

_NUMBERS = ("currency", "percent", "double")


def stored(field: Field, value: Any) -> Any:
    """Give a value in the form in which records hold it; dates and moments may also be Python's.

    Empty texts become null, as in Salesforce. Raises Refusal for a value that the field cannot hold.
    """
    if value is None or (isinstance(value, str) and not value):
        return None
    convert = converter(field)
    return value if convert is None else convert(value)


def converter(field: Field) -> Callable[[Any], Any] | None:
    """Give the function that brings a value that is not null into its stored form; None where it stays as it is."""
    make = _CONVERTERS.get(field.type)
    return None if make is None else make(field)


def _number(field: Field) -> Callable[[Any], Any]:
    # Salesforce writes at least one decimal, also where the scale is none.
    least, most = Decimal("0.1"), Decimal(1).scaleb(-max(field.scale, 1))

    def convert(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            raise _unfit(field, value)
        if isinstance(value, int):
            return Decimal(f"{value}.0")
        try:
            number = value if type(value) is Decimal else Decimal(str(value))
            number = number.quantize(most).normalize()
            exponent = number.as_tuple().exponent
        except InvalidOperation as error:
            raise _unfit(field, value) from error
        if not isinstance(exponent, int):
            raise _unfit(field, value)
        return number.quantize(least) if exponent > -1 else number

    return convert


def _whole(field: Field) -> Callable[[Any], Any]:
    def convert(value: Any) -> int:
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise _unfit(field, value) from error
        if isinstance(value, bool) or not number.is_finite() or number != int(number):
            raise _unfit(field, value)
        return int(number)

    return convert


def _boolean(field: Field) -> Callable[[Any], Any]:
    known = {"true": True, "false": False, "True": True, "False": False}

    def convert(value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in known:
            return known[value]
        raise _unfit(field, value)

    return convert


def _day(field: Field) -> Callable[[Any], Any]:
    def convert(value: Any) -> str:
        if isinstance(value, datetime):
            return value.astimezone(UTC).date().isoformat()
        if isinstance(value, date):
            return value.isoformat()
        try:
            return _day_text(str(value)[:10])
        except ValueError as error:
            raise _unfit(field, value) from error

    return convert


@lru_cache(maxsize=4096)
def _day_text(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _moment(field: Field) -> Callable[[Any], Any]:
    def convert(value: Any) -> str:
        try:
            return _moment_text(value)
        except (ValueError, TypeError) as error:
            raise _unfit(field, value) from error

    return convert


@lru_cache(maxsize=65_536)
def _moment_text(value: Any) -> str:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return stamp_text(moment)


def _id(field: Field) -> Callable[[Any], Any]:
    def convert(value: Any) -> str:
        try:
            return whole_id(value)
        except (ValueError, TypeError, AttributeError) as error:
            message = f"{field.label}: id value of incorrect type: {value}"
            raise Refusal("MALFORMED_ID", message, fields=(field.name,)) from error

    return convert


def _text(field: Field) -> Callable[[Any], Any]:
    def convert(value: Any) -> str:
        text = value if isinstance(value, str) else str(value)
        if 0 < field.length < len(text):
            message = f"{field.label}: data value too large: {text[:80]} (max length={field.length})"
            raise Refusal("STRING_TOO_LONG", message, fields=(field.name,))
        return text

    return convert


def _choice(field: Field) -> Callable[[Any], Any]:
    fit = _text(field)

    def convert(value: Any) -> str:
        text: str = fit(value)
        if field.restricted and field.values and text not in field.values:
            message = f"{field.label}: bad value for restricted picklist field: {text}"
            raise Refusal("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=(field.name,))
        return text

    return convert


def _unfit(field: Field, value: object) -> Refusal:
    message = f"{field.label}: value not of required type: {str(value)[:80]}"
    return Refusal("INVALID_TYPE_ON_FIELD_IN_RECORD", message, fields=(field.name,))


_CONVERTERS: dict[str, Callable[[Field], Callable[[Any], Any]]] = {
    **dict.fromkeys(_NUMBERS, _number),
    "int": _whole,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
    "id": _id,
    "reference": _id,
    "picklist": _choice,
    **dict.fromkeys(("string", "textarea", "email", "phone", "url", "combobox"), _text),
}
