"""Records as they stood: the change log, read once as a stream, with the state of each record before every change.

What is kept is one small tuple a record, whatever number of changes there is. Comes in: a store, and which fields of
which objects are asked for. Goes out: each change with the record as it stood before and after it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from itertools import groupby
from typing import Any, Protocol

import msgspec

from novigem.ledger.store import LoggedChange, Store
from novigem.model.change import KIND_ORDER, Change, from_micros
from novigem.model.program import Condition, Program
from novigem.model.snapshot import Stream
from novigem.rules.interpret import all_of, any_of
from novigem.rules.operators import MISSING, FieldState, Operator, Registry

_LONGEST_SHARED = 64
_MOST_SHARED = 100_000
_FEEDS = "salesforce/"


class Track:
    """One record: its values as they stand, and since when it is known.

    `created` is the moment of its creation, None where it was there before the log tells of it. `as_first_seen` marks
    one that was edited before anybody looked. `gone` says that it was deleted or merged away.
    """

    __slots__ = ("as_first_seen", "created", "gone", "id", "notes", "object", "values")

    def __init__(self, name: str, record: str, values: tuple[Any, ...], created: int | None) -> None:
        self.object = name
        self.id = record
        self.values = values
        self.created = created
        self.gone = False
        self.as_first_seen = False
        #: What counters keep of it, by their number.
        self.notes: dict[int, Any] | None = None


class Counter(Protocol):
    """Counts something of the records of some objects."""

    def pass_to(self, track: Track, at: int) -> None:
        """Judge what lay before a moment, up to which the record stands as it is."""

    def note(self, track: Track, change: Change, at: int, before: tuple[Any, ...] | None) -> None:
        """Note a change; the record stands after it, `before` is how it stood (None: it was not there)."""


class Fields:
    """The fields of one object that somebody asks for, each at its place in a state."""

    def __init__(self, names: Sequence[str], name: str, program: Program, registry: Registry) -> None:
        self.object = name
        self.names = tuple(names)
        self._place = {name: place for place, name in enumerate(names)}
        self._zone = program.zone
        self._registry = registry

    def value(self, values: tuple[Any, ...], field: str) -> Any:
        """Give what a record holds in a field; MISSING where nobody told."""
        return values[self._place[field]]

    def test(self, groups: Sequence[Sequence[Condition]]) -> Callable[[tuple[Any, ...], int], bool | None]:
        """Give the function that tells whether a state meets conditions at a moment; None for unknown."""
        asked = [[(self._place[one.field], self._operator(one), one.value) for one in group] for group in groups]
        zone = self._zone

        def holds(values: tuple[Any, ...], at: int) -> bool | None:
            moment = from_micros(at).astimezone(UTC)
            found = [
                all_of(
                    [test(FieldState(values[place], MISSING, None, moment, zone), value) for place, test, value in one]
                )
                for one in asked
            ]
            return any_of(found) if found else True

        return holds

    def _operator(self, condition: Condition) -> Callable[[FieldState, Any], bool | None]:
        operator: Operator | None = self._registry.operator(condition.operator)
        if operator is None:
            raise KeyError(condition.operator)  # the loader refuses unknown operators, so this is a bug of ours
        return operator.test

    def after(self, values: tuple[Any, ...], told: Mapping[str, Any]) -> tuple[Any, ...]:
        """Give a state with what a change tells."""
        return tuple(told.get(name, value) for name, value in zip(self.names, values, strict=True))

    def told(self, told: Mapping[str, Any]) -> tuple[Any, ...]:
        """Give a state of which nothing is known but what is told."""
        return tuple(told.get(name, MISSING) for name in self.names)


def state_before(fields: Fields, change: Change) -> tuple[Any, ...]:
    """Give how a record stood before an edit, as far as the edit itself tells."""
    if change.old is None:
        return fields.told({})
    unknown = change.unknown_old
    same = {name: value for name, value in change.new.items() if name not in unknown}
    return fields.told(same | change.old)


class Log:
    """The change log of a store, with what is known of when it begins and how far it has been read."""

    def __init__(self, store: Store, fields: Mapping[str, Fields], until: int) -> None:
        self._store = store
        self._fields = fields
        self._until = until
        self._texts: dict[str, str] = {}
        self.tracks: dict[str, dict[str, Track]] = {name: {} for name in fields}
        #: The first moment of which the log tells of an object.
        self.since: dict[str, int] = {}
        self.last: int | None = None
        self.covered = 0
        self._look_at_feeds()

    def _look_at_feeds(self) -> None:
        # A sync tells from when on it has read, and how far, also where nothing has changed.
        for feed, position in self._store.positions(_FEEDS).items():
            told = _told(position)
            name = feed.rsplit("/", 1)[-1]
            if isinstance(told.get("feed_start"), int) and name in self._fields:
                self.since[name] = min(self.since.get(name, told["feed_start"]), told["feed_start"])
            if isinstance(told.get("covered"), int) and name in self._fields:
                self.covered = max(self.covered, told["covered"])

    def read(self, counters: Mapping[str, Sequence[Counter]]) -> None:
        """Read the log once, and let the counters of each object see every change of it."""
        for at, together in groupby(self._store.changes(until=self._until), key=lambda one: one[0].at):
            for _logged, change in sorted(together, key=_order):
                self.last = at
                if change.object in self._fields:
                    self._take(change, at, counters.get(change.object, ()))
        self._add_copies()

    def finish(self, counters: Mapping[str, Sequence[Counter]], at: int) -> None:
        """Let every record stand as it is up to a moment."""
        for name, tracks in self.tracks.items():
            for track in tracks.values():
                for counter in counters.get(name, ()):
                    counter.pass_to(track, at)

    def _take(self, change: Change, at: int, counters: Sequence[Counter]) -> None:
        fields = self._fields[change.object]
        self.since.setdefault(change.object, at)
        tracks = self.tracks[change.object]
        track = tracks.get(change.id)
        before: tuple[Any, ...] | None
        if track is None and change.kind == "create":
            track, before = Track(change.object, change.id, fields.told({}), at), None
            track.as_first_seen = change.as_first_seen
        elif track is None:
            before = self._shared(state_before(fields, change))
            track = Track(change.object, change.id, before, None)
        else:
            before = track.values
        tracks[change.id] = track
        for counter in counters if before is not None else ():
            counter.pass_to(track, at)
        track.values = self._shared(fields.after(track.values, change.new))
        if change.kind in ("delete", "merge"):
            track.gone = True
        elif change.kind == "undelete":
            track.gone = False
        for counter in counters:
            counter.note(track, change, at, before)

    def _add_copies(self) -> None:
        """Add the records that have not changed since they were first read: our copies tell how they stand."""
        for feed in self._store.positions(_FEEDS):
            *_start, org, name = feed.split("/")
            if name not in self._fields:
                continue
            for copy in self._store.every_snapshot(Stream(org, name)):
                if copy.id not in self.tracks[name] and copy.state == "live":
                    values = self._shared(self._fields[name].told(_told(copy.values)))
                    self.tracks[name][copy.id] = Track(name, copy.id, values, None)

    def _shared(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        # The same stages, owners and days stand in thousands of records.
        if len(self._texts) > _MOST_SHARED:
            self._texts.clear()
        return tuple(
            self._texts.setdefault(one, one) if one.__class__ is str and len(one) <= _LONGEST_SHARED else one
            for one in values
        )


def _order(one: tuple[LoggedChange, Change]) -> tuple[int, int, bytes]:
    """Give where a change stands among those of the same moment."""
    logged, change = one
    return change.seq, KIND_ORDER[change.kind], logged.digest


def _told(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
