"""People, records and changes of the team in a sample org, written as somebody would write them there.

What the org fills in by itself is left to it: closed flags, the account of an activity, who created a record.
"""

from collections.abc import Mapping
from typing import Any, Final

from novigem.model.change import Change
from novigem_sandbox.org import SampleOrg
from novigem_sandbox.team.cast import Team
from novigem_sandbox.team.records import Values

_BY_ITSELF: Final = frozenset({"IsClosed", "IsWon", "CreatedById"})
_OF_ACTIVITIES: Final = _BY_ITSELF | {"AccountId"}
_LEFT_OUT: Final = {"Task": _OF_ACTIVITIES, "Event": _OF_ACTIVITIES | {"ActivityDate"}}
_RECORD_TYPE: Final = "RecordType.DeveloperName"


def add_people(org: SampleOrg, team: Team, queue: str) -> None:
    """Add everybody, and the queue by a name."""
    for person in team.people:
        org.add_user(person.label, role=person.role, manager=person.manager, Id=person.id, Email=person.email)
    org.create("Group", Id=team.queue, Name=queue, DeveloperName=queue.replace(" ", "_"), Type="Queue")


def write_change(org: SampleOrg, change: Change) -> None:
    """Make a change in the org, by its author and at the org's time. Raises Refusal."""
    match change.kind:
        case "create":
            org.create(change.object, {"Id": change.id} | as_written(org, change.object, change.new), user=change.by)
        case "update":
            edited = {field: change.new[field] for field in change.old or ()}
            org.update(change.id, as_written(org, change.object, edited), user=change.by)
        case "delete":
            org.delete(change.id, user=change.by)
        case "undelete":
            org.undelete(change.id, user=change.by)
        case "merge":
            org.merge(change.into or "", [change.id], user=change.by)


def as_written(org: SampleOrg, name: str, values: Mapping[str, Any]) -> Values:
    """Give the values of a record as somebody would write them."""
    left_out = _LEFT_OUT.get(name, _BY_ITSELF)
    written = {field: value for field, value in values.items() if field not in left_out}
    if _RECORD_TYPE in written:
        written["RecordTypeId"] = org.record_type(written.pop(_RECORD_TYPE))
    return written
