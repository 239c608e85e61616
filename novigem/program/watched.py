"""Which fields of which objects programs look at: all that has to be read of a record, and no more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from novigem.challenges.sums import currency_field
from novigem.model.program import Program, Rule, Scope
from novigem.rules.onset import is_of_the_moment
from novigem.rules.operators import Registry

# Modes of Award Points To that are not a field by their own name.
_MODES = {"Record Owner": "OwnerId", "Last Modified By": None, "Created By": "CreatedById"}


class Watched(NamedTuple):
    """The fields of one object. `needed` must be readable; `useful` are read where the object has them."""

    needed: frozenset[str]
    useful: frozenset[str]


def watched_fields(programs: Iterable[Program], registry: Registry) -> Mapping[str, Watched]:
    """Give, per object, what the rules of some programs look at, ordered by object."""
    needed: dict[str, set[str]] = defaultdict(set)
    useful: dict[str, set[str]] = defaultdict(set)
    for program in programs:
        for rule in program.rules:
            needed[rule.object] |= {condition.field for group in rule.groups for condition in group}
            needed[rule.object] |= _recipient_fields(rule, registry)
            needed[rule.object] |= _scope_fields(rule)
            # Which account an award belongs to decides ties, and who owns a record is what people ask first.
            useful[rule.object] |= {"OwnerId"} if rule.object == "Account" else {"AccountId", "OwnerId"}
            # A goal may count a field that not every object of its rules has.
            useful[rule.object] |= _goal_fields(program, rule)
        for name, fields in _review_fields(program, registry).items():
            needed[name] |= set()
            useful[name] |= fields
    return {name: Watched(frozenset(needed[name]), frozenset(useful[name] - needed[name])) for name in sorted(needed)}


def _recipient_fields(rule: Rule, registry: Registry) -> set[str]:
    modes = [share.to for share in rule.share] or [rule.award_points_to]
    # A function of the developer's own reads what it likes; conditions name the fields it needs.
    fields = {_MODES.get(mode, mode) for mode in modes if registry.recipient(mode) is None}
    if rule.former_owner is not None:
        fields.add("OwnerId")
    return {field for field in fields if field is not None}


def _scope_fields(rule: Rule) -> set[str]:
    return {"AccountId"} if rule.once_per.startswith("account") and rule.object != "Account" else set()


def _review_fields(program: Program, registry: Registry) -> dict[str, set[str]]:
    """Give what the figures of the review look at. None of it may change a score, and a sync goes on without it.

    A rule that any edit sets off would pay for edits of one more field: its object is read for the rules alone.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for figure in program.review.figures:
        for name, fields in figure.fields().items():
            found[name] |= fields
    paid = {rule.object for rule in program.rules if _pays_for_any_edit(rule, registry)}
    return {name: fields for name, fields in found.items() if name not in paid}


def _pays_for_any_edit(rule: Rule, registry: Registry) -> bool:
    if "update" not in rule.kinds or rule.waits_for_the_onset:
        return False
    return not rule.groups or any(not is_of_the_moment(group, registry) for group in rule.groups)


def _goal_fields(program: Program, rule: Rule) -> set[str]:
    goals = [program.challenge(name).goal for name in rule.challenges]
    counted = {goal.distinct for goal in goals if goal.distinct is not None}
    # An amount is in the currency that its record names, where the org has several.
    return counted.union(*((goal.sum, currency_field(goal.sum)) for goal in goals if goal.sum is not None))


def fields_of_people(program: Program) -> frozenset[str]:
    """Give the fields of users that a program asks for: who takes part, who is ranked, and who is on which team."""
    part, found = program.participants, set()
    scopes = [board.scope for board in program.leaderboards if isinstance(board.scope, Scope)]
    if part.role or any(one.role for one in scopes) or any(team.role for team in program.teams):
        found.add("UserRole.Name")
    managers = [*part.manager, *(one.manager for one in scopes), *(team.manager for team in program.teams)]
    if any(managers):
        found.add("ManagerId")
    members = [name for team in program.teams for name in (member.user for member in team.members)]
    if any("@" in (name or "") for name in (*managers, *part.users, *part.exclude, *members)):
        found.add("Email")
    return frozenset(found)
