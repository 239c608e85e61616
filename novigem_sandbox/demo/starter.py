"""What `novigem init` writes: a small program, settings, and sample changes that pay something at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Final

from novigem.feed.jsonl.source import write_changes
from novigem.model.change import Change
from novigem.model.ids import id18
from novigem.model.people import Person

PROGRAM_FILE: Final = "program.yaml"
SETTINGS_FILE: Final = "novigem.toml"
CHANGES_FILE: Final = "changes.jsonl"
DATABASE_FILE: Final = "novigem.db"

SETTINGS: Final = f"""\
# Settings for the commands that run in this folder. Flags and NOVIGEM_* variables win over this file.

# Where the ledger is kept: a file here, or for example "postgresql+psycopg://novigem@localhost/novigem".
db = "sqlite:///{DATABASE_FILE}"
"""

PROGRAM: Final = """\
# A first program. `novigem playbook list` shows larger ones to copy.
# Try it:  novigem check program.yaml
#          novigem run program.yaml --from changes.jsonl
#          novigem board

program: first-season
name: Our first season
timezone: America/New_York  # days and weeks begin at midnight here
starts: 2026-01-05
weeks: 6

participants:
  role: [Customer Success Manager]  # the role of those who can earn

rules:
  # A new opportunity with a customer that could grow.
  - id: expansion-signal-logged
    object: Opportunity
    trigger: create
    when:
      - Type: {equals: Existing Customer - Upgrade}
    points: 10
    challenge: expansion-signals

  # A follow-up that was done. It pays when it is completed or logged as completed, and not at every later edit.
  - id: upsell-task-completed
    object: Task
    trigger: create or update
    when:
      - Status: {isChanged: true, equals: Completed}
      - Type: {equals: Upsell}
    points: 5
    challenge: upsell-follow-up

challenges:
  - id: expansion-signals
    name: Expansion Signal Logged
    type: timebound
    goal: {count: rules, target: 4}
    completion: {bonus: 25, badge: expansion-scout}

  - id: upsell-follow-up
    name: Upsell Task Completed
    type: timebound
    goal: {count: rules, target: 5}
    completion: {bonus: 25, badge: follow-through}

badges:
  - {id: expansion-scout, name: Expansion Scout, color: gold, icon: target}
  - {id: follow-through, name: Follow-Through, color: silver, shape: circle, icon: check}

leaderboards:
  # Equal points: who helped more different customers stands higher, then who got there first.
  - id: cs-team
    name: Customer success leaderboard
    ties: [distinct_accounts, first_to_reach]
"""

_ROLE: Final = "Customer Success Manager"
_ADA, _BEN, _CLEO, _DIRECTOR = (id18(f"005St0000{number:06d}") for number in (1, 2, 3, 4))
_PEOPLE: Final = (
    Person(_ADA, "Ada Norwood", "ada.norwood@example.com", role=_ROLE, manager=_DIRECTOR),
    Person(_BEN, "Ben Okonjo", "ben.okonjo@example.com", role=_ROLE, manager=_DIRECTOR),
    Person(_CLEO, "Cleo Marchetti", "cleo.marchetti@example.com", role=_ROLE, manager=_DIRECTOR),
    Person(_DIRECTOR, "Dana Velasco", "dana.velasco@example.com", role="Customer Success Director"),
)
# Day of January, hour (UTC), owner, account. Only opportunities with customers pay, and only to the three above.
_SIGNALS: Final = (
    (5, 15, _ADA, 1, True),
    (6, 16, _BEN, 4, True),
    (7, 14, _ADA, 2, True),
    (8, 20, _CLEO, 6, False),  # a new customer: another kind of opportunity
    (9, 18, _DIRECTOR, 7, True),  # not a participant
    (12, 15, _ADA, 3, True),
    (13, 17, _BEN, 5, True),
    (14, 19, _CLEO, 6, True),
    (15, 15, _ADA, 1, True),
)
# Day it was planned, day it was completed (0: still open), owner, account, type.
_FOLLOW_UPS: Final = (
    (5, 7, _BEN, 4, "Upsell"),
    (5, 6, _ADA, 1, "Upsell"),
    (6, 8, _BEN, 5, "Upsell"),
    (6, 9, _CLEO, 6, "Upsell"),
    (7, 12, _BEN, 4, "Upsell"),
    (7, 8, _CLEO, 6, "Call"),  # a call is no upsell follow-up
    (8, 13, _CLEO, 7, "Upsell"),
    (9, 14, _BEN, 5, "Upsell"),
    (12, 0, _ADA, 2, "Upsell"),
    (12, 15, _BEN, 4, "Upsell"),
    (13, 15, _CLEO, 7, "Upsell"),
)


def starter_files() -> dict[str, str]:
    """Give the files of a first working folder, by name."""
    return {PROGRAM_FILE: PROGRAM, SETTINGS_FILE: SETTINGS, CHANGES_FILE: _changes_text()}


def _changes_text() -> str:
    stream = BytesIO()
    changes = sorted([*_signals(), *_follow_ups(), *_reopened()], key=lambda change: change.at)
    write_changes(changes, _PEOPLE, stream)
    return stream.getvalue().decode()


def _signals() -> Iterator[Change]:
    for number, (day, hour, owner, account, is_customer) in enumerate(_SIGNALS, start=1):
        values = {
            "Name": f"Company {account} - {'more seats' if is_customer else 'first order'}",
            "Type": "Existing Customer - Upgrade" if is_customer else "New Customer",
            "StageName": "Qualification",
            "AccountId": _account(account),
            "OwnerId": owner,
        }
        yield Change("Opportunity", id18(f"006St0000{number:06d}"), "create", _at(day, hour), values, by=owner)


def _follow_ups() -> Iterator[Change]:
    for number, (planned, completed, owner, account, kind) in enumerate(_FOLLOW_UPS, start=1):
        values = {
            "Subject": f"Talk to company {account}",
            "Type": kind,
            "Status": "Not Started",
            "AccountId": _account(account),
            "OwnerId": owner,
        }
        record = _follow_up(number)
        yield Change("Task", record, "create", _at(planned, 13, number), values, by=owner)
        if completed:
            yield _edit(record, values, "Not Started", "Completed", _at(completed, 19, number))


def _reopened() -> Iterator[Change]:
    """Give one follow-up that is opened again and completed again: it pays once."""
    _planned, _completed, owner, account, kind = _FOLLOW_UPS[0]
    values = {"Subject": f"Talk to company {account}", "Type": kind, "AccountId": _account(account), "OwnerId": owner}
    yield _edit(_follow_up(1), values, "Completed", "In Progress", _at(8, 14))
    yield _edit(_follow_up(1), values, "In Progress", "Completed", _at(8, 15))


def _edit(record: str, values: dict[str, Any], before: str, after: str, at: datetime) -> Change:
    owner = str(values["OwnerId"])
    return Change("Task", record, "update", at, values | {"Status": after}, {"Status": before}, by=owner)


def _follow_up(number: int) -> str:
    return id18(f"00TSt0000{number:06d}")


def _account(number: int) -> str:
    return id18(f"001St0000{number:06d}")


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=UTC) + timedelta(minutes=minute)
