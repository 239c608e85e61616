"""The screen of the flags: what to look at, the most serious first, with what may be innocent about it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.audit.flags import Flag, Look
from novigem.model.judgement import Judgement
from novigem.model.people import Person
from novigem.model.program import ALWAYS_END, ALWAYS_START, bounded
from novigem.views.terminal.layout import GOOD, QUIET, next_step, plain_columns, quiet, screen, text, title
from novigem.views.words import Screen, counted, fitting, iso_text, number_text, signed_points, span_text

_MOST_SHOWN = 12
_MOST_NAMED = 12
_NOTE = "A flag is a question, not a verdict: nothing was blocked or taken back. Ask the person before you decide."


def flags_screen(
    seen: Look, people: Mapping[str, Person], target: Screen, *, with_judged: bool, unlisted: Collection[str] = ()
) -> RenderableType:
    """Draw a look. Flags that a person has judged are left out unless `with_judged`.

    Who decides must know whom it is about, so those in `unlisted`, who opted out of boards, are named too; it says so.
    """
    flags = [flag for flag in seen.flags if with_judged or flag.judgement is None]
    hidden = len(seen.flags) - len(flags)
    program = seen.program
    start = bounded(seen.since)
    end = bounded(seen.until)
    looked = f"{counted(seen.awards, 'award')} of {counted(seen.people, 'person', 'people')}"
    head = title(
        f"Flags: {program.name}",
        [span_text(start, end, program.zone, target.glyphs.dash), looked, counted(seen.changes, "change")],
        separator=target.glyphs.point,
    )
    parts: list[RenderableType | None] = [head]
    if not flags:
        parts.append(Text("Nothing here asks for a second look.", style=GOOD))
    groups = _grouped(flags)
    parts += [_block(group, people, target, unlisted) for group in groups[:_MOST_SHOWN]]
    parts.append(_rest(len(flags) - sum(len(group) for group in groups[:_MOST_SHOWN]), hidden))
    if flags:
        parts += [quiet(_NOTE), _steps(flags[0], people)]
    return screen(parts)


def _grouped(flags: Sequence[Flag]) -> list[list[Flag]]:
    """Put the flags of one kind and person together, so that one person does not fill the screen."""
    groups: dict[tuple[str, str], list[Flag]] = {}
    for flag in flags:
        groups.setdefault((flag.finding.detector, flag.finding.user), []).append(flag)
    return list(groups.values())


def _block(
    flags: Sequence[Flag], people: Mapping[str, Person], target: Screen, unlisted: Collection[str]
) -> RenderableType:
    found, detector = flags[0].finding, flags[0].detector
    table = plain_columns("right", "wrap")
    who = Text.assemble((detector.title, "bold"), f" {target.glyphs.dash} ", text(people[found.user].label))
    who.append(f" ({signed_points(sum(one.finding.points for one in flags))})", style=QUIET)
    if found.user in unlisted:
        who.append(f" {target.glyphs.point} opted out of boards", style=QUIET)
    table.add_row(Text(str(found.severity).rjust(3)), who)
    table.add_row("", text(f"{found.evidence[:1].upper()}{found.evidence[1:]}."))
    if len(flags) > 1:
        table.add_row("", text(f"And {len(flags) - 1} more like it."))
    table.add_row("", quiet(f"It may be innocent: {detector.innocent}."))
    for one in flags:
        if one.judgement is not None:
            table.add_row("", text(f"{one.finding.id} {_decided(one.judgement)}"))
    named = " ".join(one.finding.id for one in flags[:_MOST_NAMED])
    more = f" {target.glyphs.more}" if len(flags) > _MOST_NAMED else ""
    table.add_row("", quiet(f"{'flag' if len(flags) == 1 else 'flags'} {named}{more}"))
    return table


def _decided(one: Judgement) -> str:
    return f"{one.status} by {one.author}: {one.reason}"


def _rest(more: int, hidden: int) -> RenderableType | None:
    lines = []
    if more > 0:
        lines.append(quiet(f"{number_text(more)} more, less serious: --json lists all."))
    if hidden:
        lines.append(
            quiet(f"{counted(hidden, 'flag')} judged before: --all shows {fitting(hidden, 'it', 'them')} too.")
        )
    return Group(*lines) if lines else None


def _steps(flag: Flag, people: Mapping[str, Person]) -> Text:
    found = flag.finding
    steps = [f"novigem explain {found.records[0]}"] if found.records else []
    steps.append(f"novigem ledger --user {_quoted(people[found.user])}")
    steps.append(f'novigem flags dismiss {found.id} --reason "why" --author "who"')
    return next_step(*steps)


def _quoted(person: Person) -> str:
    return person.email or person.id


def judged_screen(
    flags: Sequence[Flag], judgements: Sequence[Judgement], people: Mapping[str, Person]
) -> RenderableType:
    """Draw what somebody decided just now, and what can be done next."""
    told = [
        text(f"{flag.detector.title}, {people[flag.finding.user].label}: {judgement.status}.")
        for flag, judgement in zip(flags, judgements, strict=True)
    ]
    if judgements[0].status == "dismissed":
        return screen([Group(*told), next_step("novigem flags")])
    points: dict[str, int] = {}
    for flag in flags:
        points[flag.finding.user] = points.get(flag.finding.user, 0) + flag.finding.points
    steps = [
        f'novigem adjust {_quoted(people[user])} -{number} --reason "why"' for user, number in points.items() if number
    ]
    stands = quiet("The points stand as they are. Where they should not:")
    return screen([Group(*told), Group(stands, next_step(*(steps or ["novigem adjust USER POINTS"])))])


def flags_answer(
    seen: Look, people: Mapping[str, Person], flags: Sequence[Flag], unlisted: Collection[str] = ()
) -> dict[str, Any]:
    """Give a look for a script; `unlisted` opted out of boards."""
    return {
        "program": seen.program.program,
        "since": None if seen.since == ALWAYS_START else iso_text(seen.since),
        "until": None if seen.until == ALWAYS_END else iso_text(seen.until),
        "changes": seen.changes,
        "awards": seen.awards,
        "people": seen.people,
        "flags": [_answer(flag, people, unlisted) for flag in flags],
    }


def _answer(flag: Flag, people: Mapping[str, Person], unlisted: Collection[str]) -> dict[str, Any]:
    found = flag.finding
    return {
        "flag": found.id,
        "detector": found.detector,
        "user": found.user,
        "name": people[found.user].label,
        "opted_out": found.user in unlisted,
        "severity": found.severity,
        "points": found.points,
        "first": iso_text(found.moments[0]),
        "last": iso_text(found.moments[1]),
        "entries": list(found.entries),
        "records": list(found.records),
        "evidence": found.evidence,
        "innocent": flag.detector.innocent,
        "judgement": None if flag.judgement is None else judgement_answer(flag.judgement),
    }


def judgement_answer(one: Judgement) -> dict[str, Any]:
    """Give what somebody decided, for a script."""
    return {
        "flag": one.flag,
        "status": one.status,
        "reason": one.reason,
        "author": one.author,
        "judged": iso_text(one.judged),
    }
