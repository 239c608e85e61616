"""What `check` proves of limits: caps in one measure, and targets that they keep out of reach, with the figure."""

import pytest

from novigem.program import check_program

HEAD = """\
program: season
name: Season
starts: 2026-01-05
weeks: 6
leaderboards: [{id: team, name: Team}]
"""


def said(rule: str, goal: str, *more: str, challenge: str = "type: timebound", head: str = "") -> list[str]:
    """Give what is said of a season of six weeks with one rule and one challenge, less the advice on its length."""
    rules = "\n".join(f"  - {{id: r{n}, {one}, challenge: c}}" for n, one in enumerate((rule, *more), start=1))
    text = f"{HEAD}{head}rules:\n{rules}\nchallenges:\n  - {{id: c, name: C, {challenge}, goal: {{{goal}}}}}\n"
    program, found = check_program(text, name="p.yaml")
    assert program is not None, found
    return [f"{one.code}: {one.message}" for one in found if one.code in {"NV405", "NV910", "NV913", "NV914"}]


def rule(limit: str, points: int = 5, object_: str = "Opportunity") -> str:
    return f"object: {object_}, trigger: create, points: {points}, {limit}"


@pytest.mark.parametrize(
    ("limit", "goal", "most"),
    [
        ("cap: {points: 15, per: week}", "count: rules", 18),
        ("cap: {awards: 3, per: week}", "count: rules", 18),
        ("cap: {awards: 3, per: week}", "distinct: AccountId", 18),
        ("cap: {awards: 2, per: month}", "count: Opportunity", 4),
        ("cap: {awards: 2, per: quarter}", "count: rules", 2),
        ("cap: {points: 10}", "count: rules", 2),
        ("cap: {awards: 1, per: day}", "count: rules", 42),
        ("cooldown: {hours: 48}", "count: rules", 22),
        ("cooldown: {hours: 48}, once_per: day", "count: rules", 22),
        ("cap: {awards: 3, per: week}, cooldown: {hours: 100}", "count: rules", 11),
    ],
)
def test_a_target_above_what_limits_leave_is_told_with_the_figure(limit: str, goal: str, most: int) -> None:
    told = f"limits leave one person {most} award{'s' * (most != 1)} at most in 42 days"
    assert said(rule(limit), f"{goal}, target: {most + 1}") == [f"NV913: the target is {most + 1}, but {told}"]
    assert said(rule(limit), f"{goal}, target: {most}") == []
    assert said(rule(limit), f"{goal}, target: {most + 1}, past_limits: true") == []


def test_points_stop_at_a_cap_exactly() -> None:
    assert said(rule("cap: {points: 15, per: week}"), "points: rules, target: 90") == []
    (told,) = said(rule("cap: {points: 15, per: week}"), "points: rules, target: 91")
    assert told == "NV913: the target is 91, but limits leave one person 90 points at most in 42 days"


def test_nothing_is_said_where_nothing_bounds_a_person() -> None:
    capped = rule("cap: {awards: 1, per: week}")
    assert said(capped, "sum: Amount, target: 1000000") == []
    assert said(rule("per_account: {awards: 1, per: week}"), "count: rules, target: 1000") == []
    assert said(rule("cooldown: {hours: 24, per: account}"), "count: rules, target: 1000") == []
    assert said(capped, "count: rules, target: 1000", rule("name: Free")) == []
    assert said(capped, "streak: working day, target: 20") == []


def test_leads_have_no_account_so_a_limit_per_account_counts_them_together() -> None:
    limit = rule("per_account: {awards: 1, per: week}", object_="Lead")
    assert said(limit, "count: rules, target: 6") == []
    assert "leave one person 6 awards at most" in said(limit, "count: rules, target: 7")[0]


def test_the_cap_of_a_challenge_counts_all_its_rules_together() -> None:
    challenge = "type: timebound, cap: {points: 15, per: week}"
    rules = (rule("name: One"), rule("name: Two", points=15))
    assert said(rules[0], "count: rules, target: 18", rules[1], challenge=challenge) == []
    assert "18 awards" in said(rules[0], "count: rules, target: 19", rules[1], challenge=challenge)[0]


def test_a_recurring_challenge_has_the_time_of_one_period() -> None:
    challenge = "type: recurring, cadence: weekly"
    assert (
        "5 awards at most in 7 days"
        in said(rule("cap: {awards: 5, per: week}"), "count: rules, target: 6", challenge=challenge)[0]
    )
    assert said(rule("cap: {awards: 1, per: day}"), "count: rules, target: 7", challenge=challenge) == []


@pytest.mark.parametrize(
    ("limit", "goal", "most"),
    [
        # Three days of a week, and three of the next.
        ("cap: {awards: 3, per: week}", "streak: working day", 6),
        ("cap: {awards: 6}", "streak: week, at_least: 3", 2),
        ("cap: {awards: 2, per: week}", "streak: week, at_least: 3", 0),
    ],
)
def test_a_streak_that_stops_at_limits_may_be_out_of_reach(limit: str, goal: str, most: int) -> None:
    (told,) = said(rule(limit), f"{goal}, target: {most + 1}, past_limits: false")
    assert f"leave one person {most} " in told
    if most:
        assert said(rule(limit), f"{goal}, target: {most}, past_limits: false") == []


def test_the_targets_of_single_persons_and_badges_are_looked_at_too() -> None:
    people = "people: [{user: ann@acme.example, targets: {c: 30}}]\n"
    badge = "badges: [{id: b, name: B, earned_by: {count: rules}, tiers: [{id: low, at: 18}, {id: high, at: 19}]}]\n"
    found = said(rule("cap: {awards: 3, per: week}"), "count: rules, target: 18", head=people + badge)
    assert [one.split(",")[0] for one in found] == ["NV913: the target is 30", "NV913: the target is 19"]


@pytest.mark.parametrize(("cap", "code"), [(15, "NV914"), (16, None), (7, "NV910"), (8, None), (17, "NV914")])
def test_a_cap_that_is_no_multiple_of_the_points_is_told(cap: int, code: str | None) -> None:
    found = said(rule(f"cap: {{points: {cap}, per: day}}", points=8), "count: rules, target: 1")
    assert [one[:5] for one in found] == ([code] if code else [])


def test_points_cannot_be_counted_past_a_limit() -> None:
    text = (
        f"{HEAD}rules:\n  - {{id: r, {rule('cap: {points: 5}')}, challenge: c}}\nchallenges:\n  - id: c\n    name: C\n"
    )
    text += "    type: timebound\n    goal: {points: rules, target: 5, past_limits: true}\n"
    text += "badges: [{id: b, name: B, earned_by: {points: rules, target: 5, past_limits: true}}]\n"
    assert [(one.code, one.line) for one in check_program(text, name="p.yaml")[1]] == [("NV325", 12), ("NV325", 13)]
