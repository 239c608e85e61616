"""What `novigem apply` says: what differs in words, who gains and who loses, and what would be written."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from novigem.model.people import Person
from novigem.model.periods import local_day
from novigem.model.program import ALWAYS_START, Program
from novigem.planning.apply import Applying
from novigem.planning.diff import Outcome, PersonChange, TeamChange
from novigem.planning.renames import would_pay_again
from novigem.views.terminal.layout import (
    GOOD,
    QUIET,
    UNSURE,
    columns,
    indented,
    next_step,
    plain_columns,
    quiet,
    screen,
    text,
    title,
)
from novigem.views.words import (
    Screen,
    counted,
    day_text,
    iso_text,
    moment_text,
    number_text,
    points_text,
    signed_points,
)

_MOST_PEOPLE = 20
_NOTHING_YET = "Nothing was changed; add --yes to make it so."


def applying_screen(one: Applying, people: Mapping[str, Person], target: Screen, command: str) -> RenderableType:
    """Draw what applying a version means, or meant; `command` is what would make it so."""
    point = target.glyphs.point
    head = title(one.program.name, [f"version {one.before} -> {one.program.version}", _in_force(one)], separator=point)
    if one.is_nothing:
        return screen([head, text("All of it is so already; nothing was changed."), next_step("novigem board")])
    parts: list[RenderableType | None] = [head, _words(one), _renamed(one), _goals(one, people), _outcome(one, people)]
    if one.what_if is not None:
        name = "What if: had it been in force from the start (none of it is paid)"
        parts.append(_block(name, _gains(one.what_if, people, one.program)))
    if one.is_done:
        parts += [text(_done(one), GOOD), next_step("novigem doctor" if one.how == "scored anew" else "novigem board")]
    else:
        parts += [text(_NOTHING_YET), next_step(command)]
    return screen(parts)


def _in_force(one: Applying) -> str:
    if one.effective <= ALWAYS_START:
        return "everything is scored anew"
    since = day_text(local_day(one.effective, one.program.zone))
    anew = ", and what happened since is scored anew" if one.how == "scored anew" else ""
    return f"in force from {since} ({one.program.timezone}){anew}"


def _words(one: Applying) -> RenderableType:
    lines = [*one.words] or ["nothing differs in its words"]
    lines += [
        f"version {span.version} does not come into force on {moment_text(span.start, one.program.zone)}"
        for span in one.dropped
    ]
    return _block("What differs", Group(*(text(line) for line in lines)))


def _renamed(one: Applying) -> RenderableType | None:
    if not one.looks_renamed:
        return None
    lines = [text(line, UNSURE) for line in would_pay_again(one.looks_renamed)]
    hints = [
        quiet(f"Where it is the same, write `was: {found.old}` in {found.kind} {found.new}; else --as-new {found.new}.")
        for found in one.looks_renamed
    ]
    return _block("Renamed?", Group(*lines, *hints))


def _goals(one: Applying, people: Mapping[str, Person]) -> RenderableType | None:
    if not one.goals:
        return None
    table = columns(("Name", "fill"), ("Challenge", "left"), ("Counted", "right"), ("Target", "right"), ("", "wrap"))
    for shift in one.goals[:_MOST_PEOPLE]:
        name = people[shift.user].label if shift.user in people else shift.user
        place = " ".join(part for part in (shift.challenge, shift.period) if part)
        target = f"{number_text(shift.before)} -> {number_text(shift.after)}"
        also = "the next award from then on completes it" if shift.is_reached else ""
        table.add_row(text(name), text(place), number_text(shift.value), target, text(also, QUIET))
    rest = len(one.goals) - _MOST_PEOPLE
    note = [quiet(f"and {counted(rest, 'person', 'people')} more; see all with --json")] if rest > 0 else []
    told = "Other targets: what was counted stays, and who has completed keeps that"
    return _block(told, Group(table, *note))


def _outcome(one: Applying, people: Mapping[str, Person]) -> RenderableType:
    if not (one.outcome.people or one.outcome.moves or one.outcome.teams):
        again = ", and may be paid again under another id" if one.looks_renamed else ""
        told = f"Everything that has been paid stays as it is{again}."
        return text(told if one.how == "dated" else "Scored anew, everything that has been paid stays as it is.")
    taken, added = counted(one.outcome.taken_back, "entry", "entries"), counted(one.outcome.added, "entry", "entries")
    moves = plain_columns("left", "left", "right", "right")
    for move in one.outcome.moves:
        entries = counted(move.entries, "entry", "entries")
        moves.add_row(text(move.what), text(move.reason), entries, signed_points(move.points))
    return Group(
        _block(f"Scored anew: {taken} taken back, {added} added", moves),
        Text(""),
        _block("Who gains, who loses", _gains(one.outcome, people, one.program)),
    )


def _gains(outcome: Outcome, people: Mapping[str, Person], program: Program) -> RenderableType:
    names = {team.id: team.name for team in program.teams}
    lines = [text(f"The team {names.get(one.team, one.team)} {_also(one)}.") for one in outcome.teams]
    return Group(changes_of_people(outcome, people), *lines)


def changes_of_people(outcome: Outcome, people: Mapping[str, Person]) -> RenderableType:
    """Draw what becomes of people, most points gained first."""
    if not outcome.people:
        return quiet("Nobody would have other points.")
    table = columns(("Name", "fill"), ("Now", "right"), ("Then", "right"), ("", "right"), ("", "wrap"))
    for one in outcome.people[:_MOST_PEOPLE]:
        name = people[one.user].label if one.user in people else one.user
        moved = points_text(one.after - one.before) if one.after != one.before else "0"
        table.add_row(text(name), number_text(one.before), number_text(one.after), moved, text(_also(one), QUIET))
    rest = len(outcome.people) - _MOST_PEOPLE
    return (
        Group(table, quiet(f"and {counted(rest, 'person', 'people')} more; see all with --json")) if rest > 0 else table
    )


def _also(one: PersonChange | TeamChange) -> str:
    told = [f"completes {name}" for name in one.completed]
    told += [f"no longer completes {name}" for name in one.not_completed]
    if isinstance(one, TeamChange):
        return ", ".join(told)
    told += [f"wins {name}" for name in one.badges]
    told += [f"loses {name}" for name in one.lost_badges]
    return ", ".join(told)


def _block(name: str, body: RenderableType) -> RenderableType:
    return Group(text(name, "bold"), indented(body))


def _done(one: Applying) -> str:
    if one.how == "scored anew":
        return (
            f"Done: {counted(one.outcome.taken_back, 'entry', 'entries')} taken back by reversals, "
            f"{one.outcome.added:,} added. No entry was rewritten."
        )
    return f"Done: {one.program.program} {one.program.version} is {_in_force(one)}. No entry was touched."


def applying_answer(one: Applying) -> dict[str, Any]:
    """Give what applying a version means for a script."""
    return {
        "program": one.program.program,
        "before": one.before,
        "version": one.program.version,
        "from": None if one.effective <= ALWAYS_START else iso_text(one.effective),
        "how": one.how,
        "differences": list(one.words),
        "looks_renamed": [found._asdict() for found in one.looks_renamed],
        "goals": [shift._asdict() for shift in one.goals],
        "dropped": [span.version for span in one.dropped],
        "outcome": _outcome_answer(one.outcome),
        "what_if": None if one.what_if is None else _outcome_answer(one.what_if),
        "nothing_to_do": one.is_nothing,
        "done": one.is_done,
    }


def _outcome_answer(outcome: Outcome) -> dict[str, Any]:
    return {
        "taken_back": outcome.taken_back,
        "added": outcome.added,
        "people": [one._asdict() for one in outcome.people],
        "teams": [one._asdict() for one in outcome.teams],
        "reasons": [one._asdict() for one in outcome.moves],
    }


def history_screen(program: Program, uses: list[dict[str, Any]], target: Screen) -> RenderableType:
    """Draw from when on which version of a program was in force."""
    table = columns(("Version", "left"), ("In force from", "left"), ("How", "left"), ("By", "left"), ("Why", "wrap"))
    for use in uses:
        since = "the start" if use["from"] is None else moment_text(use["effective"], program.zone)
        table.add_row(use["version"], since, use["how"], text(use["author"] or ""), text(use["reason"] or ""))
    head = title(
        program.name, [counted(len(uses), "use of a version", "uses of versions"), f"times in {program.timezone}"],
        separator=target.glyphs.point,
    )  # fmt: skip
    return screen([head, table, next_step(f"novigem program show {uses[-1]['version']}")])
