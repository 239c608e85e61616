"""A program in plain words: what each part of a file says to whoever takes part."""

import pytest

from novigem.model.program import Program
from novigem.program import load_program_text
from novigem.views.program_words import Section, program_words

_HEAD = """
program: season
name: Season
timezone: Europe/Berlin
starts: 2026-01-05
weeks: 6
"""
_RULE = """
rules:
  - id: done
    name: Follow-up done
    object: Task
    trigger: create or update
    when: [{Status: {isChanged: true, equals: Completed}}]
    points: 5
"""


def _program(*parts: str) -> Program:
    return load_program_text("".join((_HEAD, *parts)))


def _section(program: Program, name: str) -> Section:
    return next(one for one in program_words(program) if one.id == name)


def _of(program: Program, section: str, number: int = 0) -> list[str]:
    return list(_section(program, section).items[number].sentences)


def test_a_rule_says_what_happens_to_whom_and_how_often() -> None:
    assert _of(_program(_RULE), "rules") == [
        "5 points to the owner of the record, for a task, made so or brought there by an edit.",
        "Only where status becomes “Completed”.",
        "Once for each record, whoever owns it later.",
        "Stays paid, whatever becomes of the record.",
    ]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("Type: {in: [Upsell, Call]}", "type is “Upsell” or “Call”"),
        ("IsClosed: {equals: false}", "it is not closed"),
        ("Renewal_Risk__c: {isNotBlank: true}", "renewal risk is filled in"),
        ("RecordType.DeveloperName: {notEquals: Renewal}", "record type is not “Renewal”"),
        ("Account.Industry: {startsWith: Bio}", "industry of the account begins with “Bio”"),
        ("ActivityDate: {within: {from_days: 0, to_days: 30}}", "lies between the day of the change and 30 days after"),
        ("ActivityDate: {within: {to_days: -1}}", "activity date is no later than 1 day before the change"),
        ("Score__c: {greaterThanOrEqual: 7.5}", "score is 7.50 or above"),
    ],
)
def test_a_condition_reads_as_people_say_it(condition: str, words: str) -> None:
    rule = "rules: [{id: one, object: Task, trigger: create, points: 1, when: [{%s}]}]" % condition  # noqa: UP031 - braces
    assert words in _of(_program(rule), "rules")[1]


def test_several_ways_stand_one_below_the_other() -> None:
    rule = """
rules:
  - {id: one, object: Lead, trigger: create, points: 1, when: {any: [{Status: {equals: New}}, {Rating: {equals: Hot}}]}}
"""
    assert _of(_program(rule), "rules")[1:4] == [
        "Only where one of these holds:",
        "1. status is “New”",
        "2. rating is “Hot”",
    ]


def test_limits_shares_and_what_is_taken_back_are_said() -> None:
    rule = """
rules:
  - id: one
    object: Opportunity
    trigger: create
    points: 10
    once_per: account and week
    cap: {points: 20, per: week}
    per_account: {awards: 1, per: day}
    cooldown: {hours: 2, per: account}
    share: [{to: Record Owner, percent: 70}, {to: Account.OwnerId, percent: 30}]
    on_undo: {reverse_within_days: 14}
    vest_after: 7
closing: {grace_days: 7}
"""
    assert _of(_program(rule), "rules") == [
        "10 points for a new opportunity: 70 % to the owner of the record and 30 % to the owner of the account.",
        "Once a week for each account.",
        "At most 20 points a week for one person.",
        "At most 1 award a day for one person from one account.",
        "After an award it pays the same person nothing more from the same account for 2 hours.",
        "Taken back if the record is deleted, merged into another, or no longer fits within 14 days.",
        "Held for 7 days before it counts for a prize.",
    ]


@pytest.mark.parametrize(
    ("goal", "words"),
    [
        ("{count: rules, target: 6}", "Earn 6 awards."),
        ("{points: rules, target: 100}", "Earn 100 points."),
        ("{distinct: AccountId, target: 5}", "Earn awards for 5 different accounts."),
        (
            "{sum: Amount, currency: EUR, object: Opportunity, target: 1000}",
            "Reach 1,000 EUR in all, added up from amount on opportunity records.",
        ),
        ("{streak: working day, target: 3, at_least: 2}", "Earn 2 awards in each of 3 working days in a row."),
        (
            "{rate: done, target: 90, at_least: 5}",
            "At least 90 % of your awards are for “Follow-up done”, once there are 5 awards.",
        ),
        (
            "{fewest: done, target: 1, at_least: 3}",
            "At most 1 award for “Follow-up done”, once there are 3 awards in all; fewer is better.",
        ),
    ],
)
def test_a_goal_is_a_sentence(goal: str, words: str) -> None:
    challenges = f"""    challenge: one
  - {{id: other, object: Opportunity, trigger: create, points: 1, challenge: one}}
challenges: [{{id: one, name: One, type: timebound, goal: {goal}}}]
"""
    assert _of(_program(_RULE, challenges), "challenges")[0] == words


def test_nobody_is_named() -> None:
    program = _program(
        """
participants:
  role: [CSM]
  users: [ada@example.com, 005Hs0000000004]
  exclude: [bot@example.com]
people: [{user: ben@example.com, part_time: 50}]
teams: [{id: north, name: North, members: [ada@example.com, ben@example.com]}]
""",
        _RULE,
        "leaderboards: [{id: teams, name: Teams, scope: teams, by: average}]\n",
    )
    every = repr(program_words(program))
    assert not [told for told in ("ada", "ben@", "bot@", "005Hs") if told in every]
    assert "Everybody with the role CSM, and 2 people by name." in every
    assert "Ranks teams by points per member, over the whole season." in every
    assert "2 people by name." in every


def test_a_shadow_season_says_that_nothing_becomes_final() -> None:
    program = _program("status: shadow\n", _RULE)
    assert "It is a shadow season: it scores, and nobody but its leader sees it." in _section(program, "time").sentences
    assert _section(program, "end").sentences == ("Nothing of it becomes final.",)


def test_what_steers_a_screen_is_cleaned_away() -> None:
    program = load_program_text(f"{_HEAD}{_RULE}".replace("Follow-up done", '"Follow\\u202E-up\\e[31m done"'))
    assert _section(program, "rules").items[0].name == "Follow-up done"
