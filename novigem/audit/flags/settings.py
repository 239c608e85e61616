"""Every threshold of the detectors, with its default, and how a person types one."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from novigem.errors import InputError
from novigem.model.guesses import advise

_MOST: Final = 1_000_000


@dataclass(frozen=True)
class FlagSettings:
    """When a detector speaks. The defaults are those whose false alarms docs/explanation/gaming.md states.

    Where a name says awards, rule matches are counted: what was done, whether or not a limit left anything to be paid.

    `bulk_awards` of one person within `bulk_seconds`. `instant_awards` of one day, and `instant_share` of the person's
    rule matches of that day, for records completed within `instant_seconds` of being created. `empty_awards` and
    `empty_share` of somebody's tasks without a text. `toggle_times` that one record was completed and opened
    again. `split_records` on one account within `split_minutes`, their middle amount below `split_share` of the usual
    one. `spike_awards` on the last working day of a window, after at least `spike_days` working days.
    `software_awards` and `software_share` of somebody's rule matches that software did. `alarm_chance` is how likely
    chance alone may make a detector that compares flag anybody, over all people and windows looked at together.
    """

    bulk_awards: int = 8
    bulk_seconds: int = 60
    instant_awards: int = 4
    instant_seconds: int = 15
    instant_share: float = 0.5
    empty_awards: int = 5
    empty_share: float = 0.5
    toggle_times: int = 3
    split_records: int = 5
    split_minutes: int = 60
    split_share: float = 0.6
    spike_awards: int = 8
    spike_days: int = 10
    software_awards: int = 5
    software_share: float = 0.35
    alarm_chance: float = 0.01

    def __post_init__(self) -> None:
        """Refuse what no detector can work with."""
        for one in fields(self):
            value = getattr(self, one.name)
            is_share = isinstance(one.default, float)
            if not (0 < value <= 1 if is_share else 1 <= value <= _MOST):
                wanted = "a share above 0, at most 1" if is_share else f"a whole number from 1 to {_MOST:,}"
                raise InputError(f"{one.name} is {value}", hint=f"give {wanted}")


def read_thresholds(given: Sequence[str]) -> FlagSettings:
    """Give the settings with some of them as typed: `bulk_awards=12`. Raises InputError for anything else."""
    kinds = {one.name: int if isinstance(one.default, int) else float for one in fields(FlagSettings)}
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"{text!r} is not a threshold", hint="write NAME=VALUE, such as bulk_awards=12")
        if name not in kinds:
            raise InputError(f"there is no threshold {name!r}", hint=advise(name, kinds))
        try:
            values[name] = kinds[name](value)
        except ValueError as error:
            wanted = "a whole number" if kinds[name] is int else "a share such as 0.25"
            raise InputError(f"{name} is {value!r}", hint=f"give {wanted}") from error
    return FlagSettings(**values)
