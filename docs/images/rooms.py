# ruff: noqa: INP001 - a script beside the picture that it draws, not a package
"""Draws the rooms of the code from its imports: a floor for each layer, an arrow where a room needs another.

Refresh: python docs/images/rooms.py
"""

import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import grimp

import novigem

ROOT = Path(__file__).parents[2]
PICTURE = Path(__file__).with_name("rooms.svg")
SANDBOX = "novigem_sandbox"

# One for each layer of the lint, from the top.
FLOORS = ("commands", "what is shown", "read and plan", "write", "understand", "parts", "shared words")
# Where a room stands on its floor: the left edge and the width. A new room is given its place here; one that needs
# another of its floor stands beside it.
PLACES = {
    "cli": (355, 200),
    "views": (230, 220), SANDBOX: (475, 220), "testing": (720, 220),
    "planning": (120, 200), "sync": (375, 182), "queries": (593, 200), "audit": (830, 200),
    "engine": (545, 310),
    "program": (186, 220),
    "feed": (120, 140), "rules": (274, 140), "access": (428, 114), "challenges": (556, 140),
    "leaderboards": (710, 140), "ledger": (864, 166),
    "settings": (120, 120), "model": (260, 630), "errors": (910, 120),
}  # fmt: skip
# What may neither read a clock, a file nor a database, and what alone writes.
PURE = ("rules", "challenges", "leaderboards", "access", "model")
WRITES = "engine"

WIDTH, MARGIN, FLOOR, BOX = 1050, 20, 124, 76
_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"
 aria-label="The rooms of the code, by floors" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0.8 L7 4 L0 7.2" fill="none" stroke="#7b8794" stroke-width="1.4"/></marker></defs>
<rect width="{width}" height="{height}" fill="#fbfbf9"/>"""
_QUIET = 'font-size="12" fill="#8a94a0"'
_LONGEST = 165  # of an arrow that bends as far as it may
_SIGNIFICANT = 2


class Size(NamedTuple):
    """How much code a room holds."""

    files: int
    lines: int

    def __str__(self) -> str:
        digits = len(str(self.lines)) - _SIGNIFICANT
        return f"{self.files} {'file' if self.files == 1 else 'files'}, {round(self.lines, -max(digits, 0)):,} lines"


class Rooms(NamedTuple):
    """The rooms by floor from the top, what each is for, how large it is, and which needs which."""

    floors: list[list[str]]
    meanings: Mapping[str, str]
    sizes: Mapping[str, Size]
    needs: frozenset[tuple[str, str]]


def read_rooms() -> Rooms:
    """Read the rooms from the code, the lint's layers, and the map in the docstring of novigem."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one["layers"] for one in lint["contracts"] if one["type"] == "layers")
    floors = [[name.removeprefix("novigem.") for name in re.split(r" *[|:] *", layer)] for layer in layers]
    meanings = dict(re.findall(r"^ {4}(\w+)/? {2,}(\S.*)$", novigem.__doc__ or "", re.MULTILINE))
    names = [name for floor in floors for name in floor]
    return Rooms(floors, meanings, {name: _size(name) for name in names}, frozenset(_needs(names)))


def _size(name: str) -> Size:
    place = ROOT / name if name == SANDBOX else ROOT / "novigem" / name
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return Size(len(files), sum(len(one.read_text(encoding="utf-8").splitlines()) for one in files))


def _needs(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    graph = grimp.build_graph("novigem", SANDBOX, cache_dir=None)
    known = set(names)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            pair = _room(module), _room(imported)
            if pair[0] != pair[1] and known.issuperset(pair):
                yield pair


def _room(module: str) -> str:
    package, _dot, rest = module.partition(".")
    return package if package == SANDBOX else rest.partition(".")[0]


def arrows(needs: frozenset[tuple[str, str]]) -> list[tuple[str, str]]:
    """Leave out what a longer way tells already: who needs the engine needs what the engine needs."""
    return sorted((here, there) for here, there in needs if there not in _reached(here, needs - {(here, there)}))


def _reached(here: str, needs: frozenset[tuple[str, str]]) -> set[str]:
    reached: set[str] = set()
    waiting = {here}
    while waiting:
        reached |= waiting
        waiting = {there for one, there in needs if one in waiting} - reached
    return reached


def draw(rooms: Rooms) -> str:
    """Give the picture as SVG that fetches nothing."""
    tops = {name: MARGIN + FLOOR * number for number, floor in enumerate(rooms.floors) for name in floor}
    height = MARGIN + FLOOR * len(rooms.floors) + 24
    parts = [_HEAD.format(width=WIDTH, height=height)]
    for number, (label, _floor) in enumerate(zip(FLOORS, rooms.floors, strict=True)):
        parts.append(f'<text x="18" y="{MARGIN + FLOOR * number + BOX // 2 + 4}" {_QUIET}>{label}</text>')
    parts += _lines(arrows(rooms.needs), tops)
    for name, top in tops.items():
        parts += _box(name, rooms, top)
    told = "An arrow leads to what a room needs; left out where a longer way leads there. Green is pure, orange writes."
    parts.append(f'<text x="120" y="{height - 18}" {_QUIET}>{told}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _box(name: str, rooms: Rooms, top: int) -> Iterator[str]:
    left, width = PLACES[name]
    fill, line = ("#eef5ef", "#9dbfa3") if name in PURE else ("#ffffff", "#b8c0c8")
    if name == WRITES:
        fill, line = "#fdf1e3", "#dfa869"
    yield f'<rect x="{left}" y="{top}" width="{width}" height="{BOX}" rx="7" fill="{fill}" stroke="{line}"/>'
    yield f'<text x="{left + 12}" y="{top + 20}" font-size="14" font-weight="600" fill="#1f2933">{name}</text>'
    for number, line_of_text in enumerate(wrapped(name, rooms.meanings[name])):
        where = f'x="{left + 12}" y="{top + 36 + 13 * number}"'
        yield f'<text {where} font-size="11" fill="#52606d">{line_of_text}</text>'
    yield f'<text x="{left + 12}" y="{top + BOX - 9}" font-size="10" fill="#8a94a0">{rooms.sizes[name]}</text>'


def wrapped(name: str, meaning: str) -> list[str]:
    """Break what a room is for into lines that fit its box; there is room for two."""
    return textwrap.wrap(meaning.replace("`", ""), PLACES[name][1] // 6 - 2)


def _lines(pairs: list[tuple[str, str]], tops: Mapping[str, int]) -> Iterator[str]:
    downwards = [pair for pair in pairs if tops[pair[0]] != tops[pair[1]]]
    for here, there in downwards:
        start_x = _spread(here, there, [to for one, to in downwards if one == here])
        end_x = _spread(there, here, [one for one, to in downwards if to == there])
        start, end = tops[here] + BOX, tops[there] - 2
        bend = round(min((end - start) * 0.6, _LONGEST))
        path = f"M{start_x} {start} C{start_x} {start + bend} {end_x} {end - bend} {end_x} {end}"
        yield _line(path)
    for here, there in pairs:
        if (here, there) not in downwards:
            (left, width), (other, other_width) = PLACES[here], PLACES[there]
            start_x, end_x = (left, other + other_width + 2) if left > other else (left + width, other - 2)
            yield _line(f"M{start_x} {tops[here] + BOX // 2} L{end_x} {tops[here] + BOX // 2}")


def _line(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#7b8794" stroke-width="1.2" marker-end="url(#tip)"/>'


def _spread(room: str, other: str, others: Iterable[str]) -> int:
    """Give the place of one arrow among all on the same edge of a room, in the order of where they lead."""
    left, width = PLACES[room]
    ordered = sorted(others, key=lambda one: PLACES[one][0] + PLACES[one][1] / 2)
    return round(left + width * (ordered.index(other) + 1) / (len(ordered) + 1))


if __name__ == "__main__":
    PICTURE.write_text(draw(read_rooms()), encoding="utf-8")
