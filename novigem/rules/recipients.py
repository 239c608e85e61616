"""Award Points To: whose points an award is."""

from collections.abc import Callable

from novigem.errors import InputError
from novigem.model.change import Change
from novigem.model.ids import known_id
from novigem.rules.operators import Registry

Recipient = Callable[[Change], str | None]


def recipient(award_points_to: str, registry: Registry) -> Recipient:
    """Give the function that finds who earns: a built-in mode, a registered one, or a lookup to User by its field."""
    match award_points_to:
        case "Record Owner":
            return lambda change: known_id(change.new.get("OwnerId"))
        case "Last Modified By":
            return lambda change: known_id(change.by or change.new.get("LastModifiedById"))
        case "Created By":
            return _creator
    registered = registry.recipient(award_points_to)
    if registered is not None:
        return _guarded(award_points_to, registered)
    return lambda change: known_id(change.new.get(award_points_to))


def _guarded(name: str, choose: Callable[[Change], str | None]) -> Recipient:
    def chosen(change: Change) -> str | None:
        try:
            return known_id(choose(change))
        except Exception as error:
            raise InputError(
                f"the custom Award Points To mode {name!r} failed on {change.object} {change.id}: {error}",
                hint="make its function answer None for nobody",
            ) from error

    return chosen


def _creator(change: Change) -> str | None:
    creator = known_id(change.new.get("CreatedById"))
    return change.by if creator is None and change.kind == "create" else creator
