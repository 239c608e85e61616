"""A program without erased people: it means the same, and names no erased person.

It keeps its version. What a version was accepted as stays that version, as a change that somebody was erased from stays
that change: entries pin it, and a file that still names the person is known again by it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from novigem.errors import ProgramError
from novigem.model.program import Program
from novigem.model.redaction import Redactor
from novigem.program.dump import dump_program
from novigem.program.load import load_kept_text
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

_WHO_TAKES_PART = ("manager", "users", "exclude")
_WORDS = ("name", "description")
# No text for people may be held to fewer characters.
_SURELY_ALLOWED = 200


def redacted_program(program: Program, redactor: Redactor) -> Program:
    """Give a program that names no erased person; the same object where it names none."""
    if not redactor:
        return program
    data = program.model_dump(by_alias=True, exclude_unset=True)
    made = {name: _part(name, value, redactor) for name, value in data.items()}
    if made == data:
        return program
    return with_version(Program.model_validate(made), program.version)


def with_version(program: Program, version: str) -> Program:
    """Give a program under the version that it was accepted as."""
    if program.version == version:
        return program
    pinned = program.model_copy()
    # Where `cached_property` keeps what it has worked out.
    pinned.__dict__["version"] = version
    return pinned


def redacted_text(text: str, redactor: Redactor, registry: Registry = DEFAULT_REGISTRY) -> str:
    """Give the canonical text of a program without erased people; the same text where it names none."""
    try:
        program = load_kept_text(text, "program", registry)
    except ProgramError:
        # It uses operators that this reader does not know; its words can still be read.
        return _people_in_lines(text, redactor)
    redacted = redacted_program(program, redactor)
    return text if redacted is program else dump_program(redacted)


def _part(name: str, value: Any, redactor: Redactor) -> Any:
    if name == "participants":
        return {key: _people(names, redactor) if key in _WHO_TAKES_PART else names for key, names in value.items()}
    if name in _LISTS:
        return tuple(_LISTS[name](one, redactor) for one in value)
    if name == "people":
        return tuple(_terms(value, redactor))
    if name == "review":
        return {**value, "figures": tuple(_figure(one, redactor) for one in value.get("figures", ()))}
    return _told(value, redactor) if name in _WORDS else value


def _team(team: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    made = _worded(team, redactor)
    if made.get("manager") is not None:
        made["manager"] = redactor.person(made["manager"])
    if made.get("members"):
        made["members"] = tuple({**one, "user": redactor.person(one["user"])} for one in made["members"])
    return made


def _people(names: tuple[str, ...], redactor: Redactor) -> tuple[str, ...]:
    return tuple(redactor.person(name) for name in names)


def _terms(people: Sequence[Mapping[str, Any]], redactor: Redactor) -> Iterator[dict[str, Any]]:
    by_id = {redactor.user(one["user"]) for one in people if redactor.user(one["user"]) != one["user"]}
    for one in people:
        user = redactor.person(one["user"])
        # Of two that name one person, the id counts before the address.
        if user == one["user"] or user not in by_id or redactor.user(one["user"]) == user:
            yield {**one, "user": user}


def _board(board: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    made = _worded(board, redactor)
    scope = made.get("scope")
    if isinstance(scope, dict) and scope.get("manager") is not None:
        made["scope"] = scope | {"manager": redactor.person(scope["manager"])}
    return made


def _figure(figure: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    made = _worded(figure, redactor)
    asked = ("where", "done", "looked_at", "touch")
    return {key: redactor.value(one) if key in asked else one for key, one in made.items()}


def _worded(part: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Redact what is written for people, and the values that conditions compare with."""
    made = {key: _told(one, redactor) if key in _WORDS else one for key, one in part.items()}
    return made | {"when": redactor.value(made["when"])} if "when" in made else made


def _told(text: str | None, redactor: Redactor) -> str | None:
    """Redact a text for people; what stands for a name may be longer than it, but the text no longer than allowed."""
    return None if text is None else redactor.value(text)[: max(len(text), _SURELY_ALLOWED)]


def _people_in_lines(text: str, redactor: Redactor) -> str:
    # An id or an address stands in for itself in any YAML; a name could be part of a key.
    return redactor.ids(redactor.addresses(text))


_LISTS: dict[str, Callable[[Mapping[str, Any], Redactor], dict[str, Any]]] = {
    "leaderboards": _board,
    "teams": _team,
    "rules": _worded,
    "challenges": _worded,
    "badges": _worded,
}
