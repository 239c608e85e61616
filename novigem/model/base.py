"""What every part of a program file is made of: the base of its models, ids and titles."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9_-]*$",
        max_length=64,
        description="lower-case letters, digits, hyphens and underscores",
    ),
]
#: The id that a part of a program had before, so that it goes on being the same.
Was = Annotated[Identifier | None, Field(description="the id it had in an earlier version, so that nothing pays again")]
Title = Annotated[str, Field(min_length=1, max_length=200)]


def as_tuple(value: Any) -> Any:
    """Give a list of YAML as the tuple that a frozen model holds."""
    return tuple(value) if isinstance(value, list) else value


def one_or_many(value: Any) -> Any:
    """Give one text as a tuple of it, and a list as a tuple."""
    return (value,) if isinstance(value, str) else as_tuple(value)


class Model(BaseModel):
    """Base of every part of a program: frozen, strict, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)
