"""Design advice, as warnings: programs that load and run, and are likely to disappoint."""

from collections import Counter
from typing import Any, Final

from novigem.model.program import Rule
from novigem.program.checks.firing import wants_change
from novigem.program.checks.money import sounds_like_money
from novigem.program.draft import Draft, Part, Placed
from novigem.rules.patterns import is_plain

MOST_RULES: Final = 4
SHORTEST_DAYS: Final = 7
LONGEST_DAYS: Final = 42
WIDEST_SPREAD: Final = 20
_STAGE_FIELDS: Final = frozenset({"StageName", "Status"})


def challenges_have_few_rules(draft: Draft) -> None:
    """Advise two to four rules a challenge: what has to be explained at length does not motivate."""
    for part in draft.challenges:
        rules = draft.links.get(part.value.id, ()) if part.knows("id") else ()
        if len(rules) > MOST_RULES:
            message = f"{len(rules)} rules feed this challenge; two to four are easier to follow"
            draft.note(part.at("id"), "NV901", message, "split it, or keep the behaviours that matter most")


def challenges_last_one_to_six_weeks(draft: Draft) -> None:
    """Advise one to six weeks for a timebound challenge: people lose sight of longer ones."""
    for part in draft.challenges:
        days = draft.days(part) if part.value.type == "timebound" and part.knows("type") else None
        if days and not SHORTEST_DAYS <= days <= LONGEST_DAYS:
            message = f"this challenge lasts {days} days; one to six weeks keep attention"
            hint = "make it recurring, or run it again" if days > LONGEST_DAYS else "give people a week at least"
            draft.note(part.at("type"), "NV902", message, hint)


def points_lie_close_together(draft: Draft) -> None:
    """Advise points within a factor of twenty, so that the small ones still count."""
    known = [part for part in draft.active_rules() if part.knows("points") and part.value.points]
    if not known:
        return
    least = min(known, key=lambda part: part.value.points)
    most = max(known, key=lambda part: part.value.points)
    if most.value.points > WIDEST_SPREAD * least.value.points:
        message = f'this rule pays {most.value.points:,} points, and "{least.value.id}" pays {least.value.points:,}'
        hint = f"keep the best paid within {WIDEST_SPREAD} times the least, or the small ones stop counting"
        draft.note(most.at("points"), "NV903", message, hint)


def update_rules_wait_for_a_change(draft: Draft) -> None:
    """Advise a rule on update to say which change it rewards; otherwise any edit sets it off."""
    for part in draft.active_rules():
        if part.value.trigger != "update" or not part.knows("trigger", "when"):
            continue
        group = next((one for one in part.groups if not any(wants_change(condition) for condition in one)), None)
        if not part.groups:
            hint = "say which change counts, such as `NextStep: {isChanged: true, isNotBlank: true}`"
            draft.note(part.at("trigger"), "NV904", "any edit of the record sets off this rule", hint)
        elif group is not None:
            _advise_group(draft, group)


def _advise_group(draft: Draft, group: tuple[Placed, ...]) -> None:
    stage = next((one for one in group if one.field in _STAGE_FIELDS and one.operator in {"equals", "in"}), None)
    if stage is not None:
        message = f"`{stage.field}` may have had this value for months: any later edit sets off this rule"
        hint = f"add `isChanged: true` beside `{stage.operator}`, for the moment it gets there"
        draft.note_key(stage.path, "NV908", message, hint)
    elif group:
        hint = "add `isChanged: true` to the field whose change you reward"
        draft.note_key(group[0].path[:-1], "NV904", "any edit sets off this rule while its conditions hold", hint)


def patterns_have_a_wildcard(draft: Draft) -> None:
    """Advise `equals` where only one text fits a pattern: a part of the text may have been meant."""
    for part in draft.rules:
        for condition in (one for group in part.groups for one in group):
            if condition.operator == "matches" and is_plain(condition.value):
                message = "this pattern has no `*` and no `?`, so only this very text fits"
                hint = "write `equals` if that is meant; `contains` or a `*` on either side to find it inside a text"
                draft.note(condition.path, "NV912", message, hint)


def goals_count_behaviour(draft: Draft) -> None:
    """Advise to reward behaviour, not revenue: money depends on much that nobody on the team controls."""
    for part in draft.challenges:
        field = part.value.goal.sum
        if field is None or not part.knows("goal"):
            continue
        if sounds_like_money(field):
            hint = "count the behaviour that leads there; the review shows the money"
            message = f"this goal adds up money (`{field}`)"
            if part.value.goal.currency is None:
                message += ", in whatever currency it is"
                hint += "\nif the org has several currencies, add `currency: EUR`, and `rates` for the others"
            draft.note(part.at("goal", "sum"), "NV905", message, hint)


def badges_are_used(draft: Draft) -> None:
    """Advise to give every badge somewhere."""
    if "challenges" in draft.unreadable or any(not part.knows("completion", "team_goal") for part in draft.challenges):
        return
    given = {part.value.completion.badge for part in draft.challenges}
    given |= {part.value.team_goal.badge for part in draft.challenges if part.value.team_goal is not None}
    misspelt = {name for name in given if name is not None} - set(draft.badge_ids)
    for part in draft.badges:
        earned = part.value.id in given or part.value.earned_by is not None or not part.knows("earned_by")
        if part.knows("id") and not earned and part.value.status == "active" and not misspelt:
            hint = f"add `completion: {{badge: {part.value.id}}}` to a challenge, or `earned_by` to the badge"
            draft.note(part.at("id"), "NV906", "no challenge gives this badge", hint)


def facts_are_paid_once(draft: Draft) -> None:
    """Advise against two rules with the same object, trigger and conditions: they pay twice for one fact."""
    first: dict[Any, Part[Rule]] = {}
    for part in draft.active_rules():
        if not part.knows("object", "trigger", "when", "award_points_to", "challenge", "id"):
            continue
        earlier = next((one for fact in _facts(part) if (one := first.setdefault(fact, part)) is not part), None)
        if earlier is not None:
            message = f'this rule pays for the same fact as "{earlier.value.id}"'
            draft.note(part.at("id"), "NV907", message, "keep one of the two, or tell them apart by a condition")


def _facts(part: Part[Rule]) -> list[Any]:
    """Name what a rule pays for, once for each kind of change that it looks at."""
    groups = frozenset(
        frozenset(Counter((one.field, one.operator, repr(one.value)) for one in group)) for group in part.groups
    )
    # What feeds other challenges may pay otherwise, so the same rule for two challenges is meant.
    whose = part.value.share or part.value.award_points_to
    return [(part.value.object, kind, whose, part.value.challenge, groups) for kind in part.value.kinds]


def somebody_sees_the_points(draft: Draft) -> None:
    """Advise a leaderboard: progress that nobody sees changes nothing."""
    if not draft.boards and draft.head.knows("leaderboards") and "leaderboards" not in draft.unreadable:
        hint = "add `leaderboards: [{id: team, name: Team leaderboard}]`"
        draft.note(("program",), "NV909", "this program has no leaderboard", hint)
