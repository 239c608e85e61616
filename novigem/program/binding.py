"""A program with its names bound: people and roles by their ids, and parts under the ids they were first in force with.

It keeps its version, as one does that somebody was erased from. Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from novigem.errors import ProgramError
from novigem.model.binding import Binding, BindingKind, Bindings
from novigem.model.people import known_as
from novigem.model.program import Program, Scope
from novigem.model.text import one_form
from novigem.program.redaction import with_version

#: The lists of a program whose parts have ids, each with the kind of its parts.
LISTS: Mapping[str, BindingKind] = {
    "rules": "rule",
    "challenges": "challenge",
    "badges": "badge",
    "leaderboards": "board",
    "teams": "team",
}


class Named(NamedTuple):
    """Somebody, or a role, that a program names; `name` in the form in which names are bound."""

    kind: BindingKind
    name: str
    where: str


def names_in(program: Program) -> Iterator[Named]:
    """Yield whom a program names, by anything but an id, and where."""
    for key in ("users", "exclude", "manager"):
        yield from _people(getattr(program.participants, key), f"participants: {key}")
    yield from _people((one.user for one in program.people), "people")
    yield from (Named("role", one_form(name), "participants: role") for name in program.participants.role)
    for team in program.teams:
        yield from _people((*(one.user for one in team.members), team.manager), f"team {team.id}")
        yield from (Named("role", one_form(name), f"team {team.id}") for name in team.role)
    for board in program.leaderboards:
        if isinstance(board.scope, Scope):
            yield from _people((board.scope.manager,), f"board {board.id}")
            if board.scope.role is not None:
                yield Named("role", one_form(board.scope.role), f"board {board.id}")


def _people(names: Iterable[str | None], where: str) -> Iterator[Named]:
    for name in names:
        known = None if name is None else known_as(name)
        if known is not None and not is_id(known):
            yield Named("person", known, where)


def is_id(name: str) -> bool:
    """Tell whether a name, in the form in which names are bound, is an id, and so needs no binding."""
    return len(name) == 18 and name.isalnum()  # noqa: PLR2004 - the length of an id


def earlier_ids(program: Program, bindings: Bindings) -> Iterator[Binding]:
    """Yield under which ids parts that say what they were before are known for good, as far as that is not bound."""
    found = [
        one
        for key, kind in LISTS.items()
        for part in getattr(program, key)
        for one in _earlier(bindings, kind, part.id, part.was)
    ]
    yield from found
    badges = Bindings(program.program, [*bindings.rows, *found])
    for badge in program.badges:
        lasting = badges.lasting("badge", badge.id)
        for tier in badge.tiers:
            was = None if tier.was is None else f"{lasting}/{tier.was}"
            yield from _earlier(bindings, "tier", f"{lasting}/{tier.id}", was)


def _earlier(bindings: Bindings, kind: BindingKind, name: str, was: str | None) -> Iterator[Binding]:
    if was is None or bindings.holds(kind, name):
        return
    means = bindings.lasting(kind, was)
    # Somebody may have taken a new name back.
    if means != name:
        yield Binding(bindings.program, kind, name, means)


def refuse_two(program: Program, bindings: Bindings) -> None:
    """Raise ProgramError where a part of a program bears the id under which another is known for good."""
    for key, kind in LISTS.items():
        for_good = {one.means for one in bindings.rows if one.kind == kind}
        known: dict[str, str] = {}
        for part in getattr(program, key):
            lasting = bindings.lasting(kind, part.id)
            other = known.setdefault(lasting, part.id)
            if other != part.id or (part.id in for_good and lasting != part.id):
                taken = other if lasting == other else part.id
                raise ProgramError(
                    f"{kind} {taken}: another {kind} was called so before, and what it did stands under this id",
                    hint=f"give {taken} an id that the program has never had",
                )


def bound_program(program: Program, bindings: Bindings) -> Program:
    """Give a program in which every name that is bound stands for what it means; the same object where none is."""
    if not bindings:
        return program
    data = program.model_dump(by_alias=True, exclude_unset=True)
    made = _Bound(bindings).program(data)
    return program if made == data else with_version(Program.model_validate(made), program.version)


class _Bound:
    """Rewrites the plain data of a program."""

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    def program(self, data: Mapping[str, Any]) -> dict[str, Any]:
        parts: dict[str, Callable[[Any], Any]] = {
            "rules": self._rule,
            "challenges": self._challenge,
            "badges": self._badge,
            "leaderboards": self._board,
            "teams": self._team,
            "people": self._terms,
        }
        made: dict[str, Any] = {
            key: tuple(map(parts[key], value)) if key in parts else value for key, value in data.items()
        }
        if "participants" in made:
            made["participants"] = self._participants(made["participants"])
        return made

    def _person(self, name: str) -> str:
        return self._bindings.person(known_as(name)) if name else name

    def _roles(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for name in names for one in (name, *self._bindings.roles(name)))

    def _participants(self, data: Mapping[str, Any]) -> dict[str, Any]:
        made = {key: tuple(map(self._known, names)) for key, names in data.items() if key != "role"}
        return made | ({"role": self._roles(data["role"])} if "role" in data else {})

    def _known(self, name: str) -> str:
        """Give what a name is bound to, or the name as it stands."""
        means = self._person(name)
        return name if means == known_as(name) else means

    def _named(self, kind: BindingKind, part: Mapping[str, Any]) -> dict[str, Any]:
        made = dict(part) | {"id": self._bindings.lasting(kind, part["id"])}
        if made["id"] != part["id"]:
            # Nothing that people read goes by an id they no longer write.
            made.setdefault("name", part["id"])
            made.pop("was", None)
        return made

    def _linked(self, kind: BindingKind, part: dict[str, Any], key: str) -> dict[str, Any]:
        return part | {key: self._bindings.lasting(kind, part[key])} if part.get(key) is not None else part

    def _rule(self, part: Mapping[str, Any]) -> dict[str, Any]:
        made = self._named("rule", part)
        if isinstance(made.get("challenge"), tuple):
            return made | {"challenge": tuple(self._bindings.lasting("challenge", one) for one in made["challenge"])}
        return self._linked("challenge", made, "challenge")

    def _challenge(self, part: Mapping[str, Any]) -> dict[str, Any]:
        made = self._named("challenge", part)
        for key in ("completion", "team_goal"):
            if isinstance(made.get(key), dict):
                made[key] = self._linked("badge", made[key], "badge")
        goal = made.get("goal")
        for key in ("rate", "fewest"):
            if isinstance(goal, dict) and goal.get(key):
                rules = (goal[key],) if isinstance(goal[key], str) else goal[key]
                made["goal"] = goal | {key: tuple(self._bindings.lasting("rule", one) for one in rules)}
        return made

    def _badge(self, part: Mapping[str, Any]) -> dict[str, Any]:
        made = self._named("badge", part)
        if made.get("tiers"):
            made["tiers"] = tuple(self._tier(made["id"], tier) for tier in made["tiers"])
        return made

    def _tier(self, badge: str, tier: Mapping[str, Any]) -> dict[str, Any]:
        name = f"{badge}/{tier['id']}"
        means = self._bindings.lasting("tier", name)
        if means == name:
            return dict(tier)
        made = {"name": tier["id"]} | dict(tier) | {"id": means.rpartition("/")[2]}
        made.pop("was", None)
        return made

    def _board(self, part: Mapping[str, Any]) -> dict[str, Any]:
        made = self._named("board", part)
        scope = made.get("scope")
        if isinstance(scope, dict):
            scope = self._linked("challenge", scope, "challenge")
            made["scope"] = scope | ({"manager": self._known(scope["manager"])} if scope.get("manager") else {})
        return made

    def _team(self, part: Mapping[str, Any]) -> dict[str, Any]:
        made = self._named("team", part)
        if made.get("manager"):
            made["manager"] = self._known(made["manager"])
        if made.get("role"):
            made["role"] = self._roles(made["role"])
        if made.get("members"):
            made["members"] = tuple(one | {"user": self._known(one["user"])} for one in made["members"])
        return made

    def _terms(self, part: Mapping[str, Any]) -> dict[str, Any]:
        made = dict(part) | {"user": self._known(part["user"])}
        if made.get("targets"):
            made["targets"] = {self._bindings.lasting("challenge", key): one for key, one in made["targets"].items()}
        return made
