"""What a sync is going to read: the objects and fields of the programs, held against the org's own describe."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from novigem.errors import OrgError
from novigem.feed.salesforce.cursor import read_cursor
from novigem.feed.salesforce.org import Org
from novigem.feed.salesforce.schema import FieldProblem, ObjectSchema, read_schema, refuse
from novigem.model.program import Program
from novigem.model.snapshot import Stream
from novigem.program.watched import Watched, fields_of_people, watched_fields
from novigem.rules.operators import DEFAULT_REGISTRY, Registry

_OF_PEOPLE: Mapping[str, str] = {
    "Email": "e-mail addresses",
    "IsActive": "active and inactive users",
    "ManagerId": "managers",
    "Name": "names",
    "TimeZoneSidKey": "time zones",
    "UserRole.Name": "roles",
}


class SyncPlan(NamedTuple):
    """How each object is read. `alarms` tell, per object, of fields that could once be read and no longer can."""

    schemas: tuple[ObjectSchema, ...]
    alarms: Mapping[str, tuple[str, ...]]


def plan_sync(
    org: Org, programs: Iterable[Program], positions: Mapping[str, str], *, registry: Registry = DEFAULT_REGISTRY
) -> SyncPlan:
    """Work out what to read. `positions` are those of earlier syncs, by feed.

    Raises OrgError with every object and field that cannot be watched. A field that an earlier sync could read is not
    among them: its rules become undecided, it is told of, and the rest goes on.
    """
    schemas: list[ObjectSchema] = []
    problems: list[FieldProblem] = []
    alarms: dict[str, tuple[str, ...]] = {}
    unreadable: list[str] = []
    for name, watched in watched_fields(programs, registry).items():
        try:
            schema, found = plan_object(org, name, watched)
        except OrgError as error:
            unreadable.append(str(error))
            continue
        known = _fields_before(positions.get(Stream(org.id, name).feed))
        lost = [one for one in found if one.field in known and one.is_missing]
        problems += [one for one in found if one not in lost]
        if lost:
            schema = schema._replace(lost=frozenset(one.field for one in lost))
            alarms[name] = tuple(lost_alarm(one) for one in lost)
        schemas.append(schema)
    if unreadable:
        raise OrgError(
            "\n".join([*unreadable, *map(str, problems)]),
            hint="check the program against the org",
            code="org-does-not-fit",
        )
    refuse(problems)
    return SyncPlan(tuple(schemas), alarms)


def plan_object(
    org: Org, name: str, watched: Watched, *, fresh: bool = False
) -> tuple[ObjectSchema, list[FieldProblem]]:
    """Work out how to read one object; `fresh` asks the org again for what it has described before."""
    return read_schema(name, watched.needed, watched.useful, lambda other: org.describe(other, fresh=fresh))


def refuse_other_org(org: str, positions: Mapping[str, str]) -> None:
    """Raise OrgError where earlier syncs read another org; `positions` are theirs, by feed."""
    orgs = sorted({feed.split("/")[1] for feed in positions})
    if orgs and org not in orgs:
        raise OrgError(
            f"this database holds the changes of the org {', '.join(orgs)}, and the connection leads to {org}",
            hint="connect to the org of before, or give this org (a sandbox copy, perhaps) a database of its own",
        )


def lost_alarm(problem: FieldProblem) -> str:
    """Say what a field that went out of sight means."""
    return f"{problem}; rules that ask for it are undecided until it can be read again"


def people_alarms(hidden: Collection[str], programs: Iterable[Program]) -> list[str]:
    """Say what the fields of users that may not be read mean, and which programs ask for them."""
    asking = {program.program: fields_of_people(program) for program in programs}
    return [
        _people_alarm(field, sorted(name for name, fields in asking.items() if field in fields))
        for field in sorted(hidden)
    ]


def _people_alarm(field: str, asking: Sequence[str]) -> str:
    told = (
        f"User.{field} may not be read: {_OF_PEOPLE.get(field, field)} stay as they were last told, and are unknown of"
        " everybody else"
    )
    if not asking:
        return told
    ask = "asks" if len(asking) == 1 else "ask"
    return (
        f"{told}. {', '.join(asking)} {ask} for it: whoever it is unknown of is neither counted in nor left out by it,"
        " until the connected user may read it"
    )


def _fields_before(position: str | None) -> frozenset[str]:
    if position is None:
        return frozenset()
    cursor = read_cursor(position)
    return frozenset((*cursor.fields, *cursor.lost))
