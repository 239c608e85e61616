"""The reference page of program files, written from the models and the operator table.

Refresh with `python -m novigem.program.reference > docs/reference/program.md`.
"""

import sys
from typing import Any, Final

from novigem.model.program import KNOWN_OBJECTS
from novigem.program.checks.references import MODES
from novigem.program.schema import program_schema
from novigem.rules.operators import ANY_TYPE, BOOLEAN, BUILT_IN, NUMBER, TEXT, TIME, Operator

REFRESH: Final = "python -m novigem.program.reference > docs/reference/program.md"

_INTRO: Final = f"""\
# Program files

<!-- Written by `{REFRESH}`. Change the models, not this page. -->

A program is one YAML file. `novigem check FILE` tells every mistake at once; the messages are listed in
[errors.md](errors.md). Begin a file with this line, and an editor with YAML support completes the keys and underlines
mistakes (the path leads from your file to `program.schema.json`):

```yaml
# yaml-language-server: $schema=../schema/program.schema.json
```

"""

_WHEN: Final = """\
## Conditions: `when`

All conditions of a list must hold:

```yaml
when:
  - Status: {isChanged: true, equals: Completed}
  - Type: {in: [Upsell, Expansion follow-up]}
```

Under `any`, one of the groups must hold:

```yaml
when:
  any:
    - StageName: {isChanged: true, equals: Closed Won}
    - - StageName: {isChanged: true, startsWith: Expansion}
      - Amount: {greaterThan: 1000}
```

Without `when`, every record of the trigger pays. Picklist values compare case-sensitively. An empty field satisfies no
comparison; `notEquals`, `notIn` and `notContains` hold for it.
"""

_ONSET: Final = (
    "On `trigger: create or update` a rule pays at the moment its conditions come to hold. At a creation every field",
    "goes from nothing to its value: `isChanged: true` holds where the field is filled, `isChanged: false` where it is",
    "empty, `changedTo` where it has the value; `changedFrom` and `increasedBy` never hold. At an edit the rule must",
    "hold now, and not have held on the values before; what asks for a change holds at the edit alone. See",
    "[When: born done](../explanation/scoring.md#when-born-done).",
)

_YAML: Final = """\
## What the YAML may hold

Text, whole numbers, decimals, `true`, `false`, dates (`2026-01-05`) and moments (`2026-01-05T09:00:00Z`). A word that
versions of YAML read differently (`on`, `yes`, `no`, `12:30:00`, `0777`, `1_000`, `0x1f`, `1e3`) must be quoted when it
is text. Repeated keys, anchors, aliases, merge keys, tags and several documents in a file are refused; so are files
above 1 MB.
"""

_PARTS: Final = (
    ("Program", "The program"),
    ("Participants", "`participants`"),
    ("Adjustments", "`adjustments`"),
    ("WorkingTime", "`working_time`"),
    ("Days", "`days_off`"),
    ("Holidays", "`holidays`"),
    ("PersonTerms", "`people`"),
    ("Leave", "`leave`"),
    ("Team", "`teams`"),
    ("Member", "`members`"),
    ("Rule", "`rules`"),
    ("ReverseWithin", "`on_undo`"),
    ("Cap", "`cap`"),
    ("AccountLimit", "`per_account`"),
    ("Cooldown", "`cooldown`"),
    ("Share", "`share`"),
    ("FormerOwner", "`former_owner`"),
    ("Challenge", "`challenges`"),
    ("Goal", "`goal`"),
    ("EarlierTarget", "`earlier`"),
    ("Completion", "`completion`"),
    ("TeamGoal", "`team_goal`"),
    ("Badge", "`badges`"),
    ("EarnedBy", "`earned_by`"),
    ("Tier", "`tiers`"),
    ("Leaderboard", "`leaderboards`"),
    ("LastDays", "`period`"),
    ("Scope", "`scope`"),
    ("Within", "`within`"),
    ("ClosingTerms", "`closing`"),
    ("Review", "`review`"),
    ("Figure", "`figures`"),
    ("Touch", "`touch`"),
)
# What the models leave to the cross-checks.
_NOTES: Final = {
    "Rule": (
        f"Objects: {', '.join(f'`{name}`' for name in KNOWN_OBJECTS)}, and custom objects, which end in `__c`.\n"
        f"`award_points_to`: {', '.join(f'`{name}`' for name in MODES)}, or a lookup to User, whose name ends in\n"
        "`Id` or `__c`, such as `Account.OwnerId` or `CSM__c`."
    ),
    "ReverseWithin": "Or write `on_undo: reverse`, without a limit in time. What no person edited undoes nothing.",
    "Cap": (
        "On a rule it counts what that rule pays; on a challenge, what all its rules pay together. What it takes\n"
        "besides points, `past_limits` of a goal says: see [Limits](../how-to/undo-and-limits.md#what-a-limit-takes)."
    ),
    "Share": (
        "Each part is an entry of its own. Points that do not divide go to the later parts, and all parts\n"
        "together are never more than the rule's points. `share` stands instead of `award_points_to`."
    ),
    "Challenge": (
        "`cadence` is for `type: recurring`, and needed there.\n"
        "A timebound challenge needs both dates, its own or the program's."
    ),
    "ClosingTerms": (
        "A day is 24 hours. Until then standings are provisional: late changes still count. No grace period may be\n"
        "shorter than the longest `vest_after` of its rules. See [Close a season](../how-to/close-a-season.md)."
    ),
    "Review": "How it is read: [Review a season](../how-to/review-a-season.md).",
    "Figure": (
        "`rate` and `coverage` need `due` and `done`, `influence` needs `touch`. All but `where` of a `count` look at\n"
        "how a record stands, and so ask for no change."
    ),
    "Program": "Give `ends` or `weeks`, not both; `weeks` counts from `starts`. Every id stands once in its list.",
}


def render_reference() -> str:
    """Give the page."""
    schema = program_schema()
    parts = schema["$defs"] | {"Program": schema}
    written = {name for name, _title in _PARTS} | {"Operators", "AnyOf"}
    # A model that is new here gets a section of its own rather than none.
    more = tuple((name, f"`{name.lower()}`") for name in parts if name not in written)
    sections = [_section(title, name, parts) for name, title in (*_PARTS, *more)]
    return _INTRO + "\n".join([*sections, _WHEN, _operators(), _YAML])


def _section(title: str, name: str, parts: dict[str, Any]) -> str:
    part = parts[name]
    rows = [f"## {title}", "", part["description"], "", "| key | value | default | meaning |", "|---|---|---|---|"]
    needed = part.get("required", ())
    for key, about in part["properties"].items():
        default = "**needed**" if key in needed else _default(about)
        rows.append(f"| `{key}` | {_kind(about)} | {default} | {about.get('description', '')} |")
    if name in _NOTES:
        rows += ["", _NOTES[name]]
    return "\n".join(rows) + "\n"


def _default(about: dict[str, Any]) -> str:
    default = about.get("default")
    if default is None or isinstance(default, (dict, list)):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _kind(about: dict[str, Any]) -> str:
    """Say in a few words what a key takes."""
    ways = about.get("anyOf") or about.get("oneOf")
    if ways:
        return " or ".join(dict.fromkeys(_kind(one) for one in ways if one.get("type") != "null"))
    if "enum" in about or "const" in about:
        return ", ".join(f"`{one}`" for one in about.get("enum", [about.get("const")]))
    if "$ref" in about:
        name = about["$ref"].rsplit("/", 1)[-1]
        return "condition groups" if name == "AnyOf" else f"see [{name}](#{_anchor(name)})"
    if about.get("type") == "array":
        inner = _kind(about.get("items", {}))
        return f"a list; {inner}" if inner.startswith("see ") else f"a list of {inner}"
    if about.get("type") == "object":
        values = [_kind(one) for one in about.get("patternProperties", {}).values()]
        return "conditions" if not values or values[0].startswith("see ") else f"a mapping of ids to {values[0]}"
    return _plain_kind(about)


def _plain_kind(about: dict[str, Any]) -> str:
    kind = about.get("format") or {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}.get(
        str(about.get("type")), str(about.get("type"))
    )
    low = about.get("minimum")
    high = about.get("maximum")
    limits = [f"from {low:,}" if low is not None else "", f"to {high:,}" if high is not None else ""]
    return " ".join(part for part in (kind, *limits) if part)


def _anchor(name: str) -> str:
    titles = dict(_PARTS)
    return titles.get(name, name).strip("`").lower().replace(" ", "-")


def _operators() -> str:
    rows = ["## Operators", "", "| operator | holds when | fields | value |", "|---|---|---|---|"]
    rows += [f"| `{one.name}` | {one.meaning} | {_fields(one)} | {_values(one)} |" for one in BUILT_IN]
    rows += [
        "",
        "On `trigger: create` an operator that looks at the value before never holds; `isChanged: false` does.",
        "",
        *_ONSET,
    ]
    return "\n".join(rows) + "\n"


def _fields(operator: Operator) -> str:
    if operator.field_types == ANY_TYPE:
        return "any"
    names = {"text": TEXT, "number": NUMBER, "date": TIME, "checkbox": BOOLEAN}
    return ", ".join(name for name, types in names.items() if types <= operator.field_types)


def _values(operator: Operator) -> str:
    words = {"boolean": "`true` or `false`", "list": "a list", "days": "`{from_days, to_days}`"}
    return ", ".join(words.get(kind, kind) for kind in operator.values)


if __name__ == "__main__":
    sys.stdout.write(render_reference())
