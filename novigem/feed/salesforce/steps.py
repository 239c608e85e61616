"""What is known of a record at each step between two ends, where only some of its fields leave rows of history.

Comes in: the values at the ends and the steps that rows tell of. Goes out: per step the values after it, the values
before of what moved, and the fields of which neither is known. Pure. A field is known at a step where

* rows tell of it: each row has the value before and after;
* it has no rows and the same value at both ends: what looks the same at two looks is taken not to have moved, here as
  between two polls;
* it follows from fields with rows alone (`IsWon` from `StageName`), and those stand as they do at an end, or the org
  says what each of their values means;
* it is a parent's, and the record has the parent that it has at an end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from novigem.feed.derived import Derived, derived_of
from novigem.feed.salesforce.schema import ObjectSchema, WatchedField

Values = Mapping[str, Any]


class _Unknown:
    def __repr__(self) -> str:
        return "unknown"


_UNKNOWN = _Unknown()


class Step(NamedTuple):
    """What one person did at one moment: per field the value before and after.

    `mute` are fields that moved too, but of which history keeps no values (long texts).
    """

    at: int
    by: str | None
    edits: dict[str, tuple[Any, Any]]
    mute: set[str]


class Known(NamedTuple):
    """What is known of a step: the values after it, those before of what moved, and the fields that may have moved."""

    new: dict[str, Any]
    old: dict[str, Any]
    unknown_old: tuple[str, ...]

    @property
    def is_seen(self) -> bool:
        """Tell whether anything that is watched moved, or may have."""
        return bool(self.old or self.unknown_old)


def in_order(steps: Sequence[Step], begin: Values) -> list[Step]:
    """Put the steps of one second so that each begins where the one before ended; history orders them by chance."""
    now, ordered, waiting = dict(begin), [], list(steps)
    while waiting:
        at = waiting[0].at
        same = list(takewhile(lambda step: step.at == at, waiting))  # noqa: B023 - used up before `at` moves on
        fitting = [one for one in same if all(now.get(path, old) == old for path, (old, _) in one.edits.items())]
        leading = [one for one in fitting if not any(_follows(one, other) for other in same)]
        chosen = (leading or fitting or same)[0]
        waiting.remove(chosen)
        ordered.append(chosen)
        now |= {path: new for path, (_, new) in chosen.edits.items()}
    return ordered


def leads(begin: Values, steps: Sequence[Step], end: Values) -> bool:
    """Tell whether each step begins where the one before ended, and the fields with rows end as the record has them.

    A field that nobody watches (`StageName`, where `IsWon` is) is only held against its own rows.
    """
    now = dict(begin)
    for step in steps:
        if any(now.get(path, old) != old for path, (old, _) in step.edits.items()):
            return False
        now |= {path: new for path, (_, new) in step.edits.items()}
    return all(now[path] == end[path] for step in steps for path in step.edits if path in end)


def before_all(steps: Sequence[Step], end: Values) -> dict[str, Any]:
    """Give the values before some steps, found by going back from the end; a field without rows as it is at the end."""
    values = dict(end)
    for step in reversed(steps):
        values |= {path: old for path, (old, _) in step.edits.items() if path in end}
    return values


class Between:
    """The states of one record: number 0 before the first step, and one after each.

    `begin` are the values before, `end` those of the record as it is. `begin` is None for a record that was made
    since we last looked: then only `end` was ever seen. `is_whole` says that the last step is the record's last edit,
    so that the state after it is `end` itself. `define` gives what the org says of a field that follows from another.
    """

    def __init__(
        self,
        schema: ObjectSchema,
        begin: Values | None,
        end: Values,
        steps: Sequence[Step],
        *,
        is_whole: bool,
        define: Callable[[str, Any], Values],
    ) -> None:
        self._schema = schema
        self._define = define
        self._begin, self._end, self._steps, self._is_whole = begin, end, steps, is_whole
        self._mute = {path for step in steps for path in step.mute}
        self._rows = _by_rows(steps, self._mute)
        moving = self._mute.union(*(rows for rows in self._rows))
        self._derived = {
            path: one for path, one in derived_of(schema.object).items() if not moving.isdisjoint(one.drivers)
        }

    @property
    def first(self) -> dict[str, Any]:
        """The values before the first step, as far as they are known."""
        return self._state(0)

    @property
    def unmoved(self) -> dict[str, Any]:
        """The values at the end of the fields that no row tells of, and that follow from none that one tells of."""
        fields = [field for field in self._schema.fields if not self._has_rows(field.lookup or field.path)]
        return {field.path: self._end[field.path] for field in fields if field.path not in self._derived}

    def told(self) -> Iterator[tuple[Step, Known]]:
        """Yield the steps, each with what is known of it."""
        before = self._state(0)
        for number, step in enumerate(self._steps, start=1):
            after = self._state(number)
            yield step, self._known(before, after, step)
            before = after

    def rest(self) -> Known:
        """Give what is known of the record's last edit where no row tells of it: what moved, or may have, without."""
        end = dict(self._end)
        if self._is_whole:
            return Known(end, {}, ())
        # That it happened is sure, and which fields differ since our copy; so it is told as a poll tells it.
        paths = [field.path for field in self._schema.fields if field.is_compared and not self._has_rows(field.path)]
        plain = [path for path in paths if path not in self._derived]
        begin = self._begin
        if begin is None:
            return Known(end, {}, tuple(path for path in paths if not self._is_exact(path)))
        old = {path: begin[path] for path in plain if begin[path] != end[path]}
        return Known(end, old, tuple(path for path in paths if path in self._derived and not self._is_exact(path)))

    def _known(self, before: Values, after: dict[str, Any], step: Step) -> Known:
        old: dict[str, Any] = {}
        unknown: list[str] = []
        for field in self._schema.fields:
            path = field.path
            if not self._may_move(field, before, after, step):
                continue
            if path not in before or path not in after:
                unknown.append(path)
            elif before[path] != after[path]:
                old[path] = before[path]
        return Known(after, old, tuple(unknown))

    def _may_move(self, field: WatchedField, before: Values, after: Values, step: Step) -> bool:
        """Tell whether a field may have moved in a step: a parent's, only where the record got another parent."""
        if field.lookup is not None:
            at_lookup = before.get(field.lookup, _UNKNOWN), after.get(field.lookup, _UNKNOWN)
            return _UNKNOWN in at_lookup or at_lookup[0] != at_lookup[1]
        if not field.is_compared:
            return False
        if self._has_rows(field.path):
            return field.path in step.edits or field.path in step.mute
        return not self._is_exact(field.path) or any(
            one in step.edits or one in step.mute for one in self._derived[field.path].drivers
        )

    def _has_rows(self, path: str) -> bool:
        return path in self._rows[0] or path in self._mute

    def _is_exact(self, path: str) -> bool:
        return path in self._derived and self._derived[path].is_exact

    def _state(self, number: int) -> dict[str, Any]:
        if number == 0 and self._begin is not None:
            return dict(self._begin)
        if number == len(self._steps) and self._is_whole:
            return dict(self._end)
        found = ((field.path, self._value(field, number)) for field in self._schema.fields)
        return {path: value for path, value in found if value is not _UNKNOWN}

    def _value(self, field: WatchedField, number: int) -> Any:
        lookup, derived = field.lookup, self._derived.get(field.path)
        if lookup is not None:
            return self._as_at_an_end(field.path, number, lambda state: (self._plain(lookup, state),))
        if derived is not None and field.path not in self._rows[0]:
            return self._derived_value(field.path, derived, number)
        return self._plain(field.path, number)

    def _plain(self, path: str, number: int) -> Any:
        """Give the value of a field that nothing else moves."""
        if path in self._mute:
            return _UNKNOWN
        if path in self._rows[number]:
            return self._rows[number][path]
        value = self._end.get(path)
        return value if self._begin is None or self._begin.get(path) == value else _UNKNOWN

    def _derived_value(self, path: str, derived: Derived, number: int) -> Any:
        if not derived.is_exact:
            return _UNKNOWN

        def key(state: int) -> tuple[Any, ...]:
            return tuple(self._plain(driver, state) for driver in derived.drivers)

        found = self._as_at_an_end(path, number, key)
        if found is not _UNKNOWN or derived.defined_in is None:
            return found
        return self._define(path, key(number)[0]).get(path, _UNKNOWN)

    def _as_at_an_end(self, path: str, number: int, key: Callable[[int], tuple[Any, ...]]) -> Any:
        """Give the value that goes with a key, where an end of the way has that key too; the ends may disagree."""
        here = key(number)
        ends = [(0, self._begin), (len(self._steps), self._end)]
        found = [values[path] for state, values in ends if values is not None and key(state) == here]
        is_sure = bool(found) and _UNKNOWN not in here and all(one == found[0] for one in found)
        return found[0] if is_sure else _UNKNOWN


def _by_rows(steps: Sequence[Step], mute: set[str]) -> list[dict[str, Any]]:
    """Give, for each state, the values of the fields that rows tell of."""
    rows: dict[str, Any] = {}
    for step in reversed(steps):
        rows |= {path: old for path, (old, _) in step.edits.items()}
    states = [rows]
    for step in steps:
        rows = rows | {path: new for path, (_, new) in step.edits.items()}
        states.append(rows)
    return [{path: value for path, value in state.items() if path not in mute} for state in states]


def _follows(step: Step, other: Step) -> bool:
    """Tell whether a step moves a field from the value that the other one gave it."""
    return step is not other and any(
        path in other.edits and other.edits[path][1] == old for path, (old, _) in step.edits.items()
    )
