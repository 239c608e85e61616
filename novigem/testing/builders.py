"""Builders: changes, people and programs of which a test names only what it is about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import yaml

from novigem.model.change import Change, ChangeKind
from novigem.model.ids import id18
from novigem.model.people import USER_PREFIX, Person
from novigem.model.program import Program
from novigem.program.load import load_program_text

_PREFIXES = {"Account": "001", "Contact": "003", "Opportunity": "006", "Lead": "00Q", "Case": "500", "Task": "00T"}
_CUSTOM_PREFIX = "a00"
_WIDTH_OF_NUMBER = 12


class _Quoting(yaml.SafeDumper):
    """Quotes every text: an id of digits alone would read as a number. Writes out what stands in several places."""

    def ignore_aliases(self, data: Any) -> bool:
        """Use no anchors, which a program file may not hold."""
        del data
        return True


_Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def make_id(prefix: str, number: int = 1) -> str:
    """Give a well-formed Salesforce id of 18 characters: `make_id("005", 3)` is the third user, always the same."""
    return id18(f"{prefix}{number:0{_WIDTH_OF_NUMBER}d}")


def make_change(
    kind: ChangeKind = "create",
    *,
    object: str = "Opportunity",  # noqa: A002 - the word of the change format
    record: int | str = 1,
    at: str | datetime = "2026-01-07T12:00:00Z",
    owner: int | str | None = 1,
    by: int | str | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    seq: int = 0,
    **fields: Any,
) -> Change:
    """Give a change. `record`, `owner` and `by` are ids or small numbers; `fields` are the values after it.

    Dotted fields go into `new`: `new={"Account.OwnerId": make_id("005", 2)}`. An update without `old` has unknown
    prior values.
    """
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    values: dict[str, Any] = {} if owner is None else {"OwnerId": _id(USER_PREFIX, owner)}
    return Change(
        object=object,
        id=_id(_PREFIXES.get(object, _CUSTOM_PREFIX), record),
        kind=kind,
        at=moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC),
        new=values | dict(new or {}) | fields,
        old=None if old is None else dict(old),
        by=None if by is None else _id(USER_PREFIX, by),
        seq=seq,
    )


def make_person(user: int | str = 1, **details: Any) -> Person:
    """Give an active user.

    `details` are `name`, `email`, `active`, `role`, `manager` (an id or a small number) and `timezone`.
    """
    if details.get("manager") is not None:
        details["manager"] = _id(USER_PREFIX, details["manager"])
    return Person(id=_id(USER_PREFIX, user), **details)


def make_program(
    *rules: Mapping[str, Any],
    challenges: Sequence[Mapping[str, Any]] = (),
    badges: Sequence[Mapping[str, Any]] = (),
    leaderboards: Sequence[Mapping[str, Any]] = (),
    **keys: Any,
) -> Program:
    """Give a program in the words of a program file, checked like one.

    Without rules it pays 10 points for a new Opportunity. Every rule is `rule-1`, `rule-2` ..., fires when an
    Opportunity is created and pays 10 points unless it says otherwise; a challenge is one-time and complete with the
    first award. Raises ProgramError with every finding when the result is not a good program.
    """
    data: dict[str, Any] = {"program": "test", "name": "Test", **_dated(keys)}
    data["rules"] = [
        {"id": f"rule-{number}", "object": "Opportunity", "trigger": "create", "points": 10, **rule}
        for number, rule in enumerate(rules or ({},), start=1)
    ]
    one_time = {"type": "one-time", "goal": {"count": "rules", "target": 1}}
    if challenges:
        data["challenges"] = [
            one_time | {"id": f"challenge-{n}", "name": f"Challenge {n}"} | _dated(one)
            for n, one in enumerate(challenges, start=1)
        ]
    if badges:
        data["badges"] = [{"id": f"badge-{n}", "name": f"Badge {n}", **one} for n, one in enumerate(badges, start=1)]
    if leaderboards:
        boards = enumerate(leaderboards, start=1)
        data["leaderboards"] = [{"id": f"board-{n}", "name": f"Board {n}", **one} for n, one in boards]
    text = yaml.dump(data, Dumper=_Quoting, sort_keys=False, allow_unicode=True)
    return load_program_text(text, "make_program.yaml")


def _dated(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Let days be written as texts, as they look in a file."""
    days = {key: date.fromisoformat(keys[key]) for key in ("starts", "ends") if isinstance(keys.get(key), str)}
    return {**keys, **days}


def _id(prefix: str, value: int | str) -> str:
    return value if isinstance(value, str) else make_id(prefix, value)
