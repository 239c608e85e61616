"""The screens and answers of requests: points that wait for a second person, and appeals with what they are about."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from novigem.engine.requests import status_word, subject
from novigem.model.entry import Entry, EntryKind
from novigem.model.people import Person
from novigem.model.program import Program
from novigem.model.request import Request, RequestKind, RequestStatus
from novigem.queries.appeals import Case
from novigem.views.json.answers import entry_answer, explain_answer
from novigem.views.terminal.explain import explain_screen
from novigem.views.terminal.layout import (
    BAD,
    GOOD,
    QUIET,
    UNSURE,
    columns,
    next_step,
    plain_columns,
    screen,
    text,
    title,
)
from novigem.views.terminal.ledger import why_words
from novigem.views.words import Screen, fitting, iso_text, moment_text, points_text, signed_points

_STYLES = {
    RequestStatus.OPEN: UNSURE,
    RequestStatus.APPROVED: GOOD,
    RequestStatus.DECLINED: BAD,
    RequestStatus.WITHDRAWN: QUIET,
}


def request_answer(one: Request) -> dict[str, Any]:
    """Give a request for a script."""
    return {
        "number": one.number,
        "kind": str(one.kind),
        "program": one.program,
        "user": one.user,
        "points": one.points,
        "entry": one.entry,
        "record": one.record,
        "rule": one.rule,
        "appeal": one.appeal,
        "reason": one.text,
        "author": one.author,
        "opened_at": iso_text(one.opened),
        "status": str(one.status),
        "decided_at": iso_text(one.decided),
        "decided_by": one.decided_by,
        "decision": one.decision,
        "paid": one.paid,
        **({} if one.occurred is None else {"counts_for": iso_text(one.occurred)}),
    }


def case_answer(case: Case) -> dict[str, Any]:
    """Give an appeal with what it is about, for a script."""
    return {
        **request_answer(case.appeal),
        "about": None if case.entry is None else entry_answer(case.entry),
        "taken_back": None if case.taken_back is None else entry_answer(case.taken_back),
        "verdicts": [explain_answer(one) for one in case.verdicts],
        "waiting": None if case.waiting is None else request_answer(case.waiting),
        "payment": None if case.paid is None else entry_answer(case.paid),
    }


def requests_screen(
    requests: Sequence[Request], programs: Mapping[str, Program], people: Mapping[str, Person], kind: RequestKind
) -> RenderableType:
    """Draw requests of one kind, the newest last."""
    is_appeal = kind is RequestKind.APPEAL
    if not requests:
        told = "No appeal fits." if is_appeal else "No points wait for a second person."
        step = "novigem appeal open WHO --entry N --reason TEXT" if is_appeal else "novigem ledger"
        return screen([text(told), next_step(step, label="Open one:" if is_appeal else "See:")])
    about = ("About", "wrap") if is_appeal else ("Points", "right")
    heads = [("No.", "right"), ("Opened", "left"), ("Name", "fill"), about, ("Why", "wrap"), ("Now", "left")]
    table = columns(*heads)
    for one in requests:
        zone = programs[one.program].zone
        points = text(subject(one)) if is_appeal else Text(points_text(one.points or 0))
        by = f" ({one.author})" if one.author else ""
        table.add_row(
            Text(str(one.number), style=QUIET),
            Text(moment_text(one.opened, zone)),
            text(people[one.user].label),
            points,
            text(f"{one.text}{by}"),
            Text(status_word(one), style=_STYLES[one.status]),
        )
    first = next((one for one in requests if one.is_open), None)
    show = f"novigem appeal show {first.number if first else requests[-1].number}"
    approve = None if first is None else next_step(f"novigem adjust --approve {first.number} --author NAME")
    return screen([table, next_step(show) if is_appeal else approve])


def case_screen(
    case: Case, programs: Mapping[str, Program], people: Mapping[str, Person], target: Screen
) -> RenderableType:
    """Draw an appeal: who, why, the entry in question, what every rule made of the record, and what was decided."""
    appeal = case.appeal
    program = programs[appeal.program]
    opened = f"opened {moment_text(appeal.opened, program.zone)}"
    head = title(
        f"Appeal {appeal.number}: {people[appeal.user].label}, {subject(appeal)}",
        [status_word(appeal), opened, f"by {appeal.author}" if appeal.author else ""],
        separator=target.glyphs.point,
    )
    table = plain_columns("left", "wrap")
    for name, told in _facts(case, program):
        table.add_row(Text(name, style=QUIET), text(told))
    record = appeal.record or (case.entry.record if case.entry else None)
    verdicts = explain_screen(record, case.verdicts, programs, people, target) if record and case.verdicts else None
    return screen([head, table, verdicts, _next(case)])


def _facts(case: Case, program: Program) -> list[tuple[str, str]]:
    appeal = case.appeal
    facts = [("Asks", appeal.text)]
    if case.entry is not None:
        facts.append((f"Entry {case.entry.number}", entry_words(case.entry, program)))
    if case.taken_back is not None:
        back = case.taken_back
        facts.append(
            (f"Entry {back.number}", f"took it back {moment_text(back.recorded, program.zone)}: {back.reason}")
        )
    if appeal.decided is not None:
        by = f" by {appeal.decided_by}" if appeal.decided_by else ""
        facts.append(
            (
                "Decided",
                f"{status_word(appeal)}{by} {moment_text(appeal.decided, program.zone)}: {appeal.decision or ''}",
            )
        )
    if case.waiting is not None:
        facts.append(("Waits", f"{waiting_points(case.waiting)}: request {case.waiting.number}"))
    if case.paid is not None:
        facts.append((f"Entry {case.paid.number}", f"{entry_words(case.paid, program)}"))
    return facts


def entry_words(entry: Entry, program: Program | None) -> str:
    """Say in one line what an entry is."""
    # The reason of an upheld appeal names its record already.
    record = f" {entry.record}" if entry.record and entry.kind is not EntryKind.ADJUSTMENT else ""
    return f"{points_text(entry.points)}, {why_words(entry, program)}{record}"


def _next(case: Case) -> RenderableType | None:
    number = case.appeal.number
    if case.waiting is not None:
        return next_step(f"novigem adjust --approve {case.waiting.number} --author NAME")
    if case.appeal.is_open:
        return next_step(
            f"novigem appeal uphold {number} --reason TEXT --author NAME",
            f"novigem appeal reject {number} --reason TEXT --author NAME",
        )
    return None


def note_words(case: Case) -> str | None:
    """Say what whoever opens an appeal should know at once."""
    if case.taken_back is not None and case.entry is not None:
        return f"Entry {case.entry.number} was taken back by entry {case.taken_back.number}: {case.taken_back.reason}."
    return None


def waiting_points(one: Request, whose: str = "") -> str:
    """Say how many points of a request wait; `whose` stands behind them."""
    points = one.points or 0
    return f"{signed_points(points)}{whose} {fitting(abs(points), 'waits', 'wait')} for a second person"


def waiting_words(one: Request, name: str) -> str:
    """Say that points wait for a second person."""
    return f"Request {one.number}: {waiting_points(one, f' for {name}')}."
