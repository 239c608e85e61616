"""Bindings: what the names in a program have come to mean, kept so that they go on meaning it.

An address, a role's name or the id of a rule is text that people edit. What it means is bound once, when a version is
put in force or somebody is first told of, and stays: a change of the text alone moves no point.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from novigem.model.text import one_form

#: What a name is of: a `person` or a `role` of Salesforce, or a part of the program.
BindingKind = Literal["person", "role", "rule", "challenge", "badge", "tier", "board", "team"]


#: Stands for the program where an address is kept that somebody had before.
ANY_PROGRAM = ""


class Binding(NamedTuple):
    """What a name of one program means.

    `name` is an address in lower case, the name of a role, or the id of a part as a file has it (a tier's behind
    its badge's: `badge/tier`). `means` is the id of the user or role, or that under which the part was first in force.
    `bound` is when it was bound, in microseconds since 1970 UTC. A role's name may mean several roles.
    """

    program: str
    kind: BindingKind
    name: str
    means: str
    bound: int = 0


class Bindings:
    """The bindings of one program, to be asked by kind and name."""

    def __init__(self, program: str, rows: Iterable[Binding] = ()) -> None:
        self.program = program
        self.rows = tuple(sorted(one for one in rows if one.program == program))
        self._means: dict[tuple[BindingKind, str], tuple[str, ...]] = {}
        for one in self.rows:
            key = one.kind, one_form(one.name)
            self._means[key] = (*self._means.get(key, ()), one.means)

    def __bool__(self) -> bool:
        """Tell whether anything is bound."""
        return bool(self.rows)

    def person(self, name: str) -> str:
        """Give the id that a name of somebody is bound to; the name where it is not."""
        return self._means.get(("person", name), (name,))[0]

    def roles(self, name: str) -> tuple[str, ...]:
        """Give the ids of the roles that a name is bound to."""
        return self._means.get(("role", one_form(name)), ())

    def lasting(self, kind: BindingKind, name: str) -> str:
        """Give the id under which a part of the program is known for good."""
        return self._means.get((kind, name), (name,))[0]

    def holds(self, kind: BindingKind, name: str) -> bool:
        """Tell whether a name is bound."""
        return (kind, name) in self._means


def lasting_id(rows: Iterable[Binding], kind: BindingKind, name: str) -> str:
    """Give the id under which a part of some program is known for good, by the id that a file gives it today."""
    return next((one.means for one in rows if (one.kind, one.name) == (kind, name)), name)
