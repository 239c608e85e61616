"""Hypothesis strategies for valid programs, over the known objects and a realistic pool of fields.

Every program drawn here loads without an error (advice aside), so that property tests of the engine can start from it.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from novigem.model.program import Program
from novigem.program import check_program, dump_program

# Field -> kind of value, for each object. Custom and parent fields are among them.
FIELDS: dict[str, dict[str, str]] = {
    "Opportunity": {
        "StageName": "text",
        "NextStep": "text",
        "Type": "text",
        "Amount": "number",
        "Probability": "number",
        "CloseDate": "date",
        "LastActivityDate": "date",
        "IsClosed": "boolean",
        "Renewal_Risk__c": "text",
        "Account.Industry": "text",
        "RecordType.DeveloperName": "text",
    },
    "Task": {
        "Status": "text",
        "Subject": "text",
        "Type": "text",
        "Priority": "text",
        "ActivityDate": "date",
        "IsClosed": "boolean",
        "CallDurationInSeconds": "number",
    },
    "Event": {"Subject": "text", "StartDateTime": "date", "DurationInMinutes": "number", "IsAllDayEvent": "boolean"},
    "Lead": {"Status": "text", "Rating": "text", "IsConverted": "boolean", "NumberOfEmployees": "number"},
    "Account": {"Health__c": "text", "NPS_Score__c": "number", "Next_Review__c": "date", "Is_Reference__c": "boolean"},
    "Contact": {"Title": "text", "Email": "text", "Is_Champion__c": "boolean"},
    "Case": {"Status": "text", "Priority": "text", "ClosedDate": "date"},
    "Success_Plan__c": {"Stage__c": "text", "Progress__c": "number", "Due__c": "date", "Approved__c": "boolean"},
}
# Words that YAML versions read differently, or that need quotes for another reason.
TRICKY = (
    "on",
    "yes",
    "n",
    "null",
    "~",
    "true",
    "12:30:00",
    "0777",
    "1_000",
    "0x1f",
    "1e3",
    "1.0",
    "5",
    ".inf",
    "2026-01-05",
    "2026-01-05T10:00:00Z",
    "",
    " lead",
    "trail ",
    "a: b",
    "a #b",
    "- x",
    "[x]",
    "{x}",
    "*x",
    "&x",
    "!x",
    "%x",
    "@x",
    "|",
    ">",
    "? x",
    "'",
    '"',
    "\\",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x00",
    "\x7f",
    "Ünïcode",
    "日本語",
    "🎯",
    "=",
    "<<",
    "---",
    "...",
    "a:",
    ":a",
    "#a",
    "a,b",
    "`a",
)  # fmt: skip - one word after the other reads as the list it is
PICKLIST = (
    "Prospecting",
    "Negotiation",
    "Closed Won",
    "Closed Lost",
    "Completed",
    "Not Started",
    "Expansion",
    "High",
    "Low",
)

any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
titles = st.sampled_from(("Renewal season", "Early risk", "Reviews: on time", "On")) | any_text.filter(bool)
descriptions = (
    st.none() | any_text | st.just("First line.\n\nSecond paragraph: with a colon.\n") | st.just("two\nlines")
)
identifiers = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,15}", fullmatch=True) | st.sampled_from(
    ("on", "no", "0777", "1e3", "5")
)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.none() | st.just(UTC))  # noqa: DTZ001 - a moment without offset is one of the cases
numbers = (
    st.integers(-(10**12), 10**12)
    | st.floats(-1e9, 1e9, allow_nan=False, allow_infinity=False)
    | st.sampled_from((0, 0.0, 0.1, 1e-7, 1e22))
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(PICKLIST) | st.sampled_from(TRICKY) | any_text,
    "number": numbers,
    "date": days | moments,
    "boolean": st.booleans(),
}


def _sorted_pair(kind: str) -> st.SearchStrategy[tuple[Any, Any]]:
    values = days if kind == "date" else st.integers(-1000, 1000)
    return st.tuples(values, values).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: tuple(sorted(pair)))


def _ranges() -> st.SearchStrategy[dict[str, Any]]:
    pair = st.tuples(st.integers(-400, 400), st.integers(0, 400))
    both = pair.map(lambda one: {"from_days": one[0], "to_days": one[0] + one[1]})
    return both | st.integers(-400, 400).map(lambda day: {"from_days": day}) | st.just({"to_days": 0})


def operators(kind: str, trigger: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw operators for one field of a kind; all of them can hold at once."""
    value = VALUES[kind]
    flags = st.sampled_from(("isBlank", "isNotBlank")).flatmap(lambda name: st.booleans().map(lambda one: {name: one}))
    choices = [
        value.map(lambda one: {"equals": one}),
        value.map(lambda one: {"notEquals": one}),
        st.lists(value, min_size=1, max_size=4).map(lambda some: {"in": some}),
        st.lists(value, min_size=1, max_size=4).map(lambda some: {"notIn": some}),
        flags,
    ]
    if kind in {"number", "date"}:
        names = ("greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual")
        choices.append(st.tuples(st.sampled_from(names), value).map(lambda one: {one[0]: one[1]}))
        choices.append(_sorted_pair(kind).map(lambda one: {"greaterThanOrEqual": one[0], "lessThanOrEqual": one[1]}))
    if kind == "date":
        choices.append(_ranges().map(lambda one: {"within": one}))
    if kind == "text":
        names = ("contains", "notContains", "startsWith", "endsWith")
        choices.append(st.tuples(st.sampled_from(names), value).map(lambda one: {one[0]: one[1]}))
        choices.append((value | st.text("ab*?", max_size=8)).filter(bool).map(lambda one: {"matches": one}))
    if trigger != "create":
        choices += [
            value.map(lambda one: {"changedFrom": one}),
            value.map(lambda one: {"changedTo": one}),
            value.map(lambda one: {"isChanged": True, "equals": one}),
            st.just({"isChanged": True, "isNotBlank": True}),
            st.just({"isChanged": True}),
        ]
        if kind == "number":
            choices.append(st.integers(1, 100).map(lambda one: {"increasedBy": one}))
    choices.append(st.just({"isChanged": False}))
    return st.one_of(choices)


@st.composite
def groups(draw: st.DrawFn, sobject: str, trigger: str) -> Any:
    """Draw one condition group: a mapping, or a list of mappings. No field stands in it twice."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS[sobject])), min_size=1, max_size=3, unique=True))
    conditions = {name: draw(operators(FIELDS[sobject][name], trigger)) for name in names}
    if draw(st.booleans()):
        return conditions
    return [{name: one} for name, one in conditions.items()]


@st.composite
def rules(draw: st.DrawFn, rule_id: str, challenge: str | None = None) -> dict[str, Any]:
    """Draw one active rule as plain data."""
    sobject = draw(st.sampled_from(sorted(FIELDS)))
    trigger = draw(st.sampled_from(("create", "update", "create or update")))
    one = groups(sobject, trigger)
    when = draw(st.none() | one | st.lists(one, min_size=1, max_size=3).map(lambda some: {"any": some}))
    recipients = ("Record Owner", "Last Modified By", "Created By", "Account.OwnerId", "CSM__c", "Owner.ManagerId")
    return {
        "id": rule_id,
        "name": draw(st.none() | titles),
        "description": draw(descriptions),
        "object": sobject,
        "trigger": trigger,
        "when": when,
        "award_points_to": draw(st.sampled_from(recipients)),
        "points": draw(st.integers(1, 100)),
        "challenge": challenge,
        "once_per": draw(
            st.sampled_from(("record", "record and user", "account", "account and week", "day", "change"))
        ),
    }


def _goals(linked: list[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    objects = st.sampled_from(sorted({rule["object"] for rule in linked}))
    targets = st.just(1) if any(rule["once_per"] == "day" for rule in linked) else st.integers(1, 50) | st.just(2.5)
    kinds = st.one_of(
        st.just({"count": "rules"}),
        st.just({"points": "rules"}),
        st.just({"distinct": "AccountId"}),
        objects.map(lambda one: {"count": one}),
        objects.map(lambda one: {"sum": "Seats__c", "object": one}),
        objects.map(lambda one: {"distinct": "AccountId", "object": one}),
    )
    streaks = st.sampled_from(({"streak": "working day", "target": 1}, {"streak": "week", "at_least": 2, "target": 1}))
    return streaks | st.tuples(kinds, targets).map(lambda one: {**one[0], "target": one[1]})


@st.composite
def challenges(
    draw: st.DrawFn,
    challenge_id: str,
    linked: list[dict[str, Any]],
    *,
    badge: str | None,
    first: date | None,
    last: date | None,
) -> dict[str, Any]:
    """Draw one challenge that its rules can complete, inside the program's days."""
    kinds = ("one-time", "timebound", "recurring") if first and last else ("one-time", "recurring")
    kind = draw(st.sampled_from(kinds))
    inside = {"starts": first, "ends": last} if first and last and draw(st.booleans()) else {}
    return {
        "id": challenge_id,
        "name": draw(titles),
        "description": draw(descriptions),
        "type": kind,
        "cadence": draw(st.sampled_from(("weekly", "monthly", "quarterly"))) if kind == "recurring" else None,
        **inside,
        "goal": draw(_goals(linked)),
        "completion": {"bonus": draw(st.none() | st.integers(1, 500)), "badge": badge},
        "status": draw(st.sampled_from(("draft", "active", "active", "paused", "ended"))),
        "fair": bool(first and last) and draw(st.booleans()),
    }


_EARNED: tuple[dict[str, Any], ...] = (
    {},
    {"earned_by": {"points": "rules", "target": 100}},
    {"earned_by": {"streak": "working day", "at_least": 2, "target": 5}, "expires_after_days": 90},
    {"earned_by": {"count": "Task"}, "tiers": [{"id": "on", "at": 5}, {"id": "silver", "name": "on", "at": 10}]},
)


def badges(badge_id: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one badge."""
    return st.fixed_dictionaries(
        {
            "id": st.just(badge_id),
            "name": titles,
            "description": descriptions,
            "color": st.sampled_from(("gold", "silver", "bronze", "ruby", "emerald")),
            "shape": st.sampled_from(("hexagon", "circle", "shield")),
            "icon": st.sampled_from(("star", "target", "on", "5")),
        }
    ).flatmap(lambda badge: st.sampled_from(_EARNED).map(lambda more: badge | more))


def leaderboards(board_id: str, challenge_ids: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw one leaderboard."""
    scopes: list[Any] = [
        "everybody",
        "participants",
        {"role": "Customer Success Manager"},
        {"manager": "lead@acme.example"},
    ]
    scopes += [{"challenge": name} for name in challenge_ids]
    ties = ("first_to_reach", "distinct_accounts", "fewer_awards")
    return st.fixed_dictionaries(
        {
            "id": st.just(board_id),
            "name": titles,
            "period": st.sampled_from(("program", "week", "month", "quarter", "all")),
            "scope": st.sampled_from(scopes),
            "ranking": st.sampled_from(("dense", "competition", "ordinal")),
            "ties": st.lists(st.sampled_from(ties), unique=True, max_size=3),
        }
    )


_people = st.lists(st.sampled_from(("CSM", "ana@acme.example", "005xx000001SwiUAAS", "on")), max_size=3)


def _terms(challenge_ids: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw the terms of some people, each once."""
    leave = st.tuples(days, st.integers(0, 30)).map(lambda one: {"from": one[0], "to": one[0] + timedelta(days=one[1])})
    one = st.fixed_dictionaries(
        {"user": st.sampled_from(("ana@acme.example", "005xx000001SwiUAAS", "on", "5"))},
        optional={
            "part_time": st.integers(1, 100),
            "leave": st.lists(leave, max_size=2),
            "holidays": st.sampled_from(({"country": "DE", "subdivision": "BY"}, {"country": "NO"})),
            "targets": st.dictionaries(st.sampled_from(challenge_ids), st.integers(1, 99) | st.just(2.5), max_size=2)
            if challenge_ids
            else st.just({}),
        },
    )
    return st.lists(one, max_size=3, unique_by=lambda person: person["user"])


_working_time = st.fixed_dictionaries(
    {},
    optional={
        "weekend": st.sampled_from(([], ["friday", "saturday"], ["sunday"])),
        "holidays": st.just({"country": "US", "subdivision": "NY"}),
    },
)


def _ids(most: int, least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(identifiers, min_size=least, max_size=most, unique=True)


@st.composite
def program_data(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a valid program as the plain data that YAML would give."""
    first = draw(st.none() | days)
    weeks = draw(st.integers(1, 12)) if first and draw(st.booleans()) else None
    ends = first + timedelta(days=draw(st.integers(0, 90))) if first and not weeks and draw(st.booleans()) else None
    last = first + timedelta(weeks=weeks, days=-1) if first and weeks else ends
    rule_ids = draw(_ids(5, 1))
    challenge_ids = draw(_ids(min(3, len(rule_ids))))
    badge_ids = draw(_ids(2))
    # The first rules feed one challenge each, so that every challenge can be completed.
    links = [*challenge_ids, *(draw(st.sampled_from([None, *challenge_ids])) for _ in rule_ids[len(challenge_ids) :])]
    made = [draw(rules(rule_id, link)) for rule_id, link in zip(rule_ids, links, strict=True)]
    badge = st.sampled_from([None, *badge_ids])
    return {
        "program": draw(identifiers),
        "name": draw(titles),
        "description": draw(descriptions),
        "timezone": draw(
            st.sampled_from(("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"))
        ),
        "week_start": draw(st.sampled_from(("monday", "sunday", "saturday"))),
        "starts": first,
        "ends": ends,
        "weeks": weeks,
        "status": draw(st.sampled_from(("draft", "active", "paused", "ended"))),
        "allow_negative_balance": draw(st.booleans()),
        "participants": {name: draw(_people) for name in ("role", "manager", "users", "exclude")},
        "working_time": draw(_working_time),
        "people": draw(_terms(challenge_ids)),
        "rules": made,
        "challenges": [
            draw(
                challenges(
                    name,
                    [rule for rule in made if rule["challenge"] == name],
                    badge=draw(badge),
                    first=first,
                    last=last,
                )
            )
            for name in challenge_ids
        ],
        "badges": [draw(badges(name)) for name in badge_ids],
        "leaderboards": [draw(leaderboards(name, challenge_ids)) for name in draw(_ids(2))],
    }


def programs() -> st.SearchStrategy[Program]:
    """Draw a valid program."""
    return program_data().map(Program.model_validate).filter(_makes_sense)


def _makes_sense(program: Program) -> bool:
    # Each part is drawn by itself; only a check knows whether together they can ever pay, and be reached.
    _program, found = check_program(dump_program(program))
    return {"NV407", "NV409", "NV411", "NV412", "NV413"}.isdisjoint(one.code for one in found)
