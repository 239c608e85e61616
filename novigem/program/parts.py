"""From plain data to a draft: every part held against its model on its own, so that mistakes do not hide each other."""

from typing import Any, Final, TypeVar

from pydantic import BaseModel

from novigem.model.program import Badge, Challenge, Leaderboard, Operators, Program, Rule
from novigem.model.review import Figure, Review, Touch
from novigem.model.teams import Team
from novigem.model.working_time import PersonTerms
from novigem.program.conditions import WhenReader
from novigem.program.document import Document, Path
from novigem.program.draft import Draft, Part
from novigem.program.repair import repair
from novigem.program.words import show
from novigem.rules.operators import Registry

M = TypeVar("M", bound=BaseModel)

_MOST_FIGURES: Final = 12
_SOME_RULE: Final = Rule(id="x", object="Task", trigger="update", points=1)
_SECTIONS: Final[dict[str, Any]] = {
    "people": (),
    "teams": (),
    "rules": (_SOME_RULE,),
    "challenges": (),
    "badges": (),
    "leaderboards": (),
    "review": Review(),
}
#: The keys of a figure that hold conditions.
_FIGURE_CONDITIONS: Final = ("where", "done", "looked_at")


def shape(document: Document, registry: Registry) -> Draft | None:
    """Note every mistake of form, and give what is left to cross-check; None where there is no program at all."""
    raw = document.data
    if not isinstance(raw, dict):
        hint = "begin with `program: <id>` and `name: <title>`"
        document.at_value((), "NV203", f"a program is a mapping of keys; found {show(raw)}", hint)
        return None
    head = repair(document, Program, raw, (), kept=_SECTIONS)
    if head is None:
        return None
    written = {
        key: raw[document.renamed.get((key,), key)] for key in _SECTIONS if document.renamed.get((key,), key) in raw
    }
    review = written.pop("review", None)
    lists = {key: _entries(document, key, value) for key, value in written.items()}
    people = _parts(document, PersonTerms, lists.get("people", ()))
    teams = _parts(document, Team, lists.get("teams", ()))
    rules = [
        part
        for path, one in lists.get("rules", ())
        if not document.full and (part := _rule(document, registry, one, path)) is not None
    ]
    challenges = _parts(document, Challenge, lists.get("challenges", ()))
    badges = _parts(document, Badge, lists.get("badges", ()))
    boards = _parts(document, Leaderboard, lists.get("leaderboards", ()))
    read = {
        "people": people,
        "teams": teams,
        "rules": rules,
        "challenges": challenges,
        "badges": badges,
        "leaderboards": boards,
    }
    unreadable = frozenset(key for key in written if len(read[key]) < _length(written[key]))
    figures = _figures(document, review) if "review" in raw or ("review",) in document.renamed else []
    read_figures = [_figure(document, registry, one, path) for path, one in figures if not document.full]
    return Draft(
        document,
        registry,
        head,
        tuple(rules),
        challenges,
        badges,
        boards,
        unreadable,
        people,
        teams,
        tuple(figure for figure, _conditions in read_figures if figure is not None),
        tuple(part for _figure, conditions in read_figures for part in conditions),
    )


def _figures(document: Document, review: Any) -> list[tuple[Path, dict[str, Any]]]:
    """Give the entries of `review: figures:`, with their paths."""
    if not isinstance(review, dict) or not review:
        code, told = (
            ("NV207", "has nothing in it") if not review else ("NV203", f"takes `figures`; found {show(review)}")
        )
        document.at_value(("review",), code, f"`review` {told}", "add `figures:` below it, or remove it")
        return []
    repaired = repair(document, Review, review, ("review",), kept={"figures": ()})
    key = document.renamed.get(("review", "figures"), "figures")
    if repaired is None or key not in review:
        return []
    found = _entries(document, "figures", review[key], ("review", "figures"))
    if len(found) > _MOST_FIGURES:
        message = f"`figures` has {len(found)} entries; at most {_MOST_FIGURES} are allowed"
        document.at_value(("review", "figures"), "NV205", message, "keep those that somebody will act on")
    return found[:_MOST_FIGURES]


def _figure(
    document: Document, registry: Registry, raw: dict[str, Any], path: Path
) -> tuple[Part[Figure] | None, list[Part[Any]]]:
    """Give a figure, and a part for each of its keys that holds conditions."""
    part = repair(document, Figure, raw, path, kept={**dict.fromkeys(_FIGURE_CONDITIONS), "touch": ()})
    if part is None:
        return None, []
    asked: list[Part[Any]] = []
    broken = set(part.broken)
    for key in _FIGURE_CONDITIONS:
        reader = WhenReader(document, registry)
        groups = reader.read(raw.get(document.renamed.get((*path, key), key)), (*path, key))
        broken |= set() if reader.sound else {key}
        asked.append(Part((*path, key), part.value, part.broken, groups))
    touches = raw.get(document.renamed.get((*path, "touch"), "touch"))
    for number, one in enumerate(touches if isinstance(touches, list) else []):
        asked += _touch(document, registry, one, (*path, "touch", number))
    if touches is not None and not isinstance(touches, list):
        hint = "begin each entry with `- where:`"
        document.at_value((*path, "touch"), "NV203", f"`touch` must be a list; found {show(touches)}", hint)
    return Part(path, part.value, frozenset(broken), asked[0].groups), asked


def _touch(document: Document, registry: Registry, raw: Any, path: Path) -> list[Part[Any]]:
    if not isinstance(raw, dict):
        hint = "write `- where: {Status: {equals: Completed}}`"
        document.at_value(path, "NV203", f"an entry of `touch` is a mapping; found {show(raw)}", hint)
        return []
    part = repair(document, Touch, raw, path, kept={"where": {"Id": Operators(isNotBlank=True)}})
    if part is None:
        return []
    reader = WhenReader(document, registry)
    groups = reader.read(raw.get(document.renamed.get((*path, "where"), "where")), (*path, "where"))
    return [Part((*path, "where"), part.value, part.broken, groups)]


def _length(written: Any) -> int:
    """Give how many entries a list should have; a list that is none should have had one."""
    return len(written) if isinstance(written, list) else 1


def _entries(document: Document, key: str, value: Any, at: Path | None = None) -> list[tuple[Path, dict[str, Any]]]:
    at = (key,) if at is None else at
    if value is None or (value == [] and key == "rules"):
        first = "user: ana@acme.example" if key == "people" else "id: a-short-name"
        hint = f"add an entry that begins with `- {first}`"
        document.at_value(at, "NV207", f"`{key}` has nothing in it", hint)
        return []
    if not isinstance(value, list):
        document.at_value(at, "NV203", f"`{key}` must be a list; found {show(value)}", "begin each entry with `- `")
        return []
    found: list[tuple[Path, dict[str, Any]]] = []
    for number, one in enumerate(value):
        if document.full:
            break
        if isinstance(one, dict):
            found.append(((*at, number), one))
        else:
            first = "user: ana@acme.example" if key == "people" else "id: a-short-name"
            hint = f"begin with `- {first}`, and put its other keys below `{first.partition(':')[0]}`"
            document.at_value((*at, number), "NV203", f"an entry of `{key}` is a mapping; found {show(one)}", hint)
    return found


def _parts(document: Document, model: type[M], entries: Any) -> tuple[Part[M], ...]:
    return tuple(
        part for path, one in entries if not document.full and (part := repair(document, model, one, path)) is not None
    )


def _rule(document: Document, registry: Registry, raw: dict[str, Any], path: Path) -> Part[Rule] | None:
    part = repair(document, Rule, raw, path, kept={"when": None})
    if part is None:
        return None
    reader = WhenReader(document, registry)
    groups = reader.read(raw.get(document.renamed.get((*path, "when"), "when")), (*path, "when"))
    return Part(path, part.value, part.broken if reader.sound else part.broken | {"when"}, groups)
