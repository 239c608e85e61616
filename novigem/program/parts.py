"""From plain data to a draft: every part held against its model on its own, so that mistakes do not hide each other."""

from typing import Any, Final, TypeVar

from pydantic import BaseModel

from novigem.model.program import Badge, Challenge, Leaderboard, Program, Rule
from novigem.model.teams import Team
from novigem.model.working_time import PersonTerms
from novigem.program.conditions import WhenReader
from novigem.program.document import Document, Path
from novigem.program.draft import Draft, Part
from novigem.program.repair import repair
from novigem.program.words import show
from novigem.rules.operators import Registry

M = TypeVar("M", bound=BaseModel)

_SOME_RULE: Final = Rule(id="x", object="Task", trigger="update", points=1)
_SECTIONS: Final[dict[str, tuple[Any, ...]]] = {
    "people": (),
    "teams": (),
    "rules": (_SOME_RULE,),
    "challenges": (),
    "badges": (),
    "leaderboards": (),
}


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
    return Draft(document, registry, head, tuple(rules), challenges, badges, boards, unreadable, people, teams)


def _length(written: Any) -> int:
    """Give how many entries a list should have; a list that is none should have had one."""
    return len(written) if isinstance(written, list) else 1


def _entries(document: Document, key: str, value: Any) -> list[tuple[Path, dict[str, Any]]]:
    if value is None or (value == [] and key == "rules"):
        first = "user: ana@acme.example" if key == "people" else "id: a-short-name"
        hint = f"add an entry that begins with `- {first}`"
        document.at_value((key,), "NV207", f"`{key}` has nothing in it", hint)
        return []
    if not isinstance(value, list):
        document.at_value((key,), "NV203", f"`{key}` must be a list; found {show(value)}", "begin each entry with `- `")
        return []
    found: list[tuple[Path, dict[str, Any]]] = []
    for number, one in enumerate(value):
        if document.full:
            break
        if isinstance(one, dict):
            found.append(((key, number), one))
        else:
            first = "user: ana@acme.example" if key == "people" else "id: a-short-name"
            hint = f"begin with `- {first}`, and put its other keys below `{first.partition(':')[0]}`"
            document.at_value((key, number), "NV203", f"an entry of `{key}` is a mapping; found {show(one)}", hint)
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
