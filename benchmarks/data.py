"""The changes and the rules that every benchmark uses: the same for the same seed, on every machine."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from novigem.feed.jsonl.source import write_changes
from novigem.model.change import Change
from novigem.model.ids import id18
from novigem.model.program import Program, Rule
from novigem.rules.compile import compile_rules

STAGES = (
    "Prospecting",
    "Qualification",
    "Discovery",
    "Proposal",
    "Negotiation",
    "Contracting",
    "Closed Won",
    "Closed Lost",
)
OPPORTUNITY_TYPES = ("New Business", "Expansion", "Renewal", "Upsell", "Cross-sell", "Services")
TASK_TYPES = ("Call", "Email", "QBR", "Onboarding", "Health Check", "Training", "Escalation", "Executive Meeting")
TEAMS = tuple(f"CS {region} {number}" for region in ("NA", "EMEA", "APAC", "LATAM") for number in range(1, 11))
PRODUCTS = tuple(f"Product {number:02}" for number in range(1, 26))
REGIONS = (
    "US-East",
    "US-West",
    "Canada",
    "UK",
    "DACH",
    "France",
    "Nordics",
    "Iberia",
    "India",
    "Japan",
    "ANZ",
    "Brazil",
)
SOURCES = ("Web", "Referral", "Partner", "Event", "Customer Success", "Outbound")
STATUSES = ("Not Started", "In Progress", "Waiting", "Completed", "Deferred")
PRIORITIES = ("High", "Normal", "Low")
FORECASTS = ("Pipeline", "Best Case", "Commit", "Omitted")
DISPOSITIONS = ("Connected", "Left Message", "No Answer", "Follow-up Booked")

# A rule before it is made: object, trigger, and `when` as in a program file.
Draft = tuple[str, str, dict[str, dict[str, Any]]]

_NUMBER = {"Opportunity": "Amount", "Task": "Minutes__c"}
_START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_OPPORTUNITY_EDITS = ("StageName", "Amount", "CloseDate", "NextStep", "Probability", "ForecastCategoryName")
_TASK_EDITS = ("Status", "CallDisposition", "Minutes__c", "Description", "ActivityDate", "Priority")


def record_id(prefix: str, number: int) -> str:
    """Give a well-formed record id, such as `006xx0000000007AAA`."""
    return id18(f"{prefix}xx{number:010d}")


def changes(count: int, *, seed: int = 1, users: int = 500, spread: timedelta = timedelta(days=42)) -> Iterator[Change]:
    """Yield changes of Opportunities and Tasks in order of time: 20 fields, a third creates, 1 to 3 fields changed."""
    random = Random(seed)
    owners = [record_id("005", number) for number in range(users)]
    step = spread / max(count, 1)
    for number in range(count):
        is_task = random.random() < 0.5
        make, edits, prefix = (_task, _TASK_EDITS, "00T") if is_task else (_opportunity, _OPPORTUNITY_EDITS, "006")
        new = make(random)
        owner = random.choice(owners)
        new["OwnerId"] = owner
        new["AccountId"] = record_id("001", random.randrange(20_000))
        is_create = random.random() < 1 / 3
        yield Change(
            object="Task" if is_task else "Opportunity",
            id=record_id(prefix, number if is_create else random.randrange(max(number, 1))),
            kind="create" if is_create else "update",
            at=_START + step * number,
            by=owner,
            new=new,
            old=None if is_create else _before(random, new, edits, make),
        )


def _opportunity(random: Random) -> dict[str, Any]:
    stage = random.randrange(len(STAGES))
    return {
        "OwnerId": None,
        "AccountId": None,
        "Name": f"Deal {random.randrange(100_000)}",
        "StageName": STAGES[stage],
        "Type": random.choice(OPPORTUNITY_TYPES),
        "Amount": random.randrange(100, 20_000_000) / 100,
        "CloseDate": f"2026-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
        "NextStep": random.choice((None, f"Call on day {random.randrange(1, 400)}")),
        "Probability": stage * 10 + random.randrange(10),
        "ForecastCategoryName": random.choice(FORECASTS),
        "LeadSource": random.choice(SOURCES),
        "Team__c": random.choice(TEAMS),
        "Product__c": random.choice(PRODUCTS),
        "Region__c": random.choice(REGIONS),
        "IsClosed": stage >= 6,
        "IsWon": stage == 6,
        "HasOpportunityLineItem": random.random() < 0.5,
        "Seats__c": random.randrange(1, 5000),
        "Description": random.choice((None, "Renewal with more seats, see the notes of the last review")),
        "RecordType.DeveloperName": random.choice(("Standard", "Renewal")),
    }


def _task(random: Random) -> dict[str, Any]:
    return {
        "OwnerId": None,
        "AccountId": None,
        "Subject": f"Talk {random.randrange(100_000)}",
        "Status": random.choice(STATUSES),
        "Type": random.choice(TASK_TYPES),
        "Priority": random.choice(PRIORITIES),
        "ActivityDate": f"2026-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
        "WhatId": record_id("006", random.randrange(1_000_000)),
        "WhoId": record_id("003", random.randrange(1_000_000)),
        "Minutes__c": random.randrange(1, 100_000) / 100,
        "CallDisposition": random.choice(DISPOSITIONS),
        "Description": random.choice((None, f"Spoke about item {random.randrange(1, 400)}")),
        "Team__c": random.choice(TEAMS),
        "Product__c": random.choice(PRODUCTS),
        "Region__c": random.choice(REGIONS),
        "IsClosed": random.random() < 0.5,
        "IsHighPriority": random.random() < 0.3,
        "TaskSubtype": random.choice(("Task", "Call", "Email")),
        "Attendees__c": random.randrange(1, 30),
        "RecordType.DeveloperName": random.choice(("Standard", "Customer_Success")),
    }


def _before(random: Random, new: dict[str, Any], edits: tuple[str, ...], make: Any) -> dict[str, Any]:
    """Give the prior values of 1 to 3 fields, all of them different from the values now."""
    other = make(random)
    chosen = random.sample(edits, random.choice((1, 1, 2, 3)))
    return {field: other[field] for field in chosen if other[field] != new[field]} or {"Name": "earlier"}


def write_lines(path: Path, count: int, **options: Any) -> None:
    """Write changes as JSON lines."""
    with path.open("wb") as stream:
        write_changes(changes(count, **options), (), stream)


def _draft(random: Random, shape: int, *, narrow: bool) -> Draft:
    """Give what a CS leader would write, but for the number to be above that `rules` adds."""
    team: Any = {"equals": random.choice(TEAMS)} if narrow else {"in": random.sample(TEAMS, 15)}
    product: Any = {"equals": random.choice(PRODUCTS)} if narrow else {"in": random.sample(PRODUCTS, 10)}
    regions, sources = random.sample(REGIONS, 2), random.sample(SOURCES, 3)
    deal_types, talk_types = random.sample(OPPORTUNITY_TYPES, 2), random.sample(TASK_TYPES, 2)
    stage, status = random.choice(STAGES), random.choice(STATUSES)
    new_stage = {"isChanged": True, "equals": stage}
    filled = {"isChanged": True, "isNotBlank": True}
    reached = {"isChanged": True, "notEquals": "No Answer"}
    still_open = {"notIn": ["Closed Lost", "Prospecting"]}
    shapes: tuple[Draft, ...] = (
        ("Opportunity", "update", {"StageName": new_stage, "Team__c": team}),
        ("Task", "update", {"Status": {"changedTo": status}, "Type": {"in": talk_types}, "Team__c": team}),
        ("Opportunity", "update", {"NextStep": filled, "Team__c": team}),
        (
            "Task",
            "create",
            {"Type": {"equals": talk_types[0]}, "Priority": {"notEquals": "Low"}, "Region__c": {"in": regions}},
        ),
        ("Opportunity", "create", {"Type": {"in": deal_types}, "Product__c": product}),
        (
            "Opportunity",
            "update",
            {"StageName": {"changedTo": stage}, "LeadSource": {"in": sources}, "Product__c": product},
        ),
        ("Task", "update", {"CallDisposition": reached, "Team__c": team}),
        (
            "Opportunity",
            "update",
            {"CloseDate": {"isChanged": True}, "StageName": still_open, "Region__c": {"equals": regions[0]}},
        ),
        ("Task", "update", {"Description": filled, "Type": {"equals": talk_types[0]}, "Region__c": {"in": regions}}),
        (
            "Opportunity",
            "update",
            {"Amount": {"isChanged": True}, "Type": {"equals": deal_types[0]}, "Team__c": team},
        ),
    )  # fmt: skip - one rule a row reads as the table it is
    return shapes[shape]


def rules(count: int, *, share: float = 0.02, sample: int = 100_000, **more: Any) -> list[Rule]:
    """Give rules at least one of which fires on about a `share` of the changes, however many rules there are.

    Each rule ends with a number to be above (deal size, minutes), set so that the rules take about equal parts of the
    hits. `more` goes into every rule.
    """
    random = Random(count)
    drafts = [_draft(random, number % 10, narrow=count > 50) for number in range(count)]
    matched = _matched([_rule(index, draft, None, {}) for index, draft in enumerate(drafts)], sample)
    most = max(map(len, matched))
    # Rules overlap, and some match seldom: give each more hits until enough changes are hit by any.
    hits = next(hits for hits in range(1, most + 1) if hits == most or len(_hit(matched, hits)) >= share * sample)
    made = []
    for index, draft in enumerate(drafts):
        numbers = matched[index]
        made.append(_rule(index, draft, numbers[hits][0] if hits < len(numbers) else 0, more))
    return made


def _hit(matched: Sequence[list[tuple[float, int]]], hits: int) -> set[int]:
    return {place for numbers in matched for _number, place in numbers[:hits]}


def _rule(index: int, draft: Draft, least: float | None, more: Mapping[str, Any]) -> Rule:
    object_name, trigger, conditions = draft
    when = [conditions] if least is None else [conditions, {_NUMBER[object_name]: {"greaterThan": least}}]
    return Rule.model_validate(
        {"id": f"rule-{index}", "object": object_name, "trigger": trigger, "when": when, "points": 5, **more}
    )


def _matched(drafts: Sequence[Rule], sample: int) -> list[list[tuple[float, int]]]:
    """Give, per rule, the changes that it holds on: deal size or minutes (largest first) and place in the sample."""
    match = compile_rules([(rule, ZoneInfo("UTC")) for rule in drafts])
    matched: list[list[tuple[float, int]]] = [[] for _rule in drafts]
    for place, change in enumerate(changes(sample)):
        found = match(change)
        for index in found.holds if found is not None else ():
            matched[index].append((change.new[_NUMBER[change.object]], place))
    return [sorted(numbers, reverse=True) for numbers in matched]


def program(rule_count: int = 10, *, once_per: str = "record", share: float = 0.02) -> Program:
    """Give a season as a CS leader would write it: the rules, a weekly challenge, two boards."""
    made = [rule.model_dump(exclude_unset=True) for rule in rules(rule_count, share=share, once_per=once_per)]
    return _season([{**rule, "challenge": "weekly"} if n % 2 else rule for n, rule in enumerate(made)])


def paying_program() -> Program:
    """Give a season in which every change of the stream pays once, half of them into the challenge."""
    sources = [(kind, trigger) for kind in ("Opportunity", "Task") for trigger in ("create", "update")]
    made = [
        {"id": f"every-{kind.lower()}-{trigger}", "object": kind, "trigger": trigger, "points": 5, "once_per": "change"}
        for kind, trigger in sources
    ]
    return _season([{**rule, "challenge": "weekly"} if rule["object"] == "Task" else rule for rule in made])


def _season(rules_made: list[dict[str, Any]]) -> Program:
    return Program.model_validate(
        {
            "program": "season",
            "name": "Season",
            "starts": date(2026, 1, 5),
            "weeks": 12,
            "rules": rules_made,
            "challenges": [
                {
                    "id": "weekly",
                    "name": "Three a week",
                    "type": "recurring",
                    "cadence": "weekly",
                    "goal": {"count": "rules", "target": 3},
                    "completion": {"bonus": 25, "badge": "three"},
                }
            ],
            "badges": [{"id": "three", "name": "Three in a week"}],
            "leaderboards": [
                {"id": "all", "name": "Everybody", "ties": ["first_to_reach"]},
                {"id": "week", "name": "This week", "period": "week", "ranking": "competition"},
            ],
        }
    )
