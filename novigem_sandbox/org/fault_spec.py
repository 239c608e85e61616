"""Faults as the command line writes them: `unavailable:/query@2x3`."""

import re
from collections.abc import Callable
from typing import NamedTuple

from novigem.errors import InputError
from novigem_sandbox.org import faults
from novigem_sandbox.org.faults import Effect, Fault, Faults

#: The faults that can be named, and whether they take a number after `=`.
EFFECTS: dict[str, Callable[[], Effect]] = {
    "concurrent-limit": faults.concurrent_limit,
    "cursor-gone": faults.cursor_gone,
    "html": faults.html_instead,
    "maintenance": faults.maintenance,
    "query-timeout": faults.query_timeout,
    "reset": faults.reset,
    "session-expired": faults.session_expired,
    "total-limit": faults.total_limit,
    "truncated": faults.truncated,
    "unavailable": faults.unavailable,
    "uri-too-long": faults.uri_too_long,
}
NUMBERED: dict[str, Callable[[int], Effect]] = {
    "date-offset": faults.date_offset,
    "hang": faults.hanging,
    "small-pages": faults.small_pages,
}

_SPEC = re.compile(
    r"(?P<name>[a-z-]+)(?:=(?P<number>-?\d{1,6}))?(?::(?P<path>[^@]*))?(?:@(?P<at>\d{1,6}))?(?:x(?P<times>\d{1,6}|\*))?"
)


class Spec(NamedTuple):
    """A fault as it was written: what happens, to which addresses, from the which request on, and how often."""

    effect: Effect
    path: str
    at: int
    times: int | None


def read_spec(text: str) -> Spec:
    """Read `NAME[=NUMBER][:PATH][@AT][xTIMES]`; `x*` is for ever. Raises InputError."""
    match = _SPEC.fullmatch(text)
    if match is None:
        raise InputError(f"--fault {text!r} cannot be read", hint="write it as unavailable:/query@2x3")
    times = match["times"] or "1"
    effect = _effect(match["name"], match["number"])
    return Spec(effect, match["path"] or "", int(match["at"] or 1), None if times == "*" else int(times))


def _effect(name: str, number: str | None) -> Effect:
    if name in NUMBERED:
        if number is None:
            raise InputError(f"the fault {name} needs a number", hint=f"write it as {name}=30")
        return NUMBERED[name](int(number))
    if name in EFFECTS and number is None:
        return EFFECTS[name]()
    if name in EFFECTS:
        raise InputError(f"the fault {name} takes no number", hint=f"write it as {name}")
    known = ", ".join(sorted([*EFFECTS, *(f"{one}=N" for one in NUMBERED)]))
    raise InputError(f"there is no fault {name!r}", hint=f"there are: {known}")


def switch_on(to: Faults, spec: Spec) -> Fault:
    """Switch a fault on."""
    return to.add(spec.effect, spec.path, at=spec.at, times=spec.times)
