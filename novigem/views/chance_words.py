"""Chances in plain English, for the terminal and for scripts; pages put the same parts together in their own language.

Comes in: a chance and its program. Goes out: what to do, and why it pays.
"""

from datetime import date

from novigem.model.entry import GOAL_UNIT
from novigem.model.program import Program
from novigem.queries.chances import Chance
from novigem.views.words import clean, fitting, goal_number, number_text

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def step_words(chance: Chance, program: Program) -> str:
    """Say what to do."""
    match chance.kind:
        case "record":
            return _edit_words(chance)
        case "rule":
            return f"{_rule(chance, program)}: each new {chance.object}"
        case "challenge":
            return f"{_challenge(chance, program)}: {_number(chance.left)} of {_number(chance.target)} left"
        case "streak":
            return f"{_goal(chance, program)}: {_number(chance.left)} more {_before_it_ends(chance)}"
        case _:
            return f"{_badge(chance, program)}: {_number(chance.left)} of {_number(chance.target)} left"


def why_words(chance: Chance, program: Program) -> str:
    """Say why it pays."""
    match chance.kind:
        case "record":
            return _rule(chance, program)
        case "rule":
            return "the rule pays for each" if chance.points is not None else "what it pays depends on the record"
        case "streak":
            run, aim = _number(chance.value), _number(chance.target)
            then = f", +{chance.bonus:,} at {aim}" if chance.bonus and not chance.points else ""
            return f"{run} of {aim} in a row so far{then}" if chance.value else f"begins a run of {aim}{then}"
        case "challenge":
            badge = "" if chance.badge is None else f", with the badge {_badge(chance, program)}"
            return f"completing it{badge}"
        case _:
            return "the next step of the badge"


def points_words(chance: Chance) -> str:
    """Give the points with their sign; "?" where they cannot be told, nothing for a badge alone."""
    if chance.points is None:
        return "?"
    return f"+{chance.points:,}" if chance.points else ""


def deadline_words(chance: Chance, today: date) -> str:
    """Say by when, or that it was due before."""
    if chance.due is not None and chance.due < today:
        return f"was due {_day(chance.due)}"
    return "" if chance.last_day is None else f"by {_day(chance.last_day)}"


def record_words(chance: Chance) -> str:
    """Give what a record is called: by its own values, else by its object and id."""
    return chance.label or f"{chance.object} {chance.record}"


def _edit_words(chance: Chance) -> str:
    name = record_words(chance)
    if (chance.object, chance.field, chance.to) == ("Task", "Status", "Completed"):
        return f"Complete {name}"
    if chance.any_value:
        return f"Fill in {chance.field} on {name}"
    return f"Set {chance.field} to {chance.to} on {name}"


def _before_it_ends(chance: Chance) -> str:
    awards = fitting((chance.left or 0) // GOAL_UNIT, "award", "awards")
    return f"{awards} to keep it going" if chance.value else f"{awards} to begin it"


def _rule(chance: Chance, program: Program) -> str:
    return next((one.label for one in program.rules if one.id == chance.rule), chance.rule or "")


def _challenge(chance: Chance, program: Program) -> str:
    return next((one.name for one in program.challenges if one.id == chance.challenge), chance.challenge or "")


def _badge(chance: Chance, program: Program) -> str:
    return next((one.name for one in program.badges if one.id == chance.badge), chance.badge or "")


def _goal(chance: Chance, program: Program) -> str:
    return _challenge(chance, program) if chance.challenge is not None else _badge(chance, program)


def _number(millionths: int | None) -> str:
    return number_text(goal_number(millionths or 0))


def _day(day: date) -> str:
    return clean(f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}")
