"""The screen and the JSON answer of how the sync stands."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from novigem.sync.status import ObjectStatus
from novigem.views.terminal.layout import (
    BAD,
    UNSURE,
    columns,
    indented,
    next_step,
    plain_columns,
    quiet,
    screen,
    text,
    title,
)
from novigem.views.terminal.sync import figure, holder_text, lag_text, object_answer
from novigem.views.words import Screen, counted, fitting, iso_text, moment_text

_WIDE = 100
_NARROW = 64


def status_screen(objects: Sequence[ObjectStatus], zone: tzinfo, target: Screen) -> RenderableType:
    """Draw how the sync stands; moments in a zone."""
    if not objects:
        return screen([text("No sync has been here yet."), next_step("novigem sync PROGRAM")])
    orgs = sorted({one.org for one in objects})
    head = title(
        f"Sync of the {fitting(len(orgs), 'org', 'orgs')} {', '.join(orgs)}",
        [counted(len(objects), "object"), f"times in {zone}"],
        separator=target.glyphs.point,
    )
    return screen(
        [
            head,
            _objects(objects, zone, target),
            _part("First read not through yet:", _filling(objects)),
            _part("At work now:", _working(objects, zone)),
            _part("Ended early:", _errors(objects, zone), BAD),
            _part("Please look at this:", _alarms(objects), UNSURE),
            _part("Put aside in all, in the table novigem_rejected:", _aside(objects), UNSURE),
            quiet("The numbers are those of each object's last sync.") if target.width >= _NARROW else None,
        ]
    )


def _objects(objects: Sequence[ObjectStatus], zone: tzinfo, target: Screen) -> RichTable:
    table = columns(*_heads(target.width))
    for one in objects:
        last = one.last
        cells = {
            "Records": figure(one.records, target),
            "Read up to": text(moment_text(one.covered, zone)),
            "Lag": Text(lag_text(one.lag_seconds, target)),
            "Last sync": text(moment_text(last.finished if last else None, zone)),
        }
        figures = {
            "Read": last.rows if last else 0,
            "Changes": last.changes if last else 0,
            "Awards": last.entries if last else 0,
            "Undecided": last.unknown if last else 0,
            "Repaired": last.repaired if last else 0,
            "Calls": last.calls if last else 0,
        }
        cells |= {name: figure(number, target) for name, number in figures.items()}
        failed = last is not None and last.error is not None
        table.add_row(
            text(one.object, BAD if failed else ""), *(cells[name] for name, _how in _heads(target.width)[1:])
        )
    return table


def _heads(width: int) -> list[tuple[str, str]]:
    if width < _NARROW:
        return [("Object", "fill"), ("Last sync", "left"), ("Lag", "right")]
    heads = [("Object", "fill"), ("Read up to", "left"), ("Lag", "right"), ("Last sync", "left")]
    heads += [("Changes", "right"), ("Awards", "right")]
    if width < _WIDE:
        return heads
    more = ["Records", "Read", "Undecided", "Repaired", "Calls"]
    return [*heads, *((name, "right") for name in more)]


def _part(head: str, rows: Iterator[tuple[str, str]], style: str = "") -> RenderableType | None:
    table = plain_columns("left", "wrap")
    for name, told in rows:
        table.add_row(text(name), text(told))
    return Group(Text(head, style=style), indented(table)) if table.row_count else None


def _filling(objects: Sequence[ObjectStatus]) -> Iterator[tuple[str, str]]:
    for one in objects:
        if not one.is_filled:
            yield one.object, f"{counted(one.records, 'record')} known so far"


def _working(objects: Sequence[ObjectStatus], zone: tzinfo) -> Iterator[tuple[str, str]]:
    for one in objects:
        if one.lease is not None:
            yield one.object, f"{holder_text(one.lease.owner)}, until {moment_text(one.lease.until, zone)} at least"


def _errors(objects: Sequence[ObjectStatus], zone: tzinfo) -> Iterator[tuple[str, str]]:
    for one in objects:
        if one.last is not None and one.last.error is not None:
            success = one.last.last_success
            since = "never through before" if success is None else f"last through at {moment_text(success, zone)}"
            yield one.object, f"{one.last.error.splitlines()[0]} ({since})"


def _alarms(objects: Sequence[ObjectStatus]) -> Iterator[tuple[str, str]]:
    for one in objects:
        for alarm in one.last.alarms if one.last is not None else ():
            yield one.object, alarm


def _aside(objects: Sequence[ObjectStatus]) -> Iterator[tuple[str, str]]:
    for one in objects:
        if one.put_aside:
            yield one.object, counted(one.put_aside, "row")


def status_answer(objects: Sequence[ObjectStatus]) -> dict[str, Any]:
    """Give how the sync stands, for a script."""
    return {
        "orgs": sorted({one.org for one in objects}),
        "put_aside": sum(one.put_aside for one in objects),
        "objects": [
            {
                "org": one.org,
                "object": one.object,
                "covered": iso_text(one.covered),
                "lag_seconds": one.lag_seconds,
                "is_filled": one.is_filled,
                "records": one.records,
                "put_aside": one.put_aside,
                "held_by": None if one.lease is None else one.lease.owner,
                "held_until": None if one.lease is None else iso_text(one.lease.until),
                "last": None if one.last is None else object_answer(one.last),
            }
            for one in objects
        ],
    }
