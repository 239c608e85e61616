"""A program: what pays, and for leaders whether it works and who is left out."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import RedirectResponse, Response

from novigem.access.table import What
from novigem.audit.flags import look
from novigem.errors import NovigemError
from novigem.model.periods import local_day
from novigem.model.program import ALWAYS_END, ALWAYS_START, Program
from novigem.program.difference import differences
from novigem.queries.near_misses import RuleMisses, explain_near_misses
from novigem.queries.program_figures import ProgramFigures, read_program_figures
from novigem.views.program_words import Section, program_words
from novigem.views.rule_words import field_words
from novigem.views.web.render import render
from novigem.views.web.routing import page
from novigem.views.web.visit import NotHere, Visit
from novigem.views.words import clean

#: What names a person in a line of changes: an e-mail, or the id of a user.
_NAMES_SOMEBODY = re.compile(r"@|\b005[A-Za-z0-9]{12}")
_ABOUT_PEOPLE = ("person ", "program: participants", "program: teams", "program: people", "team")
_MOST_CHANGES = 40


@dataclass(frozen=True)
class VersionView:
    """One version: from which day on it is in force (None: from the start), when it came, and what it changed.

    `about_people` counts what is not told, since it would name somebody.
    """

    version: str
    accepted: date
    effective: date | None
    how: str
    changes: tuple[str, ...]
    more: int
    about_people: int


@dataclass(frozen=True)
class FlagCount:
    """How often a detector found something that nobody has judged yet."""

    detector: str
    count: int


@dataclass(frozen=True)
class MissView:
    """A rule that changes were one condition short of: how many, and the condition that failed most often."""

    rule: str
    held: int
    missed: int
    field: str
    found: str


@dataclass(frozen=True)
class LogView:
    """What a look through the whole log says: what is to be judged, and what nearly paid."""

    flags: tuple[FlagCount, ...]
    misses: tuple[MissView, ...]


def programs(visit: Visit) -> Response:
    """List the programs; where there is one, show that."""
    every = list(visit.programs.values())
    if len(every) == 1:
        return RedirectResponse(visit.request.url_for("program", program=every[0].program).path, status_code=303)
    every.sort(key=lambda one: (-one.window.start, one.program))
    return render(
        visit, "programs.html", programs=every, standing={one.program: _standing(one, visit) for one in every}
    )


def program(visit: Visit) -> Response:
    """Show a program in plain words, its versions, and to leaders whether it works."""
    found = visit.programs.get(visit.request.path_params["program"])
    if found is None:
        raise NotHere("there is no such program", hint="see the boards of your programs")
    leads = visit.may(What.PROGRAM_FIGURES)
    figures: ProgramFigures | None = None
    if leads:
        figures = read_program_figures(visit.store, found, visit.queries.now)
    log = _look(visit, found) if leads and visit.query("look") == "log" else None
    sections: tuple[Section, ...] = program_words(found)
    return render(
        visit,
        "program.html",
        program=found,
        standing=_standing(found, visit),
        sections=sections,
        versions=list(_versions(visit, found)),
        figures=figures,
        log=log,
    )


def _standing(program: Program, visit: Visit) -> str:
    """Say how a program stands: one word, to be translated by the template."""
    now = visit.queries.now
    if program.is_shadow:
        return "shadow"
    if program.pause_at(now) is not None or program.status == "paused":
        return "paused"
    if program.status in ("draft", "ended"):
        return program.status
    if now < program.window.start:
        return "planned"
    return "running" if now < program.window.end else "over"


# Versions.


def _versions(visit: Visit, program: Program) -> Iterator[VersionView]:
    """Yield the versions, the newest first, each with what differs from the one before."""
    uses = [one for one in visit.store.timeline() if one.program == program.program]
    known: dict[str, Program] = {}
    for one in uses:
        try:
            known[one.version] = visit.queries.program_version(program.program, one.version)
        except NovigemError:
            # One that this server cannot read back is told by its date alone.
            continue
    for place in range(len(uses) - 1, -1, -1):
        use = uses[place]
        before = known.get(uses[place - 1].version) if place else None
        after = known.get(use.version)
        lines = differences(before, after) if before is not None and after is not None else ()
        told = [clean(line) for line in lines if not _is_about_people(line)]
        yield VersionView(
            version=use.version,
            accepted=local_day(use.accepted, program.zone),
            effective=None if use.effective in (ALWAYS_START, ALWAYS_END) else local_day(use.effective, program.zone),
            how="first" if not place else use.how,
            changes=tuple(told[:_MOST_CHANGES]),
            more=max(0, len(told) - _MOST_CHANGES),
            about_people=len(lines) - len(told),
        )


def _is_about_people(line: str) -> bool:
    return line.startswith(_ABOUT_PEOPLE) or _NAMES_SOMEBODY.search(line) is not None


# A look through the log, for leaders who ask for it: it takes as long as the log is.


def _look(visit: Visit, program: Program) -> LogView:
    seen = look(visit.store, program, registry=visit.queries.registry)
    flags = Counter(one.detector.id for one in seen.flags if one.judgement is None)
    misses = explain_near_misses(visit.store, [program], registry=visit.queries.registry)
    return LogView(
        tuple(FlagCount(name, count) for name, count in flags.most_common()), tuple(_misses(program, misses))
    )


def _misses(program: Program, misses: Sequence[RuleMisses]) -> Iterator[MissView]:
    labels = {one.id: one.label for one in program.rules}
    for one in sorted(misses, key=lambda some: -some.missed):
        if one.misses:
            first = one.misses[0].condition
            shown = "" if first.new in (None, "") else clean(str(first.new))
            name = clean(labels.get(one.rule, one.rule))
            yield MissView(name, one.held, one.missed, field_words(first.field), shown)


ROUTES = [
    page("/programs", programs, What.PROGRAM),
    page("/programs/{program}", program, What.PROGRAM),
]
