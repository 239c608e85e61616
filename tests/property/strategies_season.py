"""Small worlds in which awards are undone, limited, shared and handed over, tuned so that everything collides.

One or two records an object, changes of every kind, and moments an hour apart around the borders of days and weeks.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from novigem import check_program, dump_program
from novigem.model.change import Change
from novigem.model.program import Program
from novigem.program.earlier import without_earlier
from tests.property.strategies_engine import (
    ACCOUNTS,
    BORDERS,
    EARNED,
    EXPIRING,
    QUEUE,
    STARTS,
    TIES,
    USERS,
    WEEKS,
    ZONES,
    Digits,
    challenge,
    numbers,
    scattered,
)
from tests.property.strategies_engine import RECORDS as EVERY_RECORD

RECORDS = {"Opportunity": EVERY_RECORD["Opportunity"][:2], "Task": EVERY_RECORD["Task"]}
FIELDS = {"Opportunity": "StageName", "Task": "Status"}
UNDOING = ({"on_undo": "reverse"}, {"on_undo": "reverse"}, {"on_undo": {"reverse_within_days": 2}}, {})
LIMITS: tuple[dict[str, Any], ...] = (
    {},
    {"cap": {"points": 7, "per": "day"}},
    {"cap": {"points": 4, "per": "week"}},
    {"cap": {"points": 6}},
    {"cap": {"awards": 1, "per": "day"}},
    {"cap": {"awards": 2}},
    {"per_account": {"awards": 1, "per": "day"}},
    {"per_account": {"awards": 1, "per": "week"}},
    {"per_account": {"awards": 1}},
    {"per_account": {"awards": 2}},
    {"cooldown": {"hours": 2}},
    {"cooldown": {"hours": 26}},
    {"cooldown": {"hours": 30, "per": "account"}},
)
WHOSE: tuple[dict[str, Any], ...] = (
    {},
    {},
    {},
    {"former_owner": {"within_days": 1}},
    {"former_owner": {"within_days": 1, "percent": 50}},
    {"former_owner": {"within_days": 3, "percent": 40}},
    {"share": ({"to": "Record Owner", "percent": 70}, {"to": "Helper__c", "percent": 30})},
    {"share": ({"to": "Helper__c", "percent": 50},)},
)
# Almost everywhere it is another day for one of them than for the program.
OTHER_CLOCKS = (
    {"user": USERS[0], "timezone": "Pacific/Kiritimati"},
    {"user": USERS[3][:15], "timezone": "Pacific/Pago_Pago"},
)
# What may be told of the clocks of people who are in no such list.
TOLD_ZONES = (None, None, "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata")
ONCE_PER = ("record", "record", "record", "change", "change", "record and user", "account", "account and week", "day")


def rule(number: int, digits: Digits, challenges: Sequence[str]) -> dict[str, Any]:
    """Read one rule that waits for a field to become something, or to change at all."""
    name = digits.pick(["Opportunity", "Opportunity", "Opportunity", "Task"])
    field = FIELDS[name]
    trigger = digits.pick(["update", "update", "update", "create"])
    when: Any = digits.pick(
        [
            {field: {"isChanged": True, "equals": "Won"}},
            {field: {"changedTo": "Won"}},
            {field: {"changedFrom": "Open"}},
            {field: {"equals": "Won"}},
            {field: {"matches": "*o?"}},
            {"any": [{field: {"equals": "Won"}, "Amount": {"increasedBy": 1}}, {"Amount": {"isNotBlank": True}}]},
            {"Amount": {"isChanged": True}},
        ]
    )
    read: dict[str, Any] = {
        "id": f"rule-{number}",
        "object": name,
        "trigger": trigger,
        "points": digits.pick([3, 5, 7]),
        "once_per": digits.pick(ONCE_PER),
        "award_points_to": digits.pick(["Record Owner"] * 5 + ["Last Modified By", "Helper__c"]),
        "when": {field: {"equals": "Won"}} if trigger == "create" else when,
        "challenge": digits.pick([*challenges, *challenges, None]),
        **digits.pick(UNDOING),
        **digits.pick(LIMITS),
        **digits.pick(WHOSE),
    }
    if read["challenge"] is not None:
        others = tuple(one for one in challenges if one != read["challenge"])
        read["challenge"] = (read["challenge"], *digits.pick([(), (), others[:1], others[::-1]]))
    if trigger == "update":
        read["trigger"] = digits.pick(["update", "create or update"])
    return {key: value for key, value in read.items() if value is not None}


# Why an award of no points stands all the same.
COUNTS_ALONE = ("it counts for the rate alone", "it counts for the goal alone")


def program(number: int, rules: Sequence[int], challenges: Sequence[int]) -> Program:
    """Read a program whose challenges may have a cap of their own."""
    digits = Digits(number)
    goals = [challenge(n, Digits(one)) for n, one in enumerate(challenges)]
    for goal in goals:
        caps = [None, None, {"points": 6, "per": "day"}, {"points": 9, "per": "week"}, {"points": 8}, {"awards": 2}]
        cap = digits.pick(caps)
        if cap is not None:
            goal["cap"] = cap
        past_limits = digits.pick([None, None, True, False])
        if "sum" in goal["goal"]:
            goal["goal"] |= digits.pick([{}, {}, {"currency": "EUR"}, {"currency": "EUR", "rates": {"USD": 0.5}}])
        if digits.pick([False, False, False, True]):
            goal["goal"] = digits.pick(
                [
                    {"rate": ("rule-0",), "at_least": 2, "target": digits.pick([50, 60, 100])},
                    {"fewest": ("rule-0",), "at_least": 3, "target": digits.pick([1, 2])},
                ]
            )
        if past_limits is not None and "points" not in goal["goal"]:
            goal["goal"]["past_limits"] = past_limits
        # Another target held up to some day.
        ends = digits.pick([None, None, 0, 7])
        if ends is not None:
            goal["goal"]["earlier"] = ({"target": digits.pick([1, 2, 4]), "ends": STARTS + timedelta(days=ends)},)
    ids = [goal["id"] for goal in goals]
    made = [rule(n, Digits(one), ids) for n, one in enumerate(rules)]
    rates = {goal["id"] for goal in goals if goal["goal"].keys() & {"rate", "fewest"}}
    for one in made:
        # A rule may be worth nothing where a rate counts it, and then limits have nothing to take.
        is_rated = not rates.isdisjoint(one.get("challenge", ()))
        if is_rated and not any(key in one for limit in LIMITS for key in limit):
            one["points"] *= digits.pick([0, 1])
    drawn = Program.model_validate(
        {
            "program": "small",
            "name": "Small",
            "timezone": digits.pick(ZONES),
            "starts": STARTS,
            "weeks": WEEKS,
            "week_start": digits.pick(["monday", "sunday"]),
            "participants": digits.pick([{}, {}, {}, {"role": ("CSM",)}, {"exclude": (USERS[1],)}]),
            "rules": made,
            "challenges": goals,
            "badges": [
                {"id": "good", "name": "Good"},
                {"id": "off", "name": "Off", "status": "inactive"},
                *digits.pick([(), EXPIRING, EARNED]),
            ],
            "leaderboards": [
                {"id": "board", "name": "Board", "ties": (digits.pick(TIES), digits.pick(TIES))},
                *({"id": f"of-{one}", "name": one, "scope": {"challenge": one}, "period": "week"} for one in ids),
            ],
            "people": digits.pick([(), (), OTHER_CLOCKS]),
            "own_timezones": digits.pick([None, None, True, False]),
            "year_start": digits.pick(["january", "february"]),
            "working_time": {
                "days_off": digits.pick([(), (STARTS,)]),
                "half_days": digits.pick([(), (STARTS + timedelta(days=1),)]),
                "work_days": (STARTS + timedelta(days=5),),
            },
            "status": digits.pick(["active", "active", "active", "shadow"]),
        }
    )
    # What a target was before is read from the text of a version, so that has to be one that a file could hold.
    has_earlier = any(one.goal.earlier for one in drawn.challenges)
    is_read = has_earlier and check_program(dump_program(drawn), name="drawn.yaml")[0] is not None
    return drawn if is_read else without_earlier(drawn)


def change(number: int, zone: str) -> Change:
    """Read one change of any kind, whether or not it makes sense after the others."""
    digits = Digits(number)
    kind = digits.pick(["update"] * 12 + ["create", "create", "delete", "undelete", "merge", "system_update"])
    name = digits.pick(["Opportunity", "Opportunity", "Task"])
    field = FIELDS[name]
    new = {
        field: digits.pick(["Won", "Won", "Open", "Won", "Open", ...]),
        "OwnerId": digits.pick([*USERS[:2] * 3, USERS[3], QUEUE]),
        "AccountId": digits.pick([*ACCOUNTS, ACCOUNTS[0], None]),
        "Amount": digits.pick([1, 2, None, ...]),
        "Helper__c": digits.pick([USERS[0], USERS[1], USERS[2], None]),
        "CurrencyIsoCode": digits.pick(["EUR", "EUR", "USD", ...]),
    }
    old = {
        field: digits.pick(["Open", "Open", "Won", ...]),
        "OwnerId": digits.pick([..., ..., USERS[0], USERS[1], digits.pick([QUEUE, USERS[2]])]),
        "Amount": digits.pick([..., 1, None]),
    }
    told = kind == "update" and digits.pick([True, True, True, True, False])
    return Change(
        object=name,
        id=digits.pick(RECORDS[name]),
        kind=kind,
        at=digits.pick([BORDERS[zone][0], *BORDERS[zone][:4]]) + timedelta(hours=digits.pick(range(-1, 5))),
        new={} if kind in ("delete", "merge") else {key: value for key, value in new.items() if value is not ...},
        old={key: value for key, value in old.items() if value is not ...} if told else None,
        by=digits.pick([*USERS[:2], None]),
        seq=digits.pick([0, 0, 1]),
        into=RECORDS[name][0] if kind == "merge" else None,
        as_first_seen=(kind == "create" or (kind == "update" and not told)) and digits.pick([False, False, True]),
    )


def programs(*, most_rules: int = 3) -> st.SearchStrategy[Program]:
    """Programs of up to three rules and three challenges."""
    lists = (st.builds(scattered, numbers, st.integers(1, most)) for most in (most_rules, 3))
    return st.builds(program, numbers, *lists)


@st.composite
def seasons(draw: st.DrawFn, *, least: int = 6, most: int = 30) -> tuple[Program, list[Change]]:
    """Draw a program and changes around its borders."""
    drawn = draw(programs())
    return drawn, [
        change(number, drawn.timezone) for number in scattered(draw(numbers), draw(st.integers(least, most)))
    ]
